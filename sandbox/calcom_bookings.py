"""The endpoints /v2/bookings of the stand-in of Cal.com."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sandbox.calcom_diary import Diary, written
from sandbox.calcom_listing import listed
from sandbox.calcom_requests import Denied, attendee, event_type, fields, instant, metadata
from sandbox.calcom_schedule import EVENT_TYPES, HORIZON, OWNER, EventType
from sandbox.standin import Answer, Asked
from services.domain.slots import Interval

TAKEN = "User either already has booking at this time or is not available"

_VIDEO = {"type": "integration", "integration": "cal-video"}
_MAY_BOOK = frozenset({"bookingFieldsResponses", "guests", "location", "metadata"})


class BookingEndpoints:
    """Bookings are never deleted: they are cancelled, and moves leave a cancelled one behind."""

    def __init__(self, diary: Diary) -> None:
        self._diary = diary

    def book(self, asked: Asked) -> Answer:
        body = fields(
            asked.body,
            required=frozenset({"eventTypeId", "start", "attendee"}),
            optional=_MAY_BOOK,
        )
        kind = event_type(body["eventTypeId"])
        start = instant(body["start"], "start")
        person = attendee(body["attendee"])
        kept = metadata(body.get("metadata", {}))
        if body.get("location", _VIDEO) != _VIDEO:
            raise Denied(400, "The event type does not have this location.")
        self._must_be_bookable(start, kind)
        booking = self._made(kind, start, person, kept)
        return self._answer(booking, status=201)

    def get(self, asked: Asked) -> Answer:
        return self._answer(self._known(asked))

    def list(self, asked: Asked) -> Answer:
        found, pagination = listed(self._diary.bookings.all(), asked.query, self._diary.now())
        return Answer(200, {"status": "success", "data": found, "pagination": pagination})

    def confirm(self, asked: Asked) -> Answer:
        if asked.body:
            fields(asked.body, required=frozenset(), optional=frozenset())
        booking = self._known(asked)
        if booking["status"] != "pending":
            raise Denied(400, "The booking does not wait for a confirmation.")
        return self._answer(self._changed(booking, status="accepted"))

    def cancel(self, asked: Asked) -> Answer:
        body = fields(
            asked.body or {}, required=frozenset(), optional=frozenset({"cancellationReason"})
        )
        booking = self._known(asked)
        if booking["status"] == "cancelled":
            raise Denied(400, "This booking has already been cancelled.")
        reason = body.get("cancellationReason")
        return self._answer(self._changed(booking, status="cancelled", cancellationReason=reason))

    def reschedule(self, asked: Asked) -> Answer:
        body = fields(
            asked.body,
            required=frozenset({"start"}),
            optional=frozenset({"reschedulingReason", "rescheduledBy"}),
        )
        start = instant(body["start"], "start")
        old = self._known(asked)
        if old["status"] not in ("accepted", "pending"):
            successor = old.get("rescheduledToUid")
            moved = f" and rescheduled already to booking with uid={successor}" if successor else ""
            raise Denied(400, f"Can't reschedule: the booking has been cancelled{moved}.")
        kind = EVENT_TYPES[old["eventTypeId"]]
        self._must_be_bookable(start, kind, but=old["uid"])
        new = self._made(kind, start, old["attendees"][0], old["metadata"])
        if body.get("rescheduledBy") == OWNER["email"]:
            new = self._changed(new, status="accepted")
        new = self._changed(new, rescheduledFromUid=old["uid"], location=old["location"])
        self._changed(old, status="cancelled", rescheduledToUid=new["uid"])
        return self._answer(new, status=201)

    def set_location(self, asked: Asked) -> Answer:
        body = fields(asked.body, required=frozenset({"location"}), optional=frozenset())
        wanted = fields(
            body["location"], required=frozenset({"type", "link"}), optional=frozenset()
        )
        link = wanted["link"]
        if wanted["type"] != "link" or not isinstance(link, str) or "://" not in link:
            raise Denied(400, "location.link must be a URL address")
        booking = self._known(asked)
        return self._answer(self._changed(booking, location=link, meetingUrl=link))

    def _known(self, asked: Asked) -> dict[str, Any]:
        uid = asked.path["uid"]
        booking = self._diary.bookings.get(uid)
        if booking is None:
            raise Denied(404, f"Booking with uid={uid} was not found in the database")
        return booking

    def _must_be_bookable(self, start: datetime, kind: EventType, but: str | None = None) -> None:
        now = self._diary.now()
        if start <= now:
            raise Denied(400, "Attempting to book a meeting in the past.")
        if start > now + HORIZON:
            raise Denied(400, 'The event type can\'t be booked at the "start" time provided.')
        if not self._diary.is_free(Interval(start, start + kind.length), but=but):
            raise Denied(400, TAKEN)

    def _made(
        self, kind: EventType, start: datetime, person: dict[str, Any], kept: dict[str, Any]
    ) -> dict[str, Any]:
        uid = uuid4().hex
        url = f"https://app.cal.com/video/{uid}"
        now = written(self._diary.now())
        booking = {
            "id": len(self._diary.bookings.all()) + 1,
            "uid": uid,
            "title": f"{kind.title} between {OWNER['name']} and {person['name']}",
            "description": "",
            "hosts": [OWNER],
            "status": "pending" if kind.asks_host else "accepted",
            "start": written(start),
            "end": written(start + kind.length),
            "duration": kind.length // timedelta(minutes=1),
            "eventTypeId": kind.id,
            "eventType": {"id": kind.id, "slug": kind.slug},
            "location": url,
            "meetingUrl": url,
            "absentHost": False,
            "createdAt": now,
            "updatedAt": now,
            "metadata": kept,
            "icsUid": f"{uid}@Cal.com",
            "attendees": [person],
            "guests": [],
            "bookingFieldsResponses": {"name": person["name"], "email": person["email"]},
        }
        self._diary.bookings.put(uid, booking)
        return booking

    def _changed(self, booking: dict[str, Any], **values: Any) -> dict[str, Any]:
        changed = booking | {"updatedAt": written(self._diary.now())} | values
        self._diary.bookings.put(booking["uid"], changed)
        return changed

    def _answer(self, booking: dict[str, Any], *, status: int = 200) -> Answer:
        return Answer(status, {"status": "success", "data": booking})
