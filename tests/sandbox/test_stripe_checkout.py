"""Checkout Sessions of the Stripe stand-in, asked for by the real SDK."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import stripe

from tests.sandbox.stripe_rig import SDK_WARNING, SUCCESS_URL, Rig, running

pytestmark = pytest.mark.filterwarnings(SDK_WARNING)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


def line(currency: str = "usd", amount: int = 3000, **changes: Any) -> dict[str, Any]:
    price = {"currency": currency, "unit_amount": amount, "product_data": {"name": "Hour"}}
    return {"quantity": 1, "price_data": price} | changes


async def test_a_hosted_session_is_open_unpaid_and_has_a_page(rig: Rig) -> None:
    session = await rig.open(
        client_reference_id="user-1",
        metadata={"booking_id": "b1"},
        payment_intent_data={"metadata": {"booking_id": "b1"}, "transfer_group": "g1"},
        allowed_payment_method_types=["card", "paypal"],
        adaptive_pricing={"enabled": False},
        locale="en",
        submit_type="book",
        wallet_options={"link": {"display": "never"}},
    )
    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert session.url == f"{rig.base}/pay/{session.id}"
    assert (session.client_secret, session.payment_intent, session.customer) == (None, None, None)
    assert (session.amount_total, session.currency) == (3000, "usd")
    assert session.payment_method_types == ["card"]
    assert session.client_reference_id == "user-1"
    assert session.metadata.to_dict() == {"booking_id": "b1"}
    assert session.success_url == SUCCESS_URL
    assert session.expires_at == session.created + 24 * 3600
    assert await rig.delivered() == []


async def test_an_embedded_session_has_a_client_secret_and_no_page(rig: Rig) -> None:
    session = await rig.open(
        ui_mode="embedded_page",
        success_url=None,
        cancel_url=None,
        return_url="http://shop.test/back?s={CHECKOUT_SESSION_ID}",
    )
    assert session.url is None
    assert session.client_secret.startswith(f"{session.id}_secret_")
    assert session.redirect_on_completion == "always"
    quiet = await rig.open(
        ui_mode="embedded_page",
        success_url=None,
        cancel_url=None,
        redirect_on_completion="never",
    )
    assert quiet.return_url is None


@pytest.mark.parametrize(
    ("changes", "param", "code"),
    [
        ({"payment_method_types": ["card"]}, "payment_method_types", "parameter_unknown"),
        ({"colour": "red"}, "colour", "parameter_unknown"),
        ({"mode": None}, "mode", "parameter_missing"),
        ({"mode": "setup"}, "mode", None),
        ({"mode": "subscription"}, "line_items", None),
        ({"ui_mode": "hosted"}, "ui_mode", None),
        ({"ui_mode": "elements"}, "ui_mode", None),
        ({"discounts": [{"coupon": "x"}]}, "discounts", None),
        ({"success_url": None}, "success_url", "parameter_missing"),
        ({"success_url": "done"}, "success_url", "url_invalid"),
        ({"return_url": "http://shop.test/"}, "return_url", None),
        ({"ui_mode": "embedded_page"}, "success_url", None),
        (
            {"ui_mode": "embedded_page", "success_url": None, "cancel_url": None},
            "return_url",
            "parameter_missing",
        ),
        ({"client_reference_id": "x" * 201}, "client_reference_id", None),
        ({"client_reference_id": ""}, "client_reference_id", "parameter_invalid_empty"),
        ({"metadata": {f"k{n}": "v" for n in range(51)}}, "metadata", None),
        ({"metadata": {"k" * 41: "v"}}, "metadata", None),
        ({"metadata": {"k": "v" * 501}}, "metadata[k]", None),
        ({"customer": "cus_none"}, "customer", "resource_missing"),
        ({"customer_email": "nobody"}, "customer_email", "email_invalid"),
        ({"allowed_payment_method_types": ["paypal"]}, "allowed_payment_method_types", None),
        ({"line_items": None}, "line_items", "parameter_missing"),
        ({"line_items": [line()] * 101}, "line_items", None),
        (
            {"line_items": [line(quantity=0)]},
            "line_items[0][quantity]",
            "parameter_invalid_integer",
        ),
        ({"line_items": [line(), line("eur")]}, "line_items", None),
        ({"line_items": [line("xyz")]}, "line_items[0][price_data][currency]", None),
        ({"line_items": [line("kwd", 10001)]}, "line_items[0][price_data][unit_amount]", None),
        ({"line_items": [line("ugx", 500050)]}, "line_items[0][price_data][unit_amount]", None),
        ({"line_items": [line("usd", 49)]}, None, "amount_too_small"),
        ({"line_items": [line("jpy", 49)]}, None, "amount_too_small"),
        ({"line_items": [line("usd", 100_000_000)]}, None, "amount_too_large"),
        (
            {"line_items": [{"quantity": 1, "price": "price_none"}]},
            "line_items[0][price]",
            "resource_missing",
        ),
        (
            {"line_items": [{"quantity": 1}]},
            "line_items[0][price_data]",
            "parameter_missing",
        ),
    ],
)
async def test_a_wrong_parameter_is_refused_and_opens_nothing(
    rig: Rig, changes: dict[str, Any], param: str | None, code: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await rig.open(**changes)
    assert (refused.value.param, refused.value.code) == (param, code)
    assert rig.sandbox.sessions() == []


@pytest.mark.parametrize(
    ("currency", "amount"), [("usd", 50), ("jpy", 50), ("gbp", 30), ("kwd", 10010), ("ugx", 5000)]
)
async def test_the_smallest_amounts_are_taken(rig: Rig, currency: str, amount: int) -> None:
    session = await rig.open(line_items=[line(currency, amount)])
    assert (session.amount_total, session.currency) == (amount, currency)


async def test_expires_at_lies_strictly_between_half_an_hour_and_a_day(rig: Rig) -> None:
    now = int(rig.clock.now().timestamp())
    for refused in (now, now + 1799, now + 1800, now + 24 * 3600 + 5):
        with pytest.raises(stripe.InvalidRequestError) as error:
            await rig.open(expires_at=refused)
        assert error.value.param == "expires_at"
    for taken in (now + 1860, now + 24 * 3600 - 60):
        assert (await rig.open(expires_at=taken)).expires_at == taken


async def test_a_customer_excludes_an_address_and_a_new_customer(rig: Rig) -> None:
    customer = await rig.api.v1.customers.create_async({"email": "ada@shop.test", "name": "Ada"})
    for other in ({"customer_email": "x@shop.test"}, {"customer_creation": "always"}):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            await rig.open(customer=customer.id, **other)
        assert refused.value.param == next(iter(other))
    session = await rig.open(customer=customer.id)
    assert session.customer == customer.id
    assert session.customer_details.email == "ada@shop.test"
    assert (await rig.read(session.id, "customer")).customer.name == "Ada"


async def test_expiring_closes_an_open_session_once(rig: Rig) -> None:
    session = await rig.open()
    expired = await rig.api.v1.checkout.sessions.expire_async(session.id)
    assert (expired.status, expired.url) == ("expired", None)
    with pytest.raises(stripe.InvalidRequestError, match="status of `expired`"):
        await rig.api.v1.checkout.sessions.expire_async(session.id)
    assert await rig.delivered() == ["checkout.session.expired"]


async def test_a_paid_session_cannot_be_expired(rig: Rig) -> None:
    session = await rig.open()
    rig.sandbox.pay(session.id)
    with pytest.raises(
        stripe.InvalidRequestError,
        match=r'Only Checkout Sessions with a status in \["open"\] can be expired.* `complete`',
    ):
        await rig.api.v1.checkout.sessions.expire_async(session.id)
    assert (await rig.read(session.id)).status == "complete"


async def test_a_session_expires_when_the_clock_passes_its_end(rig: Rig) -> None:
    session = await rig.open(expires_at=int(rig.clock.now().timestamp()) + 1860)
    await rig.advance(minutes=30)
    assert (await rig.read(session.id)).status == "open"
    await rig.advance(minutes=2)
    assert (await rig.read(session.id)).status == "expired"
    await rig.sandbox.tick()
    assert await rig.delivered() == ["checkout.session.expired"]
    page = await rig.http.get(f"/pay/{session.id}")
    assert page.status_code == 410
    assert "has expired" in page.text


async def test_line_items_tell_what_is_bought(rig: Rig) -> None:
    session = await rig.open(line_items=[line(amount=1500, quantity=2), line(amount=200)])
    items = await rig.api.v1.checkout.sessions.line_items.list_async(session.id)
    assert [(item.description, item.quantity, item.amount_total) for item in items.data] == [
        ("Hour", 2, 3000),
        ("Hour", 1, 200),
    ]
    price = items.data[0].price
    assert price is not None
    assert price.unit_amount == 1500


async def test_sessions_are_listed_newest_first_by_filter_and_by_page(rig: Rig) -> None:
    customer = await rig.api.v1.customers.create_async({"email": "ada@shop.test"})
    opened = [await rig.open(customer=customer.id) for _ in range(3)]
    other = await rig.open()
    rig.sandbox.pay(other.id)
    listing = rig.api.v1.checkout.sessions.list_async
    page = await listing({"customer": customer.id, "limit": 2})
    assert [each.id for each in page.data] == [opened[2].id, opened[1].id]
    assert page.has_more
    assert [each.id async for each in page.auto_paging_iter()] == [
        session.id for session in reversed(opened)
    ]
    assert [each.id for each in (await listing({"status": "complete"})).data] == [other.id]
    intent = (await rig.read(other.id)).payment_intent
    assert [each.id for each in (await listing({"payment_intent": intent})).data] == [other.id]
    before = await listing({"ending_before": opened[0].id, "limit": 2})
    assert [each.id for each in before.data] == [opened[2].id, opened[1].id]
    assert before.has_more
    buyer = await listing({"customer_details": {"email": "ada@shop.test"}})
    assert len(buyer.data) == 3
    with pytest.raises(stripe.InvalidRequestError, match="only one"):
        await listing({"ending_before": opened[0].id, "starting_after": opened[0].id})
    with pytest.raises(stripe.InvalidRequestError, match="No such"):
        await listing({"starting_after": "cs_none"})
