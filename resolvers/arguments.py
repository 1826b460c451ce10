"""Arguments as the use cases want them."""

import re
from collections.abc import Sequence
from typing import Literal
from uuid import UUID

import strawberry

from services.domain.errors import InvalidInput, PaymentNotFound

MOST_IDS = 100

_STRIPE_ID = re.compile(r"(?P<kind>[a-z]+)_[A-Za-z0-9_]+")
_LONGEST_STRIPE_ID = 255


def uuid_or_none(value: strawberry.ID) -> UUID | None:
    """The id, or None for text that no row of ours has as its id."""
    try:
        return UUID(value)
    except ValueError:
        return None


def uuid_of(value: strawberry.ID, field: str) -> UUID:
    """The id. Raises InvalidInput naming the field."""
    found = uuid_or_none(value)
    if found is None:
        raise InvalidInput(field, f"{field} is no id of ours: ids are UUIDs.")
    return found


def uuids_of(values: Sequence[strawberry.ID], field: str) -> list[UUID]:
    """The ids. Raises InvalidInput naming the field."""
    if len(values) > MOST_IDS:
        raise InvalidInput(field, f"{field} takes at most {MOST_IDS} ids.")
    return [uuid_of(value, field) for value in values]


def stripe_id_of(value: str, kind: Literal["cs", "pi"]) -> str:
    """The id at Stripe. Raises PaymentNotFound for text that Stripe never gave as such an id.

    What has the shape may go into statements and addresses as it is.
    """
    shaped = _STRIPE_ID.fullmatch(value)
    if shaped is None or shaped["kind"] != kind or len(value) > _LONGEST_STRIPE_ID:
        raise PaymentNotFound
    return value
