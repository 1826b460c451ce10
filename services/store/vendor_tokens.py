"""private.vendor_tokens: access tokens that all processes share."""

from dataclasses import dataclass, field
from datetime import datetime

from services.db import Conn


@dataclass(frozen=True, slots=True)
class VendorToken:
    access_token: str = field(repr=False)
    expires_at: datetime


async def get(conn: Conn, name: str) -> VendorToken | None:
    record = await conn.fetchrow(
        "select access_token, expires_at from private.vendor_tokens "
        "where name = $1 and access_token is not null",
        name,
    )
    return VendorToken(record["access_token"], record["expires_at"]) if record else None


async def lease(conn: Conn, name: str, *, held: str | None, now: datetime, until: datetime) -> bool:
    """Claim the name until then; False while it is claimed, or holds another token than `held`."""
    leased: str | None = await conn.fetchval(
        "insert into private.vendor_tokens as t (name, leased_until) values ($1, $4) "
        "on conflict (name) do update set leased_until = excluded.leased_until "
        "where (t.leased_until is null or t.leased_until <= $3) "
        "and t.access_token is not distinct from $2 returning name",
        name,
        held,
        now,
        until,
    )
    return leased is not None


async def put(conn: Conn, name: str, access_token: str, expires_at: datetime) -> None:
    """Keep a new token and end the claim."""
    await conn.execute(
        "insert into private.vendor_tokens (name, access_token, expires_at) values ($1, $2, $3) "
        "on conflict (name) do update set access_token = excluded.access_token, "
        "expires_at = excluded.expires_at, leased_until = null",
        name,
        access_token,
        expires_at,
    )


async def end_lease(conn: Conn, name: str, until: datetime) -> None:
    """End the claim that was made until then; a later one stays."""
    await conn.execute(
        "update private.vendor_tokens set leased_until = null "
        "where name = $1 and leased_until = $2",
        name,
        until,
    )


async def drop(conn: Conn, name: str, access_token: str) -> None:
    """Forget the token, if it is still this one."""
    await conn.execute(
        "update private.vendor_tokens set access_token = null, expires_at = null "
        "where name = $1 and access_token = $2",
        name,
        access_token,
    )
