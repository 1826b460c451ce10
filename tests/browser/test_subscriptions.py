"""Plans through the pages: subscribed to, paid for, managed at Stripe, and spent on sessions."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.tab import STRIPE, OpenTab, Tab
from tests.world import MENTORING, World

pytestmark = pytest.mark.browser

STARTER = "91a40000-0000-4000-8000-000000000003"
PORTAL = re.compile(rf"{STRIPE}portal/")


async def _subscribes(
    tab: Tab, button: str = "Subscribe to Mentoring", *, verb: str = "Subscribe"
) -> None:
    """From the pricing page through Stripe's, on which `verb` sends the form."""
    await tab.goes_to("/")
    await tab.page.get_by_role("button", name=button, exact=True).click()
    await tab.reaches_stripe()
    await tab.page.get_by_label("Card number").fill("4242 4242 4242 4242")
    await tab.button(verb).click()


async def test_who_has_no_plan_is_shown_the_way_to_one(tab: Tab) -> None:
    await tab.goes_to("/account")
    card = tab.page.get_by_role("region", name="Subscription")
    await expect(card).to_contain_text("No subscription")
    await expect(card.get_by_role("button")).to_have_count(0)
    await card.get_by_role("link", name="See the plans").click()
    await tab.settles()
    plans = tab.page.get_by_role("region", name="Plans")
    await expect(plans.get_by_role("article")).to_have_count(5)
    await expect(plans.get_by_role("heading", level=2)).to_be_in_viewport()
    starter = plans.get_by_role("article").filter(has_text="Starter")
    await expect(starter).to_contain_text("7 days free")
    await expect(starter).to_contain_text("1 session credit a month")
    await expect(starter).to_contain_text("50.00 USD a month")


async def test_a_plan_paid_for_stands_in_the_account_until_it_is_cancelled_in_the_portal(
    world: World, tab: Tab
) -> None:
    await _subscribes(tab)
    await expect(tab.heading).to_have_text("You are subscribed")
    await expect(tab.main).to_contain_text("100.00 USD a month")
    await expect(tab.main).to_contain_text("2 session credits")
    invitation = tab.link("Open the channel Inner circle")
    await expect(invitation).to_have_attribute("href", re.compile(r"/sandbox/telegram/join/"))

    await tab.link("Your account").click()
    await tab.settles()
    subscription, payment = tab.entries("Subscription"), tab.entries("Payments")
    await expect(subscription.first).to_contain_text("Renews on ")
    await expect(subscription).to_contain_text(["Active", "2 session credits left", "Inner circle"])
    await expect(payment).to_contain_text(["100.00 USD"])
    await expect(payment.get_by_role("link", name=re.compile("^Invoice "))).to_have_count(1)
    await tab.button("Manage subscription").click()
    await expect(tab.page).to_have_url(PORTAL)
    await tab.page.go_back()
    await tab.button("Cancel").click()
    await expect(tab.page).to_have_url(PORTAL)
    await tab.button("Cancel").click()
    await tab.page.get_by_role("link", name=re.compile("Return to")).first.click()
    await expect(subscription.first).to_contain_text("You keep it until ")
    await expect(tab.button("Keep the plan")).to_be_visible()
    assert [session["mode"] for session in world.sandbox.stripe.sessions()] == ["subscription"]


async def test_who_has_a_plan_is_not_sold_it_again(tab: Tab) -> None:
    await _subscribes(tab, "Start free trial of Starter", verb="Start trial")
    await expect(tab.heading).to_have_text("Your free trial has begun")
    await expect(tab.main).to_contain_text("then 50.00 USD a month.")
    await tab.goes_to("/")
    starter = tab.entries("Plans").filter(has_text="Starter")
    await expect(starter).to_contain_text("You have this plan")
    await expect(starter.get_by_role("button")).to_have_count(0)
    await starter.get_by_role("link", name="Manage Starter").click()
    await expect(tab.entries("Subscription")).to_contain_text(["Free until "])
    await tab.goes_to(f"/payment/cancel?plan_id={STARTER}")
    await expect(tab.heading).to_have_text("You have this plan")
    await expect(tab.button("Try again")).to_have_count(0)


async def test_who_turns_back_finds_the_same_checkout_of_the_plan_again(
    world: World, tab: Tab
) -> None:
    await tab.goes_to("/")
    await tab.page.get_by_role("button", name="Buy Inner circle, for good", exact=True).click()
    checkout = await tab.reaches_stripe()
    await tab.page.get_by_role("link", name="Back").click()
    await expect(tab.heading).to_have_text("The payment was not completed")
    await expect(tab.main).to_contain_text("120.00 USD once")
    await tab.button("Try again").click()
    assert await tab.reaches_stripe() == checkout
    await tab.pays_by_card()
    await expect(tab.heading).to_have_text("It is yours")
    await expect(tab.main).to_contain_text("Paid once; it does not end.")
    assert [session["mode"] for session in world.sandbox.stripe.sessions()] == ["payment"]


async def test_a_session_is_booked_with_a_credit_and_called_off_in_time(
    world: World, open_tab: OpenTab
) -> None:
    tab = await open_tab(width=390, dark=True, touch=True)
    await _subscribes(tab)
    await expect(tab.heading).to_have_text("You are subscribed")
    await tab.goes_to(f"/booking?type={MENTORING}")
    await tab.chooses_a_time()
    chosen = await tab.chosen_times()
    assert await tab.overflow() == 0
    await tab.button("Use 1 of your 2 session credits").click()
    await expect(tab.heading).to_have_text("Your session is booked")
    assert await tab.chosen_times() == chosen
    await expect(tab.main).to_contain_text("Session credit used")
    assert len(world.sandbox.stripe.sessions()) == 1

    await tab.goes_to("/account")
    assert await tab.overflow() == 0
    booking = tab.entries("Bookings")
    await expect(booking).to_contain_text(["1 session credit"])
    await expect(tab.entries("Subscription")).to_contain_text(["1 session credit left"])
    await booking.get_by_role("button", name="Cancel").click()
    await expect(tab.button("Keep the session")).to_be_focused()
    await tab.button("Cancel the session").click()
    await expect(booking).to_contain_text(["You got 1 session credit back."])
    await expect(tab.entries("Subscription")).to_contain_text(["2 session credits left"])
