"""POST /api/cron/process-payouts: the operator's own clock asks for the due payouts."""

import hmac
import logging

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from resolvers.receiving import refusal
from services import payouts
from services.app import App

log = logging.getLogger(__name__)


async def process_payouts(request: Request) -> Response:
    """200 with what was queued and what waits, 401 without CRON_SECRET, 503 ask again."""
    app: App = request.app.state.app
    secret = app.settings.cron_secret
    if secret is None or not _knows(request, secret.get_secret_value()):
        why = "CRON_SECRET is not set" if secret is None else "another secret, or none"
        log.warning("cron refused", extra={"why": why})
        return _unauthorized()
    try:
        run = await payouts.run(app)
    except Exception:
        log.exception("payouts not run")
        return refusal(503, "not_run", "The payouts could not be looked at; please ask again.")
    waiting = {reason.value: count for reason, count in run.waiting.items()}
    return JSONResponse({"queued": run.queued, "waiting": waiting})


def _knows(request: Request, secret: str) -> bool:
    scheme, _, told = request.headers.get("authorization", "").partition(" ")
    # Starlette reads headers as Latin-1: so the bytes are those that were sent.
    same = hmac.compare_digest(told.strip(" ").encode("latin-1"), secret.encode())
    return scheme.lower() == "bearer" and same


def _unauthorized() -> JSONResponse:
    response = refusal(
        401, "unauthorized", "Send the secret as `Authorization: Bearer <CRON_SECRET>`."
    )
    response.headers["www-authenticate"] = "Bearer"
    return response
