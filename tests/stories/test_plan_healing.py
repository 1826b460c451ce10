"""Money of plans whose news were lost or whose way was blocked: found again, or a human is told."""

from dataclasses import replace
from datetime import timedelta
from typing import Literal
from uuid import UUID

from services import escalation, refund_states
from services.domain.money import Money
from services.providers.errors import ProviderError
from services.providers.ports import Refunds, RefundState
from services.store import payments as payment_store
from services.store import standstill_billing
from tests.stories.subscriber import (
    DAY,
    FOR_GOOD,
    MENTORING_PLAN,
    STARTER,
    YEARLY,
    subscribes,
    will_subscribe,
)
from tests.world import WorkerHands, World

OPERATOR = "operator@example.com"
DEBIT = "AT611904300234573201"
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
NOT_SENT = "The money could not be sent back by itself; a person is looking after it."
NOT_TAKEN = "The bank could not take the money back; a person is looking after it."

Ended = Literal["PENDING", "FAILED"]


class NoRefunds:
    """The port Refunds of somebody whom Stripe answers nothing but nonsense."""

    def __init__(self, inner: Refunds) -> None:
        self._inner = inner

    async def create(self, *, key: str, payment_id: str, amount: Money) -> RefundState:
        raise ProviderError("stripe", f"no answer for {key}", retryable=False, status=409)

    async def of_payment(self, payment_id: str) -> list[RefundState]:
        return await self._inner.of_payment(payment_id)


async def money(world: World) -> list[tuple[int, int, str | None, str | None]]:
    """Amount, what of it went back, outcome and its reason of each payment, oldest first."""
    rows = await world.rows(
        "select amount_minor, amount_refunded_minor, outcome, outcome_reason from public.payments "
        "order by created_at, id"
    )
    return [tuple(row) for row in rows]


async def returned(world: World, *statuses: Ended) -> None:
    """Stripe tells of a refund of the one payment there is: its status, one after the other."""
    row = await world.row("select stripe_payment_intent_id as id from public.payments")
    for status in statuses:
        async with world.app.db.transaction() as conn:
            payment = await payment_store.by_intent(conn, row["id"])
            assert payment is not None
            why = "insufficient_funds" if status == "FAILED" else None
            told = RefundState("re_1", row["id"], status, payment.amount, why, None)
            assert await refund_states.apply(world.app, conn, row["id"], [told])
        await world.worker.drain()


# --- money that cannot be returned ---------------------------------------------------------------


async def test_a_refund_of_a_plan_that_is_given_up_waits_for_a_human(world: World) -> None:
    who = will_subscribe(world, FOR_GOOD)
    old = await who.opens()
    await world.rows("update private.checkouts set status = 'EXPIRED'")
    await who.pays(await who.opens())
    app = replace(world.app, refunds=NoRefunds(world.app.refunds))
    world.sandbox.stripe.pay(old)
    await world.sandbox.stripe.deliveries.settled()
    await WorkerHands(app, world.worker.pool).drain()

    assert await money(world) == [
        (12000, 0, "FULFILLED", None),
        (12000, 0, "WAITING", NOT_SENT),
    ]
    assert await world.worker.held() == ["refund"]
    logs = await world.rows("select source, final from private.error_logs order by source")
    assert [tuple(row) for row in logs] == [("plans", True), ("refund", True)]
    assert len(world.mails(OPERATOR)) == 1
    assert (await who.told())[-1] == "PLAN_PAYMENT_WAITING"
    assert await who.is_entitled() is True


async def test_a_pending_refund_that_fails_gives_the_period_back_and_waits_for_a_human(
    world: World,
) -> None:
    who = await subscribes(world)
    await returned(world, "PENDING")
    assert await money(world) == [(10000, 10000, "FULFILLED", None)]
    assert await who.is_entitled() is await who.has_paid() is False
    assert world.mails(OPERATOR) == []

    await returned(world, "FAILED", "FAILED")
    assert await money(world) == [(10000, 0, "WAITING", NOT_TAKEN)]
    assert await who.is_entitled() is await who.has_paid() is True
    assert len(world.mails(OPERATOR)) == 1
    assert (await who.told()).count("PLAN_PAYMENT_WAITING") == 1


async def test_a_plan_paid_once_stays_lost_when_its_pending_refund_fails_and_a_human_is_told(
    world: World,
) -> None:
    who = await subscribes(world, FOR_GOOD)
    await returned(world, "PENDING")
    assert await who.status() == "CANCELED"
    await returned(world, "FAILED")
    assert await money(world) == [(12000, 0, "WAITING", NOT_TAKEN)]
    assert await who.is_entitled() is False
    assert len(world.mails(OPERATOR)) == 1


async def test_a_pending_refund_of_a_session_that_fails_waits_for_a_human(world: World) -> None:
    opened = await world.client.books()
    await world.pays(opened)
    await world.worker.drain()
    await returned(world, "PENDING")
    assert (await world.client.booking(opened.booking_id))["status"] == "CANCELLED"
    assert world.mails(OPERATOR) == []
    await returned(world, "FAILED")
    assert await money(world) == [(9000, 0, "WAITING", NOT_TAKEN)]
    assert len(world.mails(OPERATOR)) == 1


# --- news that were lost -------------------------------------------------------------------------


async def test_a_bank_debit_of_whose_success_nobody_heard_is_found_within_the_hour(
    world: World,
) -> None:
    who = will_subscribe(world, FOR_GOOD)
    page = await who.opens()
    world.sandbox.stripe.pay(page, debit_account=DEBIT)
    await who.comes_to_rest()
    [session] = world.sandbox.stripe.sessions()
    world.sandbox.stripe.deliveries.plan("drop", 100)
    world.sandbox.stripe.settle(session["payment_intent"])
    await who.comes_to_rest()
    world.sandbox.stripe.deliveries.clear_plans()
    assert await who.outcomes() == [(12000, None)]
    assert await who.is_entitled() is False

    now = world.sandbox.clock.now().replace(second=30)
    async with world.app.db.connection() as conn:
        due = [
            now + minute * MINUTE
            for minute in range(1, 61)
            if await standstill_billing.processing(conn, now + minute * MINUTE)
        ]
    assert len(due) == 1  # each is looked at once an hour
    await world.time_passes(due[0] - world.sandbox.clock.now())
    assert await who.status() == "ACTIVE"
    assert await money(world) == [(12000, 0, "FULFILLED", None)]
    assert await who.is_entitled() is await who.has_paid() is True


async def test_after_its_trial_a_subscription_is_read_once_a_day(world: World) -> None:
    who = await subscribes(world, STARTER)
    await who.renews()
    await world.time_passes(HOUR)
    assert await who.status() == "ACTIVE"
    [looked_at] = await world.row("select looked_at from public.subscriptions")
    assert await to_read(world, DAY - MINUTE - (world.app.clock.now() - looked_at)) == 0
    assert await to_read(world, DAY) == 1


async def test_a_row_that_was_brought_in_is_read(world: World) -> None:
    await subscribes(world)
    assert await to_read(world, MINUTE) == 0
    await world.rows("update public.subscriptions set looked_at = null")
    assert await to_read(world, MINUTE) == 1


async def to_read(world: World, ahead: timedelta) -> int:
    """How many subscriptions the sweeper would read in a while."""
    now = world.app.clock.now() + ahead
    async with world.app.db.connection() as conn:
        found = await standstill_billing.subscriptions_to_read(
            conn, now=now, due_since=now - MINUTE, before=now - DAY
        )
    return len(found)


# --- what a human is told ------------------------------------------------------------------------


async def ids(world: World) -> list[UUID]:
    rows = await world.rows("select id from public.subscriptions order by created_at, id")
    return [row["id"] for row in rows]


async def test_the_same_sentence_about_two_subscriptions_is_told_of_each(world: World) -> None:
    for plan in (MENTORING_PLAN, YEARLY):
        await subscribes(world, plan)
    for _ in range(2):
        for each in await ids(world):
            async with world.app.db.transaction() as conn:
                await escalation.ask_operator(world.app, conn, each, why="Look at it.")
        await world.worker.drain()
    rows = await world.rows("select subscription_id, times from private.error_logs")
    assert {tuple(row) for row in rows} == {(each, 2) for each in await ids(world)}
    assert len(world.mails(OPERATOR)) == 2


async def test_a_second_waiting_payment_is_told_after_the_first_was_settled(world: World) -> None:
    who = await subscribes(world)
    await who.renews()
    rows = await world.rows("select stripe_payment_intent_id from public.payments")
    for number, [intent_id] in enumerate(rows, start=1):
        async with world.app.db.transaction() as conn:
            payment = await payment_store.by_intent(conn, intent_id)
            assert payment is not None
            await escalation.wait_for_human(world.app, conn, payment, reason=f"Reason {number}.")
        await world.worker.drain()
        assert (await who.told()).count("PLAN_PAYMENT_WAITING") == number
        assert len(world.mails(OPERATOR)) == number
        await world.rows(  # the operator says how it ended
            "update public.payments set outcome = 'FULFILLED', outcome_reason = null "
            "where outcome = 'WAITING'"
        )
