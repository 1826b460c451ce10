"""What the payment service tells of subscriptions, as it is written into our rows."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.domain.money import Money
from services.domain.plans import SubscriptionStatus


@dataclass(frozen=True, slots=True)
class SubscriptionState:
    """A subscription as the payment service tells it now.

    `price_id` is that of its first item, None when it has none; `price` what a period costs, None
    for a price that is not per unit. `cancel_at` is when it ends because somebody cancelled it.
    `order_id` is our row, None for one that was not begun by us; `plan_id` our plan as the price
    names it, None for a price of somebody else's.
    """

    id: str
    customer_id: str
    status: SubscriptionStatus
    price_id: str | None
    price: Money | None
    current_period_start: datetime | None
    current_period_end: datetime | None
    trial_end: datetime | None
    cancel_at: datetime | None
    canceled_at: datetime | None
    ended_at: datetime | None
    created_at: datetime
    order_id: UUID | None
    plan_id: UUID | None


@dataclass(frozen=True, slots=True)
class PriceState:
    """A price at the payment service, and the product it is of."""

    id: str
    product_id: str
