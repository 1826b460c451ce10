"""A dispute's events in every order and twice, and readings of it that are written late."""

from collections.abc import Sequence
from itertools import permutations

import pytest

from services import stripe_events
from services.stripe_events import Write
from tests.stories.disputing import charge_of, paid_for, rests
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.payday import booked, payment_of
from tests.world import CONSULTATION, Opened, World

PAID = "checkout.session.completed"
OPENED = ("charge.dispute.created", "charge.dispute.funds_withdrawn")
LOST = (PAID, *OPENED, "charge.dispute.closed")
WON = (PAID, *OPENED, "charge.dispute.funds_reinstated")


async def disputed_unheard(world: World, *, won: bool) -> Opened:
    """A session without a time is paid, disputed and decided, while not one event arrives."""
    opened = await world.client.books(session_type=CONSULTATION)
    world.sandbox.stripe.deliveries.hold()
    world.sandbox.stripe.pay(opened.session_id)
    payment = (await world.app.checkouts.read(opened.session_id)).payment
    assert payment is not None
    assert payment.charge_id is not None
    dispute = world.sandbox.stripe.dispute(payment.charge_id)
    world.sandbox.stripe.close_dispute(dispute["id"], won=won)
    return opened


async def told(world: World, order: Sequence[str]) -> None:
    """Deliver and work off these held events one after the other, then all there are once more."""
    deliveries = world.sandbox.stripe.deliveries
    ids = {event["type"]: event["id"] for event in deliveries.held()}
    for name in order:
        assert await deliveries.resend(ids[name])
        await stripe_events.handle(world.app, ids[name])
    deliveries.release()
    await deliveries.settled()


@pytest.mark.parametrize("won", [True, False])
async def test_a_purchase_and_its_dispute_told_in_any_order_end_once(
    world: World, won: bool
) -> None:
    every = []
    for order in permutations(WON if won else LOST):
        every.append(await disputed_unheard(world, won=won))
        await told(world, order)
    await rests(world)
    expected = ("PENDING", None, 0) if won else ("CANCELLED", "REFUNDED", 3000)
    for opened in every:
        shown = await paid_for(world, opened)
        assert (shown["status"], shown["outcome"], shown["lostToDispute"]) == expected
        assert (shown["calledOffBy"], shown["disputed"]) == (None if won else "BANK", True)
    kinds = await world.client.notifications()
    assert kinds.count("BOOKING_CANCELLED") == (0 if won else 24)
    assert kinds.count("CHOOSE_TIME") == 24
    assert await world.rows("select from private.refunds") == []
    assert await world.rows("select from private.stripe_events where processed_at is null") == []


async def readings(world: World, opened: Opened, *, won: bool) -> list[Write]:
    """What was read of a payment before, during and after a dispute about the whole of it."""
    intent = (await payment_of(world, opened.booking_id))["stripe_payment_intent_id"]

    async def read() -> Write:
        return await stripe_events.dispute_moved(world.app, {"payment_intent": intent})

    before = await read()
    dispute = world.sandbox.stripe.dispute(await charge_of(world, opened))["id"]
    during = await read()
    world.sandbox.stripe.close_dispute(dispute, won=won)
    return [before, during, await read()]


@pytest.mark.parametrize("won", [True, False])
async def test_readings_written_in_any_order_come_to_what_was_read_last(
    world: World, won: bool
) -> None:
    for order in permutations(range(3)):
        opened = await booked(world)
        world.sandbox.stripe.deliveries.hold()
        written = await readings(world, opened, won=won)
        for number in order:
            async with world.app.db.transaction() as conn:
                assert await written[number](conn) == "applied"
        await world.worker.drain()
        shown = await paid_for(world, opened)
        if won:
            assert (shown["status"], shown["outcome"]) == ("ACCEPTED", "FULFILLED"), order
            assert shown["meeting"] is not None, order
        else:
            assert (shown["status"], shown["outcome"]) == ("CANCELLED", "REFUNDED"), order
            assert shown["lostToDispute"] == 9000, order
        assert shown["disputed"] is True, order
        world.sandbox.stripe.deliveries.release()
        await rests(world)
    assert len(world.mails("operator@example.com")) <= 6
    await assert_nothing_amiss(world)


async def test_a_refund_of_a_part_and_a_lost_dispute_of_the_rest_are_written_in_any_order(
    world: World,
) -> None:
    for backwards in (False, True):
        opened = await booked(world)
        world.sandbox.stripe.deliveries.hold()
        intent = (await payment_of(world, opened.booking_id))["stripe_payment_intent_id"]
        charge = await charge_of(world, opened)
        world.sandbox.stripe.dashboard_refund(charge, 3000)
        refund = await stripe_events.refund_moved(world.app, {"payment_intent": intent})
        dispute = world.sandbox.stripe.dispute(charge)["id"]
        world.sandbox.stripe.close_dispute(dispute, won=False)
        lost = await stripe_events.dispute_moved(world.app, {"payment_intent": intent})
        for write in (lost, refund) if backwards else (refund, lost):
            async with world.app.db.transaction() as conn:
                assert await write(conn) == "applied"
        shown = await paid_for(world, opened)
        assert (shown["status"], shown["outcome"]) == ("CANCELLED", "REFUNDED"), backwards
        assert (shown["refunded"], shown["lostToDispute"]) == (3000, 6000), backwards
        world.sandbox.stripe.deliveries.release()
        await rests(world)
        again = await paid_for(world, opened)
        assert again == shown | {"outcomeReason": again["outcomeReason"]}
    await assert_nothing_amiss(world)
