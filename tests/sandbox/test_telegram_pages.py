"""The page of an invite link, over HTTP, and both of Telegram's pages in a browser."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, async_playwright, expect

from sandbox.telegram_chats import DEMO, FRIEND
from tests.sandbox.telegram_rig import Rig, rigged


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with rigged() as made:
        yield made


async def test_a_link_is_a_page_that_says_who_may_open_it(rig: Rig) -> None:
    address = await rig.link(creates_join_request=True)
    page = await rig.http.get(address)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "unsafe" not in page.headers["content-security-policy"]
    for file in re.findall(r'"/sandbox/telegram(/static/[^"]+)"', page.text):
        assert (await rig.http.get(file)).status_code == 200, file
    key = address.rpartition("/")[2]
    assert (await rig.http.get(f"/links/{key}")).json() == {
        "channel": "Inner circle",
        "state": "open",
        "byRequest": True,
        "people": [
            {"id": DEMO.id, "name": "Demo", "standing": "outside"},
            {"id": FRIEND.id, "name": "Friend", "standing": "outside"},
        ],
    }
    assert (await rig.http.get("/links/none")).json()["state"] == "unknown"


async def test_a_link_is_opened_by_json_as_whoever_is_named(rig: Rig) -> None:
    key = (await rig.link(member_limit=1)).rpartition("/")[2]
    friend = {"from": {"id": FRIEND.id}}
    joined = (await rig.does(f"join/{key}", **friend)).json()
    assert (joined["outcome"], joined["state"]) == ("joined", "used up")
    assert [each["standing"] for each in joined["people"]] == ["outside", "member"]
    assert (await rig.does(f"join/{key}")).json()["outcome"] == "refused: used up"
    assert (await rig.does("join/none")).json()["outcome"] == "refused: no such link"
    assert rig.telegram.members() == [FRIEND.id]
    left = (await rig.does("leave", **friend)).json()
    assert left["channel"] == {"title": "Inner circle", "standing": "outside"}
    again = await rig.does("leave", **friend)
    assert (again.status_code, again.json()["error"]["message"]) == (
        400,
        "Friend is not in the channel.",
    )


async def test_a_page_of_another_origin_opens_no_link(rig: Rig) -> None:
    address = await rig.link()
    form = await rig.http.post(address, data={"from": "1"})
    nobody = await rig.http.post(address, json={"from": {"id": "1"}})
    assert (form.status_code, nobody.status_code) == (415, 400)
    assert rig.telegram.members() == []


@asynccontextmanager
async def opened(rig: Rig, chromium_path: str, path: str) -> AsyncIterator[Page]:
    """A page in a browser; fails for any error in it and any request to another host."""
    trouble: list[str] = []
    origin = rig.telegram.stage.public_url
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path, args=["--no-sandbox", "--disable-background-networking"]
        )
        page = await browser.new_page()
        page.on("console", lambda message: trouble.append(message.text))
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on(
            "request",
            lambda asked: None if asked.url.startswith(origin) else trouble.append(asked.url),
        )
        await page.goto(f"{rig.telegram.url}{path}")
        yield page
        await browser.close()
    assert trouble == []


@pytest.mark.browser
async def test_a_friend_types_by_keyboard_and_opens_an_invite_link(
    rig: Rig, chromium_path: str
) -> None:
    rig.telegram.say("/start", FRIEND)
    address = await rig.link(member_limit=1)
    button = {"text": "Join the channel", "url": address}
    await rig.sends(chat_id=FRIEND.id, reply_markup={"inline_keyboard": [[button]]})
    async with opened(rig, chromium_path, "/chat") as page:
        who = page.get_by_label("You are")
        await expect(who).to_have_value(str(DEMO.id))
        await expect(page.get_by_text("Nothing was said yet.")).to_be_visible()
        await who.focus()
        await page.keyboard.press("ArrowDown")
        await expect(page).to_have_url(re.compile(rf"\?user={FRIEND.id}$"))
        await page.get_by_role("button", name="/pay").press("Enter")
        await expect(page.get_by_text("/pay").first).to_be_visible()
        await expect(page.get_by_text("Inner circle: outside")).to_be_visible()
        await page.get_by_role("link", name="Join the channel").press("Enter")
        await page.get_by_role("button", name="Join as Friend").press("Enter")
        await expect(page.get_by_text("Friend is in the channel now.")).to_be_visible()
        await page.get_by_role("button", name="Join as Demo").click()
        await expect(page.get_by_text("Demo was refused: used up.")).to_be_visible()
        await page.get_by_role("link", name="Back to the chat").click()
        await expect(who).to_have_value(str(FRIEND.id))
        await expect(page.get_by_text("Inner circle: member")).to_be_visible()
        await page.get_by_role("button", name="Leave").click()
        await expect(page.get_by_text("Inner circle: outside")).to_be_visible()
    assert rig.telegram.members() == []
    said = [message["text"] for message in await rig.told("message")]
    assert said == ["/start", "/pay"]
