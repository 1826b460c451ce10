"""Banks that take a session's money back: what is frozen, given back, or taken for good."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from services import bookings, disputes, no_shows, operations, rescheduling
from services.domain.policy import Absent
from services.domain.slots import Interval
from tests.stories.disputing import (
    DISPUTED_AT_ONCE,
    OLENA,
    OPERATOR,
    another_time,
    decides,
    disputed,
    disputed_again,
    eavesdrops,
    held,
    hosted,
    link_by_sql,
    paid_for,
    payout_row,
    pays_out,
    refunds_at_stripe,
    rests,
    says,
    standing,
    told_by_mail,
    transferred,
)
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.payday import booked, connects, payment_of, payout_of, start_of, until
from tests.stories.subscriber import subscribes
from tests.stories.test_telegram import links
from tests.stories.test_telegram import says as writes
from tests.world import CONSULTATION, REVIEW, Opened, World

LOST = "The payer's bank returned the money after a dispute."
BY_BANK = "The payment was returned by the bank."
WITHHELD = "The meeting link is given out again once it has decided."
CALLED_OFF_MEANWHILE = "The session was called off while the payment is disputed."


async def moved_by_host(world: World, opened: Opened, to: str) -> None:
    """The host gives it another time in their own calendar."""
    starts_at = datetime.fromisoformat(to)
    async with world.app.db.transaction() as conn:
        booking = await bookings.lock(conn, UUID(opened.booking_id))
        slot = Interval(starts_at, starts_at + booking.duration)
        await rescheduling.moved_outside(world.app, conn, booking, slot)
    await rests(world)


async def test_while_a_bank_decides_the_link_is_given_out_nowhere_and_then_again(
    world: World,
) -> None:
    await links(world)
    opened = await booked(world)
    url = (await paid_for(world, opened))["meeting"]["url"]
    assert await link_by_sql(world, world.client.user_id) == [url]
    assert (await hosted(world.olena, opened))["meetingUrl"] is not None
    heard = eavesdrops(world)
    dispute = await disputed(world, opened)

    assert (await paid_for(world, opened))["meeting"] is None
    confirmed = await world.client.confirms(opened.session_id)
    assert (confirmed["success"], confirmed["meetingUrl"]) == (True, None)
    assert confirmed["booking"]["meeting"] is None
    assert (await hosted(world.olena, opened))["meetingUrl"] is None
    assert await link_by_sql(world, world.client.user_id) == []
    assert await link_by_sql(world, world.other.user_id) == []
    assert await writes(world, "/status") == ["Your sessions"]
    await moved_by_host(world, opened, await another_time(world))
    starts_at = await world.row("select starts_at from public.bookings")
    await until(world, starts_at[0] - timedelta(hours=20))
    await until(world, starts_at[0] - timedelta(minutes=50))
    for subject in ("New time", "Coming up", "Starting soon"):
        [mail] = [
            each
            for each in world.sandbox.inbox.to("demo@example.com")
            if each.subject.startswith(subject)
        ]
        assert WITHHELD in mail.text, subject
    assert "BEGIN:VCALENDAR" in heard()
    assert "zoom.us" not in heard()

    await decides(world, dispute, won=True)
    assert (await paid_for(world, opened))["meeting"] == {"url": url}
    assert (await world.client.confirms(opened.session_id))["meetingUrl"] == url
    assert (await hosted(world.olena, opened))["meetingUrl"] is not None
    assert await link_by_sql(world, world.client.user_id) == [url]
    await writes(world, "/status")
    assert url in world.sandbox.telegram.messages()[-1].text
    await assert_nothing_amiss(world)


async def test_a_dispute_that_is_lost_takes_everything_that_was_paid_for(world: World) -> None:
    await connects(world, world.olena)
    opened = await booked(world)
    assert world.entered() == [opened.booking_id]
    await decides(world, await disputed(world, opened), won=False)

    shown = await paid_for(world, opened)
    assert standing(shown) == ("CANCELLED", "REFUNDED", 0, 9000, False)
    assert (shown["calledOffBy"], shown["statusReason"]) == ("BANK", BY_BANK)
    assert (shown["outcomeReason"], shown["disputed"]) == (LOST, True)
    assert (await hosted(world.olena, opened))["calledOffBy"] == "BANK"
    assert (world.entered(), world.sandbox.zoom.meetings) == ([], [])
    assert opened.starts_at in await world.other.slots()
    assert await link_by_sql(world, world.client.user_id) == []
    assert (await world.client.asks("{ me { paid } }"))["me"]["paid"] is False
    assert told_by_mail(world, "demo@example.com") == ["Confirmed", "Cancelled"]
    news = told_by_mail(world, OLENA)[1:]  # written at once, the last two overtake one another
    assert (news[0], sorted(news[1:])) == ("Payment disputed", ["Cancelled", "Dispute lost"])
    quote = await world.client.quote(opened.booking_id)
    assert (quote["canCancel"], quote["refund"]["amountMinor"]) == (False, 0)

    await held(world, opened)
    await pays_out(world)
    ended = await payout_of(world, world.olena, opened.booking_id)
    assert (ended["status"], ended["reason"]) == ("CANCELLED", "DISPUTE_LOST")
    assert (ended["returned"]["amountMinor"], ended["net"]["amountMinor"]) == (9000, 0)
    assert transferred(world) == []
    assert await refunds_at_stripe(world, opened) == []
    assert len(world.mails(OPERATOR)) == 1
    await assert_nothing_amiss(world)


async def test_inquiries_and_appeals_freeze_as_long_as_stripe_says_that_they_are_open(
    world: World,
) -> None:
    opened = await booked(world)
    dispute = await disputed(world, opened)
    is_given = {
        "warning_needs_response": False,
        "warning_under_review": False,
        "warning_closed": True,
        "needs_response": False,
        "under_review": False,
        "prevented": True,
        "appeal_needs_response": False,
        "appeal_under_review": False,
        "won": True,
    }
    for status, given in is_given.items():
        await says(world, dispute, status)
        shown = await paid_for(world, opened)
        assert standing(shown) == ("ACCEPTED", "FULFILLED", 0, 0, given), status
        reason = "NOT_DUE" if given else "DISPUTED"
        assert await payout_row(world, opened) == ("WAITING", reason, 0, 0), status
        assert bool(await link_by_sql(world, world.client.user_id)) is given, status
        can = (await world.client.quote(opened.booking_id))["canCancel"]
        assert can is given, status
    assert told_by_mail(world, OLENA)[1:] == ["Payment disputed", "Dispute settled"] * 3
    assert len(world.mails(OPERATOR)) == 3
    await assert_nothing_amiss(world)


@pytest.mark.parametrize("won", [True, False])
async def test_the_client_can_neither_cancel_nor_move_and_of_the_host_a_human_hears(
    world: World, won: bool
) -> None:
    opened = await booked(world)
    dispute = await disputed(world, opened)
    later = await another_time(world)
    quote = await world.client.quote(opened.booking_id)
    assert (quote["canCancel"], quote["refusal"]["code"]) == (False, "PAYMENT_DISPUTED")
    cancelled = await world.client.cancels(opened.booking_id)
    moved = await world.client.reschedules(opened.booking_id, later)
    for payload in (cancelled, moved):
        assert [error["code"] for error in payload["errors"]] == ["PAYMENT_DISPUTED"]
    assert await world.worker.drain() == []
    assert await world.rows("select from private.refunds") == []
    assert (await world.client.booking(opened.booking_id))["startsAt"][:19] == (
        start_of(opened).isoformat()[:19]
    )

    quote = await world.olena.quote(opened.booking_id)
    assert (quote["canCancel"], quote["refund"]["amountMinor"]) == (True, 0)
    answer = await world.olena.cancels(opened.booking_id)
    assert answer["errors"] == []
    await rests(world)
    shown = await paid_for(world, opened)
    assert standing(shown) == ("CANCELLED", "WAITING", 0, 0, False)
    assert (shown["calledOffBy"], shown["outcomeReason"]) == ("HOST", CALLED_OFF_MEANWHILE)
    assert (world.entered(), world.sandbox.zoom.meetings) == ([], [])
    assert await world.rows("select from private.refunds") == []
    [mail] = [
        each
        for each in world.sandbox.inbox.to("demo@example.com")
        if each.subject.startswith("Cancelled")
    ]
    assert "Nothing goes back" not in mail.text

    await decides(world, dispute, won=won)
    if won:  # and so the money is there for a human to return
        assert (await paid_for(world, opened))["outcome"] == "WAITING"
        payment = await payment_of(world, opened.booking_id)
        await operations.refund(world.app, payment["id"], None, reason="Called off by the host.")
        await rests(world)
    back = (9000, 0) if won else (0, 9000)
    assert standing(await paid_for(world, opened)) == ("CANCELLED", "REFUNDED", *back, False)
    assert (await payout_row(world, opened))[::2] == ("CANCELLED", 0)
    await assert_nothing_amiss(world)


async def test_of_several_disputes_an_open_one_counts_first_and_what_was_lost_adds_up(
    world: World,
) -> None:
    opened = await booked(world)
    first = await disputed(world, opened, 3000)
    second = await disputed_again(world, opened, 4000)
    await decides(world, first, won=True)
    assert standing(await paid_for(world, opened)) == ("ACCEPTED", "FULFILLED", 0, 0, False)
    await decides(world, second, won=False)
    assert standing(await paid_for(world, opened)) == ("ACCEPTED", "FULFILLED", 0, 4000, True)
    third = await disputed_again(world, opened, 5000)
    assert standing(await paid_for(world, opened)) == ("ACCEPTED", "FULFILLED", 0, 4000, False)
    await decides(world, third, won=False)
    assert standing(await paid_for(world, opened)) == ("CANCELLED", "REFUNDED", 0, 9000, False)
    await assert_nothing_amiss(world)


async def test_a_lost_dispute_that_is_decided_anew_waits_for_a_human(world: World) -> None:
    opened = await booked(world)
    dispute = await disputed(world, opened)
    await decides(world, dispute, won=False)
    await says(world, dispute, "won")
    shown = await paid_for(world, opened)
    assert standing(shown) == ("CANCELLED", "WAITING", 0, 0, False)
    assert shown["outcomeReason"] == disputes.DECIDED_ANEW
    assert world.entered() == []
    assert (await payout_row(world, opened))[:2] == ("CANCELLED", "NOT_HELD")
    await says(world, dispute, "lost")
    assert standing(await paid_for(world, opened)) == ("CANCELLED", "REFUNDED", 0, 9000, False)
    await assert_nothing_amiss(world)


@pytest.mark.parametrize("won", [True, False])
async def test_a_card_that_is_disputed_at_once_gets_no_link_before_the_bank_has_decided(
    world: World, won: bool
) -> None:
    await links(world)
    heard = eavesdrops(world)
    opened = await booked(world, card=DISPUTED_AT_ONCE)
    assert standing(await paid_for(world, opened)) == ("ACCEPTED", "FULFILLED", 0, 0, False)
    assert told_by_mail(world, "demo@example.com") == ["Confirmed"]
    assert "Payment disputed" in told_by_mail(world, OLENA)
    assert told_by_mail(world, OPERATOR) == ["Something needs a decision of yours"]
    assert "zoom.us" not in heard()
    [dispute] = world.sandbox.stripe.disputes()
    await decides(world, dispute["id"], won=won)
    expected = (
        ("ACCEPTED", "FULFILLED", 0, 0, True) if won else ("CANCELLED", "REFUNDED", 0, 9000, False)
    )
    assert standing(await paid_for(world, opened)) == expected
    assert (world.entered() == [opened.booking_id]) is won
    await assert_nothing_amiss(world)


@pytest.mark.parametrize("won", [True, False])
async def test_a_session_paid_first_is_disputed_before_it_has_a_time(
    world: World, won: bool
) -> None:
    opened = await world.client.books(session_type=CONSULTATION)
    await world.pays(opened)
    await rests(world)
    dispute = await disputed(world, opened)
    await decides(world, dispute, won=won)
    shown = await paid_for(world, opened)
    slot = (await world.client.slots(CONSULTATION))[-1]
    answer = await world.client.schedules(opened.booking_id, slot)
    await rests(world)
    if won:
        assert answer["errors"] == []
        assert standing(await paid_for(world, opened)) == ("ACCEPTED", "FULFILLED", 0, 0, True)
    else:
        assert standing(shown) == ("CANCELLED", "REFUNDED", 0, 3000, False)
        assert answer["errors"] != []
        assert (await paid_for(world, opened))["status"] == "CANCELLED"
    await assert_nothing_amiss(world)


async def test_a_plans_payment_that_was_lost_ends_as_returned_and_once(world: World) -> None:
    who = await subscribes(world)
    row = await world.row("select stripe_charge_id from public.payments")
    dispute = world.sandbox.stripe.dispute(row[0])["id"]
    await rests(world)
    assert await who.outcomes() == [(10000, "FULFILLED")]
    await decides(world, dispute, won=False)
    assert await who.outcomes() == [(10000, "REFUNDED")]
    assert await who.is_entitled() is await who.has_paid() is False
    row = await world.row("select outcome_reason, amount_lost_minor from public.payments")
    assert tuple(row) == (LOST, 10000)
    assert len(world.mails(OPERATOR)) == 1
    await assert_nothing_amiss(world)

    await says(world, dispute, "won")
    assert await who.outcomes() == [(10000, "WAITING")]
    assert len(world.mails(OPERATOR)) == 2
    assert await who.is_entitled() is True
    await assert_nothing_amiss(world)


@pytest.mark.parametrize("won", [True, False])
async def test_the_hosts_calendar_shows_the_link_only_once_the_bank_gave_the_money_up(
    world: World, won: bool
) -> None:
    """Its entry may be one to which the client is invited."""
    opened = await booked(world, card=DISPUTED_AT_ONCE)
    await world.time_passes(timedelta(minutes=5))
    [entry] = world.sandbox.calcom.bookings
    assert "zoom.us" not in str(entry)
    [dispute] = world.sandbox.stripe.disputes()
    await decides(world, dispute["id"], won=won)
    await world.time_passes(timedelta(minutes=5))
    url = (await paid_for(world, opened))["meeting"]
    locations = [each["location"] for each in world.sandbox.calcom.bookings]
    assert locations == ([url["url"]] if won else [])
    await assert_nothing_amiss(world)


@pytest.mark.parametrize("won", [True, False])
async def test_a_host_who_did_not_come_leaves_disputed_money_to_a_human(
    world: World, won: bool
) -> None:
    opened = await booked(world)
    dispute = await disputed(world, opened)
    await until(world, start_of(opened) + timedelta(minutes=10))
    await no_shows.mark_as_operator(world.app, UUID(opened.booking_id), Absent.HOST)
    await rests(world)
    shown = await paid_for(world, opened)
    assert standing(shown) == ("CANCELLED", "WAITING", 0, 0, False)
    assert shown["outcomeReason"] == CALLED_OFF_MEANWHILE
    assert await payout_row(world, opened) == ("CANCELLED", "HOST_ABSENT", 0, 0)
    await decides(world, dispute, won=won)
    assert (await paid_for(world, opened))["outcome"] == ("WAITING" if won else "REFUNDED")
    assert await world.rows("select from private.refunds") == []
    await assert_nothing_amiss(world)


async def test_a_client_who_did_not_come_gets_nothing_of_disputed_money_by_itself(
    world: World,
) -> None:
    opened = await booked(world, REVIEW)  # whose terms return a quarter
    dispute = await disputed(world, opened)
    await until(world, start_of(opened) + timedelta(minutes=10))
    await no_shows.mark_as_operator(world.app, UUID(opened.booking_id), Absent.CLIENT)
    await rests(world)
    assert await world.rows("select from private.refunds") == []
    assert (await payout_row(world, opened))[:2] == ("WAITING", "DISPUTED")
    await decides(world, dispute, won=False)
    assert standing(await paid_for(world, opened))[1:4] == ("REFUNDED", 0, 12000)
    assert (await payout_row(world, opened))[:2] == ("CANCELLED", "DISPUTE_LOST")
    await rests(world)
    assert await world.rows("select from private.refunds") == []
