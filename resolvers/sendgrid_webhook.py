"""POST /webhooks/sendgrid: what became of our e-mails, verified and written at once."""

import logging

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from resolvers.raw_body import raw_body, refusal
from services import mail_events
from services.app import App
from services.providers.ports import BadSignature, MalformedEvent

log = logging.getLogger(__name__)

_SIGNATURE = "x-twilio-email-event-webhook-signature"
_TIMESTAMP = "x-twilio-email-event-webhook-timestamp"


async def sendgrid_webhook(request: Request) -> Response:
    """200 written or known, 400 malformed, 403 not SendGrid's, 404 not set up, 413 too large,
    500 try again."""
    app: App = request.app.state.app
    if app.mail_events is None:
        return refusal(404, "not_set_up", "SENDGRID_WEBHOOK_KEY is not set.")
    body = await raw_body(request)
    if body is None:
        return refusal(413, "too_large", "The body is larger than any webhook of SendGrid.")
    signature = request.headers.get(_SIGNATURE, "")
    timestamp = request.headers.get(_TIMESTAMP, "")
    try:
        changed = await mail_events.receive(app, body, signature, timestamp)
    except BadSignature as error:
        log.warning("webhook refused", extra={"why": str(error)})
        return refusal(403, "bad_signature", "The signature does not fit this body.")
    except MalformedEvent as error:
        return refusal(400, "malformed", f"Not events of SendGrid: {error}.")
    except Exception:
        # Whatever kept them from being written: SendGrid sends them again for a day.
        log.exception("webhook not written")
        return refusal(500, "not_written", "The events could not be written; send them again.")
    return JSONResponse({"received": True, "changed": changed})
