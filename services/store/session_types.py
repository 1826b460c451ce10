"""public.session_types."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from asyncpg import Record

from services.db import Conn
from services.domain.models import PaymentFlow, PlacementLapse, SessionType
from services.domain.money import Money
from services.domain.paging import Page, PageRequest
from services.domain.policy import Policy
from services.domain.slots import SlotRules


def _row(record: Record) -> SessionType:
    return SessionType(
        id=record["id"],
        host_id=record["host_id"],
        name=record["name"],
        description=record["description"],
        duration=timedelta(minutes=record["duration_minutes"]),
        price=Money(record["price_minor"], record["currency"]),
        location_kind=record["location_kind"],
        payment_flow=PaymentFlow(record["payment_flow"]),
        rules=_rules(record),
        placement=timedelta(days=record["placement_days"]),
        placement_lapse=PlacementLapse(record["placement_lapse"]),
        calendar_event_type=record["calendar_event_type"],
        credits=record["credits"],
        policy=Policy.from_json(record["policy"]),
        created_at=record["created_at"],
    )


def _rules(record: Record) -> SlotRules:
    return SlotRules(
        duration=timedelta(minutes=record["duration_minutes"]),
        step=timedelta(minutes=record["step_minutes"]),
        buffer_before=timedelta(minutes=record["buffer_before_minutes"]),
        buffer_after=timedelta(minutes=record["buffer_after_minutes"]),
        minimum_notice=timedelta(minutes=record["minimum_notice_minutes"]),
        horizon=timedelta(days=record["horizon_days"]),
        daily_cap=record["daily_cap"],
    )


async def on_sale(conn: Conn, page: PageRequest) -> Page[SessionType]:
    """Active types of active hosts, newest first."""
    records = await conn.fetch(
        "select t.* from public.session_types t join public.hosts h on h.id = t.host_id "
        "where t.active and h.active "
        "and (t.created_at, t.id) < ($1, $2) "
        "order by t.created_at desc, t.id desc limit $3",
        page.start.created_at,
        page.start.id,
        page.limit,
    )
    return Page.cut([_row(record) for record in records], page)


async def get_on_sale(conn: Conn, session_type_id: UUID) -> SessionType | None:
    record = await conn.fetchrow(
        "select t.* from public.session_types t join public.hosts h on h.id = t.host_id "
        "where t.id = $1 and t.active and h.active",
        session_type_id,
    )
    return _row(record) if record else None


async def by_ids(conn: Conn, ids: Sequence[UUID]) -> dict[UUID, SessionType]:
    """Also those no longer on sale: old bookings still name them."""
    records = await conn.fetch("select * from public.session_types where id = any($1)", ids)
    return {record["id"]: _row(record) for record in records}
