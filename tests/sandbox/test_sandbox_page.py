"""The page /sandbox: what it is served with, and that it works in a browser on its own."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright, expect

from sandbox.stripe.events import API_VERSION
from tests.sandbox.plan_sales import FAILING, sell
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
        await page.get_by_label("Call", exact=True).select_option("calcom.book")
        await page.get_by_label("What happens to the call").select_option("refuse")
        await page.locator("#faults").get_by_role("button", name="Plan").click()
        await expect(page.locator("#faults").get_by_text("Cal.com: book: refuse")).to_be_visible()
        assert rig.sandbox.faults.planned() == {"calcom.book": ["refuse"]}
        await page.get_by_role("button", name="+ 72 h").click()
        await expect(page.get_by_text("3 d ahead of this machine")).to_be_visible()
        assert rig.sandbox.clock.offset.total_seconds() == 259200


@pytest.mark.browser
async def test_a_service_is_taken_down_and_up_again(chromium_path: str) -> None:
    async with opened(chromium_path) as (rig, page):
        services = page.get_by_role("navigation", name="Services")
        await page.get_by_label("Whole service").select_option("Zoom")
        await page.get_by_role("button", name="Take down for 10 min").click()
        await expect(page.locator("#faults").get_by_text("Zoom: down until")).to_be_visible()
        await expect(services.get_by_text("Down")).to_be_visible()
        assert list(rig.sandbox.faults.down(rig.sandbox.clock.now())) == ["zoom"]
        await page.get_by_role("button", name="Clear").click()
        await expect(services.get_by_text("Down")).to_have_count(0)
        assert rig.sandbox.faults.down(rig.sandbox.clock.now()) == {}


@pytest.mark.browser
async def test_only_standins_that_hold_something_take_room(chromium_path: str) -> None:
    async with opened(chromium_path) as (rig, page):
        silent = page.get_by_text("Nothing yet at:")
        await expect(silent).to_contain_text("Telegram")
        await expect(page.get_by_role("region", name="Telegram")).to_have_count(0)
        rig.sandbox.telegram.say("/help")
        telegram = page.get_by_role("region", name="Telegram")
        await telegram.get_by_text("/help").first.click()
        await expect(telegram.get_by_text("Chat", exact=True)).to_be_visible()
        await expect(silent).not_to_contain_text("Telegram")
        await (
            page.get_by_role("navigation", name="Services")
            .get_by_role("link", name="Telegram")
            .click()
        )
        await expect(page).to_have_url(f"{rig.origin}/sandbox#telegram-title")


@pytest.mark.browser
async def test_what_went_wrong_shows_what_needs_somebody_first(chromium_path: str) -> None:
    async with opened(chromium_path) as (rig, page):
        await expect(page.get_by_text("Nothing went wrong.")).to_be_visible()
        rows = [
            trouble("zoom: answered 500", times=3, resolved=True),
            trouble("google: answered 503"),
            trouble("calcom: answered 401", final=True),
        ]

        async def troubles() -> list[dict[str, Any]]:
            return rows

        rig.sandbox.troubles = troubles
        lines = page.get_by_role("region", name="What went wrong").locator("summary")
        await expect(lines).to_contain_text(
            [
                re.compile("calcom: answered 401.*Given up"),
                re.compile("google: answered 503.*Tried again"),
                re.compile("zoom: answered 500.*3 times.*Mended"),
            ]
        )
        await expect(page.get_by_role("link", name="Open troubles")).to_contain_text("2")
        await lines.first.click()
        await expect(page.get_by_text("correlation-of-it").first).to_be_visible()


@pytest.mark.browser
async def test_a_renewal_is_a_click_away(chromium_path: str) -> None:
    async with opened(chromium_path) as (rig, page):
        to_period_end = page.get_by_role("button", name="To the next period end")
        await expect(page.get_by_text("No subscription yet.")).to_be_visible()
        await expect(to_period_end).to_be_hidden()
        await (await sell(rig)).subscribe()
        subscriptions = page.get_by_role("region", name="Subscriptions")
        invoices = page.get_by_role("region", name="Invoices").locator("summary")
        await expect(invoices).to_have_count(1)
        await to_period_end.click()
        await expect(invoices).to_have_count(2)
        await subscriptions.locator("summary").click()
        await subscriptions.get_by_label("Card for what comes").select_option(FAILING)
        await subscriptions.get_by_role("button", name="Set card").click()
        await expect(subscriptions.get_by_text("Visa •••• 0341")).to_be_visible()
        await page.get_by_role("button", name="+ 1 month").click()
        await expect(subscriptions.get_by_text("Past due")).to_be_visible()
        await page.get_by_role("button", name="To the next payment attempt").click()
        await invoices.first.click()
        attempts = page.get_by_role("region", name="Invoices").get_by_role("definition")
        await expect(attempts.nth(2)).to_have_text("2")
        await subscriptions.get_by_role("button", name="Cancel now").click()
        await expect(subscriptions.get_by_text("Canceled")).to_be_visible()
        await expect(to_period_end).to_be_hidden()


@pytest.mark.browser
async def test_a_connected_account_and_the_money_for_it_are_steered_by_buttons(
    chromium_path: str,
) -> None:
    async with opened(chromium_path) as (rig, page):
        await expect(page.get_by_text("No connected account yet.")).to_be_visible()
        account_id = await connected_account(rig)
        accounts = page.get_by_role("region", name="Connected accounts")
        await expect(accounts.locator("summary")).to_contain_text(["Wants to know more"])
        await accounts.locator("summary").click()
        await accounts.get_by_role("button", name="Finish onboarding").click()
        await expect(accounts.get_by_text("Active", exact=True).first).to_be_visible()
        await accounts.get_by_role("button", name="Want a document").click()
        await expect(accounts.get_by_text("verification.document")).to_be_visible()
        await page.get_by_role("button", name="Let transfers lack money").click()
        have_money = page.get_by_role("button", name="Let transfers have money")
        await expect(have_money).to_be_focused()
        await expect(page.get_by_text("Every transfer is refused")).to_be_visible()
        switches = rig.sandbox.stripe.connect_switches()
        assert (switches["transfersShort"], switches["refundsShort"]) == (True, False)
        await have_money.click()
        await expect(page.get_by_text("Every transfer is refused")).to_have_count(0)
        await accounts.get_by_role("button", name="Reject").click()
        await expect(accounts.locator("summary")).to_contain_text(["Rejected"])
        await expect(accounts.get_by_role("button", name="Reject")).to_have_count(0)
        [account] = rig.sandbox.stripe.connect_accounts()
        assert account["id"] == account_id
        assert account["capabilities"] == {"transfers": "inactive"}


async def connected_account(rig: Rig) -> str:
    """The id of a new account, asked for as the product does."""
    assert rig.settings.stripe_secret_key is not None
    key = rig.settings.stripe_secret_key.get_secret_value()
    wanted = {"stripe_balance": {"stripe_transfers": {"requested": True}}}
    answer = await rig.http.post(
        f"{rig.settings.stripe_api_base}/v2/core/accounts",
        json={
            "contact_email": "host@example.com",
            "display_name": "Olena Koval",
            "identity": {"country": "us"},
            "configuration": {"recipient": {"capabilities": wanted}},
            "dashboard": "express",
            "defaults": {
                "responsibilities": {
                    "fees_collector": "application",
                    "losses_collector": "application",
                }
            },
        },
        headers={"Authorization": f"Bearer {key}", "Stripe-Version": API_VERSION},
    )
    return str(answer.raise_for_status().json()["id"])


def trouble(
    message: str, *, times: int = 1, final: bool = False, resolved: bool = False
) -> dict[str, Any]:
    """A row of the product's error log."""
    now = datetime.now(UTC)
    return {
        "source": "book_calendar",
        "vendor": message.partition(":")[0],
        "booking_id": None,
        "message": message,
        "final": final,
        "times": times,
        "correlation_id": "correlation-of-it",
        "created_at": now,
        "last_at": now,
        "resolved_at": now if resolved else None,
    }
