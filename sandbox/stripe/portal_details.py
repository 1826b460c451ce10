"""The portal's steps for what a customer is charged by and known as: the card, the details."""

import re
from typing import Any

from starlette.responses import Response

from sandbox.stripe import billing_words as words
from sandbox.stripe import card_entry, payment_methods, subscriptions
from sandbox.stripe import portal_views as views
from sandbox.stripe.cards import UnreadableCardError
from sandbox.stripe.changes import changing
from sandbox.stripe.errors import ApiError
from sandbox.stripe.portal_visit import Visit
from sandbox.stripe.rendering import NOTHING

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_LONGEST = 256


def ask_for_card(visit: Visit) -> Response:
    visit.require("payment_method_update")
    return _card_form(visit)


def keep_card(visit: Visit) -> Response:
    visit.require("payment_method_update")
    try:
        card = card_entry.read(visit.account, visit.typed)
        payment_methods.require_attachable(card)
    except UnreadableCardError as error:
        return _card_form(visit, str(error), 422)
    except ApiError as declined:
        return _card_form(visit, str(declined), declined.status)
    subscriptions.set_card(visit.account, visit.customer["id"], card)
    return visit.done("card")


def ask_for_details(visit: Visit) -> Response:
    visit.require("customer_update")
    return _details_form(visit)


def keep_details(visit: Visit) -> Response:
    allowed = visit.require("customer_update")["allowed_updates"]
    typed = {name: value.strip() for name, value in visit.typed.items()}
    if "email" in allowed and not _EMAIL.fullmatch(typed.get("email", "")):
        return _details_form(visit, "Your e-mail address is incomplete.", 422)
    if any(len(value) > _LONGEST for value in typed.values()):
        return _details_form(visit, f"At most {_LONGEST} characters fit in each field.", 422)
    if "address" in allowed and not re.fullmatch(r"([A-Za-z]{2})?", typed.get("country", "")):
        return _details_form(visit, "A country is two letters, such as DE.", 422)
    changes: dict[str, Any] = {
        name: typed.get(name) or None for name in views.CUSTOMER_FIELDS if name in allowed
    }
    if "address" in allowed:
        address = {name: typed.get(name) or None for name in views.ADDRESS_FIELDS}
        changes["address"] = address if any(address.values()) else None
    with changing(visit.account, visit.customer, "customer.updated"):
        visit.customer.update(changes)
    return visit.done("details")


def _card_form(visit: Visit, message: str = "", status: int = 200) -> Response:
    kept = subscriptions.card_of(visit.account, visit.customer["id"])
    step = views.Step(
        title="Update your card" if kept else "Add a card",
        path="/payment-method",
        verb="Save card",
        body=views.paragraph(f"Now: {words.card(kept)}") if kept else NOTHING,
        fields=card_entry.form(visit.account, visit.typed),
        message=message,
    )
    return visit.ask(step, status)


def _details_form(visit: Visit, message: str = "", status: int = 200) -> Response:
    allowed = visit.require("customer_update")["allowed_updates"]
    step = views.Step(
        title="Update your details",
        path="/customer",
        verb="Save details",
        fields=views.customer_fields(visit.customer, allowed, visit.typed),
        message=message,
    )
    return visit.ask(step, status)
