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
    """Implements the port EventVerifier.

    `secrets` are of one endpoint or, parted by commas, of several that lead here: the platform's,
    connected accounts', thin events'.
    """

    def __init__(self, secrets: str) -> None:
        self._secrets = [secret.strip() for secret in secrets.split(",") if secret.strip()]

    def verify(self, body: bytes, signature: str) -> SignedEvent:
        """Check the signature over the raw body, then parse it once."""
        try:
            text = body.decode()
        except UnicodeDecodeError:
            raise MalformedEvent("the body is not UTF-8") from None
        refusals = [why for secret in self._secrets if (why := _refusal(text, signature, secret))]
        if len(refusals) == len(self._secrets):
            raise BadSignature(refusals[0] if refusals else "no secret is set")
        return _event(body)


def _refusal(body: str, signature: str, secret: str) -> str | None:
    try:
        stripe.WebhookSignature.verify_header(body, signature, secret, SIGNATURE_TOLERANCE_S)
    except stripe.SignatureVerificationError as error:
        return str(error)
    return None


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
