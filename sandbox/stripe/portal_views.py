"""The pieces of the customer portal's pages, and the pages that ask for one thing."""

from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

from sandbox.stripe import billing_words as words
from sandbox.stripe.account import Account
from sandbox.stripe.plan_preview import preview
from sandbox.stripe.rendering import NOTHING, Html, fill, link
from sandbox.stripe.state import Json
from sandbox.stripe.subscription_shape import item_of

TOLD = {
    "canceled": "Your subscription has been canceled.",
    "leaving": "Your subscription ends with the period that is paid for.",
    "kept": "Your subscription goes on.",
    "changed": "Your plan has been changed.",
    "card": "Your card has been saved.",
    "details": "Your details have been saved.",
}
"""What a customer reads after each step."""

CUSTOMER_FIELDS = {"email": "Email", "name": "Name", "phone": "Phone"}
ADDRESS_FIELDS = {
    "line1": "Address",
    "line2": "Address, second line",
    "postal_code": "Postal code",
    "city": "City",
    "state": "State or region",
    "country": "Country (two letters)",
}
_AUTOCOMPLETE = {
    "email": "email",
    "name": "name",
    "phone": "tel",
    "line1": "address-line1",
    "line2": "address-line2",
    "postal_code": "postal-code",
    "city": "address-level2",
    "state": "address-level1",
    "country": "country",
}


@dataclass(frozen=True, slots=True)
class Step:
    """A page that asks for one thing; `message` is why it was not done at once."""

    title: str
    path: str
    verb: str
    body: Html = NOTHING
    fields: Html = NOTHING
    message: str = ""
    method: str = "post"


def asking(step: Step, *, action: str, back: Html) -> Html:
    return fill(
        "portal_step",
        title=step.title,
        action=action,
        verb=step.verb,
        back=back,
        body=step.body,
        fields=step.fields,
        message=error(step.message),
        method=step.method,
    )


def notice(title: str, text: str, way_on: Html) -> Html:
    return fill("notice", title=title, text=text, link=way_on, data=NOTHING)


def done(title: str, text: str, session: Json) -> Html:
    url = session["return_url"]
    return notice(title, text, link(url, _return(url), "button"))


def closed(session: Json) -> Html:
    text = "It is open for an hour. Go back and open it again."
    return notice("This page has expired", text, link(session["return_url"], "Go back", "button"))


def back(session: Json) -> Html:
    """The way back to whoever sent the customer here."""
    url = session["return_url"]
    return link(url, f"← {_return(url)}", "back")


def error(message: str) -> Html:
    return Html(f'<p class="error" role="alert">{escape(message)}</p>' * bool(message))


def cancellation(account: Account, subscription: Json, settings: Json) -> Html:
    """What it means to cancel, in a sentence; `settings` are those of `subscription_cancel`."""
    if settings["mode"] == "at_period_end":
        end = words.day(words.period_end(subscription))
        meaning = f"You keep it until {end} and are not charged again."
    elif settings["proration_behavior"] == "create_prorations":
        meaning = "It ends now, and the rest of what you paid is noted as credit."
    else:
        meaning = "It ends now, and nothing is paid back."
    plan = escape(words.plan_of(account, subscription))
    return Html(f"<p><strong>{plan}</strong></p><p>{meaning}</p>")


def price_choices(account: Account, subscription: Json, prices: list[Json]) -> Html:
    radios = "\n".join(
        f'<label><input type="radio" name="price" value="{escape(price["id"])}"'
        f"{' checked' * (position == 0)}> {escape(words.plan(account, price))}</label>"
        for position, price in enumerate(prices)
    )
    current = escape(words.plan_of(account, subscription))
    return Html(
        f'<p>You have {current}.</p><fieldset class="methods"><legend>New plan</legend>'
        f"{radios}</fieldset>"
    )


def plan_change(account: Account, subscription: Json, price: Json, settings: Json) -> Html:
    """The new plan, what is due at once and later; `settings` those of `subscription_update`."""
    told = preview(account, subscription, price, settings)
    currency, quantity = price["currency"], item_of(subscription)["quantity"]
    pairs = [
        ("Now", words.plan_of(account, subscription)),
        ("New plan", words.plan(account, price, quantity)),
        ("Due now", words.money(max(told.now_minor, 0), currency)),
    ]
    if told.now_minor < 0:
        pairs.append(("Kept as credit", words.money(-told.now_minor, currency)))
    if told.next_minor:
        pairs.append(("On your next invoice", words.money(told.next_minor, currency)))
    pairs.append(("Next payment", words.day(told.next_at)))
    rows = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in pairs)
    return Html(f"<dl>{rows}</dl>")


def customer_fields(customer: Json, allowed: list[str], typed: dict[str, str]) -> Html:
    """The inputs for what the configuration lets a customer change about themselves."""
    names = {name: label for name, label in CUSTOMER_FIELDS.items() if name in allowed}
    known = {name: customer[name] or "" for name in names}
    if "address" in allowed:
        names |= ADDRESS_FIELDS
        address = customer["address"] or {}
        known |= {name: address.get(name) or "" for name in ADDRESS_FIELDS}
    return Html(
        "\n".join(
            f'<label class="field">{label}\n<input name="{name}" '
            f'autocomplete="{_AUTOCOMPLETE[name]}" value="{escape(typed.get(name, known[name]))}">'
            "</label>"
            for name, label in names.items()
        )
    )


def hidden(name: str, value: str) -> Html:
    return Html(f'<input type="hidden" name="{name}" value="{escape(value)}">')


def paragraph(text: str) -> Html:
    return Html(f"<p>{escape(text)}</p>")


def chip(text: str, look: str) -> Html:
    return Html(f'<span class="chip {look}">{escape(text)}</span>')


def link_here(path: str, text: str, look: str = "button quiet") -> Html:
    return Html(f'<a class="{look}" href="{escape(path)}">{escape(text)}</a>')


def _return(url: str | None) -> str:
    return f"Return to {urlsplit(url).netloc}" if url else ""
