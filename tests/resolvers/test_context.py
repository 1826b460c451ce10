"""Sign-in at /graphql over real HTTP: who gets in, and what the others are told."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import jwt
import pytest

from resolvers.context import RequestLoaders, context_of
from resolvers.options import GraphQLOptions
from resolvers.root import build_schema
from sandbox.accounts import DEMO_USER, SandboxAccounts
from services.auth import TokenVerifier, Viewer
from services.providers.errors import ProviderError
from tests.resolvers.counting import CountingDatabase
from tests.resolvers.toy import Client as ToyClient
from tests.world import MENTORING, World

ME = "{ me { email } }"
ON_SALE = "{ sessionTypes { nodes { name } } }"


async def ask(world: World, query: str, authorization: str | None) -> httpx.Response:
    headers = {"authorization": authorization} if authorization is not None else {}
    return await world.http.post("/graphql", json={"query": query}, headers=headers)


def token(world: World, **more: Any) -> str:
    return world.sandbox.accounts.token(DEMO_USER.id, DEMO_USER.email, **more)


def forged(world: World) -> str:
    """Signed like a token of this project, by a key that is not its own."""
    stranger = SandboxAccounts(public_url=world.base)
    return stranger.token(DEMO_USER.id, DEMO_USER.email)


def of_another_project(world: World) -> str:
    other = SandboxAccounts(public_url="http://127.0.0.1:9")
    return other.token(DEMO_USER.id, DEMO_USER.email)


def anon_key(world: World) -> str:
    """The shape of a legacy project key, which anybody can read out of a page."""
    claims = {"iss": f"{world.sandbox.accounts.url}/auth/v1", "role": "anon", "iat": 1, "exp": 9e9}
    return jwt.encode(claims, "x" * 32, algorithm="HS256")


def unsigned(world: World) -> str:
    claims = jwt.decode(token(world), options={"verify_signature": False})
    return jwt.encode(claims, "", algorithm="none")


async def refusal(response: httpx.Response) -> tuple[int, str, str | None]:
    [error] = response.json()["errors"]
    return (
        response.status_code,
        error["extensions"]["code"],
        response.headers.get("www-authenticate"),
    )


REFUSED = (401, "UNAUTHENTICATED", 'Bearer error="invalid_token"')


async def test_what_is_on_sale_is_told_without_a_sign_in(world: World) -> None:
    response = await ask(world, ON_SALE, None)
    assert response.status_code == 200
    nodes = response.json()["data"]["sessionTypes"]["nodes"]
    assert len(nodes) == 5
    assert (await world.nobody.slots(MENTORING)) != []


async def test_what_is_personal_is_refused_in_the_body(world: World) -> None:
    response = await ask(world, ME, None)
    assert response.status_code == 200
    body = response.json()
    assert body["data"] is None
    [error] = body["errors"]
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}
    assert error["message"] == "Please sign in."
    assert error["path"] == ["me"]


async def test_a_good_token_is_the_person_it_names(world: World) -> None:
    for scheme in ("Bearer", "bearer", "BEARER"):
        response = await ask(world, ME, f"{scheme} {token(world)}")
        assert response.json() == {"data": {"me": {"email": "demo@example.com"}}}


@pytest.mark.parametrize("query", [ME, ON_SALE])
async def test_an_expired_token_is_refused_and_told_to_sign_in_again(
    world: World, query: str
) -> None:
    expired = token(world, lifetime=timedelta(hours=-1))
    response = await ask(world, query, f"Bearer {expired}")
    assert await refusal(response) == REFUSED
    assert response.json() == {
        "errors": [
            {
                "message": "Your sign-in has expired. Please sign in again.",
                "extensions": {"code": "UNAUTHENTICATED"},
            }
        ]
    }
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("make", [forged, of_another_project, anon_key, unsigned])
async def test_a_token_that_is_not_this_projects_user_is_refused(world: World, make: Any) -> None:
    sent = make(world)
    response = await ask(world, ME, f"Bearer {sent}")
    assert await refusal(response) == REFUSED
    assert sent not in response.text


@pytest.mark.parametrize(
    "header",
    [
        "Bearer nonsense",
        "Bearer a.b.c",
        "Bearer sb_publishable_abc",
        "Bearer sb_secret_abc",
        f"Bearer {'x' * 20_000}",
        "Bearer",
        "",
        "Basic dXNlcjpwYXNz",
        "Token abc",
    ],
)
async def test_any_other_header_is_refused_and_never_taken_for_nobody(
    world: World, header: str
) -> None:
    assert await refusal(await ask(world, ON_SALE, header)) == REFUSED


async def test_a_scheme_of_another_kind_is_told_how_to_write_it(world: World) -> None:
    response = await ask(world, ME, f"Token {token(world)}")
    [error] = response.json()["errors"]
    assert error["message"] == "Write the header as `Authorization: Bearer <access token>`."


async def test_a_person_deleted_after_sign_in_is_told_so_and_not_made_again(world: World) -> None:
    await world.rows("delete from auth.users where id = $1", DEMO_USER.id)

    answer = await world.client.posts(ME)
    assert answer["data"] is None
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "NOT_FOUND"
    assert error["message"] == "We could not find this account."
    opened = await world.client.opens_checkout((await world.client.slots())[0])
    assert [problem["code"] for problem in opened["errors"]] == ["NOT_FOUND"]
    assert (opened["checkout"], opened["booking"]) == (None, None)

    assert await world.rows("select from public.users where id = $1", DEMO_USER.id) == []
    assert await world.rows("select from public.bookings") == []
    assert world.sandbox.journal.of("stripe") == []


async def test_a_person_whom_the_mirror_missed_is_made_at_their_first_request(
    world: World,
) -> None:
    await world.rows("delete from public.users where id = $1", DEMO_USER.id)
    assert await world.client.asks(ME) == {"me": {"email": "demo@example.com"}}
    assert len(await world.rows("select from public.users where id = $1", DEMO_USER.id)) == 1


class Unreachable:
    """A key service that does not answer, and how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self) -> dict[str, Any]:
        self.asked += 1
        raise ProviderError("supabase", "no answer (ConnectError)", retryable=True)


async def test_without_the_keys_nobody_is_let_in_and_nobody_is_called_a_liar(world: World) -> None:
    fetch = Unreachable()
    verifier = TokenVerifier(
        issuer=f"{world.sandbox.accounts.url}/auth/v1", fetch=fetch, hs256_secret=None
    )
    options = GraphQLOptions()
    toy = ToyClient(options, context=context_of(world.app, verifier), schema=build_schema(options))

    response = await toy.http.post(
        "/graphql", json={"query": ME}, headers={"authorization": f"Bearer {token(world)}"}
    )
    assert await refusal(response) == (503, "AUTH_UNAVAILABLE", None)
    assert response.headers["retry-after"] == "5"
    assert fetch.asked == 1

    anonymous = await toy.http.post("/graphql", json={"query": ON_SALE})
    assert len(anonymous.json()["data"]["sessionTypes"]["nodes"]) == 5
    refused = await toy.http.post(
        "/graphql", json={"query": ME}, headers={"authorization": "Bearer nonsense"}
    )
    assert refused.status_code == 401
    await verifier.close()


async def test_nobody_has_no_bookings_to_load(world: World) -> None:
    opened = await world.client.books()
    row = await world.row("select id from public.bookings where id = $1", opened.booking_id)
    assert await RequestLoaders(world.app, None).booking(row["id"]) is None


async def test_however_many_objects_ask_one_query_answers_for_each_kind(world: World) -> None:
    opened = [await world.client.books() for _ in range(3)]
    await world.pays(opened[0])
    await world.worker.drain()
    ids = [UUID(each.booking_id) for each in opened]
    db = CountingDatabase(world.app.db.pool)
    viewer = Viewer(DEMO_USER.id, DEMO_USER.email, is_anonymous=False, language=None)
    loaders = RequestLoaders(replace(world.app, db=db), viewer)

    found = [each for each in await asyncio.gather(*map(loaders.booking, ids)) if each]
    assert [booking.id for booking in found] == ids
    assert db.reads == 1
    await asyncio.gather(
        *(loaders.host(booking.host_id) for booking in found),
        *(loaders.session_type(booking.session_type_id) for booking in found),
    )
    assert db.reads == 3
    payments = await asyncio.gather(*map(loaders.payments, ids))
    assert [len(each) for each in payments] == [1, 0, 0]
    meetings = await asyncio.gather(*map(loaders.meeting, ids))
    assert [meeting is not None for meeting in meetings] == [True, False, False]
    assert db.reads == 5


async def test_ids_of_nothing_load_as_nothing(world: World) -> None:
    loaders = RequestLoaders(world.app, None)
    assert await loaders.meeting(uuid4()) is None
    assert await loaders.payments(uuid4()) == []


async def test_everything_that_belongs_to_a_booking_can_be_asked_along(world: World) -> None:
    opened = await world.client.books()
    await world.pays(opened)
    await world.worker.drain()
    booking = {"id": opened.booking_id}
    host = {"name": "Olena Koval", "timeZone": "Europe/Kyiv"}
    data = await world.client.asks(
        "{ myBookings { nodes { id host { name timeZone } sessionType { name host { name } } } }"
        " myPayments { nodes { booking { id } } } myNotifications { nodes { booking { id } } } }"
    )
    assert data == {
        "myBookings": {
            "nodes": [
                booking
                | {"host": host}
                | {"sessionType": {"name": "Mentoring session", "host": {"name": "Olena Koval"}}}
            ]
        },
        "myPayments": {"nodes": [{"booking": booking}]},
        "myNotifications": {"nodes": [{"booking": booking}]},
    }


async def test_what_belongs_to_no_booking_any_more_says_so(world: World) -> None:
    opened = await world.client.books()
    await world.pays(opened)
    await world.worker.drain()
    await world.rows("update public.payments set booking_id = null")
    await world.rows("update public.notifications set booking_id = null")
    query = (
        "{ myPayments { nodes { booking { id } } } myNotifications { nodes { booking { id } } } }"
    )
    assert await world.client.asks(query) == {
        "myPayments": {"nodes": [{"booking": None}]},
        "myNotifications": {"nodes": [{"booking": None}]},
    }
