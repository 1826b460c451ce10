"""Stripe by its SDK: what exactly is sent, and what each answer becomes."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
import stripe
from pytest_httpx import HTTPXMock

from sandbox.faults import Fault, FaultKind
from services.db import Database, OutsideCallInTransaction
from services.domain.errors import InvalidInput
from services.domain.money import Money
from services.domain.plans import Interval
from services.providers.errors import ProviderError
from services.providers.ports import (
    CheckoutState,
    NewCheckout,
    NewSubscription,
    PaymentState,
    RefundRefused,
    RefundState,
    Unknown,
)
from services.providers.stripe_checkouts import StripeCheckouts
from services.providers.stripe_client import API_VERSION, Stripe, connect
from services.providers.stripe_customers import StripeCustomers
from services.providers.stripe_disputes import StripeDisputes
from services.providers.stripe_invoices import StripeInvoices
from services.providers.stripe_portal import StripePortal
from services.providers.stripe_prices import StripePrices
from services.providers.stripe_refunds import StripeRefunds
from services.providers.stripe_subscriptions import StripeSubscriptions
from tests.providers.stripe_rig import API, KEY, NO_REPEAT, headers, intent, page, sent, trouble
from tests.providers.test_http import NOW, NoPool
from tests.world import World

SESSIONS = f"{API}/checkout/sessions"
USER = UUID("d3300000-0000-4000-8000-000000000001")
ENDS = datetime(2026, 11, 24, 9, 32, tzinfo=UTC)
EXPAND = "expand[0]=payment_intent.latest_charge"


@pytest.fixture
async def client() -> AsyncIterator[Stripe]:
    client, close = connect(KEY)
    yield client
    await close()


@pytest.fixture
def checkouts(client: Stripe) -> StripeCheckouts:
    return StripeCheckouts(client)


@pytest.fixture
def refunds(client: Stripe) -> StripeRefunds:
    return StripeRefunds(client)


def new(**changes: Any) -> NewCheckout:
    given: dict[str, Any] = {
        "key": "checkout:c1",
        "client_reference": USER,
        "customer_id": "cus_1",
        "ui_mode": "HOSTED",
        "product": "Сесія · Mentoring",
        "price": Money(9000, "USD"),
        "subscription": None,
        "success_url": "https://shop.test/done?id={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://shop.test/back",
        "expires_at": ENDS,
        "metadata": {"sessionpay_checkout_id": "c1", "booking_id": "b1"},
    }
    return NewCheckout(**given | changes)


def session(**changes: Any) -> dict[str, Any]:
    return {
        "id": "cs_test_1",
        "object": "checkout.session",
        "status": "open",
        "amount_total": 9000,
        "currency": "usd",
        "url": "https://checkout.stripe.com/c/pay/cs_test_1",
        "client_secret": None,
        "expires_at": int(ENDS.timestamp()),
        "metadata": {"booking_id": "b1"},
        "payment_intent": None,
    } | changes


def refund(**changes: Any) -> dict[str, Any]:
    return {
        "id": "re_1",
        "object": "refund",
        "payment_intent": "pi_1",
        "status": "pending",
        "amount": 9000,
        "currency": "usd",
        "metadata": {"sessionpay_refund_id": "r1"},
    } | changes


# --- opening -----------------------------------------------------------------------------------

COMMON = {
    "mode": "payment",
    "client_reference_id": str(USER),
    "customer": "cus_1",
    "line_items[0][quantity]": "1",
    "line_items[0][price_data][currency]": "usd",
    "line_items[0][price_data][unit_amount]": "9000",
    "line_items[0][price_data][product_data][name]": "Сесія · Mentoring",
    "metadata[sessionpay_checkout_id]": "c1",
    "metadata[booking_id]": "b1",
    "payment_intent_data[metadata][sessionpay_checkout_id]": "c1",
    "payment_intent_data[metadata][booking_id]": "b1",
    "adaptive_pricing[enabled]": "false",
    "expires_at": str(int(ENDS.timestamp())),
}


async def test_a_hosted_checkout_is_asked_for_exactly_so(
    checkouts: StripeCheckouts, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json=session())
    opened = await checkouts.open(new())

    assert sent(httpx_mock) == (
        "POST",
        SESSIONS,
        COMMON
        | {
            "ui_mode": "hosted_page",
            "success_url": "https://shop.test/done?id={CHECKOUT_SESSION_ID}",
            "cancel_url": "https://shop.test/back",
        },
    )
    assert headers(httpx_mock)["idempotency-key"] == "checkout:c1"
    assert headers(httpx_mock)["stripe-version"] == API_VERSION
    assert opened == CheckoutState(
        id="cs_test_1",
        status="OPEN",
        url="https://checkout.stripe.com/c/pay/cs_test_1",
        client_secret=None,
        expires_at=ENDS,
        metadata={"booking_id": "b1"},
        payment=None,
        subscription_id=None,
        email=None,
    )


async def test_the_money_of_a_checkout_is_put_into_the_group_of_its_transfers(
    checkouts: StripeCheckouts, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json=session())
    await checkouts.open(new(transfer_group="booking_b1"))
    form = sent(httpx_mock)[2]
    grouped = {"payment_intent_data[transfer_group]": "booking_b1"}
    assert {name: value for name, value in form.items() if "_intent_" in name} == {
        name: value for name, value in COMMON.items() if "_intent_" in name
    } | grouped


async def test_an_embedded_checkout_is_asked_for_exactly_so(
    checkouts: StripeCheckouts, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json=session(url=None, client_secret="cs_test_1_secret_x"))
    opened = await checkouts.open(new(ui_mode="EMBEDDED"))
    assert sent(httpx_mock)[2] == COMMON | {
        "ui_mode": "embedded_page",
        "return_url": "https://shop.test/done?id={CHECKOUT_SESSION_ID}",
    }
    assert (opened.url, opened.client_secret) == (None, "cs_test_1_secret_x")


@pytest.mark.parametrize(
    ("price", "unit_amount", "currency"),
    [
        (Money(12000, "JPY"), "12000", "jpy"),
        (Money(1230, "KWD"), "1230", "kwd"),
        (Money(5000, "ISK"), "500000", "isk"),
    ],
)
async def test_a_price_is_sent_in_stripes_unit(
    checkouts: StripeCheckouts,
    httpx_mock: HTTPXMock,
    price: Money,
    unit_amount: str,
    currency: str,
) -> None:
    httpx_mock.add_response(json=session())
    await checkouts.open(new(price=price))
    form = sent(httpx_mock)[2]
    assert form["line_items[0][price_data][unit_amount]"] == unit_amount
    assert form["line_items[0][price_data][currency]"] == currency


async def test_a_price_that_stripe_cannot_charge_is_never_sent(
    checkouts: StripeCheckouts, httpx_mock: HTTPXMock
) -> None:
    with pytest.raises(InvalidInput):
        await checkouts.open(new(price=Money(1234, "KWD")))
    assert httpx_mock.get_requests() == []


SUBSCRIPTION = {
    name: value
    for name, value in COMMON.items()
    if not name.startswith(("line_items", "payment_intent_data"))
} | {
    "mode": "subscription",
    "ui_mode": "hosted_page",
    "success_url": "https://shop.test/done?id={CHECKOUT_SESSION_ID}",
    "cancel_url": "https://shop.test/back",
    "line_items[0][quantity]": "1",
    "line_items[0][price]": "price_1",
    "subscription_data[metadata][sessionpay_checkout_id]": "c1",
    "subscription_data[metadata][booking_id]": "b1",
}


@pytest.mark.parametrize(
    ("begun", "trial"),
    [
        (NewSubscription("price_1"), {}),
        (
            NewSubscription("price_1", trial_days=7),
            {"subscription_data[trial_period_days]": "7"},
        ),
        (
            NewSubscription("price_1", trial_end=ENDS),
            {"subscription_data[trial_end]": str(int(ENDS.timestamp()))},
        ),
    ],
)
async def test_a_checkout_that_begins_a_subscription_is_asked_for_exactly_so(
    checkouts: StripeCheckouts,
    httpx_mock: HTTPXMock,
    begun: NewSubscription,
    trial: dict[str, str],
) -> None:
    httpx_mock.add_response(json=session(mode="subscription", amount_total=10000))
    opened = await checkouts.open(new(subscription=begun, transfer_group="booking_b1"))
    assert sent(httpx_mock) == ("POST", SESSIONS, SUBSCRIPTION | trial)
    assert headers(httpx_mock)["idempotency-key"] == "checkout:c1"
    assert (opened.payment, opened.subscription_id) == (None, None)


# --- reading -----------------------------------------------------------------------------------


async def test_a_paid_checkout_is_read_with_its_payment(
    checkouts: StripeCheckouts, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(
        method="GET",
        url=f"{SESSIONS}/cs_test_1?{EXPAND}",
        json=session(status="complete", url=None, payment_intent=intent()),
    )
    state = await checkouts.read("cs_test_1")
    assert state.status == "COMPLETE"
    assert state.payment == PaymentState(
        id="pi_1",
        status="SUCCEEDED",
        amount=Money(9000, "USD"),
        amount_refunded_minor=500,
        charge_id="ch_1",
        customer_id="cus_1",
        receipt_url="https://pay.stripe.com/receipts/1",
        failure_reason=None,
    )
    assert "idempotency-key" not in headers(httpx_mock)


async def test_a_checkout_that_began_a_subscription_names_it_and_has_no_payment(
    checkouts: StripeCheckouts, httpx_mock: HTTPXMock
) -> None:
    paid = session(
        mode="subscription",
        status="complete",
        subscription="sub_1",
        customer_details={"email": "ann@shop.test", "name": None},
    )
    httpx_mock.add_response(json=paid)
    state = await checkouts.read("cs_test_1")
    assert (state.status, state.payment) == ("COMPLETE", None)
    assert (state.subscription_id, state.email) == ("sub_1", "ann@shop.test")


@pytest.mark.parametrize(
    ("checkout", "status", "error", "read"),
    [
        ("complete", "succeeded", None, "SUCCEEDED"),
        ("complete", "processing", None, "PROCESSING"),
        ("complete", "requires_capture", None, "PROCESSING"),
        ("open", "requires_payment_method", None, "OPEN"),
        ("open", "requires_payment_method", "Your card was declined.", "FAILED"),
        ("open", "requires_action", None, "OPEN"),
        ("open", "requires_action", "Your card was declined.", "OPEN"),
        ("open", "requires_confirmation", None, "OPEN"),
        ("open", "canceled", None, "FAILED"),
        # A voucher or bank transfer: the client has done their part, the money is on its way.
        ("complete", "requires_action", None, "PROCESSING"),
        ("complete", "requires_payment_method", None, "FAILED"),
        ("complete", "canceled", None, "FAILED"),
    ],
)
async def test_each_state_of_an_intent_is_one_of_ours(
    checkouts: StripeCheckouts,
    httpx_mock: HTTPXMock,
    *,
    checkout: str,
    status: str,
    error: str | None,
    read: str,
) -> None:
    told = intent(
        status, latest_charge=None, last_payment_error={"message": error} if error else None
    )
    httpx_mock.add_response(json=session(status=checkout, payment_intent=told))
    payment = (await checkouts.read("cs_test_1")).payment
    assert payment is not None
    assert (payment.status, payment.failure_reason) == (read, error)
    assert (payment.charge_id, payment.receipt_url) == (None, None)
    assert payment.amount_refunded_minor == 0


async def test_a_payment_that_was_not_expanded_is_not_made_up(
    checkouts: StripeCheckouts, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json=session(payment_intent="pi_1", metadata=None))
    state = await checkouts.read("cs_test_1")
    assert (state.payment, state.metadata) == (None, {})


async def test_the_empty_id_is_unknown_and_lists_nothing(
    checkouts: StripeCheckouts, httpx_mock: HTTPXMock
) -> None:
    with pytest.raises(Unknown):
        await checkouts.read("")
    assert httpx_mock.get_requests() == []


async def test_a_checkout_of_another_program_that_takes_no_money_can_be_read(
    checkouts: StripeCheckouts, httpx_mock: HTTPXMock
) -> None:
    foreign = session(mode="setup", status="complete", amount_total=None, currency=None)
    httpx_mock.add_response(json=foreign)
    assert (await checkouts.read("cs_test_1")).payment is None


async def test_the_checkout_of_a_payment_is_looked_up_then_read(
    checkouts: StripeCheckouts, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(url=f"{SESSIONS}?payment_intent=pi_1&limit=1", json=page(session()))
    httpx_mock.add_response(
        url=f"{SESSIONS}/cs_test_1?{EXPAND}", json=session(payment_intent=intent())
    )
    found = await checkouts.of_payment("pi_1")
    assert found is not None
    assert found.payment is not None
    assert found.payment.id == "pi_1"


async def test_a_payment_without_a_checkout_has_none(
    checkouts: StripeCheckouts, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json=page())
    assert await checkouts.of_payment("pi_9") is None


# --- expiring ----------------------------------------------------------------------------------


async def test_an_open_checkout_is_closed(
    checkouts: StripeCheckouts, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(
        method="POST", url=f"{SESSIONS}/cs_test_1/expire", json=session(status="expired", url=None)
    )
    state = await checkouts.expire("cs_test_1")
    assert (state.status, state.url) == ("EXPIRED", None)
    assert sent(httpx_mock)[2] == {"expand[0]": "payment_intent.latest_charge"}


async def test_a_checkout_that_was_paid_meanwhile_comes_back_as_paid(
    checkouts: StripeCheckouts, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(method="POST", status_code=400, json=trouble())
    httpx_mock.add_response(method="GET", json=session(status="complete", payment_intent=intent()))
    state = await checkouts.expire("cs_test_1")
    assert state.status == "COMPLETE"
    assert state.payment is not None
    assert state.payment.status == "SUCCEEDED"


@pytest.mark.parametrize("status", [401, 403, 429, 500])
async def test_a_checkout_is_not_taken_for_closed_when_stripe_cannot_be_asked(
    checkouts: StripeCheckouts, httpx_mock: HTTPXMock, status: int
) -> None:
    httpx_mock.add_response(status_code=status, json=trouble(), headers=NO_REPEAT)
    with pytest.raises(ProviderError):
        await checkouts.expire("cs_test_1")
    assert [request.method for request in httpx_mock.get_requests()] == ["POST"]


async def test_a_checkout_that_does_not_exist_cannot_be_closed(
    checkouts: StripeCheckouts, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(status_code=404, json=trouble("resource_missing"))
    with pytest.raises(Unknown):
        await checkouts.expire("cs_test_1")


# --- refunds -----------------------------------------------------------------------------------


async def give_back(refunds: StripeRefunds) -> RefundState:
    return await refunds.create(
        key="r1",
        payment_id="pi_1",
        amount=Money(9000, "USD"),
    )


async def test_a_refund_is_looked_up_then_asked_for_exactly_so(
    refunds: StripeRefunds, httpx_mock: HTTPXMock
) -> None:
    others = refund(id="re_0", metadata={"sessionpay_refund_id": "r0"}), refund(metadata=None)
    httpx_mock.add_response(
        method="GET", url=f"{API}/refunds?payment_intent=pi_1&limit=100", json=page(*others)
    )
    httpx_mock.add_response(method="POST", url=f"{API}/refunds", json=refund(id="re_2"))
    made = await give_back(refunds)

    assert sent(httpx_mock, 1)[2] == {
        "payment_intent": "pi_1",
        "amount": "9000",
        "metadata[sessionpay_refund_id]": "r1",
    }
    assert headers(httpx_mock, 1)["idempotency-key"] == "refund:r1"
    assert headers(httpx_mock, 1)["stripe-version"] == API_VERSION
    assert made == RefundState(
        id="re_2",
        payment_id="pi_1",
        status="PENDING",
        amount=Money(9000, "USD"),
        failure_reason=None,
        key="r1",
    )


async def test_a_refund_made_before_is_found_and_not_made_again(
    refunds: StripeRefunds, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(method="GET", json=page(refund(status="succeeded")))
    made = await give_back(refunds)
    assert (made.id, made.status) == ("re_1", "SUCCEEDED")
    assert len(httpx_mock.get_requests()) == 1


async def test_a_refund_that_stripe_never_will_make_is_refused_with_its_reason(
    refunds: StripeRefunds, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(method="GET", json=page())
    httpx_mock.add_response(method="POST", status_code=400, json=trouble("charge_already_refunded"))
    with pytest.raises(RefundRefused, match=r"^charge_already_refunded$"):
        await give_back(refunds)


@pytest.mark.parametrize(
    ("status", "retryable"), [(500, True), (503, True), (429, True), (401, False), (403, False)]
)
async def test_a_refund_is_never_taken_for_refused_when_stripe_is_in_trouble(
    refunds: StripeRefunds, httpx_mock: HTTPXMock, status: int, retryable: bool
) -> None:
    httpx_mock.add_response(method="GET", json=page())
    httpx_mock.add_response(
        method="POST", status_code=status, json=trouble(kind="api_error"), headers=NO_REPEAT
    )
    with pytest.raises(ProviderError) as caught:
        await give_back(refunds)
    assert (caught.value.status, caught.value.retryable) == (status, retryable)


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("pending", "PENDING"),
        ("requires_action", "REQUIRES_ACTION"),
        ("succeeded", "SUCCEEDED"),
        ("failed", "FAILED"),
        ("canceled", "CANCELED"),
    ],
)
async def test_each_state_of_a_refund_is_one_of_ours(
    refunds: StripeRefunds, httpx_mock: HTTPXMock, told: str, read: str
) -> None:
    httpx_mock.add_response(json=page(refund(status=told, failure_reason="lost_or_stolen_card")))
    [state] = await refunds.of_payment("pi_1")
    assert (state.status, state.failure_reason) == (read, "lost_or_stolen_card")


# --- trouble -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "message", "retryable"),
    [
        (400, trouble("parameter_invalid"), "parameter_invalid", False),
        (400, trouble(), "InvalidRequestError", False),
        (404, trouble(), "InvalidRequestError", False),
        (400, trouble(kind="idempotency_error"), "IdempotencyError (400)", False),
        (401, trouble(), "AuthenticationError (401)", False),
        (403, trouble("platform_api_key_expired"), "platform_api_key_expired (403)", False),
        (409, trouble("lock_timeout"), "lock_timeout (409)", True),
        (409, trouble("idempotency_key_in_use", "idempotency_error"), None, True),
        (429, trouble("rate_limit"), "rate_limit (429)", True),
        (500, trouble(kind="api_error"), "APIError (500)", True),
        (503, "<html>Bad gateway</html>", "APIError (503)", True),
        (200, "<html>Welcome</html>", "APIError (200)", True),
    ],
)
async def test_each_trouble_is_told_in_our_words(
    checkouts: StripeCheckouts,
    httpx_mock: HTTPXMock,
    *,
    status: int,
    body: Any,
    message: str | None,
    retryable: bool,
) -> None:
    given: dict[str, Any] = {"json": body} if isinstance(body, dict) else {"text": body}
    httpx_mock.add_response(status_code=status, headers=NO_REPEAT, **given)
    with pytest.raises(ProviderError) as caught:
        await checkouts.open(new())
    error = caught.value
    assert (error.vendor, error.status, error.retryable) == ("stripe", status, retryable)
    assert error.outcome_unknown == (status not in range(400, 500))
    assert message is None or error.message == message
    assert error.retry_after is None
    assert KEY not in f"{error}{error.__cause__}"
    assert len(httpx_mock.get_requests()) == 1


async def test_a_missing_object_is_unknown(
    checkouts: StripeCheckouts, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(status_code=404, json=trouble("resource_missing", param="session"))
    with pytest.raises(Unknown) as caught:
        await checkouts.read("cs_test_9")
    assert caught.value.parameter == "session"


async def test_an_object_that_is_missing_among_several_is_named(
    checkouts: StripeCheckouts, httpx_mock: HTTPXMock
) -> None:
    told = trouble("resource_missing", param="customer")
    httpx_mock.add_response(status_code=400, json=told)
    with pytest.raises(Unknown) as caught:
        await checkouts.open(new())
    assert caught.value.parameter == "customer"


@pytest.mark.parametrize(
    ("value", "asked"),
    [("7", timedelta(seconds=7)), ("soon", None), ("Sat, 21 Nov 2026 12:00:00 GMT", None)],
)
async def test_stripes_wish_to_wait_is_passed_on(
    checkouts: StripeCheckouts, httpx_mock: HTTPXMock, value: str, asked: timedelta | None
) -> None:
    httpx_mock.add_response(
        status_code=429, json=trouble("rate_limit"), headers=NO_REPEAT | {"Retry-After": value}
    )
    with pytest.raises(ProviderError) as caught:
        await checkouts.read("cs_test_1")
    assert caught.value.retry_after == asked


async def test_no_answer_at_all_is_worth_another_try(httpx_mock: HTTPXMock) -> None:
    transport = stripe.HTTPXClient()
    hasty = stripe.StripeClient(KEY, http_client=transport, max_network_retries=0)
    httpx_mock.add_exception(httpx.ConnectError(f"no route for Bearer {KEY}"))
    with pytest.raises(ProviderError) as caught:
        await StripeCheckouts(Stripe(hasty, now=lambda: NOW)).open(new())
    await transport.close_async()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
    assert caught.value.message == "APIConnectionError (no answer)"
    assert (caught.value.status, caught.value.retryable) == (None, True)
    assert caught.value.outcome_unknown
    assert KEY not in str(caught.value)


async def failures(checkouts: StripeCheckouts, httpx_mock: HTTPXMock, count: int) -> None:
    for _ in range(count):
        httpx_mock.add_response(status_code=500, headers=NO_REPEAT, json=trouble(kind="api_error"))
        with pytest.raises(ProviderError):
            await checkouts.read("cs_test_1")


async def test_stripe_is_left_alone_after_five_failures_until_the_clock_has_moved_on(
    httpx_mock: HTTPXMock,
) -> None:
    now = NOW
    client, close = connect(KEY, now=lambda: now)
    checkouts = StripeCheckouts(client)
    await failures(checkouts, httpx_mock, 5)

    with pytest.raises(ProviderError) as caught:
        await StripeRefunds(client).of_payment("pi_1")
    assert str(caught.value) == "stripe: is not asked for a while after failing (APIError (500))"
    assert (caught.value.retryable, caught.value.retry_after) == (True, timedelta(seconds=30))
    assert not caught.value.outcome_unknown
    assert len(httpx_mock.get_requests()) == 5

    now += timedelta(seconds=30)
    httpx_mock.add_response(json=session())
    assert (await checkouts.read("cs_test_1")).id == "cs_test_1"
    await close()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (402, trouble("card_declined", "card_error")),
        (404, trouble("resource_missing")),
        (429, trouble("rate_limit")),
    ],
)
async def test_a_refusal_by_stripe_is_an_answer_between_failures(
    checkouts: StripeCheckouts, httpx_mock: HTTPXMock, status: int, body: dict[str, Any]
) -> None:
    await failures(checkouts, httpx_mock, 4)
    httpx_mock.add_response(status_code=status, headers=NO_REPEAT, json=body)
    with pytest.raises((ProviderError, Unknown)):
        await checkouts.read("cs_test_1")
    await failures(checkouts, httpx_mock, 4)

    httpx_mock.add_response(json=session())
    assert (await checkouts.read("cs_test_1")).id == "cs_test_1"


async def test_another_client_is_not_held_back_by_a_failing_one(
    checkouts: StripeCheckouts, httpx_mock: HTTPXMock
) -> None:
    await failures(checkouts, httpx_mock, 5)
    httpx_mock.add_response(json=session())
    other, close = connect(KEY)
    assert (await StripeCheckouts(other).read("cs_test_1")).id == "cs_test_1"
    await close()


async def test_nothing_is_sent_inside_a_transaction(
    client: Stripe,
    checkouts: StripeCheckouts,
    refunds: StripeRefunds,
    httpx_mock: HTTPXMock,
) -> None:
    database = Database(NoPool())  # type: ignore[arg-type]  # only the transaction's mark matters
    async with database.transaction():
        for call in (
            checkouts.open(new()),
            checkouts.read("cs_test_1"),
            checkouts.expire("cs_test_1"),
            checkouts.of_payment("pi_1"),
            refunds.of_payment("pi_1"),
            give_back(refunds),
            StripeCustomers(client).create(key=USER, metadata={}, email=None, name=None),
            StripeSubscriptions(client).read("sub_1"),
            StripeSubscriptions(client).cancel("sub_1", key="k"),
            StripeInvoices(client).read("in_1"),
            StripeInvoices(client).of_payment("pi_1"),
            StripeInvoices(client).of_subscription("sub_1", limit=1),
            StripePortal(client).configure((), key="k", return_url="https://shop.test"),
            StripeDisputes(client).of_payment("pi_1"),
            StripePrices(client).create(
                plan_id=USER,
                name="Club",
                description="",
                price=Money(9000, "USD"),
                interval=Interval.MONTH,
                interval_count=1,
            ),
        ):
            with pytest.raises(OutsideCallInTransaction):
                await call
    assert httpx_mock.get_requests() == []


async def test_another_address_of_stripe_may_be_set_with_or_without_a_slash(
    httpx_mock: HTTPXMock,
) -> None:
    httpx_mock.add_response(
        url=re.compile(r"^http://127\.0\.0\.1:1/stripe/v1/checkout/sessions/cs_1\?"),
        json=session(),
        is_reusable=True,
    )
    for base in ("http://127.0.0.1:1/stripe", "http://127.0.0.1:1/stripe/"):
        client, close = connect(KEY, api_base=base)
        await StripeCheckouts(client).read("cs_1")
        await close()
    assert len(httpx_mock.get_requests()) == 2


async def test_a_lost_answer_is_asked_for_again_under_the_same_key(world: World) -> None:
    await world.client.books()
    world.sandbox.faults.plan("stripe", Fault(FaultKind.LOSE_ANSWER))
    world.sandbox.journal.clear()
    opened = await world.client.books()

    asked = [call for call in world.sandbox.journal.of("stripe") if call.method == "POST"]
    assert [call.status for call in asked] == [500, 200]
    ours = [
        found
        for found in world.sandbox.stripe.sessions()
        if found["metadata"]["booking_id"] == opened.booking_id
    ]
    assert [found["id"] for found in ours] == [opened.session_id]
