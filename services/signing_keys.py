"""The public keys that sign a project's access tokens, followed as they rotate."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import jwt

from services.providers.errors import ProviderError

if TYPE_CHECKING:
    from jwt.algorithms import AllowedPublicKeys

_log = logging.getLogger(__name__)

ALGORITHMS = frozenset({"ES256", "RS256", "EdDSA"})

# With no keys at all nobody can sign in, so a failed fetch is repeated sooner than the cooldown.
_COLD_COOLDOWN_S = 1.0

Fetch = Callable[[], Awaitable[dict[str, Any]]]
"""Reads the JWKS document; raises ProviderError when it can't be had."""


class KeysUnavailable(Exception):
    """No keys are held and they can't be fetched now."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One public key. It verifies with its own algorithm, whatever a token's header claims."""

    id: str
    algorithm: str
    public: "AllowedPublicKeys"


class SigningKeys:
    """A key set that is refreshed behind the scenes and never fetched per request.

    `lifetime` is how long a set is taken for current. `cooldown` is the least time between two
    fetches, so that made-up key ids can't be turned into a flood. A set outlives failed fetches.
    """

    def __init__(
        self,
        fetch: Fetch,
        *,
        lifetime: timedelta,
        cooldown: timedelta,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._lifetime_s = lifetime.total_seconds()
        self._cooldown_s = cooldown.total_seconds()
        self._ticks = ticks
        self._keys: Mapping[str, SigningKey] | None = None
        self._loaded_at = 0.0
        self._failing = False
        self._next_fetch_at = ticks()
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, key_id: str) -> SigningKey | None:
        """The key of this id, fetching once more if it is not known. Raises KeysUnavailable."""
        await self.keep_fresh()
        if self._keys is None or key_id not in self._keys:
            await self._joined_fetch()
        if self._keys is None:
            raise KeysUnavailable
        return self._keys.get(key_id)

    def holds(self, key: SigningKey) -> bool:
        """Whether this very key still signs; a revoked one leaves the set."""
        return self._keys is not None and self._keys.get(key.id) == key

    async def keep_fresh(self) -> None:
        """Start a fetch when the set has lived its lifetime.

        Callers wait for it only after a long idle time, when the set may be hours old, and not
        while fetches fail.
        """
        if self._keys is None:
            return
        age = self._ticks() - self._loaded_at
        if age < self._lifetime_s:
            return
        task = self._started_fetch()
        if task is not None and age >= 2 * self._lifetime_s and not self._failing:
            await asyncio.shield(task)

    async def close(self) -> None:
        """Give up a fetch under way."""
        if self._fetching is not None and not self._fetching.done():
            self._fetching.cancel()
            await asyncio.wait([self._fetching])

    async def _joined_fetch(self) -> None:
        task = self._started_fetch()
        if task is not None:
            # Shielded: one caller's cancellation must not take the keys from the others.
            await asyncio.shield(task)

    def _started_fetch(self) -> "asyncio.Task[None] | None":
        """The fetch under way or a new one; None during the cooldown."""
        if self._fetching is not None and not self._fetching.done():
            return self._fetching
        if self._ticks() < self._next_fetch_at:
            return None
        self._fetching = asyncio.create_task(self._load())
        return self._fetching

    async def _load(self) -> None:
        try:
            keys = _usable_keys(await self._fetch())
        except (ProviderError, jwt.PyJWKSetError) as error:
            self._failing = True
            pause = self._cooldown_s
            if self._keys is None:
                pause = min(pause, _COLD_COOLDOWN_S)
            self._next_fetch_at = self._ticks() + pause
            _log.warning("the signing keys could not be fetched: %s", error)
            return
        self._keys = keys
        self._failing = False
        self._loaded_at = self._ticks()
        self._next_fetch_at = self._loaded_at + self._cooldown_s


def _usable_keys(document: object) -> dict[str, SigningKey]:
    """Public signing keys by id. Others are passed over, above all symmetric ones.

    An empty set is an answer too: that of a project which signs with its legacy secret only.
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise jwt.PyJWKSetError("the document holds no list of keys")
    keys: dict[str, SigningKey] = {}
    for entry in listed:
        try:
            key = jwt.PyJWK(entry)
        except (jwt.PyJWTError, TypeError, AttributeError):
            continue
        usable = key.algorithm_name in ALGORITHMS and key.public_key_use in {None, "sig"}
        if usable and isinstance(key.key_id, str):
            keys.setdefault(key.key_id, SigningKey(key.key_id, key.algorithm_name, key.key))
    return keys
