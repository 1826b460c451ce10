"""The account page of a host: connecting payouts, being paid, calling off, telling who came."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from playwright.async_api import expect

import server
from sandbox.page import CRON_SECRET
from tests.browser.tab import Tab
from tests.world import MENTORING, Opened, World, running_world

pytestmark = pytest.mark.browser

OLENA = "Olena Koval (host)"


@pytest.fixture
async def world(seeded: str) -> AsyncIterator[World]:
    """The whole product whose payouts the operator's own clock may start."""
    async with (
        running_world(seeded, confirm_wait_seconds=5, cron_secret=CRON_SECRET) as running,
        server.working(running.app, seeded),
    ):
        yield running


async def books(world: World, *, nth: int = 0) -> Opened:
    """A confirmed session of the demo user with Olena, at her nth open time."""
    opened = await world.client.books((await world.client.slots(MENTORING))[nth])
    await world.pays(opened)
    confirmed = await world.client.confirms(opened.session_id)
    assert confirmed["booking"]["status"] == "ACCEPTED"
    return opened


async def becomes_olena(tab: Tab) -> None:
    await tab.goes_to("/account")
    await expect(tab.page.get_by_role("region", name="Payouts")).to_have_count(0)
    await tab.page.get_by_label("You are").select_option(OLENA)
    await expect(tab.page.get_by_role("region", name="Payouts")).to_be_visible()
    await tab.settles()


async def fills_in(tab: Tab) -> None:
    """What Stripe asks a host, at its page."""
    await tab.page.get_by_label("First name").fill("Olena")
    await tab.page.get_by_label("Last name").fill("Koval")
    await tab.page.get_by_label("Date of birth").fill("1980-01-02")
    await tab.button("Finish").click()


async def test_a_host_connects_payouts_and_is_paid_for_a_session(world: World, tab: Tab) -> None:
    await books(world)
    await becomes_olena(tab)
    payouts = tab.page.get_by_role("region", name="Payouts")
    await payouts.get_by_role("button", name="Connect payouts").click()
    await expect(payouts).to_contain_text("Please choose your country first.")
    await expect(payouts.get_by_label("Country of your bank account")).to_be_focused()
    assert world.sandbox.stripe.connect_accounts() == []
    await payouts.get_by_label("Country of your bank account").select_option("United States")
    await payouts.get_by_role("button", name="Connect payouts").click()
    await tab.page.get_by_label("Leave a document missing").check()
    await fills_in(tab)
    await expect(payouts).to_contain_text("A picture of an identity document")
    assert tab.page.url == f"{tab.base}/account"
    await payouts.get_by_role("button", name="Go on at Stripe").click()
    await fills_in(tab)
    await expect(payouts).to_contain_text("Payouts go there by themselves")

    await world.sandbox.advance(timedelta(days=8))
    await tab.goes_to("/sandbox")
    await tab.button("Run payouts now").click()
    await expect(tab.main).to_contain_text("Queued: 1.")
    transfers = tab.page.get_by_role("region", name="Transfers")
    await expect(transfers.locator("summary")).to_contain_text(["$80.50"])
    await tab.goes_to("/account")
    await expect(tab.entries("Payouts")).to_contain_text(["Paid out"])
    statement = payouts.get_by_role("article").get_by_role("definition")
    await expect(statement).to_have_text(["90.00 USD", "− 9.50 USD", "80.50 USD"])
    assert len(world.sandbox.stripe.transfers()) == 1


async def test_a_link_that_was_used_up_is_renewed_once_and_never_in_a_circle(
    world: World, tab: Tab
) -> None:
    await becomes_olena(tab)
    await tab.page.get_by_label("Country of your bank account").select_option("Germany")
    await tab.button("Connect payouts").click()
    await expect(tab.button("Finish")).to_be_visible()
    used = tab.page.url
    await tab.page.goto(used)
    await expect(tab.button("Finish")).to_be_visible()
    assert tab.page.url != used
    await tab.page.goto(used)
    await expect(tab.main).to_contain_text("Stripe's page was left before it was done")
    assert tab.page.url == f"{tab.base}/account"
    await tab.button("Go on at Stripe").click()
    await expect(tab.button("Finish")).to_be_visible()
    assert len(world.sandbox.stripe.connect_accounts()) == 1


async def test_a_host_calls_one_session_off_and_tells_who_missed_the_other(
    world: World, tab: Tab
) -> None:
    first, second = await books(world), await books(world, nth=1)
    await becomes_olena(tab)
    sessions = tab.entries("Your sessions")
    await expect(sessions).to_contain_text(["demo@example.com", "demo@example.com"])
    await sessions.last.get_by_role("button", name="Call off").click()
    await expect(tab.page.get_by_role("dialog")).to_contain_text(
        "The client gets everything back: 90.00 USD."
    )
    await tab.button("Call it off").click()
    await expect(sessions.last).to_contain_text("You called it off.")
    assert (await world.client.booking(first.booking_id))["status"] == "CANCELLED"
    refunds = await world.rows("select amount_minor from private.refunds")
    assert [refund["amount_minor"] for refund in refunds] == [9000]

    await world.sandbox.advance(timedelta(days=8))
    await tab.page.reload()
    await tab.settles()
    await sessions.first.get_by_role("button", name="Client did not come").click()
    told = tab.page.get_by_role("dialog")
    await expect(told).to_contain_text("The session counts as held, and you are paid for it.")
    assert (await world.row("select absent from public.bookings where id = $1", second.booking_id))[
        "absent"
    ] is None
    await told.get_by_role("button", name="Client did not come").click()
    await expect(sessions.first).to_contain_text("The client did not come.")
    await expect(tab.page.get_by_role("button", name="did not come")).to_have_count(0)
    assert (await world.client.booking(second.booking_id))["status"] == "ACCEPTED"
    assert len(await world.rows("select from private.refunds")) == 1
