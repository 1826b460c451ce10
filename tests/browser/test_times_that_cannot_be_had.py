"""The host's calendar refuses, or somebody else was quicker."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import expect

from sandbox.faults import Fault, FaultKind
from services.catalogue import LONGEST_SEARCH
from tests.browser.tab import ZONE, Tab
from tests.world import MENTORING, World

pytestmark = pytest.mark.browser


async def test_a_calendar_that_refuses_ends_in_the_money_being_returned(
    world: World, tab: Tab
) -> None:
    world.sandbox.faults.plan("calendar", Fault(FaultKind.REFUSE))
    await tab.books_until_stripe(MENTORING)
    await tab.pays_by_card()

    await expect(tab.heading).to_have_text(
        "The session could not be booked: your money is returned"
    )
    await expect(tab.main).to_contain_text("90.00 USD went back to your payment method")
    await expect(tab.link("Choose another time")).to_be_visible()
    await expect(tab.link("Join the meeting")).to_have_count(0)
    await tab.link("Your account").click()
    await expect(tab.entries("Bookings")).to_contain_text(["Not booked"])
    await expect(tab.entries("Payments")).to_contain_text(["Refunded"])
    assert world.sandbox.agenda.entries == []


async def test_a_time_lost_to_a_rival_is_answered_with_others_that_work(
    world: World, tab: Tab
) -> None:
    await tab.goes_to(f"/booking?type={MENTORING}")
    wanted = await first_start(world, await tab.chooses_a_time())
    lost = await tab.chosen_times()
    await world.other.books(wanted)
    await tab.button("Pay 90.00 USD").click()

    await expect(tab.main).to_contain_text("This time has just been taken.")
    assert "/booking?type=" in tab.page.url
    await tab.main.locator(".notice").get_by_role("button").first.click()
    assert await tab.chosen_times() != lost
    await tab.button("Pay 90.00 USD").click()
    await tab.reaches_stripe()
    await tab.pays_by_card()
    await expect(tab.heading).to_have_text("Your session is booked")
    [entry] = world.sandbox.agenda.entries
    assert entry.starts_at != datetime.fromisoformat(wanted)


async def first_start(world: World, day: str) -> str:
    """When the first open time begins on a day as the browser counts days."""
    starts = await world.other.slots(MENTORING, days=LONGEST_SEARCH.days)
    return next(start for start in starts if day == local_day(start))


def local_day(start: str) -> str:
    return datetime.fromisoformat(start).astimezone(ZoneInfo(ZONE)).date().isoformat()
