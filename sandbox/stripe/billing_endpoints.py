"""What the billing endpoints do beyond creating, reading and listing."""

from sandbox.stripe import catalog, invoices, lists
from sandbox.stripe.account import Account
from sandbox.stripe.errors import ApiError, decided
from sandbox.stripe.payments import Attempt, Result
from sandbox.stripe.state import Json, rendered


def update_product(account: Account, given: Json, product_id: str, _path: str) -> Json:
    product = account.require(product_id, "product")
    return rendered(catalog.update_product(account, product, given))


def update_price(account: Account, given: Json, price_id: str, _path: str) -> Json:
    price = account.require(price_id, "price")
    return rendered(catalog.update_price(account, price, given))


def list_prices(account: Account, given: Json, _id: str, path: str) -> Json:
    keys = given.pop("lookup_keys", None)
    interval = given.pop("recurring", {}).get("interval")
    found = [
        price
        for price in account.state.newest_first("price")
        if (keys is None or price["lookup_key"] in keys)
        and (interval is None or (price["recurring"] or {}).get("interval") == interval)
    ]
    return lists.page(found, given, path)


def list_products(account: Account, given: Json, _id: str, path: str) -> Json:
    ids = given.pop("ids", None)
    found = account.state.newest_first("product")
    return lists.page((each for each in found if ids is None or each["id"] in ids), given, path)


def list_invoices(account: Account, given: Json, _id: str, path: str) -> Json:
    sub_id = given.pop("subscription", None)
    found = [
        invoice
        for invoice in account.state.newest_first("invoice")
        if sub_id in (None, invoice["parent"]["subscription_details"]["subscription"])
    ]
    return lists.page(found, given, path)


def list_invoice_payments(account: Account, given: Json, _id: str, path: str) -> Json:
    payment = given.pop("payment", {})
    found = [
        each
        for each in account.state.newest_first("invoice_payment")
        if all(each["payment"].get(name) == value for name, value in payment.items())
    ]
    return lists.page(found, given, path)


def pay_invoice(account: Account, given: Json, invoice_id: str, _path: str) -> Json:
    """Charge the kept card; raises ApiError when the invoice is not open or the card is refused."""
    invoice = account.require(invoice_id, "invoice")
    if invoice["status"] != "open":
        state = "already paid" if invoice["status"] == "paid" else invoice["status"]
        raise decided(f"Invoice is {state}")
    if given.get("off_session", True):
        attempt = invoices.pay_absent(account, invoice)
    else:
        attempt = invoices.pay(account, invoice, None)
    if attempt.result is not Result.PAID:
        raise _refusal(account, invoice, attempt)
    return rendered(invoice)


def _refusal(account: Account, invoice: Json, attempt: Attempt) -> ApiError:
    (payment,) = invoices.payments_of(account, invoice)
    intent = account.require(payment["payment"]["payment_intent"], "payment_intent")
    if attempt.result is Result.AUTHENTICATE:
        code, decline_code = "invoice_payment_intent_requires_action", None
    elif error := intent["last_payment_error"]:
        code, decline_code = error["code"], error["decline_code"]
    else:
        return decided(attempt.message)
    return ApiError(
        attempt.message,
        status=402,
        kind="card_error",
        code=code,
        decline_code=decline_code,
        replayed=True,
    )
