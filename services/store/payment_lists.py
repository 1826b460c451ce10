"""Lists of public.payments."""

from collections.abc import Sequence
from uuid import UUID

from services.db import Conn
from services.domain.paging import Page, PageRequest
from services.domain.payments import Payment
from services.store.payments import row_of


async def of_bookings(conn: Conn, booking_ids: Sequence[UUID]) -> dict[UUID, list[Payment]]:
    """Every payment of each booking, newest first."""
    rows = await conn.fetch(
        "select * from public.payments where booking_id = any($1) "
        "order by created_at desc, id desc",
        booking_ids,
    )
    grouped: dict[UUID, list[Payment]] = {booking_id: [] for booking_id in booking_ids}
    for row in rows:
        grouped[row["booking_id"]].append(row_of(row))
    return grouped


async def page_of_user(conn: Conn, user_id: UUID, page: PageRequest) -> Page[Payment]:
    rows = await conn.fetch(
        "select * from public.payments where user_id = $1 "
        "and (created_at, id) < ($2, $3) "
        "order by created_at desc, id desc limit $4",
        user_id,
        page.start.created_at,
        page.start.id,
        page.limit,
    )
    return Page.cut([row_of(row) for row in rows], page)
