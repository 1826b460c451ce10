"""The life of a subscription: begun, renewed, owed, paid again, paused, ended."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from services import subscriptions
from services.domain.plans import SubscriptionStatus
from tests.stories.subscriber import (
    DAY,
    FAILING_CARD,
    GOOD_CARD,
    MENTORING_PLAN,
    SECOND,
    Subscriber,
    subscribes,
    will_subscribe,
)
from tests.world import World, running_world

NOTHING: dict[str, Any] = {
    "active": False,
    "graceUntil": None,
    "creditsLeft": 0,
    "subscriptions": [],
    "channels": [],
}
STARTED = "Your plan has begun: Mentoring"


async def owing(world: World) -> Subscriber:
    """A subscriber whose first renewal has just failed."""
    who = await subscribes(world)
    await who.changes_card(FAILING_CARD)
    await who.renews()
    return who


async def pays_what_is_owed(who: Subscriber, card: str = GOOD_CARD) -> None:
    """By the page of the invoice to which the mail leads."""
    owed = (await who.payments())[-1]
    answer = await who.world.http.post(owed["invoiceUrl"], data={"number": card})
    assert answer.status_code == 303
    await who.comes_to_rest()


async def test_a_paid_checkout_is_a_subscription_with_all_that_the_plan_gives(
    world: World,
) -> None:
    who = will_subscribe(world)
    session_id = await who.opens()
    assert (await who.subscription(), await who.entitlements()) == ({}, NOTHING)
    assert await who.has_paid() is False

    await who.pays(session_id)
    mine = await who.subscription()
    assert (mine["status"], mine["plan"]["id"]) == ("ACTIVE", MENTORING_PLAN)
    assert mine["price"] == {"amountMinor": 10000, "currency": "USD"}
    assert (mine["cancelAtPeriodEnd"], mine["graceUntil"]) == (False, None)
    assert await who.entitlements() == NOTHING | {
        "active": True,
        "creditsLeft": 2,
        "subscriptions": [{"id": mine["id"]}],
        "channels": [{"channel": {"name": "Inner circle"}, "status": "INVITED"}],
    }
    assert await who.has_paid() is True
    assert who.mails() == [STARTED]
    assert await who.told() == ["SUBSCRIPTION_STARTED"]


async def test_the_first_payment_is_in_the_history_with_receipt_invoice_and_period(
    world: World,
) -> None:
    who = await subscribes(world)
    mine = await who.subscription()
    [paid] = await who.payments()
    assert (paid["status"], paid["outcome"]) == ("SUCCEEDED", "FULFILLED")
    assert paid["amount"] == {"amountMinor": 10000}
    assert (paid["periodStart"], paid["periodEnd"]) == (
        mine["currentPeriodStart"],
        mine["currentPeriodEnd"],
    )
    assert paid["subscription"] == {"id": mine["id"]}
    assert paid["receiptUrl"].startswith(f"{world.base}/sandbox/stripe/receipts/")
    page = await world.http.get(paid["invoiceUrl"])
    assert paid["invoiceNumber"] in page.text
    assert (await world.http.get(paid["invoicePdfUrl"])).content.startswith(b"%PDF")


async def test_each_renewal_is_a_period_and_a_payment_and_no_mail(world: World) -> None:
    who = await subscribes(world)
    first = await who.subscription()
    await who.renews()
    second = await who.subscription()
    await who.renews()
    third = await who.subscription()

    assert first["currentPeriodEnd"] == second["currentPeriodStart"]
    assert second["currentPeriodEnd"] == third["currentPeriodStart"]
    assert {each["status"] for each in (first, second, third)} == {"ACTIVE"}
    assert {each["id"] for each in (second, third)} == {first["id"]}
    paid = await who.payments()
    assert [each["periodStart"] for each in paid] == [
        each["currentPeriodStart"] for each in (first, second, third)
    ]
    assert await who.outcomes() == [(10000, "FULFILLED")] * 3
    assert (who.mails(), await who.told()) == ([STARTED], ["SUBSCRIPTION_STARTED"])


async def test_after_a_failed_renewal_all_goes_on_for_the_grace_and_is_told_once(
    world: World,
) -> None:
    who = await owing(world)
    mine = await who.subscription()
    assert mine["status"] == "PAST_DUE"
    failed_at = datetime.fromisoformat(mine["currentPeriodStart"])
    left = datetime.fromisoformat(mine["graceUntil"]) - failed_at
    assert timedelta(days=3) <= left < timedelta(days=3, minutes=1)
    now = await who.entitlements()
    assert (now["active"], now["graceUntil"]) == (True, mine["graceUntil"])
    assert now["creditsLeft"] == 0  # of a period that nobody has paid yet
    assert [channel["status"] for channel in now["channels"]] == ["INVITED"]
    assert await who.has_paid() is True
    assert await who.outcomes() == [(10000, "FULFILLED"), (10000, None)]

    await who.waits_until(mine["graceUntil"], and_then=-60 * SECOND)
    assert await who.is_entitled() is True
    assert (await who.subscription())["graceUntil"] == mine["graceUntil"]
    assert who.mails() == [STARTED, "Payment failed: Mentoring"]
    mail = world.sandbox.inbox.to("demo@example.com")[-1]
    assert (await who.payments())[-1]["invoiceUrl"] in mail.text


async def test_when_the_grace_is_over_nothing_is_left_and_it_is_told_once(world: World) -> None:
    who = await owing(world)
    await who.waits_until((await who.subscription())["graceUntil"])
    assert await who.status() == "PAST_DUE"
    assert await who.entitlements() == NOTHING
    assert await who.has_paid() is False
    await world.time_passes(DAY)
    assert await who.told() == ["SUBSCRIPTION_STARTED", "RENEWAL_FAILED", "GRACE_OVER"]
    assert who.mails()[1:] == ["Payment failed: Mentoring", "Your plan has stopped: Mentoring"]


async def test_paying_the_open_invoice_gives_everything_back(world: World) -> None:
    who = await owing(world)
    await who.waits_until((await who.subscription())["graceUntil"])
    await pays_what_is_owed(who)

    mine = await who.subscription()
    assert (mine["status"], mine["graceUntil"]) == ("ACTIVE", None)
    now = await who.entitlements()
    assert (now["active"], now["graceUntil"], now["creditsLeft"]) == (True, None, 2)
    assert await who.has_paid() is True
    assert await who.outcomes() == [(10000, "FULFILLED")] * 2
    assert await who.told() == ["SUBSCRIPTION_STARTED", "RENEWAL_FAILED", "GRACE_OVER"]


async def test_a_second_failed_renewal_has_a_grace_and_messages_of_its_own(world: World) -> None:
    who = await owing(world)
    await who.waits_until((await who.subscription())["graceUntil"])
    await pays_what_is_owed(who)
    await who.renews()
    mine = await who.subscription()
    assert mine["status"] == "PAST_DUE"
    assert await who.is_entitled() is True
    await who.waits_until(mine["graceUntil"])
    assert await who.is_entitled() is False
    assert await who.told() == [
        "SUBSCRIPTION_STARTED",
        *["RENEWAL_FAILED", "GRACE_OVER"] * 2,
    ]


async def test_when_no_retry_succeeds_it_ends(world: World) -> None:
    who = await owing(world)
    for retry_after in (3, 5, 7):
        assert await who.status() == "PAST_DUE"
        await world.time_passes(timedelta(days=retry_after, seconds=1))
    mine = await who.subscription()
    assert mine["status"] == "CANCELED"
    assert mine["endedAt"] is not None
    assert await who.entitlements() == NOTHING
    assert await who.has_paid() is False
    assert await who.outcomes() == [(10000, "FULFILLED"), (10000, None)]
    assert await who.told() == [
        "SUBSCRIPTION_STARTED",
        "RENEWAL_FAILED",
        "GRACE_OVER",
        "SUBSCRIPTION_ENDED",
    ]


async def test_an_invoice_paid_after_the_end_waits_for_a_human(world: World) -> None:
    """Stripe leaves it open, but does not begin the subscription again."""
    who = await owing(world)
    for retry_after in (3, 5, 7):
        await world.time_passes(timedelta(days=retry_after, seconds=1))
    await pays_what_is_owed(who)
    assert await who.status() == "CANCELED"
    assert await who.is_entitled() is False
    assert await who.outcomes() == [(10000, "FULFILLED"), (10000, "WAITING")]
    assert len(world.mails("operator@example.com")) == 1


async def test_a_renewal_that_the_bank_wants_confirmed_is_owed_until_then(world: World) -> None:
    who = await subscribes(world)
    await who.changes_card("4000002760003184")
    await who.renews()
    assert await who.status() == "PAST_DUE"
    assert await who.outcomes() == [(10000, "FULFILLED"), (10000, None)]
    assert await who.told() == ["SUBSCRIPTION_STARTED", "RENEWAL_FAILED"]
    await pays_what_is_owed(who, "4000002760003184")
    assert await who.status() == "ACTIVE"
    assert await who.outcomes() == [(10000, "FULFILLED")] * 2


async def test_without_a_grace_what_it_gives_ends_with_the_failed_payment(seeded: str) -> None:
    async with running_world(seeded, grace_days=0) as world:
        who = await owing(world)
        assert await who.status() == "PAST_DUE"
        assert await who.entitlements() == NOTHING
        await world.time_passes(SECOND)
        assert await who.has_paid() is False
        assert await who.told() == ["SUBSCRIPTION_STARTED", "RENEWAL_FAILED", "GRACE_OVER"]


async def test_unpaid_it_gives_nothing_at_once_and_is_owed_until_it_is_paid(world: World) -> None:
    """Stripe's other end of dunning, for who chose it in place of a cancellation."""
    who = await owing(world)
    assert await who.is_entitled() is True
    reading = await subscriptions.read(world.app, (await who.at_stripe())["id"])
    unpaid = replace(reading.told, status=SubscriptionStatus.UNPAID)
    async with world.app.db.transaction() as conn:
        await subscriptions.apply(world.app, conn, replace(reading, told=unpaid))
    assert await who.status() == "UNPAID"
    assert await who.entitlements() == NOTHING
    assert await who.has_paid() is False
    assert await who.refusal() == ["ALREADY_SUBSCRIBED"]
    await world.time_passes(60 * SECOND)
    assert await who.told() == ["SUBSCRIPTION_STARTED", "RENEWAL_FAILED", "GRACE_OVER"]
    await pays_what_is_owed(who)
    assert await who.status() == "ACTIVE"
    assert await who.is_entitled() is await who.has_paid() is True


async def test_a_paused_subscription_gives_nothing_until_it_is_resumed(world: World) -> None:
    who = await subscribes(world)
    subscription_id = (await who.at_stripe())["id"]
    world.sandbox.stripe.pause_subscription(subscription_id)
    await who.comes_to_rest()
    assert await who.status() == "PAUSED"
    assert await who.entitlements() == NOTHING
    assert await who.has_paid() is False
    assert await who.refusal() == ["ALREADY_SUBSCRIBED"]

    world.sandbox.stripe.resume_subscription(subscription_id)
    await who.comes_to_rest()
    assert await who.status() == "ACTIVE"
    assert await who.is_entitled() is True
    assert await who.outcomes() == [(10000, "FULFILLED")]
    assert await who.told() == ["SUBSCRIPTION_STARTED"]


async def test_a_pause_beyond_the_period_is_resumed_by_a_new_payment(world: World) -> None:
    who = await subscribes(world)
    subscription_id = (await who.at_stripe())["id"]
    world.sandbox.stripe.pause_subscription(subscription_id)
    await who.renews()
    assert await who.outcomes() == [(10000, "FULFILLED")]
    world.sandbox.stripe.resume_subscription(subscription_id)
    await who.comes_to_rest()
    assert await who.status() == "ACTIVE"
    assert await who.outcomes() == [(10000, "FULFILLED")] * 2
    assert await who.is_entitled() is True


async def test_a_subscription_that_ended_is_followed_by_a_new_one(world: World) -> None:
    who = await subscribes(world)
    first = await who.subscription()
    world.sandbox.stripe.cancel_subscription((await who.at_stripe())["id"])
    await who.comes_to_rest()
    assert await who.entitlements() == NOTHING

    await who.pays(await who.opens())
    second = await who.subscription()
    assert second["status"] == "ACTIVE"
    assert second["id"] != first["id"]
    assert [each["subscription"]["id"] for each in await who.payments()] == [
        first["id"],
        second["id"],
    ]
    assert await who.told() == [
        "SUBSCRIPTION_STARTED",
        "SUBSCRIPTION_ENDED",
        "SUBSCRIPTION_STARTED",
    ]
