"""POST /webhooks/calendly: verify, store once, queue, answer at once."""

import logging

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from resolvers.raw_body import raw_body, refusal
from services import calendly_events
from services.app import App
from services.providers.ports import BadSignature, MalformedEvent

log = logging.getLogger(__name__)


async def calendly_webhook(request: Request) -> Response:
    """200 stored or known, 400 not Calendly's or malformed, 404 not set up, 413 too large, 500 try
    again."""
    app: App = request.app.state.app
    if app.scheduling_page is None:
        return refusal(404, "not_set_up", "Calendly's webhooks are not set up here.")
    body = await raw_body(request)
    if body is None:
        return refusal(413, "too_large", "The body is larger than any event of Calendly.")
    signature = request.headers.get("calendly-webhook-signature", "")
    try:
        new = await calendly_events.receive(app, body, signature)
    except BadSignature as error:
        log.warning("webhook refused", extra={"why": str(error)})
        return refusal(400, "bad_signature", "The signature does not fit this body.")
    except MalformedEvent as error:
        return refusal(400, "malformed", f"Not an event of Calendly: {error}.")
    except Exception:
        # Whatever kept it from being stored: Calendly sends it again.
        log.exception("webhook not stored")
        return refusal(500, "not_stored", "The event could not be stored; send it again.")
    return JSONResponse({"received": True, "new": new})
