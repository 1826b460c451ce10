"""What every webhook route does: raw bytes, bounded; who forged them; what became of them."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.providers.ports import BadSignature, MalformedEvent

log = logging.getLogger(__name__)

MAX_BYTES = 1_000_000
"""Webhooks are some kilobytes; what is larger was not sent by the service."""


@dataclass(frozen=True, slots=True)
class Sender:
    """A service and what it sends (`event`); `forged` is the status and code of what it did not."""

    name: str
    sends: str
    forged: tuple[int, str] = (400, "bad_signature")


async def received(
    request: Request, sender: Sender, take: Callable[[bytes], Awaitable[dict[str, object]]]
) -> Response:
    """200 with what `take` tells of the body, 400 malformed, 413 too large, 500 send it again.

    `take` raises BadSignature or MalformedEvent; after anything else the service repeats itself.
    """
    body = await _raw_body(request)
    if body is None:
        return refusal(413, "too_large", f"The body is larger than any {sender.sends}.")
    try:
        told = await take(body)
    except BadSignature as error:
        log.warning("webhook refused", extra={"sender": sender.name, "why": str(error)})
        return refusal(*sender.forged, f"This was not signed by {sender.name} for us.")
    except MalformedEvent as error:
        return refusal(400, "malformed", f"Not an {sender.sends} of {sender.name}: {error}.")
    except Exception:
        log.exception("webhook not stored", extra={"sender": sender.name})
        return refusal(500, "not_stored", f"The {sender.sends} could not be stored; send it again.")
    return JSONResponse({"received": True, **told})


async def _raw_body(request: Request) -> bytes | None:
    """The raw bytes as signed; None when they are too many."""
    parts = bytearray()
    async for part in request.stream():
        parts += part
        if len(parts) > MAX_BYTES:
            return None
    return bytes(parts)


def refusal(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)
