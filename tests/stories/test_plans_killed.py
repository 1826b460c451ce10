"""The worker's process is killed around all that it does for plans: after that it is done once."""

from datetime import timedelta

from services import jobs
from services.domain.jobs import Job
from services.sweep import SLOW
from tests.stories.deaths import COMMIT, THE_SWEEPER, doomed_worker, drained
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.plan_deaths import Crowd, Deaths, deaths, hears_of
from tests.stories.plan_lives import (
    Life,
    Newcomers,
    assert_each_message_arrived_once,
    newcomers,
    opens,
    price_of,
    taken_back,
    works,
)
from tests.stories.subscriber import FAILING_CARD, MENTORING_PLAN
from tests.world import World

__all__ = ["deaths", "doomed_worker", "newcomers"]

MAKE_LINK = "POST telegram/*/createChatInviteLink"
REVOKE_LINK = "POST telegram/*/revokeChatInviteLink"
BAN, UNBAN = "POST telegram/*/banChatMember", "POST telegram/*/unbanChatMember"
END = "DELETE stripe/v1/subscriptions/*"
REFUND = "POST stripe/v1/refunds"


async def assert_at_rest(world: World) -> None:
    """Nothing was given up or written down as a failure."""
    await works(world)
    assert await world.rows("select from private.error_logs") == []
    assert await world.worker.held() == []
    await assert_each_message_arrived_once(world)
    await assert_nothing_amiss(world)


async def an_hour_passes(world: World) -> None:
    """Within it the sweeper looks at everybody who has a place in a channel."""
    for _ in range(60):
        await world.sandbox.advance(timedelta(minutes=1))
    await drained(world)


async def test_a_first_payment_killed_anywhere_begins_a_plan_and_invites_once(
    deaths: Deaths, newcomers: Newcomers
) -> None:
    world = deaths.world
    world.sandbox.stripe.deliveries.hold()

    async def arrive(number: int) -> list[Life]:
        return [await opens(world, await newcomers(world)) for _ in range(number)]

    async def pays(life: Life) -> None:
        life.begins()
        await hears_of(world, "checkout.session.completed")

    lives = await deaths.everywhere(arrive, pays, calls=[MAKE_LINK, "mail"])
    await assert_at_rest(world)
    for life in lives:
        assert (await life.row())["status"] == "ACTIVE"
        assert await life.money() == [(10000, 0, "FULFILLED")]
        assert await life.told() == [("CHANNEL_INVITE", 0), ("SUBSCRIPTION_STARTED", 0)]


async def test_an_end_killed_anywhere_lets_its_member_out_once(
    deaths: Deaths, newcomers: Newcomers
) -> None:
    world, crowd = deaths.world, Crowd(deaths.world, newcomers, joins=True)
    world.sandbox.stripe.deliveries.hold()

    async def ends(life: Life) -> None:
        await life.ends()
        await hears_of(world, "customer.subscription.deleted")

    lives = await deaths.everywhere(crowd.gathers, ends, calls=[BAN, UNBAN, "mail"])
    if deaths.restart is THE_SWEEPER:
        await an_hour_passes(world)
    await assert_at_rest(world)
    assert world.sandbox.telegram.members() == []
    for life in lives:
        assert (await life.row())["status"] == "CANCELED"
        assert await life.kinds() == [
            "CHANNEL_INVITE",
            "CHANNEL_LEFT",
            "SUBSCRIPTION_ENDED",
            "SUBSCRIPTION_STARTED",
        ]


async def test_a_returned_payment_killed_anywhere_ends_what_it_gave_once(
    deaths: Deaths, newcomers: Newcomers
) -> None:
    """The money goes back by the seller's hand; the plan itself goes on at Stripe."""
    world, crowd = deaths.world, Crowd(deaths.world, newcomers, joins=False)
    world.sandbox.stripe.deliveries.hold()

    async def is_returned(life: Life) -> None:
        await life.is_refunded()
        await hears_of(world, "charge.refunded")

    lives = await deaths.everywhere(
        crowd.gathers, is_returned, calls=[REVOKE_LINK, "mail"], only_at=COMMIT
    )
    if deaths.restart is THE_SWEEPER:
        await an_hour_passes(world)
    await assert_at_rest(world)
    for life in lives:
        assert (await life.row())["status"] == "ACTIVE"
        assert await life.money() == [(10000, 10000, "REFUNDED")]
        assert await life.kinds() == [
            "CHANNEL_INVITE",
            "CHANNEL_LEFT",
            "PLAN_PAYMENT_RETURNED",
            "SUBSCRIPTION_STARTED",
        ]


async def test_the_end_of_a_second_subscription_killed_anywhere_returns_its_money_once(
    deaths: Deaths, newcomers: Newcomers
) -> None:
    world, crowd = deaths.world, Crowd(deaths.world, newcomers, joins=False)
    price = await price_of(world, MENTORING_PLAN)
    world.sandbox.stripe.deliveries.hold()

    async def subscribes_again(life: Life) -> None:
        world.sandbox.stripe.subscribe(life.at_stripe["customer"], price)
        await hears_of(world, "invoice.paid")

    lives = await deaths.everywhere(crowd.gathers, subscribes_again, calls=[END, REFUND, "mail"])
    if deaths.restart is THE_SWEEPER:  # refunds asked for are looked at by the hour
        await world.time_passes(SLOW + timedelta(minutes=1))
        await drained(world)
    await assert_at_rest(world)
    for life in lives:
        assert life.at_stripe["status"] == "active"
        assert await life.money() == [(10000, 0, "FULFILLED")]
    others = await world.rows(
        "select s.status, p.amount_refunded_minor, p.outcome from public.subscriptions s "
        "join public.payments p on p.subscription_id = s.id where s.duplicate_of is not null"
    )
    assert [tuple(row) for row in others] == [("CANCELED", 10000, "REFUNDED")] * len(lives)


async def test_the_end_of_a_grace_killed_anywhere_puts_an_owing_member_out_once(
    deaths: Deaths, newcomers: Newcomers
) -> None:
    world, crowd = deaths.world, Crowd(deaths.world, newcomers, joins=True)
    world.sandbox.stripe.deliveries.hold()

    async def all_owe(number: int) -> list[Life]:
        people = await crowd.gathers(number)
        for life in people:
            life.keeps_card(FAILING_CARD)
        await people[-1].fails()
        for event in await taken_back(world):
            if event["type"] == "invoice.payment_failed":
                assert await world.sandbox.stripe.resend(event["id"])
        await works(world)
        world.sandbox.clock.advance(world.app.settings.grace + timedelta(minutes=1))
        return people

    async def lapses(life: Life) -> None:
        async with world.app.db.transaction() as conn:
            await jobs.enqueue(conn, Job.LAPSE, (await life.row())["id"])

    lives = await deaths.everywhere(all_owe, lapses, calls=[BAN, UNBAN, "mail"], only_at=COMMIT)
    if deaths.restart is THE_SWEEPER:
        await an_hour_passes(world)
    await assert_at_rest(world)
    assert world.sandbox.telegram.members() == []
    for life in lives:
        kinds = await life.kinds()
        assert [kinds.count(kind) for kind in ("GRACE_OVER", "CHANNEL_LEFT")] == [1, 1]
