"""Questions whose answers must be empty whenever everything has come to rest."""

from collections import Counter
from collections.abc import Mapping

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
    """Ask every question, and whether calendar and Stripe tell the same as our rows."""
    for question, query in QUESTIONS.items():
        assert await world.rows(query) == [], question
    await _assert_calendar_agrees(world)
    await _assert_stripe_agrees(world)


async def _assert_calendar_agrees(world: World) -> None:
    accepted = await world.rows("select id from public.bookings where status = 'ACCEPTED'")
    left_behind = await world.rows(
        "select booking_id as id from private.error_logs where source = 'leave_calendar' and final"
    )
    entered = Counter(entry.booking_id for entry in world.sandbox.agenda.entries)
    for row in left_behind:  # the operator was told of these
        del entered[row["id"]]
    assert entered == Counter(row["id"] for row in accepted)


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
