"""Somebody did not come: told by the host or the operator, and what the terms make of it."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from services import no_shows
from services.domain.errors import (
    NotFound,
)
from services.domain.policy import Absent
from services.domain.refusals import NotMarkable
from tests.stories import spending
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.payday import booked, connects, payday, payout_of, rested, start_of, until
from tests.stories.steps import kinds_of
from tests.stories.subscriber import subscribes
from tests.stories.terms import (
    DAY,
    HOUR,
    INSTANT,
    MINUTE,
    OLENA,
    at,
    before,
    codes,
    comes_to_rest,
    last_mail,
    marcus,
    marks,
    payment,
    refunds_at_stripe,
    row_of,
    told,
    viewer,
)
from tests.world import MENTORING, REVIEW, Opened, World

HELD = timedelta(hours=-2)
YUKI = "yuki@example.com"


async def test_a_client_who_did_not_come_has_nothing_back_and_the_host_is_paid(
    world: World,
) -> None:
    await connects(world, world.olena)
    opened = await booked(world)
    await before(world, opened, HELD)
    payload = await marks(world.olena, opened.booking_id, "CLIENT")
    assert payload["hostBooking"] == {
        "id": opened.booking_id,
        "status": "ACCEPTED",
        "absent": "CLIENT",
    }
    await comes_to_rest(world)
    assert await payment(world, opened) == ("FULFILLED", 0)
    assert await world.rows("select from private.refunds") == []
    assert (await world.client.notifications())[0] == "CLIENT_ABSENT"
    assert "CLIENT_ABSENT" in await kinds_of(world.client, opened.booking_id)

    await rested(world, opened)
    await payday(world)
    paid_out = await payout_of(world, world.olena, opened.booking_id)
    assert (paid_out["status"], paid_out["net"]["amountMinor"]) == ("PAID", 8050)
    await assert_nothing_amiss(world)


async def test_by_the_terms_a_quarter_comes_back_to_a_client_who_did_not_come(
    world: World,
) -> None:
    opened = await booked(world, REVIEW)
    await before(world, opened, HELD)
    assert codes(await marks(world.yuki, opened.booking_id, "CLIENT")) == []
    await comes_to_rest(world)
    [paid] = (await world.client.booking(opened.booking_id))["payments"]
    assert (paid["outcome"], paid["outcomeReason"]) == (
        "FULFILLED",
        "The client did not come. By the terms 3,000 JPY goes back and 9,000 JPY is kept.",
    )
    assert paid["refunded"] == {"amountMinor": 3000}
    assert await refunds_at_stripe(world, opened) == [(3000, "SUCCEEDED")]
    assert (await row_of(world, opened)).called_off_by is None
    payout = await payout_of(world, world.yuki, opened.booking_id)
    assert (payout["status"], payout["returned"]["amountMinor"]) == ("WAITING", 3000)
    await assert_nothing_amiss(world)


async def test_when_the_host_did_not_come_all_comes_back_and_nothing_is_paid_out(
    world: World,
) -> None:
    await connects(world, world.olena)
    opened = await booked(world)
    await before(world, opened, HELD)
    payload = await marks(world.olena, opened.booking_id, "HOST")
    assert payload["hostBooking"] == {
        "id": opened.booking_id,
        "status": "CANCELLED",
        "absent": "HOST",
    }
    await comes_to_rest(world)
    assert await payment(world, opened) == ("REFUNDED", 9000)
    assert await refunds_at_stripe(world, opened) == [(9000, "SUCCEEDED")]
    payout = await payout_of(world, world.olena, opened.booking_id)
    assert (payout["status"], payout["reason"]) == ("CANCELLED", "HOST_ABSENT")
    assert told(world)[-1] == told(world, OLENA)[-1]
    assert "the host did not come" in last_mail(world).text
    await rested(world, opened)
    await payday(world)
    assert world.sandbox.stripe.transfers() == []
    await assert_nothing_amiss(world)


async def test_when_the_host_did_not_come_after_they_were_paid_it_is_taken_back(
    world: World,
) -> None:
    await connects(world, world.olena)
    opened = await booked(world)
    await rested(world, opened)
    await payday(world)
    [transfer] = world.sandbox.stripe.transfers()
    assert transfer["amount_reversed"] == 0
    await no_shows.mark_as_operator(world.app, UUID(opened.booking_id), Absent.HOST)
    await comes_to_rest(world)
    assert await payment(world, opened) == ("REFUNDED", 9000)
    [transfer] = world.sandbox.stripe.transfers()
    assert transfer["amount_reversed"] == transfer["amount"] == 8050
    assert (await payout_of(world, world.olena, opened.booking_id))["status"] == "REVERSED"
    await assert_nothing_amiss(world)


async def test_for_a_session_that_is_not_there_to_be_marked_nothing_is_marked(
    world: World,
) -> None:
    opened = await booked(world)
    assert codes(await marks(world.olena, opened.booking_id, "CLIENT")) == ["NOT_MARKABLE"]
    gone = await booked(world, ahead=4 * DAY)
    await world.client.cancels(gone.booking_id)
    unpaid = await world.client.books((await world.client.slots())[-1])
    await comes_to_rest(world)
    for other in (gone, unpaid):
        assert codes(await marks(world.olena, other.booking_id, "HOST")) == ["NOT_MARKABLE"]
    await world.client.cancels(unpaid.booking_id)
    await before(world, opened, -(14 * DAY + HOUR + MINUTE))
    for absent in ("CLIENT", "HOST"):
        assert codes(await marks(world.olena, opened.booking_id, absent)) == ["NOT_MARKABLE"]
    row = await row_of(world, opened)
    assert (row.status, row.absent) == ("ACCEPTED", None)
    assert await payment(world, opened) == ("FULFILLED", 0)
    await assert_nothing_amiss(world)


async def test_it_may_be_told_from_the_start_until_fourteen_days_after_the_end(
    world: World,
) -> None:
    opened = await booked(world)
    booking_id, host = UUID(opened.booking_id), viewer(world.olena)
    start = start_of(opened)
    last = start + HOUR + 14 * DAY
    for moment in (start - INSTANT, last + INSTANT):
        with pytest.raises(NotMarkable):
            await no_shows.mark(at(world, moment), host, booking_id, Absent.CLIENT)
    later = await booked(world, ahead=4 * DAY)
    await no_shows.mark(at(world, start), host, booking_id, Absent.CLIENT)
    end = start_of(later) + HOUR + 14 * DAY
    await no_shows.mark(at(world, end), host, UUID(later.booking_id), Absent.CLIENT)
    await comes_to_rest(world)
    for one in (opened, later):
        assert (await row_of(world, one)).absent is Absent.CLIENT
        assert await payment(world, one) == ("FULFILLED", 0)
    await assert_nothing_amiss(world)


async def test_told_again_nothing_happens_and_the_contrary_is_refused(world: World) -> None:
    opened, other = await booked(world, REVIEW), await booked(world)
    await until(world, max(start_of(opened), start_of(other)) + 2 * HOUR)
    await asyncio.gather(*(marks(world.yuki, opened.booking_id, "CLIENT") for _ in range(10)))
    await comes_to_rest(world)
    assert codes(await marks(world.yuki, opened.booking_id, "CLIENT")) == []
    assert codes(await marks(world.yuki, opened.booking_id, "HOST")) == ["NOT_MARKABLE"]
    assert codes(await marks(world.olena, other.booking_id, "HOST")) == []
    await comes_to_rest(world)
    assert codes(await marks(world.olena, other.booking_id, "HOST")) == []
    assert codes(await marks(world.olena, other.booking_id, "CLIENT")) == ["NOT_MARKABLE"]
    await comes_to_rest(world)
    assert await refunds_at_stripe(world, opened) == [(3000, "SUCCEEDED")]
    assert await refunds_at_stripe(world, other) == [(9000, "SUCCEEDED")]
    assert (await world.client.notifications()).count("CLIENT_ABSENT") == 1
    await assert_nothing_amiss(world)


async def test_client_stranger_and_other_hosts_cannot_tell_it(world: World) -> None:
    opened = await booked(world)
    await before(world, opened, HELD)
    for stranger in (world.client, world.other, world.yuki, marcus(world)):
        for absent in ("CLIENT", "HOST"):
            assert codes(await marks(stranger, opened.booking_id, absent)) == ["NOT_FOUND"]
    with pytest.raises(NotFound):
        await no_shows.mark_as_operator(world.app, UUID(MENTORING), Absent.HOST)
    assert (await row_of(world, opened)).absent is None
    assert await payment(world, opened) == ("FULFILLED", 0)
    await assert_nothing_amiss(world)


@pytest.mark.parametrize(("absent", "returned"), [("CLIENT", False), ("HOST", True)])
async def test_a_credit_comes_back_only_when_the_host_did_not_come(
    world: World, absent: str, returned: bool
) -> None:
    await subscribes(world)
    slot = (await spending.slots_ahead(world, 3))[0]
    opened = Opened(await spending.booked(world, slot), "", slot)
    await before(world, opened, HELD)
    assert codes(await marks(world.olena, opened.booking_id, absent)) == []
    await comes_to_rest(world)
    assert await spending.uses(world) == [(1, returned)]
    assert (await row_of(world, opened)).absent == absent
    await assert_nothing_amiss(world)
