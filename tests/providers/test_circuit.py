"""The circuit: when a failing service is left alone, and how it is tried again."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from services.providers.circuit import Circuit
from services.providers.errors import ProviderError, SlotRefused

SECOND = timedelta(seconds=1)


@dataclass
class Clock:
    at: datetime = datetime(2026, 6, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def circuit(clock: Clock) -> Circuit:
    return Circuit("vendor", now=clock)


def trouble(status: int | None = 500, *, retryable: bool = True) -> ProviderError:
    return ProviderError("vendor", "trouble", retryable=retryable, status=status)


def fails(circuit: Circuit, error: Exception | None = None) -> None:
    error = error or trouble()
    with pytest.raises(type(error)) as caught, circuit.trying():
        raise error
    assert caught.value is error


def answers(circuit: Circuit) -> None:
    with circuit.trying():
        pass


def refused(circuit: Circuit) -> timedelta | None:
    """The wait that a call is turned away with; the call itself must not begin."""
    with pytest.raises(ProviderError) as caught, circuit.trying():
        raise AssertionError("the call was let through")
    error = caught.value
    assert str(error) == "vendor: is not asked for a while after failing (trouble)"
    assert (error.retryable, error.status, error.outcome_unknown) == (True, None, False)
    return error.retry_after


def opened(circuit: Circuit) -> None:
    for _ in range(5):
        fails(circuit)


def test_five_failures_in_a_row_open_the_circuit_for_half_a_minute(
    circuit: Circuit, clock: Clock
) -> None:
    for _ in range(4):
        fails(circuit)
    assert not circuit.is_open
    fails(circuit)

    assert circuit.is_open
    assert refused(circuit) == 30 * SECOND
    clock.at += 29 * SECOND
    assert refused(circuit) == SECOND


@pytest.mark.parametrize(
    "answer",
    [
        None,
        trouble(400, retryable=False),
        trouble(401, retryable=False),
        trouble(408),
        trouble(429),
        trouble(200),
        trouble(550, retryable=False),
        trouble(None, retryable=False),
        SlotRefused("taken"),
    ],
)
def test_an_answer_of_any_kind_starts_the_count_again(
    circuit: Circuit, answer: Exception | None
) -> None:
    for _ in range(2):
        for _ in range(4):
            fails(circuit)
        if answer:
            fails(circuit, answer)
        else:
            answers(circuit)

    assert not circuit.is_open


@pytest.mark.parametrize("failure", [trouble(None), trouble(500), trouble(503)])
def test_no_answer_and_a_server_error_are_failures(circuit: Circuit, failure: Exception) -> None:
    for _ in range(5):
        fails(circuit, failure)

    assert circuit.is_open


def test_an_answer_on_trial_closes_the_circuit(circuit: Circuit, clock: Clock) -> None:
    opened(circuit)
    clock.at += 30 * SECOND
    answers(circuit)

    assert not circuit.is_open
    for _ in range(4):
        fails(circuit)
    assert not circuit.is_open


def test_a_refusal_on_trial_closes_the_circuit(circuit: Circuit, clock: Clock) -> None:
    opened(circuit)
    clock.at += 30 * SECOND
    fails(circuit, trouble(404, retryable=False))

    assert not circuit.is_open


def test_each_failed_trial_doubles_the_rest_up_to_five_minutes(
    circuit: Circuit, clock: Clock
) -> None:
    opened(circuit)
    rests = []
    for _ in range(6):
        rest = refused(circuit)
        assert rest is not None
        rests.append(rest.total_seconds())
        clock.at += rest
        fails(circuit)

    assert rests == [30, 60, 120, 240, 300, 300]


def test_after_it_closed_the_first_rest_is_short_again(circuit: Circuit, clock: Clock) -> None:
    opened(circuit)
    clock.at += 30 * SECOND
    fails(circuit)
    clock.at += 60 * SECOND
    answers(circuit)
    opened(circuit)

    assert refused(circuit) == 30 * SECOND


def test_one_call_alone_is_on_trial(circuit: Circuit, clock: Clock) -> None:
    opened(circuit)
    clock.at += 45 * SECOND
    with circuit.trying():
        assert refused(circuit) == SECOND
        assert refused(circuit) == SECOND

    answers(circuit)


async def test_a_cancelled_trial_leaves_the_next_call_to_be_the_trial(
    circuit: Circuit, clock: Clock
) -> None:
    async def hang() -> None:
        with circuit.trying():
            await asyncio.Event().wait()

    opened(circuit)
    clock.at += 30 * SECOND
    hanging = asyncio.create_task(hang())
    await asyncio.sleep(0)
    assert refused(circuit) == SECOND
    hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging

    assert circuit.is_open
    answers(circuit)
    assert not circuit.is_open


async def test_a_cancelled_call_is_neither_a_failure_nor_an_answer(circuit: Circuit) -> None:
    for _ in range(4):
        fails(circuit)
    with pytest.raises(asyncio.CancelledError), circuit.trying():
        raise asyncio.CancelledError
    assert not circuit.is_open
    fails(circuit)

    assert circuit.is_open


def test_calls_that_began_before_it_opened_change_nothing_any_more(
    circuit: Circuit, clock: Clock
) -> None:
    with circuit.trying():  # answers late
        opened(circuit)
    assert refused(circuit) == 30 * SECOND

    clock.at += 30 * SECOND
    answers(circuit)
    late = trouble()
    with pytest.raises(ProviderError, match="trouble"), circuit.trying():
        opened(circuit)
        clock.at += 10 * SECOND
        raise late
    assert refused(circuit) == 20 * SECOND


def test_a_clock_that_was_set_back_does_not_prolong_the_rest(
    circuit: Circuit, clock: Clock
) -> None:
    opened(circuit)
    clock.at -= timedelta(hours=1)
    answers(circuit)

    assert not circuit.is_open


def test_opening_and_closing_are_logged(
    circuit: Circuit, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    opened(circuit)
    clock.at += 30 * SECOND
    answers(circuit)
    answers(circuit)

    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("WARNING", "a failing service is left alone"),
        ("INFO", "a failing service answers again"),
    ]
    assert (vars(caplog.records[0])["vendor"], vars(caplog.records[0])["seconds"]) == ("vendor", 30)
