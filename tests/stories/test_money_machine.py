"""Whatever clients, hosts, banks and Stripe do, in any order: all money is accounted for.

    SESSIONPAY_MONEY_RUNS=500 make test ARGS="-k money_machine --hypothesis-seed=7"

runs it longer than the suite does, each seed along other ways. A failure is told by the shortest
story that leads to it.
"""

import asyncio
import os
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    multiple,
    rule,
    run_state_machine_as_test,
)

from sandbox.faults import Fault, FaultKind
from sandbox.stripe.errors import ApiError
from services import cancellation, no_shows, operations
from services.domain.errors import DomainError
from services.domain.policy import Absent
from tests.databases import TestServer
from tests.stories.hasty_adapters import hasty_adapters
from tests.stories.money_at_rest import assert_the_money_is_right, comes_to_rest, flows
from tests.stories.money_town import NONE, Town, expect, town_of
from tests.stories.mortal_worker import loses_the_queue, works_until_it_dies
from tests.stories.payday import payday
from tests.world import COACHING, CONSULTATION, MENTORING, REVIEW, Opened

__all__ = ["hasty_adapters"]

RUNS = int(os.environ.get("SESSIONPAY_MONEY_RUNS", "0"))
RUNS_IN_THE_SUITE = 14
STEPS = 18

GOOD_CARD = "4242424242424242"
CARDS = (
    *(GOOD_CARD, GOOD_CARD, GOOD_CARD),
    "4000000000007726",  # refunds are pending at first
    "4000000000005126",  # refunds fail
    "4000000000000259",  # disputed at once
    "4000000000000002",  # declined
)
DEBIT_ACCOUNT = "DE89370400440532013000"
PARTS = (None, 1, 400, 4500, 9000)
PAUSES = (
    *(timedelta(minutes=2), timedelta(minutes=61), timedelta(hours=5), timedelta(hours=25)),
    timedelta(hours=73),
)
FROM_THE_START = (
    *(timedelta(hours=-47), timedelta(hours=-23), timedelta(hours=-3), timedelta(minutes=-30)),
    *(timedelta(minutes=1), timedelta(hours=2), timedelta(hours=77), timedelta(days=15)),
)
TROUBLED = (
    *("stripe", "stripe.POST /v1/refunds", "stripe.POST /v1/transfers"),
    *("stripe.POST /v1/transfers/{id}/reversals", "calcom", "google", "zoom", "daily", "mail"),
)
LOST = (
    *("checkout.session.completed", "payment_intent.succeeded", "refund.created"),
    *("charge.refunded", "transfer.created", "transfer.reversed"),
)

numbers = st.integers(0, 7)


class Money(RuleBasedStateMachine):
    """One story of one town; when it is over, everything comes to rest and is counted."""

    server: TestServer
    template: str

    bookings = Bundle("bookings")

    def __init__(self) -> None:
        super().__init__()
        self._runner, self._stack = asyncio.Runner(), AsyncExitStack()
        self._broken = False
        self.town: Town = self._does(
            self._stack.enter_async_context(town_of(self.server, self.template))
        )
        self.world, self.stripe = self.town.world, self.town.stripe

    def _does(self, what: Coroutine[Any, Any, Any]) -> Any:
        """Refusals of Stripe and of ours are as good as any answer."""
        try:
            with suppress(ApiError, DomainError):
                return self._runner.run(what)
        except BaseException:
            self._broken = True
            raise
        return None

    def teardown(self) -> None:
        try:
            if not self._broken:
                self._does(self._ends())
        finally:
            self._runner.run(self._stack.aclose())
            self._runner.close()

    async def _ends(self) -> None:
        await comes_to_rest(self.world)
        await assert_the_money_is_right(self.world, self.town.hosts)

    # --- bookings and their payments -------------------------------------------------------------

    @initialize(connected=st.sampled_from(((0, 1, 2), (0, 1), ())))
    def some_hosts_are_connected(self, connected: tuple[int, ...]) -> None:
        for number in connected:
            self._does(self.town.connects(self.town.hosts[number]))

    @rule(
        target=bookings,
        session_type=st.sampled_from((MENTORING, MENTORING, REVIEW, COACHING, CONSULTATION)),
        slot=numbers,
        card=st.sampled_from(CARDS),
    )
    def is_bought(self, session_type: str, slot: int, card: str) -> Opened | MultipleResults[Any]:
        opened: Opened | None = self._does(self.town.opens(session_type, slot))
        if opened is None:
            return multiple()
        self._does(self._pays(opened, card))
        return opened

    @rule(target=bookings, slot=numbers)
    def is_held(self, slot: int) -> Opened | MultipleResults[Any]:
        opened: Opened | None = self._does(self.town.opens(MENTORING, slot))
        return multiple() if opened is None else opened

    @rule(booking=bookings, card=st.sampled_from(CARDS))
    def is_paid(self, booking: Opened, card: str) -> None:
        self._does(self._pays(booking, card))

    async def _pays(self, opened: Opened, card: str) -> None:
        self.stripe.pay(opened.session_id, card)
        await self._goes_on()

    async def _goes_on(self) -> None:
        await self.stripe.deliveries.settled()
        await self.world.worker.drain()

    @rule(target=bookings, slot=numbers, ok=st.sampled_from((True, False, None)))
    def is_paid_by_debit(self, slot: int, ok: bool | None) -> Opened | MultipleResults[Any]:
        opened: Opened | None = self._does(self.town.opens(MENTORING, slot))
        if opened is None:
            return multiple()
        self._does(self._debited(opened, ok))
        return opened

    async def _debited(self, opened: Opened, ok: bool | None) -> None:
        self.stripe.pay(opened.session_id, debit_account=DEBIT_ACCOUNT)
        await self._goes_on()
        if ok is not None:
            self.stripe.settle(self.town.intent(opened), ok=ok)
            await self._goes_on()

    # --- what becomes of them --------------------------------------------------------------------

    @rule(booking=bookings)
    def client_cancels(self, booking: Opened) -> None:
        self._does(self._cancelled_as_quoted(booking))

    async def _cancelled_as_quoted(self, booking: Opened) -> None:
        quoted = await self.world.client.quote(booking.booking_id)
        payload = await self.world.client.cancels(
            booking.booking_id, expectedRefundMinor=quoted["refund"]["amountMinor"]
        )
        expect(payload)
        done = payload["booking"] is not None and payload["booking"]["status"] == "CANCELLED"
        assert not (done and quoted["refusal"]) or quoted["refusal"]["code"] == "NOT_CANCELLABLE"

    @rule(booking=bookings)
    def host_cancels(self, booking: Opened) -> None:
        self._does(self._cancelled_by_host(booking))

    async def _cancelled_by_host(self, booking: Opened) -> None:
        host = await self.town.host_of(booking)
        expect(await host.cancels(booking.booking_id))

    @rule(booking=bookings)
    def operator_cancels(self, booking: Opened) -> None:
        self._does(cancellation.cancel_as_operator(self.world.app, UUID(booking.booking_id)))

    @rule(booking=bookings, slot=numbers)
    def gets_time(self, booking: Opened, slot: int) -> None:
        self._does(self.town.gets_time(booking, slot))

    @rule(booking=bookings, absent=st.sampled_from(Absent))
    def somebody_is_absent(self, booking: Opened, absent: Absent) -> None:
        self._does(self.town.is_marked(booking, absent))

    @rule(booking=bookings, absent=st.sampled_from(Absent))
    def operator_tells_of_absence(self, booking: Opened, absent: Absent) -> None:
        self._does(no_shows.mark_as_operator(self.world.app, UUID(booking.booking_id), absent))

    @rule(booking=bookings, part=st.sampled_from(PARTS))
    def is_refunded_outside(self, booking: Opened, part: int | None) -> None:
        self._does(self._at_stripe(self.stripe.dashboard_refund, self.town.charge(booking), part))

    @rule(booking=bookings, part=st.sampled_from(PARTS))
    def operator_refunds(self, booking: Opened, part: int | None) -> None:
        self._does(self._refunded(booking, part))

    async def _refunded(self, booking: Opened, part: int | None) -> None:
        payment = await self.town.payment(booking)
        await operations.refund(self.world.app, payment, part, reason="As agreed.")

    @rule(booking=bookings)
    def is_disputed(self, booking: Opened) -> None:
        self._does(self._at_stripe(self.stripe.dispute, self.town.charge(booking)))

    @rule(number=numbers, won=st.booleans())
    def bank_decides(self, number: int, won: bool) -> None:
        disputes = self.stripe.disputes()
        if disputes:
            dispute = disputes[number % len(disputes)]["id"]
            self._does(self._at_stripe(self.stripe.close_dispute, dispute, won=won))

    async def _at_stripe(self, act: Any, *args: Any, **more: Any) -> None:
        act(*args, **more)
        await self.stripe.deliveries.settled()

    # --- hosts are paid --------------------------------------------------------------------------

    @rule()
    def payouts_are_run(self) -> None:
        self._does(payday(self.world))

    @rule(
        target=bookings, session_type=st.sampled_from((MENTORING, REVIEW, COACHING)), slot=numbers
    )
    def is_paid_out(self, session_type: str, slot: int) -> Opened | MultipleResults[Any]:
        opened: Opened | None = self._does(self.town.opens(session_type, slot))
        if opened is None:
            return multiple()
        self._does(self._held_and_paid_out(opened))
        return opened

    async def _held_and_paid_out(self, opened: Opened) -> None:
        await self._pays(opened, GOOD_CARD)
        await self._until(opened, timedelta(hours=77))
        await payday(self.world)

    @rule(booking=bookings, of_net=st.sampled_from((1.0, 1.0, 0.5, 1.1)))
    def is_paid_out_by_hand(self, booking: Opened, of_net: float) -> None:
        self._does(self._paid_out_by_hand(booking, of_net))

    async def _paid_out_by_hand(self, booking: Opened, of_net: float) -> None:
        if await self.town.payout(booking) == NONE:
            return
        charge = self.town.charge(booking)
        host = await self.town.host_of(booking)
        rows = await self.world.rows(
            "select a.stripe_account_id as id from private.payout_accounts a "
            "join public.hosts h on h.id = a.host_id where h.user_id = $1",
            host.user_id,
        )
        if rows and rows[0]["id"] and charge in (told := flows(self.world)):
            await self._at_stripe(
                self.stripe.transfer, charge, rows[0]["id"], int(told[charge].net * of_net)
            )

    @rule(booking=bookings, held=st.booleans())
    def operator_holds_or_releases(self, booking: Opened, held: bool) -> None:
        self._does(self._held_or_released(booking, held))

    async def _held_or_released(self, booking: Opened, held: bool) -> None:
        payout = await self.town.payout(booking)
        if held:
            await operations.hold(self.world.app, payout, reason="To be looked at.")
        else:
            await operations.release(self.world.app, payout)

    @rule(number=st.integers(0, 2))
    def host_connects(self, number: int) -> None:
        self._does(self.town.connects(self.town.hosts[number]))

    @rule(number=st.integers(0, 2), ready=st.booleans())
    def account_changes(self, number: int, ready: bool) -> None:
        act = self.stripe.onboard if ready else self.stripe.require
        self._does(self._at_stripe(act, self.town.account(number)))

    @rule(number=st.integers(0, 2), may_owe=st.booleans())
    def host_spends_it_all(self, number: int, may_owe: bool) -> None:
        self._does(self._spent(self.town.account(number), may_owe))

    async def _spent(self, account: str, may_owe: bool) -> None:
        self.stripe.let_owe(account, may_owe)
        for flow in flows(self.world).values():
            if flow.sent:
                with suppress(ApiError):
                    self.stripe.payout_of(account, flow.sent, flow.currency.lower())

    @rule(short=st.booleans(), which=st.sampled_from(("balance", "refunds")))
    def platform_is_short(self, short: bool, which: str) -> None:
        self._does(self._at_stripe(getattr(self.stripe, f"set_{which}_short"), short))

    # --- trouble, and time -----------------------------------------------------------------------

    @rule(steps=st.integers(1, 40), forgets=st.booleans())
    def worker_dies(self, steps: int, forgets: bool) -> None:
        self._does(self._dies(steps, forgets))

    async def _dies(self, steps: int, forgets: bool) -> None:
        await works_until_it_dies(self.world, steps)
        if forgets:
            await loses_the_queue(self.world)

    @rule(
        at=st.sampled_from(TROUBLED),
        kind=st.sampled_from((FaultKind.FAIL, FaultKind.LOSE_ANSWER)),
        times=st.integers(1, 4),
    )
    def is_in_trouble(self, at: str, kind: FaultKind, times: int) -> None:
        self.world.sandbox.faults.plan(at, Fault(kind), times)

    @rule(event_type=st.sampled_from(LOST), copies=st.sampled_from((0, 3)))
    def webhook_is_lost_or_repeated(self, event_type: str, copies: int) -> None:
        kind = "duplicate" if copies else "drop"
        self.stripe.deliveries.plan(kind, max(1, copies), event_type=event_type)

    @rule()
    def webhooks_wait(self) -> None:
        self.stripe.deliveries.hold()

    @rule(seed=st.integers(0, 99))
    def webhooks_arrive(self, seed: int) -> None:
        self._does(self._arrive(seed))

    async def _arrive(self, seed: int) -> None:
        order = [event["id"] for event in self.stripe.deliveries.held()]
        Random(seed).shuffle(order)
        self.stripe.deliveries.release(order)
        await self._goes_on()

    @rule()
    def worker_works(self) -> None:
        self._does(self._goes_on())

    @rule(by=st.sampled_from(PAUSES))
    def time_passes(self, by: timedelta) -> None:
        self._does(self.world.time_passes(by))

    @rule(booking=bookings, by=st.sampled_from(FROM_THE_START))
    def time_passes_until(self, booking: Opened, by: timedelta) -> None:
        self._does(self._until(booking, by))

    async def _until(self, booking: Opened, by: timedelta) -> None:
        starts_at = await self.town.starts_at(booking)
        now = self.world.sandbox.clock.now()
        if starts_at is not None and starts_at + by > now:
            await self.world.time_passes(starts_at + by - now)


@pytest.mark.usefixtures("impatient_stripe_sdk", "hasty_adapters")
def test_all_money_is_accounted_for_whatever_happens(
    test_server: TestServer, seeded_template: str
) -> None:
    class Here(Money):
        server, template = test_server, seeded_template

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=RUNS or RUNS_IN_THE_SUITE,
            stateful_step_count=STEPS,
            derandomize=not RUNS,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
