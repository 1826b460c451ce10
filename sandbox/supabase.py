"""A stand-in for what Supabase's secret key opens: accounts of Auth, broadcasts of Realtime."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sandbox.accounts import DemoUser
from sandbox.standin import Answer, Asked, Endpoint, Refused, Stage, StandIn

SECRET_KEY = "sb_secret_sandbox"

_API_VERSION = {"X-Supabase-Api-Version": "2024-01-01"}
_SIGNED_UP = datetime(2026, 1, 1, tzinfo=UTC)
_CODES = {
    401: "no_authorization",
    404: "user_not_found",
    429: "over_request_rate_limit",
    500: "unexpected_failure",
}
_KEPT = 200


@dataclass(frozen=True, slots=True)
class Broadcast:
    """One message to a private channel."""

    topic: str
    event: str
    payload: Any


class SupabaseSandbox(StandIn):
    """Knows the demo users; sits beside `SandboxAccounts`, which serves the public keys."""

    name = "supabase"

    def __init__(self, stage: Stage, users: Sequence[DemoUser]) -> None:
        super().__init__(stage)
        self._users = {user.id: user for user in users}
        self._metadata = self.shelf("metadata")
        self._broadcasts = self.shelf("broadcasts")

    @property
    def broadcasts(self) -> list[Broadcast]:
        """What was broadcast, oldest first; the newest 200."""
        return [
            Broadcast(kept["topic"], kept["event"], kept["payload"])
            for kept in self._broadcasts.all()
        ]

    def set_metadata(self, user_id: UUID, **values: Any) -> None:
        """What the person wrote into their own account, such as `language`; None takes it out."""
        merged = (self._metadata.get(str(user_id)) or {}) | values
        self._metadata.put(str(user_id), merged)

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint("GET", "/auth/v1/admin/users/{user_id}", "user", self._user),
            Endpoint(
                "POST",
                "/realtime/v1/api/broadcast/{topic}/events/{event}",
                "broadcast",
                self._broadcast,
            ),
        ]

    def authorized(self, headers: Mapping[str, str]) -> bool:
        """The key goes into `apikey`; it is no JWT, so a bearer may at most be the same key."""
        bearer = headers.get("authorization", f"Bearer {SECRET_KEY}")
        return headers.get("apikey") == SECRET_KEY and bearer == f"Bearer {SECRET_KEY}"

    def trouble(self, status: int, message: str, *, wait_seconds: int | None = None) -> Answer:
        wait = {} if wait_seconds is None else {"Retry-After": str(wait_seconds)}
        body = {"code": _CODES.get(status, "bad_request"), "message": message}
        return Answer(status, body, _API_VERSION | wait)

    def shown(self) -> list[dict[str, Any]]:
        return [
            {
                "id": kept["id"],
                "title": kept["event"],
                "state": "broadcast",
                "at": kept["at"],
                "details": {"Topic": kept["topic"], "Payload": str(kept["payload"])},
            }
            for kept in reversed(self._broadcasts.all())
        ]

    def _user(self, asked: Asked) -> Answer:
        try:
            user = self._users.get(UUID(asked.path["user_id"]))
        except ValueError:
            raise Refused(
                Answer(
                    404,
                    {"code": "validation_failed", "message": "user_id must be an UUID"},
                    _API_VERSION,
                )
            ) from None
        if user is None:
            raise Refused(self.trouble(404, "User not found"))
        return Answer(200, self._account(user), _API_VERSION)

    def _account(self, user: DemoUser) -> dict[str, Any]:
        written = {"email": user.email, "name": user.name}
        written |= self._metadata.get(str(user.id)) or {}
        at = _SIGNED_UP.isoformat()
        return {
            "id": str(user.id),
            "aud": "authenticated",
            "role": "authenticated",
            "email": user.email,
            "phone": "",
            "email_confirmed_at": at,
            "confirmed_at": at,
            "app_metadata": {"provider": "email", "providers": ["email"]},
            "user_metadata": {key: value for key, value in written.items() if value is not None},
            "identities": [],
            "created_at": at,
            "updated_at": at,
            "is_anonymous": False,
        }

    def _broadcast(self, asked: Asked) -> Answer:
        if asked.query.get("private") != "true":
            # As a project does whose Realtime settings allow no public channels.
            raise Refused(Answer(403, {"message": "This project only allows private channels"}))
        if asked.body is None:
            raise Refused(Answer(422, {"message": "The payload is missing or no JSON"}))
        kept = {
            "id": uuid4().hex,
            "topic": asked.path["topic"],
            "event": asked.path["event"],
            "payload": asked.body,
            "at": self.stage.clock.now().isoformat(),
        }
        self._broadcasts.put(kept["id"], kept)
        for old in self._broadcasts.all()[:-_KEPT]:
            self._broadcasts.remove(old["id"])
        return Answer(202)
