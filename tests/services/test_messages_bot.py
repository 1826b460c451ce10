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


def test_an_invitation_says_until_when_it_works() -> None:
    alone = "The link is for you alone. If Telegram lets you ask to join, ask, and you are let in."
    assert bot.invite(EN, CHANNEL, INVITE, None) == Reply(
        "Your invitation: Inner circle", f"Join the channel: {INVITE}\n\n{alone}", TO_CHANNEL
    )
    assert bot.invite(EN, CHANNEL, INVITE, GRACE, "Europe/Berlin").body == (
        f"Join the channel: {INVITE}\n\n{alone}\n\n"
        "It works until Tue 1 Dec 2026, 10:00 (Berlin time, GMT+1)."
    )


def test_a_link_that_everybody_gets_is_not_said_to_be_for_one_alone() -> None:
    assert bot.invite(EN, CHANNEL, INVITE, None, alone=False).body == f"Join the channel: {INVITE}"


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
    assert list(bot.commands(language)) == ["status", "pay", "invite", "start", "stop", "help"]
    body = bot.overview(language, PAGES).body
    assert [line.partition(" ")[0] for line in body.split("\n")] == [
        "/status", "/pay", "/invite", "/start", "/stop", "/help"
    ]  # fmt: skip  # a line each would hide the list


def test_who_has_no_account_is_not_led_to_one() -> None:
    assert bot.overview(EN, PAGES).button == Button("Open my account", f"{PAGES}/account")
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
    assert standing(subscription, EN) == said
    assert held(subscription, PLAN, EN) == Held("Mentoring", said)


def test_a_plan_that_is_none_of_ours_is_listed_all_the_same() -> None:
    assert held(ENDED.subscription, None, UK) == Held("Підписка", "завершено.")
