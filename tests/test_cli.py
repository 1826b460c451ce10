"""The operator's commands: what they do, and what they say when they can't."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import jwt
import pytest
from typer.testing import CliRunner, Result

import cli
import server
from sandbox import postgres
from sandbox.accounts import DEMO_USERS, SandboxAccounts
from sandbox.hooks import Hooks
from sandbox.standin import Stage
from sandbox.telegram import BOT_TOKEN, TelegramSandbox
from services import story
from services.domain.jobs import Job
from services.settings import Settings
from services.story import Failure
from tests.databases import TestServer
from tests.providers.standin_rig import served
from tests.world import World

PUBLIC_URL = "http://127.0.0.1:8000"
LIVE = {
    "STRIPE_SECRET_KEY": "sk_test_never_used",
    "STRIPE_WEBHOOK_SECRET": "whsec_never_used",
    "SUPABASE_URL": "https://ref.supabase.co",
    "SMTP_URL": "smtp://127.0.0.1:1",
    "EMAIL_FROM": "Shop <no-reply@shop.test>",
    "OPERATOR_EMAIL": "mends@shop.test",
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No environment and no .env file, as on a fresh machine."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def run(*command: str, **environment: str) -> Result:
    return CliRunner().invoke(cli.commands, command, env=environment)


def said(result: Result) -> list[str]:
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.output.splitlines()


@pytest.fixture(scope="module")
def bare(test_server: TestServer) -> str:
    """The owner's DSN of a project in which nothing was migrated yet."""
    return postgres.ensure_database(test_server.cluster, "cli_bare")


def in_database(dsn: str, query: str) -> Any:
    async def ask() -> Any:
        conn = await asyncpg.connect(dsn)
        try:
            return await conn.fetchval(query)
        finally:
            await conn.close()

    return asyncio.run(ask())


# --- migrate -------------------------------------------------------------------------------------


def test_migrations_are_applied_in_order_and_a_second_run_finds_nothing_to_do(bare: str) -> None:
    names = sorted(path.name for path in server.MIGRATIONS.glob("*.sql"))
    first = run("migrate", DATABASE_URL=bare, SANDBOX="1")
    assert said(first) == [
        *(f"applied {name}" for name in names),
        f"{len(names)} migrations applied.",
    ]
    assert first.exit_code == 0
    history = "select count(*) from supabase_migrations.schema_migrations"
    assert in_database(bare, history) == len(names)

    again = run("migrate", DATABASE_URL=bare, SANDBOX="1")
    assert (said(again), again.exit_code) == (["Nothing to apply: up to date."], 0)
    assert in_database(bare, history) == len(names)


def test_a_migration_that_fails_is_named_and_nothing_of_it_stays(
    bare: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "30000101000000_wrong.sql").write_text("create table public.x ();\nselect 1 / 0;")
    monkeypatch.setattr(server, "MIGRATIONS", tmp_path)
    done = run("migrate", DATABASE_URL=bare, SANDBOX="1")
    assert done.exit_code == 1
    assert said(done) == [
        "Not migrated: 30000101000000_wrong.sql, statement 2 of 2, line 2: 22012 division by zero"
    ]
    assert in_database(bare, "select to_regclass('public.x')") is None


def test_a_late_file_is_applied_only_on_purpose(
    test_server: TestServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn = postgres.ensure_database(test_server.cluster, "cli_late")
    monkeypatch.setattr(server, "MIGRATIONS", tmp_path)
    (tmp_path / "20260102000000_second.sql").write_text("create table public.b ();")
    assert run("migrate", DATABASE_URL=dsn, SANDBOX="1").exit_code == 0
    (tmp_path / "20260101000000_first.sql").write_text("create table public.a ();")

    refused = run("migrate", DATABASE_URL=dsn, SANDBOX="1")
    assert refused.exit_code == 1
    assert said(refused)[0].startswith("Not migrated: 20260101000000_first.sql is older than ")
    taken = run("migrate", "--include-all", DATABASE_URL=dsn, SANDBOX="1")
    assert said(taken) == ["applied 20260101000000_first.sql", "1 migrations applied."]


def test_without_a_database_there_is_nothing_to_migrate_by_hand() -> None:
    done = run("migrate")
    assert done.exit_code == 1
    assert said(done) == [
        "DATABASE_URL is missing: the embedded database migrates itself at start."
    ]


def test_wrong_settings_are_told_and_nothing_is_touched() -> None:
    done = run("migrate", DATABASE_URL="postgresql://u:hunter2@db:6543/x", SANDBOX="1")
    assert done.exit_code == 1
    first, problem = said(done)
    assert first == "Please mend these settings:"
    assert problem.startswith("  - DATABASE_URL uses port 6543, a transaction pooler")
    assert "hunter2" not in done.output


def test_a_database_that_cannot_be_reached_is_told() -> None:
    done = run("migrate", DATABASE_URL="postgresql://u:p@127.0.0.1:1/x", SANDBOX="1")
    assert done.exit_code == 1
    assert said(done) == [
        "SessionPay can't reach its database (Connection refused). Please check DATABASE_URL."
    ]


# --- token ---------------------------------------------------------------------------------------


def claims(token: str, folder: Path) -> dict[str, Any]:
    """What the token says, verified by the key that the sandbox of this folder serves."""
    accounts = SandboxAccounts(public_url=PUBLIC_URL, key_file=folder / "accounts.pem")
    [key] = jwt.PyJWKSet.from_dict(accounts.jwks()).keys
    verified: dict[str, Any] = jwt.decode(
        token, key, algorithms=["ES256"], audience="authenticated", issuer=f"{accounts.url}/auth/v1"
    )
    return verified


@pytest.mark.parametrize(("options", "user"), [((), 1), (("--user", "2"), 2)])
def test_a_token_is_one_of_the_running_sandbox(
    tmp_path: Path, options: tuple[str, ...], user: int
) -> None:
    folder = tmp_path / "data" / "sandbox"
    folder.mkdir(parents=True)
    done = run("token", *options, DATA_DIR=str(tmp_path / "data"))
    assert done.exit_code == 0
    [token] = said(done)
    told, demo = claims(token, folder), DEMO_USERS[user - 1]
    assert (told["sub"], told["email"]) == (str(demo.id), demo.email)
    assert told["user_metadata"]["name"] == demo.name
    assert told["exp"] - told["iat"] == 3600


def test_a_token_may_be_had_before_the_first_run(tmp_path: Path) -> None:
    done = run("token", DATA_DIR=str(tmp_path / "data"))
    [token] = said(done)
    assert claims(token, tmp_path / "data" / "sandbox")["email"] == "demo@example.com"


def test_there_is_no_seventh_demo_user() -> None:
    done = run("token", "--user", "7")
    assert done.exit_code == 2
    assert "--user" in done.output
    assert not any(demo.email in done.output for demo in DEMO_USERS)


def test_beside_real_keys_nobody_gets_a_token_here(tmp_path: Path) -> None:
    done = run("token", **LIVE)
    assert done.exit_code == 1
    assert said(done) == [
        "There are no demo users beside STRIPE_SECRET_KEY: sign in through Supabase."
    ]
    assert list(tmp_path.iterdir()) == []


# --- sdl -----------------------------------------------------------------------------------------


def test_the_committed_sdl_is_up_to_date() -> None:
    before = cli.SDL.read_text()
    done = run("sdl", "--check")
    assert (said(done), done.exit_code) == ([], 0)
    assert cli.SDL.read_text() == before


def test_an_sdl_that_is_missing_or_old_is_told_and_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed = cli.SDL.read_text()
    file = tmp_path / "schema.graphql"
    monkeypatch.setattr(cli, "SDL", file)
    complaint = ["schema/schema.graphql is not what the code says: run `make schema`."]
    for content in (None, "type Query { old: Int }\n"):
        if content is not None:
            file.write_text(content)
        done = run("sdl", "--check")
        assert (said(done), done.exit_code) == (complaint, 1)

    assert said(run("sdl")) == ["schema.graphql written."]
    assert file.read_text() == committed
    assert run("sdl", "--check").exit_code == 0


# --- bookings show -------------------------------------------------------------------------------


async def test_a_bookings_story_is_told_step_by_step_with_what_went_wrong(
    world: World, seeded: str
) -> None:
    opened = await world.client.books()
    await story.failed(
        world.app,
        Job.BOOK_CALENDAR,
        opened.booking_id,
        Failure("calcom: answered 500", "calcom"),
        final=False,
    )
    await world.pays(opened)
    await world.worker.drain()
    done = await asyncio.to_thread(
        run, "bookings", "show", opened.booking_id, DATABASE_URL=seeded, SANDBOX="1"
    )
    lines = said(done)
    assert done.exit_code == 0
    assert lines[0] == f"Booking {opened.booking_id}: ACCEPTED"
    assert lines[1].startswith("  90.00 USD, ")
    assert lines[2].startswith("  calendar CALCOM:")
    told = [line.partition("Z  ")[2] for line in lines]
    for step in (
        "HELD: The booking was begun.",
        "PAYMENT_SUCCEEDED: The payment arrived.",
        "CALENDAR_BOOKED: It is in the host's calendar.",
        "ROOM_OPENED: The meeting room is open.",
        "MESSAGE_SENT [BOOKING_CONFIRMED by EMAIL]: A message was handed over.",
    ):
        assert step in told
    failing = told.index(
        "CALENDAR_FAILING [book_calendar]: The host's calendar could not be reached; "
        "it is tried again."
    )
    assert lines[failing + 1].strip().startswith("book_calendar: calcom: answered 500 (mended")
    assert any(line.startswith("Payment pi_") and "FULFILLED" in line for line in lines)
    assert "Message BOOKING_CONFIRMED by EMAIL: SENT" in lines
    meeting = await world.row("select meeting_url from public.user_sessions")
    for personal in ("demo@example.com", meeting["meeting_url"]):
        assert personal not in done.output


async def test_of_a_booking_that_there_is_not_nothing_is_told(seeded: str) -> None:
    nobodys = str(UUID(int=1))
    done = await asyncio.to_thread(
        run, "bookings", "show", nobodys, DATABASE_URL=seeded, SANDBOX="1"
    )
    assert (said(done), done.exit_code) == ([f"There is no booking {nobodys}."], 1)


def test_what_is_no_id_is_of_no_booking() -> None:
    done = run("bookings", "show", "first")
    assert done.exit_code == 2
    assert "Traceback" not in done.output


# --- telegram setup ------------------------------------------------------------------------------

BOT = {"TELEGRAM_BOT_TOKEN": BOT_TOKEN, "TELEGRAM_WEBHOOK_SECRET": "a-secret-of-our-own"}


def bot_of(stage: Stage) -> TelegramSandbox:
    webhook = f"{stage.public_url}/webhooks/telegram"
    return TelegramSandbox(stage, hooks=Hooks(stage), webhook_url=webhook, secret="another")


async def test_telegram_is_told_our_address_and_the_bots_commands(seeded: str) -> None:
    async with served(bot_of) as telegram:
        done = await asyncio.to_thread(
            run,
            *("telegram", "setup"),
            **LIVE,
            **BOT,
            DATABASE_URL=seeded,
            PUBLIC_URL="https://pay.shop.test/",
            TELEGRAM_API_BASE=telegram.url,
        )
        assert (said(done), done.exit_code) == (
            ["@SessionPayBot sends its updates here now."],
            0,
        )
        told = [call for call in telegram.stage.journal.of("telegram") if call.request]
        assert told[0].request["url"] == "https://pay.shop.test/webhooks/telegram"
        assert {"start", "status", "help"} <= set(telegram.commands())
        assert set(telegram.commands("uk")) == set(telegram.commands())
        assert telegram.commands("uk") != telegram.commands()
    for secret in (BOT_TOKEN, "a-secret-of-our-own"):
        assert secret not in done.output


async def test_a_bot_that_telegram_does_not_know_is_told_without_its_token(seeded: str) -> None:
    wrong = BOT | {"TELEGRAM_BOT_TOKEN": f"1:{'A' * 35}"}
    async with served(bot_of) as telegram:
        done = await asyncio.to_thread(
            run,
            *("telegram", "setup"),
            **LIVE,
            **wrong,
            DATABASE_URL=seeded,
            PUBLIC_URL="https://pay.shop.test",
            TELEGRAM_API_BASE=telegram.url,
        )
        assert telegram.commands() == {}
    assert done.exit_code == 1
    [line] = said(done)
    assert line.startswith("Not set up: telegram: ")
    assert "A" * 35 not in line


def test_without_a_bot_there_is_nothing_to_set_up() -> None:
    done = run("telegram", "setup", **LIVE)
    assert (said(done), done.exit_code) == (
        ["TELEGRAM_BOT_TOKEN is missing: the sandbox's bot needs no setting up."],
        1,
    )


async def test_in_the_sandbox_no_bot_is_set_up(seeded: str) -> None:
    done = await asyncio.to_thread(
        run, "telegram", "setup", **BOT, DATABASE_URL=seeded, SANDBOX="1"
    )
    assert done.exit_code == 1
    [line] = said(done)
    assert line.startswith("Not set up: STRIPE_SECRET_KEY is missing")


# --- serving -------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_nothing_is_served_with_wrong_settings(command: str, tmp_path: Path) -> None:
    done = run(command, STRIPE_SECRET_KEY="sk_live_1", SMTP_URL="smtp://127.0.0.1")
    assert done.exit_code == 1
    assert said(done)[0] == "SessionPay can't start. Please mend these settings:"
    assert list(tmp_path.iterdir()) == []


def test_without_a_command_the_commands_are_listed() -> None:
    done = run()
    for name in (
        *("serve", "worker", "migrate", "token", "sdl"),
        *("bookings", "payments", "payouts", "telegram"),
    ):
        assert name in done.output
