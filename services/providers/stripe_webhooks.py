"""Stripe's signed webhooks."""

import json
import math
import re
from typing import Any

import stripe

from services.providers.ports import BadSignature, MalformedEvent, SignedEvent

SIGNATURE_TOLERANCE_S = 300

THIN = "v2.core.event"
"""What an event calls itself that tells which object changed, and nothing of the object."""

_NOT_IN_JSONB = re.compile("[\x00\ud800-\udfff]")


class StripeWebhooks:
    """Implements the port EventVerifier."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def verify(self, body: bytes, signature: str) -> SignedEvent:
        """Check the signature over the raw body, then parse it once."""
        try:
            stripe.WebhookSignature.verify_header(
                body.decode(), signature, self._secret, SIGNATURE_TOLERANCE_S
            )
        except stripe.SignatureVerificationError as error:
            raise BadSignature(str(error)) from None
        except UnicodeDecodeError:
            raise MalformedEvent("the body is not UTF-8") from None
        return _event(body)


def _event(body: bytes) -> SignedEvent:
    try:
        event = json.loads(body)
        if not (_is_snapshot(event) or event["object"] == THIN):
            raise MalformedEvent("the body is no event")
        if not _storable(event):
            raise MalformedEvent("the body holds what jsonb can't")
        return SignedEvent(
            id=str(event["id"]),
            type=str(event["type"]),
            livemode=bool(event["livemode"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        raise MalformedEvent("the body is no event") from None


def _is_snapshot(event: dict[str, Any]) -> bool:
    return event["object"] == "event" and isinstance(event["data"]["object"], dict)


def _storable(value: object) -> bool:
    """Whether PostgreSQL takes this parsed JSON: no NUL, no half of a surrogate pair, no NaN."""
    match value:
        case str():
            return _NOT_IN_JSONB.search(value) is None
        case float():
            return math.isfinite(value)
        case list():
            return all(map(_storable, value))
        case dict():
            return all(map(_storable, value)) and all(map(_storable, value.values()))
    return True
