"""Idempotency keys: the first answer to a POST is remembered and given again for a day."""

import hashlib
import json
from dataclasses import dataclass

from sandbox.stripe.account import Account
from sandbox.stripe.errors import ApiError
from sandbox.stripe.state import Json

_REMEMBERED_SECONDS = 24 * 60 * 60
_LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API sent back; `request_id` is that of the request that was executed."""

    status: int
    body: Json
    request_id: str


class IdempotencyKeys:
    """Rules of docs.stripe.com/api/idempotent_requests."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._running: set[str] = set()

    def begin(self, key: str, path: str, params: Json) -> Answer | None:
        """The remembered answer, or None when the request is to be executed and then ended.

        Raises ApiError when the key was used for another request, or is in use right now.
        """
        if len(key) > _LONGEST_KEY:
            raise ApiError(f"An idempotency key has at most {_LONGEST_KEY} characters.")
        if key in self._running:
            raise ApiError(
                f"A request with the idempotency key '{key}' is still in progress.",
                status=409,
                kind="idempotency_error",
                code="idempotency_key_in_use",
            )
        known = self._account.state.find(f"idempotency:{key}", "idempotency_key")
        if known and known["created"] + _REMEMBERED_SECONDS > self._account.now():
            if known["fingerprint"] != _fingerprint(path, params):
                why = (
                    "Keys for idempotent requests can only be used with the same parameters "
                    f"they were first used with. The key '{key}' was used for another request."
                )
                raise ApiError(why, kind="idempotency_error")
            return Answer(known["status"], known["body"], known["request_id"])
        self._running.add(key)
        return None

    def remember(self, key: str, path: str, params: Json, answer: Answer) -> None:
        self._account.state.put(
            {
                "id": f"idempotency:{key}",
                "object": "idempotency_key",
                "created": self._account.now(),
                "fingerprint": _fingerprint(path, params),
                "status": answer.status,
                "body": answer.body,
                "request_id": answer.request_id,
            }
        )

    def end(self, key: str) -> None:
        self._running.discard(key)


def _fingerprint(path: str, params: Json) -> str:
    return hashlib.sha256(f"{path}\n{json.dumps(params, sort_keys=True)}".encode()).hexdigest()
