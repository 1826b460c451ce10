"""What holds on every page: it fits the screen, it works by keyboard, it keeps to itself."""

import pytest
from playwright.async_api import expect

from tests.browser.tab import OpenTab, Tab
from tests.world import MENTORING

pytestmark = pytest.mark.browser

PAGES = [
    "/",
    "/booking",
    f"/booking?type={MENTORING}",
    "/payment/success",
    "/payment/success?session_id=cs_test_unknown",
    "/payment/cancel",
    "/account",
]


async def test_a_phone_at_night_shows_every_step_without_sideways_scrolling(
    open_tab: OpenTab,
) -> None:
    tab = await open_tab(width=390, dark=True, touch=True)
    await tab.goes_to("/")
    assert await tab.overflow() == 0
    await tab.link("Choose a time for Mentoring session").tap()
    await tab.chooses_a_day()
    assert await tab.overflow() == 0
    await tab.times.first.tap()
    await expect(tab.heading).to_have_text("Check and pay")
    assert await tab.overflow() == 0
    await tab.button("Pay 90.00 USD").tap()
    await tab.reaches_stripe()
    assert await tab.overflow() == 0
    await tab.pays_by_card()
    await expect(tab.link("Join the meeting")).to_be_visible()
    assert await tab.overflow() == 0
    await tab.link("Your account").tap()
    await expect(tab.entries("Notifications")).to_contain_text(["https://zoom.us/j/"])
    assert await tab.overflow() == 0
    assert await tab.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")


# 320 CSS pixels are a wide screen at 400 % (WCAG 2.2, 1.4.10).
@pytest.mark.parametrize(
    ("width", "pages"),
    [(320, [*PAGES, "/sandbox"]), (1280, [*PAGES, "/sandbox"])],
    ids=["magnified", "wide"],
)
async def test_every_page_fits_and_complains_about_nothing(
    open_tab: OpenTab, width: int, pages: list[str]
) -> None:
    tab = await open_tab(width=width)
    for path in pages:
        await tab.goes_to(path)
        await expect(tab.heading).to_have_count(1)
        assert (path, await tab.overflow()) == (path, 0)


async def test_a_time_can_be_chosen_and_paid_for_by_keyboard_alone(tab: Tab) -> None:
    await tab.goes_to("/")
    press = tab.page.keyboard.press
    await tab.tabs_to(tab.link("Choose a time for Mentoring session"))
    await press("Enter")
    await tab.page.wait_for_url("**/booking?type=*")
    await tab.settles()
    days = tab.page.locator("[data-day]")
    await tab.tabs_to(days.first)
    this_month = await days.first.get_attribute("data-day") or ""
    await press("PageDown")
    await expect(days.first).not_to_have_attribute("data-day", this_month)
    await expect(days.first).to_be_focused()
    await press("ArrowRight")
    await expect(days.nth(1)).to_be_focused()
    await press("Enter")
    await expect(days.nth(1)).to_be_focused()
    await expect(days.nth(1)).to_have_attribute("aria-pressed", "true")
    await tab.tabs_to(tab.times.first)
    await press("Enter")
    await expect(tab.heading).to_have_text("Check and pay")
    await expect(tab.heading).to_be_focused()
    await tab.tabs_to(tab.button("Pay 90.00 USD"))
    await press("Enter")
    await tab.reaches_stripe()
    await tab.tabs_to(tab.button("Pay"))
    await press("Enter")
    await expect(tab.heading).to_have_text("Your session is booked")


async def test_the_graphql_ide_runs_a_query_without_any_other_host(tab: Tab) -> None:
    await tab.page.goto(f"{tab.base}/graphql")
    await tab.button("Execute query").click()
    answer = tab.page.locator(".result-window")
    await expect(answer).to_contain_text('"name": "Mentoring session"')
    await expect(answer).to_contain_text('"display": "90.00 USD"')


async def test_exceptions_strangers_and_violated_policies_are_complained_about(tab: Tab) -> None:
    await tab.goes_to("/")
    async with tab.page.expect_event("pageerror"):
        await tab.page.evaluate("setTimeout(() => { throw new Error('a bug') })")
    async with tab.page.expect_console_message():
        await tab.page.evaluate("fetch('https://stranger.invalid/').catch(() => null)")
    async with tab.page.expect_request("https://stranger.invalid/page"):
        await tab.page.evaluate("location = 'https://stranger.invalid/page'")
    told = "\n".join(tab.complaints)
    assert "a bug" in told
    assert "violates the following Content Security Policy" in told
    assert "asked another host: https://stranger.invalid/page" in told
    tab.complaints.clear()
