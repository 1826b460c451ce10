"""A small API with one field for each way an operation can go, and what it did."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import httpx
import strawberry
from graphql import GraphQLError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Mount, Route

from resolvers.guarded import guarded_schema
from resolvers.http import GraphQLEndpoint
from resolvers.ide import IdeFiles
from resolvers.masking import MaskingSchema, Unauthenticated
from resolvers.options import GraphQLOptions
from schema.connections import After, Connection, First, page_request
from schema.errors import UserError, as_data
from schema.money import Money
from services.domain import money
from services.domain.errors import AlreadyPaid, SlotTaken
from services.domain.paging import Cursor, Page
from services.domain.slots import Interval

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)


@dataclass
class Done:
    """The context: what resolvers were made to do."""

    touched: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Row:
    number: int

    @property
    def key(self) -> Cursor:
        return Cursor(NOON, UUID(int=self.number))


ROWS = [Row(number) for number in range(5)]


@strawberry.type(description="A thing.")
class Thing:
    number: int = strawberry.field(description="Its number.")

    @strawberry.field(description="Its price.")
    def price(self) -> Money:
        return Money.of(money.Money(self.number, "USD"))

    @strawberry.field(description="Things near it.")
    def near(self) -> list["Thing"]:
        return [Thing(number=self.number + 1)]

    @strawberry.field(description="Things after it.")
    def rest(self, first: First = 20, after: After = None) -> Connection["Thing"]:
        return things(first, after)


def things(first: int, after: str | None) -> Connection[Thing]:
    request = page_request(first, after)
    start = 0 if request.after is None else request.after.id.int + 1
    page = Page.cut(ROWS[start:][: request.limit], request)
    return Connection[Thing].of(
        page, node=lambda row: Thing(number=row.number), key=lambda row: row.key
    )


@strawberry.type(description="All that can be asked.")
class Query:
    @strawberry.field(description="A greeting.")
    def hello(
        self,
        name: Annotated[str, strawberry.argument(description="Whom to greet.")] = "you",
    ) -> str:
        return f"hello {name}"

    @strawberry.field(description="Things, newest first.")
    def things(self, first: First = 20, after: After = None) -> Connection[Thing]:
        return things(first, after)

    @strawberry.field(description="The same moment.")
    def moment(self, at: Annotated[datetime, strawberry.argument(description="When.")]) -> datetime:
        return at

    @strawberry.field(description="A bug.")
    def bug(self) -> str | None:
        raise RuntimeError("password is hunter2")

    @strawberry.field(description="A bug that only GraphQL notices: 2^31 is no Int.")
    def overflow(self) -> int | None:
        return 2**31

    @strawberry.field(description="A GraphQL error that nobody gave a code.")
    def uncoded(self) -> str | None:
        raise GraphQLError("internal detail")

    @strawberry.field(description="Needs sign-in.")
    def me(self) -> str | None:
        raise Unauthenticated

    @strawberry.field(description="Expected failures as data.")
    def failures(self) -> list[UserError]:
        return [
            as_data(SlotTaken([Interval(NOON, NOON + timedelta(hours=1))])),
            as_data(AlreadyPaid()),
        ]


@strawberry.type(description="All that can be done.")
class Mutation:
    @strawberry.mutation(description="Leave a trace.")
    def touch(
        self,
        info: strawberry.Info[Done, None],
        name: Annotated[str, strawberry.argument(description="What to leave.")],
    ) -> str:
        info.context.touched.append(name)
        return name


@strawberry.type(description="All that can be followed.")
class Subscription:
    @strawberry.subscription(description="One tick, then a bug.")
    async def tick(self) -> AsyncIterator[str]:
        yield "tick"
        raise RuntimeError("password is hunter2")


def toy_schema(options: GraphQLOptions | None = None) -> MaskingSchema:
    return guarded_schema(Query, Mutation, Subscription, options=options)


class Client:
    """Sends operations to the toy API over HTTP and keeps what they did."""

    def __init__(
        self,
        options: GraphQLOptions | None = None,
        context: Callable[[Request], Awaitable[Any]] | None = None,
        schema: MaskingSchema | None = None,
    ) -> None:
        options = options or GraphQLOptions()
        self.done = Done()
        schema = schema or toy_schema(options)
        endpoint = GraphQLEndpoint(schema, context or self._context, options)
        app = Starlette(
            routes=[
                Route("/graphql", endpoint, methods=["GET", "POST"]),
                Mount("/graphql/ide", IdeFiles()),
            ]
        )
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://toy.test"
        )

    async def _context(self, _: Request) -> Done:
        return self.done

    async def post(
        self, body: object, *, accept: str = "application/graphql-response+json"
    ) -> httpx.Response:
        return await self.http.post("/graphql", json=body, headers={"accept": accept})

    async def raw(self, content: Any, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post(
            "/graphql", content=content, headers={"content-type": "application/json"} | named
        )


def codes(response: httpx.Response) -> list[str]:
    return [error["extensions"]["code"] for error in response.json()["errors"]]
