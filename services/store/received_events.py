"""private.received_events: webhooks of services other than Stripe."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from services.db import Conn

Source = Literal["telegram", "calendly"]


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """A stored webhook; `payload` holds what is needed to act on it."""

    key: str
    payload: dict[str, Any]
    processed_at: datetime | None


async def take(
    conn: Conn, source: Source, key: str, payload: dict[str, Any], *, now: datetime
) -> bool:
    """Store an event; False when it was stored before."""
    taken: str | None = await conn.fetchval(
        "insert into private.received_events (source, key, payload, received_at) "
        "values ($1, $2, $3, $4) on conflict do nothing returning key",
        source,
        key,
        json.dumps(payload),
        now,
    )
    return taken is not None


async def get(conn: Conn, source: Source, key: str) -> ReceivedEvent | None:
    record = await conn.fetchrow(
        "select * from private.received_events where source = $1 and key = $2", source, key
    )
    if record is None:
        return None
    return ReceivedEvent(
        key=record["key"],
        payload=json.loads(record["payload"]),
        processed_at=record["processed_at"],
    )


async def processed(conn: Conn, source: Source, key: str, *, now: datetime) -> None:
    await conn.execute(
        "update private.received_events set processed_at = $3 "
        "where source = $1 and key = $2 and processed_at is null",
        source,
        key,
        now,
    )


async def prune(conn: Conn, before: datetime) -> None:
    """Forget events whose effects were committed long ago."""
    await conn.execute("delete from private.received_events where processed_at < $1", before)
