"""The operator's commands."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

import server
from resolvers.root import schema as graphql_schema
from services import migrations
from services.settings import Settings, SettingsError

SDL = Path(__file__).resolve().parent / "schema" / "schema.graphql"

commands = typer.Typer(
    no_args_is_help=True, add_completion=False, help="SessionPay: serve it and look after it."
)


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
    dsn = _settings().database_url
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
    user: Annotated[int, typer.Option(help="Which demo user: 1 or 2.", min=1, max=2)] = 1,
) -> None:
    """Print an access token of a demo user of the sandbox, good for an hour."""
    settings = _settings()
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


def _settings() -> Settings:
    try:
        return Settings.load()
    except SettingsError as error:
        sys.exit(f"Please mend these settings:\n{error}")


if __name__ == "__main__":
    commands()
