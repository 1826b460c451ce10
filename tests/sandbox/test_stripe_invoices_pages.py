"""Hosted invoices as a customer without JavaScript, or curl, sees them, and their PDF."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.stripe import invoice_pdf
from tests.sandbox.portal_rig import KEPT_CARD, customer_of, day, portal_of, subscriber, words
from tests.sandbox.stripe_rig import SDK_WARNING, Rig, running

pytestmark = pytest.mark.filterwarnings(SDK_WARNING)

FAILING = "4000000000000341"


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


async def newest_invoice(rig: Rig) -> Any:
    return (await rig.api.v1.invoices.list_async({"limit": 1})).data[0]


async def overdue(rig: Rig) -> Any:
    """The open invoice of a renewal that the kept card did not pay."""
    who = await subscriber(rig)
    rig.sandbox.set_card(who.customer, FAILING)
    await rig.advance(days=32)
    invoice = await newest_invoice(rig)
    assert invoice.status == "open"
    return invoice


async def test_a_paid_invoice_shows_its_lines_and_its_receipt(rig: Rig) -> None:
    await subscriber(rig)
    invoice = await newest_invoice(rig)
    page = await rig.http.get(invoice.hosted_invoice_url)
    assert page.status_code == 200
    told = words(page.text)
    line = invoice.lines.data[0]
    for text in (
        "Amount paid $100.00 Paid",
        f"1 × Inner <circle> (at $100.00 per month) {day(line.period.start)} to",
        "Still due $0.00",
        f"Invoice number {invoice.number}",
        "Billed to ada@shop.test",
        "View the receipt",
    ):
        assert text in told
    charge = (await rig.api.v1.charges.list_async()).data[0]
    assert f'href="{charge.receipt_url}"' in page.text
    assert "<form" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'; ")
    twice = await rig.http.post(invoice.hosted_invoice_url, data={"number": KEPT_CARD})
    assert twice.status_code == 303
    assert len((await rig.api.v1.charges.list_async()).data) == 1


async def test_an_open_invoice_is_paid_with_another_card(rig: Rig) -> None:
    invoice = await overdue(rig)
    told = words((await rig.http.get(invoice.hosted_invoice_url)).text)
    assert "Amount due $100.00 Open" in told
    assert f"Charged again on {day(invoice.next_payment_attempt)}" in told
    assert "Pay $100.00 with Visa •••• 0341" in told
    declined = await rig.http.post(invoice.hosted_invoice_url, data={"method": "kept"})
    assert declined.status_code == 402
    assert "Your card was declined." in declined.text
    paid = await rig.http.post(invoice.hosted_invoice_url, data={"number": KEPT_CARD})
    assert paid.status_code == 303
    assert paid.headers["location"] == f"/sandbox/stripe/invoices/{invoice.id}"
    assert "Amount paid $100.00 Paid" in words((await rig.http.get(f"/invoices/{invoice.id}")).text)
    subscription = (await rig.api.v1.subscriptions.list_async()).data[0]
    assert subscription.status == "active"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"number": "4242424242424241"}, "Your card number is incorrect."),
        ({"number": KEPT_CARD, "exp": "01 / 20"}, "expiration date is in the past"),
        ({"number": KEPT_CARD, "cvc": "1"}, "security code is invalid"),
    ],
)
async def test_what_cannot_be_a_card_is_told_before_any_bank_is_asked(
    rig: Rig, typed: dict[str, str], message: str
) -> None:
    invoice = await overdue(rig)
    before = await rig.delivered()
    answer = await rig.http.post(invoice.hosted_invoice_url, data=typed)
    assert answer.status_code == 422
    assert message in words(answer.text)
    assert await rig.delivered() == before
    assert (await newest_invoice(rig)).status == "open"


async def test_a_card_that_asks_for_3d_secure_pays_when_its_owner_is_there(rig: Rig) -> None:
    invoice = await overdue(rig)
    paid = await rig.http.post(invoice.hosted_invoice_url, data={"number": "4000002760003184"})
    assert paid.status_code == 303
    assert (await newest_invoice(rig)).status == "paid"


async def test_the_way_back_leads_only_into_the_same_customers_portal(rig: Rig) -> None:
    invoice = await overdue(rig)
    who = await subscriber(rig)
    others = await portal_of(rig, who)
    page = await rig.http.get(f"{invoice.hosted_invoice_url}?portal={others.id}")
    assert page.status_code == 200
    assert others.id not in page.text


async def test_unknown_invoices_are_404(rig: Rig) -> None:
    customer = await customer_of(rig)
    for path in ("/invoices/in_none", "/invoices/in_none/pdf", f"/invoices/{customer}"):
        assert (await rig.http.get(path)).status_code == 404
    assert (await rig.http.post("/invoices/in_none")).status_code == 404


async def test_the_pdf_says_what_the_invoice_says(rig: Rig) -> None:
    await subscriber(rig)
    invoice = await newest_invoice(rig)
    answer = await rig.http.get(invoice.invoice_pdf)
    assert answer.headers["content-type"] == "application/pdf"
    assert f'filename="{invoice.number}.pdf"' in answer.headers["content-disposition"]
    text = shown(answer.content)
    assert text[0] == f"Invoice {invoice.number}"
    assert "Status: Paid" in text
    assert "Total: $100.00" in text
    assert any(line.startswith("1 × Inner <circle> (at $100.00 per month)") for line in text)


def test_every_object_of_a_pdf_is_where_its_table_says() -> None:
    pdf = invoice_pdf.document("Rechnung (№ 1)", ["a \\ b", "€ 5"])
    assert pdf.startswith(b"%PDF-1.4\n")
    assert pdf.endswith(b"%%EOF\n")
    start = int(pdf.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    assert pdf[start:].startswith(b"xref\n0 7\n")
    places = re.findall(rb"(\d{10}) 00000 n \n", pdf[start:])
    assert len(places) == 6
    for number, place in enumerate(places, 1):
        assert pdf[int(place) :].startswith(f"{number} 0 obj\n".encode())
    length = int(re.search(rb"/Length (\d+)", pdf)[1])  # type: ignore[index]  # it is there
    stream = pdf.split(b"stream\n", 1)[1]
    assert stream[length:].startswith(b"\nendstream")
    assert shown(pdf) == ["Rechnung (? 1)", "a \\ b", "€ 5"]


def shown(pdf: bytes) -> list[str]:
    """The lines that a reader of the PDF sees, in their order."""
    drawn = re.findall(rb"^\((.*)\) (?:Tj|')$", pdf, re.MULTILINE)
    return [re.sub(r"\\(.)", r"\1", line.decode("cp1252")) for line in drawn]
