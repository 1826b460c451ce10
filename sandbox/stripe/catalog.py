"""Products and prices: create, change what may change, and how a price is said."""

from sandbox.stripe.account import Account
from sandbox.stripe.changes import changing
from sandbox.stripe.errors import decided, invalid_parameter, missing_parameter
from sandbox.stripe.money import display, require_representable
from sandbox.stripe.state import Json, new_id

# The longest period that Stripe bills for: three years.
_MOST_INTERVALS = {"day": 1095, "week": 156, "month": 36, "year": 3}


def create_product(account: Account, params: Json) -> Json:
    product = new_product(account, params)
    account.events.record("product.created", product)
    return product


def update_product(account: Account, product: Json, params: Json) -> Json:
    """Take over the given fields; empty metadata values take their keys away."""
    with changing(account, product, "product.updated"):
        _take_over(product, params)
        product["updated"] = account.now() if params else product["updated"]
    return product


def create_price(account: Account, params: Json) -> Json:
    """A price of a product; raises ApiError when the product is unknown or nothing is charged."""
    if ("product" in params) == ("product_data" in params):
        raise missing_parameter("product", "Give exactly one of product and product_data.")
    require_price(account, params, "")
    _claim_lookup_key(account, params)
    product_id = params.get("product")
    if product_id is None:
        product_id = create_product(account, params["product_data"])["id"]
    price = new_price(account, params, product_id, active=params.get("active", True))
    account.events.record("price.created", price)
    return price


def update_price(account: Account, price: Json, params: Json) -> Json:
    """Change what is not the price itself: an amount or interval cannot be changed at Stripe."""
    if params.get("lookup_key") != price["lookup_key"]:
        _claim_lookup_key(account, params)
    given = {name: value for name, value in params.items() if name != "transfer_lookup_key"}
    with changing(account, price, "price.updated"):
        _take_over(price, given)
    return price


def require_price(account: Account, params: Json, name: str) -> None:
    """Raises ApiError unless price parameters, found at `name`, make a price."""
    within = f"{name}[%s]" if name else "%s"
    if "product" in params:
        account.require(params["product"], "product", within % "product")
    if "unit_amount" not in params:
        raise missing_parameter(within % "unit_amount")
    require_representable(params["unit_amount"], params["currency"], within % "unit_amount")
    recurring = params.get("recurring")
    if recurring:
        most = _MOST_INTERVALS[recurring["interval"]]
        if recurring.get("interval_count", 1) > most:
            why = f"A price renews at least every {most} {recurring['interval']}s."
            raise invalid_parameter(within % "recurring" + "[interval_count]", why)


def new_product(account: Account, params: Json) -> Json:
    return account.state.put(
        {
            "id": new_id("prod_", 14),
            "object": "product",
            "active": params.get("active", True),
            "created": account.now(),
            "default_price": None,
            "description": params.get("description"),
            "images": params.get("images", []),
            "livemode": False,
            "marketing_features": [],
            "metadata": params.get("metadata", {}),
            "name": params["name"],
            "package_dimensions": None,
            "shippable": None,
            "statement_descriptor": None,
            "tax_code": None,
            "type": "service",
            "unit_label": None,
            "updated": account.now(),
            "url": None,
        }
    )


def new_price(account: Account, params: Json, product_id: str, *, active: bool) -> Json:
    recurring = params.get("recurring")
    if recurring:
        recurring = {
            "interval": recurring["interval"],
            "interval_count": recurring.get("interval_count", 1),
            "meter": None,
            "trial_period_days": None,
            "usage_type": "licensed",
        }
    return account.state.put(
        {
            "id": new_id("price_"),
            "object": "price",
            "active": active,
            "billing_scheme": "per_unit",
            "created": account.now(),
            "currency": params["currency"],
            "custom_unit_amount": None,
            "livemode": False,
            "lookup_key": params.get("lookup_key"),
            "metadata": params.get("metadata", {}),
            "nickname": params.get("nickname"),
            "product": product_id,
            "recurring": recurring,
            "tax_behavior": "unspecified",
            "tiers_mode": None,
            "transform_quantity": None,
            "type": "recurring" if recurring else "one_time",
            "unit_amount": params["unit_amount"],
            "unit_amount_decimal": str(params["unit_amount"]),
        }
    )


def product_name(account: Account, price: Json) -> str:
    return str(account.require(price["product"], "product")["name"])


def display_price(price: Json, quantity: int = 1) -> str:
    """The price for people, e.g. `$100.00 per month` or `€30.00 every 3 months`."""
    amount = display(price["unit_amount"] * quantity, price["currency"])
    recurring = price["recurring"]
    if recurring is None:
        return amount
    count, interval = recurring["interval_count"], recurring["interval"]
    return f"{amount} per {interval}" if count == 1 else f"{amount} every {count} {interval}s"


def _take_over(record: Json, params: Json) -> None:
    changed = {name: value for name, value in params.items() if name != "metadata"}
    if "metadata" in params:
        changed["metadata"] = merged_metadata(record["metadata"], params["metadata"])
    record.update(changed)


def merged_metadata(old: Json, given: Json | None) -> Json:
    """Keys are set one by one, an empty value takes one away, None (given as "") takes all."""
    if given is None:
        return {}
    return {name: value for name, value in {**old, **given}.items() if value}


def _claim_lookup_key(account: Account, params: Json) -> None:
    """A lookup key names one price; `transfer_lookup_key` takes it from the one that has it."""
    key = params.get("lookup_key")
    if not key:
        return
    for other in account.state.oldest_first("price"):
        if other["lookup_key"] != key:
            continue
        if not params.get("transfer_lookup_key"):
            why = f"A price (`{other['id']}`) already uses that lookup key."
            raise decided(why, param="lookup_key")
        with changing(account, other, "price.updated"):
            other["lookup_key"] = None
