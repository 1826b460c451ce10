"""What must fit together in a new Checkout Session beyond each parameter by itself."""

from typing import Any

from sandbox.stripe import cards
from sandbox.stripe.account import Account
from sandbox.stripe.errors import (
    ApiError,
    invalid_parameter,
    missing_parameter,
    missing_resource,
)
from sandbox.stripe.money import require_chargeable, require_representable
from sandbox.stripe.state import Json

_SHORTEST_SECONDS = 30 * 60
_LONGEST_SECONDS = 24 * 60 * 60
_URLS = {
    "hosted_page": ("success_url", "cancel_url"),
    "embedded_page": ("return_url", "redirect_on_completion"),
}


def require_served(params: Json) -> None:
    """Refuse what Stripe has and the sandbox does not serve yet."""
    if params["mode"] != "payment":
        raise invalid_parameter("mode", f"The sandbox does not serve mode={params['mode']} yet.")
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


def priced_lines(params: Json) -> tuple[list[Json], str, int]:
    """The `line_items` with one `price_data` each, their common currency and their total."""
    lines: list[Json] = params.get("line_items", [])
    if not lines:
        raise missing_parameter("line_items")
    for index, line in enumerate(lines):
        _require_priced(line, f"line_items[{index}]")
    currency = str(params.get("currency", lines[0]["price_data"]["currency"]))
    if any(line["price_data"]["currency"] != currency for line in lines):
        raise invalid_parameter("line_items", "All line items must be in one currency.")
    total = sum(line["quantity"] * line["price_data"]["unit_amount"] for line in lines)
    require_chargeable(total, currency)
    return lines, currency, total


def _require_priced(line: Json, name: str) -> None:
    if ("price" in line) == ("price_data" in line):
        why = f"{name} must have exactly one of price and price_data."
        raise missing_parameter(f"{name}[price_data]", why)
    if "price" in line:
        raise missing_resource("price", line["price"], f"{name}[price]")
    price = line["price_data"]
    if "product" in price:
        raise missing_resource("product", price["product"], f"{name}[price_data][product]")
    for key in ("product_data", "unit_amount"):
        if key not in price:
            raise missing_parameter(f"{name}[price_data][{key}]")
    require_representable(
        price["unit_amount"], price["currency"], f"{name}[price_data][unit_amount]"
    )


def offered_methods(params: Json, currency: str) -> list[str]:
    """Cards and the currency's bank debit, less what `allowed_payment_method_types` leaves out.

    Types that do not fit are dropped in silence, as Stripe does; none left is refused.
    """
    offered = ["card", cards.BANK_DEBITS.get(currency)]
    allowed: Any = params.get("allowed_payment_method_types")
    methods = [kind for kind in offered if kind and (allowed is None or kind in allowed)]
    if not methods:
        raise ApiError(
            "None of the allowed payment method types can be used for this session.",
            param="allowed_payment_method_types",
        )
    return methods
