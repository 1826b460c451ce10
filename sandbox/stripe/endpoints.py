"""The table of the served API: method and path → its parameters and what it does."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.stripe import (
    billing_endpoints,
    billing_params,
    catalog,
    customers,
    lists,
    params,
    portal,
    portal_params,
    refunds,
    sessions,
    subscription_updates,
)
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


def _collection(
    path: str, kind: str, filters: Check, listing: Handler | None = None
) -> list[Endpoint]:
    lists_all = listing or _lists(kind)
    return [
        Endpoint("GET", path, filters, lists_all),
        # The SDK's retrieve("") asks for the collection with a slash, and Stripe answers it.
        Endpoint("GET", f"{path}/", filters, lists_all),
        Endpoint("GET", f"{path}/{{id}}", params.NOTHING, _retrieves(kind)),
    ]


_SUBSCRIPTION = "/v1/subscriptions"
_BILLING = [
    Endpoint("POST", "/v1/products", billing_params.PRODUCT, _creates(catalog.create_product)),
    Endpoint(
        "POST",
        "/v1/products/{id}",
        billing_params.PRODUCT_UPDATE,
        billing_endpoints.update_product,
    ),
    *_collection(
        "/v1/products", "product", billing_params.PRODUCTS, billing_endpoints.list_products
    ),
    Endpoint("POST", "/v1/prices", billing_params.PRICE, _creates(catalog.create_price)),
    Endpoint(
        "POST", "/v1/prices/{id}", billing_params.PRICE_UPDATE, billing_endpoints.update_price
    ),
    *_collection("/v1/prices", "price", billing_params.PRICES, billing_endpoints.list_prices),
    Endpoint(
        "POST",
        f"{_SUBSCRIPTION}/{{id}}",
        billing_params.SUBSCRIPTION_UPDATE,
        subscription_updates.update,
    ),
    Endpoint(
        "DELETE",
        f"{_SUBSCRIPTION}/{{id}}",
        billing_params.SUBSCRIPTION_CANCEL,
        subscription_updates.cancel,
    ),
    *_collection(
        _SUBSCRIPTION, "subscription", billing_params.SUBSCRIPTIONS, subscription_updates.page
    ),
    Endpoint(
        "POST",
        "/v1/invoices/{id}/pay",
        billing_params.INVOICE_PAY,
        billing_endpoints.pay_invoice,
    ),
    *_collection(
        "/v1/invoices", "invoice", billing_params.INVOICES, billing_endpoints.list_invoices
    ),
    *_collection(
        "/v1/invoice_payments",
        "invoice_payment",
        billing_params.INVOICE_PAYMENTS,
        billing_endpoints.list_invoice_payments,
    ),
    *_collection("/v1/disputes", "dispute", billing_params.DISPUTES),
]

_CONFIGURATION = "/v1/billing_portal/configurations"
_PORTAL = [
    Endpoint("POST", _CONFIGURATION, portal_params.CONFIGURATION, _creates(portal.configure)),
    Endpoint("POST", f"{_CONFIGURATION}/{{id}}", portal_params.CHANGES, portal.reconfigure),
    *_collection(_CONFIGURATION, portal.CONFIGURATION, portal_params.CONFIGURATIONS, portal.listed),
    Endpoint(
        "POST",
        "/v1/billing_portal/sessions",
        portal_params.SESSION,
        _creates(portal.open_session),
    ),
]

_SESSION = "/v1/checkout/sessions"
ENDPOINTS = [
    *_PORTAL,
    *_BILLING,
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
