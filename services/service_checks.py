"""What keeps the settings of outside services from working: one line a problem, with its mend."""

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    load_der_public_key,
    load_pem_private_key,
)

from services.domain.models import CalendarKind, VideoKind

if TYPE_CHECKING:
    from pydantic import SecretStr

    from services.settings import Settings

TOGETHER = (
    ("zoom_account_id", "zoom_client_id", "zoom_client_secret"),
    ("google_client_id", "google_client_secret", "google_refresh_token"),
    ("telegram_bot_token", "telegram_webhook_secret"),
)
"""Settings of one service that are worth nothing without one another."""

NEEDS = (
    ("calendly_webhook_signing_key", "calendly_api_token"),
    ("sendgrid_template_id", "sendgrid_api_key"),
    ("sendgrid_webhook_key", "sendgrid_api_key"),
)
"""Settings that are worth nothing without another one."""

SENT_IN_HEADERS = (
    "supabase_secret_key",
    "stripe_secret_key",
    "calcom_api_key",
    "calendly_api_token",
    "daily_api_key",
    "sendgrid_api_key",
)

_KEY = re.compile(r"[!-~]+")
_BOT_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]{20,}")
_TELEGRAM_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_SERVICE_ACCOUNT = ("client_email", "private_key", "private_key_id")


def service_problems(settings: "Settings") -> list[str]:
    """What is missing, half set or malformed of the outside services."""
    return [
        *_garbled_keys(settings),
        *_half_set(settings),
        *_unserved_defaults(settings),
        *_google_problems(settings),
        *_message_problems(settings),
    ]


def _garbled_keys(settings: "Settings") -> Iterator[str]:
    for name in SENT_IN_HEADERS:
        if (key := _text(getattr(settings, name))) and not _KEY.fullmatch(key):
            yield f"{name.upper()} holds a space, a line break or a letter no key has: copy it anew"


def _half_set(settings: "Settings") -> Iterator[str]:
    for names in TOGETHER:
        missing = [name.upper() for name in names if not getattr(settings, name)]
        if 0 < len(missing) < len(names):
            there = [name.upper() for name in names if getattr(settings, name)]
            yield f"{', '.join(missing)} is missing beside {', '.join(there)}: set all or none"
    for name, needed in NEEDS:
        if getattr(settings, name) and not getattr(settings, needed):
            yield f"{needed.upper()} is missing beside {name.upper()}: set both or none"


def _unserved_defaults(settings: "Settings") -> Iterator[str]:
    google = settings.google_service_account_json or settings.google_refresh_token
    needed = (
        ("DEFAULT_CALENDAR", CalendarKind.CALCOM, "CALCOM_API_KEY", settings.calcom_api_key),
        ("DEFAULT_CALENDAR", CalendarKind.GOOGLE, "GOOGLE_SERVICE_ACCOUNT_JSON", google),
        (
            "DEFAULT_CALENDAR",
            CalendarKind.CALENDLY,
            "CALENDLY_API_TOKEN",
            settings.calendly_api_token,
        ),
        ("DEFAULT_VIDEO", VideoKind.ZOOM, "ZOOM_ACCOUNT_ID", settings.zoom_account_id),
        ("DEFAULT_VIDEO", VideoKind.DAILY, "DAILY_API_KEY", settings.daily_api_key),
    )
    chosen = (settings.default_calendar, settings.default_video)
    for name, kind, missing, key in needed:
        if kind in chosen and not key:
            yield f"{name} is {kind} but {missing} is missing: set it or choose another"
    if chosen == (CalendarKind.BUILTIN, VideoKind.CALENDAR):
        yield (
            "DEFAULT_VIDEO is CALENDAR but the built-in calendar has no rooms: set "
            "DEFAULT_CALENDAR or choose another"
        )


def _google_problems(settings: "Settings") -> Iterator[str]:
    text = _text(settings.google_service_account_json)
    if not text:
        return
    try:
        account = json.loads(text)
    except ValueError:
        account = None
    if not _is_service_account(account):
        yield (
            "GOOGLE_SERVICE_ACCOUNT_JSON is no service account's key: paste the whole JSON file "
            "that the Google Cloud console gave"
        )


def _is_service_account(account: object) -> bool:
    if not isinstance(account, dict):
        return False
    named = all(isinstance(account.get(name), str) for name in _SERVICE_ACCOUNT)
    if not named or account.get("type") != "service_account":
        return False
    try:
        key = load_pem_private_key(account["private_key"].encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return isinstance(key, rsa.RSAPrivateKey)


def _message_problems(settings: "Settings") -> Iterator[str]:
    token = _text(settings.telegram_bot_token)
    if token and not _BOT_TOKEN.fullmatch(token):
        yield "TELEGRAM_BOT_TOKEN is no bot token: copy it from @BotFather, like 123456:ABC…"
    secret = _text(settings.telegram_webhook_secret)
    if secret and not _TELEGRAM_SECRET.fullmatch(secret):
        yield "TELEGRAM_WEBHOOK_SECRET may hold 1 to 256 of A-Z, a-z, 0-9, _ and - only"
    if settings.sendgrid_template_id and not settings.sendgrid_template_id.startswith("d-"):
        yield "SENDGRID_TEMPLATE_ID is no dynamic template: its id begins with d-"
    if settings.sendgrid_webhook_key and not _is_p256(settings.sendgrid_webhook_key):
        yield (
            "SENDGRID_WEBHOOK_KEY is no public key: copy the verification key of the signed event "
            "webhook"
        )


def _text(secret: "SecretStr | None") -> str:
    return secret.get_secret_value() if secret else ""


def _is_p256(text: str) -> bool:
    try:
        key = load_der_public_key(b64decode(text, validate=True))
    except (ValueError, UnsupportedAlgorithm):
        return False
    return isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == "secp256r1"
