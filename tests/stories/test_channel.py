"""Into the private channel: whoever paid asks by their link and is let in; or by a plain link."""

from datetime import timedelta

from sandbox.telegram_chats import DEMO, FRIEND
from tests.stories.subscriber import subscribes
from tests.stories.telegram_buyer import (
    TelegramBuyer,
    address,
    channel_of,
    heading,
    rests,
    sold,
    troubles,
)
from tests.world import World, running_world

PLAIN = "https://t.me/+everybodys"


async def test_who_pays_in_the_chat_is_invited_there_and_let_in_when_they_ask(
    world: World,
) -> None:
    buyer = TelegramBuyer(world)
    await buyer.pays()
    assert buyer.told() == [
        "Inner circle",
        "Your plan has begun: Inner circle",
        "Your invitation: Inner circle",
    ]
    assert await buyer.opens(buyer.invitation()) == "requested"
    assert world.sandbox.telegram.members() == [buyer.user.id]
    assert world.sandbox.telegram.requests() == []
    [link] = world.sandbox.telegram.links()
    assert link["creates_join_request"] is link["is_revoked"] is True
    assert heading(await buyer.says("/invite")) == "You are in the channel"
    assert heading(await buyer.says("/pay")) == "You have paid already"
    assert sold(world) == {"sessions": ["complete"], "subscriptions": ["active"]}


async def test_a_friend_who_opens_the_payers_link_is_refused_and_the_payer_still_comes_in(
    world: World,
) -> None:
    buyer, friend = TelegramBuyer(world), TelegramBuyer(world, FRIEND)
    link = await buyer.buys()
    assert await friend.opens(link) == "requested"
    assert world.sandbox.telegram.members() == world.sandbox.telegram.requests() == []
    assert await buyer.opens(link) == "requested"
    assert world.sandbox.telegram.members() == [buyer.user.id]
    assert await friend.opens(link) == "refused: revoked"


async def test_a_friend_who_has_paid_too_comes_in_by_either_link(world: World) -> None:
    buyer, friend = TelegramBuyer(world), TelegramBuyer(world, FRIEND)
    link = await buyer.buys()
    await friend.buys()
    assert await friend.opens(link) == "requested"
    assert world.sandbox.telegram.members() == [FRIEND.id]
    assert heading(await friend.says("/invite")) == "You are in the channel"
    # The link is still the payer's, who has not come yet.
    assert address(await buyer.says("/invite")) == link
    assert await buyer.opens(link) == "requested"
    assert world.sandbox.telegram.members() == [FRIEND.id, DEMO.id]


async def test_an_account_without_telegram_gets_a_link_for_whoever_asks_by_it_first(
    world: World,
) -> None:
    buyer, friend = TelegramBuyer(world), TelegramBuyer(world, FRIEND)
    who = await subscribes(world)
    channel = await channel_of(who.client)
    assert channel is not None
    assert (channel["channel"]["name"], channel["status"]) == ("Inner circle", "INVITED")
    link = channel["inviteUrl"]
    [made] = world.sandbox.telegram.links()
    assert (made["invite_link"], made["creates_join_request"]) == (link, True)
    assert made.keys().isdisjoint({"member_limit", "expire_date"})
    assert "Your invitation: Inner circle" in world.mails()
    assert world.sandbox.telegram.messages() == []

    assert await buyer.opens(link) == "requested"
    assert await friend.opens(link) == "refused: revoked"
    assert world.sandbox.telegram.members() == [buyer.user.id]
    assert await channel_of(who.client) == channel | {"status": "JOINED", "inviteUrl": None}


async def test_of_two_who_ask_by_one_link_before_anybody_heard_of_it_one_comes_in(
    world: World,
) -> None:
    await subscribes(world)
    [link] = world.sandbox.telegram.links()
    users = (DEMO, FRIEND)
    asked = [world.sandbox.telegram.join(link["invite_link"], user) for user in users]
    assert asked == ["requested", "requested"]
    await rests(world)
    assert len(world.sandbox.telegram.members()) == 1
    assert world.sandbox.telegram.requests() == []


async def test_a_link_of_an_account_without_telegram_lets_in_nobody_once_it_is_not_entitled(
    world: World,
) -> None:
    await subscribes(world)
    [link] = world.sandbox.telegram.links()
    # Of which no job has heard yet.
    await world.rows("update public.payments set amount_refunded_minor = amount_minor")
    assert await TelegramBuyer(world).opens(link["invite_link"]) == "requested"
    assert world.sandbox.telegram.members() == world.sandbox.telegram.requests() == []
    asked_for = {call.path.rpartition("/")[2] for call in world.sandbox.telegram.stage.journal}
    assert "declineChatJoinRequest" in asked_for
    assert "approveChatJoinRequest" not in asked_for


async def test_a_link_that_nobody_used_is_as_good_after_weeks(world: World) -> None:
    who = await subscribes(world)
    before = await channel_of(who.client)
    assert before is not None
    await world.time_passes(timedelta(days=20))
    assert await channel_of(who.client) == before
    buyer = TelegramBuyer(world)
    assert await buyer.opens(before["inviteUrl"]) == "requested"
    assert buyer.is_in()


async def test_invite_answers_with_the_link_again_and_with_a_new_one_where_there_is_none(
    world: World,
) -> None:
    buyer = TelegramBuyer(world)
    assert heading(await buyer.says("/invite")) == "You have no access yet"
    await buyer.opens_checkout()
    assert heading(await buyer.says("/invite")) == "You have no access yet"
    link = await buyer.buys()
    answer = await buyer.says("/invite")
    assert (heading(answer), address(answer)) == ("Your invitation: Inner circle", link)
    assert len(world.sandbox.telegram.links()) == 1
    assert heading(await TelegramBuyer(world, FRIEND).says("/invite")) == "You have no access yet"


async def test_who_leaves_is_not_called_back_and_comes_back_when_they_like(world: World) -> None:
    buyer = TelegramBuyer(world)
    first = await buyer.joins()
    told = buyer.told()
    await buyer.leaves()
    assert not buyer.is_in()
    assert buyer.told() == told
    assert await buyer.opens(first) == "refused: revoked"
    link = address(await buyer.says("/invite"))
    assert link != first
    assert await buyer.opens(link) == "requested"
    assert buyer.is_in()
    assert heading(await buyer.says("/invite")) == "You are in the channel"


async def test_a_channel_without_an_id_is_entered_by_the_plain_link_and_left_by_hand(
    seeded: str,
) -> None:
    async with running_world(seeded, paid_channel_link=PLAIN) as world:
        await world.rows("update public.channels set telegram_chat_id = null")
        buyer = TelegramBuyer(world)
        assert await buyer.buys() == PLAIN
        assert "for you alone" not in buyer.messages()[-1].text
        assert address(await buyer.says("/invite")) == PLAIN
        assert address(await buyer.says("/pay")) == PLAIN
        assert world.sandbox.telegram.links() == []

        [subscription] = world.sandbox.stripe.subscriptions()
        world.sandbox.stripe.cancel_subscription(subscription["id"])
        await rests(world)
        assert buyer.told()[-1] == "Your access has ended: Inner circle"
        assert heading(await buyer.says("/invite")) == "You have no access yet"
        access = await world.row("select id, channel_id from private.channel_accesses")
        assert await troubles(world, "channel") == [
            (
                f"Somebody who came in by the plain link of channel {access['channel_id']} has "
                f"to be put out by hand: access {access['id']}.",
                True,
            )
        ]


async def test_a_channels_own_link_goes_before_everybodys(seeded: str) -> None:
    async with running_world(seeded, paid_channel_link=PLAIN) as world:
        await world.rows(
            "update public.channels set telegram_chat_id = null, link = $1", f"{PLAIN}2"
        )
        who = await subscribes(world)
        channel = await channel_of(who.client)
        assert channel is not None
        assert channel["inviteUrl"] == f"{PLAIN}2"
