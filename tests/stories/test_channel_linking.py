"""A chat becomes an account's own: what was bought there comes along when it is asked for."""

from datetime import timedelta
from typing import Any

from sandbox.accounts import DEMO_USERS
from sandbox.telegram_chats import DEMO, FRIEND
from tests.stories.subscriber import FOR_GOOD, Subscriber, subscribes, will_subscribe
from tests.stories.telegram_buyer import (
    INNER_CIRCLE,
    TelegramBuyer,
    address,
    channel_of,
    heading,
    rests,
    sold,
    troubles,
)
from tests.world import World

LINKED = "Telegram is linked"
MOVED = "It belongs to your account"
STAYS = "What was bought in this chat stays with the chat. To bring it to your account, send /move."
OPERATOR = "operator@example.com"


def holder(world: World, *, other: bool = False) -> Subscriber:
    """The account, with the plan in mind that is sold in the chat."""
    return Subscriber(world, world.other if other else world.client, INNER_CIRCLE)


async def moves(buyer: TelegramBuyer, who: Subscriber) -> None:
    """Link the chat, and bring along what was bought there."""
    assert await buyer.links(who.client) == LINKED
    assert heading(await buyer.says("/move")) == MOVED


async def test_what_was_bought_in_the_chat_stays_there_until_it_is_asked_for(
    world: World,
) -> None:
    """Whoever is lured into opening somebody else's link loses nothing by it."""
    buyer, lurer = TelegramBuyer(world), holder(world, other=True)
    await buyer.joins()
    before = await owners(world)
    name, _, domain = DEMO_USERS[1].email.partition("@")
    masked = f"{name[0]}…@{domain}"
    assert await buyer.links(lurer.client) == LINKED
    said = buyer.messages()[-1].text
    assert f"This chat is linked to {masked}. If that is not yours, send /stop." in said
    assert STAYS in said
    assert DEMO_USERS[1].email not in said
    assert await owners(world) == before
    assert {row[2] for row in before} == {None}
    assert await lurer.subscription() == {}
    assert await lurer.payments() == []
    assert await channel_of(lurer.client) is None
    assert (await lurer.portal())["errors"][0]["code"] == "NO_BILLING"
    assert buyer.is_in()
    status = (await buyer.says("/status")).text
    assert "Inner circle: paid until " in status
    assert STAYS in status
    assert heading(await buyer.says("/pay")) == "You have paid already"
    assert heading(await buyer.says("/invite")) == "You are in the channel"
    assert await lurer.is_entitled() is await lurer.has_paid() is False

    assert heading(await buyer.says("/stop")) == "Telegram is unlinked"
    await moves(buyer, holder(world))
    assert await holder(world).status() == "ACTIVE"
    assert await lurer.subscription() == {}
    assert buyer.is_in()


async def test_a_chat_that_bought_nothing_has_nothing_to_move(world: World) -> None:
    buyer, who = TelegramBuyer(world), holder(world)
    assert heading(await buyer.says("/move")) == "This chat is not linked yet"
    await buyer.links(who.client)
    assert STAYS not in buyer.messages()[-1].text
    assert heading(await buyer.says("/move")) == "There is nothing to move"
    await buyer.says("/stop")
    await buyer.opens_checkout()
    assert heading(await buyer.says("/move")) == "This chat is not linked yet"
    await buyer.links(who.client)
    assert STAYS not in buyer.messages()[-1].text
    assert heading(await buyer.says("/move")) == "There is nothing to move"
    assert await who.subscription() == {}


async def test_moving_again_says_the_same_and_moves_nothing(world: World) -> None:
    buyer, who = TelegramBuyer(world), holder(world)
    await buyer.pays()
    await moves(buyer, who)
    said, before = buyer.messages()[-1].text, await owners(world)
    assert said == f"{MOVED}\n\nBought in this chat, and now with d…@example.com:\nInner circle"
    assert (await buyer.says("/move")).text == said
    assert await owners(world) == before


async def test_every_channel_that_is_open_is_answered_at_once(world: World) -> None:
    buyer, who = TelegramBuyer(world), will_subscribe(world, FOR_GOOD)
    other = await world.row(
        "insert into public.channels (name, description, link) "
        "values ('Other', '', 'https://t.me/+other') returning id"
    )
    await world.rows("update public.plans set channel_id = $1 where id = $2", other[0], FOR_GOOD)
    await who.pays(await who.opens())
    link = await buyer.buys()
    await buyer.links(who.client)
    answer = await buyer.says("/invite")
    assert heading(answer) == "Your channels"
    assert f"Your invitation: Inner circle\nJoin the channel: {link}" in answer.text
    assert "Your invitation: Other\nJoin the channel: https://t.me/+other" in answer.text
    assert answer.button is not None
    paid = await buyer.says("/pay")
    assert "The channel Inner circle is open to you." in paid.text
    assert address(paid) == link


async def test_what_was_bought_in_the_chat_is_the_accounts_from_then_on(world: World) -> None:
    buyer, who = TelegramBuyer(world), holder(world)
    await buyer.joins()
    assert await who.subscription() == {}
    await moves(buyer, who)
    mine = await who.subscription()
    assert (mine["status"], mine["plan"]["id"]) == ("ACTIVE", INNER_CIRCLE)
    [paid] = await who.payments()
    assert (paid["amount"]["amountMinor"], paid["outcome"]) == (1500, "FULFILLED")
    assert paid["subscription"] == {"id": mine["id"]}
    channel = await channel_of(who.client)
    assert channel is not None
    assert channel["status"] == "JOINED"
    assert await who.has_paid() is await who.is_entitled() is True
    assert buyer.is_in()
    assert len(world.sandbox.telegram.links()) == 1
    page = await who.opens_portal()
    assert (page.status_code, "Inner circle" in page.text) == (200, True)
    assert await who.refusal() == ["ALREADY_SUBSCRIBED"]
    assert heading(await buyer.says("/pay")) == "You have paid already"
    assert "Inner circle: paid until " in (await buyer.says("/status")).text

    await world.time_passes(timedelta(days=31, hours=2))
    await rests(world)
    assert await who.outcomes() == [(1500, "FULFILLED"), (1500, "FULFILLED")]
    assert buyer.is_in()


async def test_an_invitation_not_used_yet_is_shown_to_the_account(world: World) -> None:
    buyer, who = TelegramBuyer(world), holder(world)
    link = await buyer.buys()
    await moves(buyer, who)
    channel = await channel_of(who.client)
    assert channel is not None
    assert (channel["status"], channel["inviteUrl"]) == ("INVITED", link)
    assert await buyer.opens(link) == "requested"
    assert buyer.is_in()


async def test_an_account_with_two_customers_is_led_to_that_of_each_subscription(
    world: World,
) -> None:
    buyer, who = TelegramBuyer(world), holder(world)
    mentoring = await subscribes(world)
    await buyer.pays()
    await moves(buyer, who)
    rows = await world.rows("select stripe_customer_id as id from public.subscriptions")
    assert len({row["id"] for row in rows}) == 2
    for each, other in ((who, "Mentoring"), (mentoring, "Inner circle")):
        name = (await each.subscription())["plan"]["name"]
        page = await each.opens_portal(subscriptionId=(await each.subscription())["id"])
        assert (name in page.text, other in page.text) == (True, False)


async def test_of_two_of_the_same_plan_one_counts_and_the_operator_decides(world: World) -> None:
    buyer, who = TelegramBuyer(world), holder(world)
    await buyer.joins()
    own = await subscribes(world, INNER_CIRCLE)
    before = await own.subscription()
    await moves(buyer, who)
    assert await who.subscription() == before
    assert sold(world)["subscriptions"] == ["active", "active"]
    assert await who.outcomes() == [(1500, "FULFILLED"), (1500, "FULFILLED")]
    assert buyer.is_in()
    [(why, final)] = await troubles(world, "plans")
    assert final
    assert why.endswith(": It is to a plan that its owner has already.")
    assert len(world.mails(OPERATOR)) == 1

    await world.time_passes(timedelta(days=2))  # both are read back meanwhile
    await rests(world)
    assert len(await troubles(world, "plans")) == len(world.mails(OPERATOR)) == 1
    second = await world.row(
        "select stripe_subscription_id as id from public.subscriptions "
        "where duplicate_of is not null"
    )
    world.sandbox.stripe.cancel_subscription(second["id"])
    await rests(world)
    assert buyer.is_in()
    assert (await who.subscription())["id"] == before["id"]
    assert await who.is_entitled()


async def test_each_payment_of_a_second_one_goes_back_and_the_operator_hears_of_it(
    world: World,
) -> None:
    buyer, who = TelegramBuyer(world), holder(world)
    await buyer.pays()
    await subscribes(world, INNER_CIRCLE)
    await moves(buyer, who)
    assert len(await troubles(world, "plans")) == len(world.mails(OPERATOR)) == 1
    await world.time_passes(timedelta(days=31, hours=2))
    await rests(world)
    assert sorted(await who.outcomes()) == [
        (1500, "FULFILLED"),
        (1500, "FULFILLED"),
        (1500, "FULFILLED"),
        (1500, "REFUNDED"),
    ]
    asked = await troubles(world, "plans")
    assert len(asked) == len(world.mails(OPERATOR)) == 2
    back = await world.row("select id from public.payments where outcome = 'REFUNDED'")
    assert asked[1][0] == f"Payment {back['id']}: It is to a plan that its owner has already."


async def test_an_account_that_only_opened_a_page_gives_way_to_what_was_paid(
    world: World,
) -> None:
    buyer, who = TelegramBuyer(world), holder(world)
    await who.opens()
    await buyer.pays()
    await moves(buyer, who)
    assert await who.status() == "ACTIVE"
    assert sold(world) == {"sessions": ["complete", "expired"], "subscriptions": ["active"]}
    assert await troubles(world, "plans") == []


async def test_a_page_opened_in_the_chat_gives_way_to_what_the_account_has(world: World) -> None:
    buyer, who = TelegramBuyer(world), holder(world)
    await buyer.opens_checkout()
    await subscribes(world, INNER_CIRCLE)
    assert await buyer.links(who.client) == LINKED
    assert await who.status() == "ACTIVE"
    assert sold(world) == {"sessions": ["complete", "expired"], "subscriptions": ["active"]}
    assert heading(await buyer.says("/pay")) == "You have paid already"
    assert await buyer.opens(address(await buyer.says("/invite"))) in {"requested", "joined"}
    assert buyer.is_in()


async def test_of_two_open_pages_one_is_left_and_paid_for_the_account(world: World) -> None:
    buyer, who = TelegramBuyer(world), holder(world)
    await buyer.opens_checkout()
    own = await who.opens()
    assert await buyer.links(who.client) == LINKED
    assert sold(world)["sessions"] == ["expired", "open"]
    assert await buyer.opens_checkout() == await who.opens() == own
    await who.pays(own)
    await rests(world)
    assert await who.status() == "ACTIVE"
    assert await buyer.opens(buyer.invitation()) == "requested"


async def test_a_page_opened_in_the_chat_gives_way_to_one_for_the_account(
    world: World,
) -> None:
    buyer, who = TelegramBuyer(world), holder(world)
    first = await buyer.opens_checkout()
    assert await buyer.links(who.client) == LINKED
    second = await buyer.opens_checkout()
    assert second != first
    assert sold(world)["sessions"] == ["expired", "open"]
    world.sandbox.stripe.pay(second)
    await rests(world)
    assert await who.status() == "ACTIVE"
    assert await who.outcomes() == [(1500, "FULFILLED")]
    assert await buyer.opens(buyer.invitation()) == "requested"
    assert (await who.opens_portal()).status_code == 200
    assert len(await world.rows("select from private.channel_accesses")) == 1


async def test_a_page_paid_while_the_chat_is_linked_counts_once(world: World) -> None:
    buyer, who = TelegramBuyer(world), holder(world)
    session_id = await buyer.opens_checkout()
    world.sandbox.stripe.deliveries.hold()
    world.sandbox.stripe.pay(session_id)
    assert await buyer.links(who.client) == LINKED
    world.sandbox.stripe.deliveries.release()
    await rests(world)
    assert buyer.invitation()
    assert await who.subscription() == {}
    assert heading(await buyer.says("/move")) == MOVED
    assert await who.status() == "ACTIVE"
    assert await who.outcomes() == [(1500, "FULFILLED")]
    assert sold(world)["subscriptions"] == ["active"]


async def owners(world: World) -> list[tuple[Any, ...]]:
    """To whom everything that was bought belongs."""
    rows = await world.rows(
        "select 'subscription' as what, id, user_id, telegram_buyer_id from public.subscriptions "
        "union all select 'payment', id, user_id, telegram_buyer_id from public.payments "
        "union all select 'access', id, user_id, telegram_buyer_id from private.channel_accesses "
        "order by 1, 2"
    )
    return [tuple(row) for row in rows]


async def test_linking_again_unlinking_and_another_account_move_nothing(world: World) -> None:
    buyer, who, stranger = TelegramBuyer(world), holder(world), holder(world, other=True)
    await buyer.joins()
    await moves(buyer, who)
    before = await owners(world)
    assert {row[2] for row in before} == {who.client.user_id}
    assert await buyer.links(who.client) == LINKED
    assert STAYS not in buyer.messages()[-1].text
    assert await owners(world) == before
    assert heading(await buyer.says("/stop")) == "Telegram is unlinked"
    assert await owners(world) == before
    assert heading(await buyer.says("/pay")) == "You have paid already"
    assert await buyer.links(stranger.client) == LINKED
    assert STAYS not in buyer.messages()[-1].text
    assert heading(await buyer.says("/move")) == "There is nothing to move"
    assert await owners(world) == before
    assert await stranger.subscription() == {}
    assert await stranger.payments() == []
    assert await channel_of(stranger.client) is None
    assert await who.status() == "ACTIVE"
    assert buyer.is_in()


async def test_what_is_bought_in_the_chat_after_unlinking_goes_to_the_account_linked_last(
    world: World,
) -> None:
    buyer, who, last = TelegramBuyer(world), holder(world), holder(world, other=True)
    await buyer.pays()
    await moves(buyer, who)
    await buyer.says("/stop")
    world.sandbox.stripe.cancel_subscription((await who.at_stripe())["id"])
    await rests(world)
    await buyer.pays()
    assert await who.status() == "CANCELED"
    await buyer.links(last.client)
    assert await last.subscription() == {}
    assert heading(await buyer.says("/move")) == MOVED
    assert await last.status() == "ACTIVE"
    assert await last.outcomes() == [(1500, "FULFILLED")]
    assert await who.status() == "CANCELED"
    assert await who.outcomes() == [(1500, "FULFILLED")]
    channel = await channel_of(last.client)
    assert channel is not None
    assert await buyer.opens(channel["inviteUrl"]) == "requested"
    assert buyer.is_in()
    row = await world.row("select user_id from private.telegram_buyers")
    assert row["user_id"] == last.client.user_id


async def test_a_link_for_one_that_nobody_used_gives_way_to_the_chats(world: World) -> None:
    buyer, who = TelegramBuyer(world), await subscribes(world)
    single = await channel_of(who.client)
    assert single is not None
    link = await buyer.buys()
    await moves(buyer, who)
    channel = await channel_of(who.client)
    assert channel is not None
    assert (channel["status"], channel["inviteUrl"]) == ("INVITED", link)
    friend = TelegramBuyer(world, FRIEND)
    assert await friend.opens(single["inviteUrl"]) == "refused: revoked"
    assert await buyer.opens(link) == "requested"
    assert world.sandbox.telegram.members() == [DEMO.id]


async def test_who_came_in_by_a_link_for_one_stays_in_when_they_link_their_chat(
    world: World,
) -> None:
    buyer, who = TelegramBuyer(world), await subscribes(world)
    channel = await channel_of(who.client)
    assert channel is not None
    assert await buyer.opens(channel["inviteUrl"]) == "requested"
    await buyer.pays()
    await moves(buyer, who)
    assert buyer.is_in()
    now = await channel_of(who.client)
    assert now is not None
    assert now["status"] == "JOINED"
    world.sandbox.stripe.cancel_subscription((await who.at_stripe())["id"])
    await rests(world)
    assert buyer.is_in()
    assert "Your access has ended: Inner circle" not in buyer.told()
    inner = await holder(world).at_stripe()
    world.sandbox.stripe.cancel_subscription(inner["id"])
    await rests(world)
    assert not buyer.is_in()


async def test_another_plan_of_the_account_goes_on_beside_what_the_chat_brings(
    world: World,
) -> None:
    buyer, who = TelegramBuyer(world), will_subscribe(world, FOR_GOOD)
    await who.pays(await who.opens())
    await buyer.joins()
    await moves(buyer, holder(world))
    world.sandbox.stripe.cancel_subscription((await holder(world).at_stripe())["id"])
    await rests(world)
    assert await who.status() == "ACTIVE"
    assert buyer.is_in()
