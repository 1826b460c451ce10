"""A session is moved while nobody works, for longer than anything could follow it."""

from datetime import timedelta

import pytest

from tests.stories.payday import booked, slots_after, start_of, until
from tests.world import COACHING, MENTORING, REVIEW, World


@pytest.mark.parametrize("session_type", [MENTORING, COACHING, REVIEW])
async def test_what_is_still_to_come_follows_also_days_after_the_old_time(
    world: World, session_type: str
) -> None:
    opened = await booked(world, session_type)
    later = (await slots_after(world, start_of(opened) + timedelta(days=6), session_type))[3]
    assert (await world.client.reschedules(opened.booking_id, later))["errors"] == []
    await until(world, start_of(opened) + timedelta(days=3))  # the old link's life is over
    await world.worker.drain()
    await world.time_passes(timedelta(minutes=2))
    assert await world.worker.held() == []
    kept = await world.rows("select from public.user_sessions where closed_at is null")
    assert len(kept) == 1
    assert await world.client.notifications() == ["BOOKING_RESCHEDULED", "BOOKING_CONFIRMED"]
    booking = await world.client.booking(opened.booking_id)
    assert booking["meeting"] is not None


@pytest.mark.parametrize("session_type", [COACHING, REVIEW])
async def test_what_is_over_before_anything_followed_is_left_alone(
    world: World, session_type: str
) -> None:
    opened = await booked(world, session_type)
    later = (await slots_after(world, start_of(opened), session_type))[3]
    assert (await world.client.reschedules(opened.booking_id, later))["errors"] == []
    await until(world, start_of(opened) + timedelta(days=3))
    await world.worker.drain()
    await world.time_passes(timedelta(minutes=2))
    assert await world.worker.held() == []
    row = await world.row("select moved_from, status from public.bookings")
    assert tuple(row) == (None, "ACCEPTED")
    assert await world.rows("select from public.user_sessions where closed_at is null") == []
