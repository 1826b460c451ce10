"""POST /webhooks/telegram: check the secret, store once, queue, answer at once."""

import logging

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from resolvers.raw_body import raw_body, refusal
from services import telegram
from services.app import App
from services.providers.ports import MalformedEvent
from services.telegram import WrongSecret

log = logging.getLogger(__name__)

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105  # the header's name


async def telegram_webhook(request: Request) -> Response:
    """200 stored or known, also when nothing follows from it; 400 malformed, 403 not Telegram's,
    404 no bot, 413 too large, 500 try again."""
    app: App = request.app.state.app
    if app.chat is None:
        return refusal(404, "no_bot", "There is no Telegram bot here.")
    body = await raw_body(request)
    if body is None:
        return refusal(413, "too_large", "The body is larger than any update of Telegram.")
    secret = request.headers.get(SECRET_HEADER, "")
    try:
        new = await telegram.receive(app, body, secret)
    except WrongSecret:
        log.warning("webhook refused", extra={"why": "wrong secret"})
        return refusal(403, "wrong_secret", "The secret token is missing or wrong.")
    except MalformedEvent as error:
        return refusal(400, "malformed", f"Not an update of Telegram: {error}.")
    except Exception:
        # Whatever kept it from being stored: Telegram sends it again.
        log.exception("webhook not stored")
        return refusal(500, "not_stored", "The update could not be stored; send it again.")
    return JSONResponse({"received": True, "new": new})
