"""Stripe disputes: those about one payment, in Stripe's own words."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from pytest_httpx import HTTPXMock

from services.domain.money import Money
from services.providers.billing_ports import DisputeState
from services.providers.stripe_client import connect
from services.providers.stripe_disputes import StripeDisputes
from tests.providers.stripe_rig import KEY, asked, page


@pytest.fixture
async def disputes() -> AsyncIterator[StripeDisputes]:
    client, close = connect(KEY)
    yield StripeDisputes(client)
    await close()


def dispute(dispute_id: str, status: str, amount: int, currency: str = "usd") -> dict[str, Any]:
    return {
        "id": dispute_id,
        "object": "dispute",
        "payment_intent": "pi_1",
        "status": status,
        "amount": amount,
        "currency": currency,
    }


async def test_disputes_about_a_payment_are_told_newest_first_with_their_amounts(
    disputes: StripeDisputes, httpx_mock: HTTPXMock
) -> None:
    told = (
        dispute("dp_2", "appeal_under_review", 9000),
        dispute("dp_1", "warning_closed", 500000, "isk"),
    )
    httpx_mock.add_response(json=page(*told))
    assert await disputes.of_payment("pi_1") == [
        DisputeState(
            id="dp_2",
            payment_id="pi_1",
            status="appeal_under_review",
            amount=Money(9000, "USD"),
        ),
        DisputeState(
            id="dp_1", payment_id="pi_1", status="warning_closed", amount=Money(5000, "ISK")
        ),
    ]
    assert asked(httpx_mock) == ["GET /disputes?payment_intent=pi_1&limit=100"]


async def test_a_payment_that_nobody_disputes_has_none(
    disputes: StripeDisputes, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json=page())
    assert await disputes.of_payment("pi_1") == []
