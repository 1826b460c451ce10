"""The card form: how it looks in the portal and on invoices, and what was typed anywhere."""

import re
from html import escape

from sandbox.stripe import cards
from sandbox.stripe.account import Account
from sandbox.stripe.cards import Card, UnreadableCardError
from sandbox.stripe.rendering import Html, fill

_EXPIRY = re.compile(r"\s*(\d{1,2})\s*/?\s*(?:20)?(\d{2})\s*")
# What a renewal can run into; the other cards can be typed.
_CHIPS = ("4242424242424242", "4000000000000341", "4000002760003184", "5555555555554444")


def form(account: Account, typed: dict[str, str]) -> Html:
    """The fields with what was typed, and the test cards that matter to subscriptions."""
    number = typed.get("number", _CHIPS[0])
    offered = [card for card in cards.CARDS if card.number in _CHIPS]
    return fill(
        "card",
        number=number,
        exp=typed.get("exp", f"12 / {(account.clock.now().year + 4) % 100:02}"),
        name=typed.get("name", ""),
        chips=Html("\n".join(_chip(card, number) for card in offered)),
    )


def read(account: Account, typed: dict[str, str]) -> Card:
    """The card that was typed; raises UnreadableCardError when it cannot be one."""
    require_readable(account, typed)
    return cards.find(typed.get("number", ""))


def require_readable(account: Account, typed: dict[str, str]) -> None:
    """Raises UnreadableCardError for a date or a code that cannot be a card's."""
    code, expiry = typed.get("cvc", ""), typed.get("exp", "")
    if code and not re.fullmatch(r"\d{3,4}", code):
        raise UnreadableCardError("Your card's security code is invalid.")
    if expiry:
        _require_ahead(account, expiry)


def _require_ahead(account: Account, expiry: str) -> None:
    parts = _EXPIRY.fullmatch(expiry)
    if not parts or not 1 <= int(parts[1]) <= 12:
        raise UnreadableCardError("Your card's expiration date is invalid.")
    now = account.clock.now()
    if (2000 + int(parts[2]), int(parts[1])) < (now.year, now.month):
        raise UnreadableCardError("Your card's expiration date is in the past.")


def _chip(card: Card, number: str) -> str:
    current = ' aria-current="true"' if card.number == number.replace(" ", "") else ""
    return (
        f'<a href="?number={card.number}" data-number="{card.number}"{current}>'
        f"{escape(card.label)}</a>"
    )
