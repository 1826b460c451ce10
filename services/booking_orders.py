"""A booking as something that a checkout is opened for."""

from dataclasses import dataclass
from datetime import timedelta

from services import buyers, payments
from services.app import App
from services.checkout_sessions import Wanted
from services.db import Conn
from services.domain.booking import Status
from services.domain.errors import (
    AlreadyPaid,
    DomainError,
    PaymentFailed,
    PaymentProcessing,
    SlotUnavailable,
)
from services.domain.models import (
    Booking,
    SessionType,
)
from services.domain.payments import Checkout
from services.domain.plans import Buyer
from services.domain.purchase import Purchase
from services.providers.ports import CheckoutState, NewCheckout, Unknown
from services.store import bookings as booking_store
from services.store.checkouts import Subject


@dataclass(frozen=True, slots=True)
class BookingOrder:
    """Implements checkout_sessions.Order."""

    booking: Booking
    session_type: SessionType
    buyer: Buyer
    life: timedelta

    @property
    def subject(self) -> Subject:
        return Subject("booking_id", self.booking.id)

    async def lock(self, conn: Conn) -> None:
        await booking_store.lock(conn, self.booking.id)

    async def claim(self, app: App, conn: Conn) -> bool:
        current = await booking_store.lock(conn, self.booking.id)
        assert current is not None
        if current.status is not Status.AWAITING_PAYMENT:
            return False
        if current.starts_at is not None and current.starts_at <= app.clock.now():
            raise SlotUnavailable
        return True

    async def opened(self, app: App, conn: Conn, checkout: Checkout) -> None:
        """The hold ends with its checkout."""
        await booking_store.set_hold_end(conn, self.booking.id, checkout.expires_at)

    async def new(self, app: App, checkout: Checkout, customer_id: str) -> NewCheckout:
        assert self.buyer.user_id is not None
        return NewCheckout(
            key=f"checkout:{checkout.id}:{customer_id}",
            client_reference=self.buyer.user_id,
            customer_id=customer_id,
            ui_mode=checkout.ui_mode.value,
            product=self.session_type.name,
            price=self.booking.price,
            subscription=None,
            success_url=checkout.success_url,
            cancel_url=checkout.cancel_url,
            expires_at=checkout.expires_at,
            transfer_group=payments.transfer_group(self.booking.id),
            metadata={
                payments.CHECKOUT_KEY: str(checkout.id),
                "booking_id": str(self.booking.id),
                "user_id": str(self.buyer.user_id),
            },
        )

    async def unknown(self, app: App, conn: Conn, what: Unknown, asked: NewCheckout) -> None:
        await buyers.forget_customer(conn, asked.customer_id)

    async def take_in(self, app: App, state: CheckoutState) -> None:
        async with app.db.transaction() as conn:
            await payments.apply(app, conn, state)

    def used(self, state: CheckoutState) -> DomainError:
        if state.payment is not None and state.payment.status == "PROCESSING":
            return PaymentProcessing()
        if state.payment is not None and state.payment.status == "FAILED":
            return PaymentFailed(state.payment.failure_reason)
        return AlreadyPaid()


def page(app: App, booking: Booking, purchase: Purchase) -> Wanted:
    """How the payment page is shown, and where it leads; our own pages unless the client says."""
    base = app.settings.public_url.rstrip("/")
    return Wanted(
        ui_mode=purchase.ui_mode,
        success_url=purchase.return_url
        or f"{base}/payment/success?session_id={{CHECKOUT_SESSION_ID}}",
        cancel_url=purchase.cancel_url or f"{base}/payment/cancel?booking_id={booking.id}",
    )
