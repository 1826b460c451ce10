"""public.users."""

from collections.abc import Sequence
from uuid import UUID

from asyncpg import ForeignKeyViolationError, Record

from services.db import Conn
from services.domain.models import User


class NoSuchAccount(Exception):
    """The token's user is not, or no longer, in auth.users."""


def _row(record: Record) -> User:
    return User(
        id=record["id"],
        email=record["email"],
        name=record["name"],
        language=record["language"],
        time_zone=record["time_zone"],
        paid=record["paid"],
        stripe_customer_id=record["stripe_customer_id"],
        telegram_id=record["telegram_id"],
        telegram_blocked_at=record["telegram_blocked_at"],
    )


async def ensure(conn: Conn, user_id: UUID, email: str | None) -> User:
    """The user's row, made if the mirror of auth.users missed it. Raises NoSuchAccount."""
    if found := await get(conn, user_id):
        return found
    try:
        await conn.execute(
            "insert into public.users (id, email) values ($1, $2) on conflict (id) do nothing",
            user_id,
            email,
        )
    except ForeignKeyViolationError:
        raise NoSuchAccount from None
    made = await get(conn, user_id)
    assert made is not None
    return made


async def by_ids(conn: Conn, ids: Sequence[UUID]) -> dict[UUID, User]:
    records = await conn.fetch("select * from public.users where id = any($1)", ids)
    return {record["id"]: _row(record) for record in records}


async def get(conn: Conn, user_id: UUID) -> User | None:
    record = await conn.fetchrow("select * from public.users where id = $1", user_id)
    return _row(record) if record else None


async def lock(conn: Conn, user_id: UUID) -> None:
    """Let one transaction at a time count and add this user's holds."""
    await conn.execute("select from public.users where id = $1 for no key update", user_id)


async def set_language(conn: Conn, user_id: UUID, language: str) -> User:
    record = await conn.fetchrow(
        "update public.users set language = $2 where id = $1 returning *", user_id, language
    )
    assert record is not None
    return _row(record)


async def complete(
    conn: Conn, user_id: UUID, *, email: str | None, name: str | None, language: str
) -> User:
    """Fill in what is not known yet."""
    record = await conn.fetchrow(
        "update public.users set email = coalesce(email, $2), name = coalesce(name, $3), "
        "language = coalesce(language, $4) where id = $1 returning *",
        user_id,
        email,
        name,
        language,
    )
    assert record is not None
    return _row(record)


async def set_customer(conn: Conn, user_id: UUID, customer_id: str) -> str:
    """Keep the first customer id this user was given; answers with the one kept."""
    kept: str = await conn.fetchval(
        "update public.users set stripe_customer_id = coalesce(stripe_customer_id, $2) "
        "where id = $1 returning stripe_customer_id",
        user_id,
        customer_id,
    )
    return kept


async def forget_customer(conn: Conn, customer_id: str) -> None:
    """Stripe does not know this customer any more."""
    await conn.execute(
        "update public.users set stripe_customer_id = null where stripe_customer_id = $1",
        customer_id,
    )


async def by_customer(conn: Conn, customer_id: str) -> User | None:
    record = await conn.fetchrow(
        "select * from public.users where stripe_customer_id = $1", customer_id
    )
    return _row(record) if record else None


async def by_telegram(conn: Conn, telegram_id: int) -> User | None:
    record = await conn.fetchrow("select * from public.users where telegram_id = $1", telegram_id)
    return _row(record) if record else None
