"""Stripe prices: a product and its price, made once however often they are asked for."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from pytest_httpx import HTTPXMock

from services.domain.billing import PriceState
from services.domain.errors import InvalidInput
from services.domain.money import Money
from services.domain.plans import Interval
from services.providers.errors import ProviderError
from services.providers.stripe_client import connect
from services.providers.stripe_prices import StripePrices
from tests.providers.stripe_rig import API, KEY, headers, sent, trouble

PLAN = UUID("91a00000-0000-4000-8000-000000000001")


@pytest.fixture
async def prices() -> AsyncIterator[StripePrices]:
    client, close = connect(KEY)
    yield StripePrices(client)
    await close()


def answers(httpx_mock: HTTPXMock, times: int = 1) -> None:
    for _ in range(times):
        httpx_mock.add_response(url=f"{API}/products", json={"id": "prod_1", "object": "product"})
        httpx_mock.add_response(url=f"{API}/prices", json={"id": "price_1", "object": "price"})


async def create(prices: StripePrices, **changes: Any) -> PriceState:
    given: dict[str, Any] = {
        "plan_id": PLAN,
        "name": "Клуб",
        "description": "Channel and sessions",
        "price": Money(10000, "USD"),
        "interval": Interval.MONTH,
        "interval_count": 3,
    }
    return await prices.create(**given | changes)


async def test_a_product_then_its_price_are_asked_for_exactly_so(
    prices: StripePrices, httpx_mock: HTTPXMock
) -> None:
    answers(httpx_mock)
    assert await create(prices) == PriceState(id="price_1", product_id="prod_1")
    assert sent(httpx_mock, 0) == (
        "POST",
        f"{API}/products",
        {
            "name": "Клуб",
            "description": "Channel and sessions",
            "metadata[sessionpay_plan_id]": str(PLAN),
        },
    )
    assert sent(httpx_mock, 1) == (
        "POST",
        f"{API}/prices",
        {
            "currency": "usd",
            "unit_amount": "10000",
            "recurring[interval]": "month",
            "recurring[interval_count]": "3",
            "product": "prod_1",
            "metadata[sessionpay_plan_id]": str(PLAN),
        },
    )


@pytest.mark.parametrize("interval", list(Interval))
async def test_each_interval_is_one_of_stripes(
    prices: StripePrices, httpx_mock: HTTPXMock, interval: Interval
) -> None:
    answers(httpx_mock)
    await create(prices, interval=interval, interval_count=1)
    form = sent(httpx_mock, 1)[2]
    told = {"DAY": "day", "WEEK": "week", "MONTH": "month", "YEAR": "year"}[interval]
    assert (form["recurring[interval]"], form["recurring[interval_count]"]) == (told, "1")


async def test_an_empty_description_is_left_out(
    prices: StripePrices, httpx_mock: HTTPXMock
) -> None:
    answers(httpx_mock)
    await create(prices, description="")
    assert "description" not in sent(httpx_mock, 0)[2]


async def test_the_same_plan_is_asked_for_under_the_same_keys_and_a_changed_one_is_not(
    prices: StripePrices, httpx_mock: HTTPXMock
) -> None:
    answers(httpx_mock, times=4)
    await create(prices)
    await create(prices)
    await create(prices, price=Money(12000, "USD"))
    await create(prices, name="Club")
    keys = [request.headers["idempotency-key"] for request in httpx_mock.get_requests()]
    first, again, dearer, renamed = (keys[2 * call : 2 * call + 2] for call in range(4))
    assert first[0].startswith(f"product:{PLAN}:")
    assert first[1].startswith(f"price:{PLAN}:")
    assert again == first
    assert (dearer[0] == first[0], dearer[1] == first[1]) == (True, False)
    assert renamed[0] not in (first[0], dearer[0])


async def test_an_amount_is_sent_in_stripes_unit(
    prices: StripePrices, httpx_mock: HTTPXMock
) -> None:
    answers(httpx_mock)
    await create(prices, price=Money(5000, "ISK"))
    form = sent(httpx_mock, 1)[2]
    assert (form["unit_amount"], form["currency"]) == ("500000", "isk")


async def test_an_amount_that_stripe_cannot_charge_makes_no_product(
    prices: StripePrices, httpx_mock: HTTPXMock
) -> None:
    with pytest.raises(InvalidInput):
        await create(prices, price=Money(1234, "KWD"))
    assert httpx_mock.get_requests() == []


async def test_without_a_product_there_is_no_price(
    prices: StripePrices, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(status_code=400, json=trouble("parameter_invalid_empty"))
    with pytest.raises(ProviderError):
        await create(prices, name="")
    assert [request.url.path for request in httpx_mock.get_requests()] == ["/v1/products"]
    assert headers(httpx_mock)["idempotency-key"].startswith(f"product:{PLAN}:")
