"""The main job through the pages: choose, pay, and see what became of it."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.tab import Tab
from tests.world import World

pytestmark = pytest.mark.browser

MEETING = re.compile(r"^https://zoom\.us/j/\d+")


async def test_a_chosen_and_paid_time_is_confirmed_and_stands_in_the_account(
    world: World, tab: Tab
) -> None:
    await tab.goes_to("/")
    await tab.link("Choose a time for Mentoring session").click()
    await tab.chooses_a_time()
    await expect(tab.heading).to_have_text("Check and pay")
    day, hours = await tab.chosen_times()
    await tab.button("Pay 90.00 USD").click()
    await tab.reaches_stripe()
    await expect(tab.heading).to_have_text("$90.00")
    await tab.pays_by_card()

    await expect(tab.heading).to_have_text("Your session is booked")
    await expect(tab.link("Join the meeting")).to_have_attribute("href", MEETING)
    assert await tab.chosen_times() == [day, hours]
    await tab.link("Your account").click()
    booking, payment = tab.entries("Bookings"), tab.entries("Payments")
    await expect(booking).to_contain_text(["Confirmed"])
    await expect(booking).to_contain_text([f"{day}, {hours}"])
    await expect(booking.get_by_role("link", name="Join the meeting")).to_be_visible()
    await expect(payment).to_contain_text(["Your session is booked."])
    await payment.get_by_role("link", name="Receipt for 90.00 USD").click()
    await expect(tab.heading).to_have_text("Receipt")
    await expect(tab.main).to_contain_text("$90.00")
    assert len(world.sandbox.calcom.bookings) == 1
    assert len(world.sandbox.stripe.sessions()) == 1


async def test_a_session_paid_first_gets_its_time_on_a_later_visit(world: World, tab: Tab) -> None:
    await tab.goes_to("/")
    await tab.button("Pay and choose later for First consultation").click()
    await tab.reaches_stripe()
    await tab.pays_by_card()
    await expect(tab.main).to_contain_text("Paid. Please choose the time by")
    await expect(tab.page).to_have_url(re.compile(r"/booking\?booking="))

    await tab.goes_to("/")
    await expect(tab.main).to_contain_text("First consultation with Olena Koval is paid")
    await tab.page.get_by_role("link", name="Choose a time", exact=True).click()
    await tab.chooses_a_time()
    chosen = await tab.chosen_times()
    assert world.sandbox.calcom.bookings == []
    await tab.button("Book this time").click()

    await expect(tab.heading).to_have_text("Your session is booked")
    await expect(tab.link("Join the meeting")).to_have_attribute("href", MEETING)
    assert await tab.chosen_times() == chosen
    assert len(world.sandbox.calcom.bookings) == 1
    assert len(world.sandbox.stripe.sessions()) == 1
    await tab.goes_to("/")
    await expect(tab.main).not_to_contain_text("is paid")


async def test_who_pays_in_the_page_never_leaves_it_for_stripe(world: World, tab: Tab) -> None:
    visited: list[str] = []
    tab.page.on("framenavigated", lambda frame: visited.append(frame.url))
    await tab.goes_to("/")
    await tab.link("Choose a time for Design review").click()
    await tab.chooses_a_time()
    await tab.button("Pay here").click()
    form = tab.page.frame_locator("iframe[title=Checkout]")
    await form.get_by_label("Card number").fill("4242 4242 4242 4242")
    await form.get_by_role("button", name="Pay ¥12,000").click()

    await expect(tab.heading).to_have_text("Your session is booked")
    assert not any("/stripe/pay/" in url for url in visited)
    assert len(world.sandbox.daily.rooms) == 1


async def test_a_form_in_the_page_can_be_left_for_stripes_own(world: World, tab: Tab) -> None:
    await tab.goes_to("/")
    await tab.link("Choose a time for Design review").click()
    await tab.chooses_a_time()
    await tab.button("Pay here").click()
    await expect(tab.page.locator("iframe[title=Checkout]")).to_be_visible()
    await tab.button("Pay on Stripe's page instead").click()
    await tab.reaches_stripe()
    await tab.pays_by_card()

    await expect(tab.heading).to_have_text("Your session is booked")
    statuses = sorted(session["status"] for session in world.sandbox.stripe.sessions())
    assert statuses == ["complete", "expired"]
    assert len(world.sandbox.daily.rooms) == 1
