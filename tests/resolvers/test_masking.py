"""Clients learn a bug's id and nothing else of it; what is theirs to know comes with a code."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionResult

from tests.resolvers.toy import Client, codes, toy_schema

MASKED = "Something went wrong on our side."


@pytest.mark.parametrize("name", ["bug", "overflow", "uncoded"])
async def test_a_bug_is_masked_and_logged_under_the_id_that_the_client_sees(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    response = await Client().post({"query": f"{{ hello {name} }}"})
    assert response.json()["data"] == {"hello": "hello you", name: None}
    (error,) = response.json()["errors"]
    error_id = error["extensions"]["id"]
    assert str(UUID(error_id)) == error_id
    assert error == {
        "message": MASKED,
        "locations": [{"line": 1, "column": 9}],
        "path": [name],
        "extensions": {"code": "INTERNAL", "id": error_id},
    }
    (record,) = caplog.records
    assert record.getMessage() == f"internal error {error_id} at {name}"
    assert record.exc_info is not None
    assert record.exc_info[2] is not None


async def test_the_words_of_a_bug_stay_here(caplog: pytest.LogCaptureFixture) -> None:
    response = await Client().post({"query": "{ bug }"})
    assert "hunter2" not in response.text
    assert "hunter2" in caplog.text


@pytest.mark.parametrize(
    "query", ["{ hello ", "{ nothing }", "{ me }", "{ things(first: 0) { nodes { number } } }"]
)
async def test_what_clients_do_wrong_is_not_logged_as_ours(
    query: str, caplog: pytest.LogCaptureFixture
) -> None:
    response = await Client().post({"query": query})
    assert MASKED not in response.text
    assert caplog.records == []


async def test_a_domain_error_outside_a_payload_keeps_its_code_and_sentence() -> None:
    response = await Client().post({"query": "{ things(first: 101) { nodes { number } } }"})
    (error,) = response.json()["errors"]
    assert error["message"] == "first must be between 1 and 100."
    assert error["extensions"] == {"code": "VALIDATION"}
    assert error["path"] == ["things"]


async def test_a_missing_sign_in_is_told_as_such() -> None:
    response = await Client().post({"query": "{ me }"})
    assert response.json()["data"] == {"me": None}
    (error,) = response.json()["errors"]
    assert error["message"] == "Please sign in."
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}


async def test_a_bug_in_a_subscription_is_masked_too(caplog: pytest.LogCaptureFixture) -> None:
    results = [
        result
        async for result in await toy_schema().subscribe("subscription { tick }")
        if isinstance(result, ExecutionResult)
    ]
    assert results[0].data == {"tick": "tick"}
    assert results[1].errors is not None
    assert [error.message for error in results[1].errors] == [MASKED]
    assert "hunter2" in caplog.text


class BrokenHook(SchemaExtension):
    def on_validate(self) -> Iterator[None]:
        raise RuntimeError("password is hunter2")
        yield


async def test_a_bug_in_a_hook_before_execution_is_500(caplog: pytest.LogCaptureFixture) -> None:
    schema = toy_schema()
    schema.extensions = (*schema.extensions, BrokenHook)
    response = await Client(schema=schema).post({"query": "{ hello }"})
    assert response.status_code == 500
    assert codes(response) == ["INTERNAL"]
    assert "data" not in response.json()
    assert "hunter2" not in response.text
    assert "hunter2" in caplog.text


def test_errors_processed_outside_an_execution_get_a_code() -> None:
    errors = [GraphQLError("Cannot do this.")]
    toy_schema().process_errors(errors)
    assert errors[0].extensions == {"code": "GRAPHQL_VALIDATION_FAILED"}
