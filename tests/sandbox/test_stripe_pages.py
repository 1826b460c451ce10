"""The pages of the Stripe stand-in as a buyer without JavaScript, or curl, sees them."""

from collections.abc import AsyncIterator

import pytest

from tests.sandbox.stripe_rig import SDK_WARNING, Rig, running

pytestmark = pytest.mark.filterwarnings(SDK_WARNING)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


async def test_the_page_shows_what_is_bought_and_marks_the_sandbox(rig: Rig) -> None:
    price = {
        "currency": "usd",
        "unit_amount": 3000,
        "product_data": {"name": "<script>alert(1)</script>"},
    }
    session = await rig.open(
        line_items=[{"quantity": 2, "price_data": price}], customer_email="ada@shop.test"
    )
    page = await rig.http.get(f"/pay/{session.id}")
    assert page.status_code == 200
    for text in ("SANDBOX", "$60.00", "2 × $30.00", "http://shop.test/back", "4000002760003184"):
        assert text in page.text
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text
    assert 'value="ada@shop.test" readonly' in page.text
    for asset in ("checkout.css", "checkout.js"):
        assert f"/sandbox/stripe/static/{asset}" in page.text
        assert (await rig.http.get(f"/static/{asset}")).status_code == 200


async def test_a_chosen_test_card_fills_the_form(rig: Rig) -> None:
    session = await rig.open()
    page = await rig.http.get(f"/pay/{session.id}?number=4000000000009995")
    assert 'value="4000000000009995"' in page.text
    assert 'data-number="4000000000009995" aria-current="true"' in page.text


async def test_curl_can_pay_with_a_number_alone(rig: Rig) -> None:
    session = await rig.open()
    paid = await rig.http.post(f"/pay/{session.id}", data={"number": "4242424242424242"})
    assert paid.status_code == 303
    assert paid.headers["location"] == f"http://shop.test/done?session={session.id}"
    twice = await rig.http.post(f"/pay/{session.id}", data={"number": "4242424242424242"})
    assert twice.headers["location"] == paid.headers["location"]
    assert len((await rig.api.v1.charges.list_async()).data) == 1
    after = await rig.http.get(f"/pay/{session.id}")
    assert after.status_code == 200
    assert "all done" in after.text
    assert paid.headers["location"] in after.text


async def test_a_decline_is_shown_and_the_same_page_can_be_tried_again(rig: Rig) -> None:
    session = await rig.open()
    declined = await rig.http.post(
        f"/pay/{session.id}", data={"number": "4000000000009995", "email": "ada@shop.test"}
    )
    assert declined.status_code == 402
    assert "Your card has insufficient funds." in declined.text
    assert 'role="alert"' in declined.text
    assert 'value="ada@shop.test"' in declined.text
    assert "readonly" not in declined.text
    paid = await rig.http.post(f"/pay/{session.id}", data={"number": "4242424242424242"})
    assert paid.status_code == 303
    assert (await rig.read(session.id)).customer_details.email == "ada@shop.test"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"number": "4242424242424241"}, "Your card number is incorrect."),
        ({"number": "nonsense"}, "Your card number is invalid."),
        ({"number": "4242424242424242", "exp": "13/40"}, "expiration date is invalid"),
        ({"number": "4242424242424242", "exp": "01 / 20"}, "expiration date is in the past"),
        ({"number": "4242424242424242", "cvc": "x"}, "security code is invalid"),
        ({}, "Your card number is invalid."),
    ],
)
async def test_what_cannot_be_a_card_is_told_before_any_bank_is_asked(
    rig: Rig, typed: dict[str, str], message: str
) -> None:
    session = await rig.open()
    answer = await rig.http.post(f"/pay/{session.id}", data=typed)
    assert answer.status_code == 422
    assert message in answer.text.replace("&#x27;", "'")
    assert await rig.delivered() == []


@pytest.mark.parametrize(("outcome", "status"), [("complete", "complete"), ("fail", "open")])
async def test_3d_secure_has_its_own_page(rig: Rig, outcome: str, status: str) -> None:
    session = await rig.open()
    address = f"/pay/{session.id}/authenticate"
    early = await rig.http.get(address)
    assert early.headers["location"] == f"/sandbox/stripe/pay/{session.id}"
    asked = await rig.http.post(f"/pay/{session.id}", data={"number": "4000002760003184"})
    assert (asked.status_code, asked.headers["location"]) == (303, f"/sandbox/stripe{address}")
    assert "$30.00" in (await rig.http.get(address)).text
    answered = await rig.http.post(address, data={"outcome": outcome})
    assert answered.status_code == (303 if outcome == "complete" else 402)
    assert (await rig.read(session.id)).status == status
    stale = await rig.http.post(address, data={"outcome": "complete"})
    assert stale.status_code == 303
    assert (await rig.read(session.id)).status == status


async def test_a_bank_debit_is_offered_where_it_is_allowed(rig: Rig) -> None:
    cards_only = await rig.open(allowed_payment_method_types=["card"])
    assert "Bank debit" not in (await rig.http.get(f"/pay/{cards_only.id}")).text
    session = await rig.open()
    assert "Bank debit (delayed)" in (await rig.http.get(f"/pay/{session.id}")).text
    paid = await rig.http.post(
        f"/pay/{session.id}",
        data={"method": "debit", "account": "000123456789", "number": "4242424242424242"},
    )
    assert paid.status_code == 303
    assert (await rig.read(session.id)).payment_status == "unpaid"


async def test_an_expired_page_says_so_and_takes_no_money(rig: Rig) -> None:
    session = await rig.open()
    await rig.api.v1.checkout.sessions.expire_async(session.id)
    answer = await rig.http.post(f"/pay/{session.id}", data={"number": "4242424242424242"})
    assert answer.status_code == 410
    assert "has expired" in answer.text
    assert (await rig.api.v1.charges.list_async()).data == []


async def test_unknown_pages_are_404(rig: Rig) -> None:
    charge = await rig.paid_charge("4000000000000077")
    for path in ("/pay/cs_none", f"/pay/{charge.id}", "/embedded/cs_none_secret_x", "/receipts/x"):
        assert (await rig.http.get(path)).status_code == 404
    assert (await rig.http.post("/pay/cs_none")).status_code == 404


async def test_the_receipt_works_and_shows_refunds(rig: Rig) -> None:
    charge = await rig.paid_charge()
    rig.sandbox.dashboard_refund(charge.id, 1000)
    receipt = await rig.http.get(charge.receipt_url)
    assert receipt.status_code == 200
    for text in ("$30.00", "$10.00", "card ending in 4242", charge.id):
        assert text in receipt.text


@pytest.mark.parametrize(
    ("redirect", "told"), [("always", True), ("if_required", False), ("never", False)]
)
async def test_the_embedded_page_tells_its_frame_what_comes_next(
    rig: Rig, redirect: str, told: bool
) -> None:
    return_url = None if redirect == "never" else "http://shop.test/r?s={CHECKOUT_SESSION_ID}"
    session = await rig.open(
        ui_mode="embedded_page",
        success_url=None,
        cancel_url=None,
        return_url=return_url,
        redirect_on_completion=redirect,
    )
    path = f"/embedded/{session.client_secret}"
    assert "First consultation" in (await rig.http.get(path)).text
    assert (await rig.http.get(f"/pay/{session.id}")).status_code == 404
    assert (await rig.http.get(f"/embedded/{session.id}_secret_x")).status_code == 404
    done = await rig.http.post(path, data={"number": "4242424242424242"})
    assert done.status_code == 200
    assert "data-complete" in done.text
    address = f'data-redirect="http://shop.test/r?s={session.id}"'
    assert (address in done.text) is told
    assert (await rig.read(session.id)).status == "complete"


async def test_stripe_js_is_served(rig: Rig) -> None:
    script = await rig.http.get("/js/v3/")
    assert script.headers["content-type"].startswith("text/javascript")
    assert "createEmbeddedCheckoutPage" in script.text
