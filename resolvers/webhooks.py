"""POST /webhooks/stripe: verify, store once, queue, answer at once."""

import logging

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services import stripe_events
from services.app import App
from services.providers.ports import BadSignature, MalformedEvent

log = logging.getLogger(__name__)

MAX_BYTES = 1_000_000
"""Stripe's events are some kilobytes; what is larger was not sent by Stripe."""


async def stripe_webhook(request: Request) -> Response:
    """200 stored or known, 400 not Stripe's or malformed, 413 too large, 500 try again."""
    app: App = request.app.state.app
    body = await _body(request)
    if body is None:
        return _answer(413, "too_large", "The body is larger than any event of Stripe.")
    signature = request.headers.get("stripe-signature", "")
    try:
        new = await stripe_events.receive(app, body, signature)
    except BadSignature as error:
        log.warning("webhook refused", extra={"why": str(error)})
        return _answer(400, "bad_signature", "The signature does not fit this body.")
    except MalformedEvent as error:
        return _answer(400, "malformed", f"Not an event of Stripe: {error}.")
    except Exception:
        # Whatever kept it from being stored: Stripe sends it again.
        log.exception("webhook not stored")
        return _answer(500, "not_stored", "The event could not be stored; send it again.")
    return JSONResponse({"received": True, "new": new})


async def _body(request: Request) -> bytes | None:
    """The raw bytes as signed; None when they are too many."""
    parts = bytearray()
    async for part in request.stream():
        parts += part
        if len(parts) > MAX_BYTES:
            return None
    return bytes(parts)


def _answer(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)
