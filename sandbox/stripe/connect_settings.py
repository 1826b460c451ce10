"""What the platform's owner, or Stripe itself, has set for Connect and for the balance."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from sandbox.stripe.account import Account

AccountsApi = Literal["v2", "v1", "both"]

_ID, _KIND = "sandbox_connect_settings", "sandbox.connect_settings"


@dataclass(frozen=True, slots=True)
class ConnectSettings:
    """`accounts_api` is what the platform may create accounts with.

    `transfers_short` refuses every new transfer for want of money, `refunds_short` leaves card
    refunds waiting for it. `settles_in` says into which currency charges in another are
    converted, and at which rate: units of the new currency for one of the old.
    """

    accounts_api: AccountsApi = "v2"
    transfers_short: bool = False
    refunds_short: bool = False
    settles_in: dict[str, dict[str, str]] = field(default_factory=dict)


def read(account: Account) -> ConnectSettings:
    """As set; an account that an earlier version of the sandbox wrote down has the defaults."""
    kept = account.state.find(_ID, _KIND)
    if kept is None:
        return ConnectSettings()
    return ConnectSettings(**{name: kept[name] for name in asdict(ConnectSettings())})


def change(account: Account, **changes: Any) -> ConnectSettings:
    changed = replace(read(account), **changes)
    account.state.put({"id": _ID, "object": _KIND, **asdict(changed)})
    return changed
