"""Connected accounts, transfers and balances as an operator, a host or Stripe acts on them."""

from decimal import Decimal, InvalidOperation
from typing import get_args

from sandbox.stripe import (
    balance_transactions,
    connect_desk,
    connect_settings,
    connected_accounts,
    events,
    refunds,
    transfers,
)
from sandbox.stripe.account_requirements import DOCUMENT
from sandbox.stripe.billing_dashboard import BillingDashboard
from sandbox.stripe.connect_settings import AccountsApi
from sandbox.stripe.errors import decided, invalid_parameter
from sandbox.stripe.money import SUPPORTED, display
from sandbox.stripe.state import Json, new_id, rendered
from sandbox.stripe.timekeeping import catch_up

TEST_BANK_ACCOUNT = "000123456789"
_SOMEBODY = {
    "given_name": "Jenny",
    "surname": "Rosen",
    "date_of_birth": {"day": 1, "month": 1, "year": 1990},
}


class ConnectDashboard(BillingDashboard):
    """The Connect part of the Dashboard, under the same rules."""

    def connect_accounts(self) -> list[Json]:
        """Every connected account as the v1 API shows it, newest first, closed ones too."""
        found = self._account.state.newest_first(connected_accounts.KIND)
        return [rendered(record) for record in found]

    def transfers(self) -> list[Json]:
        """Every transfer as the API shows it, newest first."""
        return [rendered(each) for each in self._account.state.newest_first(transfers.KIND)]

    def connect_overview(self) -> Json:
        """Accounts, transfers, the platform's balance and the settings, as /sandbox shows them."""
        return connect_desk.everything(self._account)

    def connect_switches(self) -> Json:
        """The settings alone, shaped as in `connect_overview`."""
        return connect_desk.settings(self._account)

    def thin_events(self) -> list[Json]:
        """Every thin event, newest first, shaped as `events` shows the others."""
        return [
            {
                "event": rendered(event),
                "delivery": event["_delivery"],
                "attempts": list(event["_attempts"]),
            }
            for event in self._account.state.newest_first(events.THIN)
        ]

    def onboard(self, account_id: str, *, complete: bool = True) -> Json:
        """Fill in the onboarding page; not `complete`, a document stays missing. The account."""
        record = self._connected(account_id)
        connected_accounts.fill_in(
            self._account, record, _SOMEBODY, TEST_BANK_ACCOUNT, complete=complete
        )
        return self._done(record)

    def require(self, account_id: str, *fields: str) -> Json:
        """Let Stripe want to know something again, by default a document; the account.

        `fields` are named as in either API. Transfers to the account are refused until `onboard`,
        unless all that is wanted is `external_account`, which only stops payouts.
        """
        record = self._connected(account_id)
        connected_accounts.ask_for(self._account, record, fields or (DOCUMENT,))
        return self._done(record)

    def reject(self, account_id: str) -> Json:
        """Let Stripe reject an account for good; the account."""
        record = self._connected(account_id)
        connected_accounts.reject(self._account, record)
        return self._done(record)

    def close_account(self, account_id: str) -> Json:
        """Let an account be gone: the v1 API knows it no more, the v2 API as closed."""
        record = self._connected(account_id)
        connected_accounts.close(self._account, record)
        return self._done(record)

    def transfer(self, charge_id: str, account_id: str, amount: int) -> Json:
        """Transfer money of a charge by hand, as an operator does at Stripe; the transfer.

        It has no metadata. Raises ApiError like the API.
        """
        catch_up(self._account)
        charge = self._account.require(charge_id, "charge")
        if amount < 1:
            raise invalid_parameter("amount", "Invalid positive integer")
        came_in = charge["balance_transaction"] and balance_transactions.of_charge(
            self._account, charge
        )
        params = {
            "amount": amount,
            "currency": (came_in or charge)["currency"],
            "destination": account_id,
            "source_transaction": charge_id,
        }
        return self._done(transfers.create(self._account, params))

    def payout_of(self, account_id: str, amount: int, currency: str) -> Json:
        """Let a connected account pay money out to its bank; the movement of its balance.

        Raises ApiError when it has less than that.
        """
        record = self._connected(account_id)
        there = balance_transactions.available(self._account, record["id"], currency)
        if not 0 < amount <= there:
            why = f"The account has {display(there, currency)} to pay out."
            raise decided(why, code="balance_insufficient", param="amount")
        payout = {"id": new_id("po_"), "currency": currency, "_owner": record["id"]}
        made = balance_transactions.record_connected(self._account, payout, "payout", -amount)
        return self._done(made)

    def let_owe(self, account_id: str, allowed: bool) -> Json:
        """Whether reversals may take a connected account's balance below zero; the account."""
        record = self._connected(account_id)
        record["_may_owe"] = allowed
        self._account.state.put(record)
        return self._done(record)

    def set_balance_short(self, short: bool) -> None:
        """Whether every new transfer is refused for want of money."""
        self._set(transfers_short=short)

    def set_refunds_short(self, short: bool) -> None:
        """Whether new card refunds wait for money; those that wait go on when it ends."""
        self._set(refunds_short=short)
        if not short:
            refunds.pay_waiting(self._account)
            self._account.state.commit()

    def settle_in(self, currency: str, into: str, rate: Decimal | float | str) -> None:
        """Convert coming charges in a currency; `rate` units of `into` for one of it.

        Into itself means no conversion. Raises ValueError for what is no currency or rate.
        """
        if not {currency, into} <= SUPPORTED:
            raise ValueError(f"{currency} and {into} must be currencies of Stripe")
        settles_in = dict(connect_settings.read(self._account).settles_in)
        settles_in.pop(currency, None)
        if currency != into:
            settles_in[currency] = {"currency": into, "rate": str(_rate(rate))}
        self._set(settles_in=settles_in)

    def accounts_api(self, mode: str) -> None:
        """Which API the platform may create accounts with: v2 (at first), v1, or both.

        Raises ValueError for anything else.
        """
        if mode not in get_args(AccountsApi):
            raise ValueError(f"mode must be one of {', '.join(get_args(AccountsApi))}")
        self._set(accounts_api=mode)

    def _connected(self, account_id: str) -> Json:
        catch_up(self._account)
        return connected_accounts.require(self._account, account_id)

    def _set(self, **changes: object) -> None:
        connect_settings.change(self._account, **changes)
        self._account.state.commit()


def _rate(given: Decimal | float | str) -> Decimal:
    try:
        rate = Decimal(str(given))
    except InvalidOperation:
        rate = Decimal(0)
    if not rate.is_finite() or rate <= 0:
        raise ValueError(f"{given} is no rate")
    return rate
