"""The control routes of the Stripe stand-in, by which the /sandbox page acts on it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.sandbox.stripe_rig import SDK_WARNING, Rig, running

pytestmark = pytest.mark.filterwarnings(SDK_WARNING)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


async def control(rig: Rig, path: str, given: dict[str, Any] | None = None) -> Any:
    answer = await rig.http.post(f"/_control/{path}", json=given or {})
    return answer.json() | {"status_code": answer.status_code}


async def test_a_session_is_paid_and_refunded_by_control(rig: Rig) -> None:
    session = await rig.open()
    declined = await control(rig, f"sessions/{session.id}/pay", {"number": "4000000000000002"})
    assert declined["result"] == "declined"
    asked = await control(
        rig,
        f"sessions/{session.id}/pay",
        {"number": "4000002760003184", "authenticates": False, "email": "ada@shop.test"},
    )
    assert asked["result"] == "declined"
    assert (await control(rig, f"sessions/{session.id}/pay"))["result"] == "paid"
    charge = (await rig.api.v1.charges.list_async()).data[0]
    refund = await control(rig, f"charges/{charge.id}/refund", {"amount": 100})
    assert (refund["status"], refund["amount"]) == ("succeeded", 100)
    again = await control(rig, f"refunds/{refund['id']}/settle")
    assert again["status_code"] == 400


async def test_3d_secure_and_debits_are_answered_by_control(rig: Rig) -> None:
    session = await rig.open()
    rig.sandbox.pay(session.id, "4000002760003184", authenticates=None)
    answered = await control(rig, f"sessions/{session.id}/authenticate", {"ok": True})
    assert answered["result"] == "paid"
    debit = await rig.open()
    paid = await control(rig, f"sessions/{debit.id}/pay", {"debit_account": "1"})
    assert paid["result"] == "processing"
    intent = (await rig.read(debit.id)).payment_intent
    await control(rig, f"payment_intents/{intent}/settle", {"ok": False})
    assert (await rig.delivered())[-1] == "checkout.session.async_payment_failed"


async def test_deliveries_are_planned_held_and_resent_by_control(rig: Rig) -> None:
    await control(rig, "deliveries/hold")
    await rig.api.v1.customers.create_async({"name": "Ada"})
    assert await rig.delivered() == []
    released = await control(rig, "deliveries/release", {"order": ["customer.created"]})
    assert len(released["released"]) == 1
    assert await rig.delivered() == ["customer.created"]
    plan = {"kind": "drop", "event_type": "customer.created"}
    assert (await control(rig, "deliveries/plan", plan))["planned"] == [
        {"kind": "drop", "amount": 1.0, "event_type": "customer.created"}
    ]
    await rig.api.v1.customers.create_async({"name": "Bob"})
    assert len(await rig.delivered()) == 1
    told = (await rig.http.get("/_control/events")).json()["events"]
    assert [each["delivery"] for each in told] == ["dropped", "delivered"]
    assert told[1]["attempts"][0]["status"] == 200
    resent = await control(rig, f"events/{told[0]['event']['id']}/resend")
    assert resent["taken"] is True
    assert len(rig.receiver.events) == 2


@pytest.mark.parametrize(
    ("path", "given", "status"),
    [
        ("sessions/cs_none/pay", {}, 404),
        ("events/evt_none/resend", {}, 404),
        ("deliveries/plan", {"kind": "explode"}, 400),
        ("deliveries/plan", {"kind": "drop", "amount": True}, 400),
        ("deliveries/release", {"order": "all"}, 400),
    ],
)
async def test_wrong_orders_are_refused(
    rig: Rig, path: str, given: dict[str, Any], status: int
) -> None:
    assert (await control(rig, path, given))["status_code"] == status


async def test_control_takes_json_objects_only(rig: Rig) -> None:
    form = await rig.http.post("/_control/deliveries/hold", data={"a": "b"})
    assert form.status_code == 415
    for body in ("[]", "{"):
        headers = {"Content-Type": "application/json"}
        answer = await rig.http.post("/_control/deliveries/hold", content=body, headers=headers)
        assert answer.status_code == 400
    await rig.api.v1.customers.create_async({"name": "Ada"})
    assert await rig.delivered() == ["customer.created"]
