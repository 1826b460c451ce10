"""Messages in a real database, and webhooks signed as SendGrid signs them."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import asyncpg
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sandbox.accounts import DEMO_USER
from services.app import App
from services.db import Database
from services.domain.models import Medium, NotificationKind
from services.providers.sendgrid_events import SendgridEvents
from services.settings import Settings
from services.store import bookings, notifications, session_types

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
AT = "1795514400"
SESSION_TYPE = UUID("5e550000-0000-4000-8000-000000000001")
KEY = ec.generate_private_key(ec.SECP256R1())


class StoppedClock:
    def now(self) -> datetime:
        return NOW


@dataclass(frozen=True)
class MailRig:
    """An app that has nothing but a database and SendGrid's key; one booking, of which it tells."""

    app: App
    booking_id: UUID

    async def message(self, kind: NotificationKind = NotificationKind.BOOKING_CONFIRMED) -> UUID:
        """An e-mail that waits to be handed over."""
        async with self.app.db.transaction() as conn:
            made = await notifications.add(
                conn,
                user_id=DEMO_USER.id,
                booking_id=self.booking_id,
                kind=kind,
                medium=Medium.EMAIL,
                recipient=DEMO_USER.email,
                round_=0,
                language="en",
                title="Confirmed",
                body="You are booked.",
                now=NOW,
            )
        assert made is not None
        return made

    async def status(self, message: UUID) -> tuple[str, datetime | None]:
        [row] = await self.rows(
            "select status, sent_at from public.notifications where id = $1", message
        )
        return row["status"], row["sent_at"]

    async def steps(self) -> list[tuple[str, str, str]]:
        rows = await self.rows("select kind, subject, detail from public.booking_steps order by id")
        return [(row["kind"], row["subject"], row["detail"]) for row in rows]

    async def rows(self, query: str, *args: object) -> list[asyncpg.Record]:
        async with self.app.db.connection() as conn:
            return list(await conn.fetch(query, *args))


@asynccontextmanager
async def running(dsn: str) -> AsyncIterator[MailRig]:
    db = await Database.connect(dsn, max_size=4)
    nothing = cast("Any", None)
    app = App(
        settings=Settings(_env_file=None),
        db=db,
        clock=StoppedClock(),
        customers=nothing,
        checkouts=nothing,
        refunds=nothing,
        billing=nothing,
        disputes=nothing,
        connect=nothing,
        channels=None,
        events=nothing,
        calendars=nothing,
        rooms={},
        scheduling_page=None,
        mail=nothing,
        mail_events=SendgridEvents(public_key()),
        chat=None,
        accounts=None,
        broadcasts=None,
    )
    async with db.transaction() as conn:
        booking = await bookings.hold(
            conn,
            user_id=DEMO_USER.id,
            session_type=(await session_types.by_ids(conn, [SESSION_TYPE]))[SESSION_TYPE],
            slot=None,
            hold_expires_at=NOW,
            idempotency_key=None,
            time_zone=None,
            now=NOW,
        )
    yield MailRig(app, booking.id)
    await db.close()


def public_key() -> str:
    der = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b64encode(der).decode()


def signature(body: bytes) -> str:
    return b64encode(KEY.sign(AT.encode() + body, ec.ECDSA(SHA256()))).decode()


def told(message: UUID, event: str, **more: object) -> dict[str, object]:
    """An event about one of our messages."""
    return {"message_id": str(message), "event": event, "email": DEMO_USER.email, **more}


def webhook(*events: object) -> tuple[bytes, str, str]:
    """Body, signature and timestamp."""
    body = json.dumps(events).encode() + b"\r\n"
    return body, signature(body), AT
