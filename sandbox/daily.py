"""Daily.co's stand-in: private rooms that open and end by themselves, and tokens to enter them."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import jwt

from sandbox.standin import Answer, Asked, Endpoint, Refused, Stage, StandIn

API_KEY = "daily_sandbox_key_0123456789abcdef0123456789abcdef"
"""It signs the tokens too, for which a short one would be too weak."""

DOMAIN_ID = "sandbox"

_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
_ERRORS = {
    400: "invalid-request-error",
    401: "authentication-error",
    404: "not-found",
    429: "rate-limit-error",
    500: "server-error",
}
_LATEST_SECOND = 10**11  # what is later are milliseconds, the usual mistake

_Check = Callable[[Any], bool]


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _second(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < _LATEST_SECOND


def _text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


_ROOM: Mapping[str, _Check] = {
    "nbf": _second,
    "exp": _second,
    "eject_at_room_exp": _flag,
    "eject_after_elapsed": _second,
    "enable_knocking": _flag,
    "enable_prejoin_ui": _flag,
    "enable_chat": _flag,
    "enable_screenshare": _flag,
    "lang": _text,
}
_TOKEN: Mapping[str, _Check] = {
    "room_name": _text,
    "nbf": _second,
    "exp": _second,
    "user_id": lambda value: _text(value) and len(value) <= 36,
    "user_name": _text,
    "is_owner": _flag,
    "eject_at_token_exp": _flag,
    "enable_screenshare": _flag,
    "redirect_on_meeting_exit": _text,
}
_CLAIMS = {
    "room_name": "r",
    "nbf": "nbf",
    "exp": "exp",
    "user_id": "ud",
    "user_name": "u",
    "is_owner": "o",
    "eject_at_token_exp": "ejt",
    "enable_screenshare": "ss",
    "redirect_on_meeting_exit": "rome",
}


class DailySandbox(StandIn):
    """Rooms of one domain. An expired room is gone for every request but keeps its name."""

    name = "daily"

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._shelf = self.shelf("rooms")

    @property
    def rooms(self) -> list[dict[str, Any]]:
        """What is there now, oldest first, in the shape of Daily's answers."""
        return [room for room in self.history if self._is_live(room)]

    @property
    def history(self) -> list[dict[str, Any]]:
        """Every room there ever was, oldest first."""
        return self._shelf.all()

    def endpoints(self) -> list[Endpoint]:
        one = "/v1/rooms/{name}"
        return [
            Endpoint("POST", "/v1/rooms", "create", self._create),
            Endpoint("GET", one, "get", self._get),
            Endpoint("POST", one, "update", self._update),
            Endpoint("DELETE", one, "delete", self._delete),
            Endpoint("POST", "/v1/meeting-tokens", "token", self._token),
        ]

    def authorized(self, headers: Mapping[str, str]) -> bool:
        return headers.get("authorization") == f"Bearer {API_KEY}"

    def trouble(self, status: int, message: str, *, wait_seconds: int | None = None) -> Answer:
        headers = {} if wait_seconds is None else {"Retry-After": str(wait_seconds)}
        return Answer(status, {"error": _ERRORS[status], "info": message}, headers)

    def shown(self) -> list[dict[str, Any]]:
        return [
            {
                "id": room["id"],
                "title": room["name"],
                "state": self._state(room),
                "at": _shown_moment(room["config"].get("nbf")),
                "details": {
                    "address": room["url"],
                    "privacy": room["privacy"],
                    "ends": _shown_moment(room["config"].get("exp")) or "never",
                },
            }
            for room in reversed(self.history)
        ]

    def _create(self, asked: Asked) -> Answer:
        given = self._checked_room(asked.body, {"name", "privacy", "properties"})
        name = given.get("name", uuid4().hex)
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise self._refused(400, "name: letters, digits, - and _, at most 128")
        if self._named(name):
            raise self._refused(400, f"a room named {name} already exists")
        room = {
            "id": str(uuid4()),
            "name": name,
            "api_created": True,
            "privacy": given.get("privacy", "public"),
            "url": f"https://sandbox.daily.co/{name}",
            "created_at": self.stage.clock.now().isoformat(),
            "config": given.get("properties", {}),
            "deleted": False,
        }
        self._shelf.put(room["id"], room)
        return Answer(200, _told(room))

    def _get(self, asked: Asked) -> Answer:
        return Answer(200, _told(self._room(asked.path["name"])))

    def _update(self, asked: Asked) -> Answer:
        room = self._room(asked.path["name"])
        given = self._checked_room(asked.body, {"privacy", "properties"})
        room = room | {
            "privacy": given.get("privacy", room["privacy"]),
            "config": room["config"] | given.get("properties", {}),
        }
        self._shelf.put(room["id"], room)
        return Answer(200, _told(room))

    def _delete(self, asked: Asked) -> Answer:
        name = asked.path["name"]
        room = self._named(name)
        if room is None:
            raise self._refused(404, f"room {name} was not found")
        was_live = self._is_live(room)
        self._shelf.put(room["id"], room | {"deleted": True})
        if was_live:
            return Answer(200, {"deleted": True, "name": name})
        gone = self.trouble(404, f"room {name} was not found")
        return Answer(404, gone.body | {"deleted": True})

    def _token(self, asked: Asked) -> Answer:
        """Daily itself makes a token without room or end, good for every room and for ever: here
        that is refused, as nobody can mean it."""
        given = asked.body.get("properties") if isinstance(asked.body, dict) else None
        if not isinstance(given, dict) or set(asked.body) != {"properties"}:
            raise self._refused(400, "send an object of properties")
        self._check(given, _TOKEN)
        if "room_name" not in given or "exp" not in given:
            raise self._refused(400, "a token needs room_name and exp")
        self._room(given["room_name"])
        now = self.stage.clock.now()
        if given["exp"] <= now.timestamp():
            raise self._refused(400, "exp has passed")
        claims = {_CLAIMS[name]: value for name, value in given.items()}
        signed = jwt.encode(
            claims | {"d": DOMAIN_ID, "iat": int(now.timestamp())}, API_KEY, algorithm="HS256"
        )
        return Answer(200, {"token": signed})

    def _checked_room(self, body: Any, known: set[str]) -> dict[str, Any]:
        if not isinstance(body, dict):
            raise self._refused(400, "send an object")
        for name in set(body) - known:
            raise self._refused(400, f"unknown parameter {name}")
        if body.get("privacy", "public") not in ("public", "private"):
            raise self._refused(400, "privacy is public or private")
        properties = body.get("properties", {})
        if not isinstance(properties, dict):
            raise self._refused(400, "properties is an object")
        self._check(properties, _ROOM)
        return body

    def _check(self, given: Mapping[str, Any], known: Mapping[str, _Check]) -> None:
        for name, value in given.items():
            if name not in known:
                raise self._refused(400, f"unknown property {name}")
            if not known[name](value):
                raise self._refused(400, f"{name} is not right")

    def _refused(self, status: int, info: str) -> Refused:
        return Refused(self.trouble(status, info))

    def _named(self, name: str) -> dict[str, Any] | None:
        """The room that holds this name, expired or not."""
        found = (room for room in self.history if room["name"] == name and not room["deleted"])
        return next(found, None)

    def _room(self, name: str) -> dict[str, Any]:
        found = self._named(name)
        if found is None or not self._is_live(found):
            raise self._refused(404, f"room {name} was not found")
        return found

    def _state(self, room: Mapping[str, Any]) -> str:
        if room["deleted"]:
            return "deleted"
        return "open" if self._is_live(room) else "expired"

    def _is_live(self, room: Mapping[str, Any]) -> bool:
        ends = room["config"].get("exp")
        ended = ends is not None and ends <= self.stage.clock.now().timestamp()
        return not room["deleted"] and not ended


def _told(room: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in room.items() if name != "deleted"}


def _shown_moment(second: int | None) -> str | None:
    return None if second is None else datetime.fromtimestamp(second, UTC).isoformat()
