"""Sessions called off after they were paid for: by whom, until when, and all that is undone."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from sandbox.faults import Fault, FaultKind
from services import cancellation
from services.domain.errors import (
    NotCancellable,
)
from services.domain.policy import Party
from services.domain.refusals import TooLate
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.payday import booked, start_of
from tests.stories.steps import kinds_of
from tests.stories.terms import (
    CLIENT,
    DAY,
    HOUR,
    INSTANT,
    MINUTE,
    OLENA,
    assert_nothing_is_left,
    at,
    before,
    codes,
    comes_to_rest,
    last_mail,
    marcus,
    payment,
    refunds_at_stripe,
    refusal,
    row_of,
    terms,
    told,
    viewer,
)
from tests.stories.test_rescheduled import invitation
from tests.world import CONSULTATION, MENTORING, World

PART_KEPT = "Called off by the client. By the terms 45.00 USD goes back and 45.00 USD is kept."


# --- by the client -------------------------------------------------------------------------------


async def test_called_off_early_all_comes_back_and_nothing_is_left_of_it(world: World) -> None:
    opened = await booked(world)
    uid = invitation(last_mail(world))["UID"]
    payload = await world.client.cancels(opened.booking_id)
    assert (payload["booking"]["status"], payload["errors"]) == ("CANCELLED", [])
    assert (await world.client.booking(opened.booking_id))["meeting"] is None  # at once
    confirmed = await world.client.confirms(opened.session_id)
    assert (confirmed["success"], confirmed["meetingUrl"]) == (False, None)
    await comes_to_rest(world)

    assert await payment(world, opened) == ("REFUNDED", 9000)
    assert await refunds_at_stripe(world, opened) == [(9000, "SUCCEEDED")]
    await assert_nothing_is_left(world, opened)
    assert opened.starts_at in await world.other.slots(days=21)
    assert told(world) == ["Confirmed", "Cancelled"]
    assert told(world, OLENA) == ["Booked", "Cancelled"]
    assert last_mail(world).text.endswith("Your money is on its way back to the way you paid.")
    for reader in (CLIENT, OLENA):
        file = invitation(last_mail(world, reader))
        assert (file["METHOD"], file["UID"]) == ("CANCEL", uid)
    await before(world, opened, DAY - MINUTE)
    await before(world, opened, HOUR - MINUTE)
    assert await world.client.notifications() == ["BOOKING_CANCELLED", "BOOKING_CONFIRMED"]
    await assert_nothing_amiss(world)


async def test_called_off_late_a_part_comes_back_and_the_rest_is_kept_by_the_terms(
    world: World,
) -> None:
    opened = await booked(world)
    await before(world, opened, DAY - MINUTE)
    payload = await world.client.cancels(opened.booking_id)
    assert (payload["booking"]["status"], payload["errors"]) == ("CANCELLED", [])
    await comes_to_rest(world)

    [paid] = (await world.client.booking(opened.booking_id))["payments"]
    assert (paid["outcome"], paid["outcomeReason"]) == ("FULFILLED", PART_KEPT)
    assert paid["refunded"] == {"amountMinor": 4500}
    assert await refunds_at_stripe(world, opened) == [(4500, "SUCCEEDED")]
    await assert_nothing_is_left(world, opened)
    assert told(world, OLENA) == ["Booked", "Cancelled"]
    assert "Nothing is paid out for it." in last_mail(world, OLENA).text
    assert "45.00 USD" in last_mail(world).text
    await assert_nothing_amiss(world)


async def test_too_late_nothing_is_moved_and_it_is_said_until_when_it_could_be(
    world: World,
) -> None:
    opened = await booked(world)
    await before(world, opened, 2 * HOUR - MINUTE)
    mails = world.mails(), world.mails(OLENA)
    error = await refusal(world.client, opened.booking_id)
    assert error["code"] == "TOO_LATE"
    assert datetime.fromisoformat(error["until"]) == start_of(opened) - 2 * HOUR
    assert (await world.client.quote(opened.booking_id))["refusal"]["code"] == "TOO_LATE"
    await comes_to_rest(world)

    assert await payment(world, opened) == ("FULFILLED", 0)
    assert await refunds_at_stripe(world, opened) == []
    assert (await world.client.booking(opened.booking_id))["status"] == "ACCEPTED"
    assert world.entered() == [opened.booking_id]
    assert (world.mails(), world.mails(OLENA)) == mails
    await before(world, opened, -MINUTE)
    assert (await refusal(world.client, opened.booking_id))["code"] == "NOT_CANCELLABLE"
    await assert_nothing_amiss(world)


async def test_at_a_bound_it_is_still_early_and_an_instant_later_late(world: World) -> None:
    client = viewer(world.client)
    for left, back in ((DAY, 9000), (DAY - INSTANT, 4500), (2 * HOUR, 4500)):
        opened = await booked(world)
        booking_id = UUID(opened.booking_id)
        app = at(world, start_of(opened) - left)
        quote = await cancellation.quote(app, client, booking_id)
        assert (quote.refund.amount_minor, quote.kept.amount_minor) == (back, 9000 - back)
        too_late = at(world, start_of(opened) - 2 * HOUR + INSTANT)
        with pytest.raises(TooLate) as late:
            await cancellation.cancel(too_late, client, booking_id)
        assert late.value.until == start_of(opened) - 2 * HOUR
        await cancellation.cancel(app, client, booking_id)
        await comes_to_rest(world)
        assert await refunds_at_stripe(world, opened) == [(back, "SUCCEEDED")]
    await assert_nothing_amiss(world)


async def test_where_nothing_comes_back_the_payment_is_kept_whole_and_no_refund_is_made(
    world: World,
) -> None:
    await terms(world, MENTORING, refunds=[])
    opened = await booked(world)
    quote = await world.client.quote(opened.booking_id)
    assert (quote["canCancel"], quote["percent"]) == (True, 0)
    assert quote["refund"]["amountMinor"] == 0
    await world.client.cancels(opened.booking_id, expectedRefundMinor=0)
    await comes_to_rest(world)

    [paid] = (await world.client.booking(opened.booking_id))["payments"]
    assert (paid["outcome"], paid["outcomeReason"]) == (
        "FULFILLED",
        "Called off by the client. By the terms nothing goes back.",
    )
    assert await refunds_at_stripe(world, opened) == []
    assert await world.rows("select from private.refunds") == []
    await assert_nothing_is_left(world, opened)
    await assert_nothing_amiss(world)


async def test_called_off_ten_times_at_once_and_once_more_the_money_goes_back_once(
    world: World,
) -> None:
    opened = await booked(world)
    await before(world, opened, DAY - MINUTE)
    answers = await asyncio.gather(*(world.client.cancels(opened.booking_id) for _ in range(10)))
    assert [codes(payload) for payload in answers] == [[]] * 10
    assert {payload["booking"]["status"] for payload in answers} == {"CANCELLED"}
    await comes_to_rest(world)
    assert codes(await world.client.cancels(opened.booking_id)) == []
    await comes_to_rest(world)

    assert await refunds_at_stripe(world, opened) == [(4500, "SUCCEEDED")]
    assert len(await world.rows("select from private.refunds")) == 1
    assert told(world).count("Cancelled") == told(world, OLENA).count("Cancelled") == 1
    assert (await kinds_of(world.client, opened.booking_id)).count("CALLED_OFF") == 1
    await assert_nothing_amiss(world)


async def test_client_and_host_at_once_call_it_off_by_one_of_their_rules(world: World) -> None:
    opened = await booked(world)
    await before(world, opened, DAY - MINUTE)
    await asyncio.gather(
        *(one.cancels(opened.booking_id) for _ in range(3) for one in (world.client, world.olena))
    )
    await comes_to_rest(world)
    by = (await row_of(world, opened)).called_off_by
    assert by in (Party.CLIENT, Party.HOST)
    back = {Party.CLIENT: 4500, Party.HOST: 9000}[by]
    assert await refunds_at_stripe(world, opened) == [(back, "SUCCEEDED")]
    await assert_nothing_amiss(world)


# --- by others -----------------------------------------------------------------------------------


async def test_the_host_gives_all_back_however_late_but_not_once_it_has_begun(
    world: World,
) -> None:
    first = await booked(world)
    second = await booked(world, ahead=timedelta(days=4))
    await before(world, first, MINUTE)
    quote = await world.olena.quote(first.booking_id)
    assert (quote["canCancel"], quote["refund"]["amountMinor"]) == (True, 9000)
    assert codes(await world.olena.cancels(first.booking_id, expectedRefundMinor=9000)) == []
    await comes_to_rest(world)
    assert (await row_of(world, first)).called_off_by is Party.HOST
    assert await payment(world, first) == ("REFUNDED", 9000)
    assert last_mail(world).text.startswith("The host has called your session off.")
    await assert_nothing_is_left(world, first)

    await before(world, second, -MINUTE)
    assert codes(await world.olena.cancels(second.booking_id)) == ["NOT_CANCELLABLE"]
    assert (await world.olena.quote(second.booking_id))["canCancel"] is False
    assert await payment(world, second) == ("FULFILLED", 0)
    await assert_nothing_amiss(world)


async def test_the_operator_calls_it_off_even_after_it_began_and_all_comes_back(
    world: World,
) -> None:
    opened = await booked(world)
    await before(world, opened, -MINUTE)
    for _ in range(2):
        await cancellation.cancel_as_operator(world.app, UUID(opened.booking_id))
    await comes_to_rest(world)
    assert (await row_of(world, opened)).called_off_by is Party.OPERATOR
    assert await payment(world, opened) == ("REFUNDED", 9000)
    assert await refunds_at_stripe(world, opened) == [(9000, "SUCCEEDED")]
    await assert_nothing_is_left(world, opened)

    unpaid = await world.client.books()
    with pytest.raises(NotCancellable):
        await cancellation.cancel_as_operator(world.app, UUID(unpaid.booking_id))
    await world.client.cancels(unpaid.booking_id)
    await comes_to_rest(world)
    await assert_nothing_amiss(world)


async def test_to_a_stranger_and_to_another_host_it_is_not_there(world: World) -> None:
    opened = await booked(world)
    for stranger in (world.other, marcus(world)):
        asked = "query ($id: ID!) { quoteRefund(bookingId: $id) { canCancel } }"
        [error] = (await stranger.posts(asked, id=opened.booking_id))["errors"]
        assert error["extensions"] == {"code": "NOT_FOUND"}
        assert codes(await stranger.cancels(opened.booking_id)) == ["NOT_FOUND"]
    assert await world.worker.waiting() == []
    assert (await world.client.booking(opened.booking_id))["status"] == "ACCEPTED"
    assert await refunds_at_stripe(world, opened) == []
    await assert_nothing_amiss(world)


# --- before it was confirmed ---------------------------------------------------------------------


async def test_an_entry_that_the_calendar_makes_after_it_was_called_off_is_taken_out_again(
    world: World,
) -> None:
    opened = await world.client.books((await world.client.slots())[-1])
    await world.pays(opened)
    world.sandbox.faults.plan("calcom.book", Fault(FaultKind.DELAY, seconds=0.3))
    working = asyncio.create_task(world.worker.drain())
    for _ in range(100):  # the calendar thinks
        if (await row_of(world, opened)).calendar_asked_at is not None:
            break
        await asyncio.sleep(0.01)
    assert codes(await world.client.cancels(opened.booking_id)) == []
    await working
    await comes_to_rest(world)

    assert await payment(world, opened) == ("REFUNDED", 9000)
    [entry] = world.sandbox.calcom.history
    assert entry["status"] == "cancelled"
    await assert_nothing_is_left(world, opened)
    assert "Confirmed" not in told(world)
    assert told(world, OLENA) == []  # she was never told that it was booked
    await world.time_passes(5 * MINUTE)
    await assert_nothing_amiss(world)


async def test_a_session_without_a_time_yet_comes_back_whole(world: World) -> None:
    opened = await world.client.books(session_type=CONSULTATION)
    await world.pays(opened)
    await world.worker.drain()
    quote = await world.client.quote(opened.booking_id)
    assert (quote["refund"]["amountMinor"], quote["holdsUntil"]) == (3000, None)
    assert codes(await world.client.cancels(opened.booking_id, expectedRefundMinor=3000)) == []
    await comes_to_rest(world)
    assert await payment(world, opened) == ("REFUNDED", 3000)
    assert (await world.client.asks("{ me { paid } }"))["me"]["paid"] is False
    slot = (await world.client.slots(CONSULTATION))[-1]
    assert codes(await world.client.schedules(opened.booking_id, slot)) == ["NOT_SCHEDULABLE"]
    assert told(world, OLENA) == []
    await world.time_passes(timedelta(days=15))
    assert "CHOOSE_TIME_REMINDER" not in await world.client.notifications()
    await assert_nothing_amiss(world)
