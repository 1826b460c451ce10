"""The endpoints of Connect and of balances, and the list of events, which is each account's own."""

from sandbox.stripe import (
    balance,
    balance_transactions,
    connect_accounts_api,
    connect_accounts_v2,
    connect_params,
    events,
    lists,
    params,
    transfer_reversals,
    transfers,
)
from sandbox.stripe.account import Account
from sandbox.stripe.endpoint import Endpoint, collection, creates
from sandbox.stripe.errors import missing_resource
from sandbox.stripe.state import Json, rendered


def _balance(account: Account, _given: Json, _id: str, _path: str) -> Json:
    return balance.shown(account, account.connected)


def _list_movements(account: Account, given: Json, _id: str, path: str) -> Json:
    return lists.page(balance_transactions.owned(account, account.connected), given, path)


def _movement(account: Account, _given: Json, movement_id: str, _path: str) -> Json:
    movement = account.state.find(movement_id, balance_transactions.KIND)
    if movement is None or movement.get("_owner") != account.connected:
        raise missing_resource("balance transaction", movement_id)
    return rendered(movement)


def _list_events(account: Account, given: Json, _id: str, path: str) -> Json:
    found = account.state.newest_first(events.SNAPSHOT)
    return lists.page((each for each in found if _is_own(account, each)), given, path)


def _event(account: Account, _given: Json, event_id: str, _path: str) -> Json:
    event = account.state.find(event_id, events.SNAPSHOT)
    if event is None or not _is_own(account, event):
        raise missing_resource("event", event_id)
    return rendered(event)


def _is_own(account: Account, event: Json) -> bool:
    """Whether it happened to the account for which the request speaks."""
    return event.get("account") == account.connected


_ACCOUNTS, _V2_ACCOUNTS = "/v1/accounts", "/v2/core/accounts"
_TRANSFERS, _REVERSALS = "/v1/transfers", "/v1/transfers/{id}/reversals"
_MOVEMENTS, _EVENTS = "/v1/balance_transactions", "/v1/events"

_ACCOUNT_ENDPOINTS = [
    Endpoint("POST", _V2_ACCOUNTS, connect_params.V2_ACCOUNT, connect_accounts_v2.create),
    Endpoint("GET", _V2_ACCOUNTS, connect_params.V2_ACCOUNTS, connect_accounts_v2.page),
    Endpoint(
        "GET",
        f"{_V2_ACCOUNTS}/{{id}}",
        connect_params.V2_ACCOUNT_READ,
        connect_accounts_v2.retrieve,
    ),
    Endpoint(
        "POST", "/v2/core/account_links", connect_params.V2_ACCOUNT_LINK, connect_accounts_v2.link
    ),
    Endpoint("GET", "/v2/core/events/{id}", connect_params.V2_EVENT, connect_accounts_v2.event),
    Endpoint("POST", _ACCOUNTS, connect_params.ACCOUNT, creates(connect_accounts_api.create)),
    Endpoint("GET", _ACCOUNTS, connect_params.ACCOUNTS, connect_accounts_api.page),
    Endpoint("GET", f"{_ACCOUNTS}/", connect_params.ACCOUNTS, connect_accounts_api.page),
    Endpoint("GET", f"{_ACCOUNTS}/{{id}}", params.NOTHING, connect_accounts_api.retrieve),
    Endpoint(
        "POST",
        f"{_ACCOUNTS}/{{id}}",
        connect_params.ACCOUNT_UPDATE,
        connect_accounts_api.update,
    ),
    Endpoint("POST", "/v1/account_links", connect_params.ACCOUNT_LINK, connect_accounts_api.link),
]

CONNECT = [
    *_ACCOUNT_ENDPOINTS,
    Endpoint("POST", _TRANSFERS, connect_params.TRANSFER, creates(transfers.create)),
    Endpoint("POST", f"{_TRANSFERS}/{{id}}", connect_params.TRANSFER_UPDATE, transfers.update),
    *collection(_TRANSFERS, transfers.KIND, connect_params.TRANSFERS),
    Endpoint("POST", _REVERSALS, connect_params.REVERSAL, transfer_reversals.create),
    Endpoint("GET", _REVERSALS, connect_params.REVERSALS, transfer_reversals.page),
    Endpoint("GET", f"{_REVERSALS}/{{reversal}}", params.NOTHING, transfer_reversals.retrieve),
    Endpoint(
        "POST",
        f"{_REVERSALS}/{{reversal}}",
        connect_params.REVERSAL_UPDATE,
        transfer_reversals.update,
    ),
    Endpoint("GET", "/v1/balance", params.NOTHING, _balance, connected=True),
    Endpoint(
        "GET", _MOVEMENTS, connect_params.BALANCE_TRANSACTIONS, _list_movements, connected=True
    ),
    Endpoint("GET", f"{_MOVEMENTS}/{{id}}", params.NOTHING, _movement, connected=True),
    Endpoint("GET", _EVENTS, params.EVENTS, _list_events, connected=True),
    Endpoint("GET", f"{_EVENTS}/", params.EVENTS, _list_events, connected=True),
    Endpoint("GET", f"{_EVENTS}/{{id}}", params.NOTHING, _event, connected=True),
]
