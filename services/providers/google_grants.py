"""How we prove to Google who we are: a service account's signature, or a refresh token."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import jwt
from jwt.algorithms import RSAAlgorithm

from services.domain.models import Host

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

AUDIENCE = "https://oauth2.googleapis.com/token"
"""Who an assertion is for: always this, wherever the request goes."""

SCOPES = (
    "https://www.googleapis.com/auth/calendar.events",
    "https://www.googleapis.com/auth/calendar.freebusy",
)
"""The least that lets us read busy times and write events."""

_ASSERTION_LIFE = timedelta(hours=1)
_SECONDARY_CALENDAR = "calendar.google.com"


class Grant(Protocol):
    """A way to get access tokens."""

    def subject(self, host: Host) -> str:
        """Whose token serves this host; hosts with the same subject share a token."""

    def form(self, subject: str, now: datetime) -> dict[str, str]:
        """The token request."""


@dataclass(frozen=True, slots=True)
class ServiceAccountGrant:
    """A service account that acts for each host by domain-wide delegation (RFC 7523)."""

    email: str
    key_id: str
    key: "RSAPrivateKey" = field(repr=False)

    @classmethod
    def read(cls, json_text: str) -> "ServiceAccountGrant":
        """The account of a key file as Google hands it out. Raises ValueError naming what is wrong.

        The key is loaded here: a wrong one is found at the start and not by the first booking.
        """
        try:
            given = json.loads(json_text)
        except ValueError:
            raise ValueError("the service account's key file is not JSON") from None
        match given:
            case {
                "type": "service_account",
                "client_email": str(email),
                "private_key_id": str(key_id),
                "private_key": str(pem),
            }:
                return cls(email, key_id, _private_key(pem))
        raise ValueError(
            "the service account's key file needs type service_account, client_email,"
            " private_key_id and private_key"
        )

    def subject(self, host: Host) -> str:
        """The person to act for. A secondary calendar is nobody's account: its owner's is used."""
        account = host.calendar_account
        if account is None or "@" not in account or account.endswith(_SECONDARY_CALENDAR):
            return host.email
        return account

    def form(self, subject: str, now: datetime) -> dict[str, str]:
        claims = {
            "iss": self.email,
            "sub": subject,
            "scope": " ".join(SCOPES),
            "aud": AUDIENCE,
            "iat": int(now.timestamp()),
            "exp": int((now + _ASSERTION_LIFE).timestamp()),
        }
        signed = jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": self.key_id})
        return {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": signed}


@dataclass(frozen=True, slots=True)
class RefreshTokenGrant:
    """One Google account that allowed us to keep its calendar; it serves every host."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)

    def subject(self, host: Host) -> str:
        del host
        return self.client_id

    def form(self, subject: str, now: datetime) -> dict[str, str]:
        del subject, now
        return {
            "grant_type": "refresh_token",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "refresh_token": self.refresh_token,
        }


@lru_cache(maxsize=4)  # checking an RSA key takes tens of milliseconds
def _private_key(pem: str) -> "RSAPrivateKey":
    try:
        key: Any = RSAAlgorithm(RSAAlgorithm.SHA256).prepare_key(pem)
    except (ValueError, TypeError, jwt.InvalidKeyError):
        # "from None": what a parser says of a key may quote it.
        raise ValueError("the service account's private_key is not an RSA key in PEM") from None
    if not hasattr(key, "sign"):
        raise ValueError("the service account's private_key is a public key")
    loaded: RSAPrivateKey = key
    return loaded
