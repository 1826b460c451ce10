"""What a buyer, a bank or an operator does at Stripe, as plain methods for tests and /sandbox."""

from sandbox.stripe import checkout, events, refunds
from sandbox.stripe.account import Account
from sandbox.stripe.checkout import Entry
from sandbox.stripe.connect_dashboard import ConnectDashboard
from sandbox.stripe.deliveries import Deliveries
from sandbox.stripe.errors import missing_resource
from sandbox.stripe.payments import Attempt, Result
from sandbox.stripe.state import Json, rendered
from sandbox.stripe.timekeeping import catch_up


class Dashboard(ConnectDashboard):
    """Acts on the account from outside the API.

    Methods that change something must be called inside a running event loop, which delivers
    the events. Ids that do not exist raise ApiError, as in the API.
    """

    def __init__(self, account: Account, deliveries: Deliveries) -> None:
        super().__init__(account)
        self.deliveries = deliveries

    def pay(
        self,
        session_id: str,
        number: str = "4242424242424242",
        *,
        debit_account: str | None = None,
        email: str | None = None,
        authenticates: bool | None = True,
    ) -> Attempt:
        """Pay as a buyer on the page would: by card number, or by bank debit from an account.

        A 3D Secure question is answered by `authenticates`; None leaves it open. Raises ApiError
        for an unknown session, UnreadableCardError for a number that is none.
        """
        catch_up(self._account)
        session = self._account.require(session_id, "checkout.session")
        entry = Entry(number=number, account=debit_account, email=email)
        attempt = checkout.pay(self._account, session, entry)
        if attempt.result is Result.AUTHENTICATE and authenticates is not None:
            attempt = checkout.authenticate(self._account, session, ok=authenticates)
        self._account.state.commit()
        return attempt

    def authenticate(self, session_id: str, *, ok: bool = True) -> Attempt:
        """Answer the open 3D Secure question of a session."""
        catch_up(self._account)
        session = self._account.require(session_id, "checkout.session")
        attempt = checkout.authenticate(self._account, session, ok=ok)
        self._account.state.commit()
        return attempt

    def settle(self, payment_intent_id: str, *, ok: bool = True) -> None:
        """End a delayed payment now, well or badly; raises ApiError when none is under way."""
        intent = self._account.require(payment_intent_id, "payment_intent")
        checkout.settle(self._account, intent, ok=ok)
        self._account.state.commit()

    def dashboard_refund(self, charge_id: str, amount: int | None = None) -> Json:
        """Refund a charge as an operator does in Stripe's dashboard; all that is left by default.

        The refund as the API shows it. Raises ApiError like the API.
        """
        asked = {"charge": charge_id} | ({} if amount is None else {"amount": amount})
        refund = refunds.create(self._account, asked)
        self._account.state.commit()
        return rendered(refund)

    def settle_refund(self, refund_id: str) -> Json:
        """End a pending or failing test card's refund now; raises ApiError when it has ended."""
        refund = self._account.require(refund_id, "refund")
        refunds.move_on(self._account, refund)
        self._account.state.commit()
        return rendered(refund)

    def sessions(self) -> list[Json]:
        """Every checkout session as the API shows it, newest first."""
        found = self._account.state.newest_first("checkout.session")
        return [rendered(session) for session in found]

    def events(self) -> list[Json]:
        """Every snapshot event, newest first, with its `delivery` and `attempts` beside it.

        Thin ones are `thin_events`.
        """
        return [
            {
                "event": rendered(event),
                "delivery": event["_delivery"],
                "attempts": list(event["_attempts"]),
            }
            for event in self._account.state.newest_first("event")
        ]

    async def resend(self, event_id: str) -> bool:
        """Deliver an event once more; true when it was taken. Raises ApiError when unknown."""
        if events.find(self._account.state, event_id) is None:
            raise missing_resource("event", event_id)
        return await self.deliveries.resend(event_id)
