"""A stand-in of Cal.com's API v2: event types 1001 (30 minutes), 1002 and 1003 (an hour each)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sandbox.calcom_bookings import TAKEN, BookingEndpoints
from sandbox.calcom_diary import Diary, written
from sandbox.calcom_requests import BOOKINGS_VERSIONS, SLOTS_VERSIONS, Denied
from sandbox.calcom_schedule import EVENT_TYPES
from sandbox.calcom_slots import SlotEndpoints
from sandbox.standin import Answer, Asked, Endpoint, Refused, Stage, StandIn
from services.domain.slots import Interval

API_KEY = "cal_sandbox"

_CODES = {
    400: "BadRequestException",
    401: "UnauthorizedException",
    404: "NotFoundException",
    422: "UnprocessableEntityException",
    429: "ThrottlerException",
}
_LIMIT = "120"  # requests a minute for an API key

_Handler = Callable[[Asked], Answer]


class CalcomSandbox(StandIn):
    """One host's bookings. Type 1003 asks for the host's confirmation, the others do not.

    The host is open Monday to Friday, 8:00 to 20:00 in Kyiv, on a grid of half an hour.
    """

    name = "calcom"

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._diary = Diary(stage.clock, self.shelf)

    @property
    def bookings(self) -> list[dict[str, Any]]:
        """Accepted and pending bookings as the API shows them, oldest first."""
        return self._diary.live()

    @property
    def history(self) -> list[dict[str, Any]]:
        """Every booking there ever was, oldest first."""
        return self._diary.bookings.all()

    @property
    def reservations(self) -> list[dict[str, Any]]:
        """Reservations that have not lapsed, oldest first."""
        return self._diary.reserved()

    def busy(self, starts_at: datetime, ends_at: datetime) -> None:
        """Let something in the host's own calendar take this time."""
        self._diary.close(Interval(starts_at, ends_at))

    def endpoints(self) -> list[Endpoint]:
        """All but the list, the confirmation and the location serve public event types keyless."""
        slots, bookings = SlotEndpoints(self._diary), BookingEndpoints(self._diary)
        booking = "/v2/bookings/{uid}"
        reservations = "/v2/slots/reservations"
        return [
            self._slots("GET", "/v2/slots", "slots", slots.slots),
            self._slots("POST", reservations, "reserve", slots.reserve),
            self._slots("DELETE", f"{reservations}/{{uid}}", "release", slots.release),
            self._bookings("POST", "/v2/bookings", "book", bookings.book),
            self._bookings("GET", "/v2/bookings", "list", bookings.list, keyless=False),
            self._bookings("GET", booking, "get", bookings.get),
            self._bookings(
                "POST", f"{booking}/confirm", "confirm", bookings.confirm, keyless=False
            ),
            self._bookings("POST", f"{booking}/cancel", "cancel", bookings.cancel),
            self._bookings("POST", f"{booking}/reschedule", "reschedule", bookings.reschedule),
            self._bookings(
                "PATCH", f"{booking}/location", "location", bookings.set_location, keyless=False
            ),
        ]

    def authorized(self, headers: Mapping[str, str]) -> bool:
        return headers.get("authorization") == f"Bearer {API_KEY}"

    def trouble(self, status: int, message: str, *, wait_seconds: int | None = None) -> Answer:
        body = {
            "status": "error",
            "timestamp": written(self.stage.clock.now()),
            "path": "/v2",
            "error": {
                "code": _CODES.get(status, "InternalServerErrorException"),
                "message": message,
            },
        }
        headers = {}
        if wait_seconds is not None:
            headers = {
                "Retry-After": str(wait_seconds),
                "X-RateLimit-Limit-Default": _LIMIT,
                "X-RateLimit-Remaining-Default": "0",
                "X-RateLimit-Reset-Default": str(wait_seconds),
            }
        return Answer(status, body, headers)

    def refusal(self, operation: str) -> Answer:
        if operation in ("book", "reschedule"):
            return self.trouble(400, TAKEN)
        if operation == "reserve":
            return self.trouble(422, "This time slot is already reserved by another user.")
        return super().refusal(operation)

    def shown(self) -> list[dict[str, Any]]:
        return [_shown(booking) for booking in reversed(self.history)]

    def _slots(self, method: str, path: str, operation: str, handler: _Handler) -> Endpoint:
        guarded = self._guarded(f"{method} {path}", SLOTS_VERSIONS, handler)
        return Endpoint(method, path, operation, guarded, open=True)

    def _bookings(
        self, method: str, path: str, operation: str, handler: _Handler, *, keyless: bool = True
    ) -> Endpoint:
        guarded = self._guarded(f"{method} {path}", BOOKINGS_VERSIONS, handler)
        return Endpoint(method, path, operation, guarded, open=keyless)

    def _guarded(self, route: str, versions: frozenset[str], handler: _Handler) -> _Handler:
        """With another version header the route does not exist; a wrong key is never ignored."""

        def handle(asked: Asked) -> Answer:
            if "authorization" in asked.headers and not self.authorized(asked.headers):
                raise Refused(self.trouble(401, "Your API key is not valid."))
            if asked.headers.get("cal-api-version") not in versions:
                raise Refused(self.trouble(404, f"Cannot {route}"))
            try:
                return handler(asked)
            except Denied as denied:
                raise Refused(self.trouble(denied.status, denied.message)) from None

        return handle


def _shown(booking: dict[str, Any]) -> dict[str, Any]:
    details = {
        "Event type": EVENT_TYPES[booking["eventTypeId"]].slug,
        "Attendee": booking["attendees"][0]["email"],
        "Minutes": str(booking["duration"]),
        "Location": booking["location"],
        "Our booking": str(booking["metadata"].get("booking_id", "none")),
    }
    return {
        "id": booking["uid"],
        "title": booking["title"],
        "state": booking["status"],
        "at": booking["start"],
        "details": details,
    }
