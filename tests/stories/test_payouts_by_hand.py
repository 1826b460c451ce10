"""Transfers that somebody made by hand, and what becomes of them when the money goes back."""

from datetime import timedelta

from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.payday import connects, payday, payment_of, payout_of
from tests.world import Opened, World


async def bought(world: World, card: str = "4242424242424242") -> Opened:
    opened = await world.client.books()
    await world.pays(opened, card)
    await world.worker.drain()
    return opened


async def charge_of(world: World, opened: Opened) -> str:
    charge_id: str = (await payment_of(world, opened.booking_id))["stripe_charge_id"]
    return charge_id


async def told(world: World) -> None:
    await world.sandbox.stripe.deliveries.settled()
    await world.worker.drain()


async def test_the_fee_that_was_left_outlives_a_refund_that_comes_to_nothing(world: World) -> None:
    account = await connects(world, world.olena)
    opened = await bought(world, "4000000000005126")  # its bank refuses refunds an hour later
    charge_id = await charge_of(world, opened)
    world.sandbox.stripe.transfer(charge_id, account, 8000)
    await told(world)
    before = await payout_of(world, world.olena, opened.booking_id)
    assert (before["fee"], before["net"]) == ({"amountMinor": 1000}, {"amountMinor": 8000})
    world.sandbox.stripe.payout_of(account, 8000, "usd")  # nothing can be taken back
    world.sandbox.stripe.dashboard_refund(charge_id)
    await told(world)
    assert (await payout_of(world, world.olena, opened.booking_id))["reason"] == (
        "HOST_BALANCE_SHORT"
    )
    await world.time_passes(timedelta(minutes=61))
    await told(world)
    after = await payout_of(world, world.olena, opened.booking_id)
    assert after["returned"] == {"amountMinor": 0}
    assert (after["fee"], after["net"]) == (before["fee"], before["net"])


async def test_one_that_is_heard_of_after_all_the_money_went_back_is_taken_back(
    world: World,
) -> None:
    account = await connects(world, world.olena)
    opened = await bought(world)
    world.sandbox.stripe.deliveries.hold()
    world.sandbox.stripe.transfer(await charge_of(world, opened), account, 8050)
    assert (await world.olena.cancels(opened.booking_id))["errors"] == []
    await world.worker.drain()
    world.sandbox.stripe.deliveries.release()
    await told(world)
    await payday(world)
    [transfer] = world.sandbox.stripe.transfers()
    assert (transfer["amount"], transfer["amount_reversed"]) == (8050, 8050)
    await assert_nothing_amiss(world)


async def test_one_for_a_payment_that_is_for_no_payout_is_told_to_the_operator(
    world: World,
) -> None:
    account = await connects(world, world.olena)
    opened = await world.client.books()
    await world.pays(opened)
    await world.worker.drain()
    await world.rows("delete from public.payouts")
    world.sandbox.stripe.transfer(await charge_of(world, opened), account, 8050)
    await told(world)
    row = await world.row("select message from private.error_logs where source = 'payouts'")
    assert "which has no payout" in row["message"]
    assert len(world.mails("operator@example.com")) == 1
