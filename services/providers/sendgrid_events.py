"""SendGrid's signed event webhook: what became of our e-mails."""

import json
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from services.providers.message_ports import MailEvent
from services.providers.ports import BadSignature, MalformedEvent
from services.providers.sendgrid import KEY_ARG

_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_WORDS = re.compile(r"[A-Za-z][A-Za-z ]{0,59}")


class SendgridEvents:
    """Implements the port MailEvents.

    `public_key` is the base64 text that SendGrid's console shows for the signed event webhook.
    Raises ValueError when it is no key on the curve P-256.
    """

    def __init__(self, public_key: str) -> None:
        try:
            key = load_der_public_key(b64decode(public_key, validate=True))
        except ValueError:
            raise ValueError("the event webhook's public key can't be read") from None
        if not (isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == "secp256r1"):
            raise ValueError("the event webhook's public key must be one on the curve P-256")
        self._key = key

    def verify(self, body: bytes, signature: str, timestamp: str) -> list[MailEvent]:
        """The events about e-mails of ours that say whether one arrived.

        The signature's age is not checked: events may come up to a day late, and a repeated one
        changes nothing.
        """
        try:
            self._key.verify(
                b64decode(signature, validate=True), timestamp.encode() + body, ec.ECDSA(SHA256())
            )
        except (InvalidSignature, ValueError):
            raise BadSignature("the signature does not fit") from None
        return [event for told in _array(body) if (event := _event(told)) is not None]


def _array(body: bytes) -> list[Any]:
    try:
        events = json.loads(body)
    except (ValueError, RecursionError):
        raise MalformedEvent("the body is no JSON") from None
    if not isinstance(events, list):
        raise MalformedEvent("the body is no array")
    return events


def _event(told: object) -> MailEvent | None:
    """None for what is not ours, or says nothing of whether the e-mail arrived."""
    if not isinstance(told, dict):
        return None
    kind = told.get("event")
    outcome = _OUTCOMES.get(kind) if isinstance(kind, str) else None
    try:
        key = UUID(told.get(KEY_ARG))
    except (ValueError, TypeError, AttributeError):
        return None
    if outcome is None:
        return None
    name, reason = outcome
    return MailEvent(key, name, reason(told))


def _bounce(told: Mapping[str, Any]) -> str:
    """The server's own sentence often quotes the address: only codes are kept."""
    status = str(told.get("status", ""))
    what = "blocked" if told.get("type") == "blocked" else "bounced"
    return f"{what} ({status})" if _STATUS.fullmatch(status) else what


def _dropped(told: Mapping[str, Any]) -> str:
    """SendGrid's reasons are phrases such as `Bounced Address`; anything else is left out."""
    reason = str(told.get("reason", ""))
    return f"dropped ({reason})" if _WORDS.fullmatch(reason) else "dropped"


_OUTCOMES: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], str]]] = {
    "processed": ("TAKEN", lambda _: "processed"),
    "delivered": ("TAKEN", lambda _: "delivered"),
    "bounce": ("LOST", _bounce),
    "dropped": ("LOST", _dropped),
    "spamreport": ("LOST", lambda _: "reported as spam"),
}
"""What an event means, and its reason; every other kind says nothing of that."""
