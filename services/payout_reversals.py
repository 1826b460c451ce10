"""Reversals: what a host has too much of a payout is taken back, once for each amount."""

import logging

from services import jobs, notifications, payouts
from services.app import App
from services.bookings import OutOfOrder
from services.db import Conn
from services.domain.jobs import Job
from services.domain.models import NotificationKind
from services.domain.money import Money
from services.domain.payouts import Payout, PayoutReason
from services.providers.connect_ports import ReversalState, TransferRefused
from services.store import payout_changes, transfer_reversals
from services.store.transfer_reversals import Reversal

log = logging.getLogger(__name__)

NOT_NEEDED = "No longer needed."


async def take_back(app: App, payout: Payout) -> None:
    """Reverse what is too much; and see to the end what an earlier try began."""
    asked = await _asked(app, payout)
    if asked is None:
        return
    assert payout.stripe_transfer_id is not None
    assert payout.transfer is not None
    try:
        made = await app.connect.transfers.reverse(
            key=asked.id,
            transfer_id=payout.stripe_transfer_id,
            amount=Money(asked.amount_minor, payout.transfer.currency),
        )
    except TransferRefused as refusal:
        await _refused(app, payout, asked, refusal)
        return
    await _made(app, payout, asked, made)


async def _asked(app: App, payout: Payout) -> Reversal | None:
    """What Stripe is to be asked for now; None when nothing is to be taken back."""
    async with app.db.connection() as conn:
        begun = await transfer_reversals.asked(conn, payout.id)
    if begun is not None and not await _is_wanted(app, payout, begun):
        await _end(app, payout, begun)
    async with app.db.transaction() as conn:
        locked = await payouts.lock(app, conn, payout)
        if not locked.overpaid_minor:
            return None
        return await transfer_reversals.request(
            conn, payout.id, locked.overpaid_minor, now=app.clock.now()
        )


async def _is_wanted(app: App, payout: Payout, begun: Reversal) -> bool:
    async with app.db.connection() as conn:
        return (await payouts.read(app, conn, payout.id)).overpaid_minor == begun.amount_minor


async def _end(app: App, payout: Payout, begun: Reversal) -> None:
    """Another amount is wanted than was asked for: was it made? Raises OutOfOrder while it may be
    on its way."""
    assert payout.stripe_transfer_id is not None
    known = await app.connect.transfers.reversals(payout.stripe_transfer_id)
    made = next((each for each in known if each.key == str(begun.id)), None)
    if made is not None:
        await _made(app, payout, begun, made)
        return
    if app.clock.now() < begun.updated_at + payouts.IN_FLIGHT:
        raise OutOfOrder("a reversal may still be on its way to Stripe")
    async with app.db.transaction() as conn:
        await transfer_reversals.give_up(conn, begun.id, NOT_NEEDED, now=app.clock.now())


async def _made(app: App, payout: Payout, asked: Reversal, made: ReversalState) -> None:
    assert payout.stripe_transfer_id is not None
    state = await app.connect.transfers.read(payout.stripe_transfer_id)
    async with app.db.transaction() as conn:
        await payouts.lock(app, conn, payout)
        await payout_changes.taken_back(conn, payout.id, state.reversed_minor)
        if await transfer_reversals.made(conn, asked.id, made.id, now=app.clock.now()):
            await _tell(app, conn, payout)
        if (await payouts.read(app, conn, payout.id)).overpaid_minor:
            await jobs.enqueue(conn, Job.PAY_OUT, payout.id, cause=f"after {asked.id}")


async def _tell(app: App, conn: Conn, payout: Payout) -> None:
    made = await transfer_reversals.count_made(conn, payout.id)
    await notifications.announce(
        app, conn, payout.booking_id, NotificationKind.HOST_PAYOUT_REVERSED, round_=made - 1
    )
    log.info("payout taken back", extra={"payout_id": payout.id})


async def _refused(app: App, payout: Payout, asked: Reversal, refusal: TransferRefused) -> None:
    """The host's balance is too small, or a person has to look; every run tries again, and
    perhaps somebody took it back at Stripe meanwhile."""
    assert payout.stripe_transfer_id is not None
    state = await app.connect.transfers.read(payout.stripe_transfer_id)
    short = refusal.why == "SHORT"
    reason = PayoutReason.HOST_BALANCE_SHORT if short else PayoutReason.REFUSED
    async with app.db.transaction() as conn:
        before = await payouts.lock(app, conn, payout)
        await transfer_reversals.put_off(conn, asked.id, str(refusal), now=app.clock.now())
        await payout_changes.taken_back(conn, payout.id, state.reversed_minor)
        if not (await payouts.read(app, conn, payout.id)).overpaid_minor:
            return
        await payout_changes.set_reason(conn, payout.id, reason, now=app.clock.now())
        if before.reason is not reason:  # told once, though every run tries again
            owed = Money(asked.amount_minor, state.amount.currency)
            await payouts.tell_operator(
                app,
                conn,
                payout,
                f"{owed} of payout {payout.id} could not be taken back: {refusal}.",
            )
