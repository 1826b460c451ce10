"""The table of the served API: method and path → its parameters and what it does."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.stripe import customers, lists, params, refunds, sessions
from sandbox.stripe.account import Account
from sandbox.stripe.schema import Check
from sandbox.stripe.state import Json, rendered

# (account, checked parameters, id in the path or "", path) → answer
Handler = Callable[[Account, Json, str, str], Json]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`path` is below the base address and may hold `{id}`."""

    method: str
    path: str
    takes: Check
    handler: Handler


def _creates(create: Callable[[Account, Json], Json]) -> Handler:
    return lambda account, given, _id, _path: rendered(create(account, given))


def _retrieves(kind: str) -> Handler:
    return lambda account, _given, object_id, _path: rendered(account.require(object_id, kind))


def _lists(kind: str) -> Handler:
    return lambda account, given, _id, path: lists.page(
        account.state.newest_first(kind), given, path
    )


def _expire_session(account: Account, _given: Json, session_id: str, _path: str) -> Json:
    session = account.require(session_id, "checkout.session")
    return rendered(sessions.expire(account, session))


def _list_line_items(account: Account, given: Json, session_id: str, path: str) -> Json:
    session = account.require(session_id, "checkout.session")
    return lists.page(session["_line_items"], given, path)


def _collection(path: str, kind: str, filters: Check) -> list[Endpoint]:
    return [
        Endpoint("GET", path, filters, _lists(kind)),
        # The SDK's retrieve("") asks for the collection with a slash, and Stripe answers it.
        Endpoint("GET", f"{path}/", filters, _lists(kind)),
        Endpoint("GET", f"{path}/{{id}}", params.NOTHING, _retrieves(kind)),
    ]


_SESSION = "/v1/checkout/sessions"
ENDPOINTS = [
    Endpoint("POST", "/v1/customers", params.CUSTOMER, _creates(customers.create)),
    *_collection("/v1/customers", "customer", params.CUSTOMERS),
    Endpoint("POST", _SESSION, params.SESSION, _creates(sessions.create)),
    Endpoint("POST", f"{_SESSION}/{{id}}/expire", params.NOTHING, _expire_session),
    Endpoint("GET", f"{_SESSION}/{{id}}/line_items", params.LINE_ITEMS, _list_line_items),
    *_collection(_SESSION, "checkout.session", params.SESSIONS),
    *_collection("/v1/payment_intents", "payment_intent", params.INTENTS),
    *_collection("/v1/charges", "charge", params.CHARGES),
    Endpoint("POST", "/v1/refunds", params.REFUND, _creates(refunds.create)),
    *_collection("/v1/refunds", "refund", params.REFUNDS),
    *_collection("/v1/events", "event", params.EVENTS),
    *_collection("/v1/webhook_endpoints", "webhook_endpoint", params.ENDPOINTS),
]
