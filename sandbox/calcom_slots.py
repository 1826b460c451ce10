"""The endpoints /v2/slots of the stand-in of Cal.com: open times and reservations."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from sandbox.calcom_diary import Diary, overlaps, written
from sandbox.calcom_requests import Denied, event_type, fields, instant, number, zone
from sandbox.calcom_schedule import grid
from sandbox.standin import Answer, Asked
from services.domain.slots import Interval

_USUAL_MINUTES = 5
_SLOT_NAMES = ("slotStart", "slotEnd")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class SlotEndpoints:
    """Slots hide what is booked, closed or reserved; bookings do not ask for reservations."""

    def __init__(self, diary: Diary) -> None:
        self._diary = diary

    def slots(self, asked: Asked) -> Answer:
        query = fields(
            asked.query,
            required=frozenset({"eventTypeId", "start", "end"}),
            optional=frozenset({"timeZone", "format"}),
        )
        length = event_type(query["eventTypeId"]).length
        between = _span(query["start"], query["end"])
        shown_in = zone(query.get("timeZone", "UTC"))
        days: dict[str, list[dict[str, str]]] = {}
        for slot in grid(between, length):
            if self._is_offered(slot):
                day = slot.start.astimezone(shown_in).date().isoformat()
                days.setdefault(day, []).append(_shown(slot, shown_in, query.get("format")))
        return Answer(200, {"status": "success", "data": days})

    def reserve(self, asked: Asked) -> Answer:
        body = fields(
            asked.body,
            required=frozenset({"eventTypeId", "slotStart"}),
            optional=frozenset({"slotDuration", "reservationDuration"}),
        )
        kind = event_type(body["eventTypeId"])
        start = instant(body["slotStart"], "slotStart")
        if "slotDuration" in body:
            raise Denied(400, "'slotDuration' is for event types of variable length only.")
        if "reservationDuration" in body and "authorization" not in asked.headers:
            raise Denied(401, "reservationDuration can only be used for authenticated requests")
        minutes = number(body.get("reservationDuration", _USUAL_MINUTES), "reservationDuration")
        wanted = Interval(start, start + kind.length)
        self._must_be_unbooked(kind.id, wanted)
        reservation = {
            "eventTypeId": kind.id,
            "slotStart": written(wanted.start),
            "slotEnd": written(wanted.end),
            "slotDuration": kind.length // timedelta(minutes=1),
            "reservationUid": str(uuid4()),
            "reservationDuration": minutes,
            "reservationUntil": written(self._diary.now() + timedelta(minutes=minutes)),
        }
        self._diary.reserve(reservation)
        return Answer(201, {"status": "success", "data": reservation})

    def release(self, asked: Asked) -> Answer:
        if not self._diary.release(asked.path["uid"]):
            raise Denied(404, f"Slot with uid={asked.path['uid']} not found")
        return Answer(200, {"status": "success"})

    def _is_offered(self, slot: Interval) -> bool:
        reserved = any(overlaps(one, slot, _SLOT_NAMES) for one in self._diary.reserved())
        return slot.start > self._diary.now() and self._diary.is_free(slot) and not reserved

    def _must_be_unbooked(self, kind: int, wanted: Interval) -> None:
        """Reservations look at their own event type only, and at nothing but what is in it."""
        booked = [one for one in self._diary.live() if one["eventTypeId"] == kind]
        if any(overlaps(one, wanted) for one in booked):
            raise Denied(422, "Can't reserve a slot if the event is already booked.")
        reserved = [one for one in self._diary.reserved() if one["eventTypeId"] == kind]
        if any(overlaps(one, wanted, _SLOT_NAMES) for one in reserved):
            raise Denied(422, "This time slot is already reserved by another user.")


def _span(start: str, end: str) -> Interval:
    """Days stand for their first and their last second."""
    starts = _day(start, time()) or instant(start, "start")
    ends = _day(end, time(23, 59, 59)) or instant(end, "end")
    if starts >= ends:
        raise Denied(400, "Invalid time range given - check the 'start' and 'end' parameters.")
    return Interval(starts, ends)


def _day(text: str, at: time) -> datetime | None:
    if not _DAY.fullmatch(text):
        return None
    try:
        return datetime.combine(datetime.fromisoformat(text), at, UTC)
    except ValueError:
        return None


def _shown(slot: Interval, shown_in: ZoneInfo, form: str | None) -> dict[str, Any]:
    def text(moment: datetime) -> str:
        local = moment.astimezone(shown_in).isoformat(timespec="milliseconds")
        return local.replace("+00:00", "Z")

    shown = {"start": text(slot.start)}
    if form == "range":
        shown["end"] = text(slot.end)
    return shown
