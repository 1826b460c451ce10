"""Subscriptions, invoices and disputes as an operator at Stripe acts on them."""

from sandbox.stripe import cards, disputes, invoices, lifecycle, subscriptions
from sandbox.stripe.account import Account
from sandbox.stripe.changes import changing
from sandbox.stripe.errors import decided
from sandbox.stripe.payments import Attempt
from sandbox.stripe.state import Json, rendered
from sandbox.stripe.subscription_shape import Order
from sandbox.stripe.timekeeping import catch_up


class BillingDashboard:
    """The billing half of the Dashboard, under the same rules."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def subscriptions(self) -> list[Json]:
        """Every subscription as the API shows it, newest first."""
        return [rendered(sub) for sub in self._account.state.newest_first("subscription")]

    def invoices(self) -> list[Json]:
        """Every invoice as the API shows it, newest first."""
        return [rendered(invoice) for invoice in self._account.state.newest_first("invoice")]

    def disputes(self) -> list[Json]:
        """Every dispute as the API shows it, newest first."""
        return [rendered(dispute) for dispute in self._account.state.newest_first("dispute")]

    def set_card(self, customer_id: str, number: str) -> None:
        """Keep a card for a customer's coming payments, e.g. 4000000000000341, which fails them.

        Raises UnreadableCardError for a number that is none, ApiError (402) for a declined card.
        """
        catch_up(self._account)
        subscriptions.set_card(self._account, customer_id, cards.find(number))
        self._account.state.commit()

    def subscribe(
        self,
        customer_id: str,
        price_id: str,
        number: str = "4242424242424242",
        metadata: dict[str, str] | None = None,
    ) -> Json:
        """Subscribe a customer without a checkout; the subscription.

        The card is kept and charged: it is `incomplete` when that fails, and lapses after
        23 hours. Raises ApiError for a price that is not recurring or inactive.
        """
        catch_up(self._account)
        customer = self._account.require(customer_id, "customer")
        price = self._account.require(price_id, "price")
        if price["recurring"] is None or not price["active"]:
            raise decided(f"The price {price_id} cannot be subscribed to.", param="price")
        subscriptions.set_card(self._account, customer_id, cards.find(number))
        order = Order(price=price, metadata=metadata or {})
        sub, invoice = subscriptions.create(self._account, customer, order, status="incomplete")
        if invoice["status"] == "open":
            invoices.collect(self._account, invoice)
        self._account.state.commit()
        return rendered(sub)

    def cancel_subscription(self, subscription_id: str, *, at_period_end: bool = False) -> Json:
        """End a subscription now or with its period; the subscription."""
        sub = self._subscription(subscription_id)
        if at_period_end:
            lifecycle.require_live(sub)
            with changing(self._account, sub, lifecycle.UPDATED):
                sub.update(cancel_at_period_end=True, cancel_at=None)
                subscriptions.note_asked(self._account, sub)
        else:
            subscriptions.cancel_now(self._account, sub)
        return self._done(sub)

    def keep_subscription(self, subscription_id: str) -> Json:
        """Take back a cancellation that has not come to pass; the subscription."""
        sub = self._subscription(subscription_id)
        subscriptions.keep(self._account, sub)
        return self._done(sub)

    def pause_subscription(self, subscription_id: str) -> Json:
        """Stop billing until it is resumed; the subscription. Only an active one can pause."""
        sub = self._subscription(subscription_id)
        if sub["status"] != "active":
            raise decided(f"Only an active subscription can be paused, not one {sub['status']}.")
        lifecycle.pause(self._account, sub, "pause_requested")
        return self._done(sub)

    def resume_subscription(self, subscription_id: str) -> Json:
        """End a pause; a period that is over begins anew, with an invoice. The subscription."""
        sub = self._subscription(subscription_id)
        subscriptions.resume(self._account, sub)
        return self._done(sub)

    def change_plan(
        self, subscription_id: str, price_id: str, proration: str = "always_invoice"
    ) -> Json:
        """Change the price of a subscription; the subscription.

        `proration` is none, create_prorations or always_invoice, else ValueError.
        """
        if proration not in subscriptions.PRORATIONS:
            raise ValueError(f"proration must be one of {', '.join(subscriptions.PRORATIONS)}")
        sub = self._subscription(subscription_id)
        price = self._account.require(price_id, "price")
        subscriptions.change_price(self._account, sub, price, proration=proration)
        return self._done(sub)

    def pay_invoice(self, invoice_id: str, number: str | None = None) -> Attempt:
        """Pay an open invoice as its customer, with this card or the kept one."""
        catch_up(self._account)
        invoice = self._account.require(invoice_id, "invoice")
        card = cards.find(number) if number else None
        attempt = invoices.pay(self._account, invoice, card)
        self._account.state.commit()
        return attempt

    def dispute(self, charge_id: str, reason: str = "fraudulent") -> Json:
        """Dispute a charge as its buyer's bank does; the dispute."""
        charge = self._account.require(charge_id, "charge")
        return self._done(disputes.create(self._account, charge, reason))

    def close_dispute(self, dispute_id: str, *, won: bool) -> Json:
        """Decide a dispute for the merchant (`won`) or for the buyer; the dispute."""
        dispute = self._account.require(dispute_id, "dispute")
        return self._done(disputes.close(self._account, dispute, won=won))

    def _subscription(self, subscription_id: str) -> Json:
        catch_up(self._account)
        return self._account.require(subscription_id, "subscription")

    def _done(self, record: Json) -> Json:
        self._account.state.commit()
        return rendered(record)
