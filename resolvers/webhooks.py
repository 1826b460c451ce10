"""POST /webhooks/stripe: verify, store once, queue, answer at once."""

import logging

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from resolvers.raw_body import raw_body, refusal
from services import stripe_events
from services.app import App
from services.providers.ports import BadSignature, MalformedEvent

log = logging.getLogger(__name__)


async def stripe_webhook(request: Request) -> Response:
    """200 stored or known, 400 not Stripe's or malformed, 413 too large, 500 try again."""
    app: App = request.app.state.app
    body = await raw_body(request)
    if body is None:
        return refusal(413, "too_large", "The body is larger than any event of Stripe.")
    signature = request.headers.get("stripe-signature", "")
    try:
        new = await stripe_events.receive(app, body, signature)
    except BadSignature as error:
        log.warning("webhook refused", extra={"why": str(error)})
        return refusal(400, "bad_signature", "The signature does not fit this body.")
    except MalformedEvent as error:
        return refusal(400, "malformed", f"Not an event of Stripe: {error}.")
    except Exception:
        # Whatever kept it from being stored: Stripe sends it again.
        log.exception("webhook not stored")
        return refusal(500, "not_stored", "The event could not be stored; send it again.")
    return JSONResponse({"received": True, "new": new})
