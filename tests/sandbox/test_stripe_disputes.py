"""Disputes at the Stripe stand-in: opened, closed, and what they forbid."""

from collections.abc import AsyncIterator

import pytest
import stripe

from sandbox.stripe.errors import ApiError
from tests.sandbox.stripe_rig import SDK_WARNING, Rig, running

pytestmark = pytest.mark.filterwarnings(SDK_WARNING)

OPENED = ["charge.dispute.created", "charge.dispute.funds_withdrawn"]


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


async def test_the_disputed_card_pays_and_is_disputed_at_once(rig: Rig) -> None:
    session = await rig.open()
    assert rig.sandbox.pay(session.id, "4000000000000259").result == "paid"
    assert (await rig.delivered())[-3:] == ["checkout.session.completed", *OPENED]
    assert (await rig.read(session.id)).payment_status == "paid"
    (dispute,) = (await rig.api.v1.disputes.list_async({"expand": ["data.charge"]})).data
    assert (dispute.status, dispute.reason, dispute.amount) == (
        "needs_response",
        "fraudulent",
        3000,
    )
    assert isinstance(dispute.charge, stripe.Charge)
    assert (dispute.charge.disputed, dispute.is_charge_refundable) == (True, False)
    assert dispute.evidence_details.due_by is not None
    assert [movement.amount for movement in dispute.balance_transactions] == [-3000]
    created = rig.receiver.events[-2]["data"]["object"]
    assert created["charge"] == dispute.charge.id
    assert created["payment_intent"] == dispute.payment_intent
    await rig.sandbox.tick()
    assert len((await rig.api.v1.disputes.list_async()).data) == 1


async def test_a_disputed_charge_is_not_refunded(rig: Rig) -> None:
    charge = await rig.paid_charge()
    rig.sandbox.dispute(charge.id)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await rig.api.v1.refunds.create_async({"charge": charge.id})
    assert (refused.value.http_status, refused.value.code) == (400, "charge_disputed")
    assert (await rig.api.v1.refunds.list_async()).data == []


async def test_a_dispute_that_is_won_brings_the_money_back(rig: Rig) -> None:
    charge = await rig.paid_charge()
    dispute = rig.sandbox.dispute(charge.id, "product_not_received")
    await rig.forget_events()
    won = rig.sandbox.close_dispute(dispute["id"], won=True)
    assert (won["status"], won["reason"]) == ("won", "product_not_received")
    assert [movement["amount"] for movement in won["balance_transactions"]] == [-3000, 3000]
    assert await rig.delivered() == ["charge.dispute.closed", "charge.dispute.funds_reinstated"]
    assert (await rig.api.v1.charges.retrieve_async(charge.id)).disputed is True
    assert (await rig.api.v1.refunds.create_async({"charge": charge.id})).amount == 3000


async def test_a_dispute_that_is_lost_keeps_the_money_and_is_closed_once(rig: Rig) -> None:
    charge = await rig.paid_charge()
    dispute = rig.sandbox.dispute(charge.id)
    await rig.forget_events()
    assert rig.sandbox.close_dispute(dispute["id"], won=False)["status"] == "lost"
    assert await rig.delivered() == ["charge.dispute.closed"]
    with pytest.raises(ApiError, match="closed: lost"):
        rig.sandbox.close_dispute(dispute["id"], won=True)
    with pytest.raises(stripe.InvalidRequestError, match="disputed"):
        await rig.api.v1.refunds.create_async({"charge": charge.id})
    read = await rig.api.v1.disputes.retrieve_async(dispute["id"])
    assert read.status == "lost"
    assert [each["id"] for each in rig.sandbox.disputes()] == [dispute["id"]]


async def test_only_money_that_is_there_can_be_disputed(rig: Rig) -> None:
    charge = await rig.paid_charge()
    with pytest.raises(ApiError, match="Invalid reason"):
        rig.sandbox.dispute(charge.id, "boredom")
    await rig.api.v1.refunds.create_async({"charge": charge.id, "amount": 1000})
    assert rig.sandbox.dispute(charge.id)["amount"] == 2000
    with pytest.raises(ApiError, match="disputed already"):
        rig.sandbox.dispute(charge.id)
    refunded = await rig.paid_charge()
    await rig.api.v1.refunds.create_async({"charge": refunded.id})
    with pytest.raises(ApiError, match="not paid, or refunded"):
        rig.sandbox.dispute(refunded.id)


async def test_disputes_are_listed_by_charge_payment_and_time(rig: Rig) -> None:
    first, second = await rig.paid_charge(), await rig.paid_charge()
    disputes = [rig.sandbox.dispute(charge.id)["id"] for charge in (first, second)]
    listing = rig.api.v1.disputes.list_async
    assert [each.id for each in (await listing()).data] == disputes[::-1]
    assert [each.id for each in (await listing({"charge": first.id})).data] == disputes[:1]
    by_intent = await listing({"payment_intent": second.payment_intent})
    assert [each.id for each in by_intent.data] == disputes[1:]
    later = int(rig.clock.now().timestamp()) + 60
    assert (await listing({"created": {"gte": later}})).data == []


async def test_the_charge_of_a_renewal_can_be_disputed(rig: Rig) -> None:
    sub = await rig.subscribed((await rig.price()).id)
    rig.sandbox.set_card(sub.customer.id, "4000000000000259")
    await rig.forget_events()
    await rig.advance(days=32)
    assert (await rig.delivered())[-2:] == OPENED
    renewed = await rig.subscription(sub.id)
    (payment,) = renewed.latest_invoice.payments.data
    dispute = rig.sandbox.disputes()[0]
    assert dispute["payment_intent"] == payment.payment.payment_intent
    assert (renewed.status, renewed.latest_invoice.status) == ("active", "paid")
