"""Parts of what was paid that go back by hand, before or after a session is called off."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from services import cancellation, operations
from services.domain.errors import InvalidInput
from services.domain.payments import Payment
from services.domain.policy import Party
from services.store import payments as payment_store
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.payday import booked
from tests.stories.terms import (
    DAY,
    HOUR,
    MINUTE,
    assert_nothing_is_left,
    before,
    codes,
    comes_to_rest,
    payment,
    refunds_at_stripe,
    row_of,
    told,
)
from tests.stories.test_money_back import charge_of
from tests.stories.test_races_and_holds import a_second_page
from tests.world import CONSULTATION, MENTORING, Opened, World

LATE = DAY - MINUTE
EARLY = DAY + HOUR
FAILS_LATER = "4000000000005126"  # a refund to this card succeeds, and fails afterwards
PENDING = "4000000000007726"  # a refund to this card is pending at first


async def returned_by_hand(world: World, opened: Opened, amount_minor: int | None = None) -> None:
    """The seller returns so much in Stripe's dashboard, or what is left."""
    world.sandbox.stripe.dashboard_refund(await charge_of(world, opened), amount_minor)
    await comes_to_rest(world)


async def all_payments(world: World, opened: Opened) -> list[Payment]:
    async with world.app.db.connection() as conn:
        return await payment_store.succeeded_of_booking(conn, UUID(opened.booking_id))


# --- a second payment ----------------------------------------------------------------------------


@pytest.mark.parametrize("session_type", [CONSULTATION, MENTORING], ids=["all back", "a part"])
async def test_a_second_payment_that_comes_after_it_was_called_off_goes_back_whole(
    world: World, session_type: str
) -> None:
    await world.rows("update public.session_types set price_minor = 3000")
    if session_type == MENTORING:
        opened = await booked(world)
        await before(world, opened, LATE)
        first = ("FULFILLED", 1500)
    else:
        opened = await world.client.books(session_type=CONSULTATION)
        await world.pays(opened)
        await world.worker.drain()
        first = ("REFUNDED", 3000)
    assert codes(await world.client.cancels(opened.booking_id)) == []
    await comes_to_rest(world)
    await world.rows(
        "update private.checkouts set expires_at = $1", world.app.clock.now() + timedelta(hours=1)
    )
    second = await a_second_page(world, opened)
    await world.pays(second)
    await comes_to_rest(world)

    ends = [(one.outcome, one.amount_refunded_minor) for one in await all_payments(world, opened)]
    assert sorted(ends) == sorted([first, ("REFUNDED", 3000)])
    assert (await world.client.booking(opened.booking_id))["status"] == "CANCELLED"
    await assert_nothing_is_left(world, opened)
    await assert_nothing_amiss(world)


# --- parts returned in the dashboard -------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "by_hand", "asked", "outcome"),
    [
        (EARLY, 1000, 8000, "REFUNDED"),
        (LATE, 1000, 3500, "FULFILLED"),
        (LATE, 6000, 0, "FULFILLED"),
    ],
)
async def test_a_part_returned_before_counts_towards_what_comes_back(
    world: World, left: timedelta, by_hand: int, asked: int, outcome: str
) -> None:
    opened = await booked(world)
    await returned_by_hand(world, opened, by_hand)
    assert (await world.client.notifications())[0] == "PART_RETURNED"
    await before(world, opened, left)
    quote = await world.client.quote(opened.booking_id)
    assert quote["refund"]["amountMinor"] == asked
    assert quote["kept"]["amountMinor"] == 9000 - by_hand - asked
    assert codes(await world.client.cancels(opened.booking_id, expectedRefundMinor=asked)) == []
    await comes_to_rest(world)

    assert await payment(world, opened) == (outcome, by_hand + asked)
    expected = [(amount, "SUCCEEDED") for amount in sorted([by_hand, asked]) if amount]
    assert await refunds_at_stripe(world, opened) == expected
    assert (await world.client.notifications()).count("PART_RETURNED") == 1
    await assert_nothing_amiss(world)


async def test_parts_returned_after_it_was_called_off_add_up_to_no_more_than_came(
    world: World,
) -> None:
    opened = await booked(world)
    await before(world, opened, LATE)
    await world.client.cancels(opened.booking_id)
    await comes_to_rest(world)
    await returned_by_hand(world, opened, 1000)
    assert await payment(world, opened) == ("FULFILLED", 5500)
    assert (await world.client.notifications())[0] == "PART_RETURNED"
    await returned_by_hand(world, opened)
    assert await payment(world, opened) == ("REFUNDED", 9000)
    assert await refunds_at_stripe(world, opened) == [
        (1000, "SUCCEEDED"),
        (3500, "SUCCEEDED"),
        (4500, "SUCCEEDED"),
    ]
    assert told(world).count("Cancelled") == 1
    await assert_nothing_amiss(world)


@pytest.mark.parametrize(
    ("left", "by_hand", "sent", "heard"),
    [(EARLY, 2000, 7000, True), (LATE, 6000, 3000, False), (LATE, 9000, None, True)],
)
async def test_a_refund_for_which_too_little_is_left_meanwhile_is_lessened(
    world: World, left: timedelta, by_hand: int, sent: int | None, heard: bool
) -> None:
    """Whoever returned a part by hand did so after the client was promised theirs."""
    opened = await booked(world)
    await before(world, opened, left)
    if not heard:
        world.sandbox.stripe.deliveries.plan("drop", 2, event_type="charge.refunded")
        world.sandbox.stripe.deliveries.plan("drop", 2, event_type="refund.created")
    await world.client.cancels(opened.booking_id)
    world.sandbox.stripe.dashboard_refund(await charge_of(world, opened), by_hand)
    await world.sandbox.stripe.deliveries.settled()
    await comes_to_rest(world)

    assert await payment(world, opened) == ("REFUNDED", 9000)
    amounts = sorted(amount for amount in (by_hand, sent) if amount)
    assert await refunds_at_stripe(world, opened) == [(each, "SUCCEEDED") for each in amounts]
    assert "PAYMENT_WAITING" not in await world.client.notifications()
    await assert_nothing_amiss(world)


async def test_parts_given_by_the_operator_count_likewise(world: World) -> None:
    opened = await booked(world)
    [paid] = await all_payments(world, opened)
    await operations.refund(world.app, paid.id, 1000, reason="You had to wait.")
    await comes_to_rest(world)
    await before(world, opened, LATE)
    assert codes(await world.client.cancels(opened.booking_id, expectedRefundMinor=3500)) == []
    await comes_to_rest(world)
    assert await payment(world, opened) == ("FULFILLED", 4500)
    with pytest.raises(InvalidInput):
        await operations.refund(world.app, paid.id, 4501, reason="More than is left.")
    await operations.refund(world.app, paid.id, None, reason="You were ill.")
    await comes_to_rest(world)
    assert await payment(world, opened) == ("REFUNDED", 9000)
    assert await refunds_at_stripe(world, opened) == [
        (1000, "SUCCEEDED"),
        (3500, "SUCCEEDED"),
        (4500, "SUCCEEDED"),
    ]
    await assert_nothing_amiss(world)


async def test_called_off_from_all_sides_at_once_no_more_goes_back_than_came(world: World) -> None:
    opened = await booked(world)
    await before(world, opened, LATE)
    charge = await charge_of(world, opened)

    async def by_hand() -> None:
        world.sandbox.stripe.dashboard_refund(charge, 2000)
        await world.sandbox.stripe.deliveries.settled()

    await asyncio.gather(
        world.client.cancels(opened.booking_id),
        by_hand(),
        world.worker.drain(),
        world.olena.cancels(opened.booking_id),
        cancellation.cancel_as_operator(world.app, UUID(opened.booking_id)),
    )
    await comes_to_rest(world)
    outcome, back = await payment(world, opened)
    if (await row_of(world, opened)).called_off_by is Party.CLIENT:
        # The seller's 2,000 came before the client's quote, or on top of it.
        assert (outcome, back) in {("FULFILLED", 4500), ("FULFILLED", 6500)}
    else:
        assert (outcome, back) == ("REFUNDED", 9000)
    assert sum(amount for amount, _ in await refunds_at_stripe(world, opened)) == back
    assert told(world).count("Cancelled") == 1
    await assert_nothing_amiss(world)
