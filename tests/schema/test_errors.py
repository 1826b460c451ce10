"""Domain errors and the API's error codes are one list, and each error becomes its richest type."""

from datetime import UTC, datetime, timedelta

import pytest

from schema.errors import (
    ErrorCode,
    InvalidInputError,
    NoCreditsError,
    QuoteChangedError,
    RequestError,
    SlotTakenError,
    TooLateError,
    UserError,
    as_data,
)
from schema.money import Money
from schema.session_types import Slot
from services.domain import errors, money, refusals
from services.domain.slots import Interval
from tests.resolvers.toy import Client

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)
LUNCH = Interval(NOON, NOON + timedelta(hours=1))
HALF = money.Money(4_500, "USD")


def test_the_api_has_exactly_the_codes_of_the_domain() -> None:
    classes = errors.DomainError.__subclasses__()
    assert sorted(kind.code for kind in classes) == sorted(code.name for code in ErrorCode)
    assert all(ErrorCode(kind.code).name == kind.code for kind in classes)


@pytest.mark.parametrize(
    ("error", "data"),
    [
        (
            errors.SlotTaken([LUNCH]),
            SlotTakenError(
                code=ErrorCode.SLOT_TAKEN,
                message="This time has just been taken. Please choose another one.",
                alternatives=[Slot.of(LUNCH)],
            ),
        ),
        (
            errors.InvalidInput("first", "Too many."),
            InvalidInputError(code=ErrorCode.VALIDATION, message="Too many.", field="first"),
        ),
        (
            errors.ReturnUrlRefused("successUrl"),
            InvalidInputError(
                code=ErrorCode.RETURN_URL_REFUSED,
                message="This return address is not one that the service may send you to.",
                field="successUrl",
            ),
        ),
        (
            errors.NotFound("booking"),
            RequestError(code=ErrorCode.NOT_FOUND, message="We could not find this booking."),
        ),
        (
            errors.PaymentFailed("Your card was declined."),
            RequestError(code=ErrorCode.PAYMENT_FAILED, message="Your card was declined."),
        ),
        (
            errors.TooManyHolds(3),
            RequestError(
                code=ErrorCode.TOO_MANY_HOLDS,
                message="You already hold 3 unpaid times. Please pay for one or cancel it first.",
            ),
        ),
        (
            errors.NoCredits(left=0, needed=1),
            NoCreditsError(
                code=ErrorCode.NO_CREDITS,
                message="This session costs 1 session credit; you have 0.",
                left=0,
                needed=1,
            ),
        ),
        (
            errors.NoCredits(left=1, needed=2),
            NoCreditsError(
                code=ErrorCode.NO_CREDITS,
                message="This session costs 2 session credits; you have 1.",
                left=1,
                needed=2,
            ),
        ),
        (
            refusals.TooLate("It is too late to call this session off.", NOON),
            TooLateError(
                code=ErrorCode.TOO_LATE,
                message="It is too late to call this session off.",
                until=NOON,
            ),
        ),
        (
            refusals.QuoteChanged(HALF),
            QuoteChangedError(
                code=ErrorCode.QUOTE_CHANGED,
                message="What you get back has changed meanwhile: it is 45.00 USD now.",
                refund=Money.of(HALF),
            ),
        ),
    ],
)
def test_an_expected_failure_becomes_data(error: errors.DomainError, data: UserError) -> None:
    assert as_data(error) == data


@pytest.mark.parametrize(
    "error",
    [
        errors.SlotUnavailable(),
        errors.AlreadyPaid(),
        errors.PaymentNotFound(),
        errors.PaymentFailed(),
        errors.PaymentProcessing(),
        errors.BookingRejected(),
        errors.BookingRejected("The host's calendar is full."),
        errors.PaymentProviderUnavailable(),
        errors.NotCancellable(),
        errors.NotSchedulable(),
        errors.CursorInvalid(),
        errors.IdempotencyConflict(),
        errors.AlreadySubscribed(),
        errors.NoBilling(),
        errors.NotForCredits(),
        refusals.PaymentDisputed(),
        refusals.NotReschedulable(),
        refusals.NotMarkable(),
        refusals.NotAHost(),
    ],
)
def test_every_failure_has_a_sentence_of_its_own(error: errors.DomainError) -> None:
    assert error.message.endswith(".")
    assert str(error) == error.message
    assert as_data(error) == RequestError(code=ErrorCode(error.code), message=error.message)


async def test_clients_read_errors_through_the_interface() -> None:
    response = await Client().post(
        {
            "query": "{ failures { __typename code"
            " ... on SlotTakenError { alternatives { startsAt } } } }"
        }
    )
    assert response.json()["data"]["failures"] == [
        {
            "__typename": "SlotTakenError",
            "code": "SLOT_TAKEN",
            "alternatives": [{"startsAt": "2026-03-29T12:00:00Z"}],
        },
        {"__typename": "RequestError", "code": "ALREADY_PAID"},
    ]
