"""Orders of a plan that were given up, trials granted beside them, and what their buyer is told."""

from typing import Any
from uuid import UUID

import pytest

from services.plan_payments import TWICE
from tests.stories.subscriber import (
    DAY,
    FOR_GOOD,
    MENTORING_PLAN,
    Subscriber,
    subscribes,
    will_subscribe,
)
from tests.world import World

DEBIT = "AT611904300234573201"
GOES_BACK = "Your money goes back to you: the plan could not be begun."


async def granted(world: World, plan: str, *, price_minor: int | None = None) -> Subscriber:
    """The adopter's own code gives the client a trial, by a plain row."""
    await world.rows(
        "insert into public.subscriptions "
        "(user_id, plan_id, status, trial_end, price_minor, currency) "
        "values ($1, $2, 'TRIALING', $3, $4, $5)",
        world.client.user_id,
        plan,
        world.sandbox.clock.now().replace(microsecond=0) + 9 * DAY,
        price_minor,
        "USD" if price_minor else None,
    )
    return will_subscribe(world, plan)


async def gives_up(world: World) -> UUID:
    """The one order there is was given up, as when another one of its buyer takes its place."""
    [row] = await world.rows(
        "update public.subscriptions set status = 'CANCELED', ended_at = now() "
        "where status = 'INCOMPLETE' and stripe_subscription_id is null returning id"
    )
    found: UUID = row["id"]
    return found


async def rows_of_plan(world: World) -> list[tuple[str, bool]]:
    """Status of each subscription, and whether it is at Stripe; oldest first."""
    rows = await world.rows(
        "select status, stripe_subscription_id is not null from public.subscriptions "
        "order by created_at, id"
    )
    return [tuple(row) for row in rows]


def pages(world: World) -> list[str]:
    """Status of each page at Stripe, oldest first."""
    return [each["status"] for each in reversed(world.sandbox.stripe.sessions())]


def refused(payload: dict[str, Any]) -> tuple[bool, list[tuple[str, str]]]:
    """Whether confirmBooking said that it was paid, and what else it said."""
    errors = [(error["code"], error["message"]) for error in payload["errors"]]
    return payload["success"], errors


# --- plans paid once ------------------------------------------------------------------------------


@pytest.mark.parametrize("price_minor", [None, 12000])
async def test_who_was_granted_a_trial_keeps_a_plan_paid_once_for_good(
    world: World, price_minor: int | None
) -> None:
    who = await granted(world, FOR_GOOD, price_minor=price_minor)
    await who.pays(await who.opens())
    assert await rows_of_plan(world) == [("ACTIVE", False)]
    assert await who.outcomes() == [(12000, "FULFILLED")]
    await world.time_passes(10 * DAY)
    assert await who.status() == "ACTIVE"
    assert await who.is_entitled() is await who.has_paid() is True


async def test_an_order_that_was_given_up_begins_when_it_is_paid_after_all(world: World) -> None:
    who = will_subscribe(world, FOR_GOOD)
    page = await who.opens()
    await gives_up(world)
    await who.pays(page)
    assert await rows_of_plan(world) == [("ACTIVE", False)]
    assert await who.outcomes() == [(12000, "FULFILLED")]
    assert await who.is_entitled() is True
    assert (await who.confirms(page))["success"] is True


async def test_an_order_that_was_given_up_takes_the_place_of_one_that_nobody_paid(
    world: World,
) -> None:
    who = will_subscribe(world, FOR_GOOD)
    page = await who.opens()
    await gives_up(world)
    await who.opens()
    await who.pays(page)
    assert await rows_of_plan(world) == [("ACTIVE", False), ("CANCELED", False)]
    assert await who.outcomes() == [(12000, "FULFILLED")]
    assert await who.is_entitled() is True
    assert pages(world) == ["complete", "expired"]
    assert await who.refusal() == ["ALREADY_SUBSCRIBED"]


async def test_an_order_that_was_given_up_goes_back_when_its_buyer_has_the_plan(
    world: World,
) -> None:
    who = will_subscribe(world, FOR_GOOD)
    page = await who.opens()
    given_up = await gives_up(world)
    await who.pays(await who.opens())
    world.sandbox.stripe.pay(page)
    assert refused(await who.confirms(page)) == (False, [("PAYMENT_FAILED", GOES_BACK)])
    await who.comes_to_rest()
    assert refused(await who.confirms(page)) == (False, [("PAYMENT_FAILED", GOES_BACK)])
    assert await who.outcomes() == [(12000, "FULFILLED"), (12000, "REFUNDED")]
    [row] = await world.rows(
        "select outcome_reason from public.payments where subscription_id = $1", given_up
    )
    assert row[0] == TWICE
    assert await who.is_entitled() is True


async def test_an_old_page_of_a_plan_paid_once_takes_the_place_of_a_trial(world: World) -> None:
    who = will_subscribe(world, FOR_GOOD)
    page = await who.opens()
    await granted(world, FOR_GOOD)
    await who.pays(page)
    assert await rows_of_plan(world) == [("ACTIVE", False), ("CANCELED", False)]
    assert await who.outcomes() == [(12000, "FULFILLED")]
    assert await who.status() == "ACTIVE"
    await world.time_passes(10 * DAY)
    assert await who.is_entitled() is True
    assert "SUBSCRIPTION_ENDED" not in await who.told()


# --- trials beside an abandoned order -------------------------------------------------------------


async def test_the_old_page_takes_the_place_of_a_trial_granted_beside_it(world: World) -> None:
    who = will_subscribe(world)
    page = await who.opens()
    await granted(world, MENTORING_PLAN)
    await who.pays(page)
    assert await rows_of_plan(world) == [("ACTIVE", True), ("CANCELED", False)]
    assert await who.status() == "ACTIVE"
    assert await who.outcomes() == [(10000, "FULFILLED")]
    assert await who.is_entitled() is await who.has_paid() is True


async def test_a_trial_granted_beside_an_abandoned_order_counts_and_goes_on_in_its_own_page(
    world: World,
) -> None:
    who = will_subscribe(world)
    abandoned = await who.opens()
    await granted(world, MENTORING_PLAN)
    assert await rows_of_plan(world) == [("INCOMPLETE", False), ("TRIALING", False)]
    trial = await who.subscription()
    assert trial["status"] == "TRIALING"
    assert (await who.entitlements())["creditsLeft"] == 2
    page = await who.opens()
    assert page != abandoned
    await who.pays(page)
    mine = await who.subscription()
    assert (mine["id"], mine["status"]) == (trial["id"], "TRIALING")
    assert mine["trialEnd"] == mine["currentPeriodEnd"] == trial["trialEnd"]
    assert await rows_of_plan(world) == [("CANCELED", False), ("TRIALING", True)]
    assert pages(world) == ["expired", "complete"]
    assert await who.payments() == []


# --- what confirmBooking says ---------------------------------------------------------------------


async def test_an_order_given_up_and_not_paid_is_not_confirmed(world: World) -> None:
    who = will_subscribe(world, FOR_GOOD)
    page = await who.opens()
    await gives_up(world)
    unpaid = ("PAYMENT_FAILED", "The payment has not been completed.")
    assert refused(await who.confirms(page)) == (False, [unpaid])


async def test_an_order_given_up_whose_payment_nobody_heard_of_is_confirmed_and_begins(
    world: World,
) -> None:
    who = will_subscribe(world, FOR_GOOD)
    page = await who.opens()
    await gives_up(world)
    world.sandbox.stripe.deliveries.hold()
    world.sandbox.stripe.pay(page)
    payload = await who.confirms(page)
    assert (payload["success"], payload["subscription"]["status"]) == (True, "ACTIVE")
    assert await who.outcomes() == [(12000, "FULFILLED")]


@pytest.mark.parametrize("begun_as", ["order", "given up", "trial"])
async def test_a_bank_debit_on_its_way_is_not_confirmed_yet(world: World, begun_as: str) -> None:
    who = will_subscribe(world, FOR_GOOD)
    if begun_as == "trial":
        await granted(world, FOR_GOOD)
    page = await who.opens()
    if begun_as == "given up":
        await gives_up(world)
    world.sandbox.stripe.pay(page, debit_account=DEBIT)
    success, [(code, _)] = refused(await who.confirms(page))
    assert (success, code) == (False, "PAYMENT_PROCESSING")
    assert await who.outcomes() == [(12000, None)]


async def test_a_payment_that_waits_for_a_human_is_not_confirmed(world: World) -> None:
    who = will_subscribe(world, FOR_GOOD)
    page = await who.opens()
    await world.rows("update public.subscriptions set price_minor = 11000")
    world.sandbox.stripe.pay(page)
    for _ in range(2):
        success, [(code, _)] = refused(await who.confirms(page))
        assert (success, code) == (False, "PAYMENT_UNDER_REVIEW")
        await who.comes_to_rest()
    assert await who.outcomes() == [(12000, "WAITING")]
    assert await who.is_entitled() is False


async def test_what_was_confirmed_and_has_ended_since_was_paid(world: World) -> None:
    who = await subscribes(world)
    [session] = world.sandbox.stripe.sessions()
    world.sandbox.stripe.cancel_subscription((await who.at_stripe())["id"])
    await who.comes_to_rest()
    payload = await who.confirms(session["id"])
    assert (payload["success"], payload["subscription"]["status"]) == (True, "CANCELED")


async def test_what_was_paid_once_and_returned_since_is_not_confirmed(world: World) -> None:
    who = await subscribes(world, FOR_GOOD)
    [session] = world.sandbox.stripe.sessions()
    assert (await who.confirms(session["id"]))["success"] is True
    [row] = await world.rows("select stripe_charge_id from public.payments")
    world.sandbox.stripe.dashboard_refund(row[0])
    await who.comes_to_rest()
    assert refused(await who.confirms(session["id"])) == (False, [("PAYMENT_FAILED", GOES_BACK)])
