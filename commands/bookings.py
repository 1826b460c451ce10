"""`bookings`: look at a booking, call it off, tell who did not come."""

import asyncio
import sys
from typing import Annotated
from uuid import UUID

import typer

import server
from commands.running import database, done, settings
from resolvers.calling_off import refund_of
from services import cancellation, no_shows, story, story_text
from services.app import App
from services.domain.models import Booking
from services.domain.money import Money
from services.domain.policy import CALLED_OFF, NO_SHOW, Absent

bookings = typer.Typer(no_args_is_help=True, help="Look at bookings and call them off.")

BookingId = Annotated[UUID, typer.Argument(help="The booking's id.")]


@bookings.command()
def show(booking_id: BookingId) -> None:
    """Tell what happened to a booking, step by step, and what went wrong meanwhile."""
    told = asyncio.run(_tell(database(settings()), booking_id))
    if told is None:
        sys.exit(f"There is no booking {booking_id}.")
    typer.echo(told)


async def _tell(dsn: str, booking_id: UUID) -> str | None:
    conn = await server.connect(dsn)
    try:
        account = await story.tell(conn, booking_id)
    finally:
        await conn.close()
    return story_text.written(account) if account else None


@bookings.command()
def cancel(booking_id: BookingId) -> None:
    """Call a paid session off, begun or not, with all the money back."""

    async def act(app: App) -> tuple[Booking, Money | None]:
        booking = await cancellation.cancel_as_operator(app, booking_id)
        return booking, await refund_of(app, booking)

    _tell_end(*done(act))


@bookings.command("no-show")
def no_show(
    booking_id: BookingId,
    who: Annotated[Absent, typer.Argument(case_sensitive=False, help="Who did not come.")],
) -> None:
    """Tell who did not come: the client (the terms say what comes back) or the host (all does)."""
    cause = NO_SHOW if who is Absent.CLIENT else CALLED_OFF

    async def act(app: App) -> tuple[Booking, Money | None]:
        booking = await no_shows.mark_as_operator(app, booking_id, who)
        return booking, await refund_of(app, booking, cause=cause)

    booking, back = done(act)
    typer.echo(f"Marked: the {who.value.lower()} did not come.")
    _tell_end(booking, back)


def _tell_end(booking: Booking, back: Money | None) -> None:
    why = f" ({booking.status_reason})" if booking.status_reason else ""
    money = f" {back} goes back." if back else ""
    typer.echo(f"Booking {booking.id} is {booking.status}{why}.{money}")
