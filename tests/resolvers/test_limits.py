"""Oversized operations are refused before they cost anything; valid ones are parsed once."""

import pytest
from graphql import get_introspection_query, get_operation_ast, parse

from resolvers.complexity import Weight, weigh
from resolvers.limits import DocumentCache, Guard
from resolvers.options import GraphQLOptions
from resolvers.root import schema as real_schema
from tests.resolvers.toy import Client, codes, toy_schema

SCHEMA = toy_schema()._schema


def weight_of(query: str, **variables: object) -> Weight:
    document = parse(query)
    operation = get_operation_ast(document)
    assert operation is not None
    return weigh(SCHEMA, document, operation, variables)


@pytest.mark.parametrize(
    ("query", "weight"),
    [
        ("{ hello }", Weight(depth=1, fields=1, aliases=0, cost=1)),
        ("{ a: hello b: hello }", Weight(depth=1, fields=2, aliases=2, cost=2)),
        ("{ things { nodes { number } } }", Weight(depth=3, fields=1, cost=1 + 20 * 2)),
        ("{ things(first: 3) { nodes { number } } }", Weight(depth=3, fields=1, cost=7)),
        (
            "{ things(first: 2) { edges { cursor node { near { number } } } } }",
            Weight(depth=5, fields=1, cost=1 + 2 * (1 + 1 + 1 + 1 + 10)),
        ),
        (
            "{ things(first: 2) { nodes { rest(first: 5) { nodes { number } } } } }",
            Weight(depth=5, fields=1, cost=1 + 2 * (1 + 1 + 5 * 2)),
        ),
        ("{ ... { hello } ...A } fragment A on Query { hello }", Weight(1, 2, 0, 2)),
        (
            "{ failures { ... on SlotTakenError { alternatives { startsAt } } } }",
            Weight(3, 1, 0, 111),
        ),
        ("{ __schema { types { name } } }", Weight(depth=1, fields=1, aliases=0, cost=1)),
        ("{ unknown { deeper } ...Missing ... on Nothing { x } }", Weight(2, 2, 0, 3)),
    ],
)
def test_an_operation_weighs_what_it_makes_the_server_do(query: str, weight: Weight) -> None:
    assert weight_of(query) == weight


@pytest.mark.parametrize(
    ("variables", "cost"),
    [({"n": 3}, 7), ({}, 11), ({"n": 1_000}, 201), ({"n": -1}, 3), ({"n": "x"}, 201)],
)
def test_the_cost_counts_the_page_size_that_the_variables_ask_for(
    variables: dict[str, object], cost: int
) -> None:
    query = "query($n: Int = 5) { things(first: $n) { nodes { number } } }"
    assert weight_of(query, **variables).cost == cost


def search(first: str, last: str, fields: str = "startsAt") -> str:
    return f'availableSlots(sessionTypeId: "x", from: {first}, to: {last}) {{ {fields} }}'


JUNE, SOON = '"2026-06-01T00:00:00Z"', '"2026-06-01T00:20:00Z"'
JULY, AUGUST = '"2026-07-01T02:00:00+02:00"', '"2026-08-02T00:00:00Z"'
NEVER = '"9999-12-31T00:00:00Z"'
LONGEST = 62 * 24


@pytest.mark.parametrize(
    ("query", "cost"),
    [
        (f"{{ {search(JUNE, JULY)} }}", 1 + 30 * 24),
        (f"{{ {search(JUNE, JULY, 'startsAt endsAt')} }}", 1 + 30 * 24 * 2),
        (f"{{ {search(JUNE, AUGUST)} }}", 1 + LONGEST),
        (f"{{ {search(JUNE, SOON)} }}", 2),
        (f"{{ {search(JULY, JUNE)} }}", 2),
        (f"{{ {search(JUNE, NEVER)} }}", 1 + LONGEST),
        (f"{{ {search(JUNE, '7')} }}", 1 + LONGEST),
        ("{ availableSlots { startsAt } }", 1 + LONGEST),
        (f"query ($to: DateTime!) {{ {search(JUNE, '$to')} }}", 1 + 2 * 24),
        (f"query ($none: DateTime = {JULY}) {{ {search(JUNE, '$none')} }}", 1 + 30 * 24),
        (f"query ($none: DateTime!) {{ {search(JUNE, '$none')} }}", 1 + LONGEST),
    ],
)
def test_a_search_for_times_weighs_an_item_for_every_hour_of_its_range(
    query: str, cost: int
) -> None:
    document = parse(query)
    operation = get_operation_ast(document)
    assert operation is not None
    variables = {"to": "2026-06-03T00:00:00Z"}
    assert weigh(real_schema._schema, document, operation, variables).cost == cost


def test_one_operation_searches_a_few_months_at_most() -> None:
    def cost(searches: int) -> int:
        aliased = " ".join(f"a{n}: {search(JUNE, AUGUST)}" for n in range(searches))
        operation = parse(f"{{ {aliased} }}")
        found = get_operation_ast(operation)
        assert found is not None
        return weigh(real_schema._schema, operation, found, {}).cost

    assert cost(3) <= GraphQLOptions().max_cost < cost(4)


REFUSED = [
    (
        "{ things(first: 1) { nodes {"
        + " rest(first: 1) { nodes {" * 6
        + " number"
        + " } }" * 7
        + " }",
        "depth",
        12,
    ),
    (
        "{ " + " ".join(f"a{n}: __typename" for n in range(10)) + " hello }",
        "number of root fields",
        10,
    ),
    (
        "{ things(first: 1) { nodes { " + " ".join(f"a{n}: number" for n in range(31)) + " } } }",
        "number of aliases",
        30,
    ),
    ("{ things(first: 100) { nodes { rest(first: 100) { nodes { number } } } } }", "cost", 5_000),
]


@pytest.mark.parametrize(("query", "what", "limit"), REFUSED)
async def test_an_operation_over_a_limit_is_refused_by_name(
    query: str, what: str, limit: int
) -> None:
    response = await Client().post({"query": query})
    assert response.status_code == 400
    assert response.json() == {
        "errors": [
            {
                "message": f"The query's {what} is over the limit of {limit}.",
                "extensions": {"code": "QUERY_TOO_COMPLEX"},
            }
        ]
    }


async def test_too_many_tokens_are_refused_by_the_parser() -> None:
    response = await Client().post({"query": "{" + " hello" * 2_000 + "}"})
    assert response.status_code == 400
    assert codes(response) == ["QUERY_TOO_COMPLEX"]


def bomb(levels: int) -> str:
    """Fragments that each spread the next one twice: 2^levels fields in a few hundred bytes."""
    fragments = [f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels)]
    return "{ ...F0 }" + "".join(fragments) + f"fragment F{levels} on Query {{ hello }}"


async def test_the_fragment_bomb_is_weighed_once_a_fragment_and_refused() -> None:
    assert weight_of(bomb(25)) == Weight(depth=1, fields=2**25, aliases=0, cost=2**25)
    response = await Client().post({"query": bomb(25)})
    assert response.status_code == 400
    assert codes(response) == ["QUERY_TOO_COMPLEX"]


async def test_a_bomb_without_fields_is_no_harder_to_validate() -> None:
    empty = bomb(25).replace("{ hello }", "{ __typename }")
    response = await Client(GraphQLOptions(max_cost=2**30, max_root_fields=2**30)).post(
        {"query": empty}
    )
    assert response.status_code == 200
    assert response.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    "query",
    [
        "{ ...A } fragment A on Query { ...A hello }",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
    ],
)
async def test_fragments_in_a_circle_end_in_a_validation_error(query: str) -> None:
    response = await Client().post({"query": query})
    assert response.status_code == 400
    assert codes(response) == ["GRAPHQL_VALIDATION_FAILED"]


@pytest.mark.parametrize(
    "query",
    [
        "{ " + "... { " * 150 + "hello" + " }" * 150 + " }",
        "{ ...F0 }"
        + "".join(f"fragment F{n} on Query {{ ...F{n + 1} }}" for n in range(200))
        + "fragment F200 on Query { hello }",
    ],
)
async def test_nesting_that_is_no_depth_is_refused_before_it_exhausts_the_stack(query: str) -> None:
    response = await Client().post({"query": query})
    assert response.status_code == 400
    assert response.json()["errors"][0]["message"] == "The query is nested too deeply."
    assert codes(response) == ["QUERY_TOO_COMPLEX"]


async def test_a_chain_of_fragments_that_nobody_spreads_is_only_invalid() -> None:
    chain = "".join(f"fragment F{n} on Query {{ ...F{n + 1} }}" for n in range(200))
    response = await Client().post({"query": "{ hello }" + chain + "fragment F200 on Query { me }"})
    assert response.status_code == 400
    assert set(codes(response)) == {"GRAPHQL_VALIDATION_FAILED"}


async def test_introspection_is_refused_where_it_is_off_and_whole_where_it_is_on() -> None:
    query = {"query": get_introspection_query()}
    refused = await Client().post(query)
    assert refused.status_code == 400
    assert set(codes(refused)) == {"GRAPHQL_VALIDATION_FAILED"}
    told = await Client(GraphQLOptions(introspection=True)).post(query)
    assert told.status_code == 200
    assert "Thing" in {entry["name"] for entry in told.json()["data"]["__schema"]["types"]}


async def test_typename_is_no_introspection() -> None:
    assert (await Client().post({"query": "{ __typename }"})).json()["data"] == {
        "__typename": "Query"
    }


@pytest.mark.parametrize(
    ("query", "without"),
    [
        ("{ helo }", "Cannot query field 'helo' on type 'Query'."),
        ("{ hello(nam: 1) }", "Unknown argument 'nam' on field 'Query.hello'."),
        ("{ ... on Thin { number } }", "Unknown type 'Thin'."),
    ],
)
async def test_suggestions_are_told_only_where_they_are_on(query: str, without: str) -> None:
    silent = await Client().post({"query": query})
    assert silent.json()["errors"][0]["message"] == without
    helpful = await Client(GraphQLOptions(suggestions=True)).post({"query": query})
    assert helpful.json()["errors"][0]["message"].startswith(f"{without} Did you mean ")


async def test_the_cost_of_a_known_document_still_depends_on_its_variables() -> None:
    client = Client(GraphQLOptions(max_cost=50))
    query = "query($n: Int!) { things(first: $n) { nodes { number } } }"
    for first, status in [(2, 200), (100, 400), (2, 200)]:
        response = await client.post({"query": query, "variables": {"n": first}})
        assert response.status_code == status


async def test_an_invalid_document_stays_invalid_the_second_time() -> None:
    client = Client()
    for _ in range(2):
        assert codes(await client.post({"query": "{ nothing }"})) == ["GRAPHQL_VALIDATION_FAILED"]


def test_the_cache_forgets_the_least_recently_used_and_takes_no_long_text() -> None:
    cache = DocumentCache(size=2, longest=10)
    document = parse("{ a }")
    for text in ("{ a }", "{ b }"):
        cache.put(text, document)
    assert cache.get("{ a }") is document
    cache.put("{ c }", document)
    assert cache.get("{ b }") is None
    assert cache.get("{ a }") is document
    cache.put("{ aaaaaaaaaa }", document)
    assert cache.get("{ aaaaaaaaaa }") is None
    assert len(cache) == 2


async def test_only_valid_documents_are_remembered_and_parsed_once() -> None:
    cache = DocumentCache()
    schema = toy_schema()
    schema.extensions = (lambda: Guard(GraphQLOptions(), cache),)
    client = Client(schema=schema)
    assert (await client.post({"query": "{ hello }"})).status_code == 200
    remembered = cache.get("{ hello }")
    for query, status in [("{ hello }", 200), ("{ nothing }", 400), ("{ hello ", 400)]:
        assert (await client.post({"query": query})).status_code == status
    assert len(cache) == 1
    assert remembered is not None
    assert cache.get("{ hello }") is remembered
