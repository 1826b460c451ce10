"""The methods of Telegram's Bot API that are about a channel: their parameters and the rights."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.telegram_channel import CHANNEL_ID, Channel
from sandbox.telegram_parameters import BadRequest, flag, only, user_id

_Json = dict[str, Any]
_INVITING = "not enough rights to manage chat invite link"
_ADMITTING = "not enough rights to manage chat join requests"
_BANNING = "not enough rights to restrict/unrestrict chat member"

NO_RIGHTS: Mapping[str, str] = {
    "createChatInviteLink": _INVITING,
    "revokeChatInviteLink": _INVITING,
    "approveChatJoinRequest": _ADMITTING,
    "declineChatJoinRequest": _ADMITTING,
    "banChatMember": _BANNING,
    "unbanChatMember": _BANNING,
    "getChatMember": "member list is inaccessible",
}
"""What each method says to a bot that does not administer the channel."""


class ChannelMethods:
    """Each takes the body that was sent, answers with a result and raises BadRequest."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def by_name(self) -> dict[str, Callable[[_Json], Any]]:
        methods = {
            "createChatInviteLink": self._create,
            "revokeChatInviteLink": self._revoke,
            "approveChatJoinRequest": self._approve,
            "declineChatJoinRequest": self._decline,
            "banChatMember": self._ban,
            "unbanChatMember": self._unban,
            "getChatMember": self._get,
        }
        return {name: self._allowed(name, method) for name, method in methods.items()}

    def _allowed(self, name: str, method: Callable[[_Json], Any]) -> Callable[[_Json], Any]:
        def ask(body: _Json) -> Any:
            chat_id = body.get("chat_id")
            if type(chat_id) is not int:
                raise BadRequest("chat_id is empty")
            if chat_id != CHANNEL_ID:
                raise BadRequest("chat not found")
            if not self._channel.bot_administers:
                raise BadRequest(NO_RIGHTS[name])
            return method(body)

        return ask

    def _create(self, body: _Json) -> _Json:
        only(body, "chat_id", "name", "expire_date", "member_limit", "creates_join_request")
        return self._channel.invites.create(body)

    def _revoke(self, body: _Json) -> _Json:
        only(body, "chat_id", "invite_link")
        return self._channel.invites.revoke(body.get("invite_link"))

    def _approve(self, body: _Json) -> bool:
        only(body, "chat_id", "user_id")
        self._channel.approve(user_id(body))
        return True

    def _decline(self, body: _Json) -> bool:
        only(body, "chat_id", "user_id")
        self._channel.decline(user_id(body))
        return True

    def _ban(self, body: _Json) -> bool:
        only(body, "chat_id", "user_id")
        self._channel.ban(user_id(body))
        return True

    def _unban(self, body: _Json) -> bool:
        only(body, "chat_id", "user_id", "only_if_banned")
        self._channel.unban(user_id(body), only_if_banned=flag(body, "only_if_banned"))
        return True

    def _get(self, body: _Json) -> _Json:
        only(body, "chat_id", "user_id")
        return self._channel.member(user_id(body))
