"""Lists of public.bookings."""

from collections.abc import Sequence
from uuid import UUID

from services.db import Conn
from services.domain.models import Booking
from services.domain.paging import Page, PageRequest
from services.store.bookings import row_of


async def to_place(conn: Conn, user_id: UUID) -> list[Booking]:
    """The user's paid sessions without a time, oldest first."""
    records = await conn.fetch(
        "select * from public.bookings where user_id = $1 and status = 'PENDING' "
        "and starts_at is null order by created_at",
        user_id,
    )
    return [row_of(record) for record in records]


async def page_of_user(conn: Conn, user_id: UUID, page: PageRequest) -> Page[Booking]:
    records = await conn.fetch(
        "select * from public.bookings where user_id = $1 "
        "and (created_at, id) < ($2, $3) "
        "order by created_at desc, id desc limit $4",
        user_id,
        page.start.created_at,
        page.start.id,
        page.limit,
    )
    return Page.cut([row_of(record) for record in records], page)


async def by_ids(conn: Conn, user_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Booking]:
    """Those of these bookings that are the user's."""
    # Compared with `=`, a plan for any user reads all their bookings in the index of a user's.
    records = await conn.fetch(
        "select * from public.bookings where id = any($2) and user_id is not distinct from $1",
        user_id,
        ids,
    )
    return {record["id"]: row_of(record) for record in records}


async def of_host(conn: Conn, host_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Booking]:
    """Those of these bookings that are the host's."""
    # Compared with `=`, a plan for any host reads all their bookings in the index of a host's.
    records = await conn.fetch(
        "select * from public.bookings where id = any($2) and host_id is not distinct from $1",
        host_id,
        ids,
    )
    return {record["id"]: row_of(record) for record in records}


async def page_of_host(conn: Conn, host_id: UUID, page: PageRequest) -> Page[Booking]:
    """Bookings that were paid for, newest first."""
    records = await conn.fetch(
        "select * from public.bookings where host_id = $1 and (created_at, id) < ($2, $3) "
        "and (status in ('PENDING', 'ACCEPTED') or called_off_by is not null) "
        "order by created_at desc, id desc limit $4",
        host_id,
        page.start.created_at,
        page.start.id,
        page.limit,
    )
    return Page.cut([row_of(record) for record in records], page)
