"""The customer portal's API: configurations say what a customer may do, sessions open it."""

from datetime import timedelta

from sandbox.stripe import lists, portal_flow
from sandbox.stripe.account import Account
from sandbox.stripe.catalog import merged_metadata
from sandbox.stripe.changes import changing
from sandbox.stripe.errors import ApiError, decided, invalid_parameter, missing_parameter
from sandbox.stripe.state import Json, new_id, rendered

CONFIGURATION = "billing_portal.configuration"
SESSION = "billing_portal.session"

# Stripe says only that a session is short-lived.
LIFETIME = timedelta(hours=1)
_NO_CONFIGURATION = (
    "No configuration provided and your test mode default configuration has not been created. "
    "Provide a configuration or create your default by saving your customer portal settings in "
    "test mode at https://dashboard.stripe.com/test/settings/billing/portal."
)
_DURATION = {
    "type": "interval_options",
    "interval_options": [{"interval": "month", "interval_count": 1}],
}
# Every feature as it is when it is not named, or named without its details.
_OFF: Json = {
    "customer_update": {"allowed_updates": [], "enabled": False},
    "invoice_history": {"enabled": False},
    "payment_method_update": {"enabled": False, "payment_method_configuration": None},
    "subscription_cancel": {
        "cancellation_reason": {"enabled": False, "feedback_options": None, "options": []},
        "enabled": False,
        "mode": "at_period_end",
        "proration_behavior": "none",
    },
    "subscription_pause": {"duration": _DURATION, "enabled": False},
    "subscription_update": {
        "billing_cycle_anchor": None,
        "default_allowed_updates": [],
        "enabled": False,
        "products": [],
        "proration_behavior": "none",
        "schedule_at_period_end": {"conditions": []},
        "trial_update_behavior": "end_trial",
    },
}
_PROFILE: Json = {"headline": None, "privacy_policy_url": None, "terms_of_service_url": None}


def configure(account: Account, params: Json) -> Json:
    """A new configuration; raises ApiError for products and prices that cannot be offered."""
    features = _merged(_OFF, params["features"])
    _require_consistent(account, features)
    configuration = account.state.put(
        {
            "id": new_id("bpc_"),
            "object": CONFIGURATION,
            "active": True,
            "application": None,
            "business_profile": _PROFILE | params.get("business_profile", {}),
            "created": account.now(),
            "default_return_url": params.get("default_return_url"),
            "features": features,
            "is_default": False,
            "livemode": False,
            "login_page": {"enabled": False, "url": None},
            "metadata": params.get("metadata", {}),
            "name": params.get("name"),
            "updated": account.now(),
        }
    )
    account.events.record("billing_portal.configuration.created", configuration)
    return configuration


def reconfigure(account: Account, params: Json, configuration_id: str, _path: str) -> Json:
    """Change what is named; raises ApiError as `configure` does, and then changes nothing."""
    configuration = account.require(configuration_id, CONFIGURATION)
    features = _merged(configuration["features"], params.get("features", {}))
    _require_consistent(account, features)
    plain = ("active", "default_return_url", "name")
    with changing(account, configuration, "billing_portal.configuration.updated"):
        configuration |= {name: params[name] for name in plain if name in params}
        configuration["business_profile"] |= params.get("business_profile", {})
        configuration["features"] = features
        if "metadata" in params:
            old = configuration["metadata"]
            configuration["metadata"] = merged_metadata(old, params["metadata"])
        configuration["updated"] = account.now()
    return rendered(configuration)


def listed(account: Account, params: Json, _id: str, path: str) -> Json:
    wanted = {name: params.pop(name) for name in ("active", "is_default") if name in params}
    fitting = (
        each
        for each in account.state.newest_first(CONFIGURATION)
        if all(each[name] is value for name, value in wanted.items())
    )
    return lists.page(fitting, params, path)


def open_session(account: Account, params: Json) -> Json:
    """A session of one customer, usable for an hour; raises ApiError when it cannot be opened."""
    customer = account.require(params["customer"], "customer", "customer")
    if "configuration" not in params:
        # The sandbox has no settings page on which a default could be saved.
        raise decided(_NO_CONFIGURATION)
    configuration = account.require(params["configuration"], CONFIGURATION, "configuration")
    if not configuration["active"]:
        raise decided("This configuration is not active.", param="configuration")
    flow = portal_flow.read(account, customer, configuration, params.get("flow_data"))
    session_id = new_id("bps_", 40)
    session = account.state.put(
        {
            "id": session_id,
            "object": SESSION,
            "after_expiration": None,
            "configuration": configuration["id"],
            "created": account.now(),
            "customer": customer["id"],
            "customer_account": None,
            "flow": flow,
            "livemode": False,
            "locale": params.get("locale"),
            "on_behalf_of": None,
            "return_url": params.get("return_url") or configuration["default_return_url"],
            "url": f"{account.base_url}/portal/{session_id}",
        }
    )
    account.events.record("billing_portal.session.created", session)
    return session


def is_open(account: Account, session: Json) -> bool:
    return bool(account.now() < session["created"] + LIFETIME.total_seconds())


def offered_prices(account: Account, configuration: Json, subscription: Json) -> list[Json]:
    """The prices a subscription may change to now: active, of its currency, not its own."""
    update = configuration["features"]["subscription_update"]
    if not update["enabled"] or "price" not in update["default_allowed_updates"]:
        return []
    if subscription["status"] not in portal_flow.CHANGEABLE:
        return []
    current = subscription["items"]["data"][0]["price"]
    named = [price_id for product in update["products"] for price_id in product["prices"]]
    prices = [account.require(price_id, "price") for price_id in named]
    return [
        price
        for price in prices
        if price["active"]
        and price["currency"] == current["currency"]
        and price["id"] != current["id"]
    ]


def _merged(old: Json, given: Json) -> Json:
    return {name: details | given.get(name, {}) for name, details in old.items()}


def _require_consistent(account: Account, features: Json) -> None:
    cancel, update = features["subscription_cancel"], features["subscription_update"]
    if cancel["mode"] == "at_period_end" and cancel["proration_behavior"] != "none":
        name = "features[subscription_cancel][proration_behavior]"
        raise invalid_parameter(name, f"{name} must be none when mode is at_period_end.")
    # Seen in live use (github.com/nextjs/saas-starter/issues/68).
    if update["enabled"] and not features["payment_method_update"]["enabled"]:
        raise ApiError(
            "Cannot enable subscription updates while payment method update is disabled."
        )
    for index, product in enumerate(update["products"]):
        _require_offerable(account, product, f"features[subscription_update][products][{index}]")


def _require_offerable(account: Account, product: Json, name: str) -> None:
    account.require(product["product"], "product", f"{name}[product]")
    if not product["prices"]:
        raise missing_parameter(f"{name}[prices]")
    for index, price_id in enumerate(product["prices"]):
        param = f"{name}[prices][{index}]"
        price = account.require(price_id, "price", param)
        if price["product"] != product["product"]:
            why = f"The price {price_id} does not belong to the product {product['product']}."
            raise invalid_parameter(param, why)
        if price["recurring"] is None:
            raise invalid_parameter(param, f"The price {price_id} is not recurring.")
        if not price["active"]:
            raise invalid_parameter(param, f"The price {price_id} is not active.")
