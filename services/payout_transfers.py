"""Transfers: a due payout is sent once, and what turns out to be too much is taken back."""

import logging
from datetime import timedelta
from uuid import UUID

from services import bookings, jobs, notifications, payments, payouts
from services.app import App
from services.bookings import OutOfOrder
from services.db import Conn
from services.domain.jobs import Job
from services.domain.models import NotificationKind, Payment
from services.domain.money import Money
from services.domain.payouts import (
    BLOCKED,
    PAY,
    Decision,
    Payout,
    PayoutReason,
    PayoutStatus,
    decide,
    in_settlement,
)
from services.log import correlation_id
from services.providers.connect_ports import NewTransfer, TransferRefused, TransferState
from services.store import error_logs, payout_lists, transfer_reversals
from services.store import payments as payment_store
from services.store import payouts as store
from services.store.transfer_reversals import Reversal

log = logging.getLogger(__name__)

IN_FLIGHT = timedelta(minutes=3)
"""How long a request to Stripe may be under way that nobody has heard of: longer than every
time-out and retry of one call together."""

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
    if payout.status in payouts.OPEN:
        payout = await _begin(app, payout, payment)
    if payout.status is PayoutStatus.SENDING:
        payout = await _send(app, payout, payment)
    if payout.overpaid_minor:
        await _take_back(app, payout)


async def _begin(app: App, payout: Payout, payment: Payment) -> Payout:
    """SENDING with everything fixed that Stripe is asked for, or still not, with the reason."""
    async with app.db.transaction() as conn:
        payout = await _lock(app, conn, payout, payment)
        if not await _is_due(app, conn, payout):
            return await _again(app, conn, payout)
    if payment.charge_id is None:
        await _refused(app, payout, payment, PayoutReason.REFUSED, "its charge is not known")
        return await _read(app, payout)
    settled = await app.connect.transfers.settled(payment.charge_id)
    async with app.db.transaction() as conn:
        payout = await _lock(app, conn, payout, payment)
        if await _is_due(app, conn, payout):
            found = await payouts.facts_of(app, conn, payout)
            assert found.account is not None
            transfer = in_settlement(found.lines.net_minor, amount=payout.amount, settled=settled)
            if transfer.amount_minor <= 0:
                below = Decision(PayoutStatus.WAITING, PayoutReason.BELOW_MINIMUM)
                await payouts.put_off(app, conn, payout, below, found)
            else:
                await store.begin(
                    conn,
                    payout.id,
                    found.lines,
                    account=found.account,
                    settled=settled,
                    transfer=transfer,
                    now=app.clock.now(),
                )
        return await _again(app, conn, payout)


async def _lock(app: App, conn: Conn, payout: Payout, payment: Payment) -> Payout:
    """The payout as it is now, locked after its booking and its payment like everywhere."""
    await bookings.lock(conn, payout.booking_id)
    await payment_store.lock_by_intent(conn, payment.payment_intent_id)
    locked = await store.lock(conn, payout.id, rest=payouts.rest(app))
    assert locked is not None
    return locked


async def _again(app: App, conn: Conn, payout: Payout) -> Payout:
    after = await store.get(conn, payout.id, rest=payouts.rest(app))
    assert after is not None
    return after


async def _read(app: App, payout: Payout) -> Payout:
    async with app.db.connection() as conn:
        return await _again(app, conn, payout)


async def _is_due(app: App, conn: Conn, payout: Payout) -> bool:
    """Whether nobody began with it and nothing speaks against it; what does is written down."""
    if payout.status not in payouts.OPEN:
        return False
    found = await payouts.facts_of(app, conn, payout)
    decision = decide(found, app.clock.now())
    if decision == PAY:
        return True
    await payouts.put_off(app, conn, payout, decision, found)
    if decision.reason in BLOCKED:
        await _tell_blocked(app, conn, payout)
    return False


async def _tell_blocked(app: App, conn: Conn, payout: Payout) -> None:
    since = app.clock.now() - BLOCKED_AGAIN
    if not await payout_lists.told_blocked(conn, payout.host_id, since=since):
        await notifications.announce_anew(
            app, conn, payout.booking_id, NotificationKind.HOST_PAYOUT_BLOCKED
        )


async def _send(app: App, payout: Payout, payment: Payment) -> Payout:
    """Make the transfer that was begun, or find it made; what must not go any more is stopped."""
    assert payment.charge_id is not None
    if await _overtaken(app, payout, payment):
        made = await app.connect.transfers.of_charge(
            payment.charge_id, group=payments.transfer_group(payout.booking_id)
        )
        if not made:
            return await _stop(app, payout, payment)
        return await _made(app, payout, payment, made[0])
    assert payout.transfer is not None
    assert payout.stripe_account_id is not None
    new = NewTransfer(
        key=payout.id,
        account_id=payout.stripe_account_id,
        charge_id=payment.charge_id,
        group=payments.transfer_group(payout.booking_id),
        amount=payout.transfer,
        description=f"Session {payout.booking_id}",
    )
    try:
        made_now = await app.connect.transfers.create(new)
    except TransferRefused as refusal:
        await _refused(app, payout, payment, REFUSALS[refusal.why], str(refusal))
        return await _read(app, payout)
    return await _made(app, payout, payment, made_now)


async def _overtaken(app: App, payout: Payout, payment: Payment) -> bool:
    """Whether something came up against it since it was begun."""
    async with app.db.transaction() as conn:
        payout = await _lock(app, conn, payout, payment)
        if payout.status is not PayoutStatus.SENDING:
            return False
        found = await payouts.facts_of(app, conn, payout)
        return decide(found, app.clock.now()) != PAY


async def _stop(app: App, payout: Payout, payment: Payment) -> Payout:
    """No transfer was made: none is, once nobody can be making one any more. Raises OutOfOrder
    until then."""
    async with app.db.transaction() as conn:
        payout = await _lock(app, conn, payout, payment)
        if payout.status is not PayoutStatus.SENDING:
            return payout
        assert payout.sending_at is not None
        if app.clock.now() < payout.sending_at + IN_FLIGHT:
            raise OutOfOrder("the transfer may still be on its way to Stripe")
        found = await payouts.facts_of(app, conn, payout)
        decision = decide(found, app.clock.now())
        await payouts.put_off(
            app, conn, payout, payouts.DUE if decision == PAY else decision, found
        )
        return await _again(app, conn, payout)


async def _made(app: App, payout: Payout, payment: Payment, made: TransferState) -> Payout:
    """Write the transfer down, once, and what of it has to come back already."""
    async with app.db.transaction() as conn:
        payout = await _lock(app, conn, payout, payment)
        await adopt(app, conn, payout, made)
        return await _again(app, conn, payout)


async def adopt(app: App, conn: Conn, payout: Payout, made: TransferState) -> None:
    """Write what Stripe tells of the transfer of a payout, which is locked with its payment."""
    if payout.stripe_transfer_id is None:
        await store.paid(
            conn,
            payout.id,
            transfer_id=made.id,
            account_id=made.account_id,
            moved=made.amount,
            now=app.clock.now(),
        )
        await notifications.announce(app, conn, payout.booking_id, NotificationKind.HOST_PAID_OUT)
        log.info(
            "host paid out",
            extra={"payout_id": payout.id, "transfer_id": made.id, "by_hand": made.key is None},
        )
    elif payout.stripe_transfer_id != made.id:
        log.warning("second transfer", extra={"payout_id": payout.id, "transfer_id": made.id})
        return
    await store.taken_back(conn, payout.id, made.reversed_minor)
    await payouts.review(app, conn, payout.payment_id)


async def _refused(
    app: App, payout: Payout, payment: Payment, reason: PayoutReason, why: str
) -> None:
    """Stripe moved nothing: it waits with the reason, and is tried again by the next run."""
    async with app.db.transaction() as conn:
        payout = await _lock(app, conn, payout, payment)
        if payout.stripe_transfer_id is not None:
            return
        found = await payouts.facts_of(app, conn, payout)
        waits = Decision(PayoutStatus.WAITING, reason)
        await payouts.put_off(app, conn, payout, waits, found)
        if reason is PayoutReason.REQUIREMENTS_DUE and found.account is not None:
            await jobs.enqueue(conn, Job.READ_PAYOUT_ACCOUNT, found.account.id)
            await _tell_blocked(app, conn, payout)
        elif payout.reason is not reason:  # told once, though every run tries again
            await _tell_operator(app, conn, payout, f"Payout {payout.id} was not made: {why}.")


async def _tell_operator(app: App, conn: Conn, payout: Payout, message: str) -> None:
    await error_logs.add(
        conn,
        source="payouts",
        message=message,
        final=True,
        vendor="stripe",
        booking_id=payout.booking_id,
        payment_id=payout.payment_id,
        correlation_id=correlation_id.get(),
        now=app.clock.now(),
    )
    await notifications.announce_anew(app, conn, payout.booking_id, NotificationKind.OPERATOR_ASKED)


async def _take_back(app: App, payout: Payout) -> None:
    """Reverse what the host has too much; once for each amount, and again when more goes back."""
    assert payout.stripe_transfer_id is not None
    assert payout.transfer is not None
    async with app.db.transaction() as conn:
        locked = await store.lock(conn, payout.id, rest=payouts.rest(app))
        assert locked is not None
        if not locked.overpaid_minor:
            return
        now = app.clock.now()
        asked = await transfer_reversals.request(conn, payout.id, locked.overpaid_minor, now=now)
    try:
        reversal = await app.connect.transfers.reverse(
            key=asked.id,
            transfer_id=payout.stripe_transfer_id,
            amount=Money(asked.amount_minor, payout.transfer.currency),
        )
    except TransferRefused as refusal:
        await _not_taken_back(app, payout, asked, refusal)
        return
    state = await app.connect.transfers.read(payout.stripe_transfer_id)
    async with app.db.transaction() as conn:
        locked = await store.lock(conn, payout.id, rest=payouts.rest(app))
        assert locked is not None
        await store.taken_back(conn, payout.id, state.reversed_minor)
        if await transfer_reversals.made(conn, asked.id, reversal.id, now=app.clock.now()):
            await _tell_taken_back(app, conn, payout)
        if (await _again(app, conn, payout)).overpaid_minor:
            await jobs.enqueue(conn, Job.PAY_OUT, payout.id, cause=f"after {asked.id}")


async def _tell_taken_back(app: App, conn: Conn, payout: Payout) -> None:
    made = await transfer_reversals.count_made(conn, payout.id)
    await notifications.announce(
        app, conn, payout.booking_id, NotificationKind.HOST_PAYOUT_REVERSED, round_=made - 1
    )
    log.info("payout taken back", extra={"payout_id": payout.id})


async def _not_taken_back(
    app: App, payout: Payout, asked: Reversal, refusal: TransferRefused
) -> None:
    """The host's balance is too small, or a person has to look; every run tries again, and
    perhaps somebody took it back at Stripe meanwhile."""
    assert payout.stripe_transfer_id is not None
    state = await app.connect.transfers.read(payout.stripe_transfer_id)
    short = refusal.why == "SHORT"
    reason = PayoutReason.HOST_BALANCE_SHORT if short else PayoutReason.REFUSED
    async with app.db.transaction() as conn:
        locked = await store.lock(conn, payout.id, rest=payouts.rest(app))
        assert locked is not None
        await transfer_reversals.refused(conn, asked.id, str(refusal), now=app.clock.now())
        await store.taken_back(conn, payout.id, state.reversed_minor)
        if not (await _again(app, conn, payout)).overpaid_minor:
            return
        await store.set_reason(conn, payout.id, reason, now=app.clock.now())
        if locked.reason is not reason:
            owed = Money(asked.amount_minor, state.amount.currency)
            await _tell_operator(
                app,
                conn,
                payout,
                f"{owed} of payout {payout.id} could not be taken back: {refusal}.",
            )


async def give_up(app: App, payout_id: UUID, why: str) -> None:
    """The job's retries are used up: the operator is told, and the next run tries again."""
    async with app.db.transaction() as conn:
        payout = await store.get(conn, payout_id, rest=payouts.rest(app))
        if payout is not None:
            await _tell_operator(app, conn, payout, f"Payout {payout_id} came to no end: {why}.")


async def look(app: App, transfer_id: str) -> TransferState:
    """Read a transfer back from Stripe. Raises Unknown, ProviderError."""
    return await app.connect.transfers.read(transfer_id)


async def apply(app: App, conn: Conn, state: TransferState) -> bool:
    """Write what Stripe tells of a transfer, ours or one made by hand; False for any other."""
    payout_id = await store.of_transfer(conn, state.id, state.charge_id)
    if payout_id is None:
        return False
    payout = await store.get(conn, payout_id, rest=payouts.rest(app))
    assert payout is not None
    payment = await payment_store.get(conn, payout.payment_id)
    assert payment is not None
    await adopt(app, conn, await _lock(app, conn, payout, payment), state)
    return True
