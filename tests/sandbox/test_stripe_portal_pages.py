"""The pages of the customer portal as a customer without JavaScript, or curl, sees them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.sandbox.portal_rig import (
    KEPT_CARD,
    RETURN_URL,
    Subscriber,
    configuration_of,
    customer_of,
    day,
    everything_on,
    open_portal,
    portal_of,
    sell_plans,
    subscriber,
    words,
)
from tests.sandbox.stripe_rig import SDK_WARNING, Rig, running

pytestmark = pytest.mark.filterwarnings(SDK_WARNING)

OFF = {"enabled": False}
HIDING = {
    "subscription_cancel": OFF,
    "subscription_update": OFF,
    "payment_method_update": OFF,
    "customer_update": OFF,
    "invoice_history": OFF,
}


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


def path_of(session: Any, rest: str = "") -> str:
    return f"/portal/{session.id}{rest}"


async def subscription_of(rig: Rig, who: Subscriber) -> Any:
    return await rig.api.v1.subscriptions.retrieve_async(who.subscription)


async def in_trial(rig: Rig) -> Subscriber:
    """A customer with a week of trial before $100 a month."""
    plans = await sell_plans(rig)
    session = await rig.open(
        mode="subscription",
        line_items=[{"price": plans.monthly, "quantity": 1}],
        subscription_data={"trial_period_days": 7},
    )
    rig.sandbox.pay(session.id)
    paid = await rig.read(session.id)
    return Subscriber(plans, paid.customer, paid.subscription)


# --- the first page ------------------------------------------------------------------------------


async def test_the_portal_shows_what_a_customer_has_and_where_they_came_from(rig: Rig) -> None:
    who = await subscriber(rig)
    session = await portal_of(rig, who)
    page = await rig.http.get(session.url)
    assert page.status_code == 200
    told = words(page.text)
    ends = (await subscription_of(rig, who))["items"].data[0].current_period_end
    for text in (
        "Return to shop.test",
        "ada@shop.test",
        "Inner <circle> Active $100.00 per month",
        f"Renews on {day(ends)}.",
        "Change plan Cancel",
        "Visa •••• 4242 Update card",
        "Invoice history",
        "$100.00 Paid View",
    ):
        assert text in told
    assert "Inner <circle>" not in page.text
    assert "To be paid" not in told
    assert RETURN_URL in page.text


async def test_the_pages_run_and_load_nothing_of_others_and_are_not_kept(rig: Rig) -> None:
    who = await subscriber(rig)
    session = await portal_of(rig, who)
    page = await rig.http.get(session.url)
    assert page.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; "
        "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    )
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert (await rig.http.get("/static/portal.css")).status_code == 200


async def test_what_the_configuration_switches_off_is_neither_shown_nor_done(rig: Rig) -> None:
    who = await subscriber(rig)
    session = await portal_of(rig, who, **HIDING)
    told = words((await rig.http.get(session.url)).text)
    assert "$100.00 per month" in told
    for text in ("Cancel", "Change plan", "Payment method", "Billing details", "Invoice history"):
        assert text not in told
    own = f"/subscriptions/{who.subscription}"
    for rest in (f"{own}/cancel", f"{own}/update", "/payment-method", "/customer"):
        for verb in ("GET", "POST"):
            answer = await rig.http.request(verb, path_of(session, rest))
            assert (rest, verb, answer.status_code) == (rest, verb, 404)
    assert (await rig.http.post(path_of(session, f"{own}/keep"))).status_code == 404
    subscription = await subscription_of(rig, who)
    assert (subscription.status, subscription.cancel_at) == ("active", None)


async def test_nobody_reaches_another_customers_subscription(rig: Rig) -> None:
    who = await subscriber(rig)
    stranger = await customer_of(rig, "eve@shop.test")
    session = await open_portal(
        rig, stranger, await configuration_of(rig, everything_on(who.plans))
    )
    assert "You have no subscription." in (await rig.http.get(session.url)).text
    for rest in ("cancel", "keep", "update"):
        path = path_of(session, f"/subscriptions/{who.subscription}/{rest}")
        assert (await rig.http.post(path, data={"price": who.plans.small})).status_code == 404
    assert (await subscription_of(rig, who)).cancel_at is None


# --- cancel --------------------------------------------------------------------------------------


async def test_a_subscription_is_canceled_for_later_and_kept_after_all(rig: Rig) -> None:
    who = await subscriber(rig)
    session = await portal_of(rig, who)
    path = path_of(session, f"/subscriptions/{who.subscription}/cancel")
    ends = (await subscription_of(rig, who))["items"].data[0].current_period_end
    asked = await rig.http.get(path)
    assert f"You keep it until {day(ends)} and are not charged again." in words(asked.text)
    assert (await subscription_of(rig, who)).cancel_at is None
    done = await rig.http.post(path)
    assert done.headers["location"] == f"/sandbox/stripe/portal/{session.id}?done=leaving"
    leaving = await subscription_of(rig, who)
    assert (leaving.cancel_at, leaving.cancel_at_period_end) == (ends, False)
    told = words((await rig.http.get(path_of(session, "?done=leaving"))).text)
    assert f"Cancels on {day(ends)}. Don't cancel" in told
    assert "Change plan" not in told
    sent = list(await rig.delivered())
    assert sent[-1] == "customer.subscription.updated"
    await rig.http.post(path)
    assert await rig.delivered() == sent
    await rig.http.post(path_of(session, f"/subscriptions/{who.subscription}/keep"))
    kept = await subscription_of(rig, who)
    assert (kept.status, kept.cancel_at, kept.canceled_at) == ("active", None, None)
    assert f"Renews on {day(ends)}." in words((await rig.http.get(session.url)).text)


async def test_a_subscription_is_canceled_at_once_where_that_is_configured(rig: Rig) -> None:
    who = await subscriber(rig)
    session = await portal_of(rig, who, subscription_cancel={"mode": "immediately"})
    path = path_of(session, f"/subscriptions/{who.subscription}/cancel")
    assert "It ends now, and nothing is paid back." in words((await rig.http.get(path)).text)
    await rig.http.post(path)
    ended = await subscription_of(rig, who)
    assert (ended.status, ended.cancellation_details.reason) == (
        "canceled",
        "cancellation_requested",
    )
    told = words((await rig.http.get(path_of(session, "?done=canceled"))).text)
    assert "Your subscription has been canceled." in told
    assert "You have no subscription." in told
    assert (await rig.http.post(path)).status_code == 404
    assert (await rig.delivered()).count("customer.subscription.deleted") == 1


async def test_what_is_left_of_a_period_is_given_back_where_that_is_configured(rig: Rig) -> None:
    who = await subscriber(rig)
    now = {"mode": "immediately", "proration_behavior": "create_prorations"}
    session = await portal_of(rig, who, subscription_cancel=now)
    path = path_of(session, f"/subscriptions/{who.subscription}/cancel")
    told = words((await rig.http.get(path)).text)
    assert "It ends now, and the rest of what you paid is noted as credit." in told
    await rig.http.post(path)
    assert (await subscription_of(rig, who)).status == "canceled"


# --- change plan ---------------------------------------------------------------------------------


async def test_the_plan_is_changed_after_what_is_due_was_shown(rig: Rig) -> None:
    who = await subscriber(rig)
    session = await portal_of(rig, who)
    path = path_of(session, f"/subscriptions/{who.subscription}/update")
    choice = words((await rig.http.get(path)).text)
    assert "Inner <circle>, $40.00 per month" in choice
    assert "Inner <circle>, $900.00 per year" in choice
    assert "€90.00" not in choice
    asked = words((await rig.http.get(f"{path}?price={who.plans.yearly}")).text)
    invoices = await rig.api.v1.invoices.list_async({"customer": who.customer})
    assert len(invoices.data) == 1
    changed = await rig.http.post(path, data={"price": who.plans.yearly})
    assert changed.headers["location"].endswith("?done=changed")
    subscription = await subscription_of(rig, who)
    assert subscription["items"].data[0].price.id == who.plans.yearly
    invoices = await rig.api.v1.invoices.list_async({"customer": who.customer})
    newest = invoices.data[0]
    assert (newest.status, newest.billing_reason) == ("paid", "subscription_update")
    # A month of the old plan is given back: the seconds since it began are worth nothing yet.
    assert newest.amount_paid == 80000
    assert "Due now $800.00" in asked


@pytest.mark.parametrize(
    ("proration", "told", "balance"),
    [
        ("none", "Due now $0.00 Next payment", 0),
        ("create_prorations", "Due now $0.00 On your next invoice -$60.00 Next payment", 0),
        ("always_invoice", "Due now $0.00 Kept as credit $60.00 Next payment", -6000),
    ],
)
async def test_a_smaller_plan_costs_nothing_now(
    rig: Rig, proration: str, told: str, balance: int
) -> None:
    who = await subscriber(rig)
    session = await portal_of(rig, who, subscription_update={"proration_behavior": proration})
    path = path_of(session, f"/subscriptions/{who.subscription}/update")
    assert told in words((await rig.http.get(f"{path}?price={who.plans.small}")).text)
    await rig.http.post(path, data={"price": who.plans.small})
    subscription = await subscription_of(rig, who)
    assert subscription["items"].data[0].price.id == who.plans.small
    customer = await rig.api.v1.customers.retrieve_async(who.customer)
    assert customer.balance == balance
    charges = await rig.api.v1.charges.list_async({"customer": who.customer})
    assert [charge.amount for charge in charges.data] == [10000]


@pytest.mark.parametrize(
    ("behavior", "told", "status", "amounts"),
    [
        ("end_trial", "Due now $40.00", "active", [4000]),
        ("continue_trial", "Due now $0.00", "trialing", []),
    ],
)
async def test_a_change_of_plan_ends_a_trial_or_lets_it_go_on(
    rig: Rig, behavior: str, told: str, status: str, amounts: list[int]
) -> None:
    who = await in_trial(rig)
    session = await portal_of(rig, who, subscription_update={"trial_update_behavior": behavior})
    assert "Free trial" in words((await rig.http.get(session.url)).text)
    path = path_of(session, f"/subscriptions/{who.subscription}/update")
    assert told in words((await rig.http.get(f"{path}?price={who.plans.small}")).text)
    await rig.http.post(path, data={"price": who.plans.small})
    subscription = await subscription_of(rig, who)
    assert (subscription.status, subscription["items"].data[0].price.id) == (
        status,
        who.plans.small,
    )
    charges = await rig.api.v1.charges.list_async({"customer": who.customer})
    assert [charge.amount for charge in charges.data] == amounts


async def test_a_change_that_the_kept_card_does_not_pay_leaves_an_invoice(rig: Rig) -> None:
    who = await subscriber(rig)
    rig.sandbox.set_card(who.customer, "4000000000000341")
    session = await portal_of(rig, who)
    path = path_of(session, f"/subscriptions/{who.subscription}/update")
    await rig.http.post(path, data={"price": who.plans.yearly})
    told = words((await rig.http.get(session.url)).text)
    assert "Past due $900.00 per year" in told
    assert "Pay $800.00" in told


async def test_only_offered_prices_can_be_changed_to(rig: Rig) -> None:
    who = await subscriber(rig)
    products = [{"product": who.plans.product, "prices": [who.plans.small]}]
    session = await portal_of(rig, who, subscription_update={"products": products})
    path = path_of(session, f"/subscriptions/{who.subscription}/update")
    for price in (who.plans.yearly, who.plans.euro, who.plans.monthly, "price_none", ""):
        assert (await rig.http.post(path, data={"price": price})).status_code == 404
    subscription = await subscription_of(rig, who)
    assert subscription["items"].data[0].price.id == who.plans.monthly


async def test_where_no_other_plan_is_offered_the_page_says_so(rig: Rig) -> None:
    who = await subscriber(rig)
    products = [{"product": who.plans.product, "prices": [who.plans.monthly, who.plans.euro]}]
    session = await portal_of(rig, who, subscription_update={"products": products})
    assert "Change plan" not in (await rig.http.get(session.url)).text
    path = path_of(session, f"/subscriptions/{who.subscription}/update")
    told = await rig.http.get(path)
    assert told.status_code == 200
    assert "There is no plan to which you could change now." in told.text


# --- card and details ----------------------------------------------------------------------------


async def test_a_card_is_replaced_and_charged_for_the_next_renewal(rig: Rig) -> None:
    who = await subscriber(rig)
    session = await portal_of(rig, who)
    path = path_of(session, "/payment-method")
    asked = await rig.http.get(path)
    assert "Now: Visa •••• 4242" in words(asked.text)
    done = await rig.http.post(path, data={"number": "5555 5555 5555 4444", "exp": "12/40"})
    assert done.headers["location"].endswith("?done=card")
    assert "Mastercard •••• 4444" in words((await rig.http.get(session.url)).text)
    await rig.advance(days=32)
    charges = await rig.api.v1.charges.list_async({"customer": who.customer})
    methods = [charge.to_dict()["payment_method_details"] for charge in charges.data]
    assert [method["card"]["last4"] for method in methods] == ["4444", "4242"]


@pytest.mark.parametrize(
    ("typed", "status", "message"),
    [
        ({"number": "4242424242424241"}, 422, "Your card number is incorrect."),
        ({"number": KEPT_CARD, "exp": "13/40"}, 422, "expiration date is invalid"),
        ({"number": KEPT_CARD, "exp": "01/20"}, 422, "expiration date is in the past"),
        ({"number": KEPT_CARD, "cvc": "x"}, 422, "security code is invalid"),
        ({"number": "4000000000009995"}, 402, "Your card has insufficient funds."),
        ({}, 422, "Your card number is invalid."),
    ],
)
async def test_a_card_that_cannot_be_kept_leaves_the_one_before(
    rig: Rig, typed: dict[str, str], status: int, message: str
) -> None:
    who = await subscriber(rig)
    session = await portal_of(rig, who)
    before = await rig.delivered()
    answer = await rig.http.post(path_of(session, "/payment-method"), data=typed)
    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert message in words(answer.text)
    assert "Visa •••• 4242" in words((await rig.http.get(session.url)).text)
    assert await rig.delivered() == before


async def test_details_are_changed_as_far_as_that_is_allowed(rig: Rig) -> None:
    who = await subscriber(rig)
    session = await portal_of(rig, who)
    path = path_of(session, "/customer")
    form = await rig.http.get(path)
    assert 'value="ada@shop.test"' in form.text
    assert 'name="phone"' not in form.text
    wrong = await rig.http.post(path, data={"email": "nobody", "name": "Ada L."})
    assert wrong.status_code == 422
    assert 'value="nobody"' in wrong.text
    nowhere = await rig.http.post(path, data={"email": "ada@new.test", "country": "Latvia"})
    assert nowhere.status_code == 422
    await rig.http.post(
        path,
        data={"email": "ada@new.test", "name": "Ada L.", "phone": "1", "city": "Riga", "state": ""},
    )
    customer = await rig.api.v1.customers.retrieve_async(who.customer)
    assert (customer.email, customer.name, customer.phone) == ("ada@new.test", "Ada L.", None)
    assert customer.address is not None
    assert (customer.address.city, customer.address.state) == ("Riga", None)
    assert (await rig.delivered())[-1] == "customer.updated"


# --- invoices ------------------------------------------------------------------------------------


async def test_an_unpaid_renewal_is_shown_with_a_way_to_pay_it(rig: Rig) -> None:
    who = await subscriber(rig)
    rig.sandbox.set_card(who.customer, "4000000000000341")
    await rig.advance(days=32)
    session = await portal_of(rig, who)
    told = words((await rig.http.get(session.url)).text)
    assert "Past due" in told
    assert "The last payment failed. Pay the open invoice or update your card." in told
    assert "Pay $100.00" in told
    invoices = await rig.api.v1.invoices.list_async({"customer": who.customer, "status": "open"})
    address = f"{invoices.data[0].hosted_invoice_url}?portal={session.id}"
    assert address in (await rig.http.get(session.url)).text
    paid = await rig.http.post(address, data={"number": KEPT_CARD})
    assert paid.headers["location"].endswith(f"?portal={session.id}")
    assert f'href="/sandbox/stripe/portal/{session.id}"' in (await rig.http.get(address)).text
    told = words((await rig.http.get(session.url)).text)
    assert "To be paid" not in told
    assert "Active" in told


# --- flows ---------------------------------------------------------------------------------------


async def test_a_flow_leads_straight_to_its_form_and_back_to_the_shop(rig: Rig) -> None:
    who = await subscriber(rig)
    configuration = await configuration_of(rig, everything_on(who.plans))
    flow = {
        "type": "subscription_cancel",
        "subscription_cancel": {"subscription": who.subscription},
        "after_completion": {
            "type": "redirect",
            "redirect": {"return_url": "http://shop.test/canceled?x=1"},
        },
    }
    session = await open_portal(rig, who.customer, configuration, flow_data=flow)
    assert session.flow.type == "subscription_cancel"
    assert session.flow.after_completion.redirect.return_url == "http://shop.test/canceled?x=1"
    first = await rig.http.get(session.url)
    path = path_of(session, f"/subscriptions/{who.subscription}/cancel")
    assert (first.status_code, first.headers["location"]) == (303, f"/sandbox/stripe{path}")
    form = await rig.http.get(path)
    # Browsers hold the redirect after a form to this, too.
    assert form.headers["content-security-policy"].endswith("form-action 'self' http://shop.test")
    assert RETURN_URL in form.text
    done = await rig.http.post(path)
    assert done.headers["location"] == "http://shop.test/canceled?x=1"
    assert (await subscription_of(rig, who)).cancel_at is not None


async def test_a_flow_may_end_with_a_message_or_on_the_first_page(rig: Rig) -> None:
    who = await subscriber(rig)
    configuration = await configuration_of(rig, everything_on(who.plans))
    told: Any = {
        "type": "payment_method_update",
        "after_completion": {
            "type": "hosted_confirmation",
            "hosted_confirmation": {"custom_message": "Thanks, Ada!"},
        },
    }
    session = await open_portal(rig, who.customer, configuration, flow_data=told)
    done = await rig.http.post(path_of(session, "/payment-method"), data={"number": KEPT_CARD})
    assert done.status_code == 200
    assert "Thanks, Ada!" in done.text
    assert RETURN_URL in done.text
    again = await rig.http.get(session.url)
    assert "Thanks, Ada!" in again.text
    plan: Any = {
        "type": "subscription_update",
        "subscription_update": {"subscription": who.subscription},
    }
    session = await open_portal(rig, who.customer, configuration, flow_data=plan)
    path = path_of(session, f"/subscriptions/{who.subscription}/update")
    assert (await rig.http.get(session.url)).headers["location"] == f"/sandbox/stripe{path}"
    done = await rig.http.post(path, data={"price": who.plans.small})
    assert done.headers["location"] == f"/sandbox/stripe/portal/{session.id}?done=changed"
    told_home = words((await rig.http.get(path_of(session, "?done=changed"))).text)
    assert "Your plan has been changed." in told_home
    assert "$40.00 per month" in told_home
