"""The table of the served API: method and path → its parameters and what it does."""

from sandbox.stripe import (
    billing_endpoints,
    billing_params,
    catalog,
    connect_endpoints,
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
from sandbox.stripe.endpoint import Endpoint, collection, creates
from sandbox.stripe.state import Json, rendered


def _expire_session(account: Account, _given: Json, session_id: str, _path: str) -> Json:
    session = account.require(session_id, "checkout.session")
    return rendered(sessions.expire(account, session))


def _list_line_items(account: Account, given: Json, session_id: str, path: str) -> Json:
    session = account.require(session_id, "checkout.session")
    return lists.page(session["_line_items"], given, path)


_SUBSCRIPTION = "/v1/subscriptions"
_BILLING = [
    Endpoint("POST", "/v1/products", billing_params.PRODUCT, creates(catalog.create_product)),
    Endpoint(
        "POST",
        "/v1/products/{id}",
        billing_params.PRODUCT_UPDATE,
        billing_endpoints.update_product,
    ),
    *collection(
        "/v1/products", "product", billing_params.PRODUCTS, billing_endpoints.list_products
    ),
    Endpoint("POST", "/v1/prices", billing_params.PRICE, creates(catalog.create_price)),
    Endpoint(
        "POST", "/v1/prices/{id}", billing_params.PRICE_UPDATE, billing_endpoints.update_price
    ),
    *collection("/v1/prices", "price", billing_params.PRICES, billing_endpoints.list_prices),
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
    *collection(
        _SUBSCRIPTION, "subscription", billing_params.SUBSCRIPTIONS, subscription_updates.page
    ),
    Endpoint(
        "POST",
        "/v1/invoices/{id}/pay",
        billing_params.INVOICE_PAY,
        billing_endpoints.pay_invoice,
    ),
    *collection(
        "/v1/invoices", "invoice", billing_params.INVOICES, billing_endpoints.list_invoices
    ),
    *collection(
        "/v1/invoice_payments",
        "invoice_payment",
        billing_params.INVOICE_PAYMENTS,
        billing_endpoints.list_invoice_payments,
    ),
    *collection("/v1/disputes", "dispute", billing_params.DISPUTES),
]

_CONFIGURATION = "/v1/billing_portal/configurations"
_PORTAL = [
    Endpoint("POST", _CONFIGURATION, portal_params.CONFIGURATION, creates(portal.configure)),
    Endpoint("POST", f"{_CONFIGURATION}/{{id}}", portal_params.CHANGES, portal.reconfigure),
    *collection(_CONFIGURATION, portal.CONFIGURATION, portal_params.CONFIGURATIONS, portal.listed),
    Endpoint(
        "POST",
        "/v1/billing_portal/sessions",
        portal_params.SESSION,
        creates(portal.open_session),
    ),
]

_SESSION = "/v1/checkout/sessions"
ENDPOINTS = [
    *_PORTAL,
    *_BILLING,
    *connect_endpoints.CONNECT,
    Endpoint("POST", "/v1/customers", params.CUSTOMER, creates(customers.create)),
    *collection("/v1/customers", "customer", params.CUSTOMERS),
    Endpoint("POST", _SESSION, params.SESSION, creates(sessions.create)),
    Endpoint("POST", f"{_SESSION}/{{id}}/expire", params.NOTHING, _expire_session),
    Endpoint("GET", f"{_SESSION}/{{id}}/line_items", params.LINE_ITEMS, _list_line_items),
    *collection(_SESSION, "checkout.session", params.SESSIONS),
    *collection("/v1/payment_intents", "payment_intent", params.INTENTS),
    *collection("/v1/charges", "charge", params.CHARGES),
    Endpoint("POST", "/v1/refunds", params.REFUND, creates(refunds.create)),
    *collection("/v1/refunds", "refund", params.REFUNDS),
    *collection("/v1/webhook_endpoints", "webhook_endpoint", params.ENDPOINTS),
]
