"""Each host is booked in their own calendar and met in their own video service."""

import re
from datetime import datetime, timedelta

import pytest
from playwright.async_api import FrameLocator, Locator, expect

from tests.browser.tab import Tab
from tests.world import COACHING, REVIEW, World

pytestmark = pytest.mark.browser

CALENDLY_ROOM = re.compile(r"^https://zoom\.example/j/")


async def test_a_host_with_google_is_met_in_meet(world: World, tab: Tab) -> None:
    await tab.books_until_stripe(COACHING)
    await tab.pays_by_card()
    await expect(tab.heading).to_have_text("Your session is booked")
    [event] = world.sandbox.google.events
    await expect(tab.link("Join the meeting")).to_have_attribute("href", event["hangoutLink"])
    assert event["hangoutLink"].startswith("https://meet.google.com/")


async def test_a_host_with_the_built_in_calendar_is_met_at_daily(world: World, tab: Tab) -> None:
    await tab.books_until_stripe(REVIEW)
    await tab.pays_by_card()
    await expect(tab.heading).to_have_text("Your session is booked")
    [room] = world.sandbox.daily.rooms
    await expect(tab.link("Join the meeting")).to_have_attribute("href", re.compile(room["url"]))


async def test_a_time_is_chosen_on_the_hosts_own_page_inside_ours(world: World, tab: Tab) -> None:
    await pays_for_a_career_talk(tab)
    await expect(tab.main).to_contain_text("Paid. Please choose the time by")
    page = hosts_page(tab)
    await expect(page.get_by_label("Your e-mail")).to_have_value("demo@example.com")
    assert await tab.overflow() == 0
    assert world.sandbox.calendly.events == []
    await times(page).last.click()

    await expect(tab.heading).to_have_text("Your session is booked")
    await expect(tab.link("Join the meeting")).to_have_attribute("href", CALENDLY_ROOM)
    assert len(await tab.chosen_times()) == 2
    assert len(world.sandbox.calendly.events) == 1
    await tab.goes_to("/account")
    await expect(tab.entries("Bookings")).to_contain_text(["Confirmed"])


async def test_only_the_hosts_page_may_report_a_choice_and_only_the_server_confirms_it(
    world: World, tab: Tab
) -> None:
    await pays_for_a_career_talk(tab)
    start = await times(hosts_page(tab)).last.get_attribute("value") or ""
    link = await tab.link("Open the calendar in a new tab").get_attribute("href") or ""
    await reports_a_choice(tab, origin="https://evil.test")
    await expect(tab.heading).to_have_text("Choose a time")
    await expect(times(hosts_page(tab)).last).to_be_visible()

    await reports_a_choice(tab, origin=tab.base)
    await expect(tab.heading).to_have_text("Booking your session")
    await expect(tab.link("Choose a time")).to_have_count(0)
    world.sandbox.calendly.choose(
        link, datetime.fromisoformat(start), name="Demo Client", email="demo@example.com"
    )
    await expect(tab.heading).to_have_text("Your session is booked")


async def test_a_time_chosen_in_another_tab_is_noticed(world: World, tab: Tab) -> None:
    await tab.page.clock.install()
    await pays_for_a_career_talk(tab)
    async with tab.page.context.expect_page() as opening:
        await tab.link("Open the calendar in a new tab").click()
    other = await opening.value
    await other.locator(".days").get_by_role("button").last.click()
    await expect(other.get_by_role("heading")).to_have_text("You are scheduled")
    await tab.page.clock.fast_forward(5_000)
    await expect(tab.heading).to_have_text("Your session is booked")
    assert len(world.sandbox.calendly.events) == 1


async def test_while_the_hosts_page_is_not_there_our_own_picker_serves(
    world: World, tab: Tab
) -> None:
    await tab.page.clock.install()
    world.sandbox.faults.take_down("calendly", world.sandbox.clock.now() + timedelta(minutes=10))
    await pays_for_a_career_talk(tab)
    await expect(tab.main).to_contain_text("Preparing the host's calendar…")
    instead = tab.button("Choose the time here instead")
    await expect(instead).to_have_count(0)
    await tab.page.clock.fast_forward(15_000)
    await instead.click()
    await expect(tab.main).to_contain_text("The host's calendar cannot be asked just now.")

    await world.sandbox.advance(timedelta(minutes=11))
    await tab.button("Try again").click()
    await tab.chooses_a_time()
    chosen = await tab.chosen_times()
    await tab.button("Book this time").click()
    await expect(tab.heading).to_have_text("Your session is booked")
    assert await tab.chosen_times() == chosen
    assert len(world.sandbox.calendly.events) == 1


async def pays_for_a_career_talk(tab: Tab) -> None:
    await tab.goes_to("/")
    await tab.button("Pay and choose later for Career talk").click()
    await tab.reaches_stripe()
    await tab.pays_by_card()
    await expect(tab.page).to_have_url(re.compile(r"/booking\?booking="))


async def reports_a_choice(tab: Tab, *, origin: str) -> None:
    """What a page in a frame can make of a browser: an event whose origin the browser vouches."""
    await tab.page.evaluate(
        "origin => dispatchEvent(new MessageEvent('message', "
        "{origin, data: {event: 'calendly.event_scheduled'}}))",
        origin,
    )


def hosts_page(tab: Tab) -> FrameLocator:
    return tab.page.frame_locator("iframe[title='Calendar of Lena Fischer']")


def times(page: FrameLocator) -> Locator:
    return page.locator(".days").get_by_role("button")
