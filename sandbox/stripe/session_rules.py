"""What must fit together in a new Checkout Session beyond each parameter by itself."""

from typing import Any

from sandbox.stripe import cards, catalog, subscription_checkout
from sandbox.stripe.account import Account
from sandbox.stripe.errors import ApiError, decided, invalid_parameter, missing_parameter
from sandbox.stripe.state import Json

_SHORTEST_SECONDS = 30 * 60
_LONGEST_SECONDS = 24 * 60 * 60
_URLS = {
    "hosted_page": ("success_url", "cancel_url"),
    "embedded_page": ("return_url", "redirect_on_completion"),
}


def require_served(params: Json) -> None:
    """Refuse what Stripe has and the sandbox does not serve."""
    if params["mode"] == "setup":
        raise invalid_parameter("mode", "The sandbox does not serve mode=setup.")
    if params.get("ui_mode", "hosted_page") not in _URLS:
        raise invalid_parameter(
            "ui_mode", f"The sandbox does not serve ui_mode={params['ui_mode']}."
        )


def require_urls(params: Json) -> None:
    """hosted_page goes to `success_url`; embedded_page to `return_url` unless told never."""
    ui_mode = params.get("ui_mode", "hosted_page")
    for other, names in _URLS.items():
        for name in names:
            if other != ui_mode and name in params:
                raise invalid_parameter(name, f"`{name}` cannot be used with ui_mode={ui_mode}.")
    if ui_mode == "hosted_page":
        if "success_url" not in params:
            raise missing_parameter("success_url")
        return
    returns = params.get("redirect_on_completion", "always") != "never"
    if returns and "return_url" not in params:
        raise missing_parameter("return_url")
    if not returns and "return_url" in params:
        why = "`return_url` cannot be used with redirect_on_completion=never."
        raise invalid_parameter("return_url", why)


def require_customer(account: Account, params: Json) -> Json | None:
    """The named customer; refused when an e-mail address or a wish for a new one comes with it."""
    if "customer" not in params:
        return None
    for name in ("customer_email", "customer_creation"):
        if name in params:
            raise invalid_parameter(name, f"You may only specify one of: customer, {name}.")
    return account.require(params["customer"], "customer", "customer")


def expiry(account: Account, params: Json) -> int:
    """`expires_at`, strictly between 30 minutes and 24 hours ahead; 24 hours when not given.

    Both bounds themselves are refused, as seen in live use (reference sheet §13).
    """
    now = account.now()
    if "expires_at" not in params:
        return now + _LONGEST_SECONDS
    moment: int = params["expires_at"]
    if not now + _SHORTEST_SECONDS < moment < now + _LONGEST_SECONDS:
        why = "`expires_at` must be more than 30 minutes and less than 24 hours from now."
        raise invalid_parameter("expires_at", why)
    return moment


def require_lines(account: Account, params: Json) -> str:
    """Raises ApiError unless each line item has one price that suits; their common currency."""
    lines: list[Json] = params.get("line_items", [])
    if not lines:
        raise missing_parameter("line_items")
    prices = [
        _require_priced(account, line, f"line_items[{index}]") for index, line in enumerate(lines)
    ]
    subscription_checkout.require_lines(params["mode"], prices)
    currency = str(params.get("currency", prices[0]["currency"]))
    if any(price["currency"] != currency for price in prices):
        raise invalid_parameter("line_items", "All line items must be in one currency.")
    return currency


def _require_priced(account: Account, line: Json, name: str) -> Json:
    """The price, or the parameters of one, that a line item is bought at."""
    if ("price" in line) == ("price_data" in line):
        why = f"{name} must have exactly one of price and price_data."
        raise missing_parameter(f"{name}[price_data]", why)
    if "price" in line:
        price = account.require(line["price"], "price", f"{name}[price]")
        if not price["active"]:
            why = f"The price specified is inactive: {price['id']}. This field only accepts "
            raise decided(f"{why}active prices.", param=f"{name}[price]")
        return price
    price_data: Json = line["price_data"]
    if ("product" in price_data) == ("product_data" in price_data):
        raise missing_parameter(f"{name}[price_data][product_data]")
    catalog.require_price(account, price_data, f"{name}[price_data]")
    return {"recurring": None} | price_data


def offered_methods(params: Json, currency: str) -> list[str]:
    """Cards and the currency's bank debit, less what `allowed_payment_method_types` leaves out.

    A subscription takes cards only: the sandbox's renewals know no other. Types that do not fit
    are dropped in silence, as Stripe does; none left is refused.
    """
    debit = cards.BANK_DEBITS.get(currency) if params["mode"] == "payment" else None
    offered = ["card", debit]
    allowed: Any = params.get("allowed_payment_method_types")
    methods = [kind for kind in offered if kind and (allowed is None or kind in allowed)]
    if not methods:
        raise ApiError(
            "None of the allowed payment method types can be used for this session.",
            param="allowed_payment_method_types",
        )
    return methods
