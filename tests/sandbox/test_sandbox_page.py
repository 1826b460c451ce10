"""The page /sandbox: what it is served with, and that it works in a browser on its own."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.sandbox.sandbox_rig import Rig, confirmation, running

STATIC = Path(__file__).resolve().parents[2] / "sandbox" / "static"
FILES = sorted(file.name for file in STATIC.iterdir())


async def test_the_page_allows_itself_its_own_files_only() -> None:
    async with running() as rig:
        page = await rig.http.get("/sandbox")
    assert page.status_code == 200
    assert page.headers["content-security-policy"] == (
        "default-src 'self'; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )
    assert page.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"<script(?![^>]* src=)|<style| style=| on[a-z]+=", page.text)


async def test_no_file_of_the_page_names_another_host() -> None:
    async with running() as rig:
        for name in FILES:
            answer = await rig.http.get(f"/sandbox/static/{name}")
            assert answer.status_code == 200
            assert re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z]", answer.text) == []
            assert "innerHTML" not in answer.text


@asynccontextmanager
async def opened(chromium_path: str) -> AsyncIterator[tuple[Rig, Page]]:
    """The page in a browser; fails for any error in it and any request to another host."""
    trouble: list[str] = []
    async with running() as rig, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path, args=["--no-sandbox", "--disable-background-networking"]
        )
        page = await browser.new_page()
        page.on("console", lambda message: trouble.append(message.text))
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on(
            "request",
            lambda asked: None if asked.url.startswith(rig.origin) else trouble.append(asked.url),
        )
        await page.goto(f"{rig.origin}/sandbox")
        yield rig, page
        await browser.close()
    assert trouble == []


@pytest.mark.browser
async def test_the_page_shows_what_happened_and_an_open_detail_stays_open(
    chromium_path: str,
) -> None:
    async with opened(chromium_path) as (rig, page):
        await expect(page.get_by_text("No mail yet.")).to_be_visible()
        await rig.mail.send(confirmation())
        mails = page.locator("#mails")
        await mails.get_by_text("Confirmed: Première séance").click()
        await expect(mails.frame_locator("iframe").get_by_text("You are booked.")).to_be_visible()
        await rig.mail.send(confirmation())
        await expect(mails.get_by_text("1 repeated")).to_be_visible()
        await expect(mails.frame_locator("iframe").get_by_text("You are booked.")).to_be_visible()


@pytest.mark.browser
async def test_the_buttons_of_the_page_plan_a_fault_and_move_the_clock(chromium_path: str) -> None:
    async with opened(chromium_path) as (rig, page):
        await page.get_by_label("Service").select_option("calendar")
        await page.get_by_label("What happens to the call").select_option("refuse")
        await page.locator("#faults").get_by_role("button", name="Plan").click()
        await expect(page.locator("#faults").get_by_text("Calendar: refuse")).to_be_visible()
        assert rig.sandbox.faults.planned() == {"calendar": ["refuse"]}
        await page.get_by_role("button", name="+ 72 h").click()
        await expect(page.get_by_text("3 d ahead of this machine")).to_be_visible()
        assert rig.sandbox.clock.offset.total_seconds() == 259200
