"""Arguments as the use cases want them."""

from collections.abc import Sequence
from uuid import UUID

import strawberry

from services.domain.errors import InvalidInput

MOST_IDS = 100


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
