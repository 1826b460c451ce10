"""The invite links that Telegram's stand-in keeps, and until when each lets somebody in."""

import secrets
from datetime import datetime
from typing import Any

from sandbox.clock import SandboxClock
from sandbox.shelf import Shelf
from sandbox.telegram_parameters import BadRequest, flag

_LONGEST_NAME = 32
_MOST_MEMBERS = 99_999

_Json = dict[str, Any]


class Invites:
    """Links made by `creator`; their addresses are below `base`, which is to them what
    `https://t.me/+` is to Telegram's.
    """

    def __init__(self, shelf: Shelf, clock: SandboxClock, creator: _Json, base: str) -> None:
        self._shelf = shelf
        self._clock = clock
        self._creator = creator
        self._base = base

    def create(self, body: _Json) -> _Json:
        """A new link of `name`, `expire_date`, `member_limit` and `creates_join_request`, each of
        which may be missing. Raises BadRequest.
        """
        link: _Json = {
            "invite_link": f"{self._base}/{secrets.token_urlsafe(12)}",
            "creator": self._creator,
            "creates_join_request": flag(body, "creates_join_request"),
            "is_primary": False,
            "is_revoked": False,
            **_name(body),
            **self._expire_date(body),
            **_member_limit(body),
        }
        if link["creates_join_request"] and "member_limit" in link:
            raise BadRequest(
                "member limit can't be specified for links requiring administrator approval"
            )
        self._shelf.put(link["invite_link"], {"link": link, "at": self._clock.now().isoformat()})
        return link

    def revoke(self, address: Any) -> _Json:
        """Raises BadRequest, also for a link that is revoked or expired already."""
        kept = self._shelf.get(str(address))
        if kept is None or kept["link"]["is_revoked"] or self._is_expired(kept["link"]):
            raise BadRequest("INVITE_HASH_EXPIRED")
        revoked: _Json = kept["link"] | {"is_revoked": True}
        self._shelf.put(revoked["invite_link"], kept | {"link": revoked})
        return revoked

    def get(self, address: str) -> _Json | None:
        """The link of this address, or of this last part of one."""
        kept = self._shelf.get(f"{self._base}/{address.rpartition('/')[2]}")
        return kept["link"] if kept else None

    def all(self) -> list[_Json]:
        """ChatInviteLinks as Telegram's API shows them, oldest first."""
        return [kept["link"] for kept in self._shelf.all()]

    def made_at(self, link: _Json) -> datetime:
        kept = self._shelf.get(link["invite_link"])
        assert kept is not None
        return datetime.fromisoformat(kept["at"])

    def state(self, link: _Json, seats_taken: int) -> str:
        """`open`, `revoked`, `expired`, or `used up` by as many members as it may have at once."""
        if link["is_revoked"]:
            return "revoked"
        if self._is_expired(link):
            return "expired"
        limit = link.get("member_limit")
        return "open" if limit is None or seats_taken < limit else "used up"

    def _is_expired(self, link: _Json) -> bool:
        return "expire_date" in link and bool(link["expire_date"] <= self._clock.now().timestamp())

    def _expire_date(self, body: _Json) -> _Json:
        value = body.get("expire_date")
        if value is None:
            return {}
        if type(value) is not int or value <= self._clock.now().timestamp():
            raise BadRequest("EXPIRE_DATE_INVALID")
        return {"expire_date": value}


def _name(body: _Json) -> _Json:
    value = body.get("name", "")
    if not isinstance(value, str) or len(value) > _LONGEST_NAME:
        raise BadRequest(f"the sandbox takes a name of at most {_LONGEST_NAME} characters")
    return {"name": value} if value else {}


def _member_limit(body: _Json) -> _Json:
    value = body.get("member_limit")
    if value is None:
        return {}
    if type(value) is not int or not 0 < value <= _MOST_MEMBERS:
        raise BadRequest("USAGE_LIMIT_INVALID")
    return {"member_limit": value}
