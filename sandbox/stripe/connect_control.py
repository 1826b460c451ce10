"""The control routes that act on connected accounts, transfers and the platform's balance."""

from sandbox.stripe.control_values import Action, required, take
from sandbox.stripe.dashboard import Dashboard
from sandbox.stripe.state import Json


class ConnectActions:
    """Each is one method of the Dashboard."""

    def __init__(self, dashboard: Dashboard) -> None:
        self._dashboard = dashboard

    def table(self) -> dict[str, Action]:
        """What is done, by its path below the control routes."""
        return {
            "accounts/{id}/onboard": self._onboard,
            "accounts/{id}/require": self._require,
            "accounts/{id}/reject": self._reject,
            "accounts/{id}/close": self._close,
            "accounts/{id}/payout": self._payout,
            "accounts/{id}/owe": self._owe,
            "charges/{id}/transfer": self._transfer,
            "connect/settings": self._settings,
            "connect/settlement": self._settle_in,
        }

    async def _onboard(self, account_id: str, given: Json) -> Json:
        complete = take(given, "complete", bool, True)
        return self._dashboard.onboard(account_id, complete=complete)

    async def _require(self, account_id: str, given: Json) -> Json:
        fields: list[str] = take(given, "fields", list, [])
        if not all(isinstance(field, str) for field in fields):
            raise ValueError("fields must be a list of names")
        return self._dashboard.require(account_id, *fields)

    async def _reject(self, account_id: str, _given: Json) -> Json:
        return self._dashboard.reject(account_id)

    async def _close(self, account_id: str, _given: Json) -> Json:
        return self._dashboard.close_account(account_id)

    async def _payout(self, account_id: str, given: Json) -> Json:
        amount, currency = required(given, "amount", int), required(given, "currency", str)
        return self._dashboard.payout_of(account_id, amount, currency)

    async def _owe(self, account_id: str, given: Json) -> Json:
        return self._dashboard.let_owe(account_id, required(given, "allowed", bool))

    async def _transfer(self, charge_id: str, given: Json) -> Json:
        account_id = required(given, "account", str)
        return self._dashboard.transfer(charge_id, account_id, required(given, "amount", int))

    async def _settings(self, _id: str, given: Json) -> Json:
        """Change what is named: `accountsApi`, `transfersShort`, `refundsShort`."""
        mode: str | None = take(given, "accountsApi", str, None)
        transfers_short: bool | None = take(given, "transfersShort", bool, None)
        refunds_short: bool | None = take(given, "refundsShort", bool, None)
        if mode is not None:
            self._dashboard.accounts_api(mode)
        if transfers_short is not None:
            self._dashboard.set_balance_short(transfers_short)
        if refunds_short is not None:
            self._dashboard.set_refunds_short(refunds_short)
        return self._dashboard.connect_switches()

    async def _settle_in(self, _id: str, given: Json) -> Json:
        currency, into = required(given, "currency", str), required(given, "into", str)
        self._dashboard.settle_in(currency, into, take(given, "rate", (str, int, float), 1))
        return self._dashboard.connect_switches()
