"""The fields by which an invitee at Calendly is known to be our booking."""

from collections.abc import Mapping
from uuid import UUID

from services.log import correlation_id

SOURCE = "sessionpay"
_LONGEST_VALUE = 255


def tracking(booking_id: UUID) -> dict[str, str]:
    """What goes into a link or a request; the campaign is what caused the work, if anything did."""
    cause = correlation_id.get()
    campaign = {"utm_campaign": cause[:_LONGEST_VALUE]} if cause != "-" else {}
    return {"utm_source": SOURCE, "utm_content": str(booking_id)} | campaign


def booking_in(carried: object) -> UUID | None:
    """The booking that an invitee's tracking fields name; None when they name none of ours."""
    if not isinstance(carried, Mapping) or carried.get("utm_source") != SOURCE:
        return None
    try:
        return UUID(str(carried.get("utm_content")))
    except ValueError:
        return None
