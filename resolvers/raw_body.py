"""What every webhook route does with a request: its raw bytes, bounded, and short JSON answers."""

from starlette.requests import Request
from starlette.responses import JSONResponse

MAX_BYTES = 1_000_000
"""Webhooks are some kilobytes; what is larger was not sent by the service."""


async def raw_body(request: Request) -> bytes | None:
    """The raw bytes as signed; None when they are too many."""
    parts = bytearray()
    async for part in request.stream():
        parts += part
        if len(parts) > MAX_BYTES:
            return None
    return bytes(parts)


def refusal(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)
