"""Buyers whom only Telegram knows: what the bot answers them, and what they pay."""

import asyncio
from datetime import timedelta

import pytest

from sandbox.telegram_chats import FRIEND, TelegramUser
from tests.stories.telegram_buyer import (
    FAILING_CARD,
    TelegramBuyer,
    address,
    channel_of,
    heading,
    rests,
    sold,
    subscription_of,
)
from tests.world import World

MAIL = "ada@shop.test"
DECLINED = "4000000000000002"
TITLES = {
    "en": {
        "/help": "What this bot can do",
        "/status": "This chat is not linked yet",
        "/invite": "You have no access yet",
        "/pay": "Inner circle",
        "paid": "Your invitation: Inner circle",
        "/pay again": "You have paid already",
        "/status again": "Your sessions and plans",
    },
    "uk": {
        "/help": "Що вміє цей бот",
        "/status": "Цей чат ще не під’єднано",
        "/invite": "Ви ще не маєте доступу",
        "/pay": "Inner circle",
        "paid": "Ваше запрошення: Inner circle",
        "/pay again": "Ви вже оплатили",
        "/status again": "Ваші сесії та плани",
    },
    "ru": {
        "/help": "Что умеет этот бот",
        "/status": "Этот чат ещё не подключён",
        "/invite": "У Вас ещё нет доступа",
        "/pay": "Inner circle",
        "paid": "Ваше приглашение: Inner circle",
        "/pay again": "Вы уже оплатили",
        "/status again": "Ваши сессии и планы",
    },
}


@pytest.mark.parametrize("language", ["en", "uk", "ru"])
async def test_a_buyer_is_answered_in_the_language_of_their_app(
    world: World, language: str
) -> None:
    buyer = TelegramBuyer(world, TelegramUser(700100300, "Ада", language))
    told = {}
    for command in ("/help", "/status", "/invite", "/pay"):
        told[command] = heading(await buyer.says(command))
    await buyer.pays()
    told["paid"] = buyer.told()[-1]
    for command in ("/pay", "/status"):
        told[f"{command} again"] = heading(await buyer.says(command))
    assert told == TITLES[language]


async def test_the_answer_to_pay_says_the_price_and_whose_link_it_is(world: World) -> None:
    answer = await TelegramBuyer(world).says("/pay")
    assert answer.button is not None
    assert answer.button[0] == "Pay"
    assert answer.text == (
        "Inner circle\n\n15.00 USD a month\n\n"
        "The button opens the payment page. Its link is for this chat alone.\n\n"
        "It works for: 7 days."
    )


async def test_help_offers_no_account_to_who_has_none_and_status_leads_to_the_portal(
    world: World,
) -> None:
    buyer = TelegramBuyer(world)
    assert address(await buyer.says("/help")) == f"{world.base}/account"
    await buyer.pay_link()
    assert (await buyer.says("/help")).button is None
    nothing = await buyer.says("/status")
    assert nothing.button is None
    assert "You have no sessions ahead." in nothing.text
    await buyer.pays()
    status = await buyer.says("/status")
    assert "Inner circle: paid until " in status.text
    assert status.button is not None
    assert status.button[0] == "Manage my plan"
    portal = await buyer.follows(address(status))
    assert portal.status_code == 303
    assert f"{world.base}/sandbox/stripe/" in portal.headers["location"]


async def test_a_buyer_cancels_in_the_portal_to_which_the_bot_leads(world: World) -> None:
    buyer = TelegramBuyer(world)
    await buyer.joins()
    world.sandbox.stripe.cancel_subscription(await subscription_of(world), at_period_end=True)
    await rests(world)
    assert "Inner circle: cancelled; it goes on until " in (await buyer.says("/status")).text
    assert heading(await buyer.says("/pay")) == "You have paid already"


async def test_a_declined_card_buys_nothing_and_the_same_page_takes_another(world: World) -> None:
    buyer = TelegramBuyer(world)
    session_id = await buyer.opens_checkout()
    world.sandbox.stripe.pay(session_id, DECLINED)
    await rests(world)
    assert buyer.told() == ["Inner circle"]
    assert await buyer.opens_checkout() == session_id
    assert world.sandbox.telegram.links() == []
    world.sandbox.stripe.pay(session_id)
    await rests(world)
    assert await buyer.opens(buyer.invitation()) == "requested"
    assert sold(world) == {"sessions": ["complete"], "subscriptions": ["active"]}


async def test_a_page_left_open_too_long_gives_way_to_a_new_one(world: World) -> None:
    buyer = TelegramBuyer(world)
    first = await buyer.opens_checkout()
    await world.time_passes(timedelta(hours=13))
    second = await buyer.opens_checkout()
    assert second != first
    assert sold(world)["sessions"] == ["expired", "open"]
    world.sandbox.stripe.pay(second)
    await rests(world)
    assert buyer.invitation()


async def test_two_buyers_are_two_customers_and_neither_sees_the_other(world: World) -> None:
    buyer, friend = TelegramBuyer(world), TelegramBuyer(world, FRIEND)
    await asyncio.gather(buyer.opens_checkout(), friend.opens_checkout())
    assert sold(world)["sessions"] == ["open", "open"]
    await buyer.pays(email=MAIL)
    rows = await world.rows(
        "select telegram_id, email, stripe_customer_id from private.telegram_buyers "
        "order by telegram_id"
    )
    assert [(row["telegram_id"], row["email"]) for row in rows] == [
        (buyer.user.id, MAIL),
        (friend.user.id, None),
    ]
    assert len({row["stripe_customer_id"] for row in rows}) == 2
    assert heading(await friend.says("/invite")) == "You have no access yet"
    assert "Inner circle" not in (await friend.says("/status")).text
    assert await channel_of(world.client) is None
    assert await world.rows("select from public.payments where user_id is not null") == []


async def test_nothing_on_sale_in_the_chat_is_said_there(world: World) -> None:
    await world.rows("update public.plans set active = false where sold_in_chat")
    buyer = TelegramBuyer(world)
    assert heading(await buyer.says("/pay")) == "Nothing can be bought here just now"
    assert heading(await buyer.says("/invite")) == "Nothing can be bought here just now"
    assert sold(world) == {"sessions": [], "subscriptions": []}


@pytest.mark.usefixtures("impatient_stripe_sdk")
async def test_while_stripe_is_down_the_page_says_so_and_the_link_works_after(
    world: World,
) -> None:
    buyer = TelegramBuyer(world)
    link = await buyer.pay_link()
    world.sandbox.faults.take_down("stripe", world.sandbox.clock.now() + timedelta(minutes=5))
    assert (await buyer.follows(link)).status_code == 503
    await world.time_passes(timedelta(minutes=6))
    assert (await buyer.follows(link)).status_code == 303
    assert sold(world)["sessions"] == ["open"]


async def test_a_payment_that_needs_a_question_answered_counts_when_it_is(world: World) -> None:
    buyer = TelegramBuyer(world)
    session_id = await buyer.opens_checkout()
    world.sandbox.stripe.pay(session_id, "4000002760003184", authenticates=None)
    await rests(world)
    assert buyer.told() == ["Inner circle"]
    world.sandbox.stripe.authenticate(session_id)
    await rests(world)
    assert buyer.invitation()


async def test_a_card_that_fails_later_is_told_in_the_chat_with_the_invoice_to_pay(
    world: World,
) -> None:
    buyer = TelegramBuyer(world)
    await buyer.joins()
    row = await world.row("select stripe_customer_id as id from private.telegram_buyers")
    world.sandbox.stripe.set_card(row["id"], FAILING_CARD)
    await rests(world)
    await world.time_passes(timedelta(days=31, hours=2))
    await rests(world)
    failed = buyer.messages()[-1]
    assert heading(failed) == "Payment failed: Inner circle"
    [invoice] = [each for each in world.sandbox.stripe.invoices() if each["status"] == "open"]
    assert address(failed) == invoice["hosted_invoice_url"]
    assert "a payment failed; it goes on until " in (await buyer.says("/status")).text


async def test_every_event_twice_in_any_order_invites_once(world: World) -> None:
    buyer = TelegramBuyer(world)
    session_id = await buyer.opens_checkout()
    world.sandbox.stripe.deliveries.hold()
    world.sandbox.stripe.pay(session_id)
    held = [event["id"] for event in world.sandbox.stripe.deliveries.held()]
    world.sandbox.stripe.deliveries.plan("duplicate", 2, event_type="invoice.paid")
    world.sandbox.stripe.deliveries.release(list(reversed(held)))
    await rests(world)
    for event_id in held:
        await world.sandbox.stripe.resend(event_id)
    await rests(world)
    assert buyer.told() == [
        "Inner circle",
        "Your plan has begun: Inner circle",
        "Your invitation: Inner circle",
    ]
    assert len(world.sandbox.telegram.links()) == 1
    payments = await world.rows("select outcome from public.payments")
    assert [row["outcome"] for row in payments] == ["FULFILLED"]
