"""The host's calendar refuses, or somebody else was quicker."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import expect

from sandbox.faults import Fault, FaultKind
from services.catalogue import LONGEST_SEARCH
from tests.browser.tab import ZONE, Tab
from tests.world import COACHING, MENTORING, World

pytestmark = pytest.mark.browser

SATURDAY = 5


async def test_a_calendar_that_refuses_ends_in_the_money_being_returned(
    world: World, tab: Tab
) -> None:
    world.sandbox.faults.plan("calcom.book", Fault(FaultKind.REFUSE))
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
    assert world.sandbox.calcom.bookings == []


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
    [booking] = world.sandbox.calcom.bookings
    assert datetime.fromisoformat(booking["start"]) != datetime.fromisoformat(wanted)


async def test_a_calendar_that_does_not_answer_is_told_and_asked_again(
    world: World, tab: Tab
) -> None:
    down_until = world.sandbox.clock.now() + timedelta(minutes=10)
    world.sandbox.faults.take_down("calcom", down_until)
    await tab.goes_to(f"/booking?type={MENTORING}")
    await expect(tab.main).to_contain_text("The host's calendar cannot be asked just now.")
    assert await tab.page.locator("[data-day]").count() == 0

    await world.sandbox.advance(timedelta(minutes=11))
    await tab.button("Try again").click()
    await tab.chooses_a_time()
    await expect(tab.heading).to_have_text("Check and pay")


async def test_a_time_taken_in_the_hosts_own_calendar_is_not_offered(tab: Tab) -> None:
    blocked = first_workday_of_next_month()
    await tab.goes_to("/sandbox")
    await tab.page.get_by_label("Whose").select_option("Olena Koval (Cal.com)")
    await tab.page.get_by_label("From").fill(f"{blocked}T00:00")
    await tab.page.get_by_label("To", exact=True).fill(f"{blocked + timedelta(days=1)}T00:00")
    await tab.button("Block this time").click()
    await expect(tab.main).to_contain_text("Blocked: Olena Koval (Cal.com)")
    await tab.goes_to(f"/booking?type={MENTORING}")
    assert await tab.chooses_a_day() > blocked.isoformat()
    await tab.goes_to(f"/booking?type={COACHING}")
    assert await tab.chooses_a_day() == blocked.isoformat()


def first_workday_of_next_month() -> date:
    """In the browser's zone; weekends are not among the hosts' hours."""
    today = datetime.now(ZoneInfo(ZONE)).date()
    day = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return day


async def first_start(world: World, day: str) -> str:
    """When the first open time begins on a day as the browser counts days."""
    starts = await world.other.slots(MENTORING, days=LONGEST_SEARCH.days)
    return next(start for start in starts if day == local_day(start))


def local_day(start: str) -> str:
    return datetime.fromisoformat(start).astimezone(ZoneInfo(ZONE)).date().isoformat()
