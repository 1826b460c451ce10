"""What the bot says of plans and channels, in every language."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.domain.plans import Subscription, SubscriptionStatus
from services.messages import bot
from services.messages.bot import Reply
from services.messages.languages import Language
from services.messages.standing import Held, held, standing
from services.providers.message_ports import Button
from services.store.telegram import Session
from tests.services.messages_rig import ID, LINK, PAGES, STARTS
from tests.services.plan_messages_rig import (
    ENDED,
    ENDING,
    GRACE,
    INVITE,
    INVOICE,
    OWING,
    OWN_TRIAL,
    PLAN,
    SUBSCRIPTION,
    TRIAL,
)

EN, UK, RU = Language.ENGLISH, Language.UKRAINIAN, Language.RUSSIAN
PAY_URL = f"{PAGES}/pay?tg_id=700100200"
CHANNEL = "Inner circle"
RENEWS_SAID = "Thu 24 Dec 2026, 09:00 (UTC)"
GRACE_SAID = "Tue 1 Dec 2026, 09:00 (UTC)"
TO_CHANNEL = Button("Join the channel", INVITE)
ACCOUNT = Button("Open my account", f"{PAGES}/account")
STAYS = "What was bought in this chat stays with the chat. To bring it to your account, send /move."
SESSION = Session(ID, "Mentoring session", "Olena Koval", STARTS, "UTC", LINK)
AHEAD = f"Mentoring session with Olena Koval\nTue 24 Nov 2026, 08:30 (UTC)\nJoin: {LINK}"


def paying(language: Language, works_for: timedelta) -> Reply:
    return bot.pay(
        language,
        plan_name=CHANNEL,
        price_and_interval="15.00 USD a month",
        url=PAY_URL,
        works_for=works_for,
    )


def test_paying_names_the_price_and_leads_to_the_payment() -> None:
    assert paying(EN, timedelta(minutes=30)) == Reply(
        CHANNEL,
        "15.00 USD a month\n\n"
        "The button opens the payment page. Its link is for this chat alone.\n\n"
        "It works for: 30 minutes.",
        Button("Pay", PAY_URL),
    )


@pytest.mark.parametrize(
    ("works_for", "language", "said"),
    [
        (timedelta(hours=1), EN, "It works for: 1 hour."),
        (timedelta(minutes=90), EN, "It works for: 90 minutes."),
        (timedelta(hours=36), EN, "It works for: 36 hours."),
        (timedelta(hours=48), EN, "It works for: 2 days."),
        (timedelta(minutes=30), UK, "Час його дії: 30 хвилин."),
        (timedelta(days=3), UK, "Час його дії: 3 дні."),
        (timedelta(hours=21), RU, "Срок её действия: 21 час."),
    ],
)
def test_how_long_the_link_works_is_never_rounded(
    works_for: timedelta, language: Language, said: str
) -> None:
    assert paying(language, works_for).body.endswith(f"\n\n{said}")


def test_when_nothing_is_sold_there_is_no_button() -> None:
    assert bot.pay_unavailable(EN) == Reply(
        "Nothing can be bought here just now", "Please try again later."
    )


def test_who_has_paid_gets_the_link_or_hears_how_to_get_it() -> None:
    assert bot.paid_already(EN, CHANNEL, INVITE) == Reply(
        "You have paid already", "The channel Inner circle is open to you.", TO_CHANNEL
    )
    assert bot.paid_already(EN, CHANNEL, None) == Reply(
        "You have paid already",
        "The channel Inner circle is open to you.\n\nSend /invite to get your link.",
    )


def test_who_has_what_opens_no_channel_hears_what_they_have() -> None:
    assert bot.has_plan(EN, "Inner\ncircle") == Reply(
        "You have paid already", "You have Inner circle."
    )


def test_who_has_a_plan_that_gives_nothing_is_led_to_where_it_is_mended() -> None:
    plan = Held("Inner\ncircle", "paused.")

    def said(invoice_url: str | None, manage_url: str | None) -> Reply:
        return bot.stopped(EN, PAGES, plan, invoice_url=invoice_url, manage_url=manage_url)

    title = "This plan gives you nothing now"
    assert said(INVOICE, PAY_URL) == Reply(
        title,
        "Inner circle: paused.\n\nThe button opens the invoice that is owed.",
        Button("Pay the invoice", INVOICE),
    )
    assert said(None, PAY_URL) == Reply(
        title,
        "Inner circle: paused.\n\n"
        "The button opens the page where you change your card or cancel the plan.",
        Button("Manage my plan", PAY_URL),
    )
    assert said(None, None) == Reply(
        title,
        "Inner circle: paused.\n\nChange your card or cancel the plan in your account.",
        ACCOUNT,
    )


def test_an_invitation_says_whose_it_is() -> None:
    alone = "The link is for you alone. If Telegram lets you ask to join, ask, and you are let in."
    assert bot.invite(EN, CHANNEL, INVITE) == Reply(
        "Your invitation: Inner circle", f"Join the channel: {INVITE}\n\n{alone}", TO_CHANNEL
    )


def test_a_link_that_everybody_gets_is_not_said_to_be_for_one_alone() -> None:
    assert bot.invite(EN, CHANNEL, INVITE, alone=False).body == f"Join the channel: {INVITE}"


def test_several_channels_are_answered_as_one_and_one_as_itself() -> None:
    joined = bot.joined_already(EN, "Other")
    invited = bot.invite(EN, CHANNEL, INVITE, alone=False)
    assert bot.of_channels(EN, [invited]) == invited
    assert bot.of_channels(EN, [joined, invited]) == Reply(
        "Your channels",
        "You are in the channel\nYou are a member of Other already.\n\n"
        f"Your invitation: Inner circle\nJoin the channel: {INVITE}",
        TO_CHANNEL,
    )
    assert bot.of_channels(EN, [joined, joined]).button is None


@pytest.mark.parametrize(
    ("email", "said"),
    [
        ("demo@example.com", "d…@example.com"),
        ("x@example.com", "x…@example.com"),
        ('"a@b"@example.com', '"…@example.com'),
        ("", "an account without an address"),
        ("nonsense", "an account without an address"),
        (None, "an account without an address"),
    ],
)
def test_linking_names_the_account_by_a_masked_address(email: str | None, said: str) -> None:
    assert bot.linked(EN, PAGES, email, stays=False) == Reply(
        "Telegram is linked",
        f"This chat is linked to {said}. If that is not yours, send /stop.\n\n"
        "Confirmations and reminders of your sessions now come here too. "
        "Send /status to see your sessions.",
        ACCOUNT,
    )


def test_linking_says_what_stays_with_the_chat() -> None:
    assert bot.linked(EN, PAGES, None, stays=True).body.endswith(f"\n\n{STAYS}")
    assert bot.status(EN, PAGES, [], [], [Held("M", "ended.")], stays=True).body == (
        f"M: ended.\n\n{STAYS}"
    )


def test_moving_says_what_was_moved_and_to_whom() -> None:
    assert bot.moved(EN, PAGES, "demo@example.com", ["Mentoring", "Two\nlines"]) == Reply(
        "It belongs to your account",
        "Bought in this chat, and now with d…@example.com:\nMentoring\nTwo lines",
        ACCOUNT,
    )
    assert bot.moved(EN, PAGES, "demo@example.com", []) == Reply(
        "There is nothing to move", "Nothing was bought in this chat.", ACCOUNT
    )


def test_other_answers_about_the_channel_open_nothing() -> None:
    assert bot.invite_follows(EN, CHANNEL) == Reply(
        "Your link is being made", "The link to Inner circle comes here in a moment."
    )
    assert bot.joined_already(EN, CHANNEL) == Reply(
        "You are in the channel", "You are a member of Inner circle already."
    )
    assert bot.not_paid(EN, CHANNEL) == Reply(
        "You have no access yet", "To get into Inner circle, send /pay."
    )


@pytest.mark.parametrize("language", Language)
def test_the_menu_names_every_command(language: Language) -> None:
    listed = ["status", "pay", "invite", "start", "move", "stop", "help"]
    assert list(bot.commands(language)) == listed
    body = bot.overview(language, PAGES).body
    assert [line.partition(" ")[0] for line in body.split("\n")] == [f"/{name}" for name in listed]


def test_who_has_no_account_is_not_led_to_one() -> None:
    assert bot.overview(EN, PAGES).button == ACCOUNT
    assert bot.overview(EN, PAGES, has_account=False).button is None
    listed = bot.status(EN, PAGES, [], [], [Held("Mentoring", "ended.")], has_account=False)
    assert listed == Reply("Your sessions and plans", "Mentoring: ended.")


def test_status_lists_plans_below_sessions() -> None:
    plans = [Held("Mentoring", "yours for good."), Held("One\nline", "paused.")]
    assert bot.status(EN, PAGES, [SESSION], [], plans) == Reply(
        "Your sessions and plans",
        f"{AHEAD}\n\nMentoring: yours for good.\n\nOne line: paused.",
        Button("Join the next session", LINK),
    )


def test_status_without_plans_speaks_of_sessions_alone() -> None:
    assert bot.status(EN, PAGES, [SESSION], []).title == "Your sessions"
    waiting = replace(SESSION, starts_at=None)
    assert bot.status(EN, PAGES, [], [waiting]).body.startswith("You have no sessions ahead.\n\n")


@pytest.mark.parametrize(
    ("subscription", "said"),
    [
        (SUBSCRIPTION, f"paid until {RENEWS_SAID}."),
        (replace(SUBSCRIPTION, current_period_end=None), "yours for good."),
        (TRIAL.subscription, f"free until {GRACE_SAID}."),
        (OWN_TRIAL.subscription, f"free until {GRACE_SAID}."),
        (
            replace(TRIAL.subscription, cancel_at=GRACE),
            f"cancelled; it goes on until {GRACE_SAID}.",
        ),
        (ENDING.subscription, f"cancelled; it goes on until {RENEWS_SAID}."),
        (OWING.subscription, f"a payment failed; it goes on until {GRACE_SAID}."),
        (
            replace(OWING.subscription, cancel_at=GRACE, grace_until=None),
            "stopped, because a payment failed.",
        ),
        (replace(OWING.subscription, lapsed_at=GRACE), "stopped, because a payment failed."),
        (replace(SUBSCRIPTION, status=SubscriptionStatus.PAUSED), "paused."),
        (replace(SUBSCRIPTION, status=SubscriptionStatus.INCOMPLETE), "waits for its payment."),
        (replace(SUBSCRIPTION, status=SubscriptionStatus.INCOMPLETE_EXPIRED), "ended."),
        (ENDED.subscription, "ended."),
    ],
)
def test_where_a_plan_stands(subscription: Subscription, said: str) -> None:
    assert standing(subscription, EN, entitled=True) == said
    assert held(subscription, PLAN, EN, entitled=True) == Held("Mentoring", said)


RETURNED = "stopped: its payment was returned or is disputed."


@pytest.mark.parametrize(
    ("subscription", "said"),
    [
        (SUBSCRIPTION, RETURNED),
        (replace(SUBSCRIPTION, current_period_end=None), RETURNED),
        (TRIAL.subscription, RETURNED),
        (ENDING.subscription, RETURNED),
        (OWN_TRIAL.subscription, "ended."),
        (OWING.subscription, "stopped, because a payment failed."),
        (replace(SUBSCRIPTION, status=SubscriptionStatus.PAUSED), "paused."),
        (replace(SUBSCRIPTION, status=SubscriptionStatus.INCOMPLETE), "waits for its payment."),
        (ENDED.subscription, "ended."),
    ],
)
def test_what_gives_nothing_is_never_said_to_go_on(subscription: Subscription, said: str) -> None:
    assert standing(subscription, EN, entitled=False) == said


def test_a_plan_that_is_none_of_ours_is_listed_all_the_same() -> None:
    assert held(ENDED.subscription, None, UK, entitled=False) == Held("Підписка", "завершено.")
