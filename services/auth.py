"""Who is calling: verifies a Supabase access token and says which user it stands for."""

import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any, Self
from uuid import UUID

import jwt
from jwt.types import Options

from services.signing_keys import ALGORITHMS, Fetch, KeysUnavailable, SigningKey, SigningKeys

_log = logging.getLogger(__name__)

_LONGEST_TOKEN = 16_384
_SHORTEST_SECRET = 32  # bytes, RFC 7518 §3.2
_LATEST_MOMENT = 1e11  # seconds; beyond the year 5000 a date is a mistake
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")


class Reason(StrEnum):
    """Why a token is refused: a stable code, and a sentence for whoever sent it."""

    message: str

    def __new__(cls, code: str, message: str) -> Self:
        reason = str.__new__(cls, code)
        reason._value_ = code
        reason.message = message
        return reason

    MALFORMED = "malformed", "This is not an access token."
    API_KEY = "api_key", "This is an API key of the project: send a signed-in user's access token."
    ALGORITHM = "algorithm", "This sign-in is signed in a way that is not accepted here."
    KEY_UNKNOWN = "key_unknown", "This sign-in is signed with an unknown key. Please sign in again."
    SIGNATURE = "signature", "This sign-in could not be verified. Please sign in again."
    EXPIRED = "expired", "Your sign-in has expired. Please sign in again."
    NOT_YET_VALID = "not_yet_valid", "This sign-in is not valid yet."
    ISSUER = "issuer", "This sign-in comes from another service."
    AUDIENCE = "audience", "This sign-in is meant for another service."
    ROLE = "role", "This token is not one of a signed-in user."
    SUBJECT = "subject", "This token names no user."


class TokenRefused(Exception):
    """The token stands for no user; `message` is fit for whoever sent it."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason
        self.message = reason.message


class AuthUnavailable(Exception):
    """The token may be good, but the keys to verify it can't be had now: try again later."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """The user behind a request.

    `email` may be out of date and None; `language` is a BCP 47 tag that the user chose, or None.
    An anonymous sign-in is a user too.
    """

    user_id: UUID
    email: str | None
    is_anonymous: bool
    language: str | None


@dataclass(frozen=True, slots=True)
class _Verified:
    """A token found good; `key` is None when the legacy secret signed it."""

    viewer: Viewer
    refused_from: float
    key: SigningKey | None


class TokenVerifier:
    """Verifies access tokens, by the project's public keys, its legacy secret, or both.

    `fetch` reads the JWKS document; without it only `hs256_secret` is accepted, and without a
    secret only public keys are. Verified tokens are remembered until they expire or their key is
    withdrawn, because an ES256 verification costs as much as the rest of a request.
    """

    def __init__(
        self,
        *,
        issuer: str,
        fetch: Fetch | None,
        hs256_secret: str | None,
        audience: str = "authenticated",
        leeway: timedelta = timedelta(seconds=10),
        jwks_lifetime: timedelta = timedelta(seconds=300),
        cooldown: timedelta = timedelta(seconds=30),
        cache_size: int = 10_000,
        now: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        if hs256_secret is not None and len(hs256_secret.encode()) < _SHORTEST_SECRET:
            raise ValueError(f"the JWT secret must have at least {_SHORTEST_SECRET} bytes")
        self._keys = (
            SigningKeys(fetch, lifetime=jwks_lifetime, cooldown=cooldown, ticks=ticks)
            if fetch is not None
            else None
        )
        self._secret = hs256_secret
        self._issuer = issuer
        self._audience = audience
        self._leeway_s = leeway.total_seconds()
        self._now = now
        self._cache_size = cache_size
        self._verified: dict[bytes, _Verified] = {}

    async def close(self) -> None:
        if self._keys:
            await self._keys.close()

    async def verify(self, token: str) -> Viewer:
        """The user of this token. Raises TokenRefused, AuthUnavailable."""
        if token.startswith(("sb_publishable_", "sb_secret_")):
            raise TokenRefused(Reason.API_KEY)
        if not token.isascii() or len(token) > _LONGEST_TOKEN:
            raise TokenRefused(Reason.MALFORMED)
        digest = sha256(token.encode()).digest()
        found = await self._remembered(digest)
        if found is None:
            found = await self._examined(token)
            if len(self._verified) >= self._cache_size:
                del self._verified[next(iter(self._verified))]
            self._verified[digest] = found
        if self._now() >= found.refused_from:
            raise TokenRefused(Reason.EXPIRED)
        return found.viewer

    async def _remembered(self, digest: bytes) -> _Verified | None:
        found = self._verified.get(digest)
        if found is None or found.key is None or self._keys is None:
            return found
        await self._keys.keep_fresh()
        return found if self._keys.holds(found.key) else None

    async def _examined(self, token: str) -> _Verified:
        unverified = _decoded(token, None)
        if str(unverified["payload"].get("role")) in {"anon", "service_role"}:
            raise TokenRefused(Reason.API_KEY)
        algorithm, key = str(unverified["header"].get("alg")), None
        # The header only chooses between ways that are configured; each has one fixed algorithm.
        if algorithm == "HS256" and self._secret is not None:
            claims = _decoded(token, self._secret)["payload"]
        elif algorithm in ALGORITHMS and self._keys is not None:
            key = await self._key(self._keys, unverified["header"].get("kid"))
            claims = _decoded(token, key)["payload"]
        else:
            raise TokenRefused(Reason.ALGORITHM)
        return _Verified(self._viewer(claims), _moment(claims, "exp") + self._leeway_s, key)

    async def _key(self, keys: SigningKeys, key_id: object) -> SigningKey:
        try:
            key = await keys.find(key_id) if isinstance(key_id, str) else None
        except KeysUnavailable:
            raise AuthUnavailable("the keys that verify sign-ins can't be had now") from None
        if key is None:
            raise TokenRefused(Reason.KEY_UNKNOWN)
        return key

    def _viewer(self, claims: Mapping[str, Any]) -> Viewer:
        not_before = _moment(claims, "nbf") if "nbf" in claims else 0
        if max(_moment(claims, "iat"), not_before) > self._now() + self._leeway_s:
            raise TokenRefused(Reason.NOT_YET_VALID)
        if claims.get("iss") != self._issuer:
            if "iss" not in claims:
                _log.warning("a token has no iss claim: does a custom access token hook drop it?")
            raise TokenRefused(Reason.ISSUER)
        audience = claims.get("aud")
        if self._audience not in (audience if isinstance(audience, list) else [audience]):
            raise TokenRefused(Reason.AUDIENCE)
        if claims.get("role") != "authenticated":
            raise TokenRefused(Reason.ROLE)
        email = claims.get("email")
        return Viewer(
            user_id=_subject(claims),
            email=email if isinstance(email, str) and email else None,
            is_anonymous=claims.get("is_anonymous") is True,
            language=_language(claims),
        )


# Dates are checked here, against one clock that tests can move, and not by PyJWT.
_SIGNATURE_ONLY: Options = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
    "enforce_minimum_key_length": True,
}


def _decoded(token: str, key: SigningKey | str | None) -> dict[str, Any]:
    """Header and payload; verified if there is a key, and only worth refusing by if not."""
    try:
        if key is None:
            return jwt.decode_complete(token, options={"verify_signature": False})
        if isinstance(key, str):
            return jwt.decode_complete(token, key, algorithms=["HS256"], options=_SIGNATURE_ONLY)
        return jwt.decode_complete(
            token, key.public, algorithms=[key.algorithm], options=_SIGNATURE_ONLY
        )
    except jwt.InvalidSignatureError:
        raise TokenRefused(Reason.SIGNATURE) from None
    except (jwt.InvalidAlgorithmError, jwt.InvalidKeyError):
        raise TokenRefused(Reason.ALGORITHM) from None
    except jwt.PyJWTError:
        raise TokenRefused(Reason.MALFORMED) from None


def _moment(claims: Mapping[str, Any], name: str) -> float:
    """Seconds since 1970. NaN and infinity, which JSON in Python knows, are no moments."""
    value = claims.get(name)
    if not isinstance(value, int | float) or not 0 <= value < _LATEST_MOMENT:
        raise TokenRefused(Reason.MALFORMED)
    return float(value)


def _subject(claims: Mapping[str, Any]) -> UUID:
    try:
        return UUID(claims.get("sub"))
    except (ValueError, TypeError, AttributeError):
        raise TokenRefused(Reason.SUBJECT) from None


def _language(claims: Mapping[str, Any]) -> str | None:
    """From what the user may edit, which is fine for a taste and for nothing else."""
    edited = claims.get("user_metadata")
    chosen = edited.get("language") or edited.get("locale") if isinstance(edited, dict) else None
    if not isinstance(chosen, str) or not _LANGUAGE.fullmatch(chosen):
        return None
    return chosen.replace("_", "-")
