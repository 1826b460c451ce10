"""Disputes about a part of a payment, and beside refunds of another part."""

import pytest

from services import operations
from services.domain.refusals import PaymentDisputed
from tests.stories.disputing import (
    OPERATOR,
    charge_of,
    decides,
    disputed,
    link_by_sql,
    paid_for,
    payout_row,
    refunds_at_stripe,
    rest_can_be_refunded,
    rests,
    says,
    standing,
)
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.payday import booked, payment_of
from tests.world import World

LOST = "The payer's bank returned the money after a dispute."


async def test_an_inquiry_may_be_answered_by_a_refund_in_the_dashboard(world: World) -> None:
    opened = await booked(world)
    dispute = await disputed(world, opened)
    await says(world, dispute, "warning_needs_response")
    await rest_can_be_refunded(world, opened)
    world.sandbox.stripe.dashboard_refund(await charge_of(world, opened))
    await rests(world)
    ended = ("CANCELLED", "REFUNDED", 9000, 0, False)
    assert standing(await paid_for(world, opened)) == ended
    await says(world, dispute, "warning_closed")
    shown = await paid_for(world, opened)
    assert (standing(shown), shown["calledOffBy"]) == (ended, "OPERATOR")
    assert await link_by_sql(world, world.client.user_id) == []
    await assert_nothing_amiss(world)


async def test_of_a_refund_and_a_dispute_of_the_whole_that_is_lost_no_more_than_came_goes_back(
    world: World,
) -> None:
    """Banks may dispute the whole of what was refunded in part, and Stripe then tells of it as
    lost although it gives the refunded part back (docs: partially won)."""
    opened = await booked(world)
    world.sandbox.stripe.dashboard_refund(await charge_of(world, opened), 3000)
    await rests(world)
    await decides(world, await disputed(world, opened, 9000), won=False)
    assert standing(await paid_for(world, opened)) == ("CANCELLED", "REFUNDED", 3000, 6000, False)
    await assert_nothing_amiss(world)


async def test_a_part_that_is_lost_leaves_the_session_and_its_link(world: World) -> None:
    opened = await booked(world)
    dispute = await disputed(world, opened, 3000)
    assert (await paid_for(world, opened))["meeting"] is None
    await decides(world, dispute, won=False)
    assert standing(await paid_for(world, opened)) == ("ACCEPTED", "FULFILLED", 0, 3000, True)
    await rest_can_be_refunded(world, opened)
    quote = await world.client.quote(opened.booking_id)
    assert (quote["canCancel"], quote["refund"]["amountMinor"]) == (True, 6000)
    answer = await world.client.cancels(opened.booking_id, expectedRefundMinor=6000)
    assert answer["errors"] == []
    await rests(world)
    assert await refunds_at_stripe(world, opened) == [(6000, "SUCCEEDED")]
    shown = await paid_for(world, opened)
    assert standing(shown) == ("CANCELLED", "REFUNDED", 6000, 3000, False)
    assert (await payout_row(world, opened))[::2] == ("CANCELLED", 0)
    await assert_nothing_amiss(world)


async def test_what_stripe_does_not_return_of_a_payment_lost_in_part_waits_for_a_human(
    world: World,
) -> None:
    opened = await booked(world)
    await decides(world, await disputed(world, opened, 3000), won=False)
    assert (await world.client.cancels(opened.booking_id))["errors"] == []
    await rests(world)
    assert await refunds_at_stripe(world, opened) == []
    shown = await paid_for(world, opened)
    assert standing(shown) == ("CANCELLED", "WAITING", 0, 3000, False)
    [log] = await world.rows("select message from private.error_logs where source = 'payments'")
    assert "charge_disputed" in log["message"]
    await assert_nothing_amiss(world)


@pytest.mark.parametrize("won", [True, False])
async def test_what_is_left_after_a_refund_may_be_disputed(world: World, won: bool) -> None:
    opened = await booked(world)
    world.sandbox.stripe.dashboard_refund(await charge_of(world, opened), 3000)
    await rests(world)
    dispute = await disputed(world, opened)  # of the 60.00 that are left
    assert standing(await paid_for(world, opened)) == ("ACCEPTED", "FULFILLED", 3000, 0, False)
    await decides(world, dispute, won=won)
    shown = await paid_for(world, opened)
    if won:
        assert standing(shown) == ("ACCEPTED", "FULFILLED", 3000, 0, True)
    else:
        assert standing(shown) == ("CANCELLED", "REFUNDED", 3000, 6000, False)
        assert (shown["calledOffBy"], shown["outcomeReason"]) == ("BANK", LOST)
    assert await refunds_at_stripe(world, opened) == [(3000, "SUCCEEDED")]
    await assert_nothing_amiss(world)


async def test_a_part_refunded_after_a_part_was_lost_ends_it_when_nothing_is_left(
    world: World,
) -> None:
    opened = await booked(world)
    await decides(world, await disputed(world, opened, 5000), won=False)
    await rest_can_be_refunded(world, opened)
    payment = await payment_of(world, opened.booking_id)
    _, wanted = await operations.refund(world.app, payment["id"], None, reason="As agreed.")
    assert wanted.amount_minor == 4000
    await rests(world)
    assert await refunds_at_stripe(world, opened) == [(4000, "SUCCEEDED")]
    shown = await paid_for(world, opened)
    assert standing(shown)[1:4] == ("REFUNDED", 4000, 5000)
    assert shown["status"] == "CANCELLED"
    await assert_nothing_amiss(world)


@pytest.mark.parametrize("won", [True, False])
async def test_a_refund_that_a_dispute_overtakes_waits_for_a_human(world: World, won: bool) -> None:
    opened = await booked(world)
    answer = await world.client.cancels(opened.booking_id)
    assert answer["errors"] == []
    world.sandbox.stripe.deliveries.hold()
    dispute = world.sandbox.stripe.dispute(await charge_of(world, opened))["id"]
    await world.worker.drain()
    assert await refunds_at_stripe(world, opened) == []
    shown = await paid_for(world, opened)
    assert (shown["status"], shown["outcome"]) == ("CANCELLED", "WAITING")
    [payment] = await world.rows("select outcome_owner from public.payments")
    assert payment["outcome_owner"] == OPERATOR
    [log] = await world.rows("select message from private.error_logs")
    assert "charge_disputed" in log["message"]

    world.sandbox.stripe.deliveries.release()
    await rests(world)
    assert (await paid_for(world, opened))["outcome"] == "WAITING"
    await decides(world, dispute, won=won)
    if won:
        assert (await paid_for(world, opened))["outcome"] == "WAITING"
        world.sandbox.stripe.dashboard_refund(await charge_of(world, opened))
        await rests(world)
    shown = await paid_for(world, opened)
    back = (9000, 0) if won else (0, 9000)
    assert standing(shown) == ("CANCELLED", "REFUNDED", *back, False)
    assert shown["calledOffBy"] == "CLIENT"
    await assert_nothing_amiss(world)


async def test_the_operator_returns_nothing_while_a_bank_has_the_money_but_answers_inquiries(
    world: World,
) -> None:
    opened = await booked(world)
    dispute = await disputed(world, opened)
    payment = await payment_of(world, opened.booking_id)
    with pytest.raises(PaymentDisputed):
        await operations.refund(world.app, payment["id"], 2000, reason="Sorry.")
    assert await world.worker.drain() == []
    assert await world.rows("select from private.refunds") == []
    assert standing(await paid_for(world, opened)) == ("ACCEPTED", "FULFILLED", 0, 0, False)

    await says(world, dispute, "warning_needs_response")
    await rest_can_be_refunded(world, opened)
    await operations.refund(world.app, payment["id"], 2000, reason="Sorry.")
    await rests(world)
    assert await refunds_at_stripe(world, opened) == [(2000, "SUCCEEDED")]
    assert standing(await paid_for(world, opened)) == ("ACCEPTED", "FULFILLED", 2000, 0, False)
    assert (await payout_row(world, opened))[:2] == ("WAITING", "DISPUTED")
    await says(world, dispute, "warning_closed")
    assert standing(await paid_for(world, opened)) == ("ACCEPTED", "FULFILLED", 2000, 0, True)
    await assert_nothing_amiss(world)
