"""The operator's commands."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

import server
from commands import running
from commands.bookings import bookings
from commands.payments import payments
from commands.payouts import payouts
from resolvers.root import schema as graphql_schema
from services import migrations
from services import telegram as bot
from services.domain.errors import TelegramUnavailable
from services.providers.errors import ProviderError
from services.settings import Settings

SDL = Path(__file__).resolve().parent / "schema" / "schema.graphql"

commands = typer.Typer(
    no_args_is_help=True, add_completion=False, help="SessionPay: serve it and look after it."
)
commands.add_typer(bookings, name="bookings")
commands.add_typer(payments, name="payments")
commands.add_typer(payouts, name="payouts")


@commands.command()
def serve() -> None:
    """Serve HTTP, and work through jobs beside it unless RUN_WORKER=false."""
    server.start()


@commands.command()
def worker() -> None:
    """Work through jobs only."""
    server.start(web=False)


@commands.command()
def migrate(
    include_all: Annotated[
        bool, typer.Option(help="Also apply files older than the newest one applied.")
    ] = False,
) -> None:
    """Apply the migrations that DATABASE_URL lacks; `supabase db push` sees them as applied."""
    dsn = running.settings().database_url
    if dsn is None:
        sys.exit("DATABASE_URL is missing: the embedded database migrates itself at start.")
    try:
        asyncio.run(_migrate(dsn.get_secret_value(), include_all=include_all))
    except migrations.MigrationError as error:
        sys.exit(f"Not migrated: {error}")


async def _migrate(dsn: str, *, include_all: bool) -> None:
    conn = await server.connect(dsn)
    try:
        done = await migrations.apply(
            conn, server.MIGRATIONS, include_all=include_all, on_progress=print
        )
    finally:
        await conn.close()
    print(f"{len(done)} migrations applied." if done else "Nothing to apply: up to date.")


@commands.command()
def token(
    user: Annotated[
        int, typer.Option(help="Whose: 1 and 2 are clients, 3 to 6 hosts.", min=1, max=6)
    ] = 1,
) -> None:
    """Print an access token of a demo user of the sandbox, good for an hour."""
    settings = running.settings()
    if not settings.in_sandbox:
        sys.exit("There are no demo users beside STRIPE_SECRET_KEY: sign in through Supabase.")
    from sandbox.accounts import DEMO_USERS, SandboxAccounts

    folder = Path(settings.data_dir) / "sandbox"
    folder.mkdir(parents=True, exist_ok=True)
    accounts = SandboxAccounts(public_url=settings.public_url, key_file=folder / "accounts.pem")
    chosen = DEMO_USERS[user - 1]
    print(accounts.token(chosen.id, chosen.email, name=chosen.name))


@commands.command()
def sdl(
    check: Annotated[bool, typer.Option(help="Only tell whether the file is up to date.")] = False,
) -> None:
    """Write schema/schema.graphql from the code."""
    printed = graphql_schema.as_str() + "\n"
    if check:
        if not SDL.exists() or SDL.read_text() != printed:
            sys.exit("schema/schema.graphql is not what the code says: run `make schema`.")
        return
    SDL.write_text(printed)
    print(f"{SDL.name} written.")


telegram = typer.Typer(no_args_is_help=True, help="Look after the Telegram bot.")
commands.add_typer(telegram, name="telegram")


@telegram.command()
def setup() -> None:
    """Tell Telegram where this bot's updates go, and which commands it has."""
    settings = running.settings()
    if settings.telegram_bot_token is None:
        sys.exit("TELEGRAM_BOT_TOKEN is missing: the sandbox's bot needs no setting up.")
    if settings.in_sandbox:
        sys.exit("Not set up: STRIPE_SECRET_KEY is missing, so updates would find the sandbox.")
    name = asyncio.run(_set_up_bot(settings, running.database(settings)))
    print(f"@{name} sends its updates here now.")


async def _set_up_bot(settings: Settings, dsn: str) -> str:
    async with server.service(settings, dsn) as parts:
        try:
            return await bot.set_up(parts.app)
        except (ProviderError, TelegramUnavailable) as error:
            sys.exit(f"Not set up: {error}")


if __name__ == "__main__":
    commands()
