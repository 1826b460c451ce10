"""The channel and an account whose chat changes: who it is linked to now comes in, alone."""

from sandbox.telegram_chats import DEMO, FRIEND
from services import channel_joins
from tests.stories.subscriber import subscribes
from tests.stories.telegram_buyer import TelegramBuyer, channel_of, rests, troubles
from tests.world import World

OUT = "Your access has ended: Inner circle"


async def chat_is(world: World, chat_id: int | None) -> None:
    """The demo client's account is linked to this chat now, or to none."""
    user_id = world.client.user_id
    assert user_id is not None
    async with world.app.db.transaction() as conn:
        await conn.execute(
            "update public.users set telegram_id = $2 where id = $1", user_id, chat_id
        )
        await channel_joins.chat_changed(world.app, conn, user_id, chat_id)
    await rests(world)


async def test_another_chat_of_the_account_is_invited_and_the_earlier_ones_link_is_closed(
    world: World,
) -> None:
    buyer, friend = TelegramBuyer(world), TelegramBuyer(world, FRIEND)
    await friend.links(world.client)
    await subscribes(world)
    first = friend.invitation()
    await buyer.says("/help")  # the bot writes to nobody who did not write to it
    await chat_is(world, DEMO.id)
    second = buyer.invitation()
    assert second != first
    assert await friend.opens(first) == "refused: revoked"
    assert await friend.opens(second) == "requested"
    assert world.sandbox.telegram.members() == world.sandbox.telegram.requests() == []
    assert await buyer.opens(second) == "requested"
    assert world.sandbox.telegram.members() == [buyer.user.id]


async def test_a_chat_that_is_unlinked_is_not_let_in_for_the_account_any_more(
    world: World,
) -> None:
    friend = TelegramBuyer(world, FRIEND)
    await friend.links(world.client)
    who = await subscribes(world)
    first = friend.invitation()
    await chat_is(world, None)
    assert await friend.opens(first) == "refused: revoked"
    channel = await channel_of(who.client)
    assert channel is not None
    assert channel["status"] == "INVITED"
    # Whoever has the account decides by whom its new link is used.
    buyer = TelegramBuyer(world)
    assert await buyer.opens(channel["inviteUrl"]) == "requested"
    assert world.sandbox.telegram.members() == [buyer.user.id]


async def test_who_asked_by_a_link_gives_way_to_the_chat_that_the_account_is_linked_to(
    world: World,
) -> None:
    buyer, friend = TelegramBuyer(world), TelegramBuyer(world, FRIEND)
    channel = await channel_of((await subscribes(world)).client)
    assert channel is not None
    await buyer.says("/help")
    await chat_is(world, DEMO.id)
    assert await friend.opens(channel["inviteUrl"]) == "requested"
    assert world.sandbox.telegram.members() == []
    assert await buyer.opens(channel["inviteUrl"]) == "requested"
    assert world.sandbox.telegram.members() == [buyer.user.id]


async def test_who_is_in_stays_in_whatever_chat_the_account_is_linked_to(world: World) -> None:
    friend = TelegramBuyer(world, FRIEND)
    await friend.links(world.client)
    await subscribes(world)
    assert await friend.opens(friend.invitation()) == "requested"
    for chat_id in (DEMO.id, None):
        await chat_is(world, chat_id)
        assert world.sandbox.telegram.members() == [FRIEND.id]
    assert OUT not in friend.told()


async def test_the_same_chat_again_costs_nobody_their_link(world: World) -> None:
    buyer = TelegramBuyer(world)
    await buyer.links(world.client)
    await subscribes(world)
    link, told = buyer.invitation(), buyer.told()
    await chat_is(world, DEMO.id)
    assert buyer.told() == told
    assert await buyer.opens(link) == "requested"
    assert buyer.is_in()


async def test_a_row_that_another_took_the_place_of_is_nobody_to_be_put_out_by_hand(
    world: World,
) -> None:
    await world.rows(
        "update public.channels set telegram_chat_id = null, link = 'https://t.me/+everybodys'"
    )
    buyer = TelegramBuyer(world)
    await subscribes(world)
    await buyer.pays()
    await buyer.links(world.client)
    await buyer.says("/move")
    rows = await world.rows("select user_id, status from private.channel_accesses order by status")
    assert [tuple(row) for row in rows] == [(None, "ENDED"), (world.client.user_id, "INVITED")]
    assert await troubles(world, "channel") == []
