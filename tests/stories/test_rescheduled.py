"""An accepted booking gets another time: calendar, room, mails and calendar files follow."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from sandbox.faults import Fault, FaultKind
from sandbox.mails import Mail
from services import bookings, calendar_moves, escalation, rescheduling
from services.domain.errors import SlotTaken
from services.domain.slots import Interval
from tests.stories.steps import kinds_of
from tests.world import COACHING, MENTORING, REVIEW, Opened, World, running_world

RESCHEDULED = ("Confirmed", "New time")
OF_HOST = ("Booked", "New time")


async def accepted(world: World, session_type: str = MENTORING) -> Opened:
    opened = await world.client.books(session_type=session_type)
    await world.pays(opened)
    await world.worker.drain()
    return opened


async def another_slot(world: World, session_type: str = MENTORING) -> datetime:
    return datetime.fromisoformat((await world.client.slots(session_type))[5])


async def moved(world: World, opened: Opened, starts_at: datetime) -> None:
    """Its calendar was given another time for the booking; the job of it waits."""
    async with world.app.db.transaction() as conn:
        booking = await bookings.lock(conn, UUID(opened.booking_id))
        slot = Interval(starts_at, starts_at + booking.duration)
        await rescheduling.moved_outside(world.app, conn, booking, slot)


def told(world: World, to: str) -> tuple[str, ...]:
    """How the subjects of the mails to somebody begin, oldest first."""
    return tuple(subject.partition(":")[0] for subject in world.mails(to))


def invitation(mail: Mail) -> dict[str, str]:
    """The properties of a mail's calendar file that tell which event it is about and when."""
    assert mail.invitation is not None
    lines = mail.invitation.content.decode().replace("\r\n ", "").splitlines()
    found = dict(line.split(":", 1) for line in lines if ":" in line)
    return {name: found[name] for name in ("METHOD", "UID", "SEQUENCE", "DTSTART")}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_at_cal_com_and_zoom_a_moved_booking_keeps_its_link(seeded: str) -> None:
    async with running_world(seeded, busy_cache_seconds=0) as world:
        opened = await accepted(world)
        before = await world.client.booking(opened.booking_id)
        later = await another_slot(world)
        await moved(world, opened, later)
        await world.worker.drain()

        after = await world.client.booking(opened.booking_id)
        assert (after["status"], at(after["startsAt"])) == ("ACCEPTED", later)
        assert after["meeting"]["url"] == before["meeting"]["url"]
        [entry] = world.sandbox.calcom.bookings
        old, new = world.sandbox.calcom.history
        assert (old["status"], old["rescheduledToUid"]) == ("cancelled", new["uid"])
        assert (entry["uid"], at(entry["start"])) == (new["uid"], later)
        assert entry["metadata"]["booking_id"] == opened.booking_id
        assert entry["location"] == after["meeting"]["url"]
        row = await world.row("select calendar_ref, sequence from public.bookings")
        assert tuple(row) == (f"CALCOM:{new['uid']}", 1)
        [meeting] = world.sandbox.zoom.history
        assert at(meeting["start_time"]) == later
        assert opened.starts_at in await world.other.slots()
        assert (await kinds_of(world.client, opened.booking_id)).count("CALENDAR_MOVED") == 1


async def test_at_google_the_same_event_moves_with_its_room(world: World) -> None:
    opened = await accepted(world, COACHING)
    [before] = world.sandbox.google.events
    later = await another_slot(world, COACHING)
    await moved(world, opened, later)
    await world.worker.drain()

    [after] = world.sandbox.google.history
    assert after["id"] == before["id"]
    assert after["hangoutLink"] == before["hangoutLink"]
    assert at(after["start"]["dateTime"]) == later
    booking = await world.client.booking(opened.booking_id)
    assert at(booking["startsAt"]) == later
    assert booking["meeting"]["url"] == after["hangoutLink"]
    assert told(world, "marcus@example.com") == OF_HOST


async def test_a_room_at_daily_gets_another_window_and_new_links(world: World) -> None:
    opened = await accepted(world, REVIEW)
    [before] = world.sandbox.daily.rooms
    link = (await world.client.booking(opened.booking_id))["meeting"]["url"]
    later = await another_slot(world, REVIEW)
    await moved(world, opened, later)
    await world.worker.drain()

    [after] = world.sandbox.daily.history
    assert after["name"] == before["name"]
    shift = later - at(opened.starts_at or "")
    for end in ("nbf", "exp"):
        assert after["config"][end] - before["config"][end] == shift.total_seconds()
    booking = await world.client.booking(opened.booking_id)
    assert booking["meeting"]["url"] != link
    assert at(booking["meeting"]["expiresAt"]).timestamp() == after["config"]["exp"]
    row = await world.row("select host_url, meeting_url from public.user_sessions")
    mails = world.sandbox.inbox.to
    assert row["host_url"] in mails("yuki@example.com")[-1].text
    assert row["meeting_url"] in mails("demo@example.com")[-1].text


async def test_client_and_host_get_a_newer_file_of_the_same_event(world: World) -> None:
    opened = await accepted(world)
    later = await another_slot(world)
    await moved(world, opened, later)
    await world.worker.drain()

    for reader, subjects in (("demo@example.com", RESCHEDULED), ("olena@example.com", OF_HOST)):
        assert told(world, reader) == subjects
        first, second = (invitation(mail) for mail in world.sandbox.inbox.to(reader))
        assert second == first | {"SEQUENCE": "1", "DTSTART": f"{later:%Y%m%dT%H%M%SZ}"}
        assert (first["SEQUENCE"], first["METHOD"]) == ("0", "REQUEST")
    assert await world.client.notifications() == ["BOOKING_RESCHEDULED", "BOOKING_CONFIRMED"]


async def test_a_time_that_is_somebody_elses_leaves_all_as_it_was(world: World) -> None:
    opened = await accepted(world)
    taken = await another_slot(world)
    await world.other.books(taken.isoformat())
    before = await state(world)
    with pytest.raises(SlotTaken):
        await moved(world, opened, taken)
    assert await world.worker.waiting() == []
    assert await state(world) == before
    assert told(world, "demo@example.com") == ("Confirmed",)
    assert (await world.client.booking(opened.booking_id))["startsAt"] == opened.starts_at


async def state(world: World) -> list[Any]:
    rows = await world.rows(
        "select starts_at, ends_at, occupied, sequence, status, calendar_ref from public.bookings "
        "order by created_at"
    )
    return [[tuple(row) for row in rows], world.sandbox.calcom.history, world.sandbox.zoom.history]


async def test_a_move_that_dies_on_its_way_has_its_effect_once(world: World) -> None:
    opened = await accepted(world)
    later = await another_slot(world)
    await moved(world, opened, later)
    world.sandbox.faults.plan("calcom.reschedule", Fault(FaultKind.LOSE_ANSWER))
    world.sandbox.faults.plan("zoom.update", Fault(FaultKind.FAIL))
    await world.worker.drain()
    for _ in range(2):
        await calendar_moves.move_calendar(world.app, UUID(opened.booking_id))
    await world.worker.drain()

    assert len(world.sandbox.calcom.history) == 2
    [entry], [meeting] = world.sandbox.calcom.bookings, world.sandbox.zoom.history
    assert at(entry["start"]) == at(meeting["start_time"]) == later
    assert entry["location"] == meeting["join_url"]
    assert told(world, "demo@example.com") == RESCHEDULED
    assert told(world, "olena@example.com") == OF_HOST


async def test_two_moves_in_a_row_end_at_the_last_and_are_told_of_once(world: World) -> None:
    opened = await accepted(world)
    first = await another_slot(world)
    last = at((await world.client.slots())[7])
    await moved(world, opened, first)
    await moved(world, opened, last)
    await world.worker.drain()

    [entry], [meeting] = world.sandbox.calcom.bookings, world.sandbox.zoom.history
    assert at(entry["start"]) == at(meeting["start_time"]) == last
    assert told(world, "demo@example.com") == RESCHEDULED
    newest = invitation(world.sandbox.inbox.to("demo@example.com")[-1])
    assert (newest["SEQUENCE"], newest["DTSTART"]) == ("2", f"{last:%Y%m%dT%H%M%SZ}")


# --- times that are not taken --------------------------------------------------------------------


def moves_asked(world: World) -> int:
    """How often Cal.com was asked to move an entry."""
    return sum(call.path.endswith("/reschedule") for call in world.sandbox.journal.of("calcom"))


async def pays_again(world: World, opened: Opened, outcome: str | None) -> UUID:
    """A second payment for the same session, which ended like this; its id."""
    row = await world.row(
        "insert into public.payments (user_id, booking_id, stripe_payment_intent_id, amount_minor, "
        "amount_refunded_minor, currency, status, outcome, outcome_reason, outcome_owner, "
        "outcome_at, paid_at) select user_id, booking_id, $2, amount_minor, 0, currency, status, "
        "$3::text, 'A second payment.', 'someone@example.com', "
        "case when $3::text is not null then paid_at end, paid_at from public.payments "
        "where booking_id = $1 limit 1 returning id",
        UUID(opened.booking_id),
        f"pi_again_{outcome}",
        outcome,
    )
    payment_id: UUID = row["id"]
    return payment_id


async def test_a_new_time_that_the_calendar_refuses_leaves_the_old_one_and_is_asked_once(
    world: World,
) -> None:
    opened = await accepted(world)
    later = (await another_slot(world)).isoformat()
    assert (await world.client.reschedules(opened.booking_id, later))["errors"] == []
    world.sandbox.faults.plan("calcom.reschedule", Fault(FaultKind.REFUSE))
    await world.worker.drain()

    booking = await world.client.booking(opened.booking_id)
    assert at(booking["startsAt"]) == at(opened.starts_at or "")
    assert [payment["outcome"] for payment in booking["payments"]] == ["FULFILLED"]
    assert await world.client.notifications() == ["BOOKING_KEPT_TIME", "BOOKING_CONFIRMED"]
    assert await world.worker.held() == await world.worker.waiting() == []
    assert moves_asked(world) == 1
    for _ in range(2):
        await world.time_passes(timedelta(minutes=2))
        assert "move_calendar" not in world.worker.done
    assert moves_asked(world) == 1
    [entry] = world.sandbox.calcom.history
    assert at(entry["start"]) == at(opened.starts_at or "")
    assert await world.client.notifications() == ["BOOKING_KEPT_TIME", "BOOKING_CONFIRMED"]


async def somebody_takes(world: World, starts_at: str | None) -> None:
    """The old time is given to somebody else before the calendar answered for the new one."""
    rival = await world.other.books(starts_at)
    await world.pays(rival)


async def test_a_new_time_that_the_calendar_refuses_when_the_old_is_gone_waits_for_a_human(
    world: World,
) -> None:
    opened = await accepted(world)
    await moved(world, opened, await another_slot(world))
    await world.rows(
        "update public.bookings set moved_from = moved_from + interval '1 day' where id = $1",
        UUID(opened.booking_id),
    )
    old = await world.row(
        "select moved_from from public.bookings where id = $1", UUID(opened.booking_id)
    )
    await somebody_takes(world, old["moved_from"].isoformat())
    world.sandbox.faults.plan("calcom.reschedule", Fault(FaultKind.REFUSE))
    await calendar_moves.move_calendar(world.app, UUID(opened.booking_id))

    [payment] = (await world.client.booking(opened.booking_id))["payments"]
    assert (payment["outcome"], payment["outcomeReason"]) == (
        "WAITING",
        "The host's calendar did not take the new time: The host is no longer free at this time.",
    )
    assert (await world.client.notifications())[0] == "PAYMENT_WAITING"


async def test_money_that_is_back_or_on_its_way_does_not_wait_for_a_human(world: World) -> None:
    opened = await accepted(world)
    await moved(world, opened, await another_slot(world))
    await world.rows(
        "update public.bookings set moved_from = null where id = $1", UUID(opened.booking_id)
    )
    back = await pays_again(world, opened, "REFUNDED")
    on_its_way = await pays_again(world, opened, None)
    await world.rows(
        "insert into private.refunds (payment_id, stripe_refund_id, origin, amount_minor, status, "
        "reason) select id, 're_again', 'DASHBOARD', amount_minor, 'PENDING', 'Paid twice.' "
        "from public.payments where id = $1",
        on_its_way,
    )
    world.sandbox.faults.plan("calcom.reschedule", Fault(FaultKind.REFUSE))
    await calendar_moves.move_calendar(world.app, UUID(opened.booking_id))

    rows = await world.rows("select id, outcome from public.payments order by created_at")
    outcomes = {row["id"]: row["outcome"] for row in rows}
    assert (outcomes.pop(back), outcomes.pop(on_its_way)) == ("REFUNDED", None)
    assert list(outcomes.values()) == ["WAITING"]


async def test_a_move_that_is_queued_when_a_human_takes_over_moves_nothing(world: World) -> None:
    opened = await accepted(world)
    await moved(world, opened, await another_slot(world))
    assert await world.worker.waiting() == ["move_calendar"]
    async with world.app.db.transaction() as conn:
        await bookings.lock(conn, UUID(opened.booking_id))
        await escalation.leave_to_human(
            world.app, conn, UUID(opened.booking_id), reason="The appointment was cancelled."
        )
    await world.worker.drain()
    assert moves_asked(world) == 0
    [entry] = world.sandbox.calcom.history
    assert at(entry["start"]) == at(opened.starts_at or "")
    assert await world.client.notifications() == ["PAYMENT_WAITING", "BOOKING_CONFIRMED"]
    assert told(world, "olena@example.com") == OF_HOST[:1]
