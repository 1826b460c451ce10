"""GET /v2/bookings of the stand-in of Cal.com: filters and pages."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sandbox.calcom_diary import parsed
from sandbox.calcom_requests import Denied, fields, instant, number

_STATUSES = frozenset({"upcoming", "past", "cancelled", "unconfirmed"})
_FILTERS = frozenset(
    {"status", "attendeeEmail", "eventTypeId", "afterStart", "beforeEnd", "sortStart"}
)
_USUAL_TAKE, _MOST_TAKE = 100, 250


def listed(
    bookings: Sequence[dict[str, Any]], query: Mapping[str, str], now: datetime
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The page that is asked for and where it lies among all that match."""
    given = fields(query, required=frozenset(), optional=_FILTERS | {"take", "skip"})
    if not set(given.get("status", "past").split(",")) <= _STATUSES:
        raise Denied(400, f"Invalid status. Allowed are {', '.join(sorted(_STATUSES))}")
    found = [one for one in bookings if _matches(one, given, now)]
    if "sortStart" in given:
        if given["sortStart"] not in ("asc", "desc"):
            raise Denied(400, 'sortStart must be either "asc" or "desc".')
        found.sort(key=_start, reverse=given["sortStart"] == "desc")
    take = number(given.get("take", _USUAL_TAKE), "take")
    skip = number(given.get("skip", 0), "skip", least=0)
    if take > _MOST_TAKE:
        raise Denied(400, f"take must not be greater than {_MOST_TAKE}")
    page = found[skip : skip + take]
    return page, _pagination(len(found), len(page), take, skip)


def _matches(booking: dict[str, Any], given: Mapping[str, str], now: datetime) -> bool:
    wanted = given.get("eventTypeId")
    if wanted is not None and booking["eventTypeId"] != number(wanted, "eventTypeId"):
        return False
    if "afterStart" in given and _start(booking) < instant(given["afterStart"], "afterStart"):
        return False
    if "beforeEnd" in given and parsed(booking["end"]) > instant(given["beforeEnd"], "beforeEnd"):
        return False
    if "attendeeEmail" in given and given["attendeeEmail"] != booking["attendees"][0]["email"]:
        return False
    return "status" not in given or _status(booking, now) in given["status"].split(",")


def _status(booking: dict[str, Any], now: datetime) -> str:
    """In which list a booking is shown."""
    if booking["status"] in ("cancelled", "rejected"):
        return "cancelled"
    if parsed(booking["end"]) <= now:
        return "past"
    return "unconfirmed" if booking["status"] == "pending" else "upcoming"


def _start(booking: dict[str, Any]) -> datetime:
    return parsed(booking["start"])


def _pagination(total: int, returned: int, take: int, skip: int) -> dict[str, Any]:
    return {
        "totalItems": total,
        "remainingItems": max(0, total - skip - returned),
        "returnedItems": returned,
        "itemsPerPage": take,
        "currentPage": skip // take + 1,
        "totalPages": -(-total // take),
        "hasNextPage": skip + returned < total,
        "hasPreviousPage": skip > 0,
    }
