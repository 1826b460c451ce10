"""Cards that are declined, banks that ask or take days, buyers who turn back."""

import re

import pytest
from playwright.async_api import expect

from services.catalogue import LONGEST_SEARCH
from tests.browser.tab import Tab
from tests.world import COACHING, MENTORING, World

pytestmark = pytest.mark.browser


async def test_after_a_declined_card_another_one_pays_on_the_same_page(
    world: World, tab: Tab
) -> None:
    checkout = await tab.books_until_stripe(MENTORING)
    await tab.pays_by_card("4000 0000 0000 0002")
    await expect(tab.page.get_by_role("alert")).to_have_text("Your card was declined.")
    assert tab.page.url == checkout
    assert world.sandbox.calcom.bookings == []

    await tab.pays_by_card()
    await expect(tab.heading).to_have_text("Your session is booked")
    await tab.goes_to("/account")
    await expect(tab.entries("Payments")).to_contain_text(["Your session is booked."])
    assert len(world.sandbox.stripe.sessions()) == 1


async def test_a_card_with_3d_secure_pays_once_its_bank_has_agreed(world: World, tab: Tab) -> None:
    await tab.books_until_stripe(MENTORING)
    await tab.pays_by_card("4000 0027 6000 3184")
    await expect(tab.heading).to_have_text("Is this you?")
    assert world.sandbox.calcom.bookings == []
    await tab.button("Complete").click()
    await expect(tab.heading).to_have_text("Your session is booked")
    assert len(world.sandbox.calcom.bookings) == 1


async def test_who_fails_3d_secure_is_told_so_and_may_try_again(world: World, tab: Tab) -> None:
    checkout = await tab.books_until_stripe(MENTORING)
    await tab.pays_by_card("4000 0027 6000 3184")
    await tab.button("Fail").click()
    await expect(tab.page.get_by_role("alert")).to_contain_text("could not confirm that it was you")
    await tab.page.get_by_role("link", name="Back").click()
    await expect(tab.main).to_contain_text("could not confirm that it was you")
    await tab.button("Try again").click()
    assert await tab.reaches_stripe() == checkout
    assert world.sandbox.calcom.bookings == []


async def test_who_turns_back_finds_the_same_checkout_again(world: World, tab: Tab) -> None:
    checkout = await tab.books_until_stripe(MENTORING)
    await tab.pays_by_card("4000 0000 0000 9995")
    await tab.page.get_by_role("link", name="Back").click()

    await expect(tab.heading).to_have_text("The payment was not completed")
    await expect(tab.main).to_contain_text("Your card has insufficient funds.")
    await expect(tab.page.get_by_role("timer")).to_have_text(re.compile(r"^3[01]:\d\d$"))
    await tab.button("Try again").click()
    assert await tab.reaches_stripe() == checkout
    assert len(world.sandbox.stripe.sessions()) == 1


async def test_a_reason_that_comes_late_is_shown_all_the_same(world: World, tab: Tab) -> None:
    await tab.books_until_stripe(MENTORING)
    deliveries = world.sandbox.stripe.deliveries
    deliveries.hold()
    await tab.pays_by_card("4000 0000 0000 9995")
    await tab.page.get_by_role("link", name="Back").click()
    await expect(tab.main).to_contain_text("Your time is held until")
    await expect(tab.main).not_to_contain_text("insufficient funds")

    for event in deliveries.held():
        assert await deliveries.resend(event["id"])
    await expect(tab.main).to_contain_text("Your card has insufficient funds.")


async def test_a_released_slot_is_open_to_others_at_once(world: World, tab: Tab) -> None:
    before = await world.other.slots(MENTORING, days=LONGEST_SEARCH.days)
    await tab.books_until_stripe(MENTORING)
    held = set(before) - set(await world.other.slots(MENTORING, days=LONGEST_SEARCH.days))
    assert held
    await tab.page.get_by_role("link", name="Back").click()
    await tab.button("Release the slot").click()

    await expect(tab.heading).to_have_text("The booking was released")
    await expect(tab.main).to_contain_text("Nothing was paid")
    assert held <= set(await world.other.slots(MENTORING, days=LONGEST_SEARCH.days))
    assert [session["status"] for session in world.sandbox.stripe.sessions()] == ["expired"]


async def test_a_bank_debit_is_told_as_processing_until_the_bank_has_paid(
    world: World, tab: Tab
) -> None:
    await tab.books_until_stripe(COACHING)
    await tab.page.get_by_label("Bank debit (delayed)").check()
    await tab.button("Pay").click()

    await expect(tab.heading).to_have_text("Your payment is being processed")
    await expect(tab.main).to_contain_text("Your time stays reserved")
    await expect(tab.link("Join the meeting")).to_have_count(0)
    assert world.sandbox.google.events == []
    await tab.link("Your account").click()
    await expect(tab.entries("Bookings")).to_contain_text(["Payment processing"])
    await expect(tab.entries("Bookings").get_by_role("button")).to_have_count(0)

    await tab.page.go_back()
    [session] = world.sandbox.stripe.sessions()
    world.sandbox.stripe.settle(session["payment_intent"])
    await expect(tab.heading).to_have_text("Your session is booked")
    assert len(world.sandbox.google.events) == 1
