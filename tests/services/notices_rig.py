"""Subscriptions in a real database, and a mail service and a chat that keep what they are given."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from services import notifications
from services.domain.models import NotificationKind
from services.domain.plans import Buyer
from services.providers.message_ports import Email
from services.store import channel_accesses, plans, subscriptions
from tests.services.telegram_rig import ANN, CHAT, NOW, OTHER_CHAT, Rig, rig_on

MENTORING = UUID("91a40000-0000-4000-8000-000000000001")
INVITE = "https://t.me/+own"


class FakeMail:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[Email] = []

    async def send(self, email: Email) -> str | None:
        self.sent.append(email)
        return f"mail-{len(self.sent)}"


@dataclass
class NoticesRig:
    """The product as far as messages go, and the subscriptions they are about."""

    parts: Rig
    mail: FakeMail

    async def writes(self, query: str, *args: Any) -> None:
        async with self.parts.app.db.transaction() as conn:
            await conn.execute(query, *args)

    async def subscribes(self, *, status: str = "ACTIVE", in_chat: bool = False) -> UUID:
        """A subscription to Mentoring: of Ann's account, or bought in the other chat."""
        user_id, buyer_id = (None, await self._buyer()) if in_chat else (ANN.user_id, None)
        buyer = Buyer(user_id, buyer_id, None, None, None, None, None)
        async with self.parts.app.db.transaction() as conn:
            plan = (await plans.by_ids(conn, [MENTORING]))[MENTORING]
            made = await subscriptions.begin(conn, buyer, plan, now=NOW)
        await self.writes(
            "update public.subscriptions set status = $2, stripe_subscription_id = $1::text, "
            "trial_end = $3, cancel_at = $3 where id = $1::text::uuid",
            str(made.id),
            status,
            NOW,
        )
        return made.id

    async def _buyer(self) -> UUID:
        async with self.parts.app.db.transaction() as conn:
            buyer_id: UUID = await conn.fetchval(
                "insert into private.telegram_buyers (telegram_id, name, language, email, "
                "created_at) values ($1, 'Olha', 'uk', 'olha@example.com', $2) returning id",
                OTHER_CHAT,
                NOW,
            )
        return buyer_id

    async def invites(self) -> UUID:
        """Ann's way into the channel of Mentoring."""
        async with self.parts.app.db.transaction() as conn:
            plan = (await plans.by_ids(conn, [MENTORING]))[MENTORING]
            assert plan.channel_id is not None
            access = await channel_accesses.want(
                conn, plan.channel_id, user_id=ANN.user_id, telegram_buyer_id=None, now=NOW
            )
            await channel_accesses.invited(
                conn,
                access.id,
                link=INVITE,
                person_id=CHAT,
                now=NOW,
            )
        return access.id

    async def announces(
        self, subscription_id: UUID, kind: NotificationKind, *, round_: int = 0
    ) -> bool:
        async with self.parts.app.db.transaction() as conn:
            return await notifications.announce_plan(
                self.parts.app, conn, subscription_id, kind, round_=round_
            )

    async def delivers(self) -> None:
        """Every message that waits is handed over."""
        for (waiting,) in await self.parts.rows(
            "select id from public.notifications where status = 'QUEUED' order by medium"
        ):
            await notifications.deliver(self.parts.app, waiting)

    async def messages(self) -> list[tuple[str, str | None, str]]:
        """Medium, recipient and status of every message."""
        return await self.parts.rows(
            "select medium, recipient, status from public.notifications order by round, medium"
        )


@asynccontextmanager
async def notices_on(dsn: str, **settings: Any) -> AsyncIterator[NoticesRig]:
    """The rig on this database, with Ann's chat linked."""
    async with rig_on(dsn, **settings) as parts:
        mail = FakeMail()
        parts.app = replace(parts.app, mail=mail)
        rig = NoticesRig(parts, mail)
        await rig.writes(
            "update public.users set telegram_id = $2 where id = $1", ANN.user_id, CHAT
        )
        yield rig
