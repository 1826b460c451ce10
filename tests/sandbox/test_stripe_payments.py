"""Test cards, 3D Secure and delayed payments at the Stripe stand-in."""

from collections.abc import AsyncIterator

import pytest
import stripe

from sandbox.stripe.cards import UnreadableCardError
from sandbox.stripe.payments import Attempt, Result
from tests.sandbox.stripe_rig import SDK_WARNING, Rig, running

pytestmark = pytest.mark.filterwarnings(SDK_WARNING)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


PAID = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]
DECLINED = ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]


async def test_a_good_card_pays_and_tells_so_in_order(rig: Rig) -> None:
    session = await rig.open(
        metadata={"for": "session"},
        payment_intent_data={
            "metadata": {"for": "intent"},
            "description": "An hour",
            "receipt_email": "ada@shop.test",
            "transfer_group": "g1",
        },
    )
    assert rig.sandbox.pay(session.id) == Attempt(Result.PAID)
    found = await rig.read(session.id, "payment_intent.latest_charge.balance_transaction")
    assert (found.status, found.payment_status, found.url) == ("complete", "paid", None)
    intent, charge = found.payment_intent, found.payment_intent.latest_charge
    assert (intent.status, intent.amount_received) == ("succeeded", 3000)
    assert found.metadata.to_dict() == {"for": "session"}
    assert intent.metadata.to_dict() == {"for": "intent"}
    assert charge.metadata.to_dict() == {"for": "intent"}
    assert (charge.status, charge.paid, charge.refunded) == ("succeeded", True, False)
    assert (charge.transfer_group, charge.description) == ("g1", "An hour")
    assert charge.payment_method_details.card.last4 == "4242"
    assert (charge.balance_transaction.fee, charge.balance_transaction.net) == (117, 2883)
    assert await rig.delivered() == [*PAID, "checkout.session.completed"]
    completed = rig.receiver.events[-1]
    assert completed["data"]["object"]["payment_intent"] == intent.id
    assert completed["api_version"] == "2026-10-28.endive"
    assert completed["livemode"] is False
    assert completed["request"] == {"id": None, "idempotency_key": None}
    assert not [key for key in completed["data"]["object"] if key.startswith("_")]


@pytest.mark.parametrize(
    ("number", "code", "decline_code"),
    [
        ("4000 0000 0000 0002", "card_declined", "generic_decline"),
        ("4000000000009995", "card_declined", "insufficient_funds"),
        ("4000000000000069", "expired_card", None),
        ("4000000000000127", "incorrect_cvc", None),
        ("4111111111111111", "card_declined", "test_mode_live_card"),
    ],
)
async def test_a_declined_card_leaves_the_session_open_for_another(
    rig: Rig, number: str, code: str, decline_code: str | None
) -> None:
    session = await rig.open()
    assert rig.sandbox.pay(session.id, number).result is Result.DECLINED
    failed = await rig.read(session.id, "payment_intent")
    assert (failed.status, failed.payment_status) == ("open", "unpaid")
    error = failed.payment_intent.last_payment_error
    assert (error.code, error.decline_code, error.type) == (code, decline_code, "card_error")
    assert failed.payment_intent.status == "requires_payment_method"
    assert await rig.delivered() == DECLINED
    assert rig.sandbox.pay(session.id).result is Result.PAID
    paid = await rig.read(session.id, "payment_intent")
    assert paid.payment_intent.id == failed.payment_intent.id
    assert paid.payment_intent.last_payment_error is None
    assert (await rig.delivered())[3:] == [*PAID[1:], "checkout.session.completed"]


async def test_a_number_that_is_none_is_never_sent_to_a_bank(rig: Rig) -> None:
    session = await rig.open()
    for number in ("4242424242424241", "42", "", "abcd"):
        with pytest.raises(UnreadableCardError):
            rig.sandbox.pay(session.id, number)
    assert (await rig.read(session.id)).payment_intent is None
    assert await rig.delivered() == []


async def test_paying_twice_charges_once(rig: Rig) -> None:
    session = await rig.open()
    rig.sandbox.pay(session.id)
    assert rig.sandbox.pay(session.id).result is Result.CLOSED
    assert len((await rig.api.v1.charges.list_async()).data) == 1


async def test_a_card_that_asks_for_3d_secure_waits_for_the_answer(rig: Rig) -> None:
    session = await rig.open()
    attempt = rig.sandbox.pay(session.id, "4000002760003184", authenticates=None)
    assert attempt.result is Result.AUTHENTICATE
    waiting = await rig.read(session.id, "payment_intent")
    assert (waiting.status, waiting.payment_intent.status) == ("open", "requires_action")
    assert rig.sandbox.authenticate(session.id, ok=False).result is Result.DECLINED
    refused = (await rig.read(session.id, "payment_intent")).payment_intent
    assert refused.last_payment_error.code == "payment_intent_authentication_failure"
    assert refused.next_action is None
    assert rig.sandbox.pay(session.id, "4000002760003184").result is Result.PAID
    assert (await rig.delivered())[1:3] == [
        "payment_intent.requires_action",
        "payment_intent.payment_failed",
    ]


async def test_3d_secure_may_end_in_a_decline(rig: Rig) -> None:
    session = await rig.open()
    assert rig.sandbox.pay(session.id, "4000008400001629").result is Result.DECLINED
    assert (await rig.read(session.id)).status == "open"


async def test_a_session_expired_during_3d_secure_cannot_be_paid(rig: Rig) -> None:
    session = await rig.open()
    rig.sandbox.pay(session.id, "4000002760003184", authenticates=None)
    await rig.api.v1.checkout.sessions.expire_async(session.id)
    assert rig.sandbox.authenticate(session.id).result is Result.CLOSED
    assert (await rig.api.v1.charges.list_async()).data == []


async def test_a_bank_debit_completes_unpaid_and_settles_after_three_days(rig: Rig) -> None:
    session = await rig.open()
    attempt = rig.sandbox.pay(session.id, debit_account="AT611904300234573201")
    assert attempt.result is Result.PROCESSING
    waiting = await rig.read(session.id, "payment_intent")
    assert (waiting.status, waiting.payment_status) == ("complete", "unpaid")
    assert waiting.payment_intent.status == "processing"
    await rig.advance(days=2)
    assert (await rig.read(session.id)).payment_status == "unpaid"
    await rig.advance(days=1, seconds=1)
    assert (await rig.read(session.id)).payment_status == "paid"
    assert await rig.delivered() == [
        "payment_intent.created",
        "charge.pending",
        "payment_intent.processing",
        "checkout.session.completed",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.async_payment_succeeded",
    ]
    completed = rig.receiver.events[3]["data"]["object"]
    assert (completed["status"], completed["payment_status"]) == ("complete", "unpaid")


async def test_a_bad_bank_account_returns_the_debit(rig: Rig) -> None:
    session = await rig.open()
    rig.sandbox.pay(session.id, debit_account="AT86 1904 3002 3547 3202")
    await rig.advance(days=3, seconds=1)
    found = await rig.read(session.id, "payment_intent")
    assert (found.status, found.payment_status) == ("complete", "unpaid")
    assert found.payment_intent.status == "requires_payment_method"
    assert (await rig.delivered())[4:] == [
        "charge.failed",
        "payment_intent.payment_failed",
        "checkout.session.async_payment_failed",
    ]


async def test_a_debit_is_settled_by_hand_once(rig: Rig) -> None:
    session = await rig.open()
    rig.sandbox.pay(session.id, debit_account="1")
    intent = (await rig.read(session.id)).payment_intent
    rig.sandbox.settle(intent, ok=True)
    with pytest.raises(Exception, match="not processing"):
        rig.sandbox.settle(intent, ok=False)
    assert (await rig.read(session.id)).payment_status == "paid"


async def test_cards_only_takes_no_debit(rig: Rig) -> None:
    session = await rig.open(allowed_payment_method_types=["card"])
    with pytest.raises(UnreadableCardError, match="cards only"):
        rig.sandbox.pay(session.id, debit_account="1")
    debit = await rig.open(allowed_payment_method_types=["us_bank_account"])
    with pytest.raises(UnreadableCardError, match="does not take cards"):
        rig.sandbox.pay(debit.id)


async def test_a_free_order_is_complete_without_a_payment(rig: Rig) -> None:
    free = {"currency": "usd", "unit_amount": 0, "product_data": {"name": "Gift"}}
    session = await rig.open(line_items=[{"quantity": 1, "price_data": free}])
    assert rig.sandbox.pay(session.id).result is Result.PAID
    found = await rig.read(session.id)
    assert (found.payment_status, found.payment_intent) == ("no_payment_required", None)
    assert await rig.delivered() == ["checkout.session.completed"]


async def test_a_customer_is_created_only_when_asked(rig: Rig) -> None:
    guest = await rig.open()
    rig.sandbox.pay(guest.id, email="guest@shop.test")
    found = await rig.read(guest.id)
    assert (found.customer, found.customer_details.email) == (None, "guest@shop.test")
    always = await rig.open(customer_creation="always", customer_email="ada@shop.test")
    rig.sandbox.pay(always.id, email="other@shop.test")
    customer = (await rig.read(always.id, "customer")).customer
    assert customer.email == "ada@shop.test"
    assert (await rig.delivered()).count("customer.created") == 1
    listed = await rig.api.v1.customers.list_async({"email": "ada@shop.test"})
    assert [each.id for each in listed.data] == [customer.id]


async def test_intents_and_charges_are_read_and_listed(rig: Rig) -> None:
    charge = await rig.paid_charge()
    await rig.paid_charge()
    intent = await rig.api.v1.payment_intents.retrieve_async(
        charge.payment_intent, {"expand": ["latest_charge"]}
    )
    assert isinstance(intent.latest_charge, stripe.Charge)
    listed = await rig.api.v1.charges.list_async({"payment_intent": intent.id})
    assert [each.id for each in listed.data] == [charge.id]
    intents = await rig.api.v1.payment_intents.list_async({"limit": 1})
    assert intents.has_more
    assert intents.data[0].id != intent.id
    assert (await rig.api.v1.charges.retrieve_async(charge.id)).id == charge.id
