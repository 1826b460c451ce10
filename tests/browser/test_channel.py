"""The channel through the pages: /pay in the chat, Stripe's page, the invitation, the door."""

import pytest
from playwright.async_api import expect

from sandbox.telegram_chats import DEMO, FRIEND
from tests.browser.tab import OpenTab, Tab
from tests.world import World

pytestmark = pytest.mark.browser

CHAT = "/sandbox/telegram/chat"


async def test_who_pays_from_the_chat_is_invited_there_and_let_in_alone(
    world: World, tab: Tab, open_tab: OpenTab
) -> None:
    messages = tab.page.get_by_role("log", name="Messages")
    await tab.goes_to(CHAT)
    await tab.page.get_by_label("Message", exact=True).fill("/pay")
    await tab.button("Send").click()
    await messages.get_by_role("link", name="Pay", exact=True).click()
    await tab.reaches_stripe()
    await tab.page.get_by_label("Email").fill("ada@shop.test")
    await tab.page.get_by_label("Card number").fill("4242 4242 4242 4242")
    await tab.button("Subscribe").click()
    await expect(tab.heading).to_have_text("Thank you")
    await expect(tab.main).to_contain_text("your invitation is on its way")

    await tab.goes_to(CHAT)
    invitation = messages.get_by_role("link", name="Join the channel")
    await expect(invitation).to_have_count(1)
    address = await invitation.get_attribute("href") or ""
    friend = await open_tab()
    await friend.page.goto(address.replace(str(DEMO.id), str(FRIEND.id)))
    await friend.button("Ask to join as Friend").click()
    await expect(friend.main).to_contain_text("Friend asked to join. The bot decides.")

    await invitation.click()
    await tab.button("Ask to join as Demo").click()
    await expect(tab.main).to_contain_text("Demo asked to join. The bot decides.")
    await tab.link("Back to the chat").click()
    await expect(tab.page.get_by_text("Inner circle: member")).to_be_visible()
    await friend.goes_to(f"{CHAT}?user={FRIEND.id}")
    await expect(friend.page.get_by_text("Inner circle: outside")).to_be_visible()
    assert world.sandbox.telegram.members() == [DEMO.id]
    assert world.sandbox.telegram.requests() == []
