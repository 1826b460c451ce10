"""The parts of the product that the bot touches: a seeded database, a chat and a clock."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import orjson

from sandbox.accounts import DEMO_USERS
from services import telegram
from services.app import App
from services.auth import Viewer
from services.db import Database
from services.providers.errors import ProviderError
from services.providers.message_ports import ChatClosed, ChatMessage
from services.settings import Settings

NOW = datetime(2030, 6, 3, 9, tzinfo=UTC)
SECRET = "s3cret-of-the-webhook"
PUBLIC = "https://pay.test"
ANN = Viewer(DEMO_USERS[0].id, DEMO_USERS[0].email, is_anonymous=False, language=None)
BOB = Viewer(DEMO_USERS[1].id, DEMO_USERS[1].email, is_anonymous=False, language=None)
CHAT, OTHER_CHAT = 700100200, 700100201


@dataclass
class FakeChat:
    """Keeps what it is given; raises the next of `troubles` instead, if there is one."""

    sent: list[ChatMessage] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    announced: list[tuple[str, str, Any]] = field(default_factory=list)
    troubles: list[ProviderError | ChatClosed] = field(default_factory=list)

    async def send(self, message: ChatMessage) -> str:
        if self.troubles:
            raise self.troubles.pop(0)
        self.sent.append(message)
        return str(len(self.sent))

    async def start_link(self, code: str) -> str:
        if self.troubles:
            raise self.troubles.pop(0)
        self.codes.append(code)
        return f"https://t.me/pay_bot?start={code}"

    async def announce(self, webhook_url: str, secret: str, commands: Any) -> str:
        self.announced.append((webhook_url, secret, commands))
        return "pay_bot"


@dataclass
class FixedClock:
    """Moves only when a test says so."""

    moment: datetime = NOW

    def now(self) -> datetime:
        return self.moment


@dataclass
class Rig:
    """The bot's part of the product, and the person who writes to it."""

    app: App
    chat: FakeChat
    clock: FixedClock
    _ids: "count[int]" = field(default_factory=lambda: count(1000))

    def passes(self, by: timedelta) -> None:
        self.clock.moment += by

    async def code(self, viewer: Viewer = ANN) -> str:
        """The code in a new link of this user."""
        await telegram.create_link(self.app, viewer)
        return self.chat.codes[-1]

    async def receives(self, update: dict[str, Any], secret: str = SECRET) -> str:
        """A webhook with this update; answers with the update's key."""
        update = {"update_id": next(self._ids)} | update
        await telegram.receive(self.app, orjson.dumps(update), secret)
        return str(update["update_id"])

    async def says(self, text: str, chat_id: int = CHAT, language: str = "en") -> ChatMessage:
        """The bot's answer to what a person wrote."""
        key = await self.receives(message(text, chat_id, language))
        before = len(self.chat.sent)
        await telegram.handle(self.app, key)
        [answer] = self.chat.sent[before:]
        assert answer.chat_id == chat_id
        return answer

    async def links(self, viewer: Viewer = ANN, chat_id: int = CHAT) -> None:
        answer = await self.says(f"/start {await self.code(viewer)}", chat_id)
        assert answer.title == "Telegram is linked"

    async def rows(self, query: str, *args: Any) -> list[Any]:
        """Rows as tuples."""
        async with self.app.db.connection() as conn:
            return [tuple(record) for record in await conn.fetch(query, *args)]

    async def chat_of(self, viewer: Viewer) -> tuple[int | None, datetime | None]:
        """The user's chat, and when they blocked the bot."""
        [row] = await self.rows(
            "select telegram_id, telegram_blocked_at from public.users where id = $1",
            viewer.user_id,
        )
        chat_id, blocked_at = row
        return chat_id, blocked_at

    async def books(
        self,
        name: str,
        *,
        user_id: UUID = ANN.user_id,
        status: str = "ACCEPTED",
        starts_in: timedelta | None = timedelta(hours=3),
        meeting_url: str | None = None,
        link_until: timedelta = timedelta(days=30),
        time_zone: str | None = None,
    ) -> UUID:
        """A booking of half an hour with a session type of its own."""
        starts_at = None if starts_in is None else NOW + starts_in
        ends_at = None if starts_at is None else starts_at + timedelta(minutes=30)
        async with self.app.db.transaction() as conn:
            booking_id: UUID = await conn.fetchval(
                "with made as (insert into public.session_types (host_id, name, description, "
                "duration_minutes, price_minor, currency, payment_flow) select id, $1, '', 30, "
                "3000, 'USD', 'SLOT_FIRST' from public.hosts where name = 'Olena Koval' "
                "returning id, host_id) "
                "insert into public.bookings (user_id, host_id, session_type_id, status, "
                "starts_at, ends_at, occupied, duration_minutes, price_minor, currency, "
                "hold_expires_at, time_zone, created_at, updated_at) "
                "select $2, host_id, id, $3, $4, $5, "
                "case when $4::timestamptz is not null then tstzrange($4, $5) end, "
                "30, 3000, 'USD', $6, $7, $6, $6 from made returning id",
                name,
                user_id,
                status,
                starts_at,
                ends_at,
                self.clock.now(),
                time_zone,
            )
            if meeting_url is not None:
                await conn.execute(
                    "insert into public.user_sessions (booking_id, user_id, meeting_url, room_ref, "
                    "expires_at) values ($1, $2, $3, 'ADDRESS:1', $4)",
                    booking_id,
                    user_id,
                    meeting_url,
                    NOW + link_until,
                )
        return booking_id


def message(text: str | None, chat_id: int = CHAT, language: str = "en") -> dict[str, Any]:
    """An update in which a person writes to the bot."""
    person = {"id": chat_id, "is_bot": False, "first_name": "Ann", "language_code": language}
    said = {
        "message_id": 5,
        "from": person,
        "chat": {"id": chat_id, "type": "private", "first_name": "Ann"},
        "date": 1906621200,
    }
    return {"message": said if text is None else said | {"text": text}}


def standing(status: str, chat_id: int = CHAT) -> dict[str, Any]:
    """An update that tells whether the bot may write."""
    return {
        "my_chat_member": {
            "chat": {"id": chat_id, "type": "private"},
            "from": {"id": chat_id, "is_bot": False, "first_name": "Ann"},
            "date": 1906621200,
            "old_chat_member": {"status": "member"},
            "new_chat_member": {"status": status},
        }
    }


@asynccontextmanager
async def rig_on(dsn: str, **settings: Any) -> AsyncIterator[Rig]:
    """The bot's part of the product on this database; what it never touches is missing."""
    chat, clock = FakeChat(), FixedClock()
    known = {"public_url": f"{PUBLIC}/", "telegram_webhook_secret": SECRET} | settings
    db = await Database.connect(dsn)
    parts: dict[str, Any] = {part.name: None for part in fields(App)}
    parts |= {"settings": Settings(_env_file=None, **known), "db": db, "chat": chat, "clock": clock}
    try:
        yield Rig(App(**parts), chat, clock)
    finally:
        await db.close()
