"""Payouts: what each host is to have of each payment, looked at whenever something about it moves.

Here is only what happens in our rows; services/payout_transfers.py moves the money.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from services import bookings, escalation, jobs
from services.app import App
from services.db import Conn
from services.domain.jobs import Job
from services.domain.payout_rules import PAY, Decision, Facts, decide
from services.domain.payouts import (
    Fee,
    Payout,
    PayoutReason,
    PayoutStatus,
    lines_by_hand,
)
from services.store import payments as payment_store
from services.store import payout_changes, payout_lists
from services.store import payouts as store

log = logging.getLogger(__name__)

DUE = Decision(PayoutStatus.WAITING, PayoutReason.DUE)

IN_FLIGHT = timedelta(minutes=10)
"""How long a request to Stripe may be under way of which nobody has heard: longer than the
time-outs and retries of all calls of one try together."""

AT_ONCE = 500
"""Jobs queued in one transaction."""

LOOKS_BACK = timedelta(days=14)
"""A run opens payouts that a change of its payment should have opened, of so long ago."""

OPEN = frozenset({PayoutStatus.WAITING, PayoutStatus.CANCELLED})
"""Not being sent and not sent: decided anew at every look."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run found: `queued` due payouts are on their way; of those that wait it tells how
    many for which reason."""

    queued: int
    waiting: Mapping[PayoutReason, int]


def rest(app: App) -> timedelta:
    """How long a payment rests before it is paid out."""
    return app.settings.payout_rest


async def open_(app: App, conn: Conn, booking_id: UUID) -> None:
    """The booking's payment was fulfilled: its host is to be paid one day."""
    await _open(app, conn, booking_id)


async def _open(app: App, conn: Conn, booking_id: UUID | None) -> None:
    now = app.clock.now()
    opened = await store.open_missing(conn, booking_id, since=now - LOOKS_BACK, now=now)
    for payment_id in opened:  # a part of the money may have gone back already
        await review(app, conn, payment_id)


async def facts_of(app: App, conn: Conn, payout: Payout) -> Facts:
    default = Fee(fixed_minor=0, percent=app.settings.platform_fee_percent)
    return await store.facts(conn, payout, default_fee=default)


async def review(app: App, conn: Conn, payment_id: UUID) -> None:
    """Something about the payment moved: say what that means for its payout, in the caller's
    transaction, which has locked booking and payment. What has to be done outside is queued."""
    payout = await store.lock_of_payment(conn, payment_id, rest=rest(app))
    if payout is None:
        return
    cause = f"{payout.status} {app.clock.now().isoformat()}"
    if payout.status is PayoutStatus.SENDING:
        await jobs.enqueue(conn, Job.PAY_OUT, payout.id, cause=cause)
        return
    found = await facts_of(app, conn, payout)
    if payout.status not in OPEN:
        after = await _restate(app, conn, payout, found)
        if after.overpaid_minor:
            await jobs.enqueue(conn, Job.PAY_OUT, payout.id, cause=cause)
        return
    decision = decide(found, app.clock.now())
    await put_off(app, conn, payout, DUE if decision == PAY else decision, found)
    if decision == PAY:
        await jobs.enqueue(conn, Job.PAY_OUT, payout.id, cause=cause)


async def _restate(app: App, conn: Conn, payout: Payout, found: Facts) -> Payout:
    """The statement of one that was paid, as things stand now. What a host has too little of is
    not sent a second time: a person has to look."""
    shown = found.lines
    if payout.terms is None:
        shown = lines_by_hand(payout, returned_minor=shown.returned_minor)
    await payout_changes.restate(conn, payout, shown, now=app.clock.now())
    after = await read(app, conn, payout.id)
    if after.is_underpaid and payout.reason is not PayoutReason.UNDERPAID:
        await payout_changes.set_reason(
            conn, payout.id, PayoutReason.UNDERPAID, now=app.clock.now()
        )
        await tell_operator(
            app, conn, payout, f"The host has less of payout {payout.id} than they are to have."
        )
    return after


async def read(app: App, conn: Conn, payout_id: UUID) -> Payout:
    found = await store.get(conn, payout_id, rest=rest(app))
    assert found is not None, "read() is called with ids of rows"
    return found


async def lock(app: App, conn: Conn, payout: Payout) -> Payout:
    """The payout as it is now, locked after its booking and its payment like everywhere."""
    await bookings.lock(conn, payout.booking_id)
    await payment_store.lock(conn, payout.payment_id)
    locked = await store.lock(conn, payout.id, rest=rest(app))
    assert locked is not None
    return locked


async def tell_operator(app: App, conn: Conn, payout: Payout, message: str) -> None:
    """Something about it that only a person can mend."""
    await escalation.tell_operator(
        app,
        conn,
        payout.booking_id,
        source="payouts",
        message=message,
        payment_id=payout.payment_id,
    )


async def put_off(app: App, conn: Conn, payout: Payout, decision: Decision, found: Facts) -> None:
    """Write why it is not paid, or not yet; of what never will be, the platform keeps the rest."""
    shown = found.lines
    if decision.status is PayoutStatus.CANCELLED:
        shown = replace(shown, fee_minor=shown.fee_minor + shown.net_minor, net_minor=0)
    await payout_changes.put_off(conn, payout.id, decision, shown, now=app.clock.now())
    if decision.reason is not payout.reason:
        log.info(
            "payout put off",
            extra={"payout_id": payout.id, "reason": decision.reason, "before": payout.reason},
        )


async def run(app: App) -> Run:
    """Job, every hour, and whenever the operator's own clock asks: queue every due payout.

    Safe at any time and any number of times at once: a payout has one transfer, whoever asks.
    """
    now = app.clock.now()
    async with app.db.transaction() as conn:
        await _open(app, conn, None)
        due = await payout_lists.due(conn, now=now, rest=rest(app))
    for start in range(0, len(due), AT_ONCE):
        async with app.db.transaction() as conn:
            await jobs.enqueue_all(conn, Job.PAY_OUT, due[start : start + AT_ONCE])
    async with app.db.connection() as conn:
        waiting = await payout_lists.waiting(conn)
    log.info("payouts looked at", extra={"queued": len(due)})
    return Run(len(due), waiting)
