"""The webhook routes: verify, store once, queue, answer at once."""

from starlette.requests import Request
from starlette.responses import Response

from resolvers.receiving import Sender, received, refusal
from services import calendly_events, mail_events, stripe_events, telegram
from services.app import App

STRIPE = Sender("Stripe", "event")
CALENDLY = Sender("Calendly", "event")
SENDGRID = Sender("SendGrid", "event", forged=(403, "bad_signature"))
TELEGRAM = Sender("Telegram", "update", forged=(403, "wrong_secret"))


async def stripe_webhook(request: Request) -> Response:
    """POST /webhooks/stripe."""
    app: App = request.app.state.app
    signature = request.headers.get("stripe-signature", "")

    async def take(body: bytes) -> dict[str, object]:
        return {"new": await stripe_events.receive(app, body, signature)}

    return await received(request, STRIPE, take)


async def calendly_webhook(request: Request) -> Response:
    """POST /webhooks/calendly; 404 where there is no signing key."""
    app: App = request.app.state.app
    signature = request.headers.get("calendly-webhook-signature", "")
    if app.scheduling_page is None:
        return refusal(404, "not_set_up", "Calendly's webhooks are not set up here.")

    async def take(body: bytes) -> dict[str, object]:
        return {"new": await calendly_events.receive(app, body, signature)}

    return await received(request, CALENDLY, take)


async def sendgrid_webhook(request: Request) -> Response:
    """POST /webhooks/sendgrid; 404 where there is no verification key."""
    app: App = request.app.state.app
    signature = request.headers.get("x-twilio-email-event-webhook-signature", "")
    timestamp = request.headers.get("x-twilio-email-event-webhook-timestamp", "")
    if app.mail_events is None:
        return refusal(404, "not_set_up", "SENDGRID_WEBHOOK_KEY is not set.")

    async def take(body: bytes) -> dict[str, object]:
        return {"changed": await mail_events.receive(app, body, signature, timestamp)}

    return await received(request, SENDGRID, take)


async def telegram_webhook(request: Request) -> Response:
    """POST /webhooks/telegram; 404 where there is no bot. 200 also when nothing follows."""
    app: App = request.app.state.app
    secret = request.headers.get("x-telegram-bot-api-secret-token", "")
    if app.chat is None:
        return refusal(404, "no_bot", "There is no Telegram bot here.")

    async def take(body: bytes) -> dict[str, object]:
        return {"new": await telegram.receive(app, body, secret)}

    return await received(request, TELEGRAM, take)
