"""private.error_logs."""

from uuid import UUID

from services.db import Conn


async def add(
    conn: Conn,
    *,
    source: str,
    message: str,
    final: bool,
    vendor: str | None = None,
    booking_id: UUID | None = None,
    payment_id: UUID | None = None,
    correlation_id: str | None = None,
) -> None:
    """Write what went wrong. `message` holds no secret and no personal data."""
    await conn.execute(
        "insert into private.error_logs (source, vendor, booking_id, payment_id, message, final, "
        "correlation_id) values ($1, $2, $3, $4, $5, $6, $7)",
        source,
        vendor,
        booking_id,
        payment_id,
        message[:2000],
        final,
        correlation_id,
    )
