"""`payouts`: pay hosts now, see who was not paid and why, hold a payout and let it go."""

from typing import Annotated
from uuid import UUID

import typer

from commands.running import done
from schema.payout_states import SENTENCES
from services import operations
from services import payouts as runs
from services.domain.money import Money
from services.domain.payouts import Payout, PayoutReason

payouts = typer.Typer(no_args_is_help=True, help="Pay hosts, and see who was not paid and why.")

PayoutId = Annotated[UUID, typer.Argument(help="The payout's id.")]

MOST_LISTED = 100


@payouts.command()
def run() -> None:
    """Queue every due payout now; the worker makes the transfers. Safe at any time."""
    found = done(runs.run)
    typer.echo(f"{_counted(found.queued)} queued.")
    for reason, count in found.waiting.items():
        typer.echo(f"{_counted(count)} waiting, {reason}: {SENTENCES[reason]}")


@payouts.command("list")
def list_unpaid(
    reason: Annotated[
        PayoutReason | None,
        typer.Option(case_sensitive=False, help="Only those that wait for this."),
    ] = None,
) -> None:
    """List payouts that wait, and those of which too much could not be taken back, oldest first."""
    found = done(lambda app: operations.unpaid(app, reason, limit=MOST_LISTED))
    if not found:
        typer.echo("No payout waits." if reason is None else f"No payout waits for {reason}.")
    for payout in found:
        typer.echo(_line(payout))
    if len(found) == MOST_LISTED:
        typer.echo(f"These are the oldest {MOST_LISTED}; there may be more.")


@payouts.command()
def hold(
    payout_id: PayoutId, reason: Annotated[str, typer.Option(help="Why; the host reads it.")]
) -> None:
    """Keep a payout from being made until it is released; one that was paid stays so."""
    typer.echo(_line(done(lambda app: operations.hold(app, payout_id, reason=reason))))


@payouts.command()
def release(payout_id: PayoutId) -> None:
    """Let a payout go that was held, or look anew at one that had come to its end."""
    typer.echo(_line(done(lambda app: operations.release(app, payout_id))))


def _line(payout: Payout) -> str:
    net = Money(payout.net_minor, payout.amount.currency)
    why = f", {payout.reason}: {SENTENCES[payout.reason]}" if payout.reason else ""
    held = f" Held: {payout.held_reason}" if payout.held_reason else ""
    of = f"booking {payout.booking_id}, host {payout.host_id}"
    return f"{payout.id}  {net} of {payout.amount}  {payout.status}{why}{held}  ({of})"


def _counted(count: int) -> str:
    return f"{count} payout{'' if count == 1 else 's'}"
