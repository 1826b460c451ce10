"""The channel when Telegram, the bot's rights or the news are in trouble: nothing is lost."""

from datetime import timedelta

import pytest

from sandbox.faults import Fault, FaultKind
from sandbox.telegram_channel import CHANNEL_ID
from sandbox.telegram_chats import FRIEND
from services import telegram
from tests.stories.subscriber import subscribes
from tests.stories.telegram_buyer import (
    TelegramBuyer,
    address,
    channel_of,
    charge_of,
    heading,
    rests,
    subscription_of,
    troubles,
)
from tests.world import World

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
RIGHTS = "make it an administrator of the channel with the rights to invite and to ban"
INVITED = "Your invitation: Inner circle"
MAIL = "ada@shop.test"


async def access_id(world: World) -> str:
    return str((await world.row("select id from private.channel_accesses"))["id"])


async def test_a_bot_without_rights_is_told_to_the_operator_and_heals_with_them(
    world: World,
) -> None:
    buyer = TelegramBuyer(world)
    world.sandbox.telegram.demote()
    await buyer.pays()
    why = f"telegram: the bot may not do this: {RIGHTS}"
    told = [(f"{await access_id(world)}: {why}", True)]
    assert await troubles(world, "channel_access") == told
    assert buyer.told()[-1] == "Your plan has begun: Inner circle"
    assert heading(await buyer.says("/invite")) == "Your link is being made"
    for _ in range(3):
        await world.time_passes(HOUR + MINUTE)
        await rests(world)
    assert await troubles(world, "channel_access") == told

    world.sandbox.telegram.promote()
    await world.time_passes(HOUR + MINUTE)
    await rests(world)
    assert await buyer.opens(buyer.invitation()) == "requested"
    assert buyer.is_in()
    assert buyer.told().count(INVITED) == 1


async def test_a_member_whom_the_bot_may_not_put_out_goes_when_it_may_again(world: World) -> None:
    buyer = TelegramBuyer(world)
    await buyer.joins()
    world.sandbox.telegram.demote()
    world.sandbox.stripe.cancel_subscription(await subscription_of(world))
    await rests(world)
    assert buyer.is_in()
    [(message, final)] = await troubles(world, "channel_access")
    assert (RIGHTS in message, final) == (True, True)
    world.sandbox.telegram.promote()
    await world.time_passes(2 * HOUR)
    for _ in range(60):  # who is in unduly is looked for in turn, everybody within an hour
        if not buyer.is_in():
            break
        await world.time_passes(MINUTE)
    await rests(world)
    assert not buyer.is_in()
    assert buyer.told()[-1] == "Your access has ended: Inner circle"


async def test_a_channel_with_no_way_in_is_told_to_the_operator_once(world: World) -> None:
    await world.rows("update public.channels set telegram_chat_id = null")
    buyer = TelegramBuyer(world)
    await buyer.pays()
    channel = await world.row("select id from public.channels")
    told = [
        (
            f"{await access_id(world)}: telegram: channel {channel['id']} has no way in: set its "
            "telegram_chat_id or link, or PAID_CHANNEL_LINK",
            True,
        )
    ]
    assert await troubles(world, "channel_access") == told
    for _ in range(3):
        await world.time_passes(HOUR + MINUTE)
        await rests(world)
    assert await troubles(world, "channel_access") == told
    assert INVITED not in buyer.told()

    await world.rows("update public.channels set link = 'https://t.me/+everybodys'")
    await world.time_passes(HOUR + MINUTE)
    await rests(world)
    assert buyer.invitation() == "https://t.me/+everybodys"


async def test_while_telegram_is_down_the_invitation_waits(world: World) -> None:
    buyer = TelegramBuyer(world)
    session_id = await buyer.opens_checkout()
    world.sandbox.faults.plan("telegram.createChatInviteLink", Fault(FaultKind.FAIL), 4)
    world.sandbox.faults.plan("telegram.sendMessage", Fault(FaultKind.FAIL), 4)
    world.sandbox.stripe.pay(session_id)
    await rests(world)
    assert INVITED not in buyer.told()
    for _ in range(10):  # of a service that fails one call at a time is tried
        if INVITED not in buyer.told():
            await world.time_passes(2 * MINUTE)
            await rests(world)
    [invited] = [message for message in buyer.messages() if heading(message) == INVITED]
    assert await buyer.opens(address(invited)) == "requested"
    assert buyer.is_in()


async def test_a_blocked_bot_loses_nothing(world: World) -> None:
    buyer = TelegramBuyer(world)
    session_id = await buyer.opens_checkout()
    await buyer.blocks()
    world.sandbox.stripe.pay(session_id, email=MAIL)
    await rests(world)
    assert buyer.told() == ["Inner circle"]
    assert sorted(world.mails(MAIL)) == [INVITED, "Your plan has begun: Inner circle"]
    [link] = world.sandbox.telegram.links()
    [mail] = [mail for mail in world.sandbox.inbox.to(MAIL) if mail.subject == INVITED]
    assert link["invite_link"] in mail.text
    assert await world.worker.held() == []

    await buyer.unblocks()
    answer = await buyer.says("/invite")
    assert (heading(answer), address(answer)) == (INVITED, link["invite_link"])
    assert await buyer.opens(link["invite_link"]) == "requested"
    assert buyer.is_in()


async def test_the_mail_comes_also_when_the_address_is_learned_after_the_payment(
    world: World,
) -> None:
    buyer = TelegramBuyer(world)
    session_id = await buyer.opens_checkout()
    await buyer.blocks()
    world.sandbox.stripe.deliveries.plan("drop", 1, event_type="checkout.session.completed")
    world.sandbox.stripe.pay(session_id, email=MAIL)
    await rests(world)
    assert len(world.sandbox.telegram.links()) == 1
    assert world.mails(MAIL) == []
    [late] = [
        each["event"]["id"]
        for each in world.sandbox.stripe.events()
        if each["event"]["type"] == "checkout.session.completed"
    ]
    for _ in range(2):
        assert await world.sandbox.stripe.resend(late)
        await rests(world)
    assert sorted(world.mails(MAIL)) == [INVITED, "Your plan has begun: Inner circle"]


async def test_an_account_whose_chat_blocks_the_bot_finds_the_link_in_the_app(
    world: World,
) -> None:
    buyer = TelegramBuyer(world)
    await buyer.links(world.client)
    world.sandbox.faults.plan("telegram.webhook", Fault(FaultKind.FAIL))  # told by no update
    await buyer.blocks()
    who = await subscribes(world)
    await rests(world)
    channel = await channel_of(who.client)
    assert channel is not None
    assert channel["status"] == "INVITED"
    assert INVITED in world.mails()
    assert "CHANNEL_INVITE" in await world.client.notifications()
    assert buyer.told() == ["Telegram is linked"]
    assert await buyer.opens(channel["inviteUrl"]) == "requested"
    assert buyer.is_in()


async def test_a_departure_that_nobody_heard_of_is_found_when_they_ask_for_their_link(
    world: World,
) -> None:
    buyer = TelegramBuyer(world)
    await buyer.joins()
    world.sandbox.faults.plan("telegram.webhook", Fault(FaultKind.FAIL))
    await buyer.leaves()
    assert heading(await buyer.says("/invite")) == "You are in the channel"
    assert await buyer.opens(buyer.invitation()) == "requested"
    assert buyer.is_in()


async def test_an_arrival_that_nobody_heard_of_ends_with_the_subscription_all_the_same(
    world: World,
) -> None:
    buyer, friend = TelegramBuyer(world), TelegramBuyer(world, FRIEND)
    await buyer.links(world.client)
    who = await subscribes(world)
    await rests(world)
    link = buyer.invitation()
    world.sandbox.telegram.join(link, buyer.user)
    await world.sandbox.hooks.settled()
    world.sandbox.faults.plan("telegram.webhook", Fault(FaultKind.FAIL))
    await rests(world)
    assert buyer.is_in()
    assert await friend.opens(link) in {"requested", "refused: revoked"}
    assert not friend.is_in()
    world.sandbox.stripe.cancel_subscription((await who.at_stripe())["id"])
    await rests(world)
    assert not buyer.is_in()


async def test_a_request_that_nobody_heard_of_is_granted_when_they_ask_for_their_link(
    world: World,
) -> None:
    buyer = TelegramBuyer(world)
    link = await buyer.buys()
    world.sandbox.faults.plan("telegram.webhook", Fault(FaultKind.FAIL))
    assert await buyer.opens(link) == "requested"
    assert world.sandbox.telegram.requests() == [buyer.user.id]
    assert address(await buyer.says("/invite")) == link
    assert buyer.is_in()
    assert world.sandbox.telegram.requests() == []


@pytest.mark.parametrize("copies", [FaultKind.LOSE_ANSWER, FaultKind.DELAY])
async def test_updates_that_come_twice_or_late_let_in_once(world: World, copies: FaultKind) -> None:
    buyer = TelegramBuyer(world)
    fault = Fault(copies, 0.05)
    world.sandbox.faults.plan("telegram.webhook", fault)
    link = await buyer.buys()
    world.sandbox.faults.plan("telegram.webhook", fault, 2)
    assert await buyer.opens(link) == "requested"
    assert buyer.is_in()
    world.sandbox.faults.plan("telegram.webhook", fault, 2)
    await buyer.leaves()
    again = address(await buyer.says("/invite"))
    assert await buyer.opens(again) == "requested"
    assert buyer.is_in()
    assert buyer.told().count("Inner circle") == 1
    assert buyer.told().count(INVITED) == 2


async def tells_late(world: World, buyer: TelegramBuyer) -> None:
    """Telegram's news that the buyer left the channel, whatever happened since."""
    secret = world.app.settings.telegram_webhook_secret
    assert secret is not None
    member, left = ({"user": buyer.user.as_json(), "status": is_} for is_ in ("member", "left"))
    change = {
        "chat": {"id": CHANNEL_ID, "type": "channel"},
        "from": buyer.user.as_json(),
        "date": 1795000000,
        "old_chat_member": member,
        "new_chat_member": left,
    }
    answer = await world.http.post(
        "/webhooks/telegram",
        json={"update_id": 7, "chat_member": change},
        headers={"x-telegram-bot-api-secret-token": secret.get_secret_value()},
    )
    assert answer.status_code == 200
    await rests(world)


async def test_news_of_leaving_that_come_after_the_return_cost_nothing(world: World) -> None:
    buyer = TelegramBuyer(world)
    await buyer.joins()
    world.sandbox.faults.plan("telegram.webhook", Fault(FaultKind.FAIL))
    await buyer.leaves()
    await buyer.says("/invite")
    assert await buyer.opens(buyer.invitation()) == "requested"
    told = buyer.told()
    await tells_late(world, buyer)
    assert buyer.is_in()
    assert buyer.told() == told
    world.sandbox.stripe.cancel_subscription(await subscription_of(world))
    await rests(world)
    assert not buyer.is_in()
    assert "open" not in {
        world.sandbox.telegram.invitation(link["invite_link"])["state"]
        for link in world.sandbox.telegram.links()
    }


async def test_a_link_closed_before_the_bot_failed_to_put_its_owner_out_is_replaced(
    world: World,
) -> None:
    buyer = TelegramBuyer(world)
    first = await buyer.buys()
    world.sandbox.faults.plan("telegram.banChatMember", Fault(FaultKind.REFUSE))
    dispute = world.sandbox.stripe.dispute(await charge_of(world))
    await rests(world)
    assert await buyer.opens(first) == "refused: revoked"
    world.sandbox.stripe.close_dispute(dispute["id"], won=True)
    await rests(world)
    assert buyer.invitation() != first
    assert await buyer.opens(buyer.invitation()) == "requested"
    assert buyer.is_in()


async def test_a_channel_that_gets_its_id_later_invites_whoever_had_the_plain_link(
    world: World,
) -> None:
    await world.rows(
        "update public.channels set telegram_chat_id = null, link = 'https://t.me/+everybodys'"
    )
    buyer = TelegramBuyer(world)
    assert await buyer.buys() == "https://t.me/+everybodys"
    await world.rows("update public.channels set telegram_chat_id = $1, link = null", CHANNEL_ID)
    for _ in range(60):  # everybody is looked at within an hour
        if buyer.told().count(INVITED) == 2:
            break
        await world.time_passes(MINUTE)
    await rests(world)
    assert await buyer.opens(buyer.invitation()) == "requested"
    assert buyer.is_in()
    assert buyer.told().count(INVITED) == 2


async def test_a_departure_that_no_job_could_note_is_left_to_the_sweeper(world: World) -> None:
    buyer = TelegramBuyer(world)
    first = await buyer.joins()
    world.sandbox.telegram.leave(buyer.user)
    await world.sandbox.hooks.settled()
    row = await world.row(
        "select key from private.received_events where source = 'telegram' and processed_at is null"
    )
    await telegram.give_up(world.app, row["key"], "the database is away")
    await rests(world)
    link = address(await buyer.says("/invite"))
    assert link != first
    assert await buyer.opens(link) == "requested"
    assert buyer.is_in()
