"""Questions whose answers must be empty whenever everything has come to rest."""

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from services.store.entitlements import entitles, paid
from services.store.subscriptions import LIVE
from tests.stories.stripe_agrees import assert_stripe_agrees
from tests.world import World

_NOW = "'{now}'::timestamptz"

_MAY_BE_IN = f"""exists (select from public.subscriptions s
          join public.plans n on n.id = s.plan_id where n.channel_id = a.channel_id
          and (s.user_id = a.user_id or s.telegram_buyer_id = a.telegram_buyer_id)
          and {entitles(_NOW)})"""
"""Whether a subscription lets the person of an access `a` into its channel."""

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
    "accepted without a payment that stands, or credits that are spent": """
        select b.id from public.bookings b where b.status = 'ACCEPTED'
        and b.ends_at > '{now}'::timestamptz
        and not exists (select from public.payments p where p.booking_id = b.id
          and p.status = 'SUCCEEDED' and p.outcome = 'FULFILLED'
          and p.amount_refunded_minor + p.amount_lost_minor < p.amount_minor)
        and not exists (select from public.credit_uses c where c.booking_id = b.id
          and c.credits = b.credits and c.returned_at is null)""",
    "given up, and the money kept as earned, though not by the terms": """
        select b.id from public.bookings b join public.payments p on p.booking_id = b.id
        where b.status in ('CANCELLED', 'REJECTED') and p.outcome = 'FULFILLED'
        and (b.called_off_by is distinct from 'CLIENT' or p.outcome_reason is null)""",
    "called off by somebody else than the client, and not all on its way back": """
        select b.id from public.bookings b join public.payments p on p.booking_id = b.id
        where b.called_off_by in ('HOST', 'OPERATOR', 'BANK') and p.status = 'SUCCEEDED'
        and p.outcome is distinct from 'WAITING'
        and p.amount_refunded_minor + p.amount_lost_minor < p.amount_minor""",
    "more went back than came": """
        select p.id from public.payments p
        where p.amount_refunded_minor + p.amount_lost_minor > p.amount_minor""",
    "a refund that was asked for and never sent": """
        select r.id from private.refunds r where r.status = 'REQUESTED'""",
    "fulfilled, and its host without a payout": """
        select p.id from public.payments p where p.outcome = 'FULFILLED'
        and p.booking_id is not null
        and not exists (select from public.payouts o where o.payment_id = p.id)""",
    "a payout whose sending came to no end": """
        select o.id from public.payouts o where o.status = 'SENDING'""",
    "a payout whose lines do not add up to what became of its payment": """
        select o.id from public.payouts o join public.payments p on p.id = o.payment_id
        where o.amount_minor <> p.amount_minor
        or o.returned_minor <> p.amount_refunded_minor + p.amount_lost_minor
        or o.amount_minor <> o.returned_minor + o.fee_minor + o.net_minor""",
    "a host who has something else than the net": """
        select o.id from public.payouts o where o.status in ('PAID', 'REVERSED')
        and o.transfer_minor - o.reversed_minor <> o.transfer_due_minor
        and (o.reason is null or o.reason not in ('HOST_BALANCE_SHORT', 'UNDERPAID'))""",
    "a host who has something of what went back whole": """
        select o.id from public.payouts o join public.payments p on p.id = o.payment_id
        where o.status = 'PAID' and o.reason is distinct from 'HOST_BALANCE_SHORT'
        and p.amount_refunded_minor + p.amount_lost_minor = p.amount_minor""",
    "a transfer that was made after its money went back, or was with a bank": """
        select o.id from public.payouts o join private.refunds r on r.payment_id = o.payment_id
        where r.status not in ('FAILED', 'CANCELED') and r.amount_minor = o.amount_minor
        and o.sending_at > r.created_at + interval '1 minute'""",
    "due for days, and neither paid nor with a reason that says why": """
        select o.id from public.payouts o where o.status = 'WAITING' and o.reason = 'DUE'""",
    "a link given out while a bank decides": """
        select b.id from public.bookings b join public.payments p on p.booking_id = b.id
        join public.user_sessions s on s.booking_id = b.id
        where b.status = 'ACCEPTED' and s.withheld_at is null and p.status = 'SUCCEEDED'
        and p.dispute_status in ('needs_response', 'under_review', 'warning_needs_response',
          'warning_under_review')""",
    "moved, and the calendar did not follow": """
        select b.id from public.bookings b where b.status = 'ACCEPTED' and b.moved_from is not null
        and b.ends_at > '{now}'::timestamptz
        and not exists (select from public.payments p where p.booking_id = b.id
          and p.outcome = 'WAITING')""",
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
    "two subscriptions of one person to one plan that both count": f"""
        select a.id from public.subscriptions a join public.subscriptions b
        on a.plan_id = b.plan_id and a.id < b.id
        and (a.user_id = b.user_id or a.telegram_buyer_id = b.telegram_buyer_id)
        where a.status in {LIVE} and b.status in {LIVE}
        and a.duplicate_of is null and b.duplicate_of is null""",
    "a second subscription that was never owed goes on at Stripe": f"""
        select s.id from public.subscriptions s where s.duplicate_of is not null
        and s.stripe_subscription_id is not null and s.status in {LIVE}
        and not exists (select from public.payments p where p.subscription_id = s.id
          and p.outcome = 'FULFILLED')""",
    "paid by the facts and not in the account's row, or the other way round": f"""
        select u.id from public.users u
        where u.paid is distinct from {paid("u.id", _NOW)}""",
    "a checkout of a plan open past its end": f"""
        select c.id from private.checkouts c where c.subscription_id is not null
        and c.status in ('CREATING', 'OPEN')
        and c.expires_at <= {_NOW} - interval '2 minutes'""",
    "begun, and its owner was not told": """
        select s.id from public.subscriptions s where s.user_id is not null
        and s.telegram_buyer_id is null and s.duplicate_of is null
        and s.status in ('ACTIVE', 'TRIALING')
        and (s.stripe_subscription_id is not null or s.status = 'ACTIVE')
        and not exists (select from public.notifications n where n.subscription_id = s.id
          and n.kind = 'SUBSCRIPTION_STARTED' and n.medium = 'IN_APP')""",
    "entitled to a channel without a place there": f"""
        select s.id from public.subscriptions s join public.plans n on n.id = s.plan_id
        where n.channel_id is not null and {entitles(_NOW)}
        and (s.user_id is not null or s.telegram_buyer_id is not null)
        and not exists (select from private.channel_accesses a
          where a.channel_id = n.channel_id
          and (a.user_id = s.user_id or a.telegram_buyer_id = s.telegram_buyer_id)
          and a.status in ('INVITED', 'JOINED', 'LEFT'))""",
    "invited to a channel or in it without being entitled": f"""
        select a.id from private.channel_accesses a
        where a.status in ('WANTED', 'INVITED', 'JOINED', 'LEFT') and not {_MAY_BE_IN}""",
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
    await _assert_channel_agrees(world)
    await assert_stripe_agrees(world)


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


async def _assert_channel_agrees(world: World) -> None:
    """Whoever is in the channel is in it by a row, and nobody is missing."""
    joined = await world.rows(
        "select a.person_id as id from private.channel_accesses a "
        "join public.channels c on c.id = a.channel_id "
        "where c.telegram_chat_id is not null and a.status = 'JOINED'"
    )
    assert Counter(world.sandbox.telegram.members()) == Counter(row["id"] for row in joined)
