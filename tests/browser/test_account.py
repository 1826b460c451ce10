"""What the account page offers beside its lists: Telegram, and what happened to a booking."""

import pytest
from playwright.async_api import expect

from sandbox.faults import Fault, FaultKind
from tests.browser.tab import Tab
from tests.world import MENTORING, World

pytestmark = pytest.mark.browser


async def test_telegram_is_connected_by_a_press_there_and_then_brings_the_news(
    world: World, tab: Tab
) -> None:
    await tab.goes_to("/account")
    card = tab.page.get_by_role("region", name="Telegram")
    async with tab.page.context.expect_page() as opening:
        await card.get_by_role("button", name="Connect Telegram").click()
    chat = await opening.value
    await expect(card).to_contain_text("This link works once, until")
    await expect(card.get_by_role("link", name="Open Telegram")).to_have_attribute("href", chat.url)
    await chat.get_by_role("button", name="Start").click()
    await expect(card).to_contain_text("Connected")
    await chat.close()

    await tab.books_until_stripe(MENTORING)
    await tab.pays_by_card()
    await expect(tab.heading).to_have_text("Your session is booked")
    await tab.goes_to("/account")
    await expect(card).to_contain_text("Connected")
    await expect(tab.entries("Notifications").first).to_be_visible()
    await tab.page.goto(f"{tab.base}/sandbox/telegram/chat")
    await expect(tab.page.get_by_role("log")).to_contain_text("Mentoring session")


async def test_what_happened_to_a_booking_is_told_step_by_step(world: World, tab: Tab) -> None:
    world.sandbox.faults.plan("calcom.book", Fault(FaultKind.FAIL), times=2)
    await tab.books_until_stripe(MENTORING)
    await tab.pays_by_card()
    await expect(tab.link("Join the meeting")).to_be_visible()
    await tab.goes_to("/account")
    summary = tab.entries("Bookings").get_by_text("What happened")
    await tab.tabs_to(summary)
    await tab.page.keyboard.press("Enter")
    steps = tab.entries("Bookings").get_by_role("listitem")
    await expect(steps.first).to_contain_text("The booking was begun.")
    trouble = steps.filter(has_text="could not be reached; it is tried again.")
    await expect(trouble).to_contain_text("Tried again: ")
    await expect(trouble).to_contain_text("2 times, last ")
    await expect(steps.filter(has_text="It is in the host's calendar.")).to_have_count(1)
    await expect(steps.filter(has_text="(booking confirmed, by e-mail)")).to_have_count(1)
    assert await tab.overflow() == 0
