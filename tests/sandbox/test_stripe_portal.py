"""The customer portal's API: configurations and sessions, and what Stripe refuses of them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import stripe

from tests.sandbox.portal_rig import (
    RETURN_URL,
    configuration_of,
    customer_of,
    everything_on,
    open_portal,
    sell_plans,
    subscriber,
)
from tests.sandbox.stripe_rig import SDK_WARNING, Rig, running

pytestmark = pytest.mark.filterwarnings(SDK_WARNING)

OFF = {"enabled": False}


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


# --- configurations ------------------------------------------------------------------------------


async def test_a_configuration_shows_every_feature_and_is_changed_feature_by_feature(
    rig: Rig,
) -> None:
    made = await rig.api.v1.billing_portal.configurations.create_async(
        {
            "features": {"invoice_history": {"enabled": True}},
            "business_profile": {"headline": "Ada's lessons"},
            "default_return_url": RETURN_URL,
            "metadata": {"of": "tests"},
            "name": "Usual",
        }
    )
    assert made.object == "billing_portal.configuration"
    assert (made.active, made.is_default, made.default_return_url) == (True, False, RETURN_URL)
    assert made.features.invoice_history.enabled is True
    assert made.features.subscription_update.enabled is False
    assert made.features.subscription_update.proration_behavior == "none"
    assert made.features.subscription_cancel.mode == "at_period_end"
    changed = await rig.api.v1.billing_portal.configurations.update_async(
        made.id,
        {
            "features": {"subscription_cancel": {"enabled": True, "mode": "immediately"}},
            "business_profile": {"headline": ""},
            "metadata": {"of": "", "by": "us"},
            "active": False,
        },
    )
    assert changed.features.subscription_cancel.mode == "immediately"
    assert changed.features.invoice_history.enabled is True
    assert changed.business_profile.headline is None
    assert (changed.name, changed.active) == ("Usual", False)
    assert changed.metadata is not None
    assert changed.metadata.to_dict() == {"by": "us"}
    found = await rig.api.v1.billing_portal.configurations.list_async({"active": True})
    assert found.data == []
    found = await rig.api.v1.billing_portal.configurations.list_async({"is_default": False})
    assert [each.id for each in found.data] == [made.id]
    same = await rig.api.v1.billing_portal.configurations.retrieve_async(made.id)
    assert same.features.subscription_cancel.enabled is True
    assert await rig.delivered() == [
        "billing_portal.configuration.created",
        "billing_portal.configuration.updated",
    ]


@pytest.mark.parametrize(
    ("features", "message"),
    [
        ({"subscription_cancel": {"mode": "immediately"}}, "features[subscription_cancel][enab"),
        ({"subscription_cancel": {"enabled": True, "mode": "now"}}, "must be one of at_period_end"),
        (
            {"subscription_cancel": {"enabled": True, "proration_behavior": "always_invoice"}},
            "must be one of create_prorations, none",
        ),
        (
            {"subscription_cancel": {"enabled": True, "proration_behavior": "create_prorations"}},
            "must be none when mode is at_period_end",
        ),
        (
            {"subscription_update": {"enabled": True}},
            "Cannot enable subscription updates while payment method update is disabled.",
        ),
        (
            {"subscription_update": {"enabled": True, "default_allowed_updates": ["quantity"]}},
            "does not serve quantity",
        ),
        ({"subscription_pause": {"enabled": True}}, "does not serve features[subscription_pause]"),
        ({"no_feature": {"enabled": True}}, "unknown parameter: features[no_feature]"),
        ({"customer_update": {"enabled": True, "allowed_updates": ["shoes"]}}, "must be one of"),
    ],
)
async def test_features_that_cannot_be_are_refused(rig: Rig, features: Any, message: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await configuration_of(rig, features)
    assert message in str(refused.value)
    assert await rig.delivered() == []


async def test_only_recurring_prices_of_their_own_product_are_offered(rig: Rig) -> None:
    plans = await sell_plans(rig)
    other = await rig.api.v1.products.create_async({"name": "Other"})
    once = await rig.api.v1.prices.create_async(
        {"product": plans.product, "currency": "usd", "unit_amount": 500}
    )
    wrong: list[tuple[Any, str, str]] = [
        ([{"product": "prod_none", "prices": [plans.small]}], "[0][product]", "No such product"),
        ([{"product": plans.product, "prices": ["price_0"]}], "[0][prices][0]", "No such price"),
        ([{"product": other.id, "prices": [plans.small]}], "[0][prices][0]", "does not belong"),
        (
            [{"product": plans.product, "prices": [plans.small, once.id]}],
            "[0][prices][1]",
            "is not recurring",
        ),
        ([{"product": plans.product, "prices": [plans.small]}] * 11, "", "at most 10"),
    ]
    for products, param, message in wrong:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            features = everything_on(plans, subscription_update={"products": products})
            await configuration_of(rig, features)
        assert message in str(refused.value)
        assert refused.value.param == f"features[subscription_update][products]{param}"
    found = await rig.api.v1.billing_portal.configurations.list_async()
    assert found.data == []


# --- sessions ------------------------------------------------------------------------------------


async def test_a_session_needs_a_configuration_and_a_customer(rig: Rig) -> None:
    customer = await customer_of(rig)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await rig.api.v1.billing_portal.sessions.create_async({"customer": customer})
    assert refused.value.http_status == 400
    assert str(refused.value.user_message).startswith(
        "No configuration provided and your test mode default configuration has not been created."
    )
    configuration = await configuration_of(rig, {"invoice_history": {"enabled": True}})
    with pytest.raises(stripe.InvalidRequestError, match="No such customer") as missing:
        await open_portal(rig, "cus_none", configuration)
    assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")
    await rig.api.v1.billing_portal.configurations.update_async(configuration, {"active": False})
    with pytest.raises(stripe.InvalidRequestError, match="not active"):
        await open_portal(rig, customer, configuration)


async def test_a_session_has_an_address_that_is_good_for_an_hour(rig: Rig) -> None:
    customer = await customer_of(rig)
    configuration = await configuration_of(
        rig, {"invoice_history": {"enabled": True}}, default_return_url="http://shop.test/default"
    )
    session = await open_portal(rig, customer, configuration, return_url="http://shop.test/back")
    assert session.object == "billing_portal.session"
    assert session.url == f"{rig.base}/portal/{session.id}"
    assert (session.customer, session.configuration) == (customer, configuration)
    assert session.flow is None
    plain = await rig.api.v1.billing_portal.sessions.create_async(
        {"customer": customer, "configuration": configuration}
    )
    assert plain.return_url == "http://shop.test/default"
    await rig.advance(minutes=59)
    assert (await rig.http.get(session.url)).status_code == 200
    await rig.advance(minutes=1)
    late = await rig.http.get(session.url)
    assert late.status_code == 410
    assert "expired" in late.text
    assert "http://shop.test/back" in late.text
    assert (await rig.http.get("/portal/bps_none")).status_code == 404


@pytest.mark.parametrize(
    ("flow", "message"),
    [
        ({"type": "subscription_cancel"}, "Missing required param: flow_data[subscription_cancel]"),
        (
            {"type": "subscription_cancel", "subscription_cancel": {"subscription": "sub_none"}},
            "No such subscription",
        ),
        ({"type": "customer_update"}, "does not serve customer_update"),
        (
            {"type": "payment_method_update", "after_completion": {"type": "redirect"}},
            "Missing required param: flow_data[after_completion][redirect]",
        ),
        (
            {
                "type": "payment_method_update",
                "after_completion": {
                    "type": "portal_homepage",
                    "redirect": {"return_url": RETURN_URL},
                },
            },
            "`redirect` cannot be used with type=portal_homepage",
        ),
    ],
)
async def test_a_flow_that_makes_no_sense_is_refused(rig: Rig, flow: Any, message: str) -> None:
    who = await subscriber(rig)
    configuration = await configuration_of(rig, everything_on(who.plans))
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await open_portal(rig, who.customer, configuration, flow_data=flow)
    assert message in str(refused.value)


async def test_a_flow_is_only_for_what_is_allowed_and_ones_own(rig: Rig) -> None:
    who = await subscriber(rig)
    stranger = await customer_of(rig, "eve@shop.test")
    flow = {
        "type": "subscription_cancel",
        "subscription_cancel": {"subscription": who.subscription},
    }
    allowing = await configuration_of(rig, everything_on(who.plans))
    with pytest.raises(stripe.InvalidRequestError, match="does not belong to this customer"):
        await open_portal(rig, stranger, allowing, flow_data=flow)
    forbidding = await configuration_of(rig, everything_on(who.plans, subscription_cancel=OFF))
    with pytest.raises(stripe.InvalidRequestError, match="in the portal configuration is disab"):
        await open_portal(rig, who.customer, forbidding, flow_data=flow)
    await open_portal(rig, who.customer, allowing, flow_data=flow)
    rig.sandbox.cancel_subscription(who.subscription, at_period_end=True)
    with pytest.raises(stripe.InvalidRequestError, match="already set to be canceled"):
        await open_portal(rig, who.customer, allowing, flow_data=flow)


async def test_a_paused_subscription_cannot_be_changed(rig: Rig) -> None:
    who = await subscriber(rig)
    configuration = await configuration_of(rig, everything_on(who.plans))
    rig.sandbox.pause_subscription(who.subscription)
    flow = {
        "type": "subscription_update",
        "subscription_update": {"subscription": who.subscription},
    }
    with pytest.raises(stripe.InvalidRequestError, match="cannot be updated: it is paused"):
        await open_portal(rig, who.customer, configuration, flow_data=flow)
