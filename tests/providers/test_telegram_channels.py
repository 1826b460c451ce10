"""The adapter of Telegram's channels against its stand-in: what becomes of links and people."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from sandbox.faults import Fault, FaultKind
from sandbox.hooks import Hooks
from sandbox.standin import Stage
from sandbox.telegram import BOT_TOKEN, TelegramSandbox
from sandbox.telegram_channel import CHANNEL_ID, OWNER
from sandbox.telegram_chats import DEMO, FRIEND, TelegramUser
from services.providers.errors import ProviderError
from services.providers.message_ports import ChannelDoor
from services.providers.telegram import connect
from tests.providers.standin_rig import served

NOWHERE = "http://127.0.0.1:9/webhooks/telegram"
STRANGER = 43
RIGHTS = "make it an administrator of the channel with the rights to invite and to ban"
Ask = Callable[[ChannelDoor], Awaitable[object]]


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramSandbox]:
    """A stand-in nobody listens to."""

    def make(stage: Stage) -> TelegramSandbox:
        return TelegramSandbox(stage, hooks=Hooks(stage), webhook_url=NOWHERE, secret="s3cret")

    async with served(make) as standin:
        standin.stage.faults.plan("telegram.webhook", Fault(FaultKind.FAIL), times=99)
        yield standin


@pytest.fixture
async def channels(telegram: TelegramSandbox) -> AsyncIterator[ChannelDoor]:
    bot, close = connect(BOT_TOKEN, base=telegram.url, link_base=telegram.link_base)
    yield bot.channels
    await close()


async def invite(channels: ChannelDoor) -> str:
    return await channels.invite(CHANNEL_ID, name="sub 7")


async def lets_in(
    telegram: TelegramSandbox, channels: ChannelDoor, user: TelegramUser = DEMO
) -> str:
    """What Telegram says of a new link to the person, who is let in if they may ask."""
    outcome = telegram.join(await invite(channels), user)
    await channels.admit(CHANNEL_ID, user.id)
    return outcome


async def test_a_link_lets_nobody_in_by_itself(
    telegram: TelegramSandbox, channels: ChannelDoor
) -> None:
    link = await channels.invite(CHANNEL_ID, name="n" * 40)
    [made] = telegram.links()
    assert (made["invite_link"], made["name"]) == (link, "n" * 32)
    assert telegram.join(link) == "requested"
    assert telegram.members() == []
    await channels.admit(CHANNEL_ID, DEMO.id)
    assert await channels.is_member(CHANNEL_ID, DEMO.id) is True
    assert await channels.is_member(CHANNEL_ID, STRANGER) is False


async def test_a_request_is_granted_to_one_and_declined_to_another(
    telegram: TelegramSandbox, channels: ChannelDoor
) -> None:
    link = await invite(channels)
    [made] = telegram.links()
    assert (made["creates_join_request"], "member_limit" in made) == (True, False)
    assert [telegram.join(link, user) for user in (DEMO, FRIEND)] == ["requested", "requested"]
    for _ in range(2):
        await channels.admit(CHANNEL_ID, DEMO.id)
        await channels.turn_away(CHANNEL_ID, FRIEND.id)
    assert (telegram.members(), telegram.requests()) == ([DEMO.id], [])
    await channels.admit(CHANNEL_ID, FRIEND.id)
    await channels.admit(CHANNEL_ID, STRANGER)
    await channels.turn_away(CHANNEL_ID, DEMO.id)
    assert telegram.members() == [DEMO.id]


async def test_a_revoked_link_lets_nobody_in_and_is_revoked_once(
    telegram: TelegramSandbox, channels: ChannelDoor
) -> None:
    link = await invite(channels)
    for _ in range(2):
        await channels.revoke(CHANNEL_ID, link)
    await channels.revoke(CHANNEL_ID, f"{telegram.url}/join/none")
    assert telegram.join(link) == "refused: revoked"
    statuses = [call.status for call in telegram.stage.journal if "revoke" in call.path]
    assert statuses == [200, 400, 400]


async def test_who_is_removed_is_out_and_may_come_back_by_a_new_link(
    telegram: TelegramSandbox, channels: ChannelDoor
) -> None:
    assert await lets_in(telegram, channels) == "requested"
    for _ in range(2):
        assert await channels.remove(CHANNEL_ID, DEMO.id) is True
    assert telegram.members() == []
    assert await channels.is_member(CHANNEL_ID, DEMO.id) is False
    assert await lets_in(telegram, channels) == "requested"
    assert telegram.members() == [DEMO.id]


async def test_removing_who_was_never_there_keeps_nobody_out(
    telegram: TelegramSandbox, channels: ChannelDoor
) -> None:
    telegram.say("/start", FRIEND)
    await channels.remove(CHANNEL_ID, FRIEND.id)
    await channels.remove(CHANNEL_ID, STRANGER)
    assert await lets_in(telegram, channels, FRIEND) == "requested"
    assert telegram.members() == [FRIEND.id]


async def test_a_removal_that_broke_off_after_the_ban_is_finished_by_the_next(
    telegram: TelegramSandbox, channels: ChannelDoor
) -> None:
    await lets_in(telegram, channels)
    telegram.stage.faults.plan("telegram.unbanChatMember", Fault(FaultKind.REFUSE))
    with pytest.raises(ProviderError):
        await channels.remove(CHANNEL_ID, DEMO.id)
    link = await invite(channels)
    assert telegram.join(link) == "refused: banned"
    await channels.remove(CHANNEL_ID, DEMO.id)
    assert telegram.join(link) == "requested"


ASKS: list[Ask] = [
    invite,
    lambda door: door.revoke(CHANNEL_ID, "https://t.me/+x"),
    lambda door: door.admit(CHANNEL_ID, DEMO.id),
    lambda door: door.turn_away(CHANNEL_ID, DEMO.id),
    lambda door: door.remove(CHANNEL_ID, DEMO.id),
]


@pytest.mark.parametrize("ask", ASKS)
async def test_a_bot_without_rights_tells_the_operator_what_to_do(
    telegram: TelegramSandbox, channels: ChannelDoor, ask: Ask
) -> None:
    telegram.demote()
    with pytest.raises(ProviderError) as caught:
        await ask(channels)
    error = caught.value
    assert (error.retryable, error.status, error.outcome_unknown) == (False, 400, False)
    assert error.message == f"the bot may not do this: {RIGHTS}"


async def test_a_bot_that_may_not_see_the_members_does_not_say_nobody_is_one(
    telegram: TelegramSandbox, channels: ChannelDoor
) -> None:
    telegram.demote()
    with pytest.raises(ProviderError) as caught:
        await channels.is_member(CHANNEL_ID, DEMO.id)
    assert caught.value.retryable is False
    assert caught.value.message == f"the bot may not see who is a member: {RIGHTS}"


async def test_an_unknown_channel_is_for_the_operator(channels: ChannelDoor) -> None:
    with pytest.raises(ProviderError, match="the channel's id is wrong or the bot was never in it"):
        await channels.is_member(-5, DEMO.id)


async def test_the_owner_is_not_put_out(telegram: TelegramSandbox, channels: ChannelDoor) -> None:
    assert await channels.remove(CHANNEL_ID, OWNER.id) is False
    assert await channels.is_member(CHANNEL_ID, OWNER.id) is True
    assert [call.status for call in telegram.stage.journal if "unban" in call.path] == []


async def test_a_lost_answer_is_asked_for_again(
    telegram: TelegramSandbox, channels: ChannelDoor
) -> None:
    link = await invite(channels)
    telegram.join(link)
    telegram.stage.faults.plan("telegram.approveChatJoinRequest", Fault(FaultKind.LOSE_ANSWER))
    await channels.admit(CHANNEL_ID, DEMO.id)
    assert telegram.members() == [DEMO.id]


async def test_a_wrong_token_is_final(telegram: TelegramSandbox) -> None:
    bot, close = connect("100200300:wrong-token", base=telegram.url)
    with pytest.raises(ProviderError) as caught:
        await invite(bot.channels)
    await close()
    assert (caught.value.retryable, caught.value.status) == (False, 401)
    assert str(caught.value) == "telegram: the bot token is wrong"
    assert telegram.links() == []
