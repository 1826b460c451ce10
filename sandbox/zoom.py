"""Zoom's stand-in: tokens of an account, and the scheduled meetings of its users."""

import math
import secrets
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.standin import Answer, Asked, Endpoint, Refused, Stage, StandIn
from sandbox.zoom_rules import meeting_faults

ACCOUNT_ID = "sandbox_account"
CLIENT_ID = "sandbox_client"
CLIENT_SECRET = "sandbox_secret"
USERS = ("olena@example.com",)
CHANGES_A_DAY = 100
"""Creates and updates of one user's meetings, counted by UTC days."""

_TOKEN_LIFE_S = 3599
_CURRENT = "current"
_AGENDA_IN_LISTS = 250
_IN_LISTS = (
    *("id", "uuid", "host_id", "topic", "type"),
    *("start_time", "duration", "timezone", "created_at"),
)


class ZoomSandbox(StandIn):
    """Knows one account with its `users`; a new token ends the one before, as Zoom's may."""

    name = "zoom"

    def __init__(self, stage: Stage, users: Sequence[str] = USERS) -> None:
        super().__init__(stage)
        self._users = {user.lower() for user in users}
        self._tokens = self.shelf("tokens")
        self._meetings = self.shelf("meetings")
        self._changes = self.shelf("changes")

    @property
    def meetings(self) -> list[dict[str, Any]]:
        """What is there now, oldest first, in the shape of Zoom's answers."""
        return [meeting for meeting in self.history if not meeting["deleted"]]

    @property
    def history(self) -> list[dict[str, Any]]:
        """Every meeting there ever was, oldest first."""
        return self._meetings.all()

    def endpoints(self) -> list[Endpoint]:
        of_user, one = "/v2/users/{user}/meetings", "/v2/meetings/{id}"
        return [
            Endpoint("POST", "/oauth/token", "token", self._token, open=True),
            Endpoint("GET", of_user, "list", self._list),
            Endpoint("POST", of_user, "create", self._create),
            Endpoint("GET", one, "get", self._get),
            Endpoint("PATCH", one, "update", self._update),
            Endpoint("DELETE", one, "delete", self._delete),
        ]

    def authorized(self, headers: Mapping[str, str]) -> bool:
        token = self._tokens.get(_CURRENT)
        return (
            token is not None
            and headers.get("authorization") == f"Bearer {token['access_token']}"
            and self.stage.clock.now() < datetime.fromisoformat(token["expires_at"])
        )

    def trouble(self, status: int, message: str, *, wait_seconds: int | None = None) -> Answer:
        if status == 401:
            return Answer(401, {"code": 124, "message": "Invalid access token."})
        headers = {}
        if wait_seconds is not None:
            again_at = self.stage.clock.now() + timedelta(seconds=wait_seconds)
            headers = {"X-RateLimit-Type": "QPS", "Retry-After": _moment(again_at)}
        code = 300 if status == 400 else status
        return Answer(status, {"code": code, "message": message}, headers)

    def shown(self) -> list[dict[str, Any]]:
        return [
            {
                "id": str(meeting["id"]),
                "title": meeting["topic"],
                "state": "deleted" if meeting["deleted"] else "scheduled",
                "at": meeting["start_time"],
                "details": {
                    "host": meeting["host_email"],
                    "minutes": str(meeting["duration"]),
                    "join": meeting["join_url"],
                    "agenda": meeting["agenda"],
                },
            }
            for meeting in reversed(self.history)
        ]

    def _token(self, asked: Asked) -> Answer:
        basic = b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {basic}":
            raise _oauth_refusal("invalid_client", "Invalid client_id or client_secret")
        kind = asked.headers.get("content-type", "")
        form = asked.body if kind.startswith("application/x-www-form-urlencoded") else {}
        if form.get("grant_type") != "account_credentials":
            raise _oauth_refusal("unsupported_grant_type", "unsupported grant type")
        if form.get("account_id") != ACCOUNT_ID:
            raise _oauth_refusal("invalid_request", "Bad Request")
        token = secrets.token_urlsafe(24)
        ends = self.stage.clock.now() + timedelta(seconds=_TOKEN_LIFE_S)
        self._tokens.put(_CURRENT, {"access_token": token, "expires_at": ends.isoformat()})
        body = {"access_token": token, "token_type": "bearer", "expires_in": _TOKEN_LIFE_S}
        return Answer(200, body | {"scope": "meeting:write:meeting:admin"})

    def _list(self, asked: Asked) -> Answer:
        user = self._user(asked)
        if asked.query.get("type") != "upcoming":
            raise Refused(self.trouble(400, "The sandbox lists upcoming meetings only."))
        size, first = (
            _number(asked.query.get("page_size", "30")),
            _number(asked.query.get("next_page_token") or "0"),
        )
        if size is None or first is None or not 1 <= size <= 300:
            raise Refused(self.trouble(400, "page_size or next_page_token is wrong."))
        now = self.stage.clock.now()
        coming = [
            meeting
            for meeting in sorted(self.meetings, key=lambda meeting: str(meeting["start_time"]))
            if meeting["host_email"] == user and _end(meeting) > now
        ]
        rows = [_row(meeting) for meeting in coming[first : first + size]]
        more = str(first + size) if first + size < len(coming) else ""
        return Answer(200, {"page_size": size, "next_page_token": more, "meetings": rows})

    def _create(self, asked: Asked) -> Answer:
        user = self._user(asked)
        self._check(asked.body, whole=True)
        self._count_change(user)
        number, password = 10**10 + secrets.randbelow(9 * 10**10), secrets.token_hex(4)
        meeting = {
            "id": number,
            "uuid": f"{secrets.token_urlsafe(16)}==",
            "host_id": f"u_{user.partition('@')[0]}",
            "host_email": user,
            "status": "waiting",
            "timezone": "UTC",
            "agenda": "",
            "password": password,
            "created_at": _moment(self.stage.clock.now()),
            "join_url": f"https://zoom.us/j/{number}?pwd={secrets.token_urlsafe(16)}.1",
            "start_url": f"https://zoom.us/s/{number}?zak={secrets.token_urlsafe(24)}",
            "settings": {},
            "deleted": False,
        } | asked.body
        self._meetings.put(str(number), meeting)
        return Answer(201, _told(meeting))

    def _get(self, asked: Asked) -> Answer:
        return Answer(200, _told(self._meeting(asked)))

    def _update(self, asked: Asked) -> Answer:
        meeting = self._meeting(asked)
        self._check(asked.body, whole=False)
        self._count_change(meeting["host_email"])
        self._meetings.put(str(meeting["id"]), meeting | asked.body)
        return Answer(204)

    def _delete(self, asked: Asked) -> Answer:
        meeting = self._meeting(asked)
        flags = {"schedule_for_reminder", "cancel_meeting_reminder"}
        if any(asked.query.get(flag, "false") not in ("true", "false") for flag in flags):
            raise Refused(self.trouble(400, "The reminder flags are true or false."))
        self._meetings.put(str(meeting["id"]), meeting | {"deleted": True})
        return Answer(204)

    def _user(self, asked: Asked) -> str:
        user = str(asked.path["user"]).lower()
        if user not in self._users:
            raise Refused(Answer(404, {"code": 1001, "message": "User does not exist."}))
        return user

    def _meeting(self, asked: Asked) -> dict[str, Any]:
        found = self._meetings.get(asked.path["id"])
        if found is None or found["deleted"]:
            raise Refused(Answer(404, {"code": 3001, "message": "Meeting does not exist."}))
        return found

    def _check(self, body: Any, *, whole: bool) -> None:
        faults = meeting_faults(body, whole=whole)
        if faults:
            errors = [{"field": field, "message": message} for field, message in faults]
            body = {"code": 300, "message": "Validation Failed.", "errors": errors}
            raise Refused(Answer(400, body))

    def _count_change(self, user: str) -> None:
        today = self.stage.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        key = f"{user} {today:%Y-%m-%d}"
        done = (self._changes.get(key) or {"times": 0})["times"]
        if done >= CHANGES_A_DAY:
            headers = {
                "X-RateLimit-Type": "Daily-limit",
                "Retry-After": _moment(today + timedelta(days=1)),
            }
            message = f"This user's {CHANGES_A_DAY} creates and updates of the day are used up."
            raise Refused(Answer(429, {"code": 429, "message": message}, headers))
        self._changes.put(key, {"times": done + 1})


def _oauth_refusal(error: str, reason: str) -> Refused:
    return Refused(Answer(400, {"reason": reason, "error": error}))


def _told(meeting: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in meeting.items() if name != "deleted"}


def _row(meeting: Mapping[str, Any]) -> dict[str, Any]:
    """A meeting in a list: a shortened agenda, and a join link without the password."""
    row = {name: meeting[name] for name in _IN_LISTS}
    row["agenda"] = meeting["agenda"][:_AGENDA_IN_LISTS]
    return row | {"join_url": meeting["join_url"].partition("?")[0]}


def _end(meeting: Mapping[str, Any]) -> datetime:
    starts_at = datetime.fromisoformat(meeting["start_time"])
    return starts_at + timedelta(minutes=meeting["duration"])


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _moment(at: datetime) -> str:
    """Whole seconds, rounded up: nobody comes back too early."""
    whole = datetime.fromtimestamp(math.ceil(at.timestamp()), UTC)
    return whole.strftime("%Y-%m-%dT%H:%M:%SZ")
