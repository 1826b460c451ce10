"""The lines of an invoice: a period of a plan, the rest of one after a change, and extras."""

from sandbox.stripe import catalog
from sandbox.stripe.account import Account
from sandbox.stripe.state import Json, new_id
from sandbox.stripe.subscription_shape import item_of


def period_line(account: Account, sub: Json, price: Json, start: int, end: int) -> Json:
    """One period of a price; during a trial nothing is charged for it."""
    item = item_of(sub)
    quantity, name = item["quantity"], catalog.product_name(account, price)
    trial = end == sub["trial_end"]
    amount = 0 if trial else price["unit_amount"] * quantity
    said = f"Trial period for {name}" if trial else _said(quantity, name, price)
    parent = _of_item(sub, proration=False)
    line = _line(sub, price, parent, amount=amount, said=said, period=(start, end))
    return line | {"quantity": quantity}


def proration_line(
    account: Account, sub: Json, price: Json, amount: int, period: tuple[int, int]
) -> Json:
    """What the rest of a period costs, or (negative) gives back, after a change of plan."""
    quantity, name = item_of(sub)["quantity"], catalog.product_name(account, price)
    said = f"{'Unused' if amount < 0 else 'Remaining'} time on {quantity} × {name}"
    parent = _of_item(sub, proration=True)
    line = _line(sub, price, parent, amount=amount, said=said, period=period)
    return line | {"quantity": quantity}


def one_off_line(account: Account, sub: Json, bought: Json) -> Json:
    """A line item of the checkout session that is paid for once."""
    parent = {
        "invoice_item_details": {
            "invoice_item": new_id("ii_"),
            "proration": False,
            "proration_details": {"credited_items": None},
            "subscription": sub["id"],
        },
        "subscription_item_details": None,
        "type": "invoice_item_details",
    }
    now, amount, said = account.now(), bought["amount_total"], bought["description"]
    line = _line(sub, bought["price"], parent, amount=amount, said=said, period=(now, now))
    return line | {"quantity": bought["quantity"]}


def _of_item(sub: Json, *, proration: bool) -> Json:
    return {
        "invoice_item_details": None,
        "subscription_item_details": {
            "invoice_item": new_id("ii_") if proration else None,
            "proration": proration,
            "proration_details": {"credited_items": None},
            "subscription": sub["id"],
            "subscription_item": item_of(sub)["id"],
        },
        "type": "subscription_item_details",
    }


def _said(quantity: int, name: str, price: Json) -> str:
    return f"{quantity} × {name} (at {catalog.display_price(price)})"


def _line(
    sub: Json, price: Json, parent: Json, *, amount: int, said: str, period: tuple[int, int]
) -> Json:
    return {
        "id": new_id("il_"),
        "object": "line_item",
        "amount": amount,
        "currency": sub["currency"],
        "description": said,
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "livemode": False,
        "metadata": dict(sub["metadata"]),
        "parent": parent,
        "period": {"end": period[1], "start": period[0]},
        "pretax_credit_amounts": [],
        "pricing": {
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        "subscription": sub["id"],
        "subtotal": amount,
        "taxes": [],
    }
