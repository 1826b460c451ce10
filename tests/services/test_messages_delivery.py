"""Messages about subscriptions: who gets them, once, and which are no longer handed over."""

from collections.abc import AsyncIterator

import pytest

from schema.accounts import NotificationKind as ApiKind
from services.domain.models import NotificationKind
from services.mails import TO_HOST, TO_OPERATOR
from services.providers.message_ports import ChatClosed
from tests.services.notices_rig import INVITE, NoticesRig, notices_on
from tests.services.telegram_rig import ANN, CHAT, NOW, OTHER_CHAT

Kind = NotificationKind
EMAIL = "demo@example.com"


@pytest.fixture
async def rig(seeded: str) -> AsyncIterator[NoticesRig]:
    async with notices_on(seeded) as made:
        yield made


# --- who reads it --------------------------------------------------------------------------------


async def test_an_account_reads_it_in_the_app_by_mail_and_in_the_chat(rig: NoticesRig) -> None:
    subscription = await rig.subscribes()
    assert await rig.announces(subscription, Kind.SUBSCRIPTION_STARTED) is True
    await rig.delivers()
    assert await rig.messages() == [
        ("EMAIL", EMAIL, "SENT"),
        ("IN_APP", None, "SENT"),
        ("TELEGRAM", str(CHAT), "SENT"),
    ]
    [mail] = rig.mail.sent
    assert (mail.to, mail.subject) == (EMAIL, "Your plan has begun: Mentoring")
    assert mail.attachments == ()
    [said] = rig.parts.chat.sent
    assert (said.chat_id, said.title) == (CHAT, mail.subject)


async def test_who_bought_in_telegram_reads_it_there_and_by_mail(rig: NoticesRig) -> None:
    subscription = await rig.subscribes(in_chat=True)
    await rig.announces(subscription, Kind.SUBSCRIPTION_STARTED)
    await rig.delivers()
    assert await rig.messages() == [
        ("EMAIL", "olha@example.com", "SENT"),
        ("TELEGRAM", str(OTHER_CHAT), "SENT"),
    ]
    [mail] = rig.mail.sent
    assert (mail.to_name, mail.language) == ("Olha", "uk")
    assert mail.subject == "Ваш план розпочато: Mentoring"


async def test_a_buyer_who_keeps_the_bot_out_gets_the_mail_alone(rig: NoticesRig) -> None:
    subscription = await rig.subscribes(in_chat=True)
    await rig.writes("update private.telegram_buyers set blocked_at = $1", NOW)
    await rig.announces(subscription, Kind.SUBSCRIPTION_STARTED)
    assert await rig.messages() == [("EMAIL", "olha@example.com", "QUEUED")]


async def test_nobody_is_told_of_a_subscription_whose_account_is_gone(rig: NoticesRig) -> None:
    subscription = await rig.subscribes()
    await rig.writes("update public.subscriptions set user_id = null")
    assert await rig.announces(subscription, Kind.SUBSCRIPTION_ENDED) is False
    assert await rig.messages() == []


async def test_the_operator_is_asked_by_mail_alone(rig: NoticesRig) -> None:
    subscription = await rig.subscribes(in_chat=True)
    await rig.announces(subscription, Kind.PLAN_OPERATOR_ASKED)
    await rig.delivers()
    assert await rig.messages() == [("EMAIL", "operator@example.com", "SENT")]
    [mail] = rig.mail.sent
    assert (mail.to_name, str(subscription) in mail.subject) == (None, True)


def test_every_kind_that_reaches_the_app_is_in_the_api() -> None:
    told = set(Kind) - TO_HOST - TO_OPERATOR
    assert set(ApiKind.__members__) == {kind.value for kind in told}


# --- once ----------------------------------------------------------------------------------------


async def test_the_same_news_is_written_once_in_each_round(rig: NoticesRig) -> None:
    subscription = await rig.subscribes(in_chat=True, status="PAST_DUE")
    told = [
        await rig.announces(subscription, Kind.RENEWAL_FAILED, round_=round_)
        for round_ in (0, 0, 1, 1)
    ]
    assert told == [True, False, True, False]
    assert await rig.parts.rows(
        "select dedupe_key from public.notifications where medium = 'EMAIL' order by round"
    ) == [
        (f"subscription:{subscription}:RENEWAL_FAILED:EMAIL",),
        (f"subscription:{subscription}:RENEWAL_FAILED:EMAIL:1",),
    ]


async def test_what_was_handed_over_is_not_handed_over_again(rig: NoticesRig) -> None:
    subscription = await rig.subscribes(in_chat=True)
    await rig.announces(subscription, Kind.SUBSCRIPTION_STARTED)
    await rig.delivers()
    await rig.delivers()
    assert (len(rig.mail.sent), len(rig.parts.chat.sent)) == (1, 1)
    assert await rig.parts.rows("select from public.booking_steps") == []


# --- closed chats --------------------------------------------------------------------------------


async def test_a_closed_chat_is_noted_of_the_account_and_of_the_buyer(rig: NoticesRig) -> None:
    subscription = await rig.subscribes(in_chat=True)
    await rig.writes(
        "update public.users set telegram_id = $2 where id = $1", ANN.user_id, OTHER_CHAT
    )
    await rig.announces(subscription, Kind.SUBSCRIPTION_STARTED)
    rig.parts.chat.troubles.append(ChatClosed("The person blocked the bot."))
    await rig.delivers()
    assert await rig.messages() == [
        ("EMAIL", "olha@example.com", "SENT"),
        ("TELEGRAM", str(OTHER_CHAT), "FAILED"),
    ]
    assert await rig.parts.rows("select blocked_at from private.telegram_buyers") == [(NOW,)]
    assert await rig.parts.chat_of(ANN) == (OTHER_CHAT, NOW)


# --- overtaken -----------------------------------------------------------------------------------


async def test_what_is_no_longer_true_is_not_handed_over(rig: NoticesRig) -> None:
    subscription = await rig.subscribes(status="PAST_DUE")
    await rig.announces(subscription, Kind.RENEWAL_FAILED)
    await rig.writes("update public.subscriptions set status = 'ACTIVE'")
    await rig.delivers()
    assert await rig.messages() == [
        ("EMAIL", EMAIL, "OVERTAKEN"),
        ("IN_APP", None, "SENT"),
        ("TELEGRAM", str(CHAT), "OVERTAKEN"),
    ]
    assert (rig.mail.sent, rig.parts.chat.sent) == ([], [])


async def test_a_chat_that_was_unlinked_meanwhile_is_not_written_to(rig: NoticesRig) -> None:
    subscription = await rig.subscribes()
    await rig.announces(subscription, Kind.SUBSCRIPTION_STARTED)
    await rig.writes("update public.users set telegram_id = null")
    await rig.delivers()
    assert len(rig.mail.sent) == 1
    assert rig.parts.chat.sent == []


# --- the channel ---------------------------------------------------------------------------------


async def test_an_invitation_carries_the_persons_own_link(rig: NoticesRig) -> None:
    subscription = await rig.subscribes()
    await rig.invites()
    await rig.announces(subscription, Kind.CHANNEL_INVITE)
    await rig.delivers()
    [mail], [said] = rig.mail.sent, rig.parts.chat.sent
    assert INVITE in mail.text
    assert said.button is not None
    assert said.button.url == INVITE


async def test_without_a_link_of_their_own_the_plain_one_is_sent(seeded: str) -> None:
    async with notices_on(seeded, paid_channel_link="https://t.me/+all") as rig:
        subscription = await rig.subscribes()
        await rig.announces(subscription, Kind.CHANNEL_INVITE)
        await rig.delivers()
        [mail] = rig.mail.sent
        assert "\n\nJoin the channel: https://t.me/+all" in mail.text
