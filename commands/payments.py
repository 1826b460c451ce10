"""`payments`: give money back, or settle what waits for you."""

import re
from typing import Annotated
from uuid import UUID

import typer

from commands.running import done
from services import operations
from services.app import App
from services.domain.errors import InvalidInput, NotFound
from services.domain.money import EXPONENTS, Money
from services.domain.payments import Payment
from services.store import payments as payment_store

payments = typer.Typer(no_args_is_help=True, help="Give money back, or settle what waits for you.")

_AMOUNT = re.compile(r"(?P<whole>\d{1,15})(?:\.(?P<part>\d+))?", re.ASCII)


@payments.command()
def refund(
    payment_id: Annotated[UUID, typer.Argument(help="The payment's id.")],
    reason: Annotated[str, typer.Option(help="Why; the client reads it.")],
    amount: Annotated[
        str | None, typer.Option(help="How much, such as 12.50; all that is left if left out.")
    ] = None,
) -> None:
    """Give a payment back, or a part of it. Each call gives so much back again."""

    async def act(app: App) -> tuple[Payment, Money]:
        minor = None
        if amount is not None:
            minor = minor_units(amount, await _currency(app, payment_id))
        return await operations.refund(app, payment_id, minor, reason=reason)

    payment, back = done(act)
    typer.echo(f"{back} of payment {payment.id} ({payment.amount}) is on its way back.")


@payments.command()
def keep(
    payment_id: Annotated[UUID, typer.Argument(help="The payment's id.")],
    reason: Annotated[str, typer.Option(help="Why; the client reads it.")],
) -> None:
    """Settle a payment that waits for you: what was not given back is kept."""
    payment = done(lambda app: operations.keep(app, payment_id, reason=reason))
    typer.echo(f"Payment {payment.id} ({payment.amount}) is settled: {payment.outcome_reason}")


async def _currency(app: App, payment_id: UUID) -> str:
    async with app.db.connection() as conn:
        payment = await payment_store.get(conn, payment_id)
    if payment is None:
        raise NotFound("payment")
    return payment.amount.currency


def minor_units(text: str, currency: str) -> int:
    """An amount as people write it, exactly: 12.50 USD is 1250. Raises InvalidInput."""
    written = _AMOUNT.fullmatch(text.strip())
    if written is None:
        raise InvalidInput("amount", f"{text!r} is no amount: write it as 12.50.")
    digits, part = EXPONENTS[currency], (written["part"] or "").rstrip("0")
    if len(part) > digits:
        most = f"at most {digits} digits" if digits else "no digits"
        raise InvalidInput(
            "amount", f"{text} is too fine for {currency}: it has {most} after the point."
        )
    return int(written["whole"] + part.ljust(digits, "0"))
