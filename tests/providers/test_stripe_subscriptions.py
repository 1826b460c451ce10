"""Stripe subscriptions: what each field becomes, and ending one that may be over already."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from pytest_httpx import HTTPXMock

from services.domain.billing import SubscriptionState
from services.domain.money import Money
from services.domain.plans import SubscriptionStatus
from services.providers.errors import ProviderError
from services.providers.ports import Unknown
from services.providers.stripe_client import API_VERSION, connect
from services.providers.stripe_subscriptions import StripeSubscriptions
from tests.providers.stripe_rig import API, KEY, NO_REPEAT, asked, headers, sent, trouble

ORDER = UUID("50b00000-0000-4000-8000-000000000001")
PLAN = UUID("91a00000-0000-4000-8000-000000000001")
BEGINS = datetime(2026, 11, 24, 9, tzinfo=UTC)
ENDS = datetime(2026, 12, 24, 9, tzinfo=UTC)
TRIAL_ENDS = datetime(2026, 12, 1, 9, tzinfo=UTC)


@pytest.fixture
async def subscriptions() -> AsyncIterator[StripeSubscriptions]:
    client, close = connect(KEY)
    yield StripeSubscriptions(client)
    await close()


def price(**changes: Any) -> dict[str, Any]:
    return {
        "id": "price_1",
        "object": "price",
        "unit_amount": 10000,
        "currency": "usd",
        "metadata": {"sessionpay_plan_id": str(PLAN)},
    } | changes


def item(**changes: Any) -> dict[str, Any]:
    return {
        "id": "si_1",
        "object": "subscription_item",
        "price": price(),
        "quantity": 1,
        "current_period_start": int(BEGINS.timestamp()),
        "current_period_end": int(ENDS.timestamp()),
    } | changes


def subscription(*items: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "id": "sub_1",
        "object": "subscription",
        "customer": "cus_1",
        "status": "active",
        "items": {"object": "list", "data": list(items or (item(),)), "has_more": False},
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "ended_at": None,
        "trial_end": None,
        "created": int(BEGINS.timestamp()),
        "metadata": {"sessionpay_subscription_id": str(ORDER)},
    } | changes


# --- reading -----------------------------------------------------------------------------------


async def test_a_subscription_is_read_with_the_period_and_price_of_its_item(
    subscriptions: StripeSubscriptions, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json=subscription())
    assert await subscriptions.read("sub_1") == SubscriptionState(
        id="sub_1",
        customer_id="cus_1",
        status=SubscriptionStatus.ACTIVE,
        price_id="price_1",
        price=Money(10000, "USD"),
        current_period_start=BEGINS,
        current_period_end=ENDS,
        trial_end=None,
        cancel_at=None,
        canceled_at=None,
        ended_at=None,
        created_at=BEGINS,
        order_id=ORDER,
        plan_id=PLAN,
    )
    assert asked(httpx_mock) == ["GET /subscriptions/sub_1"]
    assert headers(httpx_mock)["stripe-version"] == API_VERSION


async def test_every_moment_that_stripe_tells_is_kept(
    subscriptions: StripeSubscriptions, httpx_mock: HTTPXMock
) -> None:
    told = subscription(
        status="canceled",
        trial_end=int(TRIAL_ENDS.timestamp()),
        cancel_at=int(ENDS.timestamp()),
        canceled_at=int(BEGINS.timestamp()),
        ended_at=int(ENDS.timestamp()),
    )
    httpx_mock.add_response(json=told)
    state = await subscriptions.read("sub_1")
    assert state.status is SubscriptionStatus.CANCELED
    assert (state.trial_end, state.cancel_at) == (TRIAL_ENDS, ENDS)
    assert (state.canceled_at, state.ended_at) == (BEGINS, ENDS)


@pytest.mark.parametrize("status", list(SubscriptionStatus))
async def test_each_status_is_known(
    subscriptions: StripeSubscriptions, httpx_mock: HTTPXMock, status: SubscriptionStatus
) -> None:
    httpx_mock.add_response(json=subscription(status=status.lower()))
    assert (await subscriptions.read("sub_1")).status is status


@pytest.mark.parametrize(
    ("changes", "ends"),
    [
        ({"cancel_at_period_end": True}, ENDS),
        ({"cancel_at": int(TRIAL_ENDS.timestamp())}, TRIAL_ENDS),
        ({"cancel_at": int(TRIAL_ENDS.timestamp()), "cancel_at_period_end": True}, TRIAL_ENDS),
    ],
)
async def test_the_end_is_known_however_it_was_cancelled(
    subscriptions: StripeSubscriptions,
    httpx_mock: HTTPXMock,
    changes: dict[str, Any],
    ends: datetime,
) -> None:
    httpx_mock.add_response(json=subscription(**changes))
    assert (await subscriptions.read("sub_1")).cancel_at == ends


@pytest.mark.parametrize(
    ("sold", "costs"),
    [
        (item(quantity=3), Money(30000, "USD")),
        (item(price=price(unit_amount=500000, currency="isk")), Money(5000, "ISK")),
        (item(price=price(unit_amount=0)), Money(0, "USD")),
        (item(price=price(unit_amount=None)), None),  # tiers, or a fraction of a cent
        (item(quantity=None), None),  # metered
    ],
)
async def test_a_price_is_what_a_whole_period_costs(
    subscriptions: StripeSubscriptions,
    httpx_mock: HTTPXMock,
    sold: dict[str, Any],
    costs: Money | None,
) -> None:
    httpx_mock.add_response(json=subscription(sold))
    state = await subscriptions.read("sub_1")
    assert (state.price_id, state.price) == ("price_1", costs)


@pytest.mark.parametrize("ours_is", [0, 1, 2])
async def test_of_several_items_that_of_our_plan_counts(
    subscriptions: StripeSubscriptions, httpx_mock: HTTPXMock, ours_is: int
) -> None:
    seats = item(
        price=price(id="price_seats", unit_amount=700, metadata={}),
        current_period_start=int(ENDS.timestamp()),
        current_period_end=int(TRIAL_ENDS.timestamp()),
        quantity=4,
    )
    items = [seats, seats]
    items.insert(ours_is, item())
    httpx_mock.add_response(json=subscription(*items))
    state = await subscriptions.read("sub_1")
    assert (state.price_id, state.price, state.plan_id) == ("price_1", Money(10000, "USD"), PLAN)
    assert (state.current_period_start, state.current_period_end) == (BEGINS, ENDS)


async def test_of_several_items_of_nobodys_plan_the_first_counts(
    subscriptions: StripeSubscriptions, httpx_mock: HTTPXMock
) -> None:
    first, second = (item(price=price(id=id_, metadata={})) for id_ in ("price_1", "price_2"))
    httpx_mock.add_response(json=subscription(first, second))
    state = await subscriptions.read("sub_1")
    assert (state.price_id, state.plan_id) == ("price_1", None)


async def test_a_subscription_of_nothing_has_no_price_and_no_period(
    subscriptions: StripeSubscriptions, httpx_mock: HTTPXMock
) -> None:
    empty = {"object": "list", "data": [], "has_more": False}
    httpx_mock.add_response(json=subscription(items=empty, cancel_at_period_end=True))
    state = await subscriptions.read("sub_1")
    assert (state.price_id, state.price, state.plan_id) == (None, None, None)
    assert (state.current_period_start, state.current_period_end) == (None, None)
    assert state.cancel_at is None


@pytest.mark.parametrize(
    "metadata", [None, {}, {"sessionpay_subscription_id": "sub of Olena"}, {"other": str(ORDER)}]
)
async def test_a_subscription_that_was_not_begun_by_us_has_no_order(
    subscriptions: StripeSubscriptions, httpx_mock: HTTPXMock, metadata: dict[str, str] | None
) -> None:
    httpx_mock.add_response(json=subscription(metadata=metadata))
    assert (await subscriptions.read("sub_1")).order_id is None


@pytest.mark.parametrize(
    "metadata", [None, {}, {"sessionpay_plan_id": "Club"}, {"sessionpay_plan_id": ""}]
)
async def test_a_price_that_was_not_made_by_us_is_of_no_plan(
    subscriptions: StripeSubscriptions, httpx_mock: HTTPXMock, metadata: dict[str, str] | None
) -> None:
    httpx_mock.add_response(json=subscription(item(price=price(metadata=metadata))))
    state = await subscriptions.read("sub_1")
    assert (state.plan_id, state.order_id, state.price_id) == (None, ORDER, "price_1")


async def test_the_empty_id_is_unknown_and_asks_nothing(
    subscriptions: StripeSubscriptions, httpx_mock: HTTPXMock
) -> None:
    with pytest.raises(Unknown):
        await subscriptions.read("")
    with pytest.raises(Unknown):
        await subscriptions.cancel("", key="end:1")
    assert httpx_mock.get_requests() == []


# --- ending ------------------------------------------------------------------------------------


async def test_a_subscription_is_ended_now_without_another_invoice(
    subscriptions: StripeSubscriptions, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(method="DELETE", json=subscription(status="canceled"))
    state = await subscriptions.cancel("sub_1", key="end:1")
    assert state.status is SubscriptionStatus.CANCELED
    assert sent(httpx_mock) == ("DELETE", f"{API}/subscriptions/sub_1", {})
    assert asked(httpx_mock) == ["DELETE /subscriptions/sub_1"]
    assert headers(httpx_mock)["idempotency-key"] == "end:1"


@pytest.mark.parametrize(
    ("code", "body"), [(404, trouble("resource_missing", param="id")), (400, trouble())]
)
@pytest.mark.parametrize("status", ["canceled", "incomplete_expired"])
async def test_a_subscription_that_is_over_comes_back_as_it_is(
    subscriptions: StripeSubscriptions,
    httpx_mock: HTTPXMock,
    code: int,
    body: dict[str, Any],
    status: str,
) -> None:
    httpx_mock.add_response(method="DELETE", status_code=code, json=body)
    httpx_mock.add_response(method="GET", json=subscription(status=status))
    assert (await subscriptions.cancel("sub_1", key="end:1")).status == status.upper()


async def test_a_subscription_that_goes_on_is_not_taken_for_ended(
    subscriptions: StripeSubscriptions, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(method="DELETE", status_code=400, json=trouble("parameter_invalid"))
    httpx_mock.add_response(method="GET", json=subscription(status="active"))
    with pytest.raises(ProviderError, match="parameter_invalid"):
        await subscriptions.cancel("sub_1", key="end:1")


async def test_a_subscription_that_never_was_cannot_be_ended(
    subscriptions: StripeSubscriptions, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(
        status_code=404, json=trouble("resource_missing", param="id"), is_reusable=True
    )
    with pytest.raises(Unknown):
        await subscriptions.cancel("sub_9", key="end:1")
    assert asked(httpx_mock) == ["DELETE /subscriptions/sub_9", "GET /subscriptions/sub_9"]


@pytest.mark.parametrize("status", [401, 403, 429, 500])
async def test_a_subscription_is_not_taken_for_ended_when_stripe_cannot_be_asked(
    subscriptions: StripeSubscriptions, httpx_mock: HTTPXMock, status: int
) -> None:
    httpx_mock.add_response(status_code=status, json=trouble(), headers=NO_REPEAT)
    with pytest.raises(ProviderError):
        await subscriptions.cancel("sub_1", key="end:1")
    assert asked(httpx_mock) == ["DELETE /subscriptions/sub_1"]
