"""Webhook deliveries of the Stripe stand-in: signed, in order, and in every kind of disorder."""

from collections.abc import AsyncIterator

import pytest
import stripe

from tests.sandbox.stripe_rig import SDK_WARNING, WEBHOOK_SECRET, Rig, running

pytestmark = pytest.mark.filterwarnings(SDK_WARNING)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


PAID = [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "checkout.session.completed",
]


async def test_a_wrong_secret_does_not_verify(rig: Rig) -> None:
    await rig.paid_charge()
    assert await rig.delivered() == PAID
    body = str(rig.receiver.events[0])
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header(
            body, rig.receiver.signatures[0], WEBHOOK_SECRET + "x", 300
        )


async def test_signatures_live_in_real_time_and_objects_in_the_sandbox_time(rig: Rig) -> None:
    await rig.advance(days=40)
    await rig.paid_charge()
    assert await rig.delivered() == PAID
    created = rig.receiver.events[0]["created"]
    signed = int(rig.receiver.signatures[0].split(",")[0].removeprefix("t="))
    assert created - signed > 39 * 24 * 3600


async def test_an_event_is_a_snapshot_of_its_moment(rig: Rig) -> None:
    rig.sandbox.deliveries.hold()
    await rig.paid_charge()
    rig.sandbox.deliveries.release()
    await rig.delivered()
    assert rig.receiver.events[0]["data"]["object"]["status"] == "requires_payment_method"


async def test_a_refused_event_is_repeated_until_taken(rig: Rig) -> None:
    rig.receiver.refuse = 2
    await rig.api.v1.customers.create_async({"name": "Ada"})
    assert await rig.delivered() == ["customer.created"]
    (told,) = rig.sandbox.events()
    assert told["delivery"] == "delivered"
    assert [attempt["status"] for attempt in told["attempts"]] == [500, 500, 200]
    assert told["event"]["pending_webhooks"] == 0
    assert [call.status for call in rig.journal.of("webhook")] == [500, 500, 200]


async def test_an_event_never_taken_can_be_sent_again(rig: Rig) -> None:
    rig.receiver.refuse = 3
    await rig.api.v1.customers.create_async({"name": "Ada"})
    assert await rig.delivered() == []
    (told,) = rig.sandbox.events()
    assert (told["delivery"], len(told["attempts"])) == ("failed", 3)
    assert await rig.sandbox.resend(told["event"]["id"])
    assert rig.receiver.types == ["customer.created"]
    assert rig.receiver.events[0]["id"] == told["event"]["id"]
    assert rig.sandbox.events()[0]["delivery"] == "delivered"


async def test_an_endpoint_that_is_away_is_asked_again_until_the_attempts_are_used_up() -> None:
    async with running(webhook_url="http://127.0.0.1:1/webhooks/stripe") as rig:
        await rig.api.v1.customers.create_async({"name": "Ada"})
        assert await rig.delivered() == []
        (told,) = rig.sandbox.events()
        assert told["delivery"] == "failed"
        assert [attempt["error"] for attempt in told["attempts"]] == ["ConnectError"] * 3
        assert [attempt["status"] for attempt in told["attempts"]] == [None] * 3
        assert not await rig.sandbox.resend(told["event"]["id"])


async def test_a_duplicated_event_has_one_id(rig: Rig) -> None:
    rig.sandbox.deliveries.plan("duplicate", 10, event_type="checkout.session.completed")
    await rig.paid_charge()
    assert await rig.delivered() == PAID[:3] + PAID[3:] * 10
    assert len({event["id"] for event in rig.receiver.events}) == 4


async def test_a_delayed_event_lets_later_ones_pass(rig: Rig) -> None:
    rig.sandbox.deliveries.plan("delay", 0.4)
    await rig.paid_charge()
    assert await rig.delivered() == [*PAID[1:], PAID[0]]


async def test_a_dropped_event_is_not_sent(rig: Rig) -> None:
    rig.sandbox.deliveries.plan("drop", 2)
    await rig.paid_charge()
    assert await rig.delivered() == PAID[2:]
    assert [told["delivery"] for told in rig.sandbox.events()] == [
        "delivered",
        "delivered",
        "dropped",
        "dropped",
    ]


async def test_reordered_events_come_after_the_one_that_follows(rig: Rig) -> None:
    rig.sandbox.deliveries.plan("reorder", 2)
    await rig.paid_charge()
    assert await rig.delivered() == [PAID[2], PAID[0], PAID[1], PAID[3]]


async def test_held_events_go_out_in_the_order_that_is_asked(rig: Rig) -> None:
    rig.sandbox.deliveries.hold()
    await rig.paid_charge()
    assert await rig.delivered() == []
    assert [event["type"] for event in rig.sandbox.deliveries.held()] == PAID
    first = rig.sandbox.deliveries.held()[2]["id"]
    rig.sandbox.deliveries.release(order=["checkout.session.completed", first])
    assert await rig.delivered() == [PAID[3], PAID[2], PAID[0], PAID[1]]
    await rig.api.v1.customers.create_async({"name": "Ada"})
    assert (await rig.delivered())[-1] == "customer.created"


async def test_a_plan_that_means_nothing_is_refused(rig: Rig) -> None:
    with pytest.raises(ValueError, match="means nothing"):
        rig.sandbox.deliveries.plan("drop", 0)
    assert rig.sandbox.deliveries.planned() == []
