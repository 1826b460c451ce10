"""Google's token endpoint: it checks assertions and refresh tokens, and knows its access tokens."""

import json
import secrets
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sandbox.google_errors import oauth_error
from sandbox.standin import Answer, Asked

CLIENT_ID = "sandbox.apps.googleusercontent.com"
CLIENT_SECRET = "GOCSPX-sandbox"
REFRESH_TOKEN = "1//sandbox"
SERVICE_ACCOUNT = "sessionpay@sandbox.iam.gserviceaccount.com"
AUDIENCE = "https://oauth2.googleapis.com/token"
EVENTS = "https://www.googleapis.com/auth/calendar.events"
FREE_BUSY = "https://www.googleapis.com/auth/calendar.freebusy"

_KEY_ID = "sandbox-key"
_DELEGATED = frozenset({EVENTS, FREE_BUSY})
_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIFE = timedelta(hours=1)
_SKEW = timedelta(minutes=5)


@cache
def _service_key() -> RSAPrivateKey:
    """Making one is slow: all sandboxes of a process share it."""
    return generate_private_key(public_exponent=65537, key_size=2048)


@cache
def service_account_json() -> str:
    """The service account's key file, as the product is given it."""
    pem = _service_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return json.dumps(
        {
            "type": "service_account",
            "project_id": "sandbox",
            "private_key_id": _KEY_ID,
            "private_key": pem.decode(),
            "client_email": SERVICE_ACCOUNT,
            "token_uri": AUDIENCE,
        }
    )


@dataclass(frozen=True, slots=True)
class Session:
    """What an access token allows, and as whom."""

    subject: str
    scopes: frozenset[str]
    expires_at: datetime


class SignIn:
    """`accounts` are the people whom the service account may act for; the refresh token is
    `owner`'s."""

    def __init__(
        self, now: Callable[[], datetime], accounts: Container[str], *, owner: str
    ) -> None:
        self._now = now
        self._accounts = accounts
        self._owner = owner
        self._sessions: dict[str, Session] = {}

    def token(self, asked: Asked) -> Answer:
        """POST /token."""
        form = asked.body if isinstance(asked.body, dict) else {}
        match form:
            case {"grant_type": "refresh_token", **fields}:
                return self._grant(self._owner, self._refreshed(fields))
            case {"grant_type": grant, "assertion": str(assertion)} if grant == _JWT_BEARER:
                claims = self._claims(assertion)
                return self._grant(claims["sub"], frozenset(claims["scope"].split()))
            case {"grant_type": _}:
                raise oauth_error(400, "unsupported_grant_type", "Invalid grant_type.")
        raise oauth_error(400, "invalid_request", "Required parameter is missing: grant_type")

    def session(self, headers: Mapping[str, str]) -> Session | None:
        """Whose request it is; None when its token is unknown or has ended."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        session = self._sessions.get(token)
        if scheme != "Bearer" or session is None or session.expires_at <= self._now():
            return None
        return session

    def revoke(self) -> None:
        """End every access token before its time."""
        self._sessions.clear()

    def _grant(self, subject: str, scopes: frozenset[str]) -> Answer:
        token = f"ya29.{secrets.token_urlsafe(24)}"
        self._sessions[token] = Session(subject, scopes, self._now() + _LIFE)
        seconds = int(_LIFE.total_seconds())
        return Answer(200, {"access_token": token, "expires_in": seconds, "token_type": "Bearer"})

    def _refreshed(self, fields: Mapping[str, Any]) -> frozenset[str]:
        given = (fields.get("client_id"), fields.get("client_secret"))
        if given != (CLIENT_ID, CLIENT_SECRET):
            raise oauth_error(401, "invalid_client", "The OAuth client was not found.")
        if fields.get("refresh_token") != REFRESH_TOKEN:
            raise oauth_error(400, "invalid_grant", "Token has been expired or revoked.")
        return _DELEGATED

    def _claims(self, assertion: str) -> dict[str, Any]:
        """What the service account signed. Its times are read on the sandbox's clock."""
        try:
            claims: dict[str, Any] = jwt.decode(
                assertion,
                _service_key().public_key(),
                algorithms=["RS256"],
                audience=AUDIENCE,
                issuer=SERVICE_ACCOUNT,
                options={
                    "require": ["iss", "sub", "scope", "aud", "iat", "exp"],
                    "verify_exp": False,
                    "verify_iat": False,
                },
            )
        except jwt.InvalidTokenError:
            raise oauth_error(400, "invalid_grant", "Invalid JWT Signature.") from None
        self._check_times(claims["iat"], claims["exp"])
        if claims["sub"] not in self._accounts:
            raise oauth_error(400, "invalid_grant", "Invalid email or User ID")
        if not set(claims["scope"].split()) <= _DELEGATED:
            raise oauth_error(
                401,
                "unauthorized_client",
                "Client is unauthorized to retrieve access tokens using this method, or client"
                " not authorized for any of the scopes requested.",
            )
        return claims

    def _check_times(self, issued: Any, expires: Any) -> None:
        now, skew = self._now().timestamp(), _SKEW.total_seconds()
        if not (
            isinstance(issued, int)
            and isinstance(expires, int)
            and issued < expires <= issued + _LIFE.total_seconds()
            and issued - skew <= now < expires + skew
        ):
            raise oauth_error(
                400, "invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes)."
            )
