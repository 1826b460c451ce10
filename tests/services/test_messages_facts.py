"""What is read for a message about a booking's money, who gets it, and when it is overtaken."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from services import booking_notices, notifications
from services.booking_notices import BookingNotice
from services.domain.booking import Status
from services.domain.models import Medium, Notification, NotificationKind
from services.domain.money import Money
from services.domain.payouts import PayoutReason, PayoutStatus
from services.messages.facts import Facts
from tests.services.messages_rig import FACTS, ID, STARTS, of_booking, of_payout
from tests.services.notices_rig import NoticesRig, notices_on
from tests.services.telegram_rig import ANN, NOW

Kind = NotificationKind
LINK = "https://meet.jit.si/session-y"


@pytest.fixture
async def rig(seeded: str) -> AsyncIterator[NoticesRig]:
    async with notices_on(seeded) as made:
        yield made


async def books(rig: NoticesRig) -> UUID:
    return await rig.parts.books("Mentoring session", meeting_url=LINK)


async def pays(rig: NoticesRig, booking_id: UUID, intent: str, *, lost_minor: int = 0) -> UUID:
    """30.00 USD for the booking arrive; so much of it a bank returned."""
    async with rig.parts.app.db.transaction() as conn:
        payment_id: UUID = await conn.fetchval(
            "insert into public.payments (user_id, booking_id, stripe_payment_intent_id, "
            "amount_minor, amount_lost_minor, currency, status, paid_at) "
            "values ($1, $2, $3, 3000, $4, 'USD', 'SUCCEEDED', $5) returning id",
            ANN.user_id,
            booking_id,
            intent,
            lost_minor,
            NOW,
        )
    return payment_id


async def goes_back(rig: NoticesRig, payment_id: UUID, minor: int, status: str) -> None:
    await rig.writes(
        "insert into private.refunds (payment_id, amount_minor, origin, cause, reason, status, "
        "created_at, updated_at) values ($1, $2, 'SESSIONPAY', $3::text, 'Called off.', $3::text, "
        "$4, $4)",
        payment_id,
        minor,
        status,
        NOW,
    )


async def is_paid_out(rig: NoticesRig, payment_id: UUID) -> None:
    await rig.writes(
        "insert into public.payouts (payment_id, booking_id, host_id, status, currency, "
        "amount_minor, fee_minor, net_minor, stripe_account_id, stripe_transfer_id, "
        "transfer_currency, transfer_minor, transfer_due_minor, paid_at, created_at) "
        "select p.id, b.id, b.host_id, 'PAID', 'USD', 3000, 300, 2700, 'acct_1', 'tr_1', 'USD', "
        "2700, 2700, $2, $2 from public.payments p join public.bookings b on b.id = p.booking_id "
        "where p.id = $1",
        payment_id,
        NOW,
    )


async def facts_of(rig: NoticesRig, booking_id: UUID) -> Facts:
    async with rig.parts.app.db.connection() as conn:
        notice = await booking_notices.notice_of(rig.parts.app, conn, booking_id)
    return notice.facts


# --- what is read --------------------------------------------------------------------------------


async def test_before_a_payment_the_price_counts_and_nothing_goes_back(rig: NoticesRig) -> None:
    facts = await facts_of(rig, await books(rig))
    assert (facts.paid, facts.returned) == (Money(3000, "USD"), Money(0, "USD"))
    assert (facts.payout, facts.disputed) == (None, False)
    assert facts.meeting is not None
    assert facts.meeting.url == LINK


async def test_what_is_asked_back_and_what_a_bank_took_counts_and_what_failed_does_not(
    rig: NoticesRig,
) -> None:
    booking = await books(rig)
    payment = await pays(rig, booking, "pi_1", lost_minor=500)
    await goes_back(rig, payment, 700, "REQUESTED")
    await goes_back(rig, payment, 200, "SUCCEEDED")
    await goes_back(rig, payment, 900, "FAILED")
    facts = await facts_of(rig, booking)
    assert (facts.paid, facts.returned) == (Money(3000, "USD"), Money(1400, "USD"))


@pytest.mark.parametrize("second_is_returned", [True, False])
async def test_a_payment_made_twice_does_not_count(
    rig: NoticesRig, second_is_returned: bool
) -> None:
    booking = await books(rig)
    first, second = await pays(rig, booking, "pi_1"), await pays(rig, booking, "pi_2")
    extra, stands = (second, first) if second_is_returned else (first, second)
    await goes_back(rig, extra, 3000, "PENDING")
    assert (await facts_of(rig, booking)).returned == Money(0, "USD")
    await goes_back(rig, stands, 1000, "PENDING")
    assert (await facts_of(rig, booking)).returned == Money(1000, "USD")


@pytest.mark.parametrize(
    ("status", "disputed"),
    [
        ("needs_response", True),
        ("warning_needs_response", True),
        ("under_review", True),
        ("won", False),
        ("lost", False),
    ],
)
async def test_a_dispute_counts_while_it_is_open(
    rig: NoticesRig, status: str, disputed: bool
) -> None:
    booking = await books(rig)
    await pays(rig, booking, "pi_1")
    await rig.writes("update public.payments set dispute_status = $1", status)
    assert (await facts_of(rig, booking)).disputed is disputed


async def test_a_link_that_is_withheld_is_in_no_message(rig: NoticesRig) -> None:
    booking = await books(rig)
    await pays(rig, booking, "pi_1")
    await rig.writes("update public.user_sessions set withheld_at = $1", NOW)
    await rig.writes("update public.payments set dispute_status = 'needs_response'")
    async with rig.parts.app.db.transaction() as conn:
        await notifications.announce(rig.parts.app, conn, booking, Kind.REMINDER_HOUR)
    await rig.delivers()
    [mail], [said] = rig.mail.sent, rig.parts.chat.sent
    for body in (mail.text, mail.html, said.body):
        assert LINK not in body
        assert "is given out again once it has decided." in body
    assert said.button is None


# --- who gets it ---------------------------------------------------------------------------------


async def test_a_payout_is_told_to_the_host_by_mail_alone(rig: NoticesRig) -> None:
    booking = await books(rig)
    await is_paid_out(rig, await pays(rig, booking, "pi_1"))
    await rig.writes("update public.hosts set language = 'en'")
    async with rig.parts.app.db.transaction() as conn:
        assert await notifications.announce(rig.parts.app, conn, booking, Kind.HOST_PAID_OUT)
    await rig.delivers()
    [mail] = rig.mail.sent
    [(medium, recipient, status)] = await rig.messages()
    assert (medium, recipient, status) == ("EMAIL", mail.to, "SENT")
    assert mail.to_name == "Olena Koval"
    assert mail.attachments == ()
    assert mail.text.endswith(
        "\n\nPaid by the client: 30.00 USD\nPlatform's fee: 3.00 USD\nYour share: 27.00 USD"
    )
    assert rig.parts.chat.sent == []


async def test_a_time_that_stays_comes_without_a_calendar_file(rig: NoticesRig) -> None:
    booking = await books(rig)
    async with rig.parts.app.db.transaction() as conn:
        await notifications.announce(rig.parts.app, conn, booking, Kind.BOOKING_KEPT_TIME)
    await rig.delivers()
    [mail], [said] = rig.mail.sent, rig.parts.chat.sent
    assert mail.attachments == ()
    assert mail.text.endswith(f"\n\nJoin here: {LINK}")
    assert said.button is not None
    assert said.button.url == LINK


# --- overtaken -----------------------------------------------------------------------------------


def waiting(kind: Kind) -> Notification:
    return Notification(
        id=ID,
        user_id=None,
        booking_id=ID,
        subscription_id=None,
        kind=kind,
        medium=Medium.EMAIL,
        recipient="",
        title="",
        body="",
        language="en",
        round=0,
        status="QUEUED",
        read_at=None,
        created_at=STARTS,
    )


BLOCKED = of_payout(reason=PayoutReason.NO_ACCOUNT)


@pytest.mark.parametrize(
    ("kind", "facts", "overtaken"),
    [
        (Kind.BOOKING_KEPT_TIME, FACTS, False),
        (Kind.BOOKING_KEPT_TIME, of_booking(sequence=1), True),
        (Kind.BOOKING_KEPT_TIME, of_booking(status=Status.CANCELLED), True),
        (Kind.HOST_DISPUTED, replace(FACTS, disputed=True), False),
        (Kind.HOST_DISPUTED, FACTS, True),
        (Kind.HOST_PAYOUT_BLOCKED, BLOCKED, False),
        (Kind.HOST_PAYOUT_BLOCKED, of_payout(reason=PayoutReason.REQUIREMENTS_DUE), False),
        (Kind.HOST_PAYOUT_BLOCKED, of_payout(reason=PayoutReason.ACCOUNT_CLOSED), False),
        (Kind.HOST_PAYOUT_BLOCKED, of_payout(reason=PayoutReason.DUE), True),
        (Kind.HOST_PAYOUT_BLOCKED, of_payout(status=PayoutStatus.SENDING, reason=None), True),
        (Kind.HOST_PAYOUT_BLOCKED, replace(FACTS, payout=None), True),
        (Kind.HOST_PAID_OUT, of_booking(sequence=1, status=Status.CANCELLED), False),
        (Kind.PART_RETURNED, of_booking(sequence=1, status=Status.CANCELLED), False),
        (Kind.CLIENT_ABSENT, of_booking(sequence=1), False),
    ],
)
def test_a_message_is_overtaken_by_what_happened_since(
    kind: Kind, facts: Facts, overtaken: bool
) -> None:
    now = STARTS - timedelta(hours=2)
    assert BookingNotice(facts).is_overtaken(waiting(kind), now=now) is overtaken
