"""private.telegram_buyers: who buys in Telegram without an account."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from services.db import Conn
from services.domain.plans import Subscription
from services.store.subscriptions import NOT_PAID, row_of


@dataclass(frozen=True, slots=True)
class TelegramBuyer:
    """`user_id` is the account that has what was bought in their chat, None while there is none."""

    id: UUID
    telegram_id: int
    name: str | None
    language: str | None
    email: str | None
    customer_id: str | None
    blocked_at: datetime | None
    user_id: UUID | None


def _row(record: Record) -> TelegramBuyer:
    return TelegramBuyer(
        id=record["id"],
        telegram_id=record["telegram_id"],
        name=record["name"],
        language=record["language"],
        email=record["email"],
        customer_id=record["stripe_customer_id"],
        blocked_at=record["blocked_at"],
        user_id=record["user_id"],
    )


async def ensure(
    conn: Conn, telegram_id: int, *, name: str | None, language: str | None, now: datetime
) -> TelegramBuyer:
    """The person's row, made at their first time; what their app tells now is kept."""
    record = await conn.fetchrow(
        "insert into private.telegram_buyers (telegram_id, name, language, created_at) "
        "values ($1, $2, $3, $4) on conflict (telegram_id) do update set "
        "name = coalesce(excluded.name, telegram_buyers.name), "
        "language = coalesce(excluded.language, telegram_buyers.language) returning *",
        telegram_id,
        name,
        language,
        now,
    )
    assert record is not None
    return _row(record)


async def get(conn: Conn, buyer_id: UUID) -> TelegramBuyer | None:
    record = await conn.fetchrow("select * from private.telegram_buyers where id = $1", buyer_id)
    return _row(record) if record else None


async def of_chat(conn: Conn, telegram_id: int) -> TelegramBuyer | None:
    record = await conn.fetchrow(
        "select * from private.telegram_buyers where telegram_id = $1", telegram_id
    )
    return _row(record) if record else None


async def of_user(conn: Conn, user_id: UUID) -> list[TelegramBuyer]:
    """Whom the account bought as before it was linked."""
    records = await conn.fetch(
        "select * from private.telegram_buyers where user_id = $1 order by created_at", user_id
    )
    return [_row(record) for record in records]


async def by_customer(conn: Conn, customer_id: str) -> TelegramBuyer | None:
    record = await conn.fetchrow(
        "select * from private.telegram_buyers where stripe_customer_id = $1", customer_id
    )
    return _row(record) if record else None


async def lock(conn: Conn, buyer_id: UUID) -> None:
    """Let one transaction at a time begin something for this buyer."""
    await conn.execute(
        "select from private.telegram_buyers where id = $1 for no key update", buyer_id
    )


async def set_customer(conn: Conn, buyer_id: UUID, customer_id: str) -> str:
    """Keep the first customer id this buyer was given; answers with the one kept."""
    kept: str = await conn.fetchval(
        "update private.telegram_buyers "
        "set stripe_customer_id = coalesce(stripe_customer_id, $2) "
        "where id = $1 returning stripe_customer_id",
        buyer_id,
        customer_id,
    )
    return kept


async def forget_customer(conn: Conn, customer_id: str) -> None:
    """Stripe does not know this customer any more."""
    await conn.execute(
        "update private.telegram_buyers set stripe_customer_id = null "
        "where stripe_customer_id = $1",
        customer_id,
    )


async def set_email(conn: Conn, buyer_id: UUID, email: str) -> None:
    """The address they gave on the payment page."""
    await conn.execute(
        "update private.telegram_buyers set email = $2 where id = $1", buyer_id, email
    )


async def give_to(conn: Conn, telegram_id: int, user_id: UUID) -> UUID | None:
    """What was bought in their chat is this account's, whosever it was before; answers with the
    buyer's id, None when nobody ever began to pay there."""
    buyer_id: UUID | None = await conn.fetchval(
        "update private.telegram_buyers set user_id = $2 where telegram_id = $1 returning id",
        telegram_id,
        user_id,
    )
    return buyer_id


async def purchases(conn: Conn, buyer_id: UUID) -> list[Subscription]:
    """What was bought in the chat, those that go on first, newest first; no order that nobody has
    paid."""
    records = await conn.fetch(
        f"select * from public.subscriptions s where telegram_buyer_id = $1 and not ({NOT_PAID}) "
        "order by status in ('CANCELED', 'INCOMPLETE_EXPIRED'), created_at desc, id desc",
        buyer_id,
    )
    return [row_of(record) for record in records]


async def block(conn: Conn, telegram_id: int, *, now: datetime) -> None:
    """They keep the bot from writing to them; the first time it was noticed is kept."""
    await conn.execute(
        "update private.telegram_buyers set blocked_at = coalesce(blocked_at, $2) "
        "where telegram_id = $1",
        telegram_id,
        now,
    )


async def unblock(conn: Conn, telegram_id: int) -> None:
    await conn.execute(
        "update private.telegram_buyers set blocked_at = null "
        "where telegram_id = $1 and blocked_at is not null",
        telegram_id,
    )
