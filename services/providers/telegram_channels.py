"""Telegram's private channels: who is invited, let in, turned away and put out."""

from collections.abc import Mapping
from typing import Any

from services.providers.errors import ProviderError
from services.providers.telegram_api import (
    BotApi,
    checked,
    description,
    in_words,
    moved_to,
    unreadable,
)

_LONGEST_NAME = 32
_INSIDE = frozenset({"creator", "administrator", "member"})
_OUTSIDE = frozenset({"left", "kicked"})

_RIGHTS = "make it an administrator of the channel with the rights to invite and to ban"
_FOR_THE_OPERATOR = {
    "not enough rights": f"the bot may not do this: {_RIGHTS}",
    "need administrator rights": f"the bot may not do this: {_RIGHTS}",
    "chat_admin_required": f"the bot may not do this: {_RIGHTS}",
    "member list is inaccessible": f"the bot may not see who is a member: {_RIGHTS}",
    "chat not found": f"the channel's id is wrong or the bot was never in it: {_RIGHTS}",
    "bot is not a member": f"the bot is not in the channel: {_RIGHTS}",
    "kicked from": f"the bot was put out of the channel: {_RIGHTS}",
    "user_channels_too_much": "the person is in too many channels: ask them to leave one",
}

_LINK_IS_DEAD = ("invite_hash_expired", "invite_hash_invalid", "invite_revoked_missing")
_NOBODY = ("user not found", "member not found", "user_id_invalid", "user is deactivated")
_NO_REQUEST = ("hide_requester_missing", "user_already_participant", *_NOBODY)
_IN_CHARGE = ("is an administrator", "user_admin_invalid", "can't remove chat owner")
_NO_MEMBER = ("participant_id_invalid", "user_not_participant", *_NOBODY)


class TelegramChannels:
    """The ChannelDoor port, over the Bot API."""

    def __init__(self, api: BotApi) -> None:
        self._api = api

    async def invite(self, channel_id: int, *, name: str) -> str:
        """After a lost answer there is one link more, which nobody has."""
        request = {
            "chat_id": channel_id,
            "name": name[:_LONGEST_NAME],
            "creates_join_request": True,
        }
        made = await self._ask("createChatInviteLink", request)
        return str(checked(made, "invite_link", str))

    async def revoke(self, channel_id: int, link: str) -> None:
        request = {"chat_id": channel_id, "invite_link": link}
        revoked = await self._ask("revokeChatInviteLink", request, so_already=_LINK_IS_DEAD)
        if revoked is not None:
            checked(revoked, "is_revoked", bool)

    async def admit(self, channel_id: int, person_id: int) -> None:
        await self._do("approveChatJoinRequest", channel_id, person_id, so_already=_NO_REQUEST)

    async def turn_away(self, channel_id: int, person_id: int) -> None:
        await self._do("declineChatJoinRequest", channel_id, person_id, so_already=_NO_REQUEST)

    async def remove(self, channel_id: int, person_id: int) -> bool:
        try:
            await self._do("banChatMember", channel_id, person_id, so_already=_NO_MEMBER)
        except ProviderError as error:
            said = description(error).lower()
            if error.status in (400, 403) and any(sign in said for sign in _IN_CHARGE):
                return False
            raise
        # Also after "no member": an earlier try may have banned them and gone no further.
        await self._do(
            "unbanChatMember", channel_id, person_id, so_already=_NO_MEMBER, only_if_banned=True
        )
        return True

    async def is_member(self, channel_id: int, person_id: int) -> bool:
        request = {"chat_id": channel_id, "user_id": person_id}
        member = await self._ask("getChatMember", request, so_already=_NO_MEMBER)
        if member is None:
            return False
        status = checked(member, "status", str)
        if status == "restricted":
            return member.get("is_member") is True
        if status not in _INSIDE | _OUTSIDE:
            raise unreadable("status")
        return status in _INSIDE

    async def _do(
        self,
        method: str,
        channel_id: int,
        person_id: int,
        *,
        so_already: tuple[str, ...],
        **more: bool,
    ) -> None:
        request = {"chat_id": channel_id, "user_id": person_id, **more}
        if await self._ask(method, request, so_already=so_already) not in (None, True):
            raise unreadable("result")

    async def _ask(
        self, method: str, request: Mapping[str, Any], *, so_already: tuple[str, ...] = ()
    ) -> Any:
        """The result; None where a refusal says that nothing was left to do."""
        try:
            return await self._api.call(method, request, safe_to_repeat=True)
        except ProviderError as error:
            said = description(error).lower()
            if error.status in (400, 403) and any(sign in said for sign in so_already):
                return None
            raise _told(error, said) from None


def _told(error: ProviderError, said: str) -> ProviderError:
    """A refusal with what the operator can do about it."""
    new_id = moved_to(error)
    if new_id is not None:
        return error.told(f"the channel has a new id: put {new_id} in the place of the old one")
    if error.status not in (400, 403):
        return in_words(error)
    known = next((words for sign, words in _FOR_THE_OPERATOR.items() if sign in said), None)
    if known is None and error.status == 403:
        known = f"the channel is closed to the bot: {_RIGHTS}"
    return error if known is None else error.told(known)
