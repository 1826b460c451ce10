"""public.notifications, as the mail service's events tell of them."""

from uuid import UUID

from services.db import Conn


async def lost(conn: Conn, notification_id: UUID) -> bool:
    """The e-mail did not arrive, though it may have been handed over; False when that was known."""
    written: UUID | None = await conn.fetchval(
        "update public.notifications set status = 'FAILED', sent_at = null "
        "where id = $1 and status in ('QUEUED', 'SENT') returning id",
        notification_id,
    )
    return written is not None
