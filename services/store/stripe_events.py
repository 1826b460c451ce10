"""private.stripe_events."""

import json
from datetime import datetime

from services.db import Conn
from services.domain.models import StripeEvent


async def take(
    conn: Conn, *, event_id: str, event_type: str, livemode: bool, body: str, now: datetime
) -> bool:
    """Store an event; False when it was stored before."""
    taken: str | None = await conn.fetchval(
        "insert into private.stripe_events (id, type, livemode, payload, received_at) "
        "values ($1, $2, $3, $4, $5) on conflict (id) do nothing returning id",
        event_id,
        event_type,
        livemode,
        body,
        now,
    )
    return taken is not None


async def get(conn: Conn, event_id: str) -> StripeEvent | None:
    record = await conn.fetchrow("select * from private.stripe_events where id = $1", event_id)
    if record is None:
        return None
    return StripeEvent(
        id=record["id"],
        type=record["type"],
        livemode=record["livemode"],
        payload=json.loads(record["payload"]),
        processed_at=record["processed_at"],
    )


async def processed(conn: Conn, event_id: str, *, outcome: str, now: datetime) -> None:
    await conn.execute(
        "update private.stripe_events set processed_at = $2, outcome = $3 "
        "where id = $1 and processed_at is null",
        event_id,
        now,
        outcome,
    )
