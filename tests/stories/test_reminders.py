"""Reminders: a day and an hour before a session, once each, whatever becomes of workers."""

from datetime import datetime, timedelta
from uuid import UUID

from services import bookings, escalation, reminders, rescheduling
from services.domain.slots import Interval
from tests.world import MENTORING, Opened, World

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
REMINDERS = ("REMINDER_DAY", "REMINDER_HOUR")
COMING_UP = "Coming up: Mentoring session with Olena Koval"
STARTING_SOON = "Starting soon: Mentoring session with Olena Koval"


async def days_ahead(world: World, days: int) -> str:
    """The first open slot at least so many days ahead."""
    earliest = world.sandbox.clock.now() + timedelta(days=days)
    slots = await world.client.slots(days=21)
    return next(slot for slot in slots if datetime.fromisoformat(slot) >= earliest)


async def until(world: World, slot: str, before: timedelta) -> None:
    """The clock moves to that long before the slot; what is due is done."""
    await world.time_passes(datetime.fromisoformat(slot) - before - world.sandbox.clock.now())


async def accepted(world: World, slot: str) -> Opened:
    opened = await world.client.books(slot)
    await world.pays(opened)
    await world.worker.drain()
    assert (await world.client.booking(opened.booking_id))["status"] == "ACCEPTED"
    return opened


async def reminded(world: World) -> list[str]:
    """Kinds of the reminders in the app, oldest first."""
    return [kind for kind in reversed(await world.client.notifications()) if kind in REMINDERS]


async def moved_to(world: World, opened: Opened, slot: str) -> None:
    starts_at = datetime.fromisoformat(slot)
    async with world.app.db.transaction() as conn:
        booking = await bookings.lock(conn, UUID(opened.booking_id))
        await rescheduling.moved_outside(
            world.app, conn, booking, Interval(starts_at, starts_at + booking.duration)
        )
    await world.worker.drain()


async def test_a_client_is_reminded_a_day_and_an_hour_before_and_once_each(world: World) -> None:
    slot = await days_ahead(world, 3)
    opened = await accepted(world, slot)
    told_before = world.mails()
    await until(world, slot, DAY + MINUTE)
    assert await reminded(world) == []
    await until(world, slot, DAY - MINUTE)
    assert await reminded(world) == ["REMINDER_DAY"]
    await until(world, slot, HOUR + MINUTE)
    assert await reminded(world) == ["REMINDER_DAY"]
    await until(world, slot, HOUR - MINUTE)
    for _ in range(3):
        await world.time_passes(timedelta(minutes=25))

    assert await reminded(world) == ["REMINDER_DAY", "REMINDER_HOUR"]
    assert world.mails()[len(told_before) :] == [COMING_UP, STARTING_SOON]
    link = (await world.client.booking(opened.booking_id))["meeting"]["url"]
    assert all(link in mail.text for mail in world.sandbox.inbox.to("demo@example.com")[-2:])
    assert len(world.mails("olena@example.com")) == 1  # hosts have their own calendar


async def test_who_books_shortly_before_a_reminder_is_due_is_not_told_twice(world: World) -> None:
    slot = await days_ahead(world, 3)
    await until(world, slot, DAY + timedelta(minutes=30))
    await accepted(world, slot)
    await until(world, slot, timedelta(hours=20))
    assert await reminded(world) == []
    await until(world, slot, timedelta(minutes=50))
    assert await reminded(world) == ["REMINDER_HOUR"]


async def test_a_session_booked_for_the_same_day_has_only_the_last_reminder(world: World) -> None:
    slot = await days_ahead(world, 3)
    await until(world, slot, timedelta(hours=6))
    await accepted(world, slot)
    await until(world, slot, timedelta(hours=2))
    assert await reminded(world) == []
    await until(world, slot, timedelta(minutes=30))
    assert world.mails()[-1] == STARTING_SOON
    assert await reminded(world) == ["REMINDER_HOUR"]


async def test_a_session_that_was_moved_is_reminded_of_anew(world: World) -> None:
    slot, later = await days_ahead(world, 2), await days_ahead(world, 6)
    opened = await accepted(world, slot)
    await until(world, slot, DAY - MINUTE)
    assert await reminded(world) == ["REMINDER_DAY"]
    await moved_to(world, opened, later)
    await until(world, slot, HOUR - MINUTE)
    assert await reminded(world) == ["REMINDER_DAY"]

    await until(world, later, DAY - MINUTE)
    assert await reminded(world) == ["REMINDER_DAY"] * 2
    await until(world, later, HOUR - MINUTE)
    assert await reminded(world) == ["REMINDER_DAY", "REMINDER_DAY", "REMINDER_HOUR"]


async def test_a_reminder_outlives_a_lost_queue_and_a_worker_that_dies(world: World) -> None:
    slot = await days_ahead(world, 3)
    opened = await accepted(world, slot)
    before = datetime.fromisoformat(slot) - world.sandbox.clock.now() - DAY + MINUTE
    await world.sandbox.advance(before)
    assert "remind" in await world.worker.waiting()
    await world.rows("delete from jobs.pgqueuer")
    await world.time_passes(MINUTE)
    assert await reminded(world) == ["REMINDER_DAY"]

    # Died after it was written, before anybody knew: the job is begun again.
    await reminders.remind(world.app, UUID(opened.booking_id))
    await world.rows("delete from jobs.pgqueuer")
    await world.time_passes(2 * MINUTE)
    assert await reminded(world) == ["REMINDER_DAY"]
    assert world.mails().count(COMING_UP) == 1


async def test_nobody_is_reminded_of_what_was_called_off_or_never_paid(world: World) -> None:
    slot = await days_ahead(world, 3)
    await accepted(world, slot)
    [row] = await world.rows("select stripe_charge_id from public.payments")
    world.sandbox.stripe.dashboard_refund(row["stripe_charge_id"])
    await world.sandbox.stripe.deliveries.settled()
    await world.worker.drain()
    await until(world, slot, DAY - MINUTE)
    held = await world.other.books(slot, MENTORING)
    await until(world, slot, DAY - 2 * MINUTE)

    assert (await world.other.booking(held.booking_id))["status"] == "AWAITING_PAYMENT"
    assert await reminded(world) == []
    assert await world.other.notifications() == []
    assert COMING_UP not in world.mails() + world.mails("rival@example.com")


async def test_a_second_payment_that_waits_for_a_human_silences_no_reminder(world: World) -> None:
    slot = await days_ahead(world, 3)
    await accepted(world, slot)
    await world.rows(
        "insert into public.payments (user_id, booking_id, stripe_payment_intent_id, amount_minor, "
        "currency, status, outcome, outcome_reason, outcome_owner, outcome_at, paid_at) "
        "select user_id, booking_id, 'pi_again', amount_minor, currency, status, 'WAITING', "
        "'The bank could not take it.', 'someone@example.com', paid_at, paid_at "
        "from public.payments"
    )
    await until(world, slot, DAY - MINUTE)
    await until(world, slot, HOUR - MINUTE)
    assert await reminded(world) == ["REMINDER_DAY", "REMINDER_HOUR"]


async def test_nobody_is_reminded_while_a_human_looks_after_the_only_payment(
    world: World,
) -> None:
    slot = await days_ahead(world, 3)
    opened = await accepted(world, slot)
    async with world.app.db.transaction() as conn:
        await escalation.leave_to_human(world.app, conn, UUID(opened.booking_id), reason="A test.")
    await until(world, slot, DAY - MINUTE)
    await until(world, slot, HOUR - MINUTE)
    assert await reminded(world) == []


async def test_a_reminder_that_waited_until_the_session_began_is_not_sent(world: World) -> None:
    slot = await days_ahead(world, 3)
    opened = await accepted(world, slot)
    await until(world, slot, DAY - MINUTE)
    await world.sandbox.advance(DAY - HOUR)
    await reminders.remind(world.app, UUID(opened.booking_id))
    await until(world, slot, -MINUTE)
    row = await world.row(
        "select status from public.notifications where kind = 'REMINDER_HOUR' and medium = 'EMAIL'"
    )
    assert row["status"] == "OVERTAKEN"
    assert COMING_UP in world.mails()
    assert STARTING_SOON not in world.mails()
