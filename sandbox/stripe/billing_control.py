"""The control routes that act on subscriptions, their customers, invoices and disputes."""

from dataclasses import asdict

from sandbox.stripe.control_values import Action, required, take
from sandbox.stripe.dashboard import Dashboard
from sandbox.stripe.state import Json


class BillingActions:
    """Each is one method of the Dashboard."""

    def __init__(self, dashboard: Dashboard) -> None:
        self._dashboard = dashboard

    def table(self) -> dict[str, Action]:
        """What is done, by its path below the control routes."""
        return {
            "subscriptions/{id}/cancel": self._cancel,
            "subscriptions/{id}/keep": self._keep,
            "subscriptions/{id}/pause": self._pause,
            "subscriptions/{id}/resume": self._resume,
            "subscriptions/{id}/change": self._change,
            "customers/{id}/card": self._set_card,
            "invoices/{id}/pay": self._pay,
            "charges/{id}/dispute": self._dispute,
            "disputes/{id}/close": self._close,
        }

    async def _cancel(self, subscription_id: str, given: Json) -> Json:
        later = take(given, "atPeriodEnd", bool, False)
        return self._dashboard.cancel_subscription(subscription_id, at_period_end=later)

    async def _keep(self, subscription_id: str, _given: Json) -> Json:
        return self._dashboard.keep_subscription(subscription_id)

    async def _pause(self, subscription_id: str, _given: Json) -> Json:
        return self._dashboard.pause_subscription(subscription_id)

    async def _resume(self, subscription_id: str, _given: Json) -> Json:
        return self._dashboard.resume_subscription(subscription_id)

    async def _change(self, subscription_id: str, given: Json) -> Json:
        return self._dashboard.change_plan(subscription_id, required(given, "price", str))

    async def _set_card(self, customer_id: str, given: Json) -> Json:
        number = required(given, "number", str)
        self._dashboard.set_card(customer_id, number)
        return {"customer": customer_id, "last4": number[-4:]}

    async def _pay(self, invoice_id: str, given: Json) -> Json:
        number = take(given, "number", str, None)
        return asdict(self._dashboard.pay_invoice(invoice_id, number))

    async def _dispute(self, charge_id: str, given: Json) -> Json:
        reason = take(given, "reason", str, "fraudulent")
        return self._dashboard.dispute(charge_id, reason)

    async def _close(self, dispute_id: str, given: Json) -> Json:
        return self._dashboard.close_dispute(dispute_id, won=required(given, "won", bool))
