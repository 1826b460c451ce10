"""Whoever asks to join a channel is let in sooner or later if they may, and nobody else ever."""

from datetime import timedelta

from sandbox.faults import Fault, FaultKind
from sandbox.telegram import BOT_TOKEN
from sandbox.telegram_channel import CHANNEL_ID
from sandbox.telegram_chats import FRIEND
from tests.stories.subscriber import subscribes
from tests.stories.telegram_buyer import TelegramBuyer, channel_of, charge_of, rests, troubles
from tests.world import World

MINUTE = timedelta(minutes=1)


async def is_looked_at(world: World) -> None:
    """The minute of the hour comes in which the one access there is is looked at."""
    row = await world.row(
        "select (hashtext(id::text) & 2147483647) % 60 as own from private.channel_accesses"
    )
    ahead = (row["own"] - world.sandbox.clock.now().minute - 2) % 60 + 2
    await world.time_passes(ahead * MINUTE)
    await rests(world)


async def test_a_request_that_telegram_could_not_answer_for_minutes_is_granted_afterwards(
    world: World,
) -> None:
    buyer = TelegramBuyer(world)
    link = await buyer.buys()
    now = world.sandbox.clock.now()
    world.sandbox.faults.take_down("telegram", now + 30 * MINUTE)
    assert await buyer.opens(link) == "requested"
    for _ in range(5):
        await world.time_passes(3 * MINUTE)
        await rests(world)
    assert world.sandbox.telegram.requests() == [buyer.user.id]
    await world.time_passes(40 * MINUTE)
    for _ in range(2):  # of a service that was down one call at a time is tried
        await is_looked_at(world)
    assert buyer.is_in()
    assert world.sandbox.telegram.requests() == []


async def test_a_request_refused_to_the_bot_is_granted_when_it_may_again(world: World) -> None:
    buyer = TelegramBuyer(world)
    link = await buyer.buys()
    world.sandbox.faults.plan("telegram.approveChatJoinRequest", Fault(FaultKind.REFUSE), 2)
    assert await buyer.opens(link) == "requested"
    assert not buyer.is_in()
    await world.time_passes(timedelta(hours=1, minutes=1))
    await is_looked_at(world)
    assert buyer.is_in()


async def test_who_first_asked_by_a_link_while_the_bot_might_not_answer_is_let_in_and_nobody_else(
    world: World,
) -> None:
    buyer, friend = TelegramBuyer(world), TelegramBuyer(world, FRIEND)
    channel = await channel_of((await subscribes(world)).client)
    assert channel is not None
    world.sandbox.faults.plan("telegram.approveChatJoinRequest", Fault(FaultKind.REFUSE), 2)
    assert await buyer.opens(channel["inviteUrl"]) == "requested"
    assert await friend.opens(channel["inviteUrl"]) == "requested"
    assert world.sandbox.telegram.members() == []
    assert world.sandbox.telegram.requests() == [buyer.user.id]
    await world.time_passes(timedelta(hours=1, minutes=1))
    await is_looked_at(world)
    assert world.sandbox.telegram.members() == [buyer.user.id]


async def test_a_request_of_which_nobody_heard_is_granted_within_the_hour(world: World) -> None:
    buyer = TelegramBuyer(world)
    link = await buyer.buys()
    world.sandbox.faults.plan("telegram.webhook", Fault(FaultKind.FAIL))
    assert await buyer.opens(link) == "requested"
    assert not buyer.is_in()
    await is_looked_at(world)
    assert buyer.is_in()


async def test_a_stranger_whom_the_bot_could_not_turn_away_is_never_let_in(world: World) -> None:
    buyer, friend = TelegramBuyer(world), TelegramBuyer(world, FRIEND)
    link = await buyer.buys()
    world.sandbox.faults.plan("telegram.declineChatJoinRequest", Fault(FaultKind.REFUSE))
    assert await friend.opens(link) == "requested"
    await is_looked_at(world)
    assert world.sandbox.telegram.members() == []
    assert await buyer.opens(link) == "requested"
    assert world.sandbox.telegram.members() == [buyer.user.id]


async def test_a_former_subscriber_whom_an_administrator_lets_in_stays(world: World) -> None:
    buyer = TelegramBuyer(world)
    await buyer.joins()
    world.sandbox.stripe.dashboard_refund(await charge_of(world))
    await rests(world)
    assert not buyer.is_in()
    made = await world.http.post(
        f"{world.sandbox.telegram.url}/bot{BOT_TOKEN}/createChatInviteLink",
        json={"chat_id": CHANNEL_ID},
    )
    told = buyer.told()
    assert await buyer.opens(made.json()["result"]["invite_link"]) == "joined"
    await is_looked_at(world)
    assert buyer.is_in()
    assert buyer.told() == told
    assert await troubles(world, "channel_access") == []


async def test_an_administrator_may_let_in_a_friend_by_the_payers_link(world: World) -> None:
    buyer, friend = TelegramBuyer(world), TelegramBuyer(world, FRIEND)
    link = await buyer.buys()
    world.sandbox.faults.plan("telegram.webhook", Fault(FaultKind.FAIL))
    assert await friend.opens(link) == "requested"
    assert world.app.channels is not None
    await world.app.channels.admit(CHANNEL_ID, friend.user.id)
    await rests(world)
    assert friend.is_in()
    assert await buyer.opens(link) == "requested"
    assert world.sandbox.telegram.members() == [friend.user.id, buyer.user.id]
