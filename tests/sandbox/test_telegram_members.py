"""The stand-in's private channel: its members, the bot's rights over them, and what is shown."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.clock import SandboxClock
from sandbox.faults import Fault, FaultKind, Faults
from sandbox.hooks import Hooks
from sandbox.journal import Journal
from sandbox.standin import Asked, Stage
from sandbox.telegram import BOT_ID, BOT_TOKEN, TelegramSandbox
from sandbox.telegram_channel import CHANNEL_ID, OWNER
from sandbox.telegram_channel_methods import NO_RIGHTS
from sandbox.telegram_chats import DEMO, FRIEND
from tests.sandbox.telegram_rig import ANN, BOT, CHAT, Rig, rigged


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with rigged() as made:
        yield made


# --- members -------------------------------------------------------------------------------------


async def test_who_is_banned_may_not_come_back_until_they_are_unbanned(rig: Rig) -> None:
    address = await rig.link()
    rig.telegram.join(address)
    for _ in range(2):
        assert await rig.channel("banChatMember", user_id=DEMO.id) is True
    assert rig.telegram.members() == []
    assert rig.telegram.join(address) == "refused: banned"
    banned = {"user": DEMO.as_json(), "status": "kicked", "until_date": 0}
    assert await rig.channel("getChatMember", user_id=DEMO.id) == banned
    for _ in range(2):
        await rig.channel("unbanChatMember", user_id=DEMO.id, only_if_banned=True)
    assert rig.telegram.join(address) == "joined"
    statuses = [change["new_chat_member"]["status"] for change in await rig.told("chat_member")]
    assert statuses == ["member", "kicked", "left", "member"]


async def test_unbanning_puts_a_member_out_unless_only_the_banned_are_meant(rig: Rig) -> None:
    rig.telegram.join(await rig.link())
    await rig.channel("unbanChatMember", user_id=DEMO.id, only_if_banned=True)
    assert rig.telegram.members() == [DEMO.id]
    await rig.channel("unbanChatMember", user_id=DEMO.id)
    assert rig.telegram.members() == []


async def test_a_member_is_told_as_telegram_tells_them(rig: Rig) -> None:
    owner = await rig.channel("getChatMember", user_id=OWNER.id)
    assert owner == {"user": OWNER.as_json(), "status": "creator", "is_anonymous": False}
    bot = await rig.channel("getChatMember", user_id=BOT_ID)
    assert (bot["user"], bot["status"]) == (BOT, "administrator")
    assert bot["can_invite_users"] is bot["can_restrict_members"] is True
    rig.telegram.say("hello", ANN)
    ann = await rig.channel("getChatMember", user_id=ANN.id)
    assert ann == {"user": ANN.as_json(), "status": "left"}
    rig.telegram.join(await rig.link(), ANN)
    assert (await rig.channel("getChatMember", user_id=ANN.id))["status"] == "member"


async def test_who_cannot_be_banned_is_refused(rig: Rig) -> None:
    rig.telegram.say("hello", ANN)
    for user_id, why in [
        (OWNER.id, "can't remove chat owner"),
        (BOT_ID, "can't restrict self"),
        (ANN.id, "PARTICIPANT_ID_INVALID"),
        (43, "user not found"),
        ("42", "invalid user_id specified"),
    ]:
        assert await rig.refused("banChatMember", user_id=user_id) == why
    assert await rig.refused("getChatMember", user_id=43) == "user not found"
    assert await rig.refused("unbanChatMember", user_id=43) == "user not found"
    assert rig.telegram.join(await rig.link(), OWNER) == "refused: member already"


# --- the bot's rights ----------------------------------------------------------------------------


@pytest.mark.parametrize("method", list(NO_RIGHTS))
async def test_a_bot_without_rights_is_refused_and_told_nothing(rig: Rig, method: str) -> None:
    address = await rig.link()
    rig.telegram.demote()
    rig.telegram.demote()
    assert await rig.refused(method, user_id=DEMO.id) == NO_RIGHTS[method]
    assert rig.telegram.join(address) == "joined"
    rig.telegram.promote()
    rig.telegram.leave()
    changes = await rig.told("chat_member")
    assert [change["new_chat_member"]["status"] for change in changes] == ["left"]
    rights = [
        (change["chat"], change["new_chat_member"]["status"])
        for change in await rig.told("my_chat_member")
    ]
    assert rights == [(CHAT, "left"), (CHAT, "administrator")]


@pytest.mark.parametrize("method", list(NO_RIGHTS))
async def test_a_planned_refusal_is_about_the_rights(rig: Rig, method: str) -> None:
    assert method in {endpoint.operation for endpoint in rig.telegram.endpoints()}
    rig.telegram.stage.faults.plan(f"telegram.{method}", Fault(FaultKind.REFUSE))
    assert await rig.refused(method, user_id=DEMO.id) == NO_RIGHTS[method]


@pytest.mark.parametrize("method", list(NO_RIGHTS))
async def test_a_parameter_that_we_do_not_send_is_refused(rig: Rig, method: str) -> None:
    why = await rig.refused(method, user_id=DEMO.id, until="2030")
    assert why.startswith("the sandbox does not know ")
    assert "until" in why


async def test_updates_of_the_channel_come_only_if_they_are_asked_for(rig: Rig) -> None:
    url = f"{rig.telegram.stage.public_url}/webhook"
    kinds = ["message", "chat_join_request"]
    assert (await rig.ask("setWebhook", url=url, secret_token="s", allowed_updates=kinds))[0] == 200
    rig.telegram.join(await rig.link())
    rig.telegram.join(await rig.link(creates_join_request=True), FRIEND)
    assert len(await rig.told("chat_join_request")) == 1
    assert await rig.told("chat_member") == []


def created(telegram: TelegramSandbox, **body: Any) -> str:
    """The address of a new invite link of a stand-in that is not served."""
    [create] = [each for each in telegram.endpoints() if each.operation == "createChatInviteLink"]
    asked = Asked({"token": BOT_TOKEN}, {}, {}, {"chat_id": CHANNEL_ID} | body)
    return str(create.handler(asked).body["result"]["invite_link"])


async def test_the_channel_outlives_the_process(tmp_path: Path) -> None:
    def made() -> TelegramSandbox:
        stage = Stage(SandboxClock(), Journal(), faults, "http://127.0.0.1:9", tmp_path)
        return TelegramSandbox(stage, hooks=Hooks(stage), webhook_url="http://x/", secret="s")

    faults = Faults()
    faults.plan("telegram.webhook", Fault(FaultKind.FAIL), times=9)
    before = made()
    address = created(before, member_limit=1)
    by_request = created(before, creates_join_request=True)
    before.join(address)
    before.join(by_request, FRIEND)
    before.demote()
    before.close()
    after = made()
    assert (after.members(), after.requests()) == ([DEMO.id], [FRIEND.id])
    assert [each["invite_link"] for each in after.links()] == [address, by_request]
    assert after.join(address, ANN) == "refused: used up"
    assert after.shown()[0]["details"]["The bot"] == "not in the channel"
    after.close()


async def test_the_sandbox_page_is_shown_the_channel_and_its_links(rig: Rig) -> None:
    assert rig.telegram.shown() == []
    rig.telegram.demote()
    [channel] = rig.telegram.shown()
    assert (channel["id"], channel["title"]) == (str(CHANNEL_ID), "Inner circle")
    assert (channel["state"], channel["at"]) == ("0 members", None)
    assert channel["details"] == {
        "Members": "nobody yet",
        "Asking to join": "nobody",
        "The bot": "not in the channel",
    }
    rig.telegram.promote()
    until = rig.seconds(timedelta(hours=1))
    address = await rig.link(name="sub 7", member_limit=1, expire_date=until)
    rig.telegram.join(address)
    rig.telegram.join(await rig.link(creates_join_request=True), FRIEND)
    channel, by_request, seat = rig.telegram.shown()
    assert channel["state"] == "1 member"
    assert channel["details"] == {
        "Members": "Demo",
        "Asking to join": "Friend",
        "The bot": "administrator",
    }
    assert (seat["title"], seat["state"]) == ("Invite link sub 7", "used up")
    assert seat["id"] == address.rpartition("/")[2]
    assert seat["details"].pop("Until")
    assert seat["details"] == {"Link": address, "Lets in": "1 at once", "Joined by it": "Demo"}
    assert (by_request["title"], by_request["state"]) == ("Invite link", "open")
    assert by_request["details"]["Lets in"] == "who is approved"
