"""Stripe's customer portal: what customers may change there, and where it begins."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from pytest_httpx import HTTPXMock

from services.domain.billing import PriceState
from services.domain.plans import PortalFlow
from services.providers.ports import Unknown
from services.providers.stripe_client import connect
from services.providers.stripe_portal import StripePortal
from tests.providers.stripe_rig import API, KEY, headers, sent, trouble

BACK = "https://shop.test/account"
ALWAYS = {
    "features[customer_update][enabled]": "true",
    "features[customer_update][allowed_updates][0]": "email",
    "features[customer_update][allowed_updates][1]": "address",
    "features[invoice_history][enabled]": "true",
    "features[payment_method_update][enabled]": "true",
    "features[subscription_cancel][enabled]": "true",
    "features[subscription_cancel][mode]": "at_period_end",
    "default_return_url": BACK,
}
UPDATE = "features[subscription_update]"


@pytest.fixture
async def portal() -> AsyncIterator[StripePortal]:
    client, close = connect(KEY)
    yield StripePortal(client)
    await close()


def configured(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(json={"id": "bpc_1", "object": "billing_portal.configuration"})


async def go(portal: StripePortal, flow: PortalFlow, **changes: Any) -> str:
    given: dict[str, Any] = {
        "customer_id": "cus_1",
        "configuration_id": "bpc_1",
        "return_url": BACK,
        "flow": flow,
        "subscription_id": "sub_1",
    }
    return await portal.open(**given | changes)


# --- what may be changed -----------------------------------------------------------------------


@pytest.mark.parametrize("offers", [[], [PriceState("price_1", "prod_1")]])
async def test_with_nothing_to_change_to_plans_cannot_be_changed(
    portal: StripePortal, httpx_mock: HTTPXMock, offers: list[PriceState]
) -> None:
    configured(httpx_mock)
    assert await portal.configure(offers, key="k1", return_url=BACK) == "bpc_1"
    assert sent(httpx_mock) == (
        "POST",
        f"{API}/billing_portal/configurations",
        ALWAYS | {f"{UPDATE}[enabled]": "false"},
    )
    assert headers(httpx_mock)["idempotency-key"] == "portal:k1"


async def test_prices_are_offered_by_product_and_a_change_is_settled_at_once(
    portal: StripePortal, httpx_mock: HTTPXMock
) -> None:
    configured(httpx_mock)
    offers = [
        PriceState("price_1", "prod_1"),
        PriceState("price_2", "prod_2"),
        PriceState("price_3", "prod_1"),
    ]
    await portal.configure(offers, key="k1", return_url=BACK)
    assert sent(httpx_mock)[2] == ALWAYS | {
        f"{UPDATE}[enabled]": "true",
        f"{UPDATE}[default_allowed_updates][0]": "price",
        f"{UPDATE}[proration_behavior]": "always_invoice",
        f"{UPDATE}[products][0][product]": "prod_1",
        f"{UPDATE}[products][0][prices][0]": "price_1",
        f"{UPDATE}[products][0][prices][1]": "price_3",
        f"{UPDATE}[products][1][product]": "prod_2",
        f"{UPDATE}[products][1][prices][0]": "price_2",
    }


async def test_of_more_products_than_stripe_takes_the_first_ten_are_offered(
    portal: StripePortal, httpx_mock: HTTPXMock
) -> None:
    configured(httpx_mock)
    offers = [PriceState(f"price_{number}", f"prod_{number}") for number in range(11)]
    await portal.configure(offers, key="k1", return_url=BACK)
    form = sent(httpx_mock)[2]
    assert form[f"{UPDATE}[products][9][product]"] == "prod_9"
    assert f"{UPDATE}[products][10][product]" not in form


# --- where it begins ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flow", "flow_data"),
    [
        (PortalFlow.HOME, {}),
        (PortalFlow.PAYMENT_METHOD, {"flow_data[type]": "payment_method_update"}),
        (
            PortalFlow.CANCEL,
            {
                "flow_data[type]": "subscription_cancel",
                "flow_data[subscription_cancel][subscription]": "sub_1",
            },
        ),
        (
            PortalFlow.CHANGE_PLAN,
            {
                "flow_data[type]": "subscription_update",
                "flow_data[subscription_update][subscription]": "sub_1",
            },
        ),
    ],
)
async def test_the_portal_opens_where_it_was_asked_to(
    portal: StripePortal, httpx_mock: HTTPXMock, flow: PortalFlow, flow_data: dict[str, str]
) -> None:
    url = "https://billing.stripe.com/p/session/1"
    httpx_mock.add_response(json={"id": "bps_1", "object": "billing_portal.session", "url": url})
    assert await go(portal, flow) == url
    assert sent(httpx_mock) == (
        "POST",
        f"{API}/billing_portal/sessions",
        {"customer": "cus_1", "configuration": "bpc_1", "return_url": BACK} | flow_data,
    )


@pytest.mark.parametrize("flow", [PortalFlow.CANCEL, PortalFlow.CHANGE_PLAN])
@pytest.mark.parametrize("missing", [None, ""])
async def test_a_flow_about_a_subscription_needs_one(
    portal: StripePortal, httpx_mock: HTTPXMock, flow: PortalFlow, missing: str | None
) -> None:
    with pytest.raises(ValueError, match=f"flow {flow} needs a subscription"):
        await go(portal, flow, subscription_id=missing)
    assert httpx_mock.get_requests() == []


@pytest.mark.parametrize("parameter", ["customer", "configuration"])
async def test_what_stripe_does_not_know_any_more_is_named(
    portal: StripePortal, httpx_mock: HTTPXMock, parameter: str
) -> None:
    told = trouble("resource_missing", param=parameter)
    httpx_mock.add_response(status_code=400, json=told)
    with pytest.raises(Unknown) as caught:
        await go(portal, PortalFlow.HOME)
    assert caught.value.parameter == parameter
