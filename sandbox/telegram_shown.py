"""What /sandbox shows of Telegram: the channel if anything happened there, links and messages."""

from datetime import UTC, datetime
from typing import Any

from sandbox.telegram_channel import CHANNEL_ID, TITLE, Channel
from sandbox.telegram_chats import TelegramUser

_Json = dict[str, Any]


def shown(channel: Channel, people: list[TelegramUser], messages: list[_Json]) -> list[_Json]:
    """Things as `StandIn.shown` has them; `messages` as `Chats.everything` does."""
    links = [_link(channel, link) for link in channel.invites.all()]
    said = [_message(message) for message in messages]
    newest_first = sorted([*links, *said], key=lambda thing: str(thing["at"]))[::-1]
    return [_channel(channel, people), *newest_first] if channel.has_news else newest_first


def _channel(channel: Channel, people: list[TelegramUser]) -> _Json:
    names = {person.id: person.first_name for person in people}
    members, asking = channel.members(), channel.requests()
    return {
        "id": str(CHANNEL_ID),
        "title": TITLE,
        "state": f"{len(members)} {'member' if len(members) == 1 else 'members'}",
        "at": None,
        "details": {
            "Members": ", ".join(names[person] for person in members) or "nobody yet",
            "Asking to join": ", ".join(names[person] for person in asking) or "nobody",
            "The bot": "administrator" if channel.bot_administers else "not in the channel",
        },
    }


def _link(channel: Channel, link: _Json) -> _Json:
    expires = link.get("expire_date")
    limit = link.get("member_limit")
    return {
        "id": link["invite_link"].rpartition("/")[2],
        "title": f"Invite link {link.get('name', '')}".rstrip(),
        "state": channel.state_of(link),
        "at": channel.invites.made_at(link).isoformat(),
        "details": {
            "Link": link["invite_link"],
            "Lets in": "who is approved" if link["creates_join_request"] else _seats(limit),
            **({"Until": datetime.fromtimestamp(expires, UTC).isoformat()} if expires else {}),
            "Joined by it": ", ".join(channel.members_by(link)) or "nobody yet",
        },
    }


def _seats(limit: int | None) -> str:
    return "anybody" if limit is None else f"{limit} at once"


def _message(said: _Json) -> _Json:
    return {
        "id": str(said["id"]),
        "title": said["text"].partition("\n")[0],
        "state": "to the person" if said["from"] == "bot" else "to the bot",
        "at": said["at"],
        "details": {
            "Chat": str(said["chat_id"]),
            "Text": said["text"],
            **({"Button": said["button"]["url"]} if said["button"] else {}),
        },
    }
