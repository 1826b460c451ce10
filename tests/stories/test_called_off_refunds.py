"""Refunds of sessions that were called off: some fail, some are lost, some meet a dispute."""

from datetime import timedelta

import pytest

from sandbox.faults import Fault, FaultKind
from services.domain.money import Money
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
)
from tests.stories.test_money_back import charge_of
from tests.world import Opened, World

LATE = DAY - MINUTE
EARLY = DAY + HOUR
FAILS_LATER = "4000000000005126"  # a refund to this card succeeds, and fails afterwards
PENDING = "4000000000007726"  # a refund to this card is pending at first


async def returned_by_hand(world: World, opened: Opened, amount_minor: int | None = None) -> None:
    """The seller returns so much in Stripe's dashboard, or what is left."""
    world.sandbox.stripe.dashboard_refund(await charge_of(world, opened), amount_minor)
    await comes_to_rest(world)


# --- refunds that fail, or of which nobody heard -------------------------------------------------


@pytest.mark.parametrize("left", [EARLY, LATE], ids=["all", "a part"])
async def test_a_refund_that_the_bank_does_not_take_waits_for_a_human_who_mends_it(
    world: World, left: timedelta
) -> None:
    opened = await booked(world, card=FAILS_LATER)
    await before(world, opened, left)
    await world.client.cancels(opened.booking_id)
    await comes_to_rest(world)
    back = 9000 if left == EARLY else 4500
    done = ("REFUNDED" if left == EARLY else "FULFILLED", back)
    assert await payment(world, opened) == done

    [refund] = await world.rows("select stripe_refund_id as id from private.refunds")
    world.sandbox.stripe.settle_refund(refund["id"])
    await comes_to_rest(world)
    assert await payment(world, opened) == ("WAITING", 0)
    row = await world.row("select outcome_owner as owner, outcome_reason from public.payments")
    assert row["owner"] == "operator@example.com"
    assert (await world.client.notifications())[0] == "PAYMENT_WAITING"
    assert len(world.mails("operator@example.com")) == 1
    await assert_nothing_amiss(world)

    await returned_by_hand(world, opened, back)
    assert await payment(world, opened) == done
    row = await world.row("select outcome_owner as owner from public.payments")
    assert row["owner"] is None
    assert await refunds_at_stripe(world, opened) == [(back, "FAILED"), (back, "SUCCEEDED")]
    await assert_nothing_amiss(world)


async def test_a_part_by_hand_that_fails_after_it_counted_waits_for_a_human(world: World) -> None:
    opened = await booked(world, card=FAILS_LATER)
    await before(world, opened, LATE)
    by_hand = world.sandbox.stripe.dashboard_refund(await charge_of(world, opened), 1000)
    await comes_to_rest(world)
    assert codes(await world.client.cancels(opened.booking_id, expectedRefundMinor=3500)) == []
    await comes_to_rest(world)
    assert await payment(world, opened) == ("FULFILLED", 4500)
    world.sandbox.stripe.settle_refund(by_hand["id"])
    await comes_to_rest(world)
    assert await payment(world, opened) == ("WAITING", 3500)
    await returned_by_hand(world, opened, 1000)
    assert await payment(world, opened) == ("FULFILLED", 4500)
    await assert_nothing_amiss(world)


async def test_a_part_that_takes_its_time_at_the_bank_is_followed_to_its_end(
    world: World,
) -> None:
    opened = await booked(world, card=PENDING)
    await before(world, opened, LATE)
    await world.client.cancels(opened.booking_id)
    await comes_to_rest(world)
    assert await refunds_at_stripe(world, opened) == [(4500, "PENDING")]
    assert await payment(world, opened) == ("FULFILLED", 4500)
    world.sandbox.stripe.deliveries.plan("drop", 10)
    [refund] = await world.rows("select stripe_refund_id as id from private.refunds")
    world.sandbox.stripe.settle_refund(refund["id"])
    await world.time_passes(2 * HOUR)  # its webhook is lost
    assert (await world.row("select status from private.refunds"))["status"] == "SUCCEEDED"
    assert await payment(world, opened) == ("FULFILLED", 4500)
    await assert_nothing_amiss(world)


@pytest.mark.usefixtures("impatient_stripe_sdk")
async def test_a_refund_whose_answer_is_lost_is_made_once(world: World) -> None:
    opened = await booked(world)
    await before(world, opened, LATE)
    world.sandbox.faults.plan("stripe.POST /v1/refunds", Fault(FaultKind.LOSE_ANSWER), times=7)
    await world.client.cancels(opened.booking_id)
    await comes_to_rest(world)
    assert world.sandbox.faults.planned() != {}  # the refund was found, not asked for again
    world.sandbox.faults.clear()
    assert await refunds_at_stripe(world, opened) == [(4500, "SUCCEEDED")]
    assert await payment(world, opened) == ("FULFILLED", 4500)
    assert len(await world.rows("select from private.refunds")) == 1
    await assert_nothing_amiss(world)


async def test_a_refund_that_stripe_made_before_its_worker_died_is_found_a_day_later(
    world: World,
) -> None:
    """Stripe has forgotten the idempotency key by then, and enough is left for a second one."""
    opened = await booked(world)
    await before(world, opened, LATE)
    world.sandbox.stripe.deliveries.plan("drop", 10)
    await world.client.cancels(opened.booking_id)
    row = await world.row(
        "select r.id, p.stripe_payment_intent_id as intent from private.refunds r "
        "join public.payments p on p.id = r.payment_id"
    )
    part = Money(4500, "USD")
    await world.app.refunds.create(key=str(row["id"]), payment_id=row["intent"], amount=part)
    await world.rows("delete from jobs.pgqueuer")
    world.sandbox.clock.advance(25 * HOUR)
    await world.time_passes(MINUTE)
    await comes_to_rest(world)
    assert await refunds_at_stripe(world, opened) == [(4500, "SUCCEEDED")]
    assert await payment(world, opened) == ("FULFILLED", 4500)
    await world.time_passes(2 * MINUTE)
    await assert_nothing_amiss(world)


# --- disputes ------------------------------------------------------------------------------------


async def test_called_off_by_the_host_while_a_bank_decides_it_waits_for_a_human(
    world: World,
) -> None:
    opened = await booked(world)
    dispute = world.sandbox.stripe.dispute(await charge_of(world, opened))
    await comes_to_rest(world)
    assert codes(await world.client.cancels(opened.booking_id)) == ["PAYMENT_DISPUTED"]
    quote = await world.client.quote(opened.booking_id)
    assert quote["refusal"]["code"] == "PAYMENT_DISPUTED"
    of_host = await world.olena.quote(opened.booking_id)
    assert (of_host["canCancel"], of_host["refund"]["amountMinor"]) == (True, 0)
    assert codes(await world.olena.cancels(opened.booking_id)) == []
    await comes_to_rest(world)
    assert await payment(world, opened) == ("WAITING", 0)
    assert await refunds_at_stripe(world, opened) == []
    await assert_nothing_is_left(world, opened)

    world.sandbox.stripe.close_dispute(dispute["id"], won=True)
    await comes_to_rest(world)
    assert await payment(world, opened) == ("WAITING", 0)
    await returned_by_hand(world, opened)
    assert await payment(world, opened) == ("REFUNDED", 9000)
    await assert_nothing_amiss(world)


async def test_while_a_person_looks_at_its_payment_the_client_has_to_wait(world: World) -> None:
    opened = await booked(world)
    await world.rows(
        "update public.payments set outcome = 'WAITING', outcome_reason = 'Odd.', "
        "outcome_owner = 'operator@example.com'"
    )
    assert codes(await world.client.cancels(opened.booking_id)) == ["PAYMENT_UNDER_REVIEW"]
    quote = await world.client.quote(opened.booking_id)
    assert quote["refusal"]["code"] == "PAYMENT_UNDER_REVIEW"
    assert codes(await world.olena.cancels(opened.booking_id)) == []
    await comes_to_rest(world)
    assert await payment(world, opened) == ("REFUNDED", 9000)
    await assert_nothing_amiss(world)
