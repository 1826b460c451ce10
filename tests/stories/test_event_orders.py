"""Stripe's events in every order, twice, or never; refunds made in the dashboard meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import permutations

import asyncpg
import pytest

from sandbox.faults import Fault, FaultKind
from tests.databases import TestServer
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.world import Opened, World

DECLINED = "4000000000000002"
REFUND_PENDS = "4000000000007726"
PAID = ("payment_intent.payment_failed", "payment_intent.succeeded", "checkout.session.completed")
RETURNED = (
    "payment_intent.succeeded",
    "checkout.session.completed",
    "refund.created",
    "charge.refunded",
)


async def told(world: World, events: Sequence[str], *, pause_after: int = 0) -> None:
    """Deliver these held events in this order, then all once more; jobs run after some, too."""
    deliveries = world.sandbox.stripe.deliveries
    ids = {event["type"]: event["id"] for event in deliveries.held()}
    for number, name in enumerate(events, start=1):
        assert await deliveries.resend(ids[name])
        if number == pause_after:
            await world.worker.drain()
    deliveries.release()
    await deliveries.settled()
    await world.worker.drain()


async def charge_of(world: World, opened: Opened) -> str:
    payment = (await world.app.checkouts.read(opened.session_id)).payment
    assert payment is not None
    assert payment.charge_id is not None
    return payment.charge_id


async def refunds_of(world: World, opened: Opened) -> list[tuple[int, str]]:
    payment = (await world.app.checkouts.read(opened.session_id)).payment
    assert payment is not None
    found = await world.app.refunds.of_payment(payment.id)
    return [(refund.amount.amount_minor, refund.status) for refund in found]


async def test_a_purchase_told_in_any_order_is_booked_once(world: World) -> None:
    for order in permutations(PAID):
        opened = await world.client.books()
        world.sandbox.stripe.deliveries.hold()
        world.sandbox.stripe.pay(opened.session_id, DECLINED)
        world.sandbox.stripe.pay(opened.session_id)
        await told(world, order, pause_after=1)
        booking = await world.client.booking(opened.booking_id)
        assert booking["status"] == "ACCEPTED", order
        outcomes = [(payment["status"], payment["outcome"]) for payment in booking["payments"]]
        assert outcomes == [("SUCCEEDED", "FULFILLED")], order
    assert len(world.sandbox.calcom.history) == len(world.mails()) == 6
    await assert_nothing_amiss(world)


@pytest.mark.parametrize("first", RETURNED)
async def test_a_purchase_and_its_return_told_in_any_order_end_once(
    world: World, first: str
) -> None:
    rest = [name for name in RETURNED if name != first]
    for order in ((first, *later) for later in permutations(rest)):
        opened = await world.client.books()
        world.sandbox.stripe.deliveries.hold()
        world.sandbox.stripe.pay(opened.session_id)
        world.sandbox.stripe.dashboard_refund(await charge_of(world, opened))
        await told(world, order)
        booking = await world.client.booking(opened.booking_id)
        assert booking["status"] in ("REJECTED", "CANCELLED"), order
        outcomes = [(payment["status"], payment["outcome"]) for payment in booking["payments"]]
        assert outcomes == [("SUCCEEDED", "REFUNDED")], order
        assert await refunds_of(world, opened) == [(9000, "SUCCEEDED")], order
    kinds = await world.client.notifications()
    assert kinds.count("BOOKING_CANCELLED") == 6
    await world.time_passes(timedelta(minutes=2))  # rooms asked for in the midst of it
    await assert_nothing_amiss(world)


async def test_without_any_webhook_or_client_time_alone_books(world: World) -> None:
    world.sandbox.stripe.deliveries.plan("drop", 1000)
    slot = (await world.client.slots())[-1]
    opened = await world.client.books(slot)
    await world.pays(opened)
    await world.time_passes(timedelta(minutes=31))
    assert (await world.client.booking(opened.booking_id))["status"] == "AWAITING_PAYMENT"
    await world.time_passes(timedelta(minutes=2))
    booking = await world.client.booking(opened.booking_id)
    assert booking["status"] == "ACCEPTED"
    assert booking["payments"][0]["outcome"] == "FULFILLED"
    assert len(world.mails()) == 1
    assert await world.rows("select from private.stripe_events") == []
    await assert_nothing_amiss(world)


async def test_without_any_webhook_time_alone_follows_a_slow_refund(world: World) -> None:
    world.sandbox.stripe.deliveries.plan("drop", 1000)
    world.sandbox.faults.plan("calcom.book", Fault(FaultKind.REFUSE))
    opened = await world.client.books()
    await world.pays(opened, REFUND_PENDS)
    await world.client.confirms(opened.session_id)
    await world.worker.drain()
    [payment] = (await world.client.booking(opened.booking_id))["payments"]
    assert payment["outcome"] is None
    await world.time_passes(timedelta(hours=2))
    [payment] = (await world.client.booking(opened.booking_id))["payments"]
    assert payment["outcome"] == "REFUNDED"
    assert await refunds_of(world, opened) == [(9000, "SUCCEEDED")]
    await assert_nothing_amiss(world)


async def test_a_slow_partial_refund_of_the_dashboard_is_not_made_again(world: World) -> None:
    opened = await world.client.books()
    await world.pays(opened, REFUND_PENDS)
    await world.worker.drain()
    world.sandbox.stripe.dashboard_refund(await charge_of(world, opened), 1000)
    await world.sandbox.stripe.deliveries.settled()
    await world.worker.drain()
    await world.time_passes(timedelta(hours=2))
    assert await refunds_of(world, opened) == [(1000, "SUCCEEDED")]
    assert (await world.client.booking(opened.booking_id))["status"] == "ACCEPTED"
    await assert_nothing_amiss(world)


async def test_a_partial_refund_before_the_calendar_answers_leaves_the_booking(
    world: World,
) -> None:
    opened = await world.client.books()
    world.sandbox.stripe.deliveries.hold()
    world.sandbox.stripe.pay(opened.session_id)
    world.sandbox.stripe.dashboard_refund(await charge_of(world, opened), 1000)
    world.sandbox.faults.plan("calcom.book", Fault(FaultKind.FAIL), times=5)
    world.sandbox.stripe.deliveries.release(["charge.refunded"])
    await world.sandbox.stripe.deliveries.settled()
    await world.worker.drain()
    booking = await world.client.booking(opened.booking_id)
    assert booking["status"] == "ACCEPTED"
    [payment] = booking["payments"]
    assert payment["outcome"] == "FULFILLED"
    assert payment["refunded"] == {"amountMinor": 1000}
    await assert_nothing_amiss(world)


@asynccontextmanager
async def no_database(test_server: TestServer, name: str) -> AsyncIterator[None]:
    """Cut every connection to the database and let nobody in."""
    admin = await asyncpg.connect(test_server.cluster.superuser_dsn())
    try:
        await admin.execute(f"alter database {name} with allow_connections false")
        await admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name
        )
        yield
        await admin.execute(f"alter database {name} with allow_connections true")
    finally:
        await admin.close()


async def test_while_the_database_is_away_stripe_is_asked_to_send_again(
    world: World, test_server: TestServer
) -> None:
    opened = await world.client.books()
    name = (await world.row("select current_database() as name"))["name"]
    webhooks = world.sandbox.journal
    async with no_database(test_server, name):
        before = len(webhooks.of("webhook"))
        world.sandbox.stripe.pay(opened.session_id)
        while len(webhooks.of("webhook")) < before + 4:  # noqa: ASYNC110  # it has no event
            await asyncio.sleep(0.01)
    assert [call.status for call in webhooks.of("webhook")[before:]] == [500] * 4

    await world.sandbox.stripe.deliveries.settled()
    await world.worker.drain()
    assert {call.status for call in webhooks.of("webhook")[before + 4 :]} == {200}
    assert (await world.client.booking(opened.booking_id))["status"] == "ACCEPTED"
    assert len(world.sandbox.calcom.history) == len(world.mails()) == 1
    await assert_nothing_amiss(world)
