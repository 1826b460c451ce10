"""What a notification can be about, as far as writing it and handing it over goes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self
from uuid import UUID

from services.app import App
from services.domain.models import Medium, Notification, NotificationKind
from services.messages.facts import Facts, Text
from services.messages.languages import Language
from services.messages.plan_facts import PlanFacts
from services.providers.message_ports import Button


@dataclass(frozen=True, slots=True)
class Reader:
    """Who a message is for: over which media they are reached, in which language.

    `user_id` is None for whoever has no sign-in here.
    """

    user_id: UUID | None
    recipients: tuple[tuple[Medium, str | None], ...]
    language: Language

    @classmethod
    def nobody(cls) -> Self:
        return cls(None, (), Language.ENGLISH)

    @classmethod
    def operator(cls, app: App) -> Self:
        return cls(None, ((Medium.EMAIL, app.settings.operator_email),), Language.ENGLISH)

    @classmethod
    def person(
        cls,
        app: App,
        *,
        user_id: UUID | None,
        email: str | None,
        open_chat_id: int | None,
        language: str | None,
    ) -> Self:
        """Somebody over everything they have; `open_chat_id` is None while we may not write."""
        media: list[tuple[Medium, str | None]] = []
        if user_id is not None:
            media.append((Medium.IN_APP, None))
        if email:
            media.append((Medium.EMAIL, email))
        if app.chat is not None and open_chat_id:
            media.append((Medium.TELEGRAM, str(open_chat_id)))
        return cls(user_id, tuple(media), Language.of(language))


class Subject(Protocol):
    """A booking or a subscription with its facts; one of the two ids is None."""

    @property
    def facts(self) -> Facts | PlanFacts: ...

    @property
    def booking_id(self) -> UUID | None: ...

    @property
    def subscription_id(self) -> UUID | None: ...

    def reader(self, app: App, kind: NotificationKind) -> Reader: ...

    def text(self, kind: NotificationKind, language: Language) -> Text: ...

    def button(self, kind: NotificationKind, language: Language) -> Button | None: ...

    def as_it_is_now(self, notification: Notification) -> Notification:
        """The message without what must not be given out any more."""

    def is_overtaken(self, notification: Notification, *, now: datetime) -> bool:
        """Whether what the message says is no longer true, or no longer for who it was written
        to."""


def left_chat(notification: Notification, chat_id: int | None) -> bool:
    """Whether the message waits for a chat that is no longer its reader's, whose is `chat_id`."""
    return notification.medium is Medium.TELEGRAM and notification.recipient != str(chat_id)
