"""POST /webhooks/stripe over real HTTP: what is stored, what is refused, what has no effect."""

import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import stripe

from resolvers.receiving import MAX_BYTES
from sandbox.faults import Fault, FaultKind
from services import payments, stripe_events
from services.providers.stripe_client import connect
from tests.world import World

PATH = "/webhooks/stripe"
TOO_OLD_S = 301


def event(event_type: str = "checkout.session.completed", **changes: Any) -> dict[str, Any]:
    """An event of Stripe's shape; by default about a checkout that Stripe does not know."""
    return {
        "id": "evt_1",
        "object": "event",
        "type": event_type,
        "livemode": False,
        "created": 1_795_000_000,
        "data": {"object": {"id": "cs_test_nobody", "object": "checkout.session"}},
    } | changes


def signature(world: World, body: bytes, *, age_s: int = 0) -> str:
    secret = world.app.settings.stripe_webhook_secret
    assert secret is not None
    header: str = stripe.WebhookSignature.generate_signature_header(
        body.decode("latin-1"), secret.get_secret_value(), timestamp=int(time.time()) - age_s
    )
    return header


async def send(world: World, body: bytes, header: str | None) -> httpx.Response:
    headers = {"content-type": "application/json"}
    return await world.http.post(
        PATH, content=body, headers=headers | ({"stripe-signature": header} if header else {})
    )


async def deliver(world: World, told: dict[str, Any]) -> httpx.Response:
    """Send an event as Stripe does."""
    body = json.dumps(told).encode()
    return await send(world, body, signature(world, body))


async def refusal(world: World, response: httpx.Response) -> tuple[int, str]:
    """Status and code, having seen that nothing was stored and nothing queued."""
    assert await world.rows("select from private.stripe_events") == []
    assert await world.worker.waiting() == []
    return response.status_code, response.json()["error"]["code"]


async def outcome(world: World, event_id: str = "evt_1") -> str:
    row = await world.row(
        "select processed_at, outcome from private.stripe_events where id = $1", event_id
    )
    assert row["processed_at"] is not None
    return str(row["outcome"])


async def nothing_happened(world: World) -> bool:
    booked = await world.rows("select from public.bookings")
    return not booked and not await world.rows("select from public.payments")


# --- refused ---------------------------------------------------------------------------------


async def test_a_signature_by_another_secret_is_refused(world: World) -> None:
    body = json.dumps(event()).encode()
    header = stripe.WebhookSignature.generate_signature_header(body.decode(), "whsec_another")
    assert await refusal(world, await send(world, body, header)) == (400, "bad_signature")


async def test_a_body_changed_on_its_way_is_refused(world: World) -> None:
    body = json.dumps(event()).encode()
    changed = body.replace(b"evt_1", b"evt_2")
    response = await send(world, changed, signature(world, body))
    assert await refusal(world, response) == (400, "bad_signature")


@pytest.mark.parametrize("header", [None, "", "v1=abc", "t=abc,v1=abc", "t=1", "nonsense"])
async def test_a_missing_or_malformed_signature_is_refused(
    world: World, header: str | None
) -> None:
    body = json.dumps(event()).encode()
    assert await refusal(world, await send(world, body, header)) == (400, "bad_signature")


async def test_a_signature_of_more_than_five_minutes_ago_is_refused(world: World) -> None:
    body = json.dumps(event()).encode()
    response = await send(world, body, signature(world, body, age_s=TOO_OLD_S))
    assert await refusal(world, response) == (400, "bad_signature")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"null",
        b"[]",
        b"7",
        b"{}",
        json.dumps(event(object="charge")).encode(),
        json.dumps({"object": "event", "id": "evt_1", "type": "x", "livemode": False}).encode(),
        json.dumps(event(data={"object": None})).encode(),
        json.dumps(event(data=[])).encode(),
        json.dumps({"object": "v2.core.event", "id": "evt_1", "type": "x"}).encode(),
        b"[" * 100_000,
    ],
)
async def test_a_body_that_is_no_event_is_refused_though_it_is_signed(
    world: World, body: bytes
) -> None:
    response = await send(world, body, signature(world, body))
    assert await refusal(world, response) == (400, "malformed")


async def test_a_body_that_is_not_utf_8_is_refused(world: World) -> None:
    body = json.dumps(event()).encode()[:-1] + b',"note":"\xff"}'
    response = await send(world, body, signature(world, body))
    assert await refusal(world, response) == (400, "malformed")


@pytest.mark.parametrize(
    "field",
    [
        b'"note":"a\\u0000"',
        b'"note":"\\ud800"',
        b'"note":[{"\\udc00\\ud800":1}]',
        b'"note":NaN',
        b'"note":[-Infinity]',
        b'"note":1e400',
        b'"note":' + b"[" * 700 + b"]" * 700,
    ],
)
async def test_an_event_that_the_database_cannot_hold_is_refused(
    world: World, field: bytes
) -> None:
    body = json.dumps(event()).encode()[:-1] + b"," + field + b"}"
    response = await send(world, body, signature(world, body))
    assert await refusal(world, response) == (400, "malformed")


async def test_text_that_only_looks_like_what_the_database_cannot_hold_is_stored(
    world: World,
) -> None:
    told = event(note="\\u0000 \N{GRINNING FACE} Zo\u00eb", list=[1.5, True, None])
    assert (await deliver(world, told)).json() == {"received": True, "new": True}
    row = await world.row("select payload from private.stripe_events")
    assert json.loads(row["payload"]) == told


async def test_a_body_larger_than_any_event_is_refused_before_it_is_verified(
    world: World,
) -> None:
    body = json.dumps(event(note="x" * MAX_BYTES)).encode()
    response = await send(world, body, signature(world, body))
    assert await refusal(world, response) == (413, "too_large")


async def test_a_body_that_comes_in_pieces_is_measured_as_it_comes(world: World) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(MAX_BYTES // 100_000 + 1):
            yield b" " * 100_000

    response = await world.http.post(
        PATH, content=pieces(), headers={"stripe-signature": "t=1,v1=abc"}
    )
    assert await refusal(world, response) == (413, "too_large")


async def test_only_post_is_served(world: World) -> None:
    assert (await world.http.get(PATH)).status_code == 405


# --- stored ----------------------------------------------------------------------------------


async def test_an_event_of_an_unknown_type_is_stored_acknowledged_and_not_used(
    world: World,
) -> None:
    told = event("radar.early_fraud_warning.created")
    response = await deliver(world, told)
    assert response.status_code == 200
    assert response.json() == {"received": True, "new": True}
    row = await world.row("select * from private.stripe_events")
    assert (row["id"], row["type"]) == ("evt_1", "radar.early_fraud_warning.created")
    assert row["livemode"] is False
    assert json.loads(row["payload"]) == told
    assert await outcome(world) == "not used"
    assert await world.worker.waiting() == []
    assert (await deliver(world, told)).json() == {"received": True, "new": False}


def thin(**changes: Any) -> dict[str, Any]:
    """An event that only names the object that changed, as version 2 of the API sends it."""
    account = {"id": "acct_1", "type": "v2.core.account", "url": "/v2/core/accounts/acct_1"}
    return {
        "id": "evt_test_1",
        "object": "v2.core.event",
        "type": "v2.core.account_person.created",
        "created": "2026-11-21T12:00:00.000Z",
        "livemode": False,
        "related_object": account,
    } | changes


async def test_a_thin_event_is_verified_and_stored_like_any_other(world: World) -> None:
    assert (await deliver(world, thin())).json() == {"received": True, "new": True}
    assert (await deliver(world, thin())).json() == {"received": True, "new": False}
    row = await world.row("select id, type, livemode, payload from private.stripe_events")
    assert (row["id"], row["livemode"]) == ("evt_test_1", False)
    assert row["type"] == "v2.core.account_person.created"
    assert json.loads(row["payload"]) == thin()
    assert await outcome(world, "evt_test_1") == "not used"


async def test_a_thin_event_by_another_secret_is_refused(world: World) -> None:
    body = json.dumps(thin()).encode()
    header = stripe.WebhookSignature.generate_signature_header(body.decode(), "whsec_another")
    assert await refusal(world, await send(world, body, header)) == (400, "bad_signature")
    assert await world.rows("select from private.stripe_events") == []


async def test_a_thin_event_of_real_money_under_a_test_key_has_no_effect(world: World) -> None:
    await deliver(world, thin(livemode=True))
    assert await outcome(world, "evt_test_1") == "other mode"


async def test_the_same_event_twice_is_one_row_and_one_job(world: World) -> None:
    assert (await deliver(world, event())).json() == {"received": True, "new": True}
    again = await deliver(world, event())
    assert again.status_code == 200
    assert again.json() == {"received": True, "new": False}
    assert len(await world.rows("select from private.stripe_events")) == 1
    assert await world.worker.waiting() == ["stripe_event"]


async def test_an_event_repeated_after_its_job_queues_none_again(world: World) -> None:
    await deliver(world, event())
    assert await world.worker.drain() == ["stripe_event"]
    assert (await deliver(world, event())).json() == {"received": True, "new": False}
    assert await world.worker.waiting() == []


async def test_an_event_of_real_money_under_a_test_key_has_no_effect(world: World) -> None:
    opened = await world.client.books()
    world.sandbox.stripe.deliveries.plan("drop", 100)
    await world.pays(opened)
    told = event(livemode=True)
    told["data"] = {"object": {"id": opened.session_id, "object": "checkout.session"}}

    world.sandbox.journal.clear()
    assert (await deliver(world, told)).json() == {"received": True, "new": True}
    assert await world.worker.drain() == []

    assert await outcome(world) == "other mode"
    assert world.sandbox.journal.of("stripe") == []
    assert (await world.client.booking(opened.booking_id))["status"] == "AWAITING_PAYMENT"
    assert await world.rows("select from public.payments") == []


async def foreign_checkout(world: World, **metadata: str) -> str:
    """A checkout of the same Stripe account that another program opened; its id."""
    key = world.app.settings.stripe_secret_key
    assert key is not None
    client, close = connect(key.get_secret_value(), api_base=world.app.settings.stripe_api_base)
    session = await client.v1.checkout.sessions.create_async(
        {
            "mode": "payment",
            "success_url": "http://shop.test/done",
            "metadata": metadata,
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": "usd",
                        "unit_amount": 1500,
                        "product_data": {"name": "A book"},
                    },
                }
            ],
        }
    )
    await close()
    return session.id


async def events_of_type(world: World, event_type: str) -> list[str]:
    rows = await world.rows("select outcome from private.stripe_events where type = $1", event_type)
    return [row["outcome"] for row in rows]


@pytest.mark.parametrize(
    "metadata", [{}, {"sessionpay_checkout_id": "00000000-0000-4000-8000-000000000000"}]
)
async def test_a_payment_of_another_program_is_not_ours(
    world: World, metadata: dict[str, str]
) -> None:
    session_id = await foreign_checkout(world, **metadata)
    world.sandbox.stripe.pay(session_id)
    await world.sandbox.stripe.deliveries.settled()
    assert set(await world.worker.drain()) == {"stripe_event"}

    assert await events_of_type(world, "checkout.session.completed") == ["not ours"]
    assert await events_of_type(world, "payment_intent.succeeded") == ["not ours"]
    assert await world.worker.held() == []
    assert await nothing_happened(world)


async def test_a_refund_of_another_program_is_not_ours(world: World) -> None:
    session_id = await foreign_checkout(world)
    world.sandbox.stripe.pay(session_id)
    [paid] = [
        entry["event"]
        for entry in world.sandbox.stripe.events()
        if entry["event"]["type"] == "charge.succeeded"
    ]
    world.sandbox.stripe.dashboard_refund(paid["data"]["object"]["id"])
    await world.sandbox.stripe.deliveries.settled()
    await world.worker.drain()

    assert await events_of_type(world, "charge.refunded") == ["not ours"]
    assert await events_of_type(world, "refund.created") == ["not ours"]
    assert await nothing_happened(world)
    assert await world.rows("select from private.refunds") == []


async def test_a_refund_without_a_payment_intent_is_not_ours(world: World) -> None:
    told = event("charge.refunded")
    told["data"] = {"object": {"id": "ch_1", "object": "charge", "payment_intent": None}}
    await deliver(world, told)
    await world.worker.drain()
    assert await outcome(world) == "not ours"


async def test_an_event_about_what_stripe_does_not_know_is_settled(world: World) -> None:
    await deliver(world, event())
    assert await world.worker.drain() == ["stripe_event"]
    assert await outcome(world) == "unknown at Stripe"
    assert await nothing_happened(world)


async def test_metadata_of_our_name_that_is_no_id_of_ours_is_not_ours(world: World) -> None:
    session_id = await foreign_checkout(world, sessionpay_checkout_id="not-a-uuid")
    state = await world.app.checkouts.read(session_id)
    async with world.app.db.connection() as conn:
        assert await payments.checkout_of(conn, state) is None


# --- trouble ---------------------------------------------------------------------------------


async def test_an_event_that_cannot_be_stored_is_asked_for_again(world: World) -> None:
    await world.rows("alter table private.stripe_events rename to elsewhere")
    response = await deliver(world, event())
    assert response.status_code == 500
    assert response.json()["error"]["code"] == "not_stored"
    await world.rows("alter table private.elsewhere rename to stripe_events")

    assert (await deliver(world, event())).json() == {"received": True, "new": True}
    assert await world.worker.waiting() == ["stripe_event"]


async def test_an_event_whose_job_cannot_be_queued_is_not_stored_either(world: World) -> None:
    await world.rows("alter table jobs.pgqueuer rename to elsewhere")
    assert (await deliver(world, event())).status_code == 500
    await world.rows("alter table jobs.elsewhere rename to pgqueuer")
    assert await world.rows("select from private.stripe_events") == []
    assert (await deliver(world, event())).json() == {"received": True, "new": True}


async def test_an_event_that_stripe_cannot_be_asked_about_now_is_asked_about_later(
    world: World,
) -> None:
    opened = await world.client.books()
    await world.pays(opened)
    # The SDK asks three times before it lets the job wait.
    world.sandbox.faults.plan("stripe", Fault(FaultKind.FAIL), times=3)
    assert "open_meeting" in await world.worker.drain()
    assert set(await events_of_type(world, "checkout.session.completed")) == {"applied"}
    assert (await world.client.booking(opened.booking_id))["status"] == "ACCEPTED"


async def test_an_event_that_nobody_can_read_is_given_up_kept_and_told_to_the_operator(
    world: World,
) -> None:
    await deliver(world, event(data={"object": {"object": "checkout.session"}}))
    assert await world.worker.drain() == []
    assert await world.worker.held() == ["stripe_event"]
    row = await world.row("select processed_at, outcome from private.stripe_events")
    assert (row["processed_at"], row["outcome"]) == (None, None)
    [told] = await world.rows("select * from private.error_logs")
    assert (told["source"], told["vendor"], told["final"]) == ("stripe_event", None, True)
    assert told["message"] == "evt_1: KeyError"
    assert await nothing_happened(world)


async def test_a_job_of_an_event_that_is_gone_or_done_does_nothing(world: World) -> None:
    await stripe_events.handle(world.app, "evt_gone")
    await deliver(world, event())
    await world.worker.drain()
    before = await world.row("select * from private.stripe_events")
    world.sandbox.journal.clear()
    await stripe_events.handle(world.app, "evt_1")
    assert await world.row("select * from private.stripe_events") == before
    assert world.sandbox.journal.of("stripe") == []
