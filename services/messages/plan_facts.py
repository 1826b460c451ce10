"""What a message about a subscription may speak of, and where it leads."""

from dataclasses import dataclass

from services.domain.money import Money
from services.domain.payments import Payment, PaymentStatus
from services.domain.plans import (
    OVER,
    OWING,
    Buyer,
    Channel,
    ChannelAccess,
    Plan,
    Subscription,
)


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """A subscription and what belongs to it.

    `plan` is None when its price is none of ours, `channel` when it opens none, `access` while
    nobody asked for any, `buyer` once they left, `payment` (its newest) before the first.
    `channel_link` lets this person into the channel, None while there is no link. `time_zone` is
    the buyer's, `public_url` is where the pages are, without a slash at its end.
    """

    subscription: Subscription
    plan: Plan | None
    channel: Channel | None
    access: ChannelAccess | None
    buyer: Buyer | None
    payment: Payment | None
    channel_link: str | None
    time_zone: str
    public_url: str

    @property
    def account_url(self) -> str:
        """The page where an account's plans are looked after."""
        return f"{self.public_url}/account"

    @property
    def plans_url(self) -> str:
        """The page where plans are chosen."""
        return f"{self.public_url}/"

    @property
    def has_account(self) -> bool:
        """Whether the buyer can sign in and find the plan; others bought it in Telegram."""
        return self.buyer is not None and self.buyer.user_id is not None

    @property
    def price(self) -> Money | None:
        """What a period costs this buyer; None as long as nobody knows."""
        return self.subscription.price or (self.plan.price if self.plan else None)

    @property
    def paid_or_owed(self) -> Money | None:
        """The amount of the newest payment, or what it would be."""
        return self.payment.amount if self.payment else self.price

    @property
    def arrived(self) -> Payment | None:
        """The newest payment, if it succeeded."""
        came = self.payment is not None and self.payment.status is PaymentStatus.SUCCEEDED
        return self.payment if came else None

    @property
    def returned(self) -> Payment | None:
        """The newest payment, if all of it went back."""
        payment = self.payment
        whole = payment is not None and payment.returned_minor >= payment.amount.amount_minor
        return payment if whole else None

    @property
    def first_stands(self) -> bool:
        """Whether a payment that went back was a second one for what somebody still has."""
        subscription = self.subscription
        kept = self.plan is not None and self.plan.interval is None
        return subscription.duplicate_of is not None or (kept and subscription.status not in OVER)

    @property
    def open_invoice_url(self) -> str | None:
        """Where what is owed can be paid; None when nothing is, or Stripe has no page for it."""
        failed = self.payment is not None and self.payment.status is PaymentStatus.FAILED
        owed = failed and self.subscription.status in OWING
        return self.payment.invoice_url if owed and self.payment else None
