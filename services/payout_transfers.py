"""Transfers: a due payout is sent once, whoever asks and whatever dies meanwhile."""

import logging
from datetime import timedelta
from uuid import UUID

from services import jobs, notifications, payments, payout_reversals, payouts
from services.app import App
from services.bookings import OutOfOrder
from services.db import Conn
from services.domain.jobs import Job
from services.domain.models import NotificationKind
from services.domain.money import Money
from services.domain.payout_rules import PAY, Decision, Facts, decide
from services.domain.payouts import (
    BLOCKED,
    Payout,
    PayoutReason,
    PayoutStatus,
    in_settlement,
)
from services.providers.connect_ports import NewTransfer, TransferRefused
from services.providers.ports import Unknown
from services.store import payments as payment_store
from services.store import payout_changes, payout_lists
from services.store import payouts as store
from services.transfer_states import adopt

log = logging.getLogger(__name__)

REFUSALS = {
    "SHORT": PayoutReason.INSUFFICIENT_FUNDS,
    "ACCOUNT": PayoutReason.REQUIREMENTS_DUE,
    "OTHER": PayoutReason.REFUSED,
}

BLOCKED_AGAIN = timedelta(days=7)
"""A host who can't be paid is told so at most as often."""


async def pay_out(app: App, payout_id: UUID) -> None:
    """Job: read, call, write; and begin where an earlier try ended, whatever became of it."""
    async with app.db.connection() as conn:
        payout = await store.get(conn, payout_id, rest=payouts.rest(app))
        if payout is None:
            return
        payment = await payment_store.get(conn, payout.payment_id)
    assert payment is not None
    charge_id = payment.charge_id
    if charge_id is None:
        await _refused(app, payout, PayoutReason.REFUSED, "its charge is not known")
        return
    if payout.status in payouts.OPEN:
        payout = await _begin(app, payout, charge_id)
    if payout.status is PayoutStatus.SENDING:
        payout = await _send(app, payout, charge_id)
    if payout.paid_at is not None:
        await payout_reversals.take_back(app, payout)


async def _begin(app: App, payout: Payout, charge_id: str) -> Payout:
    """SENDING with everything fixed that Stripe is asked for, or still not, with the reason."""
    async with app.db.transaction() as conn:
        payout = await payouts.lock(app, conn, payout)
        if await _due(app, conn, payout) is None:
            return await payouts.read(app, conn, payout.id)
    try:
        settled = await app.connect.transfers.settled(charge_id)
    except Unknown:
        return await _refused(app, payout, PayoutReason.REFUSED, "its charge is unknown there")
    async with app.db.transaction() as conn:
        payout = await payouts.lock(app, conn, payout)
        if found := await _due(app, conn, payout):
            await _fix(app, conn, payout, found, settled)
        return await payouts.read(app, conn, payout.id)


async def _fix(app: App, conn: Conn, payout: Payout, found: Facts, settled: Money) -> None:
    assert found.account is not None
    transfer = in_settlement(found.lines.net_minor, amount=payout.amount, settled=settled)
    if transfer.amount_minor <= 0:
        below = Decision(PayoutStatus.WAITING, PayoutReason.BELOW_MINIMUM)
        await payouts.put_off(app, conn, payout, below, found)
        return
    await payout_changes.begin(
        conn,
        payout.id,
        found.lines,
        fee=found.fee,
        account=found.account,
        settled=settled,
        transfer=transfer,
        now=app.clock.now(),
    )


async def _due(app: App, conn: Conn, payout: Payout) -> Facts | None:
    """The facts if nobody began with it and nothing speaks against it; what does is written
    down."""
    if payout.status not in payouts.OPEN:
        return None
    found = await payouts.facts_of(app, conn, payout)
    decision = decide(found, app.clock.now())
    if decision == PAY:
        return found
    await payouts.put_off(app, conn, payout, decision, found)
    if decision.reason in BLOCKED:
        await _tell_blocked(app, conn, payout)
    return None


async def _tell_blocked(app: App, conn: Conn, payout: Payout) -> None:
    since = app.clock.now() - BLOCKED_AGAIN
    if not await payout_lists.told_blocked(conn, payout.host_id, since=since):
        await notifications.announce_anew(
            app, conn, payout.booking_id, NotificationKind.HOST_PAYOUT_BLOCKED
        )


async def _send(app: App, payout: Payout, charge_id: str) -> Payout:
    """Make the transfer that was begun, or find it made; what must not go any more is stopped."""
    group = payments.transfer_group(payout.booking_id)
    payout, overtaken = await _claim(app, payout)
    if payout.status is not PayoutStatus.SENDING:
        return payout
    if overtaken:
        made = await app.connect.transfers.of_charge(charge_id, group=group)
        if not made:
            return await _stop(app, payout)
        return await adopt(app, payout, made[0])
    assert payout.transfer is not None
    assert payout.stripe_account_id is not None
    new = NewTransfer(
        key=payout.id,
        account_id=payout.stripe_account_id,
        charge_id=charge_id,
        group=group,
        amount=payout.transfer,
        description=f"Session {payout.booking_id}",
    )
    try:
        made_now = await app.connect.transfers.create(new)
    except TransferRefused as refusal:
        return await _refused(app, payout, REFUSALS[refusal.why], str(refusal))
    return await adopt(app, payout, made_now)


async def _claim(app: App, payout: Payout) -> tuple[Payout, bool]:
    """The payout as it is now, and whether something came up against what was begun. If not,
    Stripe is asked for it from now on."""
    async with app.db.transaction() as conn:
        payout = await payouts.lock(app, conn, payout)
        if payout.status is not PayoutStatus.SENDING:
            return payout, False
        found = await payouts.facts_of(app, conn, payout)
        less = found.lines.returned_minor != payout.returned_minor
        if less or decide(found, app.clock.now()) != PAY:
            return payout, True
        await payout_changes.asked_again(conn, payout.id, now=app.clock.now())
        return await payouts.read(app, conn, payout.id), False


async def _stop(app: App, payout: Payout) -> Payout:
    """No transfer was made: none is, once nobody can be making one any more. Raises OutOfOrder
    until then."""
    async with app.db.transaction() as conn:
        payout = await payouts.lock(app, conn, payout)
        if payout.status is not PayoutStatus.SENDING:
            return payout
        assert payout.sending_at is not None
        if app.clock.now() < payout.sending_at + payouts.IN_FLIGHT:
            raise OutOfOrder("the transfer may still be on its way to Stripe")
        found = await payouts.facts_of(app, conn, payout)
        decision = decide(found, app.clock.now())
        await payouts.put_off(
            app, conn, payout, payouts.DUE if decision == PAY else decision, found
        )
        return await payouts.read(app, conn, payout.id)


async def _refused(app: App, payout: Payout, reason: PayoutReason, why: str) -> Payout:
    """Stripe moved nothing: it waits with the reason, and is tried again by the next run."""
    async with app.db.transaction() as conn:
        asked_at, payout = payout.sending_at, await payouts.lock(app, conn, payout)
        if payout.stripe_transfer_id is not None or payout.sending_at != asked_at:
            return payout  # somebody else asks for it since
        found = await payouts.facts_of(app, conn, payout)
        waits = Decision(PayoutStatus.WAITING, reason)
        await payouts.put_off(app, conn, payout, waits, found)
        if reason is PayoutReason.REQUIREMENTS_DUE and found.account is not None:
            await jobs.enqueue(conn, Job.READ_PAYOUT_ACCOUNT, found.account.id)
            await _tell_blocked(app, conn, payout)
        elif payout.reason is not reason:  # told once, though every run tries again
            await payouts.tell_operator(
                app, conn, payout, f"Payout {payout.id} was not made: {why}."
            )
        return await payouts.read(app, conn, payout.id)


async def give_up(app: App, payout_id: UUID, why: str) -> None:
    """The job's retries are used up: the operator is told, and the next run tries again."""
    async with app.db.transaction() as conn:
        known = await store.get(conn, payout_id, rest=payouts.rest(app))
        if known is None:
            return
        payout = await payouts.lock(app, conn, known)
        if payout.reason is PayoutReason.REFUSED:
            return  # told once, though every run tries again
        now = app.clock.now()
        await payout_changes.set_reason(conn, payout.id, PayoutReason.REFUSED, now=now)
        await payouts.tell_operator(app, conn, payout, f"Payout {payout_id} came to no end: {why}.")
