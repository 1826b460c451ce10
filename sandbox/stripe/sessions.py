"""Checkout Sessions: create, expire, and their line items."""

from copy import deepcopy

from sandbox.stripe import catalog, subscription_checkout
from sandbox.stripe import session_rules as rules
from sandbox.stripe.account import Account
from sandbox.stripe.errors import decided
from sandbox.stripe.money import require_chargeable
from sandbox.stripe.state import Json, new_id, rendered


def create(account: Account, params: Json) -> Json:
    """Open a session; raises ApiError for anything Stripe would not take."""
    rules.require_served(params)
    rules.require_urls(params)
    subscription_checkout.require_mode(params)
    customer = rules.require_customer(account, params)
    currency = rules.require_lines(account, params)
    subscription_checkout.require_trial(account, params)
    expires_at = rules.expiry(account, params)
    methods = rules.offered_methods(params, currency)
    total = _total(account, params)
    require_chargeable(total, currency)
    email = customer["email"] if customer else params.get("customer_email")
    session = _blank(params) | {
        "amount_subtotal": total,
        "amount_total": total,
        "created": account.now(),
        "currency": currency,
        "customer": customer["id"] if customer else None,
        "customer_creation": None if customer else _customer_creation(params),
        "customer_details": _buyer(email, customer["name"] if customer else None),
        "expires_at": expires_at,
        "payment_method_types": methods,
        "_known_email": email,
        "_line_items": [_line_item(account, params, line) for line in params["line_items"]],
    }
    if session["ui_mode"] == "hosted_page":
        session["url"] = f"{account.base_url}/pay/{session['id']}"
    else:
        session["client_secret"] = new_id(f"{session['id']}_secret_", 40)
    return account.state.put(session)


def expire(account: Account, session: Json) -> Json:
    """Close an open session; raises ApiError when it is complete or expired already."""
    if session["status"] != "open":
        raise decided(
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of `{session['status']}`."
        )
    session.update(status="expired", url=None)
    account.state.put(session)
    account.events.record("checkout.session.expired", session)
    return session


def expire_due(account: Account) -> None:
    """Expire every open session whose time is over."""
    for session in account.state.oldest_first("checkout.session"):
        if session["status"] == "open" and session["expires_at"] <= account.now():
            expire(account, session)


def landing_url(session: Json) -> str | None:
    """Where a buyer goes after paying, with the session's id filled in; None for `never`."""
    template: str | None = session["success_url"] or session["return_url"]
    return template and template.replace("{CHECKOUT_SESSION_ID}", session["id"])


def _total(account: Account, params: Json) -> int:
    """What is due when the buyer pays: a plan with a trial costs nothing yet."""
    return sum(
        _amount(params, line, line.get("price_data") or account.require(line["price"], "price"))
        for line in params["line_items"]
    )


def _amount(params: Json, line: Json, price: Json) -> int:
    data = params.get("subscription_data", {})
    if price.get("recurring") and ("trial_end" in data or "trial_period_days" in data):
        return 0
    return int(line["quantity"] * price["unit_amount"])


def _customer_creation(params: Json) -> str:
    """A subscription always makes a customer; a payment when it is told to."""
    default = "always" if params["mode"] == "subscription" else "if_required"
    return str(params.get("customer_creation", default))


def _buyer(email: str | None, name: str | None) -> Json | None:
    if email is None:
        return None
    return {
        "address": None,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": name,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": None,
    }


# What no parameter of the sandbox sets.
_UNUSED: Json = {
    "object": "checkout.session",
    "after_expiration": None,
    "allow_promotion_codes": None,
    "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
    "billing_address_collection": None,
    "client_secret": None,
    "collected_information": None,
    "consent": None,
    "consent_collection": None,
    "currency_conversion": None,
    "custom_fields": [],
    "custom_text": {
        "after_submit": None,
        "shipping_address": None,
        "submit": None,
        "terms_of_service_acceptance": None,
    },
    "customer_account": None,
    "discounts": [],
    "invoice": None,
    "invoice_creation": {"enabled": False, "invoice_data": {"metadata": {}}},
    "livemode": False,
    "origin_context": None,
    "payment_intent": None,
    "payment_link": None,
    "payment_method_options": {},
    "payment_status": "unpaid",
    "permissions": None,
    "phone_number_collection": {"enabled": False},
    "presentment_details": None,
    "recovered_from": None,
    "saved_payment_method_options": None,
    "setup_intent": None,
    "shipping_address_collection": None,
    "shipping_cost": None,
    "shipping_options": [],
    "status": "open",
    "subscription": None,
    "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
    "url": None,
    "_authenticating": None,
    "_subscription_intent": None,
}


def _blank(params: Json) -> Json:
    """The session with everything that is copied from the request or always the same."""
    embedded = params.get("ui_mode") == "embedded_page"
    return deepcopy(_UNUSED) | {
        "id": new_id("cs_test_", 58),
        "adaptive_pricing": {"enabled": True} | params.get("adaptive_pricing", {}),
        "allowed_payment_method_types": params.get("allowed_payment_method_types"),
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "customer_email": params.get("customer_email"),
        "locale": params.get("locale"),
        "metadata": params.get("metadata", {}),
        "mode": params["mode"],
        "payment_method_collection": params.get(
            "payment_method_collection",
            "always" if params["mode"] == "subscription" else "if_required",
        ),
        "redirect_on_completion": (
            params.get("redirect_on_completion", "always") if embedded else None
        ),
        "return_url": params.get("return_url"),
        "submit_type": params.get("submit_type"),
        "success_url": params.get("success_url"),
        "ui_mode": params.get("ui_mode", "hosted_page"),
        "wallet_options": params.get("wallet_options"),
        "_payment_intent_data": params.get("payment_intent_data", {}),
        "_subscription_data": params.get("subscription_data", {}),
    }


def _line_item(account: Account, params: Json, line: Json) -> Json:
    price = _price_of(account, line)
    total = _amount(params, line, price)
    return {
        "id": new_id("li_"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": total,
        "amount_tax": 0,
        "amount_total": total,
        "currency": price["currency"],
        "description": catalog.product_name(account, price),
        "metadata": line.get("metadata", {}),
        "price": rendered(price),
        "quantity": line["quantity"],
    }


def _price_of(account: Account, line: Json) -> Json:
    """The named price, or an inactive one made for this session alone."""
    if "price" in line:
        return account.require(line["price"], "price")
    data = line["price_data"]
    product_id = data.get("product")
    if product_id is None:
        inactive = data["product_data"] | {"active": False}
        product_id = catalog.new_product(account, inactive)["id"]
    return catalog.new_price(account, data, product_id, active=False)
