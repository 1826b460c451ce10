"""Hosts' accounts of which Stripe's news may have been lost: questions of the sweeper."""

from datetime import datetime, timedelta
from uuid import UUID

from services.db import Conn
from services.store.standstill import ids

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MONTH = timedelta(days=30)


async def accounts_to_read(conn: Conn, *, now: datetime) -> list[UUID]:
    """Accounts that are being filled in or lack something, hourly while that is young and daily
    after that; those that are ready or closed, daily."""
    return await ids(
        conn,
        "select id from private.payout_accounts where stripe_account_id is not null "
        "and (read_at is null or read_at <= $2 "
        "or (status not in ('ACTIVE', 'CLOSED') and read_at <= $1 and created_at > $3)) "
        "order by read_at",
        now - HOUR,
        now - DAY,
        now - MONTH,
    )
