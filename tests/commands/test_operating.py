"""The operator's commands on bookings, payments and payouts: what they do, and what they say."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from typer.testing import CliRunner, Result

import cli
from commands.payments import minor_units
from services.domain.errors import InvalidInput
from services.settings import Settings
from tests.resolvers.hosting_rig import agreed, booked, platform_fee, refunds_of
from tests.world import World

WHOLE, HALF = {"display": "90.00 USD"}, {"display": "45.00 USD"}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No environment and no .env file, as on a fresh machine."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


async def run(dsn: str, *command: str, **environment: str) -> Result:
    """A command beside the service that runs on the same database."""
    env = {"DATABASE_URL": dsn, "SANDBOX": "1", **environment}
    return await asyncio.to_thread(lambda: CliRunner().invoke(cli.commands, command, env=env))


def said(result: Result, code: int = 0) -> Sequence[str]:
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == code, result.output
    lines: list[str] = result.output.splitlines()
    return lines


async def payment_id(world: World) -> str:
    return str((await world.row("select id from public.payments"))["id"])


async def payout_id(world: World) -> str:
    return str((await world.row("select id from public.payouts"))["id"])


def asked_of_stripe(world: World, what: str) -> list[str]:
    return [call.path for call in world.sandbox.journal.of("stripe") if what in call.path]


# --- bookings ------------------------------------------------------------------------------------


async def test_a_session_is_called_off_with_all_the_money_and_a_second_time_says_the_same(
    world: World, seeded: str
) -> None:
    opened = await booked(world)
    await agreed(world, opened, refunds={})
    told = [
        f"Booking {opened.booking_id} is CANCELLED (Called off by the seller.). "
        "90.00 USD goes back."
    ]
    assert said(await run(seeded, "bookings", "cancel", opened.booking_id)) == told
    assert asked_of_stripe(world, "refunds") == []  # that is the worker's
    assert "refund" in await world.worker.waiting()
    assert said(await run(seeded, "bookings", "cancel", opened.booking_id)) == told
    await world.worker.drain()
    payment = await refunds_of(world, opened)
    assert (payment["refunded"], len(payment["refunds"])) == (WHOLE, 1)
    assert payment["refunds"][0]["requestedBy"] == "OPERATOR"


async def test_what_nobody_paid_for_is_not_called_off_by_the_seller(
    world: World, seeded: str
) -> None:
    opened = await world.client.books()
    done = await run(seeded, "bookings", "cancel", opened.booking_id)
    assert said(done, 1) == ["Nobody has paid for it yet."]
    unknown = await run(seeded, "bookings", "cancel", str(uuid4()))
    assert said(unknown, 1) == ["We could not find this booking."]
    assert (await world.client.booking(opened.booking_id))["status"] == "AWAITING_PAYMENT"


async def test_the_command_shares_the_clock_that_was_moved(
    world: World, seeded: str, tmp_path: Path
) -> None:
    opened = await booked(world)
    await agreed(world, opened, refunds={}, no_show_percent=50)
    early = await run(seeded, "bookings", "no-show", opened.booking_id, "client")
    assert said(early, 1) == ["This session has not begun yet."]

    folder = tmp_path / "data" / "sandbox"
    folder.mkdir(parents=True)
    start = (await world.row("select starts_at from public.bookings"))["starts_at"]
    ahead = start - world.app.clock.now() + timedelta(minutes=50)
    (folder / "clock.json").write_text(f'{{"offset_seconds": {ahead.total_seconds()}}}')
    command = ("bookings", "no-show", opened.booking_id, "CLIENT")
    assert said(await run(seeded, *command, DATA_DIR=str(tmp_path / "data"))) == [
        "Marked: the client did not come.",
        f"Booking {opened.booking_id} is ACCEPTED. 45.00 USD goes back.",
    ]
    assert [path.name for path in folder.iterdir()] == ["clock.json"]
    [refund] = (await refunds_of(world, opened))["refunds"]
    assert (refund["amount"], refund["requestedBy"]) == (HALF, "OPERATOR")


async def test_somebody_must_have_been_absent(seeded: str) -> None:
    done = await run(seeded, "bookings", "no-show", str(uuid4()), "nobody")
    assert done.exit_code == 2
    assert "Traceback" not in done.output


# --- payments ------------------------------------------------------------------------------------


async def test_a_part_and_then_the_rest_of_a_payment_goes_back(world: World, seeded: str) -> None:
    opened = await booked(world)
    of = await payment_id(world)
    refund = ("payments", "refund", of, "--reason")
    first = await run(seeded, *refund, "A goodwill gesture.", "--amount", "45")
    assert said(first) == [f"45.00 USD of payment {of} (90.00 USD) is on its way back."]
    too_much = await run(seeded, *refund, "More.", "--amount", "45.01")
    assert said(too_much, 1) == ["Between nothing and 45.00 USD can go back."]
    rest = await run(seeded, *refund, "The rest.")
    assert said(rest) == [f"45.00 USD of payment {of} (90.00 USD) is on its way back."]
    await world.worker.drain()
    payment = await refunds_of(world, opened)
    assert [(refund["amount"], refund["reason"]) for refund in payment["refunds"]] == [
        (HALF, "A goodwill gesture."),
        (HALF, "The rest."),
    ]
    assert payment["outcome"] == "REFUNDED"


async def test_what_cannot_go_back_is_refused_in_a_sentence_and_nothing_is_asked(
    world: World, seeded: str
) -> None:
    await booked(world)
    of = await payment_id(world)
    for more, sentence in (
        (("--amount", "12.505"), "12.505 is too fine for USD: it has at most 2 digits after the "),
        (("--amount", "12,50"), "'12,50' is no amount: write it as 12.50."),
        (("--amount", "-1"), "'-1' is no amount: write it as 12.50."),
        (("--amount", "0"), "Between nothing and 90.00 USD can go back."),
    ):
        [line] = said(await run(seeded, "payments", "refund", of, "--reason", "Why.", *more), 1)
        assert line.startswith(sentence)
    silent = await run(seeded, "payments", "refund", of, "--reason", " ")
    assert said(silent, 1) == ["Say why: the client reads it."]
    unasked = await run(seeded, "payments", "refund", of)
    assert unasked.exit_code == 2
    unknown = ("payments", "refund", str(uuid4()), "--reason", "Why.")
    for command in (unknown, (*unknown, "--amount", "1")):
        assert said(await run(seeded, *command), 1) == ["We could not find this payment."]
    assert await world.rows("select from private.refunds") == []


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.50", "USD", 1_250),
        ("12.5", "USD", 1_250),
        ("12.500", "USD", 1_250),
        (" 7 ", "USD", 700),
        ("0.07", "EUR", 7),
        ("12000", "JPY", 12_000),
        ("12000.00", "JPY", 12_000),
        ("1.234", "KWD", 1_234),
        ("90071992547409.93", "USD", 9_007_199_254_740_993),
    ],
)
def test_amounts_are_read_exactly(text: str, currency: str, minor: int) -> None:
    assert minor_units(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("1.001", "USD"),
        ("0.5", "JPY"),
        ("1.2345", "KWD"),
        ("", "USD"),
        (".5", "USD"),
        ("5.", "USD"),
        ("1e3", "USD"),
        ("٣", "USD"),
        ("nan", "USD"),
        ("1 000", "USD"),
    ],
)
def test_what_is_too_fine_or_no_amount_is_never_rounded(text: str, currency: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        minor_units(text, currency)
    assert refusal.value.field == "amount"


# --- payouts -------------------------------------------------------------------------------------


async def test_payouts_are_listed_with_their_reasons_held_and_let_go(
    world: World, seeded: str
) -> None:
    nothing = await run(seeded, "payouts", "list")
    assert said(nothing) == ["No payout waits."]
    await platform_fee(world, percent=10)
    opened = await booked(world)
    of = await payout_id(world)
    host = (await world.row("select host_id from public.payouts"))["host_id"]
    which = f"(booking {opened.booking_id}, host {host})"
    waits = "NOT_DUE: The session is still to come, or the payment has to rest a while longer."
    held = "ON_HOLD: The seller holds it back."

    done = await run(seeded, "payouts", "hold", of, "--reason", "A question is open.")
    assert said(done) == [
        f"{of}  81.00 USD of 90.00 USD  WAITING, {held} Held: A question is open.  {which}"
    ]
    listed = await run(seeded, "payouts", "list", "--reason", "on_hold")
    assert said(listed) == said(done)
    none_such = await run(seeded, "payouts", "list", "--reason", "DISPUTED")
    assert said(none_such) == ["No payout waits for DISPUTED."]
    freed = await run(seeded, "payouts", "release", of)
    assert said(freed) == [f"{of}  81.00 USD of 90.00 USD  WAITING, {waits}  {which}"]
    assert said(await run(seeded, "payouts", "list")) == said(freed)


async def test_a_run_queues_what_is_due_and_counts_what_waits(
    world: World, seeded: str, tmp_path: Path
) -> None:
    await booked(world)
    waits = "NOT_DUE: The session is still to come, or the payment has to rest a while longer."
    early = await run(seeded, "payouts", "run")
    assert said(early) == ["0 payouts queued.", f"1 payout waiting, {waits}"]
    assert "pay_out" not in await world.worker.waiting()
    folder = tmp_path / "data" / "sandbox"
    folder.mkdir(parents=True)
    (folder / "clock.json").write_text('{"offset_seconds": 2592000}')
    due = await run(seeded, "payouts", "run", DATA_DIR=str(tmp_path / "data"))
    assert said(due)[0] == "1 payout queued."
    assert (await world.worker.waiting()).count("pay_out") == 1
    assert asked_of_stripe(world, "transfers") == []


async def test_a_payout_that_there_is_not_is_neither_held_nor_released(seeded: str) -> None:
    unknown = str(UUID(int=1))
    for command in (("hold", unknown, "--reason", "Why."), ("release", unknown)):
        done = await run(seeded, "payouts", *command)
        assert said(done, 1) == ["We could not find this payout."]


async def test_a_database_that_cannot_be_reached_is_told() -> None:
    done = await run("postgresql://u:p@127.0.0.1:1/x", "payouts", "run")
    assert said(done, 1) == [
        "SessionPay can't reach its database (Connection refused). Please check DATABASE_URL."
    ]


async def test_beside_real_keys_no_stand_in_is_needed(world: World, seeded: str) -> None:
    await booked(world)
    live = {
        "SANDBOX": "",
        "STRIPE_SECRET_KEY": "sk_test_never_used",
        "STRIPE_WEBHOOK_SECRET": "whsec_never_used",
        "SUPABASE_URL": "https://ref.supabase.co",
        "SMTP_URL": "smtp://127.0.0.1:1",
        "EMAIL_FROM": "Shop <no-reply@shop.test>",
        "OPERATOR_EMAIL": "mends@shop.test",
    }
    done = await run(seeded, "payouts", "run", **live)
    assert said(done)[0] == "0 payouts queued."
