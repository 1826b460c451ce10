"""Who has what a plan gives: at each moment of a period, with each payment that was taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from services.store import entitlements
from tests.stories.plan_lives import price_of
from tests.stories.subscriber import (
    DAY,
    FOR_GOOD,
    MENTORING_PLAN,
    Subscriber,
    subscribes,
    will_subscribe,
)
from tests.world import World

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment that succeeded; `until` is the end of what it was for, from NOW on."""

    minor: int = 10000
    until: timedelta | None = 20 * DAY
    ago: timedelta = 10 * DAY
    back_minor: int = 0
    dispute: str | None = None


@dataclass(frozen=True, slots=True)
class Has:
    """A subscription whose period began `began` before NOW."""

    payments: Sequence[Paid]
    status: str = "ACTIVE"
    began: timedelta = 10 * DAY
    grace: timedelta | None = None
    once: bool = False


def owes(*payments: Paid, began: timedelta = MINUTE, grace: timedelta = 2 * DAY) -> Has:
    """The renewal failed a while ago."""
    return Has(payments, "PAST_DUE", began, grace)


def once(*payments: Paid) -> Has:
    """A plan that is paid once."""
    return Has(payments, once=True)


def paid(minor: int = 10000, *, until: timedelta = 20 * DAY, ago: timedelta = 10 * DAY) -> Paid:
    return Paid(minor, until, ago)


def back(minor: int = 10000, *, until: timedelta = 20 * DAY, ago: timedelta = 10 * DAY) -> Paid:
    """Returned whole."""
    return Paid(minor, until, ago, back_minor=minor)


FOREVER = Paid(12000, None)
FOREVER_BACK = Paid(12000, None, back_minor=12000)
LATER_BACK = Paid(12000, None, ago=DAY, back_minor=12000)
EARLIER_BACK = Paid(12000, None, ago=20 * DAY, back_minor=12000)

ENTITLED: Mapping[str, Has] = {
    "paid for": Has([paid()]),
    "a part of it returned": Has([Paid(back_minor=9999)]),
    "a dispute that was won": Has([Paid(dispute="won")]),
    "nothing was paid yet": Has([]),
    "the period before was returned": Has([paid(), back(until=-10 * DAY, ago=40 * DAY)]),
    "returned, and as much was paid later": Has([back(), paid(ago=DAY)]),
    "disputed, and more was paid later": Has([Paid(dispute="lost"), paid(20000, ago=DAY)]),
    "three hours after a period whose payment was returned": Has(
        [back(until=-3 * HOUR)], began=3 * HOUR
    ),
    "owed, and the last period stands": owes(paid(until=-MINUTE, ago=30 * DAY)),
    "owed, and the period before the last was returned": owes(
        back(until=-30 * DAY, ago=60 * DAY), paid(until=-MINUTE, ago=30 * DAY)
    ),
    "once for all": once(FOREVER),
    "a later payment of a plan paid once goes back": once(FOREVER, LATER_BACK),
    "an earlier payment of a plan paid once went back": once(EARLIER_BACK, FOREVER),
    "a later payment of a plan paid once is disputed": once(
        FOREVER, Paid(12000, None, ago=DAY, dispute="lost")
    ),
}

NOT_ENTITLED: Mapping[str, Has] = {
    "returned": Has([back()]),
    "disputed": Has([Paid(dispute="needs_response")]),
    "returned, with a small payment after it": Has([back(), paid(467, ago=DAY)]),
    "disputed, with a small payment after it": Has([Paid(dispute="lost"), paid(467, ago=DAY)]),
    "returned, with as much paid before it": Has([paid(ago=11 * DAY), back()]),
    "returned, and the next period's invoice is a draft": Has(
        [back(until=-MINUTE, ago=30 * DAY)], began=MINUTE
    ),
    "returned, and the next period's invoice is an hour old": Has(
        [back(until=-HOUR, ago=30 * DAY)], began=HOUR
    ),
    "the last period was returned, and the renewal failed": owes(back(until=-MINUTE, ago=30 * DAY)),
    "the last period was returned, and the renewal failed hours ago": owes(
        back(until=-5 * HOUR, ago=30 * DAY), began=5 * HOUR
    ),
    "owed for longer than the grace": owes(
        paid(until=-3 * DAY, ago=33 * DAY), began=3 * DAY, grace=-MINUTE
    ),
    "a plan paid once was returned": once(FOREVER_BACK),
    "a plan paid once was disputed": once(Paid(12000, None, dispute="lost")),
    "both payments of a plan paid once went back": once(FOREVER_BACK, LATER_BACK),
}


async def kept(world: World, has: Has) -> UUID:
    """Rows as the cases have them; the subscription's id."""
    subscription_id = uuid4()
    await world.rows(
        "insert into public.subscriptions (id, plan_id, status, stripe_subscription_id, "
        "current_period_start, grace_until) values ($1, $2, $3, $4, $5, $6)",
        subscription_id,
        FOR_GOOD if has.once else MENTORING_PLAN,
        has.status,
        None if has.once else f"sub_{subscription_id.hex}",
        NOW - has.began,
        None if has.grace is None else NOW + has.grace,
    )
    for each in has.payments:
        await world.rows(
            "insert into public.payments (subscription_id, stripe_payment_intent_id, amount_minor, "
            "amount_refunded_minor, currency, status, paid_at, period_end, dispute_status) "
            "values ($1, $2, $3, $4, 'USD', 'SUCCEEDED', $5, $6, $7)",
            subscription_id,
            f"pi_{uuid4().hex}",
            each.minor,
            each.back_minor,
            NOW - each.ago,
            None if each.until is None else NOW + each.until,
            each.dispute,
        )
    return subscription_id


async def test_every_payment_that_was_taken_back_is_weighed(world: World) -> None:
    rows = {why: await kept(world, has) for why, has in {**ENTITLED, **NOT_ENTITLED}.items()}
    async with world.app.db.connection() as conn:
        entitled = {
            why
            for why, subscription_id in rows.items()
            if await entitlements.is_entitled(conn, subscription_id, now=NOW)
        }
    assert entitled == set(ENTITLED)


async def test_returned_it_stays_lost_while_the_next_invoice_is_a_draft(
    world: World,
) -> None:
    """Stripe keeps an invoice for about an hour before it is charged; the stand-in does not."""
    who = await subscribes(world)
    [row] = await world.rows("select stripe_charge_id from public.payments")
    world.sandbox.stripe.dashboard_refund(row[0])
    await who.comes_to_rest()
    rolled = world.app.clock.now() - MINUTE
    await world.rows("update public.payments set period_end = $1", rolled)
    await world.rows("update public.subscriptions set current_period_start = $1", rolled)
    assert await who.status() == "ACTIVE"
    assert await who.is_entitled() is False
    assert (await who.entitlements())["channels"] == []
    await world.time_passes(HOUR)
    assert await who.is_entitled() is await who.has_paid() is False


async def test_what_a_change_of_plan_cost_does_not_hide_a_dispute_about_the_whole(
    world: World,
) -> None:
    who = await subscribes(world)
    [row] = await world.rows("select stripe_charge_id from public.payments")
    dearer = str(uuid4())
    await world.rows(
        "insert into public.plans (id, name, price_minor, currency, billing_interval) "
        "values ($1, 'Dearer', 10500, 'USD', 'MONTH')",
        dearer,
    )
    await world.time_passes(2 * DAY)
    world.sandbox.stripe.change_plan((await who.at_stripe())["id"], await price_of(world, dearer))
    await who.comes_to_rest()
    changed = Subscriber(world, world.client, dearer)
    assert await changed.is_entitled() is True
    assert len(await changed.outcomes()) == 2

    world.sandbox.stripe.dispute(row[0])
    await who.comes_to_rest()
    assert await changed.status() == "ACTIVE"
    assert await changed.is_entitled() is await changed.has_paid() is False


async def test_while_a_second_payment_of_a_plan_paid_once_goes_back_the_plan_stays(
    world: World,
) -> None:
    who = will_subscribe(world, FOR_GOOD)
    old = await who.opens()
    await world.rows("update private.checkouts set status = 'EXPIRED'")
    await who.pays(await who.opens(), "4242424242424242")
    await who.pays(old, "4000000000007726")
    assert [outcome for _, outcome in await who.outcomes()] == ["FULFILLED", None]
    assert await who.is_entitled() is await who.has_paid() is True
    assert await who.status() == "ACTIVE"
