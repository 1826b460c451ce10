"""Stripe invoices: what they pay for, and what became of each payment for them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_httpx import HTTPXMock

from services.domain.money import Money
from services.providers.billing_ports import InvoiceState
from services.providers.errors import ProviderError
from services.providers.ports import PaymentState, Unknown
from services.providers.stripe_client import connect
from services.providers.stripe_invoices import StripeInvoices
from tests.providers.stripe_rig import API, KEY, NO_REPEAT, asked, intent, page, trouble

BEGINS = datetime(2026, 11, 24, 9, tzinfo=UTC)
CHANGED = datetime(2026, 12, 4, 9, tzinfo=UTC)
ENDS = datetime(2026, 12, 24, 9, tzinfo=UTC)
LATER = datetime(2027, 1, 24, 9, tzinfo=UTC)


@pytest.fixture
async def invoices() -> AsyncIterator[StripeInvoices]:
    client, close = connect(KEY)
    yield StripeInvoices(client)
    await close()


def line(
    start: datetime,
    end: datetime,
    *,
    kind: str = "subscription_item_details",
    subscription: str | None = "sub_1",
    proration: bool = False,
) -> dict[str, Any]:
    details = {"subscription": subscription, "proration": proration}
    return {
        "id": "il_1",
        "object": "line_item",
        "parent": {"type": kind, kind: details},
        "period": {"start": int(start.timestamp()), "end": int(end.timestamp())},
    }


def invoice(*lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "id": "in_1",
        "object": "invoice",
        "customer": "cus_1",
        "number": "SP-0001",
        "hosted_invoice_url": "https://invoice.stripe.com/i/1",
        "invoice_pdf": "https://pay.stripe.com/invoice/1/pdf",
        "parent": {
            "type": "subscription_details",
            "subscription_details": {"subscription": "sub_1", "metadata": {}},
        },
        "lines": page(*(lines or (line(BEGINS, ENDS),))),
    } | changes


def paid_by(intent_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"inpay_{intent_id}",
        "object": "invoice_payment",
        "invoice": "in_1",
        "payment": {"type": "payment_intent", "payment_intent": intent_id},
    } | changes


def told(httpx_mock: HTTPXMock, invoice: dict[str, Any], *intents: dict[str, Any]) -> None:
    """The answers to reading one invoice; `intents` newest first, as Stripe lists payments."""
    listed = page(*(paid_by(each["id"]) for each in intents))
    httpx_mock.add_response(url=f"{API}/invoices/in_1", json=invoice)
    httpx_mock.add_response(url=f"{API}/invoice_payments?invoice=in_1&limit=100", json=listed)
    for each in intents:
        path = f"payment_intents/{each['id']}?expand[0]=latest_charge"
        httpx_mock.add_response(url=f"{API}/{path}", json=each)


def succeeded(payment_id: str = "pi_1") -> PaymentState:
    return PaymentState(
        id=payment_id,
        status="SUCCEEDED",
        amount=Money(9000, "USD"),
        amount_refunded_minor=500,
        charge_id="ch_1",
        customer_id="cus_1",
        receipt_url="https://pay.stripe.com/receipts/1",
        failure_reason=None,
    )


# --- reading -----------------------------------------------------------------------------------


async def test_an_invoice_is_read_with_its_payment(
    invoices: StripeInvoices, httpx_mock: HTTPXMock
) -> None:
    told(httpx_mock, invoice(), intent())
    assert await invoices.read("in_1") == InvoiceState(
        id="in_1",
        subscription_id="sub_1",
        customer_id="cus_1",
        number="SP-0001",
        url="https://invoice.stripe.com/i/1",
        pdf_url="https://pay.stripe.com/invoice/1/pdf",
        period_start=BEGINS,
        period_end=ENDS,
        payments=(succeeded(),),
    )


async def test_payments_come_oldest_first(invoices: StripeInvoices, httpx_mock: HTTPXMock) -> None:
    told(httpx_mock, invoice(), intent(id="pi_2"), intent("canceled", id="pi_1"))
    payments = (await invoices.read("in_1")).payments
    assert [(each.id, each.status) for each in payments] == [
        ("pi_1", "FAILED"),
        ("pi_2", "SUCCEEDED"),
    ]


async def test_a_payments_amount_is_its_own_and_not_the_invoices(
    invoices: StripeInvoices, httpx_mock: HTTPXMock
) -> None:
    told(httpx_mock, invoice(amount_paid=500000), intent(amount=300000, currency="isk"))
    [payment] = (await invoices.read("in_1")).payments
    assert payment.amount == Money(3000, "ISK")


async def test_an_invoice_of_nothing_or_paid_elsewhere_has_no_payments(
    invoices: StripeInvoices, httpx_mock: HTTPXMock
) -> None:
    elsewhere = {"type": "payment_record", "payment_record": "pr_1"}
    httpx_mock.add_response(url=f"{API}/invoices/in_1", json=invoice(number=None))
    httpx_mock.add_response(json=page(paid_by("", payment=elsewhere)))
    state = await invoices.read("in_1")
    assert (state.payments, state.number) == ((), None)
    assert asked(httpx_mock) == [
        "GET /invoices/in_1",
        "GET /invoice_payments?invoice=in_1&limit=100",
    ]


@pytest.mark.parametrize(
    ("status", "error", "read", "reason"),
    [
        ("succeeded", None, "SUCCEEDED", None),
        ("processing", None, "PROCESSING", None),
        ("requires_capture", None, "PROCESSING", None),
        ("requires_payment_method", "Your card was declined.", "FAILED", "Your card was declined."),
        ("requires_payment_method", None, "OPEN", None),  # nobody has tried to pay it
        ("requires_action", None, "FAILED", "Your bank wants you to confirm this payment."),
        (
            "requires_action",
            "Your card was declined.",
            "FAILED",
            "Your bank wants you to confirm this payment.",
        ),
        ("requires_confirmation", None, "OPEN", None),
        ("canceled", None, "FAILED", None),
    ],
)
async def test_each_state_of_an_invoices_intent_is_one_of_ours(
    invoices: StripeInvoices,
    httpx_mock: HTTPXMock,
    *,
    status: str,
    error: str | None,
    read: str,
    reason: str | None,
) -> None:
    trouble = {"message": error} if error else None
    told(httpx_mock, invoice(), intent(status, latest_charge=None, last_payment_error=trouble))
    [payment] = (await invoices.read("in_1")).payments
    assert (payment.status, payment.failure_reason) == (read, reason)
    assert (payment.charge_id, payment.receipt_url) == (None, None)


# --- what it pays for --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "period"),
    [
        ([line(BEGINS, ENDS)], (BEGINS, ENDS)),
        # A renewal that also settles a change in the period before.
        ([line(CHANGED, ENDS, proration=True), line(ENDS, LATER)], (ENDS, LATER)),
        ([line(ENDS, LATER), line(BEGINS, ENDS)], (ENDS, LATER)),
        # A change settled at once: the rest of the period, credited and charged.
        ([line(CHANGED, ENDS, proration=True)] * 2, (CHANGED, ENDS)),
        (
            [line(CHANGED, ENDS, kind="invoice_item_details", proration=True)],
            (CHANGED, ENDS),
        ),
        # Something sold once with the subscription, on the same invoice.
        (
            [line(LATER, LATER, kind="invoice_item_details"), line(BEGINS, ENDS)],
            (BEGINS, ENDS),
        ),
        ([line(LATER, LATER, kind="invoice_item_details")], (None, None)),
    ],
)
async def test_the_period_is_that_of_the_subscriptions_own_lines(
    invoices: StripeInvoices,
    httpx_mock: HTTPXMock,
    lines: list[dict[str, Any]],
    period: tuple[datetime | None, datetime | None],
) -> None:
    told(httpx_mock, invoice(*lines))
    state = await invoices.read("in_1")
    assert (state.period_start, state.period_end) == period


@pytest.mark.parametrize(
    "parent", [None, {"type": "quote_details", "quote_details": {"quote": "qt_1"}}]
)
async def test_an_invoice_of_no_subscription_has_no_period(
    invoices: StripeInvoices, httpx_mock: HTTPXMock, parent: dict[str, Any] | None
) -> None:
    sold = line(BEGINS, ENDS, kind="invoice_item_details", subscription=None)
    told(httpx_mock, invoice(sold, line(BEGINS, ENDS) | {"parent": None}, parent=parent))
    state = await invoices.read("in_1")
    assert state.subscription_id is None
    assert (state.period_start, state.period_end) == (None, None)


# --- finding -----------------------------------------------------------------------------------


async def test_the_invoice_of_a_payment_is_looked_up_then_read(
    invoices: StripeInvoices, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(
        url=f"{API}/invoice_payments?payment[type]=payment_intent&payment[payment_intent]=pi_1"
        "&limit=1",
        json=page(paid_by("pi_1")),
    )
    told(httpx_mock, invoice(), intent())
    found = await invoices.of_payment("pi_1")
    assert found is not None
    assert (found.id, found.payments) == ("in_1", (succeeded(),))


async def test_a_payment_that_is_for_no_invoice_has_none(
    invoices: StripeInvoices, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json=page())
    assert await invoices.of_payment("pi_9") is None
    assert len(httpx_mock.get_requests()) == 1


async def test_a_subscriptions_invoices_come_newest_first_each_with_its_payments(
    invoices: StripeInvoices, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json=page(invoice(id="in_2"), invoice()))
    httpx_mock.add_response(
        url=f"{API}/invoice_payments?invoice=in_2&limit=100", json=page(paid_by("pi_2"))
    )
    httpx_mock.add_response(json=intent(id="pi_2"))
    httpx_mock.add_response(url=f"{API}/invoice_payments?invoice=in_1&limit=100", json=page())
    found = await invoices.of_subscription("sub_1", limit=12)
    assert [(each.id, each.payments) for each in found] == [
        ("in_2", (succeeded("pi_2"),)),
        ("in_1", ()),
    ]
    assert asked(httpx_mock) == [
        "GET /invoices?subscription=sub_1&limit=12",
        "GET /invoice_payments?invoice=in_2&limit=100",
        "GET /payment_intents/pi_2?expand[0]=latest_charge",
        "GET /invoice_payments?invoice=in_1&limit=100",
    ]


# --- trouble -----------------------------------------------------------------------------------


async def test_an_invoice_that_does_not_exist_is_unknown(
    invoices: StripeInvoices, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(status_code=404, json=trouble("resource_missing", param="invoice"))
    with pytest.raises(Unknown) as caught:
        await invoices.read("in_9")
    assert caught.value.parameter == "invoice"


async def test_the_empty_id_is_unknown_and_lists_nothing(
    invoices: StripeInvoices, httpx_mock: HTTPXMock
) -> None:
    with pytest.raises(Unknown):
        await invoices.read("")
    assert httpx_mock.get_requests() == []


async def test_an_invoice_whose_payments_cannot_be_read_is_not_taken_for_unpaid(
    invoices: StripeInvoices, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(url=f"{API}/invoices/in_1", json=invoice())
    httpx_mock.add_response(status_code=500, json=trouble(kind="api_error"), headers=NO_REPEAT)
    with pytest.raises(ProviderError):
        await invoices.read("in_1")
