"""Stripe customers: one a person, whatever is known of them."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from pytest_httpx import HTTPXMock

from services.providers.stripe_client import API_VERSION, connect
from services.providers.stripe_customers import StripeCustomers
from tests.providers.stripe_rig import API, KEY, headers, sent

USER = UUID("d3300000-0000-4000-8000-000000000001")
OURS = {"user_id": str(USER)}


@pytest.fixture
async def customers() -> AsyncIterator[StripeCustomers]:
    client, close = connect(KEY)
    yield StripeCustomers(client)
    await close()


async def test_a_customer_is_made_once_a_person(
    customers: StripeCustomers, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json={"id": "cus_1", "object": "customer"})
    made = await customers.create(key=USER, metadata=OURS, email="a@shop.test", name="Олена")

    assert made == "cus_1"
    assert sent(httpx_mock) == (
        "POST",
        f"{API}/customers",
        {"metadata[user_id]": str(USER), "email": "a@shop.test", "name": "Олена"},
    )
    told = headers(httpx_mock)
    assert told["authorization"] == f"Bearer {KEY}"
    assert told["stripe-version"] == API_VERSION == "2026-10-28.endive"
    assert told["idempotency-key"].startswith(f"customer:{USER}:")
    assert told["content-type"] == "application/x-www-form-urlencoded"
    assert "x-stripe-client-telemetry" not in told


async def test_a_customer_asked_for_again_has_the_same_key_until_something_changed(
    customers: StripeCustomers, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json={"id": "cus_1", "object": "customer"}, is_reusable=True)
    for email in ("a@shop.test", "a@shop.test", "b@shop.test"):
        await customers.create(key=USER, metadata=OURS, email=email, name=None)
    keys = [headers(httpx_mock, index)["idempotency-key"] for index in range(3)]
    assert keys[0] == keys[1] != keys[2]


async def test_what_is_not_known_of_a_customer_is_left_out(
    customers: StripeCustomers, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json={"id": "cus_1", "object": "customer"})
    await customers.create(key=USER, metadata={"telegram_id": "7"}, email=None, name="")
    assert sent(httpx_mock)[2] == {"metadata[telegram_id]": "7"}
