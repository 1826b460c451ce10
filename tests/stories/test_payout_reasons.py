"""Why a host is not paid yet, or not at all; and that it goes on when the reason is gone."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from sandbox.journal import Call
from services import operations
from services.domain.errors import InvalidInput, NotFound
from services.domain.payouts import PayoutReason
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.payday import (
    at_stripe,
    booked,
    connects,
    link,
    news,
    payday,
    payment_of,
    payout_of,
    rested,
    returned,
    start_of,
    unheard,
    until,
)
from tests.world import Opened, World

HOUR = timedelta(hours=1)
BLOCKED = "Your payout waits for you"


async def stands(world: World, opened: Opened) -> tuple[str, str | None]:
    """Status and reason as the host reads them; a reason comes with its sentence."""
    payout = await payout_of(world, world.olena, opened.booking_id)
    assert (payout["message"] is None) is (payout["reason"] is None)
    return payout["status"], payout["reason"]


async def waiting(world: World) -> dict[PayoutReason, int]:
    """What a run counts once its jobs are done."""
    await payday(world)
    return dict((await payday(world)).waiting)


def blocked_mails(world: World) -> list[str]:
    return [
        mail.text for mail in world.sandbox.inbox.to("olena@example.com") if BLOCKED in mail.subject
    ]


async def payout_id(world: World, opened: Opened) -> UUID:
    row = await world.row(
        "select id from public.payouts where booking_id = $1", UUID(opened.booking_id)
    )
    found: UUID = row["id"]
    return found


def asked_for_transfers(world: World) -> list[Call]:
    calls = world.sandbox.journal.of("stripe")
    return [call for call in calls if (call.method, call.path) == ("POST", "/v1/transfers")]


async def due(world: World, **more: Any) -> Opened:
    """A session that was held, whose host could be paid at once."""
    await connects(world, world.olena)
    opened = await booked(world, **more)
    await rested(world, opened)
    return opened


async def test_without_an_account_it_waits_and_goes_by_itself_when_there_is_one(
    world: World,
) -> None:
    opened = await booked(world)
    await rested(world, opened)
    assert await waiting(world) == {PayoutReason.NO_ACCOUNT: 1}
    assert await stands(world, opened) == ("WAITING", "NO_ACCOUNT")
    [mail] = blocked_mails(world)
    assert "80.50 USD" in mail
    assert f"{world.base}/account" in mail
    for _ in range(3):
        await payday(world)
    assert len(blocked_mails(world)) == 1
    await world.time_passes(timedelta(days=8))
    await payday(world)
    assert len(blocked_mails(world)) == 2  # once a week

    assert (await link(world.olena))["errors"] == []
    assert await waiting(world) == {PayoutReason.REQUIREMENTS_DUE: 1}
    assert await stands(world, opened) == ("WAITING", "REQUIREMENTS_DUE")
    assert at_stripe(world) == []

    [account] = world.sandbox.stripe.connect_accounts()
    world.sandbox.stripe.onboard(account["id"])
    await news(world)
    assert await stands(world, opened) == ("PAID", None)
    assert at_stripe(world) == [(8050, "usd", 0)]
    assert len(blocked_mails(world)) == 2
    await assert_nothing_amiss(world)


async def test_an_account_of_which_stripe_wants_more_is_waited_for(world: World) -> None:
    account_id = await connects(world, world.olena)
    opened = await booked(world)
    world.sandbox.stripe.require(account_id)
    await news(world)
    await rested(world, opened)
    assert await waiting(world) == {PayoutReason.REQUIREMENTS_DUE: 1}
    assert await stands(world, opened) == ("WAITING", "REQUIREMENTS_DUE")
    [mail] = blocked_mails(world)
    assert "Stripe" in mail
    assert at_stripe(world) == []
    world.sandbox.stripe.onboard(account_id)
    await news(world)
    assert await stands(world, opened) == ("PAID", None)
    await assert_nothing_amiss(world)


async def test_stripe_may_refuse_an_account_before_we_heard_that_it_wants_more(
    world: World,
) -> None:
    opened = await due(world)
    [account] = world.sandbox.stripe.connect_accounts()
    async with unheard(world):
        world.sandbox.stripe.require(account["id"])
    await payday(world)
    assert {call.status for call in asked_for_transfers(world)} == {400}
    assert await stands(world, opened) == ("WAITING", "REQUIREMENTS_DUE")
    row = await world.row("select status, requirements from private.payout_accounts")
    assert row["status"] == "RESTRICTED"  # it was read as soon as Stripe refused
    assert row["requirements"] != []
    assert len(blocked_mails(world)) == 1
    assert world.mails("operator@example.com") == []
    world.sandbox.stripe.onboard(account["id"])
    await news(world)
    assert await stands(world, opened) == ("PAID", None)
    assert at_stripe(world) == [(8050, "usd", 0)]
    await assert_nothing_amiss(world)


@pytest.mark.parametrize("how", ["reject", "close_account"])
async def test_nothing_is_sent_to_an_account_that_is_closed(world: World, how: str) -> None:
    opened = await due(world)
    [account] = world.sandbox.stripe.connect_accounts()
    getattr(world.sandbox.stripe, how)(account["id"])
    await news(world)
    assert await waiting(world) == {PayoutReason.ACCOUNT_CLOSED: 1}
    assert await stands(world, opened) == ("WAITING", "ACCOUNT_CLOSED")
    [mail] = blocked_mails(world)
    assert "closed" in mail
    assert at_stripe(world) == []
    await assert_nothing_amiss(world)


@pytest.mark.parametrize("won", [True, False])
async def test_while_a_bank_decides_nothing_is_paid(world: World, won: bool) -> None:
    opened = await due(world)
    payment = await payment_of(world, opened.booking_id)
    dispute = world.sandbox.stripe.dispute(payment["stripe_charge_id"])
    await news(world)
    assert await waiting(world) == {PayoutReason.DISPUTED: 1}
    assert await stands(world, opened) == ("WAITING", "DISPUTED")
    assert at_stripe(world) == []

    world.sandbox.stripe.close_dispute(dispute["id"], won=won)
    await news(world)
    await payday(world)
    if won:
        assert await stands(world, opened) == ("PAID", None)
        assert at_stripe(world) == [(8050, "usd", 0)]
    else:
        assert await stands(world, opened) == ("CANCELLED", "DISPUTE_LOST")
        assert at_stripe(world) == []
    await assert_nothing_amiss(world)


async def test_while_money_is_going_back_the_rest_waits_to_be_known(world: World) -> None:
    opened = await due(world, card="4000000000007726")  # its refunds are pending at first
    refund = await returned(world, opened, 3000)
    assert await waiting(world) == {PayoutReason.REFUND_UNDER_WAY: 1}
    assert await stands(world, opened) == ("WAITING", "REFUND_UNDER_WAY")
    assert at_stripe(world) == []
    world.sandbox.stripe.settle_refund(refund["id"])
    await news(world)
    await payday(world)
    # 90.00 less 30.00 returned, less 10 % of the rest and 0.50
    assert at_stripe(world) == [(5350, "usd", 0)]
    await assert_nothing_amiss(world)


async def test_a_payment_that_a_person_looks_after_waits_with_them(world: World) -> None:
    await connects(world, world.olena)
    opened = await booked(world, card="4000000000005126")  # its refunds succeed and fail later
    payment = await payment_of(world, opened.booking_id)
    await operations.refund(world.app, payment["id"], 1000, reason="A part of it.")
    await news(world)
    refund = await world.row("select stripe_refund_id as id from private.refunds")
    world.sandbox.stripe.settle_refund(refund["id"])
    await news(world)
    await rested(world, opened)
    assert await waiting(world) == {PayoutReason.UNDER_REVIEW: 1}
    assert await stands(world, opened) == ("WAITING", "UNDER_REVIEW")
    assert at_stripe(world) == []
    await assert_nothing_amiss(world)


async def test_the_operator_holds_a_payout_and_lets_it_go(world: World) -> None:
    opened = await due(world)
    of = await payout_id(world, opened)
    held = await operations.hold(world.app, of, reason=" The client has a question. ")
    assert (held.reason, held.held_reason) == (
        PayoutReason.ON_HOLD,
        "The client has a question.",
    )
    assert await waiting(world) == {PayoutReason.ON_HOLD: 1}
    seen = await world.olena.asks("{ myPayouts { nodes { reason heldReason } } }")
    assert seen["myPayouts"]["nodes"] == [
        {"reason": "ON_HOLD", "heldReason": "The client has a question."}
    ]
    assert at_stripe(world) == []
    with pytest.raises(InvalidInput):
        await operations.hold(world.app, of, reason="  ")
    with pytest.raises(NotFound):
        await operations.release(world.app, UUID(int=1))

    assert (await operations.release(world.app, of)).held_reason is None
    await world.worker.drain()  # it goes at once, without a run
    assert await stands(world, opened) == ("PAID", None)
    kept = await operations.hold(world.app, of, reason="Too late.")
    await payday(world)
    assert (kept.status, at_stripe(world)) == ("PAID", [(8050, "usd", 0)])
    await assert_nothing_amiss(world)


async def test_less_than_the_least_payout_is_kept_until_the_terms_change(world: World) -> None:
    await world.rows("update private.platform_fees set minimum_minor = 8051")
    opened = await due(world)
    assert await waiting(world) == {PayoutReason.BELOW_MINIMUM: 1}
    assert await stands(world, opened) == ("WAITING", "BELOW_MINIMUM")
    assert at_stripe(world) == []
    await world.rows("update private.platform_fees set minimum_minor = 8050")
    await payday(world)
    assert await stands(world, opened) == ("PAID", None)
    await assert_nothing_amiss(world)


async def test_while_the_platform_has_too_little_the_operator_is_told_once_and_each_run_tries(
    world: World,
) -> None:
    opened = await due(world)
    world.sandbox.stripe.set_balance_short(True)
    for _ in range(3):
        await payday(world)
        await world.time_passes(HOUR)
    assert await stands(world, opened) == ("WAITING", "INSUFFICIENT_FUNDS")
    assert len(world.mails("operator@example.com")) == 1
    [log] = await world.rows("select source, message, final from private.error_logs")
    of = await payout_id(world, opened)
    why = f"Payout {of} was not made: balance_insufficient."
    assert tuple(log) == ("payouts", why, True)
    [unpaid] = await operations.unpaid(world.app, PayoutReason.INSUFFICIENT_FUNDS)
    assert unpaid.id == of
    assert blocked_mails(world) == []  # nothing that the host could mend
    asked = asked_for_transfers(world)
    assert len(asked) >= 3
    assert {call.status for call in asked} == {400}

    # Stripe answers the old key with the old refusal: a day has not passed.
    world.sandbox.stripe.set_balance_short(False)
    await payday(world)
    assert await stands(world, opened) == ("PAID", None)
    assert at_stripe(world) == [(8050, "usd", 0)]
    assert await operations.unpaid(world.app, None) == []
    await assert_nothing_amiss(world)


async def test_stripe_may_refuse_what_went_back_before_we_heard_of_it(world: World) -> None:
    opened = await due(world)
    payment = await payment_of(world, opened.booking_id)
    async with unheard(world):
        refund = world.sandbox.stripe.dashboard_refund(payment["stripe_charge_id"])
    await payday(world)
    await payday(world)
    assert await stands(world, opened) == ("WAITING", "REFUSED")
    assert len(world.mails("operator@example.com")) == 1
    assert at_stripe(world) == []
    [lost] = [
        event["event"]["id"]
        for event in world.sandbox.stripe.events()
        if event["event"]["type"] == "refund.created"
        and event["event"]["data"]["object"]["id"] == refund["id"]
    ]
    await world.sandbox.stripe.resend(lost)
    await news(world)
    assert await stands(world, opened) == ("CANCELLED", "REFUNDED")
    await payday(world)
    assert at_stripe(world) == []
    await assert_nothing_amiss(world)


async def test_what_went_back_before_it_was_paid_is_never_paid(world: World) -> None:
    whole = await due(world)
    part = await booked(world)
    await returned(world, whole)
    await returned(world, part, 4500)
    await rested(world, part)
    await payday(world)
    assert await stands(world, whole) == ("CANCELLED", "REFUNDED")
    assert await stands(world, part) == ("PAID", None)
    assert at_stripe(world) == [(4000, "usd", 0)]
    of_whole = await payout_of(world, world.olena, whole.booking_id)
    assert (of_whole["returned"], of_whole["fee"], of_whole["net"]) == (
        {"amountMinor": 9000},
        {"amountMinor": 0},
        {"amountMinor": 0},
    )
    await assert_nothing_amiss(world)


@pytest.mark.parametrize("keeps", [False, True], ids=["platform", "host"])
async def test_what_a_late_cancellation_kept_is_the_hosts_where_that_is_agreed(
    world: World, keeps: bool
) -> None:
    await world.rows("update public.hosts set keeps_cancellation_fees = $1", keeps)
    await connects(world, world.olena)
    opened = await booked(world)
    await until(world, start_of(opened) - 5 * HOUR)
    cancelled = await world.client.cancels(opened.booking_id)
    assert cancelled["errors"] == []
    await news(world)
    await rested(world, opened)
    await payday(world)
    if keeps:  # half of 90.00 came back; of the other half 10 % and 0.50 are the platform's
        assert await stands(world, opened) == ("PAID", None)
        assert at_stripe(world) == [(4000, "usd", 0)]
    else:
        assert await stands(world, opened) == ("CANCELLED", "NOT_HELD")
        assert at_stripe(world) == []
    await assert_nothing_amiss(world)


@pytest.mark.parametrize(
    ("by", "reason"), [("client", "REFUNDED"), ("host", "REFUNDED"), ("absent host", "HOST_ABSENT")]
)
async def test_what_was_not_held_and_went_back_whole_is_not_paid_even_where_fees_are_kept(
    world: World, by: str, reason: str
) -> None:
    await world.rows("update public.hosts set keeps_cancellation_fees = true")
    await connects(world, world.olena)
    opened = await booked(world)
    if by == "absent host":
        await until(world, start_of(opened) + 2 * HOUR)
        marked = await world.olena.asks(
            "mutation ($input: MarkNoShowInput!) { markNoShow(input: $input) { errors { code } } }",
            input={"bookingId": opened.booking_id, "absent": "HOST"},
        )
        assert marked["markNoShow"]["errors"] == []
    else:
        who = world.client if by == "client" else world.olena
        assert (await who.cancels(opened.booking_id))["errors"] == []
    await news(world)
    await rested(world, opened)
    await payday(world)
    assert await stands(world, opened) == ("CANCELLED", reason)
    assert at_stripe(world) == []
    await assert_nothing_amiss(world)


async def test_a_session_whose_client_did_not_come_is_paid(world: World) -> None:
    await connects(world, world.olena)
    opened = await booked(world)
    await until(world, start_of(opened) + 2 * HOUR)
    await world.olena.asks(
        "mutation ($input: MarkNoShowInput!) { markNoShow(input: $input) { errors { code } } }",
        input={"bookingId": opened.booking_id, "absent": "CLIENT"},
    )
    await rested(world, opened)
    await payday(world)
    assert await stands(world, opened) == ("PAID", None)
    assert at_stripe(world) == [(8050, "usd", 0)]
    await assert_nothing_amiss(world)
