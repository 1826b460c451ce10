"""What a client asks to buy."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.domain.payments import UiMode


@dataclass(frozen=True, slots=True)
class Purchase:
    """A session to buy. `starts_at` is None for a session type that is paid first; `with_credits`
    spends credits of the client's subscription in place of money."""

    session_type_id: UUID
    starts_at: datetime | None
    ui_mode: UiMode
    idempotency_key: str | None = None
    time_zone: str | None = None
    return_url: str | None = None
    cancel_url: str | None = None
    with_credits: bool = False


@dataclass(frozen=True, slots=True)
class PlanPurchase:
    """A plan to buy."""

    plan_id: UUID
    ui_mode: UiMode
    return_url: str | None = None
    cancel_url: str | None = None
