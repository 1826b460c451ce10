"""A browser tab with the verbs of a buyer, which fails its test if a page complains."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Locator, Page, Request, expect

STRIPE = "/sandbox/stripe/"
ZONE = "Europe/Berlin"
TABS_AT_MOST = 60


@dataclass
class Tab:
    """One page of a browser context of its own; the demo user is signed in by the sandbox.

    `complaints` are the console errors (violated security policies among them), uncaught
    exceptions and requests to other hosts so far.
    """

    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)

    @property
    def heading(self) -> Locator:
        return self.page.get_by_role("heading", level=1)

    @property
    def main(self) -> Locator:
        return self.page.get_by_role("main")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name)

    def link(self, name: str) -> Locator:
        return self.main.get_by_role("link", name=name)

    def entries(self, region: str) -> Locator:
        """The articles of a section of the account page."""
        return self.page.get_by_role("region", name=region).get_by_role("article")

    async def goes_to(self, path: str) -> None:
        """Open a page of the product and wait until it is all there."""
        await self.page.goto(f"{self.base}{path}")
        await self.settles()

    async def settles(self) -> None:
        """Wait until nothing in the page is busy."""
        await expect(self.page.locator("[aria-busy=true]")).to_have_count(0)

    async def chooses_a_day(self) -> str:
        """The first open day of the next month, such as "2025-12-01".

        It is far from minimum notice and from the horizon, whatever day today is.
        """
        title = self.page.locator("#month-title")
        await expect(title).to_be_visible()
        await self.settles()
        month = await title.inner_text()
        await self.button("Next month").click()
        await expect(title).not_to_have_text(month)
        await self.settles()
        day = self.page.locator("[data-day]").first
        await day.click()
        return await day.get_attribute("data-day") or ""

    async def chooses_a_time(self) -> str:
        """The first time of such a day, which is returned."""
        day = await self.chooses_a_day()
        await self.times.first.click()
        return day

    @property
    def times(self) -> Locator:
        return self.page.get_by_role("region", name="Open times").get_by_role("button")

    async def chosen_times(self) -> list[str]:
        """Day and hours as the page's summary of the booking says them."""
        return await self.page.locator(".fact-strong").all_inner_texts()

    async def reaches_stripe(self) -> str:
        """The address of Stripe's page, once it is there."""
        await self.page.wait_for_url(f"{self.base}{STRIPE}pay/**")
        return self.page.url

    async def books_until_stripe(self, session_type: str) -> str:
        """From the choice of a time to Stripe's page, whose address is returned."""
        await self.goes_to(f"/booking?type={session_type}")
        await self.chooses_a_time()
        await self.main.get_by_role("button", name=re.compile(r"^Pay \d")).click()
        return await self.reaches_stripe()

    async def pays_by_card(self, number: str = "4242 4242 4242 4242") -> None:
        """Fill in Stripe's form and send it."""
        await self.page.get_by_label("Card number").fill(number)
        await self.button("Pay").click()

    async def overflow(self) -> int:
        """By how many CSS pixels the page is wider than the window."""
        width: int = await self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return width

    async def tabs_to(self, target: Locator) -> None:
        """Press Tab until `target` has the keyboard focus."""
        await expect(target).to_be_visible()
        for _ in range(TABS_AT_MOST):
            await self.page.keyboard.press("Tab")
            if await target.evaluate("element => element === document.activeElement"):
                return
        raise AssertionError(f"{TABS_AT_MOST} times Tab do not lead to {target}")

    def note(self, message: ConsoleMessage) -> None:
        # The stand-in answers a declined card with 402, as a browser complains of.
        path = urlsplit(message.location["url"]).path
        if message.type == "error" and not path.startswith(STRIPE):
            self.complaints.append(message.text)

    def note_stranger(self, request: Request) -> None:
        if not request.url.startswith((f"{self.base}/", "data:", "blob:")):
            self.complaints.append(f"asked another host: {request.url}")


class OpenTab(Protocol):
    """Opens a tab: `width` in CSS pixels, in the dark scheme or not, with a touch screen or not."""

    async def __call__(
        self, *, width: int = 1280, dark: bool = False, touch: bool = False
    ) -> Tab: ...


@asynccontextmanager
async def opened_tab(context: BrowserContext, base: str) -> AsyncIterator[Tab]:
    """A tab in `context`, closed with it; on leaving there must be no complaints."""
    async with context:
        tab = Tab(await context.new_page(), base)
        context.on("console", tab.note)
        context.on("weberror", lambda error: tab.complaints.append(str(error.error)))
        context.on("request", tab.note_stranger)
        yield tab
    assert tab.complaints == []
