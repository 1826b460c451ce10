"""What Stripe tells of a transfer to a host, ours or one that somebody made by hand."""

import logging
from dataclasses import dataclass

from services import escalation, notifications, payouts
from services.app import App
from services.db import Conn
from services.domain.models import NotificationKind
from services.domain.money import Money
from services.domain.payout_rules import Facts
from services.domain.payouts import (
    Lines,
    Payout,
    in_settlement,
    lines_of_transfer,
)
from services.providers.connect_ports import TransferState
from services.providers.ports import Unknown
from services.store import payments as payment_store
from services.store import payout_accounts, payout_changes
from services.store import payouts as store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """A transfer, and for one that nobody here began what its charge came to when it settled."""

    state: TransferState
    settled: Money | None


async def look(app: App, transfer_id: str) -> Reading:
    """Read a transfer back from Stripe. Raises Unknown, ProviderError."""
    state = await app.connect.transfers.read(transfer_id)
    async with app.db.connection() as conn:
        payout_id = await store.of_transfer(conn, state.id, state.charge_id)
        payout = await payouts.read(app, conn, payout_id) if payout_id else None
    return Reading(state, await _settled(app, payout, state) if payout else None)


async def _settled(app: App, payout: Payout, state: TransferState) -> Money | None:
    if payout.settled is not None or state.charge_id is None:
        return None
    try:
        return await app.connect.transfers.settled(state.charge_id)
    except Unknown:
        return None


async def apply(app: App, conn: Conn, reading: Reading) -> bool:
    """Write what Stripe tells of a transfer; False when it is of no payout."""
    state = reading.state
    payout_id = await store.of_transfer(conn, state.id, state.charge_id)
    if payout_id is None:
        return await _of_no_payout(app, conn, state)
    payout = await payouts.lock(app, conn, await payouts.read(app, conn, payout_id))
    await _write(app, conn, payout, reading)
    return True


def _lines(payout: Payout, found: Facts, made: TransferState, settled: Money | None) -> Lines:
    return lines_of_transfer(
        payout.amount,
        returned_minor=found.lines.returned_minor,
        moved=made.amount,
        settled=settled,
    )


def _due(shown: Lines, moved: Money, settled: Money | None, *, by_hand: bool) -> int:
    """How much of a transfer that was not being sent is the host's: of one by hand what somebody
    meant to send, but no more than is left of the payment; of one of ours that was stopped too
    late, what the rules say."""
    if by_hand and shown.fee_minor > 0:
        return moved.amount_minor
    share = shown.net_minor
    if settled is not None:
        share = in_settlement(share, amount=shown.amount, settled=settled).amount_minor
    return min(moved.amount_minor, share)


async def _of_no_payout(app: App, conn: Conn, state: TransferState) -> bool:
    """Somebody paid a host by hand for a session that nobody is to be paid for, or not yet: a
    person has to look. False when it is of no payment of ours."""
    payment = await payment_store.by_charge(conn, state.charge_id) if state.charge_id else None
    if payment is None or payment.booking_id is None:
        return False
    await escalation.tell_operator(
        app,
        conn,
        payment.booking_id,
        source="payouts",
        message=f"{state.id} was made by hand for payment {payment.id}, which has no payout.",
        payment_id=payment.id,
    )
    return True


async def adopt(app: App, payout: Payout, made: TransferState) -> Payout:
    """Write the transfer of a payout down, once, and what of it has to come back already."""
    settled = await _settled(app, payout, made)
    async with app.db.transaction() as conn:
        await _write(app, conn, await payouts.lock(app, conn, payout), Reading(made, settled))
        return await payouts.read(app, conn, payout.id)


async def _write(app: App, conn: Conn, payout: Payout, reading: Reading) -> None:
    made = reading.state
    if payout.stripe_transfer_id is None:
        await _paid(app, conn, payout, reading)
    elif payout.stripe_transfer_id != made.id:
        await payouts.tell_operator(
            app, conn, payout, f"{made.id} is a second transfer for payout {payout.id}."
        )
        return
    await payout_changes.taken_back(conn, payout.id, made.reversed_minor)
    await payouts.review(app, conn, payout.payment_id)


async def _paid(app: App, conn: Conn, payout: Payout, reading: Reading) -> None:
    made, found = reading.state, await payouts.facts_of(app, conn, payout)
    settled = payout.settled or reading.settled
    # As it was sent: the review that follows says what went back since, and so what is too much.
    shown = Lines(payout.amount, payout.returned_minor, payout.fee_minor, payout.net_minor)
    due_minor = payout.transfer_due_minor
    by_hand = made.key != str(payout.id)
    if due_minor is None:
        shown = _lines(payout, found, made, settled) if by_hand else found.lines
        due_minor = _due(shown, made.amount, settled, by_hand=by_hand)
    await payout_changes.paid(
        conn,
        payout.id,
        shown,
        transfer_id=made.id,
        account_id=made.account_id,
        moved=made.amount,
        settled=settled,
        due_minor=due_minor,
        fee=None if by_hand else found.fee,
        now=app.clock.now(),
    )
    log.info(
        "host paid out",
        extra={"payout_id": payout.id, "transfer_id": made.id, "by_hand": made.key is None},
    )
    account = await payout_accounts.of_host(conn, payout.host_id)
    if account is None or account.stripe_account_id != made.account_id:
        await payouts.tell_operator(
            app, conn, payout, f"{made.id} went to {made.account_id}, which is not the host's."
        )
    elif made.reversed_minor < made.amount.amount_minor:
        await notifications.announce(app, conn, payout.booking_id, NotificationKind.HOST_PAID_OUT)
