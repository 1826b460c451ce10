"""GET /pay and the pages around it over real HTTP: who is let through to Stripe, and who is told
why not."""

import asyncio
import re
from datetime import timedelta
from urllib.parse import quote

import pytest

from sandbox.faults import Fault, FaultKind
from sandbox.telegram_chats import FRIEND, TelegramUser
from services import pay_links
from tests.stories.subscriber import FOR_GOOD, subscribes
from tests.stories.telegram_buyer import TelegramBuyer, address, charge_of, rests, sold
from tests.world import CONSULTATION, World

PAGE_HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
PATHS = ("/pay", "/pay/manage")
CHAT = 700100200
NEVER_GIVEN_OUT = (
    "",
    "?tg_id=",
    "?tg_id=700100200",
    "?tg_id=700100200.1893456000",
    "?tg_id=700100200.1893456000.",
    "?tg_id=700100200.1893456000.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "?tg_id=..",
    "?tg_id=-1.-1.-1",
    "?tg_id=9999999999999999999999999.9999999999999999999999.AAAA",
    f"?tg_id={'7' * 5000}",
    "?tg_id=%D0%BF%D0%BB%D0%B0%D1%82%D0%B8.1.a",
    "?tg_id=700100200.%F0%9F%92%B8.AAAA",
    "?tg_id=%00.%00.%00",
    "?tg_id=%FF%FE",
    "?tg_id=%D9%A7%D9%A0%D9%A0.1.AAAA",
    "?TG_ID=1.2.3",
)
NO_SESSIONS = (
    "",
    "?session_id=",
    "?session_id=cs_test_nobody",
    "?session_id=pi_1",
    "?session_id=cs_x%27--",
    "?session_id={CHECKOUT_SESSION_ID}",
    f"?session_id=cs_{'a' * 5000}",
)


def tg_id_of(link: str) -> str:
    return link.partition("?tg_id=")[2]


def title_of(html: str) -> str:
    found = re.search(r'<h1[^>]*id="title"[^>]*>([^<]*)</h1>', html)
    assert found is not None, html
    return found[1]


async def assert_nothing_begun(world: World) -> None:
    assert await world.rows("select from private.checkouts") == []
    assert await world.rows("select from private.telegram_buyers") == []
    assert world.sandbox.journal.of("stripe") == []


async def test_a_link_leads_to_the_same_checkout_however_often_it_is_followed(
    world: World,
) -> None:
    buyer = TelegramBuyer(world)
    link = await buyer.pay_link()
    assert link.startswith(f"{world.base}/pay?tg_id={buyer.user.id}.")
    first = await buyer.follows(link)
    assert first.status_code == 303
    assert first.headers["location"].startswith(f"{world.base}/sandbox/stripe/pay/cs_")
    assert first.headers.items() >= PAGE_HEADERS.items()
    again = await buyer.follows(link)
    assert again.headers["location"] == first.headers["location"]
    newer = await buyer.follows(await buyer.pay_link())
    assert newer.headers["location"] == first.headers["location"]
    assert sold(world) == {"sessions": ["open"], "subscriptions": []}


async def test_fifty_at_once_open_one_checkout(world: World) -> None:
    buyer = TelegramBuyer(world)
    link = await buyer.pay_link()
    answers = await asyncio.gather(*(buyer.follows(link) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert sold(world) == {"sessions": ["open"], "subscriptions": []}
    rows = await world.rows("select stripe_customer_id as id from private.telegram_buyers")
    assert len(rows) == len(await world.rows("select from public.subscriptions")) == 1
    [session] = world.sandbox.stripe.sessions()
    assert session["customer"] == rows[0]["id"]


async def test_a_preview_by_head_opens_nothing_else_and_post_nothing_at_all(world: World) -> None:
    buyer = TelegramBuyer(world)
    link = await buyer.pay_link()
    assert (await world.http.post(link)).status_code == 405
    await assert_no_checkout(world)
    head = await world.http.head(link)
    got = await buyer.follows(link)
    assert (head.status_code, head.headers["location"]) == (303, got.headers["location"])
    assert sold(world)["sessions"] == ["open"]


async def assert_no_checkout(world: World) -> None:
    assert await world.rows("select from private.checkouts") == []
    assert world.sandbox.stripe.sessions() == []


@pytest.mark.parametrize("path", PATHS)
async def test_what_was_never_given_out_is_400_with_a_page(world: World, path: str) -> None:
    for query in NEVER_GIVEN_OUT:
        answer = await world.http.get(f"{path}{query}")
        assert answer.status_code == 400, query
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers.items() >= PAGE_HEADERS.items()
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert title_of(answer.text) == "This link does not work"
        command = "/pay" if path == "/pay" else "/status"
        assert f"Please send {command} to the bot for a new one." in answer.text
    await assert_nothing_begun(world)


@pytest.mark.parametrize("path", PATHS)
async def test_a_link_whose_person_day_or_seal_was_changed_is_400(world: World, path: str) -> None:
    person, ends_at, seal = tg_id_of(pay_links.address(world.app, CHAT, path)).split(".")
    changed = [
        f"{FRIEND.id}.{ends_at}.{seal}",
        f"0{person}.{ends_at}.{seal}",
        f"+{person}.{ends_at}.{seal}",
        f" {person}.{ends_at}.{seal}",
        f"{person}.{int(ends_at) + 1}.{seal}",
        f"{person}.{ends_at}0.{seal}",
        f"{person}.{ends_at}.{seal}=",
        f"{person}.{ends_at}.{seal}\n",
        f"{person}.{ends_at}.{seal[:-1]}",
        f"{person}.{ends_at}.{seal.swapcase()}",
        f"{person}.{ends_at}.x.{seal}",
        f"{person}{ends_at}.{seal}",
    ]
    other = pay_links.PAY if path == pay_links.MANAGE else pay_links.MANAGE
    changed.append(tg_id_of(pay_links.address(world.app, CHAT, other)))
    for tg_id in changed:
        answer = await world.http.get(f"{path}?tg_id={quote(tg_id)}")
        assert (answer.status_code, title_of(answer.text)) == (400, "This link does not work")
    await assert_nothing_begun(world)


async def test_a_link_is_good_for_a_week_and_then_says_that_it_has_expired(world: World) -> None:
    link = pay_links.address(world.app, CHAT)
    world.sandbox.clock.advance(timedelta(days=7) - timedelta(minutes=1))
    assert (await world.http.get(link)).status_code == 303
    world.sandbox.clock.advance(timedelta(minutes=1))
    answer = await world.http.get(link)
    assert answer.status_code == 400
    assert "This link has expired." in answer.text


async def test_nothing_on_sale_is_404(world: World) -> None:
    link = pay_links.address(world.app, CHAT)
    await world.rows("update public.plans set active = false where sold_in_chat")
    answer = await world.http.get(link)
    assert (answer.status_code, title_of(answer.text)) == (404, "Nothing on sale")
    await assert_nothing_begun(world)


async def test_while_stripe_lets_us_do_nothing_the_buyer_is_asked_to_come_again(
    world: World,
) -> None:
    buyer = TelegramBuyer(world)
    link = await buyer.pay_link()
    world.sandbox.faults.plan("stripe", Fault(FaultKind.UNAUTHORIZED))
    answer = await buyer.follows(link)
    assert (answer.status_code, title_of(answer.text)) == (503, "Please try again")
    assert world.sandbox.stripe.sessions() == []
    assert (await buyer.follows(link)).status_code == 303
    assert sold(world)["sessions"] == ["open"]


async def test_who_has_paid_is_told_so_and_gets_no_way_into_the_portal_there(
    world: World,
) -> None:
    buyer = TelegramBuyer(world)
    link = await buyer.pay_link()
    await buyer.pays()
    page = await buyer.follows(link)
    assert (page.status_code, title_of(page.text)) == (200, "You have it already")
    assert 'class="button"' not in page.text
    assert "Send /invite to the bot for your link." in page.text
    assert "send /status to the bot" in page.text
    as_manage = await buyer.follows(link.replace("/pay?", "/pay/manage?"))
    assert (as_manage.status_code, title_of(as_manage.text)) == (400, "This link does not work")
    assert sold(world) == {"sessions": ["complete"], "subscriptions": ["active"]}


async def test_the_button_of_status_leads_to_the_portal_for_an_hour(world: World) -> None:
    buyer = TelegramBuyer(world)
    await buyer.pays()
    manage = address(await buyer.says("/status"))
    to_portal = await buyer.follows(manage)
    assert to_portal.status_code == 303
    portal = await world.http.get(to_portal.headers["location"], follow_redirects=True)
    assert (portal.status_code, "Inner circle" in portal.text) == (200, True)
    friends = await buyer.follows(pay_links.address(world.app, FRIEND.id, pay_links.MANAGE))
    assert (friends.status_code, title_of(friends.text)) == (404, "Nothing to manage")
    world.sandbox.clock.advance(timedelta(hours=1))
    late = await buyer.follows(manage)
    assert (late.status_code, title_of(late.text)) == (400, "This link does not work")
    assert "This link has expired. Please send /status to the bot for a new one." in late.text


async def test_no_link_opens_the_portal_of_an_account(world: World) -> None:
    buyer = TelegramBuyer(world)
    manage = pay_links.address(world.app, buyer.user.id, pay_links.MANAGE)
    await subscribes(world)
    await buyer.links(world.client)
    linked = await buyer.follows(manage)
    assert (linked.status_code, title_of(linked.text)) == (404, "Please use your account")
    assert 'href="/account"' in linked.text
    assert (await buyer.says("/status")).button == ("Open my account", f"{world.base}/account")


async def test_what_was_moved_to_an_account_is_managed_there_also_when_the_chat_is_nobodys(
    world: World,
) -> None:
    buyer = TelegramBuyer(world)
    await buyer.pays()
    manage = pay_links.address(world.app, buyer.user.id, pay_links.MANAGE)
    await buyer.links(world.client)
    assert (await buyer.follows(manage)).status_code == 303
    await buyer.says("/move")
    assert title_of((await buyer.follows(manage)).text) == "Please use your account"
    await buyer.says("/stop")
    assert title_of((await buyer.follows(manage)).text) == "Please use your account"
    assert (await buyer.says("/status")).button is None


async def test_who_pays_for_what_gives_them_nothing_is_told_why_and_led_to_mend_it(
    world: World,
) -> None:
    buyer = TelegramBuyer(world)
    link = await buyer.pay_link()
    await buyer.pays()
    world.sandbox.stripe.dashboard_refund(await charge_of(world))
    await rests(world)
    page = await buyer.follows(link)
    assert (page.status_code, title_of(page.text)) == (200, "It has stopped")
    assert "its payment is owed, was returned or is disputed" in page.text
    assert "/invite" not in page.text
    assert "send /status to the bot" in page.text
    for command in ("/pay", "/invite"):
        answer = await buyer.says(command)
        assert answer.text == (
            "This plan gives you nothing now\n\n"
            "Inner circle: stopped: its payment was returned or is disputed.\n\n"
            "The button opens the page where you change your card or cancel the plan."
        )
        assert (await buyer.follows(address(answer))).status_code == 303
    assert "Inner circle: stopped: its payment was" in (await buyer.says("/status")).text
    assert sold(world) == {"sessions": ["complete"], "subscriptions": ["active"]}


async def test_the_portal_needs_a_purchase_and_stripe(world: World) -> None:
    buyer = TelegramBuyer(world)
    manage = pay_links.address(world.app, buyer.user.id, pay_links.MANAGE)
    nothing = await buyer.follows(manage)
    assert (nothing.status_code, title_of(nothing.text)) == (404, "Nothing to manage")
    await buyer.pays()
    world.sandbox.faults.plan("stripe", Fault(FaultKind.UNAUTHORIZED))
    answer = await buyer.follows(manage)
    assert (answer.status_code, title_of(answer.text)) == (503, "Please try again")


async def test_back_from_stripe_a_payment_whose_webhooks_are_lost_is_taken_in(
    world: World,
) -> None:
    buyer = TelegramBuyer(world)
    session_id = await buyer.opens_checkout()
    unpaid = await world.http.get(f"/pay/done?session_id={session_id}")
    assert (unpaid.status_code, title_of(unpaid.text)) == (200, "Not paid")
    world.sandbox.stripe.deliveries.plan("drop", 100)
    world.sandbox.stripe.pay(session_id)
    await rests(world)
    assert buyer.told() == ["Inner circle"]

    done = await world.http.get(f"/pay/done?session_id={session_id}")
    assert (done.status_code, title_of(done.text)) == (200, "Thank you")
    assert "Your payment arrived, and your invitation is on its way." in done.text
    await rests(world)
    assert await buyer.opens(buyer.invitation()) == "requested"
    assert buyer.is_in()
    taken = "select from private.stripe_events where outcome = 'applied'"
    assert await world.rows(taken) == []
    again = await world.http.get(f"/pay/done?session_id={session_id}")
    assert title_of(again.text) == "Thank you"
    await rests(world)
    assert buyer.told().count("Your invitation: Inner circle") == 1


async def test_back_while_stripe_cannot_be_asked_nothing_is_claimed(world: World) -> None:
    buyer = TelegramBuyer(world)
    session_id = await buyer.opens_checkout()
    world.sandbox.faults.plan("stripe", Fault(FaultKind.UNAUTHORIZED))
    answer = await world.http.get(f"/pay/done?session_id={session_id}")
    assert (answer.status_code, title_of(answer.text)) == (200, "Thank you")
    assert "Your payment will be noticed within minutes." in answer.text
    assert "invitation is on its way" not in answer.text


async def test_back_with_an_unknown_session_is_404(world: World) -> None:
    for query in NO_SESSIONS:
        answer = await world.http.get(f"/pay/done{query}")
        assert answer.status_code == 404, query
        assert title_of(answer.text) == "We could not find this payment"
    assert world.sandbox.journal.of("stripe") == []


async def test_back_with_the_session_of_a_booking_is_404_and_takes_nothing_in(
    world: World,
) -> None:
    opened = await world.client.books(session_type=CONSULTATION)
    world.sandbox.stripe.deliveries.plan("drop", 100)
    await world.pays(opened)
    answer = await world.http.get(f"/pay/done?session_id={opened.session_id}")
    assert answer.status_code == 404
    assert (await world.client.booking(opened.booking_id))["status"] == "AWAITING_PAYMENT"


async def test_who_goes_back_without_paying_is_told_how_to_try_again(world: World) -> None:
    buyer = TelegramBuyer(world)
    await buyer.opens_checkout()
    [session] = world.sandbox.stripe.sessions()
    assert session["cancel_url"] == f"{world.base}/pay/cancelled?language=en"
    page = await buyer.follows(session["cancel_url"])
    assert (page.status_code, title_of(page.text)) == (200, "Not paid")
    assert "To try again, send /pay to the bot." in page.text
    assert "tg_id" not in page.text
    assert page.text == (await world.http.get("/pay/cancelled")).text


async def test_what_a_page_is_told_is_never_its_markup(world: World) -> None:
    for name in ("cancelled", "managed"):
        page = await world.http.get(f"/pay/{name}?language=%22%3E%3Cscript%3Ealert(1)")
        assert page.status_code == 200
        assert "<script" not in page.text
    await world.rows("update public.plans set name = '<b>$title {x}' where sold_in_chat")
    buyer = TelegramBuyer(world)
    link = await buyer.pay_link()
    await buyer.pays()
    page = await buyer.follows(link)
    assert "You have &lt;b&gt;$title {x} already." in page.text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("uk", ["Ви вже маєте це", "Дякуємо", "Не оплачено", "Готово", "Це посилання не діє"]),
        (
            "ru",
            ["У Вас это уже есть", "Спасибо", "Не оплачено", "Готово", "Эта ссылка не действует"],
        ),
    ],
)
async def test_the_pages_are_in_the_language_of_the_buyer(
    world: World, language: str, said: list[str]
) -> None:
    buyer = TelegramBuyer(world, TelegramUser(700100300, "Ада", language))
    link = await buyer.pay_link()
    session_id = await buyer.pays()
    [session] = world.sandbox.stripe.sessions()
    manage = address(await buyer.says("/status"))
    portal = await world.http.get((await buyer.follows(manage)).headers["location"])
    pages = [
        await buyer.follows(link),
        await buyer.follows(f"/pay/done?session_id={session_id}"),
        await buyer.follows(session["cancel_url"]),
        await buyer.follows(f"/pay/managed?language={language}"),
    ]
    assert f"/pay/managed?language={language}" in portal.text
    world.sandbox.clock.advance(timedelta(days=7))
    pages.append(await buyer.follows(link))
    assert [title_of(page.text) for page in pages] == said
    assert all(f'tabindex="-1" lang="{language}">' in page.text for page in pages)


async def test_back_with_what_opens_no_channel_no_invitation_is_promised(world: World) -> None:
    await world.rows("update public.plans set channel_id = null where sold_in_chat")
    buyer = TelegramBuyer(world)
    session_id = await buyer.pays()
    done = await world.http.get(f"/pay/done?session_id={session_id}")
    assert "Your payment arrived." in done.text
    assert "invitation" not in done.text
    page = await buyer.follows(pay_links.address(world.app, buyer.user.id))
    assert title_of(page.text) == "You have it already"
    assert "/invite" not in page.text
    assert (await buyer.says("/pay")).text == "You have paid already\n\nYou have Inner circle."


async def test_back_with_what_entitles_to_nothing_no_invitation_is_promised(
    world: World,
) -> None:
    buyer = TelegramBuyer(world)
    session_id = await buyer.pays("4000000000000259")  # disputed at once
    done = await world.http.get(f"/pay/done?session_id={session_id}")
    assert (title_of(done.text), "invitation" in done.text) == ("Thank you", False)


async def test_back_from_a_trial_nothing_is_said_to_be_paid(world: World) -> None:
    await world.rows("update public.plans set trial_days = 7 where sold_in_chat")
    session_id = await TelegramBuyer(world).pays()
    done = await world.http.get(f"/pay/done?session_id={session_id}")
    assert "Your plan has begun, and your invitation is on its way." in done.text
    assert "arrived" not in done.text


async def test_back_while_a_debit_is_on_its_way_it_is_said_to_be_processed(world: World) -> None:
    await world.rows("update public.plans set sold_in_chat = false")
    await world.rows("update public.plans set sold_in_chat = true where id = $1", FOR_GOOD)
    buyer = TelegramBuyer(world)
    session_id = await buyer.opens_checkout()
    world.sandbox.stripe.pay(session_id, debit_account="000123456789")
    await rests(world)
    done = await world.http.get(f"/pay/done?session_id={session_id}")
    assert title_of(done.text) == "Your payment is being processed"
    assert "invitation" not in done.text
    again = await buyer.follows(await buyer.pay_link())
    assert (again.status_code, title_of(again.text)) == (200, "Your payment is being processed")
