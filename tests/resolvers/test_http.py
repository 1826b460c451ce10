"""The endpoint keeps to the GraphQL-over-HTTP specification and survives what is no request."""

import gzip
from collections.abc import AsyncIterator

import pytest
from starlette.requests import Request

from resolvers.graphql_request import RequestRefused
from resolvers.http import GraphQLEndpoint
from resolvers.options import GraphQLOptions
from tests.resolvers.toy import Client, Done, codes, toy_schema

MODERN = "application/graphql-response+json"
LEGACY = "application/json"
TOUCH = {"query": 'mutation { touch(name: "a") }'}


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.mark.parametrize("accept", [MODERN, LEGACY])
async def test_an_operation_is_answered_in_the_type_asked_for(client: Client, accept: str) -> None:
    response = await client.post({"query": "{ hello }"}, accept=accept)
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert response.json() == {"data": {"hello": "hello you"}}


async def test_an_accept_header_without_our_types_is_406_and_nothing_runs(client: Client) -> None:
    response = await client.post(TOUCH, accept="text/html")
    assert response.status_code == 406
    assert codes(response) == ["NOT_ACCEPTABLE"]
    assert client.done.touched == []


async def test_variables_and_operation_name_reach_the_operation(client: Client) -> None:
    response = await client.post(
        {
            "query": "query A { hello } query B($n: String!) { hello(name: $n) }",
            "operationName": "B",
            "variables": {"n": "Ada"},
            "extensions": {"trace": 1},
            "unknown": "ignored",
        }
    )
    assert response.json() == {"data": {"hello": "hello Ada"}}


REQUEST_ERRORS = [
    ({"query": "{ hello "}, "GRAPHQL_PARSE_FAILED"),
    ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
    ({"query": "query($n: String!) { hello(name: $n) }"}, "BAD_USER_INPUT"),
    ({"query": "query($n: String!) { hello(name: $n) }", "variables": {"n": 1}}, "BAD_USER_INPUT"),
    ({"query": '{ moment(at: "2026-03-29") }'}, "GRAPHQL_VALIDATION_FAILED"),
    ({"query": "query A { hello }", "operationName": "B"}, "OPERATION_RESOLUTION_FAILURE"),
    ({"query": "query A { hello } query B { hello }"}, "OPERATION_RESOLUTION_FAILURE"),
    ({"query": "subscription { tick }"}, "BAD_REQUEST"),
]


@pytest.mark.parametrize(("body", "code"), REQUEST_ERRORS)
@pytest.mark.parametrize(("accept", "status"), [(MODERN, 400), (LEGACY, 200)])
async def test_what_cannot_be_executed_is_400_or_200_for_readers_of_the_old_type(
    client: Client, body: dict[str, object], code: str, accept: str, status: int
) -> None:
    response = await client.post(body, accept=accept)
    assert response.status_code == status
    assert codes(response) == [code]
    assert "data" not in response.json()


@pytest.mark.parametrize(("accept", "status"), [(MODERN, 294), (LEGACY, 200)])
async def test_data_with_errors_is_partial_success(
    client: Client, accept: str, status: int
) -> None:
    response = await client.post({"query": "{ hello me }"}, accept=accept)
    assert response.status_code == status
    assert response.json()["data"] == {"hello": "hello you", "me": None}
    assert response.json()["errors"][0]["path"] == ["me"]
    assert codes(response) == ["UNAUTHENTICATED"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"NONSENSE",
        b'{"query":',
        b"null",
        b"1",
        b'"x"',
        b"[]",
        b'[{"query": "{ hello }"}]',
        b"{}",
        b'{"qeury": "{ hello }"}',
        b'{"query": ""}',
        b'{"query": 1}',
        b'{"query": ["{ hello }"]}',
        b'{"query": "{ hello }", "operationName": 1}',
        b'{"query": "{ hello }", "variables": [7]}',
        b'{"query": "{ hello }", "variables": "{}"}',
        b'{"query": "{ hello }", "extensions": true}',
        b'{"query": "{ hello }", "variables": {"n": NaN}}',
        b'{"query": "\xff"}',
        b'{"query": "\\ud800"}',
        '{"query": "{ hello }"}'.encode("utf-16"),
        b"[" * 50_000,
        b'{"query": "{ hello }", "variables": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_001,
    ],
)
@pytest.mark.parametrize("accept", [MODERN, LEGACY])
async def test_what_is_no_graphql_request_is_400_with_a_graphql_error(
    client: Client, body: bytes, accept: str
) -> None:
    response = await client.raw(body, accept=accept)
    assert response.status_code == 400
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"
    assert codes(response) == ["BAD_REQUEST"]


async def test_deep_variables_that_json_allows_are_refused_not_crashed_on(client: Client) -> None:
    deep = '{"n": ' + "[" * 500 + "]" * 500 + "}"
    body = '{"query": "query($n: String!) { hello(name: $n) }", "variables": ' + deep + "}"
    response = await client.raw(body, accept=MODERN)
    assert response.status_code == 400
    assert codes(response) == ["BAD_USER_INPUT"]


async def test_a_body_that_is_not_declared_json_is_415_and_nothing_runs(client: Client) -> None:
    response = await client.raw('{"query": "{ hello }"}', content_type="text/plain")
    assert response.status_code == 415
    assert codes(response) == ["UNSUPPORTED_MEDIA_TYPE"]


async def test_a_compressed_body_is_415_and_says_what_is_taken(client: Client) -> None:
    response = await client.raw(gzip.compress(b'{"query": "{ hello }"}'), content_encoding="gzip")
    assert response.status_code == 415
    assert response.headers["accept-encoding"] == "identity"
    assert codes(response) == ["UNSUPPORTED_MEDIA_TYPE"]


async def test_a_declared_length_over_the_limit_is_413(client: Client) -> None:
    response = await client.raw(b" " * 100_001)
    assert response.status_code == 413
    assert codes(response) == ["PAYLOAD_TOO_LARGE"]


async def test_a_body_without_a_length_is_given_up_at_the_limit() -> None:
    client = Client(GraphQLOptions(max_body_bytes=1_000))
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 100
            yield b" " * 100

    response = await client.raw(endless())
    assert response.status_code == 413
    assert response.headers["connection"] == "close"
    assert sent == 1_100


async def test_a_body_at_the_limit_is_taken() -> None:
    body = b'{"query": "{ hello }"}'
    client = Client(GraphQLOptions(max_body_bytes=len(body)))
    assert (await client.raw(body)).json() == {"data": {"hello": "hello you"}}


async def test_a_client_that_hangs_up_while_sending_leaves_no_trace(client: Client) -> None:
    async def context(_: Request) -> Done:
        return client.done

    async def hang_up() -> dict[str, str]:
        return {"type": "http.disconnect"}

    sent: list[object] = []

    async def send(message: object) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "headers": [(b"content-type", b"application/json")],
    }
    endpoint = GraphQLEndpoint(toy_schema(), context, GraphQLOptions())
    await endpoint(scope, hang_up, send)
    assert isinstance(sent[0], dict)
    assert sent[0]["status"] == 400
    assert client.done.touched == []


@pytest.mark.parametrize("query", ["", "?query={hello}"])
async def test_a_get_is_405_because_operations_come_by_post(client: Client, query: str) -> None:
    response = await client.http.get(f"/graphql{query}", headers={"accept": LEGACY})
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert codes(response) == ["METHOD_NOT_ALLOWED"]


async def test_a_refused_sign_in_fails_the_whole_request_with_its_headers() -> None:
    async def refuse(_: Request) -> Done:
        raise RequestRefused(
            401,
            "UNAUTHENTICATED",
            "The access token has expired.",
            {"www-authenticate": 'Bearer error="invalid_token"'},
        )

    response = await Client(context=refuse).post(TOUCH, accept=MODERN)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert response.json() == {
        "errors": [
            {
                "message": "The access token has expired.",
                "extensions": {"code": "UNAUTHENTICATED"},
            }
        ]
    }


async def test_a_mutation_runs_once_and_only_by_a_good_request(client: Client) -> None:
    response = await client.post(TOUCH)
    assert response.json() == {"data": {"touch": "a"}}
    assert client.done.touched == ["a"]
