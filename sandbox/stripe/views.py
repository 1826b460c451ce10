"""The bodies of the checkout pages, made from a session and what the buyer typed."""

from datetime import UTC, datetime
from html import escape

from sandbox.stripe import cards, checkout, subscription_checkout
from sandbox.stripe.account import Account
from sandbox.stripe.catalog import display_price
from sandbox.stripe.money import display
from sandbox.stripe.rendering import NOTHING, Html, fill, link
from sandbox.stripe.state import Json

_VERBS = {"book": "Book", "donate": "Donate", "subscribe": "Subscribe"}
_CHIPS = 9
_DAY_SECONDS = 24 * 60 * 60


def pay_form(
    account: Account, session: Json, typed: dict[str, str], *, action: str, message: str = ""
) -> Html:
    """The form of an open session; `message` is why the last attempt did not succeed."""
    buyer = session["customer_details"] or {}
    asks = checkout.asks_for_payment(session)
    methods = session["payment_method_types"]
    takes_card = asks and "card" in methods
    takes_debit = asks and methods != ["card"]
    total = display(session["amount_total"], session["currency"])
    return fill(
        "pay",
        action=action,
        back=link(session["cancel_url"], "← Back", "back"),
        due=f"Due today: {total}" if session["mode"] == "subscription" else "Total",
        total=plan_terms(account, session) or total,
        lines=Html("\n".join(_line(line) for line in session["_line_items"])),
        message=Html(f'<p class="error" role="alert">{escape(message)}</p>' * bool(message)),
        email=buyer.get("email") or typed.get("email", "buyer@example.com"),
        email_locked="readonly" if session["_known_email"] else "",
        methods=_methods(takes_card, typed) if takes_debit else NOTHING,
        card=_card(account, typed) if takes_card else NOTHING,
        debit=_debit(typed) if takes_debit else NOTHING,
        verb=_verb(account, session, total),
        expires=_moment(session["expires_at"]),
    )


def paid_notice(url: str | None, *, embedded: bool, redirects: bool) -> Html:
    """The session is complete; inside a frame the page around it is told so."""
    told = Html("data-complete")
    if embedded and redirects and url:
        told = Html(f'data-complete data-redirect="{escape(url)}"')
    return fill(
        "notice",
        title="You're all done",
        text="This checkout is complete. You can close this page.",
        link=link(url, "Continue", "button"),
        data=told if embedded else NOTHING,
    )


def expired_notice(session: Json) -> Html:
    return fill(
        "notice",
        title="This checkout has expired",
        text="Nothing was charged. Go back and start again.",
        link=link(session["cancel_url"] or session["return_url"], "Go back", "button"),
        data=NOTHING,
    )


def missing_notice() -> Html:
    text = "There is nothing at this address."
    return fill("notice", title="Not found", text=text, link=NOTHING, data=NOTHING)


def authentication(session: Json) -> Html:
    total = display(session["amount_total"], session["currency"])
    what = f"the payment of {total}" if session["amount_total"] else "that this is your card"
    return fill("authenticate", what=what)


def receipt(charge: Json) -> Html:
    method = charge["payment_method_details"]
    kind = method["type"]
    return fill(
        "receipt",
        total=display(charge["amount"], charge["currency"]),
        refunded=display(charge["amount_refunded"], charge["currency"]),
        date=_moment(charge["created"]),
        method=f"{kind.replace('_', ' ')} ending in {method[kind]['last4']}",
        charge=charge["id"],
        description=charge["description"] or "",
    )


def plan_terms(account: Account, session: Json) -> str | None:
    """What is subscribed to, e.g. `7 days free, then $100.00 per month`; None for a payment."""
    if session["mode"] != "subscription":
        return None
    plan = subscription_checkout.plan_line(session)
    price = display_price(plan["price"], plan["quantity"])
    trial_end = subscription_checkout.trial_end(session, account.now())
    if trial_end is None:
        return price
    days = round((trial_end - account.now()) / _DAY_SECONDS)
    return f"{days} {'day' if days == 1 else 'days'} free, then {price}"


def _verb(account: Account, session: Json, total: str) -> str:
    if session["mode"] == "subscription":
        has_trial = subscription_checkout.trial_end(session, account.now()) is not None
        return "Start trial" if has_trial else "Subscribe"
    verb = _VERBS.get(session["submit_type"], "Pay")
    return f"{verb} {total}" if session["amount_total"] > 0 else "Complete order"


def _line(line: Json) -> str:
    each = f"{line['quantity']} × {display_price(line['price'])}"
    return (
        f"<li><span>{escape(line['description'])}<small>{each}</small></span>"
        f"<span>{display(line['amount_total'], line['currency'])}</span></li>"
    )


def _methods(takes_card: bool, typed: dict[str, str]) -> Html:
    if not takes_card:
        return Html('<input type="hidden" name="method" value="debit">')
    debit = typed.get("method") == "debit"
    choices = [("card", "Card", not debit), ("debit", "Bank debit (delayed)", debit)]
    radios = "\n".join(
        f'<label><input type="radio" name="method" value="{value}"{" checked" * chosen}> '
        f"{text}</label>"
        for value, text, chosen in choices
    )
    return Html(f'<fieldset class="methods"><legend>Payment method</legend>\n{radios}\n</fieldset>')


def _card(account: Account, typed: dict[str, str]) -> Html:
    number = typed.get("number", cards.CARDS[0].number)
    expiry = f"12 / {(account.clock.now().year + 4) % 100:02}"
    return fill(
        "card",
        number=number,
        exp=typed.get("exp", expiry),
        name=typed.get("name", ""),
        chips=Html("\n".join(_chip(card, number) for card in cards.CARDS[:_CHIPS])),
    )


def _chip(card: cards.Card, number: str) -> str:
    current = ' aria-current="true"' if card.number == number.replace(" ", "") else ""
    return (
        f'<a href="?number={card.number}" data-number="{card.number}"{current}>'
        f"{escape(card.label)}</a>"
    )


def _debit(typed: dict[str, str]) -> Html:
    return fill(
        "debit",
        account=typed.get("account", cards.CLEARING_ACCOUNT),
        failing=" or ".join(sorted(cards.FAILING_ACCOUNTS)),
    )


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%-d %B %Y, %H:%M")
