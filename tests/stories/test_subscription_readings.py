"""What was read of a subscription and is written late, or before the product knows of it."""

import asyncio
from dataclasses import dataclass, field, replace
from uuid import UUID

import pytest

from services import buyers, plan_checkout, stripe_events
from services.app import App
from services.auth import Viewer
from services.checkout_sessions import Wanted
from services.domain.billing import SubscriptionState
from services.domain.errors import AlreadySubscribed
from services.domain.payments import UiMode
from services.providers.billing_ports import Subscriptions
from services.providers.ports import Checkouts, CheckoutState, NewCheckout
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.plan_lives import (
    Life,
    Newcomers,
    begins,
    newcomers,
    taken_back,
    told_in_turn,
    works,
)
from tests.stories.subscriber import MENTORING_PLAN, SECOND
from tests.world import World

__all__ = ["newcomers"]

PAID = "invoice.paid"


@dataclass
class Slow:
    """Keeps Stripe's answers on their way until it is let go."""

    answered: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def holds(self) -> None:
        self.answered.set()
        await self.let_go.wait()


class SlowSubscriptions:
    """The port Subscriptions."""

    def __init__(self, inner: Subscriptions, slow: Slow) -> None:
        self._inner, self._slow = inner, slow

    async def read(self, subscription_id: str) -> SubscriptionState:
        told = await self._inner.read(subscription_id)
        await self._slow.holds()
        return told

    async def cancel(self, subscription_id: str, *, key: str) -> SubscriptionState:
        return await self._inner.cancel(subscription_id, key=key)


def reads_slowly(app: App, slow: Slow) -> App:
    """The app of a worker that gets what it read of subscriptions late."""
    late = SlowSubscriptions(app.billing.subscriptions, slow)
    return replace(app, billing=replace(app.billing, subscriptions=late))


@pytest.mark.parametrize("newest", ["cancels", "ends"])
async def test_an_old_reading_that_is_written_late_changes_nothing(
    world: World, newcomers: Newcomers, newest: str
) -> None:
    life = await begins(world, await newcomers(world))
    await world.time_passes(SECOND)
    world.sandbox.stripe.deliveries.hold()
    await life.touched()
    await world.sandbox.stripe.resend((await taken_back(world))[-1]["id"])
    [event] = await world.rows("select id from private.stripe_events where processed_at is null")
    slow = Slow()
    late = asyncio.create_task(stripe_events.handle(reads_slowly(world.app, slow), event["id"]))
    await slow.answered.wait()

    await getattr(life, newest)()
    news = (await taken_back(world))[-1]
    assert await world.sandbox.stripe.resend(news["id"])
    await stripe_events.handle(world.app, news["id"])
    written, told = dict(await life.row()), await life.told()

    slow.let_go.set()
    await late
    assert dict(await life.row()) == written
    await works(world)
    assert dict(await life.row()) == written
    assert {kind for kind, _ in set(await life.told()) - set(told)} <= {"CHANNEL_LEFT"}
    await assert_nothing_amiss(world)


async def test_what_was_paid_is_written_from_an_old_reading_too(
    world: World, newcomers: Newcomers
) -> None:
    """The newer one tells of the newest invoice alone."""
    world.sandbox.stripe.deliveries.hold()
    life = await begins(world, await newcomers(world))
    [paid] = [event for event in await taken_back(world) if event["type"] == PAID]
    assert await world.sandbox.stripe.resend(paid["id"])
    slow = Slow()
    late = asyncio.create_task(stripe_events.handle(reads_slowly(world.app, slow), paid["id"]))
    await slow.answered.wait()

    await life.renews()
    [renewed] = [event for event in await taken_back(world) if event["type"] == PAID]
    assert await world.sandbox.stripe.resend(renewed["id"])
    await stripe_events.handle(world.app, renewed["id"])
    assert await life.money() == [(10000, 0, "FULFILLED")]
    written = dict(await life.row())

    slow.let_go.set()
    await late
    assert await life.money() == [(10000, 0, "FULFILLED")] * 2
    assert dict(await life.row()) == written
    await works(world)
    assert await life.kinds() == ["CHANNEL_INVITE", "SUBSCRIPTION_STARTED"]
    await assert_nothing_amiss(world)


class SlowCheckouts:
    """The port Checkouts; opening one is slow."""

    def __init__(self, inner: Checkouts, slow: Slow) -> None:
        self._inner, self._slow = inner, slow

    async def open(self, new: NewCheckout) -> CheckoutState:
        opened = await self._inner.open(new)
        await self._slow.holds()
        return opened

    async def read(self, checkout_id: str) -> CheckoutState:
        return await self._inner.read(checkout_id)

    async def expire(self, checkout_id: str) -> CheckoutState:
        return await self._inner.expire(checkout_id)

    async def of_payment(self, payment_id: str) -> CheckoutState | None:
        return await self._inner.of_payment(payment_id)


PAGE = Wanted(UiMode.HOSTED, "https://shop.example/done", "https://shop.example/back")


@pytest.mark.parametrize(
    "first", ["checkout.session.completed", "customer.subscription.created", PAID]
)
async def test_a_plan_paid_before_its_checkout_is_known_here_begins_once(
    world: World, newcomers: Newcomers, first: str
) -> None:
    """The page was paid while the answer that tells of the page was on its way."""
    world.sandbox.stripe.deliveries.hold()
    client = await newcomers(world)
    assert client.user_id is not None
    slow, viewer = Slow(), Viewer(client.user_id, None, is_anonymous=False, language=None)
    app = replace(world.app, checkouts=SlowCheckouts(world.app.checkouts, slow))
    buyer = await buyers.of_viewer(app, viewer)
    opening = asyncio.create_task(plan_checkout.open_for(app, buyer, UUID(MENTORING_PLAN), PAGE))
    await slow.answered.wait()
    [checkout] = await world.rows("select status, stripe_session_id from private.checkouts")
    assert tuple(checkout) == ("CREATING", None)
    [session] = world.sandbox.stripe.sessions()
    life = Life(world, client, MENTORING_PLAN, session["id"])
    life.begins()
    events = await taken_back(world)
    events.sort(key=lambda event: event["type"] != first)
    assert events[0]["type"] == first
    await told_in_turn(world, events)
    assert (await life.row())["status"] == "ACTIVE"

    slow.let_go.set()
    with pytest.raises(AlreadySubscribed):
        await opening
    await works(world)
    assert len(await world.rows("select from public.subscriptions")) == 1
    [checkout] = await world.rows("select status, stripe_session_id from private.checkouts")
    assert tuple(checkout) == ("COMPLETE", session["id"])
    assert await life.money() == [(10000, 0, "FULFILLED")]
    assert await life.kinds() == ["CHANNEL_INVITE", "SUBSCRIPTION_STARTED"]
    await assert_nothing_amiss(world)
