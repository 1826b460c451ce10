"""A client who had begun to pay for a time, and then books it with credits."""

from sandbox.faults import Fault, FaultKind
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.spending import booked, credits_left, refusal, slots_ahead, uses
from tests.stories.subscriber import subscribes
from tests.world import World


async def test_an_unpaid_hold_of_ones_own_becomes_the_booking_with_credits(world: World) -> None:
    await subscribes(world)
    opened = await world.client.books((await slots_ahead(world, 2))[0])
    booking_id = await booked(world, opened.starts_at or "")

    assert booking_id != opened.booking_id
    assert (await world.client.booking(opened.booking_id))["status"] == "CANCELLED"
    [page] = [each for each in world.sandbox.stripe.sessions() if each["id"] == opened.session_id]
    assert page["status"] == "expired"
    assert world.entered() == [booking_id]
    assert await credits_left(world.client) == 1
    await assert_nothing_amiss(world)


async def test_an_unpaid_hold_is_kept_if_there_are_no_credits_for_it(world: World) -> None:
    opened = await world.client.books((await slots_ahead(world, 2))[0])
    assert (await refusal(world.client, opened.starts_at))["code"] == "NO_CREDITS"
    assert (await world.client.booking(opened.booking_id))["status"] == "AWAITING_PAYMENT"
    await world.pays(opened)
    await world.worker.drain()
    assert (await world.client.booking(opened.booking_id))["status"] == "ACCEPTED"


async def test_what_was_paid_a_moment_ago_costs_no_credit_too(world: World) -> None:
    await subscribes(world)
    opened = await world.client.books((await slots_ahead(world, 2))[0])
    world.sandbox.stripe.deliveries.plan("drop", 100)
    await world.pays(opened)
    assert (await refusal(world.client, opened.starts_at))["code"] == "ALREADY_PAID"
    await world.worker.drain()
    assert (await world.client.booking(opened.booking_id))["status"] == "ACCEPTED"
    assert await credits_left(world.client) == 2
    assert await uses(world) == []


async def test_a_payment_on_its_way_is_waited_for_and_costs_no_credit_too(world: World) -> None:
    await subscribes(world)
    opened = await world.client.books((await slots_ahead(world, 2))[0])
    world.sandbox.stripe.pay(opened.session_id, debit_account="DE89370400440532013000")
    assert (await refusal(world.client, opened.starts_at))["code"] == "PAYMENT_PROCESSING"
    assert (await world.client.booking(opened.booking_id))["status"] == "AWAITING_PAYMENT"
    assert await credits_left(world.client) == 2


async def test_a_hold_that_stripe_cannot_end_is_kept_and_costs_no_credit(
    world: World, impatient_stripe_sdk: None
) -> None:
    await subscribes(world)
    opened = await world.client.books((await slots_ahead(world, 2))[0])
    world.sandbox.faults.plan("stripe", Fault(FaultKind.FAIL), times=3)
    assert (await refusal(world.client, opened.starts_at))["code"] == "PAYMENT_PROVIDER_UNAVAILABLE"
    assert (await world.client.booking(opened.booking_id))["status"] == "AWAITING_PAYMENT"
    assert await credits_left(world.client) == 2
