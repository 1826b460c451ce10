"""What disputes do to the payouts of hosts, before, during and after the transfer."""

from datetime import timedelta

import pytest

from sandbox.faults import Fault, FaultKind
from services import disputes, payouts
from tests.stories.disputing import (
    OLENA,
    OPERATOR,
    charge_of,
    decides,
    disputed,
    held,
    paid_for,
    payout_row,
    pays_out,
    says,
    standing,
    told_by_mail,
    transferred,
)
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.passing_time import passes, works
from tests.stories.payday import booked, connects, payment_of, payout_of
from tests.stories.steps import kinds_of
from tests.world import World

TRANSFER = "stripe.POST /v1/transfers"
NO_LONGER_UNDER_WAY = payouts.IN_FLIGHT + timedelta(minutes=5)


async def test_host_and_operator_are_told_once_and_the_payout_goes_on_when_it_is_won(
    world: World,
) -> None:
    await connects(world, world.olena)
    opened = await booked(world)
    dispute = await disputed(world, opened)
    assert told_by_mail(world, OLENA) == ["Booked", "Payment disputed"]
    assert told_by_mail(world, OPERATOR) == ["Something needs a decision of yours"]
    assert told_by_mail(world, "demo@example.com") == ["Confirmed"]
    [why] = await world.rows("select source, message, final from private.error_logs")
    payment = await payment_of(world, opened.booking_id)
    assert tuple(why) == (
        "disputes",
        f"Payment {payment['id']} is disputed: answer it in Stripe's dashboard.",
        True,
    )
    await says(world, dispute, "under_review")
    await held(world, opened)
    await pays_out(world)
    waiting = await payout_of(world, world.olena, opened.booking_id)
    assert (waiting["status"], waiting["reason"]) == ("WAITING", "DISPUTED")
    assert waiting["message"] == (
        "The client's bank was asked for the money; it waits for the bank's answer."
    )
    assert transferred(world) == []

    await decides(world, dispute, won=True)
    await pays_out(world)
    await pays_out(world)
    assert transferred(world) == [(8050, 0)]
    assert await payout_row(world, opened) == ("PAID", None, 8050, 0)
    assert told_by_mail(world, OLENA)[1:] == ["Payment disputed", "Dispute settled", "Paid out"]
    assert len(world.mails(OPERATOR)) == 1
    kinds = await kinds_of(world.client, opened.booking_id)
    assert (kinds.count("DISPUTED"), kinds.count("DISPUTE_WON")) == (1, 1)
    assert standing(await paid_for(world, opened))[:4] == ("ACCEPTED", "FULFILLED", 0, 0)
    await assert_nothing_amiss(world)


@pytest.mark.parametrize("won", [True, False])
async def test_after_the_payout_nothing_is_taken_back_before_the_bank_has_decided(
    world: World, won: bool
) -> None:
    await connects(world, world.olena)
    opened = await booked(world)
    await held(world, opened)
    await pays_out(world)
    dispute = await disputed(world, opened)
    await pays_out(world)
    assert transferred(world) == [(8050, 0)]
    assert await payout_row(world, opened) == ("PAID", None, 8050, 0)
    [told] = [
        each
        for each in world.sandbox.inbox.to(OLENA)
        if each.subject.startswith("Payment disputed")
    ]
    assert "taken back only if the bank decides for the client." in told.text

    await decides(world, dispute, won=won)
    await pays_out(world)
    last = "Dispute settled" if won else "Dispute lost"
    assert last in told_by_mail(world, OLENA)
    if won:
        assert transferred(world) == [(8050, 0)]
        assert await payout_row(world, opened) == ("PAID", None, 8050, 0)
    else:
        assert transferred(world) == [(8050, 8050)]
        assert await payout_row(world, opened) == ("REVERSED", None, 8050, 8050)
        shown = await payout_of(world, world.olena, opened.booking_id)
        assert (shown["net"]["amountMinor"], shown["returned"]["amountMinor"]) == (0, 9000)
    expected = ("ACCEPTED", "FULFILLED", 0, 0) if won else ("ACCEPTED", "REFUNDED", 0, 9000)
    assert standing(await paid_for(world, opened))[:4] == expected  # it was held all the same
    assert "Cancelled" not in told_by_mail(world, "demo@example.com") + told_by_mail(world, OLENA)
    if won:
        await assert_nothing_amiss(world)


async def test_a_part_that_is_lost_after_the_payout_is_taken_back_by_the_terms(
    world: World,
) -> None:
    await connects(world, world.olena)
    opened = await booked(world)
    await held(world, opened)
    await pays_out(world)
    await decides(world, await disputed(world, opened, 3000), won=False)
    assert standing(await paid_for(world, opened))[:4] == ("ACCEPTED", "FULFILLED", 0, 3000)
    shown = await payout_of(world, world.olena, opened.booking_id)
    # of the 60.00 left: 0.50 and 10 % are the platform's
    assert (shown["fee"]["amountMinor"], shown["net"]["amountMinor"]) == (650, 5350)
    assert transferred(world) == [(8050, 2700)]
    assert await payout_row(world, opened) == ("PAID", None, 8050, 2700)
    await assert_nothing_amiss(world)


async def test_a_lost_dispute_decided_anew_after_the_transfer_was_reversed_waits_for_a_human(
    world: World,
) -> None:
    await connects(world, world.olena)
    opened = await booked(world)
    await held(world, opened)
    await pays_out(world)
    dispute = await disputed(world, opened)
    await decides(world, dispute, won=False)
    await says(world, dispute, "won")
    await pays_out(world)
    shown = await paid_for(world, opened)
    assert (shown["outcome"], shown["outcomeReason"]) == ("WAITING", disputes.DECIDED_ANEW)
    assert transferred(world) == [(8050, 8050)]
    assert await payout_row(world, opened) == ("REVERSED", "UNDERPAID", 8050, 8050)
    assert told_by_mail(world, OPERATOR) == ["Something needs a decision of yours"] * 3


async def test_what_is_left_of_a_payment_lost_in_part_is_paid_out(world: World) -> None:
    await connects(world, world.olena)
    opened = await booked(world)
    await decides(world, await disputed(world, opened, 3000), won=False)
    await held(world, opened)
    await pays_out(world)
    assert transferred(world) == [(5350, 0)]
    assert await payout_row(world, opened) == ("PAID", None, 5350, 0)
    shown = await payout_of(world, world.olena, opened.booking_id)
    assert (shown["returned"]["amountMinor"], shown["net"]["amountMinor"]) == (3000, 5350)
    await assert_nothing_amiss(world)


@pytest.mark.parametrize("won", [True, False])
async def test_a_dispute_stops_a_transfer_that_was_begun_and_never_reached_stripe(
    world: World, impatient_stripe_sdk: None, won: bool
) -> None:
    await connects(world, world.olena)
    opened = await booked(world)
    await held(world, opened)
    world.sandbox.faults.plan(TRANSFER, Fault(FaultKind.FAIL), times=3)
    await payouts.run(world.app)
    await works(world)
    await world.rows("delete from jobs.pgqueuer")  # the worker died
    assert (await payout_row(world, opened))[0] == "SENDING"
    world.sandbox.stripe.dispute(await charge_of(world, opened))
    await world.sandbox.stripe.deliveries.settled()
    await works(world)
    assert (await payout_row(world, opened))[0] == "SENDING"  # it may be on its way still
    await passes(world, NO_LONGER_UNDER_WAY, step=timedelta(minutes=5))
    assert (await payout_row(world, opened))[:2] == ("WAITING", "DISPUTED")
    assert transferred(world) == []
    [dispute] = world.sandbox.stripe.disputes()
    await decides(world, dispute["id"], won=won)
    await pays_out(world)
    assert transferred(world) == ([(8050, 0)] if won else [])
    assert (await payout_row(world, opened))[0] == ("PAID" if won else "CANCELLED")
    if won:
        await assert_nothing_amiss(world)


async def test_a_transfer_that_was_made_unheard_before_a_dispute_is_known_and_taken_back_if_lost(
    world: World, impatient_stripe_sdk: None
) -> None:
    await connects(world, world.olena)
    opened = await booked(world)
    await held(world, opened)
    world.sandbox.stripe.deliveries.plan("drop", 100)
    world.sandbox.faults.plan(TRANSFER, Fault(FaultKind.LOSE_ANSWER))
    world.sandbox.faults.plan(TRANSFER, Fault(FaultKind.FAIL), times=2)
    await payouts.run(world.app)
    await works(world)
    await world.rows("delete from jobs.pgqueuer")  # the worker died
    assert (await payout_row(world, opened))[0] == "SENDING"
    await world.sandbox.stripe.deliveries.settled()
    world.sandbox.stripe.deliveries.clear_plans()
    dispute = await disputed(world, opened)
    assert await payout_row(world, opened) == ("PAID", None, 8050, 0)
    assert transferred(world) == [(8050, 0)]
    await decides(world, dispute, won=False)
    assert transferred(world) == [(8050, 8050)]
    assert await payout_row(world, opened) == ("REVERSED", None, 8050, 8050)
