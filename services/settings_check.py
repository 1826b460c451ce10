"""What keeps settings from working together: one line a problem, each with its mend."""

import re
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

from services.service_checks import service_problems

if TYPE_CHECKING:
    from services.settings import Settings

SHORTEST_JWT_SECRET = 32
"""Bytes; a shorter key can be guessed from one token (RFC 7518, 3.2)."""

SHORTEST_CRON_SECRET = 16
"""Characters; whoever guesses it may run the payouts."""

_LOOPBACK = re.compile(r"localhost|127\.[0-9.]+|::1")

# The senders that services.providers.smtp can use; a test holds the two to one another.
_ADDRESS = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?"
_SENDER = re.compile(rf'"?[^"<>]*?"?\s*<{_ADDRESS}>|{_ADDRESS}')


def problems(settings: "Settings") -> list[str]:
    """What keeps these settings from working together, one line each with its mend."""
    found = _address_problems(settings) + service_problems(settings)
    if settings.in_sandbox:
        return found + _sandbox_problems(settings)
    return found + _live_problems(settings)


def _address_problems(settings: "Settings") -> list[str]:
    found = []
    for name in ("public_url", "meeting_base_url", "paid_channel_link", *_keys_go_to(settings)):
        value = getattr(settings, name)
        if value and not (re.match("https?://", value) and _has_host(value)):
            found.append(f"{name.upper()} is no web address: write it as https://host[/path]")
    for origin in settings.allowed_origins:
        if not (_has_host(origin) and origin == origin_of(origin)):
            found.append(
                f"ALLOWED_ORIGINS holds {origin!r}: write scheme://host[:port] without a path"
            )
    if settings.database_url and (bad := _dsn_problem(settings.database_url.get_secret_value())):
        found.append(bad)
    if settings.smtp_url and (bad := _smtp_problem(settings.smtp_url.get_secret_value())):
        found.append(bad)
    found += _short_secrets(settings)
    if not _SENDER.fullmatch(settings.email_from.strip()):
        found.append("EMAIL_FROM holds no plain ASCII address: write it as Name <name@domain>")
    if "@" not in settings.operator_email:
        found.append("OPERATOR_EMAIL is no e-mail address: name who looks after stuck payments")
    return found


def _short_secrets(settings: "Settings") -> list[str]:
    found = []
    secret, cron = settings.supabase_jwt_secret, settings.cron_secret
    if secret is not None and len(secret.get_secret_value().encode()) < SHORTEST_JWT_SECRET:
        found.append(
            f"SUPABASE_JWT_SECRET has fewer than {SHORTEST_JWT_SECRET} bytes: copy the whole "
            "legacy JWT secret from the project's settings"
        )
    if cron is not None and len(cron.get_secret_value()) < SHORTEST_CRON_SECRET:
        found.append(
            f"CRON_SECRET has fewer than {SHORTEST_CRON_SECRET} characters: "
            "write a random one, such as `openssl rand -hex 32` prints"
        )
    return found


def _dsn_problem(dsn: str) -> str | None:
    parts = _parts(dsn)
    if parts is None:
        return (
            "DATABASE_URL has a malformed host or port; "
            "percent-encode special characters of the password"
        )
    if parts.scheme not in {"postgres", "postgresql"}:
        return "DATABASE_URL must begin with postgresql://"
    if parts.port == 6543:
        return (
            "DATABASE_URL uses port 6543, a transaction pooler, which loses LISTEN/NOTIFY: "
            "take the direct or the session-mode address (port 5432)"
        )
    return None


def _smtp_problem(url: str) -> str | None:
    parts = _parts(url)
    if not parts or parts.scheme not in {"smtp", "smtp+starttls", "smtps"} or not parts.hostname:
        return (
            "SMTP_URL must be smtp://, smtp+starttls:// or smtps://[user:password@]host[:port]; "
            "percent-encode special characters of the password"
        )
    if bool(parts.username) != bool(parts.password):
        return "SMTP_URL has a user without a password, or the reverse: write both or none"
    if not unquote(f"{parts.username}{parts.password}").isascii():
        return "SMTP_URL holds a user or a password that is not ASCII: SMTP takes no other"
    if parts.username and parts.scheme == "smtp" and not _LOOPBACK.fullmatch(parts.hostname):
        return (
            "SMTP_URL would send its password unencrypted: write smtp+starttls:// (port 587) "
            "or smtps:// (port 465)"
        )
    return None


def _sandbox_problems(settings: "Settings") -> list[str]:
    if settings.sandbox:
        return []
    named = [
        name.upper()
        for name in ("database_url", "supabase_url", "stripe_webhook_secret", "smtp_url")
        if getattr(settings, name)
    ]
    if not named:
        return []
    return [
        f"STRIPE_SECRET_KEY is missing although {', '.join(named)} is set: set it for real use, "
        "or SANDBOX=1 to run the sandbox beside these on purpose"
    ]


def _live_problems(settings: "Settings") -> list[str]:
    found = []
    if settings.sandbox:
        found.append("SANDBOX=1 beside STRIPE_SECRET_KEY: unset one, they exclude each other")
    key = settings.stripe_secret_key.get_secret_value() if settings.stripe_secret_key else ""
    if not re.match(r"^(sk|rk)_(test|live)_", key):
        found.append("STRIPE_SECRET_KEY must begin with sk_test_, sk_live_, rk_test_ or rk_live_")
    secret = settings.stripe_webhook_secret
    secrets = secret.get_secret_value().split(",") if secret else [""]
    if not all(each.strip().startswith("whsec_") for each in secrets):
        found.append(
            "STRIPE_WEBHOOK_SECRET is missing or does not begin with whsec_: "
            "take it from the webhook endpoint in Stripe's dashboard"
        )
    if not settings.supabase_url:
        found.append("SUPABASE_URL is missing: write https://<ref>.supabase.co")
    if not settings.smtp_url and not settings.sendgrid_api_key:
        found.append("SMTP_URL or SENDGRID_API_KEY is missing: confirmations could not be sent")
    for name in ("email_from", "operator_email"):
        if getattr(settings, name).rstrip(">").endswith("@example.com"):
            found.append(f"{name.upper()} is missing: example.com receives no mail")
    found += [
        f"{name.upper()} must begin with https://: keys are sent there"
        for name in _keys_go_to(settings)
        if _in_clear(getattr(settings, name))
    ]
    url = _parts(settings.public_url)
    public = url and url.scheme == "https" and not _LOOPBACK.fullmatch(url.hostname or "")
    if "_live_" in key and url and not public:
        found.append("PUBLIC_URL must be the https address that clients and Stripe reach")
    return found


def _keys_go_to(settings: "Settings") -> list[str]:
    bases = [name for name in type(settings).model_fields if name.endswith("_base")]
    return ["supabase_url", *bases]


def _in_clear(url: str | None) -> bool:
    """Whether whoever listens on the way could read what is sent there."""
    parts = _parts(url or "")
    if parts is None or parts.scheme != "http":
        return False
    return not _LOOPBACK.fullmatch(parts.hostname or "")


def _parts(url: str) -> SplitResult | None:
    """None for what can't be read, such as a lone bracket or a port out of range."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _has_host(url: str) -> bool:
    parts = _parts(url)
    return parts is not None and bool(parts.hostname)


def origin_of(url: str) -> str:
    """Scheme, host and port of an address, as browsers name an origin."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
