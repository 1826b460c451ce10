"""Fixtures of the browser tests: headless Chromium, a world whose worker runs by itself, tabs."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Browser, async_playwright, expect

import server
from tests.browser.tab import ZONE, OpenTab, Tab, opened_tab
from tests.world import World, running_world

PATIENCE_MS = 15_000
"""How long a page may take on a busy machine; the tests themselves never wait for a time."""

# No sandbox: containers run as root. The rest keeps Chromium from talking to anybody but us.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="session")
async def browser(chromium_path: str) -> AsyncIterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    async with (
        async_playwright() as playwright,
        await playwright.chromium.launch(executable_path=chromium_path, args=FLAGS) as chromium,
    ):
        yield chromium


@pytest.fixture
async def world(seeded: str) -> AsyncIterator[World]:
    """The whole product over real HTTP with its worker beside it, as `make run` serves it."""
    async with (
        running_world(seeded, confirm_wait_seconds=5) as running,
        server.working(running.app, seeded),
    ):
        yield running


@pytest.fixture
async def open_tab(browser: Browser, world: World) -> AsyncIterator[OpenTab]:
    """Opens tabs of browser contexts that know nothing of each other."""
    async with AsyncExitStack() as tabs:

        async def open_one(*, width: int = 1280, dark: bool = False, touch: bool = False) -> Tab:
            context = await browser.new_context(
                locale="en-US",
                timezone_id=ZONE,
                viewport={"width": width, "height": 844},
                color_scheme="dark" if dark else "light",
                is_mobile=touch,
                has_touch=touch,
            )
            context.set_default_timeout(PATIENCE_MS)
            return await tabs.enter_async_context(opened_tab(context, world.base))

        yield open_one


@pytest.fixture
async def tab(open_tab: OpenTab) -> Tab:
    """A tab of the demo user on a wide screen."""
    return await open_tab()
