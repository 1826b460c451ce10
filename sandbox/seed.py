"""What a sandbox begins with: demo users, and the hosts and session types of supabase/seed.sql."""

from collections.abc import Iterable
from pathlib import Path

import asyncpg

from sandbox.accounts import DemoUser

SEED = Path(__file__).resolve().parent.parent / "supabase" / "seed.sql"


async def seed(superuser_dsn: str, owner_dsn: str, users: Iterable[DemoUser]) -> None:
    """Fill an embedded database; what is there already stays as it is."""
    platform = await asyncpg.connect(superuser_dsn)
    try:
        for user in users:
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
    finally:
        await owner.close()
