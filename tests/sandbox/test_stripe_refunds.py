"""Refunds at the Stripe stand-in: whole, partial, pending, failing."""

from collections.abc import AsyncIterator

import pytest
import stripe

from tests.sandbox.stripe_rig import SDK_WARNING, Rig, running

pytestmark = pytest.mark.filterwarnings(SDK_WARNING)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


async def test_a_refund_returns_what_is_left_and_only_once(rig: Rig) -> None:
    charge = await rig.paid_charge()
    refund = await rig.api.v1.refunds.create_async(
        {
            "payment_intent": charge.payment_intent,
            "reason": "requested_by_customer",
            "metadata": {"booking_id": "b1"},
        }
    )
    assert (refund.status, refund.amount, refund.charge) == ("succeeded", 3000, charge.id)
    assert refund.to_dict()["metadata"] == {"booking_id": "b1"}
    assert str(refund.balance_transaction).startswith("txn_")
    with pytest.raises(stripe.InvalidRequestError) as again:
        await rig.api.v1.refunds.create_async({"charge": charge.id})
    assert again.value.code == "charge_already_refunded"
    now = await rig.api.v1.charges.retrieve_async(charge.id)
    assert (now.refunded, now.amount_refunded) == (True, 3000)
    assert (await rig.delivered())[4:] == ["refund.created", "charge.refunded"]
    event = rig.receiver.events[-1]
    assert event["data"]["previous_attributes"] == {"amount_refunded": 0, "refunded": False}
    assert event["request"]["id"].startswith("req_")


async def test_partial_refunds_add_up_to_the_charge(rig: Rig) -> None:
    charge = await rig.paid_charge()
    await rig.api.v1.refunds.create_async({"charge": charge.id, "amount": 1000})
    partial = await rig.api.v1.charges.retrieve_async(charge.id)
    assert (partial.refunded, partial.amount_refunded) == (False, 1000)
    with pytest.raises(stripe.InvalidRequestError, match=r"\$20\.01.*\$20\.00") as refused:
        await rig.api.v1.refunds.create_async({"charge": charge.id, "amount": 2001})
    assert refused.value.param == "amount"
    with pytest.raises(stripe.InvalidRequestError) as nothing:
        await rig.api.v1.refunds.create_async({"charge": charge.id, "amount": 0})
    assert nothing.value.code == "parameter_invalid_integer"
    rest = await rig.api.v1.refunds.create_async({"charge": charge.id})
    assert rest.amount == 2000
    listed = await rig.api.v1.refunds.list_async({"payment_intent": charge.payment_intent})
    assert [each.amount for each in listed.data] == [2000, 1000]
    assert (await rig.api.v1.refunds.retrieve_async(rest.id)).id == rest.id


async def test_a_pending_refund_succeeds_later(rig: Rig) -> None:
    charge = await rig.paid_charge("4000000000007726")
    refund = await rig.api.v1.refunds.create_async({"charge": charge.id})
    assert (refund.status, refund.pending_reason) == ("pending", "processing")
    with pytest.raises(stripe.InvalidRequestError):
        await rig.api.v1.refunds.create_async({"charge": charge.id})
    assert (await rig.delivered())[4:] == ["refund.created"]
    await rig.advance(hours=1, seconds=1)
    assert (await rig.api.v1.refunds.retrieve_async(refund.id)).status == "succeeded"
    assert (await rig.delivered())[5:] == ["refund.updated", "charge.refunded"]


async def test_a_refund_may_fail_after_it_succeeded(rig: Rig) -> None:
    charge = await rig.paid_charge("4000000000005126")
    refund = await rig.api.v1.refunds.create_async({"charge": charge.id})
    assert refund.status == "succeeded"
    failed = rig.sandbox.settle_refund(refund.id)
    assert (failed["status"], failed["failure_reason"]) == ("failed", "expired_or_canceled_card")
    now = await rig.api.v1.charges.retrieve_async(charge.id)
    assert (now.refunded, now.amount_refunded) == (False, 0)
    assert (await rig.delivered())[6:] == ["refund.updated", "refund.failed"]
    with pytest.raises(Exception, match="reached its end"):
        rig.sandbox.settle_refund(refund.id)


async def test_an_operator_refunds_in_the_dashboard(rig: Rig) -> None:
    charge = await rig.paid_charge()
    assert rig.sandbox.dashboard_refund(charge.id, 500)["amount"] == 500
    assert (await rig.delivered())[4:] == ["refund.created", "charge.refunded"]
    assert rig.receiver.events[-1]["request"]["id"] is None


async def test_what_was_not_paid_cannot_be_refunded(rig: Rig) -> None:
    session = await rig.open()
    rig.sandbox.pay(session.id, "4000000000000002")
    intent = (await rig.read(session.id)).payment_intent
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await rig.api.v1.refunds.create_async({"payment_intent": intent})
    assert refused.value.code == "charge_not_refundable"
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        await rig.api.v1.refunds.create_async({"charge": "ch_none"})
    assert (unknown.value.code, unknown.value.http_status) == ("resource_missing", 404)
    with pytest.raises(stripe.InvalidRequestError) as nothing:
        await rig.api.v1.refunds.create_async({})
    assert nothing.value.code == "parameter_missing"
    assert (await rig.api.v1.refunds.list_async()).data == []
