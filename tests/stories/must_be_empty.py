"""Questions whose answers must be empty whenever everything has come to rest."""

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from tests.world import World

QUESTIONS: Mapping[str, str] = {
    "paid without an outcome, though no bank is still returning the money": """
        select p.id from public.payments p where p.status = 'SUCCEEDED' and p.outcome is null
        and not exists (select from private.refunds r where r.payment_id = p.id
          and r.status in ('PENDING', 'REQUIRES_ACTION'))""",
    "two live bookings of a host at one time": """
        select a.id from public.bookings a join public.bookings b
        on a.host_id = b.host_id and a.id < b.id and a.occupied && b.occupied
        where a.status in ('AWAITING_PAYMENT', 'PENDING', 'ACCEPTED')
        and b.status in ('AWAITING_PAYMENT', 'PENDING', 'ACCEPTED')""",
    "accepted, and the client was not told": """
        select b.id from public.bookings b where b.status = 'ACCEPTED'
        and not exists (select from public.notifications n where n.booking_id = b.id
          and n.kind = 'BOOKING_CONFIRMED' and n.medium = 'IN_APP')""",
    "accepted without a room": """
        select b.id from public.bookings b where b.status = 'ACCEPTED'
        and not exists (select from public.user_sessions s where s.booking_id = b.id)""",
    "accepted without a payment that stands": """
        select b.id from public.bookings b where b.status = 'ACCEPTED'
        and not exists (select from public.payments p where p.booking_id = b.id
          and p.status = 'SUCCEEDED' and p.outcome = 'FULFILLED'
          and p.amount_refunded_minor < p.amount_minor)""",
    "given up, and the money kept as earned": """
        select b.id from public.bookings b join public.payments p on p.booking_id = b.id
        where b.status in ('CANCELLED', 'REJECTED') and p.outcome = 'FULFILLED'""",
    "accepted, and the calendar's entry not known": """
        select b.id from public.bookings b
        where b.status = 'ACCEPTED' and b.calendar_ref is null""",
    "given up, and something of it still kept by the calendar": """
        select b.id from public.bookings b where b.status in ('CANCELLED', 'REJECTED')
        and (b.calendar_ref is not null or b.calendar_reservation is not null
          or b.calendar_asked_at < '{now}'::timestamptz - interval '2 minutes')
        and not exists (select from private.error_logs e where e.booking_id = b.id
          and e.source = 'leave_calendar' and e.final)""",
    "given up, and the room still open": """
        select b.id from public.bookings b left join public.user_sessions s on s.booking_id = b.id
        where b.status in ('CANCELLED', 'REJECTED') and (b.room_asked_at is not null
          or s.booking_id is not null and s.closed_at is null)
        and not exists (select from private.error_logs e where e.booking_id = b.id
          and e.source = 'close_room' and e.final)""",
    "a slot held by nobody": """
        select b.id from public.bookings b where b.status in ('AWAITING_PAYMENT', 'PENDING')""",
    "an event of Stripe without its effects": """
        select e.id from private.stripe_events e where e.processed_at is null""",
    "a message neither handed over nor given up": """
        select n.id from public.notifications n where n.status = 'QUEUED'""",
    "a job that waits or is held by a worker": """
        select j.id from jobs.pgqueuer j where j.status in ('queued', 'picked')""",
}


async def assert_nothing_amiss(world: World) -> None:
    """Ask every question, and whether the outside services tell the same as our rows."""
    for question, query in QUESTIONS.items():
        now = world.sandbox.clock.now().isoformat()
        assert await world.rows(query.replace("{now}", now)) == [], question
    await _assert_calendars_agree(world)
    await _assert_rooms_agree(world)
    await _assert_stripe_agrees(world)


async def _assert_calendars_agree(world: World) -> None:
    entered = {
        "CALCOM": Counter(UUID(booking_id) for booking_id in world.entered()),
        "GOOGLE": Counter(
            UUID(event["extendedProperties"]["private"]["booking_id"])
            for event in world.sandbox.google.events
        ),
    }
    left_behind = await world.rows(
        "select booking_id as id from private.error_logs where source = 'leave_calendar' and final"
    )
    for calendar, entries in entered.items():
        for row in left_behind:  # the operator was told of these
            del entries[row["id"]]
        accepted = await world.rows(
            "select b.id from public.bookings b join public.hosts h on h.id = b.host_id "
            "where b.status = 'ACCEPTED' and h.calendar = $1",
            calendar,
        )
        assert entries == Counter(row["id"] for row in accepted), calendar
    assert world.sandbox.calcom.reservations == []


async def _assert_rooms_agree(world: World) -> None:
    standing = {
        "ZOOM": Counter(str(meeting["id"]) for meeting in world.sandbox.zoom.meetings),
        "DAILY": Counter(room["name"] for room in world.sandbox.daily.rooms),
    }
    for video, rooms in standing.items():
        known = await world.rows(
            "select split_part(room_ref, ':', 2) as ref from public.user_sessions "
            "where closed_at is null and split_part(room_ref, ':', 1) = $1",
            video,
        )
        assert rooms == Counter(row["ref"] for row in known), video


async def _assert_stripe_agrees(world: World) -> None:
    told: dict[str, tuple[int, str, int]] = {}
    for session in world.sandbox.stripe.sessions():
        payment = (await world.app.checkouts.read(session["id"])).payment
        if payment is not None and payment.status == "SUCCEEDED":
            amount = payment.amount
            returned = await _returned_minor(world, payment.id)
            told[payment.id] = (amount.amount_minor, amount.currency, returned)
    ours = await world.rows(
        "select stripe_payment_intent_id as id, amount_minor, currency, amount_refunded_minor "
        "from public.payments where status = 'SUCCEEDED'"
    )
    assert told == {row["id"]: tuple(row)[1:] for row in ours}


async def _returned_minor(world: World, payment_id: str) -> int:
    """What Stripe returned or is about to return of a payment."""
    refunds = await world.app.refunds.of_payment(payment_id)
    gone = [refund for refund in refunds if refund.status not in ("FAILED", "CANCELED")]
    return sum(refund.amount.amount_minor for refund in gone)
