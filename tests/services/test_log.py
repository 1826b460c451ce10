"""Log lines: their shape, the id that ties them together, and what must never be in them."""

import json
import logging
import re
import sys
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from io import StringIO
from typing import Any
from uuid import UUID

import pytest

from services import log
from tests.world import World

NOISY = ("httpx", "httpcore", "stripe", "uvicorn", "uvicorn.access", "mail.log", "pgqueuer")
ID = UUID("b0000000-0000-4000-8000-000000000001")


class Colour(StrEnum):
    RED = "RED"


@pytest.fixture
def own_logging() -> Iterator[None]:
    """Whatever `configure` does to the process's logging is undone."""
    root = logging.getLogger()
    noisy = [logging.getLogger(name) for name in NOISY]
    handlers, level, levels = root.handlers[:], root.level, [logger.level for logger in noisy]
    root.handlers.clear()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for logger, known in zip(noisy, levels, strict=True):
        logger.setLevel(known)


@pytest.fixture
def written(own_logging: None) -> StringIO:
    """What the process writes at level INFO."""
    log.configure("INFO")
    [handler] = logging.getLogger().handlers
    assert isinstance(handler, logging.StreamHandler)
    stream = StringIO()
    handler.setStream(stream)
    return stream


def lines(written: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_line_is_one_json_object_with_the_extras_as_fields(written: StringIO) -> None:
    logging.getLogger("services.x").info(
        "booking %s", "moved", extra={"booking_id": ID, "event": Colour.RED, "n": 2, "ß": "Ünï\n"}
    )
    [fields] = lines(written)
    at = datetime.fromisoformat(fields.pop("at"))
    assert at.utcoffset() is not None
    assert fields == {
        "level": "INFO",
        "logger": "services.x",
        "message": "booking moved",
        "correlation_id": "-",
        "booking_id": str(ID),
        "event": "RED",
        "n": 2,
        "ß": "Ünï\n",
    }


def fail() -> None:
    raise ValueError("odd")


def test_a_bug_carries_its_traceback_in_the_same_line(written: StringIO) -> None:
    try:
        fail()
    except ValueError:
        logging.getLogger("services.x").exception("failed")
    [line] = lines(written)
    traceback = line["traceback"]
    assert traceback.startswith("Traceback (most recent call last):\n")
    assert traceback.endswith("ValueError: odd")


def test_everything_inside_carries_the_id_of_its_cause(written: StringIO) -> None:
    logger = logging.getLogger("services.x")
    with log.correlated("req-12345678") as outer:
        logger.info("one")
        with log.correlated() as inner:
            logger.info("two")
        logger.info("three")
    logger.info("four")
    assert outer == "req-12345678"
    assert re.fullmatch(r"[0-9a-f]{16}", inner)
    ids = [line["correlation_id"] for line in lines(written)]
    assert ids == ["req-12345678", inner, "req-12345678", "-"]


def test_the_id_ends_with_its_cause_also_when_that_fails() -> None:
    def fails() -> None:
        with log.correlated("req-12345678"):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert log.correlation_id.get() == "-"


def test_a_person_at_a_terminal_gets_a_short_line() -> None:
    record = logging.LogRecord("services.x", logging.INFO, "f", 1, "slot %s", ("held",), None)
    record.booking_id = ID
    text = log.PeopleFormatter().format(record)
    assert re.fullmatch(rf"\d\d:\d\d:\d\d  slot held  booking_id={ID}", text)
    plain = logging.LogRecord("services.x", logging.INFO, "f", 1, "ready", (), None)
    assert re.fullmatch(r"\d\d:\d\d:\d\d  ready", log.PeopleFormatter().format(plain))


def test_a_person_at_a_terminal_sees_where_a_bug_is() -> None:
    try:
        fail()
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "f", 1, "failed", (), sys.exc_info())
    first, *rest = log.PeopleFormatter().format(record).split("\n")
    assert first.endswith("  failed")
    assert rest[-1] == "ValueError: odd"


@pytest.mark.usefixtures("own_logging")
@pytest.mark.parametrize("for_people", [False, True])
def test_lines_go_to_standard_error_from_the_wanted_level_on(
    capsys: pytest.CaptureFixture[str], for_people: bool
) -> None:
    log.configure("WARNING", for_people=for_people)
    logging.getLogger("services.x").info("quiet")
    logging.getLogger("services.x").warning("loud")
    logging.getLogger("httpx").info("HTTP Request: POST https://api.stripe.com/v1/customers")
    out, err = capsys.readouterr()
    assert out == ""
    [line] = err.splitlines()
    assert line.endswith("  loud") if for_people else json.loads(line)["message"] == "loud"


@pytest.mark.usefixtures("own_logging")
def test_libraries_that_write_every_request_are_quiet_at_any_level(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log.configure("DEBUG")
    for name in NOISY:
        logging.getLogger(name).info("chatter")
    assert "chatter" not in capsys.readouterr().err


async def test_an_events_id_goes_from_its_request_through_its_jobs(
    world: World, written: StringIO
) -> None:
    opened = await world.client.books()
    await world.pays(opened)
    await world.worker.drain()

    found = lines(written)
    [paid] = [line for line in found if line["message"] == "payment succeeded"]
    cause = paid["correlation_id"]
    assert re.fullmatch(r"[0-9a-f]{16}", cause)
    together = {line["message"] for line in found if line["correlation_id"] == cause}
    assert {
        "stripe event received",
        "booking moved",
        "payment succeeded",
        "notification handed over",
    } <= together


async def test_nothing_secret_and_nobodys_data_is_logged(world: World, written: StringIO) -> None:
    logging.getLogger("services.test").info("begun")
    opened = await world.client.books()
    embedded = await world.client.opens_checkout((await world.client.slots())[5], uiMode="EMBEDDED")
    secret = embedded["checkout"]["clientSecret"]
    world.sandbox.stripe.pay(opened.session_id, "4000000000000002")
    await world.pays(opened)
    await world.worker.drain()
    await world.http.post("/webhooks/stripe", content=b"{}", headers={"stripe-signature": "t=1"})
    headers = {"authorization": "Bearer an.expired.token"}
    await world.http.post("/graphql", json={"query": "{ me { id } }"}, headers=headers)

    booking = await world.client.booking(opened.booking_id)
    assert booking["status"] == "ACCEPTED"
    text = written.getvalue()
    assert "begun" in text
    assert "notification handed over" in text
    assert "webhook refused" in text
    settings = world.app.settings
    assert settings.stripe_secret_key is not None
    assert settings.stripe_webhook_secret is not None
    for never in (
        "demo@example.com",
        "Demo Client",
        "olena@example.com",
        str(world.client.token),
        "an.expired.token",
        secret,
        booking["meeting"]["url"],
        settings.stripe_secret_key.get_secret_value(),
        settings.stripe_webhook_secret.get_secret_value(),
        "4242",
    ):
        assert never not in text, never
