"""Money that goes back after its host was paid is taken back from the host: once, and no more."""

from datetime import timedelta

import pytest

from services import operations
from services.domain.payouts import PayoutReason
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.payday import (
    at_stripe,
    booked,
    by_hand,
    connects,
    news,
    paid_out,
    payday,
    payment_of,
    payout_of,
    rested,
    returned,
    unheard,
)
from tests.world import REVIEW, Client, Opened, World

HOUR = timedelta(hours=1)
TAKEN_BACK = "Payout taken back"


async def sums(world: World, opened: Opened) -> tuple[str, int, int, int, int]:
    """Status, what was returned, the fee, the net and what was taken back, as the host reads it."""
    payout = await payout_of(world, await host_of(world, opened), opened.booking_id)
    lines = (payout[name]["amountMinor"] for name in ("returned", "fee", "net", "reversed"))
    returned_, fee, net, reversed_ = lines
    assert returned_ + fee + net == payout["amount"]["amountMinor"]
    return payout["status"], returned_, fee, net, reversed_


async def host_of(world: World, opened: Opened) -> Client:
    row = await world.row("select currency from public.bookings where id = $1", opened.booking_id)
    return world.yuki if row["currency"] == "JPY" else world.olena


def taken_back_mails(world: World, host: str = "olena@example.com") -> list[str]:
    return [mail.text for mail in world.sandbox.inbox.to(host) if TAKEN_BACK in mail.subject]


def only_transfer(world: World) -> str:
    [transfer] = world.sandbox.stripe.transfers()
    transfer_id: str = transfer["id"]
    return transfer_id


async def test_all_of_it_is_taken_back_when_all_the_money_goes_back(world: World) -> None:
    opened = await paid_out(world, world.olena)
    await returned(world, opened)
    assert at_stripe(world) == [(8050, "usd", 8050)]
    assert await sums(world, opened) == ("REVERSED", 9000, 0, 0, 8050)
    [mail] = taken_back_mails(world)
    assert "80.50 USD" in mail
    [reversal] = await world.rows("select id, status, amount_minor from private.transfer_reversals")
    assert (reversal["status"], reversal["amount_minor"]) == ("MADE", 8050)
    [transfer] = world.sandbox.stripe.transfers()
    assert [each["metadata"] for each in transfer["reversals"]["data"]] == [
        {"sessionpay_reversal_id": str(reversal["id"])}
    ]
    await payday(world)
    await world.time_passes(2 * HOUR)
    assert at_stripe(world) == [(8050, "usd", 8050)]
    assert len(taken_back_mails(world)) == 1
    assert world.mails("operator@example.com") == []
    await assert_nothing_amiss(world)


async def test_of_several_parts_each_takes_back_what_the_lines_say(world: World) -> None:
    opened = await paid_out(world, world.olena)
    await returned(world, opened, 3000)  # of the 60.00 left: 10 % and 0.50 are the fee
    assert await sums(world, opened) == ("PAID", 3000, 650, 5350, 2700)
    payment = await payment_of(world, opened.booking_id)
    await operations.refund(world.app, payment["id"], 1, reason="A cent.")
    await news(world)  # 10 % of 59.99 is 6.00 by rounding: the cent is the host's alone
    assert await sums(world, opened) == ("PAID", 3001, 650, 5349, 2701)
    await returned(world, opened, 5939)  # 0.60 are left, of them 0.56 the fee
    assert await sums(world, opened) == ("PAID", 8940, 56, 4, 8046)
    await returned(world, opened, 4)  # 0.56 are left: 0.06 and 0.50 are the fee
    assert await sums(world, opened) == ("REVERSED", 8944, 56, 0, 8050)
    await returned(world, opened)
    assert await sums(world, opened) == ("REVERSED", 9000, 0, 0, 8050)
    [transfer] = world.sandbox.stripe.transfers()
    taken = [each["amount"] for each in transfer["reversals"]["data"]]
    assert taken == [4, 5345, 1, 2700]  # newest first
    assert len(taken_back_mails(world)) == 4
    await assert_nothing_amiss(world)


async def test_what_settled_in_another_currency_is_taken_back_in_that_one(world: World) -> None:
    world.sandbox.stripe.settle_in("jpy", "usd", "0.00649")
    opened = await paid_out(world, world.yuki, REVIEW)
    assert at_stripe(world) == [(7100, "usd", 0)]
    await returned(world, opened, 5000)
    # 7,000 JPY are left, 8 % and 100 of them the fee: 6,340 JPY, of 77.88 USD for 12,000 41.1466
    assert await sums(world, opened) == ("PAID", 5000, 660, 6340, 2986)
    assert at_stripe(world) == [(7100, "usd", 2986)]
    await assert_nothing_amiss(world)


async def test_too_little_on_the_hosts_balance_is_told_once_and_tried_every_hour(
    world: World,
) -> None:
    opened = await paid_out(world, world.olena)
    [account] = world.sandbox.stripe.connect_accounts()
    world.sandbox.stripe.payout_of(account["id"], 8000, "usd")  # to the host's bank
    await returned(world, opened, 3000)
    for _ in range(3):
        await payday(world)
        await world.time_passes(HOUR)
    payout = await payout_of(world, world.olena, opened.booking_id)
    assert (payout["status"], payout["reason"]) == ("PAID", "HOST_BALANCE_SHORT")
    assert at_stripe(world) == [(8050, "usd", 0)]
    assert len(world.mails("operator@example.com")) == 1
    assert taken_back_mails(world) == []
    [log] = await world.rows("select source, message, final from private.error_logs")
    row = await world.row("select id from public.payouts")
    assert log["message"].startswith(
        f"27.00 USD of payout {row['id']} could not be taken back: balance_insufficient"
    )
    assert [each.id for each in await operations.unpaid(world.app, None)] == [row["id"]]
    await assert_nothing_amiss(world)

    more = await booked(world)  # their next payout brings the money
    await rested(world, more)
    await payday(world)
    await payday(world)
    assert at_stripe(world) == [(8050, "usd", 0), (8050, "usd", 2700)]
    payout = await payout_of(world, world.olena, opened.booking_id)
    assert (payout["status"], payout["reason"]) == ("PAID", None)
    assert len(taken_back_mails(world)) == 1
    assert len(world.mails("operator@example.com")) == 1
    assert await operations.unpaid(world.app, PayoutReason.HOST_BALANCE_SHORT) == []
    await assert_nothing_amiss(world)


async def test_what_somebody_took_back_by_hand_is_not_taken_a_second_time(world: World) -> None:
    opened = await paid_out(world, world.olena)
    async with unheard(world):  # the operator does both in the dashboard
        payment = await payment_of(world, opened.booking_id)
        world.sandbox.stripe.dashboard_refund(payment["stripe_charge_id"], 3000)
        await by_hand(world, f"transfers/{only_transfer(world)}/reversals", amount=2700)
    await refund_heard(world)
    assert at_stripe(world) == [(8050, "usd", 2700)]
    assert await sums(world, opened) == ("PAID", 3000, 650, 5350, 2700)
    await payday(world)
    assert at_stripe(world) == [(8050, "usd", 2700)]
    await assert_nothing_amiss(world)


async def refund_heard(world: World) -> None:
    """Stripe repeats the newest refund's event, and the newest reversal's."""
    for kind in ("transfer.reversed", "refund.created"):
        events = (event["event"] for event in world.sandbox.stripe.events())
        await world.sandbox.stripe.resend(next(one["id"] for one in events if one["type"] == kind))
    await news(world)


@pytest.mark.parametrize("heard", [True, False])
async def test_a_transfer_made_by_hand_is_the_payout(world: World, heard: bool) -> None:
    account_id = await connects(world, world.olena)
    opened = await booked(world)
    payment = await payment_of(world, opened.booking_id)
    if heard:
        world.sandbox.stripe.transfer(payment["stripe_charge_id"], account_id, 8050)
        await news(world)
        assert await sums(world, opened) == ("PAID", 0, 950, 8050, 0)
    else:
        async with unheard(world):
            world.sandbox.stripe.transfer(payment["stripe_charge_id"], account_id, 8050)
    await rested(world, opened)
    await payday(world)
    assert at_stripe(world) == [(8050, "usd", 0)]
    assert await sums(world, opened) == ("PAID", 0, 950, 8050, 0)
    assert [subject[:8] for subject in world.mails("olena@example.com")] == ["Booked: ", "Paid out"]
    await returned(world, opened)  # and is taken back like ours
    assert at_stripe(world) == [(8050, "usd", 8050)]
    await assert_nothing_amiss(world)


async def test_a_transfer_of_something_else_is_none_of_ours(world: World) -> None:
    opened = await paid_out(world, world.olena)
    [account] = world.sandbox.stripe.connect_accounts()
    made = await by_hand(world, "transfers", amount=100, currency="usd", destination=account["id"])
    await news(world)
    row = await world.row(
        "select outcome from private.stripe_events where type = 'transfer.created' "
        "and payload -> 'data' -> 'object' ->> 'id' = $1",
        made["id"],
    )
    assert row["outcome"] == "not ours"
    assert await sums(world, opened) == ("PAID", 0, 950, 8050, 0)


async def test_a_refund_that_fails_after_the_host_paid_for_it_is_left_to_a_person(
    world: World,
) -> None:
    opened = await paid_out(world, world.olena, card="4000000000005126")
    payment = await payment_of(world, opened.booking_id)
    await operations.refund(world.app, payment["id"], None, reason="It went wrong.")
    await news(world)
    assert await sums(world, opened) == ("REVERSED", 9000, 0, 0, 8050)
    refund = await world.row("select stripe_refund_id as id from private.refunds")
    world.sandbox.stripe.settle_refund(refund["id"])
    await news(world)
    after = await payment_of(world, opened.booking_id)
    assert (after["outcome"], after["outcome_owner"]) == ("WAITING", "operator@example.com")
    await payday(world)
    assert at_stripe(world) == [(8050, "usd", 8050)]
    payout = await payout_of(world, world.olena, opened.booking_id)
    assert (payout["status"], payout["reason"]) == ("REVERSED", "UNDERPAID")
    assert len(world.mails("operator@example.com")) == 2  # of the refund, and of the host's money


async def test_what_was_taken_back_by_hand_without_a_refund_is_left_to_a_person(
    world: World,
) -> None:
    opened = await paid_out(world, world.olena)
    await by_hand(world, f"transfers/{only_transfer(world)}/reversals", amount=1000)
    await news(world)
    for _ in range(2):
        await payday(world)
    assert at_stripe(world) == [(8050, "usd", 1000)]
    payout = await payout_of(world, world.olena, opened.booking_id)
    assert (payout["status"], payout["reason"]) == ("PAID", "UNDERPAID")
    assert len(world.mails("operator@example.com")) == 1
    assert [each.reason for each in await operations.unpaid(world.app, None)] == [
        PayoutReason.UNDERPAID
    ]
    await returned(world, opened, 3000)  # 27.00 are owed by that, 10.00 of them there already
    assert at_stripe(world) == [(8050, "usd", 2700)]
    assert await sums(world, opened) == ("PAID", 3000, 650, 5350, 2700)
    await assert_nothing_amiss(world)


async def test_another_fee_agreed_later_changes_nothing_about_what_was_paid(world: World) -> None:
    opened = await paid_out(world, world.olena)
    await world.rows("update private.platform_fees set fixed_minor = 0, percent = 20")
    await by_hand(world, f"transfers/{only_transfer(world)}", description="Looked at.")
    await news(world)
    assert at_stripe(world) == [(8050, "usd", 0)]
    await returned(world, opened, 3000)
    assert await sums(world, opened) == ("PAID", 3000, 650, 5350, 2700)
    await assert_nothing_amiss(world)


async def test_a_transfer_by_hand_of_another_amount_says_what_the_fee_was(world: World) -> None:
    account_id = await connects(world, world.olena)
    opened = await booked(world)
    payment = await payment_of(world, opened.booking_id)
    world.sandbox.stripe.transfer(payment["stripe_charge_id"], account_id, 5000)
    await news(world)
    await rested(world, opened)
    await payday(world)
    assert await sums(world, opened) == ("PAID", 0, 4000, 5000, 0)
    await returned(world, opened, 2000)
    assert await sums(world, opened) == ("PAID", 2000, 4000, 3000, 2000)
    assert at_stripe(world) == [(5000, "usd", 2000)]
    await assert_nothing_amiss(world)


async def test_a_transfer_by_hand_to_somebody_else_is_told_to_the_operator_alone(
    world: World,
) -> None:
    await connects(world, world.olena)
    elsewhere = await connects(world, world.yuki)
    opened = await booked(world)
    payment = await payment_of(world, opened.booking_id)
    world.sandbox.stripe.transfer(payment["stripe_charge_id"], elsewhere, 8050)
    await news(world)
    await rested(world, opened)
    await payday(world)
    assert at_stripe(world) == [(8050, "usd", 0)]  # no second one: the money is gone
    assert len(world.mails("operator@example.com")) == 1
    assert not any("Paid out" in subject for subject in world.mails("olena@example.com"))
    [log] = await world.rows("select message from private.error_logs")
    assert log["message"].endswith(f"went to {elsewhere}, which is not the host's.")


async def test_a_second_transfer_by_hand_is_told_to_the_operator(world: World) -> None:
    opened = await paid_out(world, world.olena)
    [account] = world.sandbox.stripe.connect_accounts()
    payment = await payment_of(world, opened.booking_id)
    second = world.sandbox.stripe.transfer(payment["stripe_charge_id"], account["id"], 500)
    await news(world)
    await payday(world)
    row = await world.row("select id from public.payouts")
    [log] = await world.rows("select message from private.error_logs")
    assert log["message"] == f"{second['id']} is a second transfer for payout {row['id']}."
    assert len(world.mails("operator@example.com")) == 1
    assert await sums(world, opened) == ("PAID", 0, 950, 8050, 0)


@pytest.mark.parametrize("won", [True, False])
async def test_a_dispute_after_the_payout_takes_nothing_until_it_is_lost(
    world: World, won: bool
) -> None:
    opened = await paid_out(world, world.olena)
    payment = await payment_of(world, opened.booking_id)
    dispute = world.sandbox.stripe.dispute(payment["stripe_charge_id"])
    await news(world)
    await payday(world)
    assert at_stripe(world) == [(8050, "usd", 0)]
    world.sandbox.stripe.close_dispute(dispute["id"], won=won)
    await news(world)
    assert at_stripe(world) == [(8050, "usd", 0 if won else 8050)]
    status = (await payout_of(world, world.olena, opened.booking_id))["status"]
    assert status == ("PAID" if won else "REVERSED")
    await assert_nothing_amiss(world)
