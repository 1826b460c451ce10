"""The API's own scalars, given to Strawberry as one map from Python type to GraphQL scalar."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

# A count of minor units. GraphQL's Int ends at 2^31 - 1, which is 21 million rupiah (some 1,300
# dollars): too little. JSON numbers are exact up to 2^53 in every client, hence this scalar.
MinorUnits = NewType("MinorUnits", int)
_MAX_MINOR_UNITS = 2**53 - 1

# RFC 3339 `date-time`. `-00:00` stands for an unknown offset there, so it names no moment.
_RFC_3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|(?!-00:00)[+-]\d{2}:\d{2})",
    re.ASCII,
)


def parse_date_time(value: object) -> datetime:
    """The moment in UTC. Raises ValueError for text that is not RFC 3339 with an offset."""
    if not isinstance(value, str) or _RFC_3339.fullmatch(value) is None:
        raise ValueError(
            "A DateTime is RFC 3339 text with an offset, such as 2026-03-29T09:30:00+02:00."
        )
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"There is no such moment as {value}.") from error


def print_date_time(value: object) -> str:
    """RFC 3339 in UTC with `Z`. Raises TypeError for what names no moment: that is a bug."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise TypeError(f"DateTime cannot represent {value!r}: it has no time zone.")
    return value.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def check_minor_units(value: object) -> int:
    """The number itself. Raises for what is no integer or one that JSON readers would round."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("MinorUnits is a whole number.")
    if abs(value) > _MAX_MINOR_UNITS:
        raise ValueError(f"MinorUnits is at most {_MAX_MINOR_UNITS} on either side of zero.")
    return value


SCALARS: Mapping[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description=(
            "A moment in RFC 3339 form; an offset is required on the way in,"
            " and it is always UTC with `Z` on the way out."
        ),
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
        serialize=print_date_time,
        parse_value=parse_date_time,
    ),
    MinorUnits: strawberry.scalar(
        name="MinorUnits",
        description=(
            "A whole number of a currency's minor units, as a JSON number"
            " between -(2^53 - 1) and 2^53 - 1, beyond what Int can hold."
        ),
        serialize=check_minor_units,
        parse_value=check_minor_units,
    ),
}
