"""The onboarding form: what is asked of the owner of a connected account, and how it is read."""

from dataclasses import dataclass
from datetime import date
from html import escape

from sandbox.stripe.connect_dashboard import TEST_BANK_ACCOUNT
from sandbox.stripe.portal_views import error
from sandbox.stripe.rendering import Html, fill
from sandbox.stripe.state import Json

_FIELDS = {
    "given_name": ("First name", "text", "given-name"),
    "surname": ("Last name", "text", "family-name"),
    "born": ("Date of birth", "date", "bday"),
    "bank_account": ("Bank account", "text", "off"),
}
_LONGEST = 100
_OF_AGE = 18


class UnreadableError(ValueError):
    """What was typed cannot be right; the message is for who typed it."""


@dataclass(frozen=True, slots=True)
class Told:
    """`person` is shaped as the v2 API shows an individual; `complete` but for a document."""

    person: Json
    bank_account: str
    complete: bool


def show(record: Json, typed: dict[str, str], *, action: str, message: str = "") -> Html:
    values = {"bank_account": TEST_BANK_ACCOUNT} | typed
    fields = "\n".join(
        f'<label class="field">{label}\n<input name="{name}" type="{kind}" '
        f'autocomplete="{autocomplete}" value="{escape(values.get(name, ""))}"></label>'
        for name, (label, kind, autocomplete) in _FIELDS.items()
    )
    return fill(
        "onboarding",
        whose=record["_display_name"] or record["email"] or record["id"],
        country=record["country"] or "not told yet",
        message=error(message),
        action=action,
        fields=Html(fields),
        missing=Html(" checked" * ("missing" in typed)),
    )


def read(typed: dict[str, str], today: date) -> Told:
    """What was typed; raises UnreadableError."""
    given = {name: typed.get(name, "").strip() for name in _FIELDS}
    for name, (label, _kind, _autocomplete) in _FIELDS.items():
        if not 0 < len(given[name]) <= _LONGEST:
            raise UnreadableError(f"{label}: between 1 and {_LONGEST} characters.")
    number = given["bank_account"].replace(" ", "")
    if not (number.isascii() and number.isalnum() and len(number) >= 4):
        raise UnreadableError("Bank account: letters and digits only, at least four.")
    born = _born(given["born"], today)
    person = {
        "given_name": given["given_name"],
        "surname": given["surname"],
        "date_of_birth": {"day": born.day, "month": born.month, "year": born.year},
    }
    return Told(person, number, complete="missing" not in typed)


def _born(text: str, today: date) -> date:
    try:
        born = date.fromisoformat(text)
    except ValueError:
        raise UnreadableError("Date of birth: a day such as 1990-01-31.") from None
    birthdays = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if birthdays < _OF_AGE:
        raise UnreadableError(f"You must be {_OF_AGE} years old.")
    return born
