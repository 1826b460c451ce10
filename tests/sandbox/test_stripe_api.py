"""The door of the Stripe stand-in: keys, strictness, idempotency, faults, events, restart."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import stripe

from sandbox.faults import Fault, FaultKind
from tests.sandbox.stripe_rig import SDK_WARNING, Rig, running

pytestmark = pytest.mark.filterwarnings(SDK_WARNING)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


async def test_without_the_right_key_nothing_is_answered(rig: Rig) -> None:
    for headers in ({}, {"Authorization": "Bearer sk_test_other"}):
        answer = await rig.http.get("/v1/customers", headers=headers)
        assert answer.status_code == 401
        assert answer.json()["error"]["type"] == "invalid_request_error"
    with pytest.raises(stripe.AuthenticationError):
        await rig.api.v1.customers.list_async({}, {"api_key": "sk_test_other"})


async def test_what_stripe_does_not_have_is_404(rig: Rig) -> None:
    headers = {"Authorization": "Bearer sk_test_rig"}
    answer = await rig.http.get("/v1/teapots", headers=headers)
    assert answer.status_code == 404
    assert "/v1/teapots" in answer.json()["error"]["message"]
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        await rig.api.v1.customers.retrieve_async("cus_none")
    assert (unknown.value.http_status, unknown.value.code) == (404, "resource_missing")
    assert unknown.value.request_id is not None


@pytest.mark.parametrize(
    "body",
    ["metadata[a=1", "name=a&name=b", "name=a&name[x]=b", "metadata[a][b]=1", "name=%ff", "name="],
)
async def test_a_malformed_form_is_refused(rig: Rig, body: str) -> None:
    headers = {
        "Authorization": "Bearer sk_test_rig",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    answer = await rig.http.post("/v1/customers", content=body, headers=headers)
    assert answer.status_code == 400
    assert await rig.delivered() == []


async def test_json_is_not_taken_for_a_form(rig: Rig) -> None:
    headers = {"Authorization": "Bearer sk_test_rig"}
    answer = await rig.http.post("/v1/customers", json={"name": "Ada"}, headers=headers)
    assert answer.status_code == 400
    assert await rig.delivered() == []


async def test_an_empty_id_reads_the_list_as_at_stripe(rig: Rig) -> None:
    found = await rig.api.v1.customers.retrieve_async("")
    assert found["object"] == "list"


async def test_only_known_paths_expand(rig: Rig) -> None:
    session = await rig.open()
    for path in ("line", "payment_intent.foo", "data.customer", ""):
        with pytest.raises(stripe.InvalidRequestError):
            await rig.read(session.id, path)
    assert (await rig.read(session.id, "payment_intent.latest_charge")).payment_intent is None
    rig.sandbox.pay(session.id)
    page = await rig.api.v1.checkout.sessions.list_async({"expand": ["data.payment_intent"]})
    assert isinstance(page.data[0].payment_intent, stripe.PaymentIntent)


async def test_the_same_key_and_parameters_replay_the_first_answer(rig: Rig) -> None:
    create = rig.api.v1.customers.create_async
    first = await create({"email": "ada@shop.test"}, {"idempotency_key": "k1"})
    again = await create({"email": "ada@shop.test"}, {"idempotency_key": "k1"})
    assert again.id == first.id
    assert first.last_response is not None
    assert again.last_response is not None
    assert "idempotent-replayed" not in first.last_response.headers
    assert again.last_response.headers["idempotent-replayed"] == "true"
    assert again.last_response.request_id != first.last_response.request_id
    assert await rig.delivered() == ["customer.created"]
    assert rig.receiver.events[0]["request"]["idempotency_key"] == "k1"
    with pytest.raises(stripe.IdempotencyError):
        await create({"email": "bob@shop.test"}, {"idempotency_key": "k1"})
    await rig.advance(hours=25)
    assert (await create({"email": "ada@shop.test"}, {"idempotency_key": "k1"})).id != first.id


async def test_a_replay_after_expiry_still_says_open(rig: Rig) -> None:
    create = rig.api.v1.checkout.sessions.create_async
    opened = await create(rig.order(), {"idempotency_key": "k"})  # type: ignore[arg-type]  # plain dict
    await rig.api.v1.checkout.sessions.expire_async(opened.id)
    again = await create(rig.order(), {"idempotency_key": "k"})  # type: ignore[arg-type]  # plain dict
    assert (again.id, again.status) == (opened.id, "open")


async def test_refused_parameters_do_not_use_up_the_key(rig: Rig) -> None:
    create = rig.api.v1.refunds.create_async
    with pytest.raises(stripe.InvalidRequestError):
        await create({"charge": "ch_1", "amount": -1}, {"idempotency_key": "k"})
    charge = await rig.paid_charge()
    assert (await create({"charge": charge.id}, {"idempotency_key": "k"})).amount == 3000


async def test_a_decided_refusal_is_replayed(rig: Rig) -> None:
    create = rig.api.v1.refunds.create_async
    charge = await rig.paid_charge()
    await create({"charge": charge.id})
    for replayed in (None, "true"):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            await create({"charge": charge.id}, {"idempotency_key": "k"})
        assert (refused.value.headers or {}).get("idempotent-replayed") == replayed


async def test_a_key_in_use_answers_409(rig: Rig) -> None:
    rig.faults.plan("stripe", Fault(FaultKind.DELAY, 0.05))
    create = rig.api.v1.customers.create_async
    results = await asyncio.gather(
        *(create({"name": "Ada"}, {"idempotency_key": "k"}) for _ in range(2)),
        return_exceptions=True,
    )
    errors = [result for result in results if isinstance(result, stripe.APIError)]
    assert [error.http_status for error in errors] == [409]
    assert errors[0].error is not None
    assert errors[0].error.code == "idempotency_key_in_use"
    assert await rig.delivered() == ["customer.created"]


async def test_a_failing_stripe_does_nothing_and_heals(rig: Rig) -> None:
    rig.faults.plan("stripe", Fault(FaultKind.FAIL))
    create = rig.api.v1.customers.create_async
    with pytest.raises(stripe.APIError) as failed:
        await create({"name": "Ada"}, {"idempotency_key": "k"})
    assert failed.value.http_status == 500
    assert (await rig.api.v1.customers.list_async()).data == []
    assert (await create({"name": "Ada"}, {"idempotency_key": "k"})).name == "Ada"


async def test_a_lost_answer_is_found_again_by_its_key(rig: Rig) -> None:
    rig.faults.plan("stripe", Fault(FaultKind.LOSE_ANSWER))
    create = rig.api.v1.customers.create_async
    customer = await create({"name": "Ada"}, {"idempotency_key": "k", "max_network_retries": 1})
    listed = await rig.api.v1.customers.list_async()
    assert [each.id for each in listed.data] == [customer.id]


async def test_a_planned_refusal_is_a_400(rig: Rig) -> None:
    charge = await rig.paid_charge()
    rig.faults.plan("stripe", Fault(FaultKind.REFUSE))
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await rig.api.v1.refunds.create_async({"charge": charge.id})
    assert refused.value.code == "charge_not_refundable"
    assert (await rig.api.v1.refunds.list_async()).data == []


async def test_events_are_read_and_filtered(rig: Rig) -> None:
    session = await rig.open()
    rig.sandbox.deliveries.plan("drop", event_type="charge.succeeded")
    rig.sandbox.pay(session.id)
    await rig.sandbox.deliveries.settled()
    listing = rig.api.v1.events.list_async
    newest = (await listing()).data
    assert [event.type for event in newest] == [
        "checkout.session.completed",
        "payment_intent.succeeded",
        "charge.succeeded",
        "payment_intent.created",
    ]
    lost = (await listing({"delivery_success": False})).data
    assert [(event.type, event.pending_webhooks) for event in lost] == [("charge.succeeded", 1)]
    some = await listing({"types": ["charge.succeeded", "payment_intent.created"]})
    assert len(some.data) == 2
    assert [event.type for event in (await listing({"type": "charge.*"})).data] == [
        "charge.succeeded"
    ]
    later = int(rig.clock.now().timestamp()) + 60
    assert (await listing({"created": {"gte": later}})).data == []
    one = await rig.api.v1.events.retrieve_async(newest[0].id)
    assert one.data.object["id"] == session.id


async def test_our_webhook_endpoint_is_listed(rig: Rig) -> None:
    (endpoint,) = (await rig.api.v1.webhook_endpoints.list_async()).data
    assert endpoint.url.endswith("/webhooks/stripe")
    assert (endpoint.enabled_events, endpoint.api_version) == (["*"], "2026-10-28.endive")


async def test_the_journal_holds_calls_without_secrets(rig: Rig) -> None:
    session = await rig.open(
        ui_mode="embedded_page", success_url=None, cancel_url=None, return_url="http://shop.test/"
    )
    (call,) = rig.journal.of("stripe")
    assert (call.method, call.path, call.status) == ("POST", "/v1/checkout/sessions", 200)
    assert call.request["mode"] == "payment"
    assert call.response["id"] == session.id
    for secret in (session.client_secret, "sk_test_rig"):
        assert secret not in str(call.as_json())


async def test_everything_survives_a_restart_with_a_database(tmp_path: Path) -> None:
    database = tmp_path / "stripe.db"
    async with running(database) as before:
        session = await before.open()
        before.sandbox.pay(session.id)
        customer = await before.api.v1.customers.create_async(
            {"name": "Ada"}, {"idempotency_key": "k"}
        )
        await before.delivered()
        before.receiver.refuse = 1_000
        before.sandbox.deliveries.hold()
        charge = (await before.api.v1.charges.list_async()).data[0]
        before.sandbox.dashboard_refund(charge.id)
    async with running(database) as after:
        assert (await after.read(session.id)).payment_status == "paid"
        same = await after.api.v1.customers.create_async({"name": "Ada"}, {"idempotency_key": "k"})
        assert same.id == customer.id
        assert len((await after.api.v1.webhook_endpoints.list_async()).data) == 1
        await after.sandbox.tick()
        assert await after.delivered() == ["refund.created", "charge.refunded"]
        await after.sandbox.tick()
        assert len(await after.delivered()) == 2
