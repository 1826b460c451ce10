"""Calendly's own page: single-use links to it, who chose a time there, and its webhooks."""

import hashlib
import hmac
import json
import re
import time
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

from services.providers.calendly_api import (
    MOVED,
    VENDOR,
    call_off,
    invitee_path,
    read_event,
    resource,
    text,
)
from services.providers.calendly_ports import Cancellation, Invitee, InviteeEvent
from services.providers.calendly_tracking import booking_in, tracking
from services.providers.errors import ProviderError, malformed
from services.providers.http import Door
from services.providers.moments import read_moment
from services.providers.ports import BadSignature, MalformedEvent

PAGE_BASE = "https://calendly.com"

SIGNATURE_TOLERANCE_S = 180

_ABOUT_INVITEES = frozenset({"invitee.created", "invitee.canceled"})
_SIGNED = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")


class CalendlyPage:
    """The port SchedulingPage."""

    def __init__(self, door: Door, signing_key: str, *, page_base: str, public_url: str) -> None:
        self._door = door
        self._signing_key = signing_key.encode()
        self._page_origin = _origin(page_base)
        self._framed_by = urlsplit(public_url).netloc

    def verify(self, body: bytes, signature: str) -> InviteeEvent | None:
        self._check(body, signature)
        return _event(body)

    def _check(self, body: bytes, signature: str) -> None:
        found = _SIGNED.fullmatch(signature.strip())
        if found is None:
            raise BadSignature("the header is missing or malformed")
        signed = b"%s.%s" % (found[1].encode(), body)
        expected = hmac.new(self._signing_key, signed, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, found[2]):
            raise BadSignature("signed with another key")
        # Signatures live in real time, whatever the product's clock says.
        if abs(time.time() - int(found[1])) > SIGNATURE_TOLERANCE_S:
            raise BadSignature("signed too long ago, or in the future")

    async def invitee(self, address: str) -> Invitee | None:
        found = invitee_path(address)
        if found is None:
            raise ValueError("no address of an invitee")
        path, ref = found
        try:
            answer = await self._door.request("GET", path, safe_to_repeat=True)
        except ProviderError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise
        told = resource(answer, "invitee")
        event = await read_event(self._door, ref)
        if event is None:
            return None
        replaces = told.get("old_invitee")
        if replaces is not None and invitee_path(replaces) is None:
            raise malformed(VENDOR, "old_invitee")
        zone = told.get("timezone")
        return Invitee(
            address=address,
            event_ref=event.ref,
            event_type=event.event_type,
            booking_id=booking_in(told.get("tracking")),
            starts_at=event.starts_at,
            ends_at=event.ends_at,
            time_zone=zone if isinstance(zone, str) else None,
            cancellation=_cancellation(told, event_active=event.active),
            replaced=told.get("rescheduled") is True,
            replaces=replaces,
        )

    async def link(self, booking_id: UUID, event_type: str) -> str:
        """The address carries what Calendly needs to report to the page that frames it. Asking
        again makes another link: each takes one choice, so the second choice is to be cancelled."""
        answer = await self._door.request(
            "POST",
            "/scheduling_links",
            json={"max_event_count": 1, "owner": event_type, "owner_type": "EventType"},
            safe_to_repeat=False,
        )
        url = urlsplit(text(resource(answer, "scheduling link"), "booking_url"))
        if f"{url.scheme}://{url.netloc}" != self._page_origin:
            raise malformed(VENDOR, "booking_url")
        query = dict(parse_qsl(url.query)) | tracking(booking_id)
        query |= {"embed_domain": self._framed_by, "embed_type": "Inline"}
        return url._replace(query=urlencode(query)).geturl()

    async def cancel(self, event_ref: str, *, reason: str) -> None:
        await call_off(self._door, event_ref, reason)


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _event(body: bytes) -> InviteeEvent | None:
    try:
        told = json.loads(body)
        if told["event"] not in _ABOUT_INVITEES:
            return None
        return _about_invitee(told["event"], told["payload"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise MalformedEvent("the body is no event") from None


def _about_invitee(event: str, payload: dict[str, Any]) -> InviteeEvent:
    """Calendly gives its events no id: the invitee's last change tells them apart."""
    found = invitee_path(payload["uri"])
    if found is None:
        raise MalformedEvent("the event names no invitee")
    changed_at = datetime.fromisoformat(payload["updated_at"])
    path, _ = found
    return InviteeEvent(key=f"{event} {path} {changed_at.isoformat()}", type=event, invitee=path)


def _cancellation(told: Mapping[str, Any], *, event_active: bool) -> Cancellation | None:
    """How the appointment was called off. An event that is gone without its invitee having done it
    was called off by its host."""
    if text(told, "status") != "canceled" and event_active:
        return None
    how = told.get("cancellation")
    if not isinstance(how, Mapping):
        return Cancellation(by_host=not event_active, by_us=False, at=None)
    at = how.get("created_at")
    return Cancellation(
        by_host=how.get("canceler_type") != "invitee",
        by_us=how.get("reason") == MOVED,
        at=read_moment(at) if at else None,
    )
