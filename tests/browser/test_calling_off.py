"""Calling a session off or moving it through the pages: what is asked, told and done."""

from datetime import datetime, timedelta

import pytest
from playwright.async_api import Locator, expect

from tests.browser.tab import OpenTab, Tab
from tests.world import MENTORING, Opened, World

pytestmark = pytest.mark.browser


async def books(world: World) -> Opened:
    """The demo user's confirmed session, more than a day from now."""
    soonest = (world.app.clock.now() + timedelta(days=2)).isoformat()
    starts = await world.client.slots(MENTORING)
    opened = await world.client.books(next(start for start in starts if start > soonest))
    await world.pays(opened)
    confirmed = await world.client.confirms(opened.session_id)
    assert confirmed["booking"]["status"] == "ACCEPTED"
    return opened


async def moves_clock_before(world: World, opened: Opened, left: timedelta) -> None:
    """Let so much time be left until the session."""
    assert opened.starts_at is not None
    start = datetime.fromisoformat(opened.starts_at)
    await world.sandbox.advance(start - left - world.app.clock.now())


def dialog(tab: Tab) -> Locator:
    return tab.page.get_by_role("dialog")


async def test_a_client_is_told_what_comes_back_before_they_cancel_by_keyboard(
    world: World, tab: Tab
) -> None:
    await books(world)
    await tab.goes_to("/account")
    booking = tab.entries("Bookings")
    await expect(booking).to_contain_text(
        ["Cancel up to 24 hours before for a full refund, up to 2 hours before for 50 % back."]
    )
    cancel = booking.get_by_role("button", name="Cancel")
    await tab.tabs_to(cancel)
    await tab.page.keyboard.press("Enter")
    await expect(dialog(tab)).to_contain_text("You get everything back: 90.00 USD.")
    await expect(dialog(tab)).to_contain_text("That holds until")
    await expect(tab.button("Keep the session")).to_be_focused()
    await tab.page.keyboard.press("Escape")
    await expect(dialog(tab)).to_have_count(0)
    await expect(cancel).to_be_focused()
    assert len(world.sandbox.calcom.bookings) == 1

    await tab.page.keyboard.press("Enter")
    await tab.button("Cancel the session").click()
    await expect(dialog(tab)).to_have_count(0)
    await expect(tab.page.get_by_role("heading", name="Bookings")).to_be_focused()
    await expect(booking).to_contain_text(["You called it off."])
    await expect(cancel).to_have_count(0)
    await expect(tab.page.locator("#live")).to_have_text(
        "The session was called off. 90.00 USD goes back."
    )


async def test_an_answer_that_no_longer_holds_is_given_anew_and_asked_again(
    world: World, tab: Tab
) -> None:
    opened = await books(world)
    await tab.goes_to("/account")
    await tab.entries("Bookings").get_by_role("button", name="Cancel").click()
    await expect(dialog(tab)).to_contain_text("You get everything back: 90.00 USD.")
    await moves_clock_before(world, opened, timedelta(hours=5))

    await tab.button("Cancel the session").click()
    await expect(dialog(tab)).to_contain_text("What you get back has changed meanwhile")
    await expect(dialog(tab)).to_contain_text("You get 45.00 USD back (50 %); 45.00 USD is kept.")
    assert (await world.client.booking(opened.booking_id))["status"] == "ACCEPTED"
    await tab.button("Cancel the session").click()
    await expect(tab.entries("Bookings")).to_contain_text(
        ["You called it off. 45.00 USD of 90.00 USD went back"]
    )
    await expect(tab.entries("Payments")).to_contain_text(["45.00 USD is kept."])
    await expect(tab.entries("Payments")).to_contain_text(["Partly refunded"])
    await expect(tab.entries("Payments")).to_contain_text(["45.00 USD was returned."])
    [payment] = (await world.client.booking(opened.booking_id))["payments"]
    assert payment["refunded"] == {"amountMinor": 4500}


async def test_what_can_no_longer_be_cancelled_says_why_in_place_of_the_button(
    world: World, open_tab: OpenTab
) -> None:
    tab = await open_tab(width=320, dark=True)
    opened = await books(world)
    await moves_clock_before(world, opened, timedelta(hours=1))
    await tab.goes_to("/account")
    await tab.entries("Bookings").get_by_role("button", name="Cancel").click()
    await expect(dialog(tab)).to_contain_text("It is too late to call this session off.")
    await expect(dialog(tab)).to_contain_text("It could be done until")
    await expect(tab.button("Cancel the session")).to_have_count(0)
    assert await tab.overflow() == 0
    await dialog(tab).get_by_text("Close", exact=True).click()
    await expect(dialog(tab)).to_have_count(0)
    assert (await world.client.booking(opened.booking_id))["status"] == "ACCEPTED"


async def test_another_time_is_taken_and_one_lost_to_a_rival_is_replaced_by_others(
    world: World, tab: Tab
) -> None:
    opened = await books(world)
    await tab.goes_to("/account")
    await tab.entries("Bookings").get_by_role("button", name="Change time").click()
    await expect(dialog(tab)).to_contain_text("up to 4 hours before, at most 2 times")
    await tab.settles()
    open_starts = await world.client.slots(MENTORING)
    await tab.times.first.click()
    await expect(tab.button("Take this time")).to_be_focused()
    until_now = (await tab.chosen_times())[:2]
    lost = (await tab.chosen_times())[2:]
    await world.other.books(open_starts[0])
    await tab.button("Take this time").click()

    await expect(dialog(tab)).to_contain_text("This time has just been taken.")
    await dialog(tab).locator(".notice").get_by_role("button").first.click()
    chosen = (await tab.chosen_times())[2:]
    assert chosen not in (lost, until_now)
    await tab.button("Take this time").click()
    await expect(dialog(tab)).to_have_count(0)
    await expect(tab.entries("Bookings")).to_contain_text([", ".join(chosen)])
    moved = await world.client.booking(opened.booking_id)
    assert moved["status"] == "ACCEPTED"
    assert moved["startsAt"] not in (opened.starts_at, open_starts[0])
    [payment] = moved["payments"]
    assert payment["refunded"] == {"amountMinor": 0}
