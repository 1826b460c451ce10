"""The private channel that Telegram's stand-in keeps: who is in it, who asks to be, who may not."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.clock import SandboxClock
from sandbox.shelf import Shelf
from sandbox.telegram_chats import TelegramUser
from sandbox.telegram_invites import Invites
from sandbox.telegram_parameters import BadRequest

CHANNEL_ID = -1001234567890
TITLE = "Inner circle"
OWNER = TelegramUser(700100100, "Owner")

_Json = dict[str, Any]
_CHAT: Mapping[str, Any] = {"id": CHANNEL_ID, "title": TITLE, "type": "channel"}
_MAY = ("can_manage_chat", "can_invite_users", "can_restrict_members", "can_change_info")
_MAY_NOT = (
    *("can_be_edited", "is_anonymous", "can_delete_messages", "can_manage_video_chats"),
    *("can_promote_members", "can_post_stories", "can_edit_stories", "can_delete_stories"),
)
_MORE: Mapping[str, Mapping[str, Any]] = {
    "creator": {"is_anonymous": False},
    "administrator": dict.fromkeys(_MAY, True) | dict.fromkeys(_MAY_NOT, False),
    "kicked": {"until_date": 0},
}


class Channel:
    """`tell` sends an update of a kind to the bot, `bot` is the bot as Telegram shows it, `user_of`
    tells who wrote to the bot, whom alone it knows besides those who came to the channel.
    """

    def __init__(
        self,
        shelf: Callable[[str], Shelf],
        clock: SandboxClock,
        bot: _Json,
        tell: Callable[[str, _Json], None],
        *,
        user_of: Callable[[int], TelegramUser | None],
        invites: Invites,
    ) -> None:
        self.invites = invites
        self._people = shelf("participants")
        self._asking = shelf("join_requests")
        self._rights = shelf("rights")
        self._clock = clock
        self._bot = bot
        self._tell = tell
        self._user_of = user_of

    # --- the person's side -----------------------------------------------------------------------

    def join(self, address: str, user: TelegramUser) -> str:
        """`joined`, `requested`, or `refused: ` and why."""
        link, status = self.invites.get(address), self._status(user.id)
        if link is None:
            return "refused: no such link"
        if status == "kicked":
            return "refused: banned"
        if status in ("member", "creator"):
            return "refused: member already"
        if (state := self.state_of(link)) != "open":
            return f"refused: {state}"
        if link["creates_join_request"]:
            self._ask(user.as_json(), link)
            return "requested"
        self._move(user.as_json(), "member", by=user.as_json(), link=link)
        return "joined"

    def leave(self, user: TelegramUser) -> None:
        """Raises ValueError for who is no member."""
        if self._status(user.id) != "member":
            raise ValueError(f"{user.first_name} is not in the channel.")
        self._move(user.as_json(), "left", by=user.as_json())

    def members(self) -> list[int]:
        """Who joined and stayed, in the order of their first coming; the owner is not counted."""
        return [kept["user"]["id"] for kept in self._people.all() if kept["status"] == "member"]

    def requests(self) -> list[int]:
        """Who waits to be let in, oldest request first."""
        return [kept["user"]["id"] for kept in self._asking.all()]

    def people(self) -> list[TelegramUser]:
        """Whoever ever joined or asked to."""
        return [
            TelegramUser.of(kept["user"]) for kept in (*self._people.all(), *self._asking.all())
        ]

    def standing(self, person_id: int) -> str:
        """`member`, `asked`, `banned` or `outside`."""
        if self._asking.get(str(person_id)):
            return "asked"
        known = {"creator": "member", "member": "member", "kicked": "banned"}
        return known.get(self._status(person_id), "outside")

    def state_of(self, link: _Json) -> str:
        """Whether the link lets somebody in: see `Invites.state`."""
        return self.invites.state(link, len(self.members_by(link)))

    @property
    def has_news(self) -> bool:
        """Whether it is no longer as it was made: nobody there but its owner and the bot."""
        return bool(self.people() or self.invites.all() or not self.bot_administers)

    def members_by(self, link: _Json) -> list[str]:
        """First names of the members who came by a link; whoever leaves frees their seat."""
        return [
            kept["user"]["first_name"]
            for kept in self._people.all()
            if kept["status"] == "member" and kept["link"] == link["invite_link"]
        ]

    # --- the bot's side --------------------------------------------------------------------------

    @property
    def bot_administers(self) -> bool:
        return bool((self._rights.get("bot") or {"administrator": True})["administrator"])

    def let_bot_administer(self, *, allowed: bool) -> None:
        """The owner makes the bot an administrator, or an administrator no more."""
        if allowed is self.bot_administers:
            return
        before = self.member(self._bot["id"])
        self._rights.put("bot", {"administrator": allowed})
        change = self._change(OWNER.as_json(), before, self.member(self._bot["id"]))
        self._tell("my_chat_member", change)

    def approve(self, person_id: int) -> None:
        """Raises BadRequest."""
        asked = self._request(person_id)
        link = self.invites.get(asked["link"])
        self._move(asked["user"], "member", by=self._bot, link=link, by_request=True)

    def decline(self, person_id: int) -> None:
        """Raises BadRequest."""
        self._request(person_id)
        self._asking.remove(str(person_id))

    def ban(self, person_id: int) -> None:
        """Raises BadRequest."""
        member = self.member(person_id)
        if member["status"] == "creator":
            raise BadRequest("can't remove chat owner")
        if member["status"] == "administrator":
            raise BadRequest("can't restrict self")
        if member["status"] == "left":
            raise BadRequest("PARTICIPANT_ID_INVALID")
        if member["status"] != "kicked":
            self._move(member["user"], "kicked", by=self._bot)

    def unban(self, person_id: int, *, only_if_banned: bool) -> None:
        """Without `only_if_banned` a member is put out. Raises BadRequest."""
        member = self.member(person_id)
        if member["status"] == "kicked" or (member["status"] == "member" and not only_if_banned):
            self._move(member["user"], "left", by=self._bot)

    def member(self, person_id: int) -> _Json:
        """A ChatMember as Telegram's API shows it. Raises BadRequest for who is unknown to it."""
        user = self._user(person_id)
        if user is None:
            raise BadRequest("user not found")
        return _member(user, self._status(person_id))

    def _user(self, person_id: int) -> _Json | None:
        ours = {OWNER.id: OWNER.as_json(), self._bot["id"]: self._bot}
        if person_id in ours:
            return ours[person_id]
        kept = self._people.get(str(person_id)) or self._asking.get(str(person_id))
        if kept:
            return dict(kept["user"])
        writer = self._user_of(person_id)
        return writer.as_json() if writer else None

    def _status(self, person_id: int) -> str:
        if person_id == OWNER.id:
            return "creator"
        if person_id == self._bot["id"]:
            return "administrator" if self.bot_administers else "left"
        kept = self._people.get(str(person_id))
        return str(kept["status"]) if kept else "left"

    def _ask(self, user: _Json, link: _Json) -> None:
        """A request to join; nothing when they asked before, as with Telegram."""
        if self._asking.get(str(user["id"])):
            return
        self._asking.put(str(user["id"]), {"user": user, "link": link["invite_link"]})
        self._tell_admin(
            "chat_join_request",
            {
                "chat": dict(_CHAT),
                "from": user,
                "user_chat_id": user["id"],
                "date": self._seconds(),
                "invite_link": link,
            },
        )

    def _request(self, person_id: int) -> _Json:
        asked = self._asking.get(str(person_id))
        if asked is None:
            inside = self._status(person_id) in ("member", "creator")
            raise BadRequest("USER_ALREADY_PARTICIPANT" if inside else "HIDE_REQUESTER_MISSING")
        return asked

    def _move(
        self,
        user: _Json,
        status: str,
        *,
        by: _Json,
        link: _Json | None = None,
        by_request: bool = False,
    ) -> None:
        key = str(user["id"])
        before = _member(user, self._status(user["id"]))
        self._asking.remove(key)
        address = link["invite_link"] if link else None
        self._people.put(key, {"user": user, "status": status, "link": address})
        change = self._change(by, before, _member(user, status))
        if link is not None:
            change["invite_link"] = link
        if by_request:
            change["via_join_request"] = True
        self._tell_admin("chat_member", change)

    def _change(self, by: _Json, before: _Json, after: _Json) -> _Json:
        return {
            "chat": dict(_CHAT),
            "from": by,
            "date": self._seconds(),
            "old_chat_member": before,
            "new_chat_member": after,
        }

    def _tell_admin(self, kind: str, news: _Json) -> None:
        if self.bot_administers:
            self._tell(kind, news)

    def _seconds(self) -> int:
        return int(self._clock.now().timestamp())


def _member(user: _Json, status: str) -> _Json:
    return {"user": user, "status": status, **_MORE.get(status, {})}
