"""Out of the private channel when what was paid ends and not before; back when it is paid again."""

from datetime import timedelta

import pytest

from sandbox.telegram_channel import OWNER
from sandbox.telegram_chats import FRIEND
from tests.stories.subscriber import FOR_GOOD, STARTER, subscribes
from tests.stories.telegram_buyer import (
    FAILING_CARD,
    GOOD_CARD,
    TelegramBuyer,
    address,
    channel_of,
    charge_of,
    heading,
    rests,
    sold,
    subscription_of,
    troubles,
)
from tests.world import World

OUT = "Your access has ended: Inner circle"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


async def period_ends(world: World, *, after: timedelta = HOUR) -> None:
    """The clock moves to a while after the end of the current period."""
    row = await world.row("select max(current_period_end) as ends from public.subscriptions")
    await world.time_passes(row["ends"] + after - world.sandbox.clock.now())
    await rests(world)


async def changes_card(world: World, number: str) -> None:
    row = await world.row("select stripe_customer_id as id from private.telegram_buyers")
    world.sandbox.stripe.set_card(row["id"], number)
    await rests(world)


async def test_a_refund_puts_the_member_out_and_tells_them(world: World) -> None:
    buyer, friend = TelegramBuyer(world), TelegramBuyer(world, FRIEND)
    link = await buyer.joins()
    await friend.joins()
    payment = await world.row(
        "select p.stripe_charge_id as id from public.payments p "
        "join private.telegram_buyers t on t.id = p.telegram_buyer_id where t.telegram_id = $1",
        buyer.user.id,
    )
    world.sandbox.stripe.dashboard_refund(payment["id"])
    await rests(world)
    assert world.sandbox.telegram.members() == [friend.user.id]
    assert sorted(buyer.told()[-2:]) == ["Payment returned: Inner circle", OUT]
    assert OUT not in friend.told()
    assert await buyer.opens(link) == "refused: revoked"
    assert heading(await buyer.says("/invite")) == "This plan gives you nothing now"


async def test_who_was_invited_and_never_came_finds_the_link_closed_after_a_refund(
    world: World,
) -> None:
    buyer = TelegramBuyer(world)
    link = await buyer.buys()
    world.sandbox.stripe.dashboard_refund(await charge_of(world))
    await rests(world)
    assert await buyer.opens(link) == "refused: revoked"
    assert world.sandbox.telegram.members() == []


async def test_a_refund_of_a_part_changes_nothing(world: World) -> None:
    buyer = TelegramBuyer(world)
    await buyer.joins()
    world.sandbox.stripe.dashboard_refund(await charge_of(world), 500)
    await rests(world)
    assert buyer.is_in()
    assert OUT not in buyer.told()


async def test_what_was_kept_for_good_is_lost_with_its_refund(world: World) -> None:
    buyer = TelegramBuyer(world)
    who = await subscribes(world, FOR_GOOD)
    channel = await channel_of(who.client)
    assert channel is not None
    assert await buyer.opens(channel["inviteUrl"]) == "requested"
    world.sandbox.stripe.dashboard_refund(await charge_of(world))
    await rests(world)
    assert not buyer.is_in()
    assert await channel_of(who.client) is None
    assert OUT in world.mails()


@pytest.mark.parametrize("won", [True, False])
async def test_a_dispute_puts_the_member_out_and_only_if_won_brings_an_invitation(
    world: World, won: bool
) -> None:
    buyer = TelegramBuyer(world)
    first = await buyer.joins()
    dispute = world.sandbox.stripe.dispute(await charge_of(world))
    await rests(world)
    assert not buyer.is_in()
    assert buyer.told()[-1] == OUT
    told = len(buyer.told())
    world.sandbox.stripe.close_dispute(dispute["id"], won=won)
    await rests(world)
    if not won:
        assert len(buyer.told()) == told
        assert heading(await buyer.says("/invite")) == "This plan gives you nothing now"
        return
    link = buyer.invitation()
    assert link != first
    assert await buyer.opens(link) == "requested"
    assert buyer.is_in()


async def test_a_failed_renewal_costs_the_channel_only_when_the_grace_is_over(
    world: World,
) -> None:
    buyer = TelegramBuyer(world)
    first = await buyer.joins()
    await changes_card(world, FAILING_CARD)
    await period_ends(world, after=2 * HOUR)  # Stripe finalises an invoice an hour after
    assert buyer.told()[-1] == "Payment failed: Inner circle"
    assert buyer.is_in()
    row = await world.row("select grace_until from public.subscriptions")
    await world.time_passes(row["grace_until"] - HOUR - world.sandbox.clock.now())
    await rests(world)
    assert buyer.is_in()
    await world.time_passes(2 * HOUR)
    await rests(world)
    assert not buyer.is_in()
    assert sorted(buyer.told()[-2:]) == [OUT, "Your plan has stopped: Inner circle"]
    assert heading(await buyer.says("/invite")) == "This plan gives you nothing now"

    [invoice] = [each for each in world.sandbox.stripe.invoices() if each["status"] == "open"]
    world.sandbox.stripe.pay_invoice(invoice["id"], GOOD_CARD)
    await rests(world)
    link = buyer.invitation()
    assert link != first
    assert await buyer.opens(link) == "requested"
    assert buyer.is_in()


async def test_a_renewal_that_is_paid_within_the_grace_is_not_noticed_in_the_channel(
    world: World,
) -> None:
    buyer = TelegramBuyer(world)
    await buyer.joins()
    await changes_card(world, FAILING_CARD)
    await period_ends(world, after=2 * HOUR)
    [invoice] = [each for each in world.sandbox.stripe.invoices() if each["status"] == "open"]
    world.sandbox.stripe.pay_invoice(invoice["id"], GOOD_CARD)
    await rests(world)
    await world.time_passes(4 * DAY)
    await rests(world)
    assert buyer.is_in()
    assert OUT not in buyer.told()
    assert buyer.told().count("Your invitation: Inner circle") == 1


async def test_who_cancels_stays_until_the_end_of_what_they_paid(world: World) -> None:
    buyer = TelegramBuyer(world)
    await buyer.joins()
    subscription = await subscription_of(world)
    world.sandbox.stripe.cancel_subscription(subscription, at_period_end=True)
    await rests(world)
    assert buyer.told()[-1] == "Cancelled: Inner circle"
    await period_ends(world, after=-HOUR)
    assert buyer.is_in()
    await period_ends(world)
    assert not buyer.is_in()
    assert sorted(buyer.told()[-2:]) == [OUT, "Your plan has ended: Inner circle"]

    assert await buyer.opens(await buyer.buys()) == "requested"
    assert buyer.is_in()
    assert sold(world)["subscriptions"] == ["active", "canceled"]


async def test_a_change_to_a_plan_without_the_channel_ends_the_access(world: World) -> None:
    buyer = TelegramBuyer(world)
    who = await subscribes(world)
    channel = await channel_of(who.client)
    assert channel is not None
    await buyer.opens(channel["inviteUrl"])
    assert buyer.is_in()
    await who.opens_portal()  # which gives every plan on sale its price at Stripe
    price = await world.row(
        "select stripe_price_id as id from private.plan_prices where plan_id = $1", STARTER
    )
    world.sandbox.stripe.change_plan(await subscription_of(world), price["id"])
    await rests(world)
    assert not buyer.is_in()
    assert await channel_of(who.client) is None
    back = await world.row(
        "select stripe_price_id as id from private.plan_prices where plan_id = $1", who.plan
    )
    world.sandbox.stripe.change_plan(await subscription_of(world), back["id"])
    await rests(world)
    again = await channel_of(who.client)
    assert again is not None
    assert await buyer.opens(again["inviteUrl"]) == "requested"


async def test_of_two_plans_with_the_channel_one_may_end(world: World) -> None:
    buyer = TelegramBuyer(world)
    assert await buyer.links(world.client) == "Telegram is linked"
    await subscribes(world)
    assert await buyer.opens(buyer.invitation()) == "requested"
    told = len(world.sandbox.telegram.links())
    await subscribes(world, FOR_GOOD)
    assert len(world.sandbox.telegram.links()) == told
    monthly = await subscription_of_plan(world)
    world.sandbox.stripe.cancel_subscription(monthly)
    await rests(world)
    assert buyer.is_in()
    assert OUT not in buyer.told()
    world.sandbox.stripe.dashboard_refund(await charge_for_good(world))
    await rests(world)
    assert not buyer.is_in()
    assert OUT in buyer.told()


async def test_somebody_with_a_second_purchase_in_the_chat_stays_when_their_account_ends(
    world: World,
) -> None:
    buyer = TelegramBuyer(world)
    await buyer.links(world.client)
    await subscribes(world)
    assert await buyer.opens(buyer.invitation()) == "requested"
    await buyer.says("/stop")
    await buyer.pays()
    world.sandbox.stripe.cancel_subscription(await subscription_of_plan(world))
    await rests(world)
    assert buyer.is_in()
    assert OUT not in buyer.told()
    assert heading(await buyer.says("/invite")) == "You are in the channel"
    rows = await world.rows("select status, person_id from private.channel_accesses order by 1")
    assert [tuple(row) for row in rows] == [("ENDED", None), ("JOINED", buyer.user.id)]
    await buyer.leaves()
    assert await buyer.opens(address(await buyer.says("/invite"))) == "requested"
    assert buyer.is_in()


async def subscription_of_plan(world: World) -> str:
    """The account's monthly subscription at Stripe."""
    row = await world.row(
        "select stripe_subscription_id as id from public.subscriptions "
        "where user_id = $1 and stripe_subscription_id is not null",
        world.client.user_id,
    )
    return str(row["id"])


async def charge_for_good(world: World) -> str:
    row = await world.row(
        "select p.stripe_charge_id as id from public.payments p "
        "join public.subscriptions s on s.id = p.subscription_id where s.plan_id = $1",
        FOR_GOOD,
    )
    return str(row["id"])


async def test_a_link_made_before_the_end_admits_nobody_after_it(world: World) -> None:
    buyer = TelegramBuyer(world)
    await buyer.joins()
    await buyer.leaves()
    link = address(await buyer.says("/invite"))
    world.sandbox.stripe.cancel_subscription(await subscription_of(world))
    # They ask while the news of the end are on their way: whoever may not be in does not stay.
    assert world.sandbox.telegram.join(link, buyer.user) == "requested"
    await rests(world)
    assert world.sandbox.telegram.members() == world.sandbox.telegram.requests() == []


async def test_an_owner_of_the_channel_who_paid_is_told_to_the_operator_once_and_left_in_peace(
    world: World,
) -> None:
    buyer = TelegramBuyer(world, OWNER)
    assert await buyer.opens(await buyer.buys()) == "refused: member already"
    world.sandbox.stripe.dashboard_refund(await charge_of(world))
    await rests(world)
    access = await world.row("select id, channel_id, status from private.channel_accesses")
    assert access["status"] == "ENDED"
    told = [
        (
            f"An administrator of channel {access['channel_id']}, or its owner, has not paid for "
            f"it any more and can be put out by its owner alone: access {access['id']}.",
            True,
        )
    ]
    assert await troubles(world, "channel") == told
    for _ in range(3):
        await world.time_passes(timedelta(hours=1, minutes=1))
        await rests(world)
    assert await troubles(world, "channel") == told
    assert await troubles(world, "channel_access") == []
    assert await world.worker.held() == []
