"""Stripe's customer portal: whom portalUrl lets in, what they do there, and what follows of it."""

from datetime import timedelta

import pytest

from sandbox.faults import Fault, FaultKind
from tests.stories.subscriber import (
    FAILING_CARD,
    FOR_GOOD,
    GOOD_CARD,
    MENTORING_PLAN,
    SECOND,
    STARTER,
    YEARLY,
    Subscriber,
    subscribes,
    will_subscribe,
)
from tests.world import World, running_world


async def codes(who: Subscriber, flow: str = "HOME", **more: str) -> list[str]:
    """Why portalUrl gives no address."""
    payload = await who.portal(flow, **more)
    assert payload["url"] is None
    return [error["code"] for error in payload["errors"]]


async def cancels(who: Subscriber) -> None:
    """By the portal's own page, to which the flow leads."""
    page = await who.opens_portal("CANCEL")
    answer = await who.submits(page, "Cancel subscription")
    assert "Your subscription ends with the period that is paid for." in answer.text


async def changes_plan(who: Subscriber, plan: str) -> None:
    """By the portal's two pages: which plan, and whether that is right."""
    choice = await who.opens_portal("CHANGE_PLAN")
    price = await who.world.row(
        "select stripe_price_id from private.plan_prices where plan_id = $1", plan
    )
    confirmation = await who.submits(choice, "Continue", price=price[0])
    assert "Your plan has been changed." in (await who.submits(confirmation, "Confirm")).text


async def test_cancelled_in_the_portal_it_goes_on_to_the_end_of_the_period_and_no_longer(
    world: World,
) -> None:
    who = await subscribes(world)
    await cancels(who)
    mine = await who.subscription()
    assert (mine["status"], mine["cancelAtPeriodEnd"]) == ("ACTIVE", True)
    assert mine["cancelAt"] == mine["currentPeriodEnd"]
    assert mine["canceledAt"] is not None
    assert who.mails()[1:] == ["Cancelled: Mentoring"]

    await who.waits_until(mine["cancelAt"], and_then=-5 * SECOND)
    assert (await who.entitlements())["creditsLeft"] == 2
    assert await who.has_paid() is True
    await who.waits_until(mine["cancelAt"], and_then=timedelta())
    ended = await who.subscription()
    assert (ended["status"], ended["endedAt"]) == ("CANCELED", mine["cancelAt"])
    assert await who.is_entitled() is await who.has_paid() is False
    assert await who.outcomes() == [(10000, "FULFILLED")]
    assert who.mails()[1:] == ["Cancelled: Mentoring", "Your plan has ended: Mentoring"]


async def test_the_end_of_a_cancelled_subscription_comes_without_any_webhook_too(
    world: World,
) -> None:
    who = await subscribes(world)
    await cancels(who)
    world.sandbox.stripe.deliveries.plan("drop", 100)
    await who.waits_until((await who.subscription())["cancelAt"], and_then=timedelta(minutes=2))
    assert await who.status() == "CANCELED"
    assert await who.is_entitled() is await who.has_paid() is False
    assert who.mails()[-1] == "Your plan has ended: Mentoring"


async def test_a_cancellation_taken_back_is_as_if_it_had_not_been(world: World) -> None:
    who = await subscribes(world)
    await cancels(who)
    kept = await who.submits(await who.opens_portal(), "Don&#x27;t cancel")
    assert "Your subscription goes on." in kept.text
    mine = await who.subscription()
    assert (mine["cancelAt"], mine["cancelAtPeriodEnd"], mine["canceledAt"]) == (None, False, None)

    await who.renews()
    assert await who.status() == "ACTIVE"
    assert await who.outcomes() == [(10000, "FULFILLED")] * 2
    assert who.mails()[1:] == ["Cancelled: Mentoring"]
    await cancels(who)
    assert who.mails()[1:] == ["Cancelled: Mentoring"] * 2


async def test_a_trial_cancelled_in_the_portal_ends_without_a_payment(world: World) -> None:
    who = await subscribes(world, STARTER)
    await cancels(who)
    trial_end = (await who.subscription())["trialEnd"]
    assert (await who.subscription())["cancelAt"] == trial_end
    await who.waits_until(trial_end, and_then=-5 * SECOND)
    assert await who.is_entitled() is True
    await who.waits_until(trial_end)
    assert await who.status() == "CANCELED"
    assert await who.payments() == []
    assert await who.is_entitled() is False


async def test_a_change_of_plan_brings_price_credits_and_channel_of_the_new_one(
    world: World,
) -> None:
    who = await subscribes(world)
    before = await who.subscription()
    await changes_plan(who, YEARLY)

    yearly = Subscriber(world, world.client, YEARLY)
    after = await yearly.subscription()
    assert (after["id"], after["status"]) == (before["id"], "ACTIVE")
    assert after["price"] == {"amountMinor": 100000, "currency": "USD"}
    assert await who.subscription() == {}
    now = await yearly.entitlements()
    assert (now["creditsLeft"], len(now["channels"])) == (24, 1)
    # The month was paid seconds ago: all of it counts towards the year.
    assert await yearly.outcomes() == [(10000, "FULFILLED"), (90000, "FULFILLED")]
    assert (await yearly.payments())[1]["periodEnd"] == after["currentPeriodEnd"]
    assert await yearly.told() == ["SUBSCRIPTION_STARTED"]
    assert await yearly.refusal() == ["ALREADY_SUBSCRIBED"]


async def test_a_smaller_plan_gives_less_at_once_and_pays_nothing(world: World) -> None:
    who = await subscribes(world)
    await changes_plan(who, STARTER)
    smaller = Subscriber(world, world.client, STARTER)
    assert (await smaller.subscription())["price"]["amountMinor"] == 5000
    now = await smaller.entitlements()
    assert (now["active"], now["creditsLeft"], now["channels"]) == (True, 1, [])
    assert await smaller.outcomes() == [(10000, "FULFILLED")]
    await smaller.renews()  # what was left over of the larger plan pays for it
    assert await smaller.status() == "ACTIVE"
    assert await smaller.is_entitled() is True
    assert await smaller.outcomes() == [(10000, "FULFILLED")]


async def test_a_plan_changed_in_the_middle_of_its_period_is_charged_the_difference(
    world: World,
) -> None:
    who = await subscribes(world, STARTER)
    await who.renews()  # the trial is over
    mine = await who.subscription()
    await changes_plan(who, MENTORING_PLAN)
    larger = Subscriber(world, world.client, MENTORING_PLAN)
    after = await larger.subscription()
    assert after["currentPeriodEnd"] == mine["currentPeriodEnd"]
    assert await larger.outcomes() == [(5000, "FULFILLED"), (5000, "FULFILLED")]
    assert (await larger.entitlements())["creditsLeft"] == 2


async def test_a_new_card_kept_in_the_portal_pays_the_retry(world: World) -> None:
    who = await subscribes(world)
    await who.changes_card(FAILING_CARD)
    await who.renews()
    page = await who.opens_portal("PAYMENT_METHOD")
    saved = await who.submits(page, "Save card", number=GOOD_CARD)
    assert "Your card has been saved." in saved.text
    assert await who.status() == "PAST_DUE"

    await world.time_passes(timedelta(days=3))
    assert await who.status() == "ACTIVE"
    assert await who.is_entitled() is True
    assert await who.outcomes() == [(10000, "FULFILLED")] * 2
    assert "GRACE_OVER" not in await who.told()


async def test_the_portal_leads_back_to_where_it_was_opened_for(world: World) -> None:
    who = await subscribes(world)
    assert f'href="{world.base}/account"' in (await who.opens_portal()).text
    elsewhere = f"{world.base}/somewhere?tab=plans"
    assert f'href="{elsewhere}"' in (await who.opens_portal(returnUrl=elsewhere)).text
    assert await codes(who, returnUrl="https://evil.example/account") == ["RETURN_URL_REFUSED"]


async def test_who_has_bought_nothing_has_nothing_to_manage(world: World) -> None:
    who = will_subscribe(world)
    assert await codes(who) == ["NO_BILLING"]
    assert await codes(who, "CANCEL") == ["NOT_FOUND"]
    assert await codes(who, subscriptionId="no-uuid") == ["VALIDATION"]
    assert await codes(who, subscriptionId=MENTORING_PLAN) == ["NOT_FOUND"]


async def test_what_is_over_or_paid_once_cannot_be_cancelled_yet_its_invoices_are_shown(
    world: World,
) -> None:
    kept = await subscribes(world, FOR_GOOD)
    assert await codes(kept, "CANCEL") == ["NOT_FOUND"]
    assert "You have no subscription." in (await kept.opens_portal()).text

    who = await subscribes(world)
    world.sandbox.stripe.cancel_subscription((await who.at_stripe())["id"])
    await who.comes_to_rest()
    over = (await who.subscription())["id"]
    assert await codes(who, "CHANGE_PLAN", subscriptionId=over) == ["NOT_FOUND"]
    invoice = (await who.payments())[-1]["invoiceUrl"].rpartition("/")[2]
    assert invoice in (await who.opens_portal()).text


async def test_a_flow_is_about_the_subscription_that_is_named(world: World) -> None:
    mentoring = await subscribes(world)
    starter = await subscribes(world, STARTER)
    named = (await mentoring.subscription())["id"]
    page = await mentoring.opens_portal("CANCEL", subscriptionId=named)
    await mentoring.submits(page, "Cancel subscription")
    assert (await mentoring.subscription())["cancelAtPeriodEnd"] is True
    assert (await starter.subscription())["cancelAtPeriodEnd"] is False
    await cancels(starter)  # the newest, when none is named
    assert (await starter.subscription())["cancelAtPeriodEnd"] is True


async def test_all_visits_share_one_configuration_until_other_plans_are_on_sale(
    world: World,
) -> None:
    who = await subscribes(world)
    for flow in ("HOME", "CANCEL", "PAYMENT_METHOD"):
        await who.opens_portal(flow)
    known = "select stripe_configuration_id from private.portal_configurations"
    assert len(await world.rows(known)) == 1
    await world.rows("update public.plans set active = false where id = $1", YEARLY)
    await who.opens_portal()
    assert len(await world.rows(known)) == 2


async def test_a_configuration_that_stripe_forgot_is_made_again(world: World) -> None:
    who = await subscribes(world)
    await who.opens_portal()
    await world.rows(
        "update private.portal_configurations set stripe_configuration_id = 'bpc_gone'"
    )
    assert (await who.opens_portal()).status_code == 200
    [row] = await world.rows("select stripe_configuration_id from private.portal_configurations")
    assert row[0].startswith("bpc_") and row[0] != "bpc_gone"


async def test_a_customer_that_stripe_forgot_has_nothing_to_manage(world: World) -> None:
    who = await subscribes(world)
    await world.rows(
        "update public.users set stripe_customer_id = 'cus_gone' where id = $1",
        world.client.user_id,
    )
    await world.rows("update public.subscriptions set stripe_customer_id = 'cus_gone'")
    assert await codes(who) == ["NO_BILLING"]
    row = await world.row(
        "select stripe_customer_id from public.users where id = $1", world.client.user_id
    )
    assert row[0] is None


@pytest.mark.usefixtures("impatient_stripe_sdk")
async def test_while_stripe_is_down_the_portal_is_too(world: World) -> None:
    who = await subscribes(world)
    world.sandbox.faults.plan("stripe", Fault(FaultKind.FAIL), 3)
    assert await codes(who) == ["PAYMENT_PROVIDER_UNAVAILABLE"]
    world.sandbox.faults.clear()
    assert (await who.opens_portal()).status_code == 200


async def test_the_operators_own_configuration_goes_first(seeded: str) -> None:
    async with running_world(seeded, stripe_portal_configuration="bpc_of_the_operator") as world:
        who = await subscribes(world)
        assert await codes(who) == ["PAYMENT_PROVIDER_UNAVAILABLE"]
        assert await world.rows("select from private.portal_configurations") == []


async def test_a_stranger_cannot_manage_somebody_elses_subscription(world: World) -> None:
    who = await subscribes(world)
    mine = (await who.subscription())["id"]
    stranger = Subscriber(world, world.other, MENTORING_PLAN)
    for flow in ("HOME", "CANCEL", "CHANGE_PLAN"):
        assert await codes(stranger, flow, subscriptionId=mine) == ["NOT_FOUND"]
    assert await codes(stranger) == ["NO_BILLING"]
    assert (await who.subscription())["cancelAtPeriodEnd"] is False
    body = await world.nobody.posts("mutation { portalUrl(input: {}) { url } }")
    assert [error["extensions"]["code"] for error in body["errors"]] == ["UNAUTHENTICATED"]
