"""Trouble told in other words: what is not given stays."""

from datetime import timedelta

from services.providers.errors import ProviderError, malformed

TROUBLE = ProviderError(
    "vendor",
    "answered 503",
    retryable=True,
    status=503,
    retry_after=timedelta(seconds=30),
    body={"code": 7},
    outcome_unknown=True,
)


def facts(error: ProviderError) -> tuple[object, ...]:
    return (
        error.vendor,
        error.message,
        error.retryable,
        error.status,
        error.retry_after,
        error.body,
        error.outcome_unknown,
    )


def test_an_error_told_without_changes_is_the_same() -> None:
    assert facts(TROUBLE.told()) == facts(TROUBLE)


def test_only_what_is_given_is_told_otherwise_and_the_first_error_stays() -> None:
    told = TROUBLE.told("the key is wrong", retryable=False, status=401, outcome_unknown=False)

    assert facts(told) == (
        *("vendor", "the key is wrong", False, 401),
        *(timedelta(seconds=30), {"code": 7}, False),
    )
    assert str(TROUBLE) == "vendor: answered 503"
    assert TROUBLE.told(retry_after=timedelta()).retry_after == timedelta()


def test_an_answer_that_cannot_be_read_leaves_open_what_was_done() -> None:
    assert facts(malformed("vendor", "room")) == (
        *("vendor", "answered 200 with malformed room", True, 200, None, None, True),
    )
