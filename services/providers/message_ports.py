"""What the product asks of mail, chat and Supabase, in its own words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

# --- mail ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Attachment:
    """`content_type` such as `text/calendar; method=REQUEST; charset=utf-8`."""

    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Email:
    """One e-mail to one person; `message_id` (with angle brackets) is the same at every try.

    `key` is the notification's id, `kind` its kind, `language` a BCP 47 tag.
    """

    key: UUID
    kind: str
    language: str
    message_id: str
    to: str
    to_name: str | None
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()


class Mail(Protocol):
    async def send(self, email: Email) -> str | None:
        """Hand the e-mail over; answers with the service's own id of it, if it has one.

        Raises ProviderError; after an unknown outcome with a `retry_after` long enough for the
        service to tell us meanwhile that it was taken.
        """


@dataclass(frozen=True, slots=True)
class MailEvent:
    """What became of an e-mail: `key` is the notification's id.

    `outcome` is TAKEN (the service has it or delivered it) or LOST (bounced, dropped, reported).
    """

    key: UUID
    outcome: str
    reason: str


class MailEvents(Protocol):
    def verify(self, body: bytes, signature: str, timestamp: str) -> Sequence[MailEvent]:
        """The events of a webhook that are ours. Raises `BadSignature` or `MalformedEvent`."""


# --- chat ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Button:
    """A button below a message that opens an address."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """A message of plain text with a heading to one chat."""

    chat_id: int
    title: str
    body: str
    button: Button | None = None


class Chat(Protocol):
    async def send(self, message: ChatMessage) -> str:
        """Hand the message over; answers with its id. Raises `ChatClosed`, ProviderError."""

    async def start_link(self, code: str) -> str:
        """The address that opens a chat with our bot and hands it this code. Raises
        ProviderError."""


class ChatClosed(Exception):
    """The person does not let us write to them any more; the message says why."""


class ChannelDoor(Protocol):
    """Who may be in a private channel; `channel_id` is Telegram's, `person_id` a person's own.

    Every method may be repeated: what is so already counts as done. All raise ProviderError, not
    retryable when the bot lacks the right, with a sentence that tells the operator what to do.
    """

    async def invite(self, channel_id: int, *, name: str) -> str:
        """A new link: whoever opens it asks to join and we decide. `name` (its first 32
        characters) is for the channel's other administrators."""

    async def revoke(self, channel_id: int, link: str) -> None:
        """Let nobody in by this link any more."""

    async def admit(self, channel_id: int, person_id: int) -> None:
        """Grant the person's request to join; nothing when there is none any more."""

    async def turn_away(self, channel_id: int, person_id: int) -> None:
        """Decline the person's request to join; nothing when there is none any more."""

    async def remove(self, channel_id: int, person_id: int) -> bool:
        """Put the person out, without keeping them from coming back by a new link; False when they
        are an administrator or the owner of the channel, whom no bot puts out."""

    async def is_member(self, channel_id: int, person_id: int) -> bool:
        """Whether the person is in the channel now."""


# --- Supabase ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Account:
    """What Supabase Auth knows of a user; each None when the sign-up gave none."""

    email: str | None
    name: str | None
    language: str | None


class Accounts(Protocol):
    async def read(self, user_id: UUID) -> Account | None:
        """The account; None when there is none (any more). Raises ProviderError."""


class Broadcasts(Protocol):
    async def send(self, user_id: UUID, event: str, payload: Mapping[str, object]) -> None:
        """Tell the user's open pages on their private channel. Raises ProviderError."""
