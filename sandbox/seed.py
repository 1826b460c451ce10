"""What a sandbox begins with: demo users, and what supabase/seed.sql puts on sale."""

from collections.abc import Iterable
from pathlib import Path

import asyncpg

from sandbox.accounts import DemoUser

SEED = Path(__file__).resolve().parent.parent / "supabase" / "seed.sql"


async def seed(superuser_dsn: str, owner_dsn: str, users: Iterable[DemoUser]) -> None:
    """Fill an embedded database; what is there already stays as it is."""
    known = list(users)
    platform = await asyncpg.connect(superuser_dsn)
    try:
        for user in known:
            await platform.execute(
                "insert into auth.users (id, email, raw_user_meta_data) "
                "values ($1, $2, jsonb_build_object('full_name', $3::text)) "
                "on conflict (id) do nothing",
                user.id,
                user.email,
                user.name,
            )
    finally:
        await platform.close()
    owner = await asyncpg.connect(owner_dsn)
    try:
        await owner.execute(SEED.read_text())
        await _link_hosts(owner, known)
    finally:
        await owner.close()


async def _link_hosts(owner: "asyncpg.Connection[asyncpg.Record]", users: list[DemoUser]) -> None:
    """Give the hosts their sign-ins."""
    for user in users:
        if user.host_id is not None:
            await owner.execute(
                "update public.hosts set user_id = $1 where id = $2 and user_id is null",
                user.id,
                user.host_id,
            )
