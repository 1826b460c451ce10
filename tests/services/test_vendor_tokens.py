"""One access token for all processes: who may fetch it, who waits, and who takes over."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from pytest_httpx import HTTPXMock

from sandbox.zoom import ACCOUNT_ID, CLIENT_ID, CLIENT_SECRET, ZoomSandbox
from services.db import Database
from services.providers.access_tokens import Token
from services.providers.errors import ProviderError
from services.providers.http import Door
from services.providers.zoom_tokens import TokenShelf, ZoomTokens
from services.vendor_tokens import SharedTokens
from tests.providers.standin_rig import served
from tests.providers.token_shelf import TokensInMemory

NAME = "zoom:acc:client"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SOON = NOW + timedelta(seconds=17)
TOKEN = Token("token_1", NOW + timedelta(hours=1))
NEWER = Token("token_2", NOW + timedelta(hours=2))


@pytest.fixture
async def db(database: str) -> AsyncIterator[Database]:
    db = await Database.connect(database)
    yield db
    await db.close()


@pytest.fixture
def shelf(db: Database) -> SharedTokens:
    return SharedTokens(db)


@asynccontextmanager
async def tokens_of(
    shelf: TokenShelf,
    *,
    base: str = "https://zoom.us",
    now: Callable[[], datetime] = lambda: NOW,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> AsyncIterator[ZoomTokens]:
    door = Door("zoom", base)
    yield ZoomTokens(
        door,
        shelf,
        account_id=ACCOUNT_ID,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        timeout=timedelta(seconds=15),
        now=now,
        sleep=sleep,
    )
    await door.close()


async def test_a_name_without_a_token_has_none(shelf: SharedTokens) -> None:
    assert await shelf.read(NAME) is None


async def test_what_was_written_is_read_under_its_name_alone(shelf: SharedTokens) -> None:
    await shelf.write(NAME, TOKEN)
    await shelf.write("zoom:other", NEWER)

    assert await shelf.read(NAME) == TOKEN
    await shelf.write(NAME, NEWER)
    assert await shelf.read(NAME) == NEWER


async def test_one_alone_gets_the_lease(shelf: SharedTokens) -> None:
    got = await asyncio.gather(
        *(shelf.lease(NAME, instead_of=None, now=NOW, until=SOON) for _ in range(8))
    )

    assert sorted(got) == [False] * 7 + [True]
    assert await shelf.read(NAME) is None


async def test_a_lease_lapses_at_its_end(shelf: SharedTokens) -> None:
    later = SOON + timedelta(seconds=17)
    assert await shelf.lease(NAME, instead_of=None, now=NOW, until=SOON)

    just_before = SOON - timedelta(microseconds=1)
    assert not await shelf.lease(NAME, instead_of=None, now=just_before, until=later)
    assert await shelf.lease(NAME, instead_of=None, now=SOON, until=later)


async def test_a_new_token_ends_the_lease(shelf: SharedTokens) -> None:
    assert await shelf.lease(NAME, instead_of=None, now=NOW, until=SOON)
    await shelf.write(NAME, TOKEN)

    assert await shelf.lease(NAME, instead_of=TOKEN, now=NOW, until=SOON)
    assert await shelf.read(NAME) == TOKEN


@pytest.mark.parametrize("seen", [None, TOKEN])
async def test_who_saw_an_older_token_gets_no_lease(
    seen: Token | None, shelf: SharedTokens
) -> None:
    await shelf.write(NAME, NEWER)

    assert not await shelf.lease(NAME, instead_of=seen, now=NOW, until=SOON)
    assert await shelf.read(NAME) == NEWER


async def test_a_lease_is_given_up_by_its_holder_alone(shelf: SharedTokens) -> None:
    await shelf.lease(NAME, instead_of=None, now=NOW, until=SOON)

    await shelf.give_up(NAME, until=SOON + timedelta(seconds=1))
    assert not await shelf.lease(NAME, instead_of=None, now=NOW, until=SOON)
    await shelf.give_up(NAME, until=SOON)
    assert await shelf.lease(NAME, instead_of=None, now=NOW, until=SOON)


async def test_a_token_is_dropped_only_while_it_is_that_one(shelf: SharedTokens) -> None:
    await shelf.write(NAME, NEWER)

    await shelf.drop(NAME, TOKEN)
    assert await shelf.read(NAME) == NEWER
    await shelf.drop(NAME, NEWER)
    assert await shelf.read(NAME) is None
    await shelf.drop(NAME, NEWER)


async def test_clients_of_the_api_do_not_reach_the_tokens(
    shelf: SharedTokens, db: Database
) -> None:
    await shelf.write(NAME, TOKEN)

    async with db.transaction() as conn:
        await conn.execute("set local role authenticated")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.fetch("select * from private.vendor_tokens")


async def test_a_token_does_not_print() -> None:
    assert "token_1" not in repr(TOKEN)


async def test_many_processes_at_once_fetch_one_token(db: Database) -> None:
    async def blink(_seconds: float) -> None:
        await asyncio.sleep(0.02)

    async with served(ZoomSandbox) as service:
        now = service.stage.clock.now
        processes = [SharedTokens(db) for _ in range(6)]

        async def current(shelf: SharedTokens) -> Token:
            async with tokens_of(shelf, base=service.url, now=now, sleep=blink) as tokens:
                return await tokens.current()

        held = await asyncio.gather(*(current(shelf) for shelf in processes))

        assert len({token.access_token for token in held}) == 1
        assert len(service.stage.journal.of("zoom")) == 1


async def test_the_one_who_waits_takes_over_from_a_process_that_died(
    httpx_mock: HTTPXMock,
) -> None:
    shelf, clock, slept = TokensInMemory(), [NOW], []
    name = f"zoom:{ACCOUNT_ID}:{CLIENT_ID}"
    shelf.leases[name] = SOON
    httpx_mock.add_response(json={"access_token": "token_2", "expires_in": 3600})

    async def pass_time(seconds: float) -> None:
        slept.append(seconds)
        clock[0] += timedelta(seconds=seconds)

    async with tokens_of(shelf, now=lambda: clock[0], sleep=pass_time) as tokens:
        token = await tokens.current()

    assert token == Token("token_2", clock[0] + timedelta(hours=1))
    assert slept[:5] == [0.1, 0.2, 0.4, 0.8, 1.6]
    assert 17 <= sum(slept) < 19
    assert shelf.leases == {}


async def test_the_one_who_waits_takes_the_token_that_another_fetched(
    httpx_mock: HTTPXMock,
) -> None:
    shelf = TokensInMemory()
    name = f"zoom:{ACCOUNT_ID}:{CLIENT_ID}"
    shelf.leases[name] = SOON

    async def fetched_meanwhile(_seconds: float) -> None:
        await shelf.write(name, TOKEN)

    async with tokens_of(shelf, sleep=fetched_meanwhile) as tokens:
        assert await tokens.current() == TOKEN

    assert httpx_mock.get_requests() == []


async def test_waiting_ends_when_others_go_on_fetching(httpx_mock: HTTPXMock) -> None:
    shelf = TokensInMemory()
    shelf.leases[f"zoom:{ACCOUNT_ID}:{CLIENT_ID}"] = SOON

    async def no_time_passes(_seconds: float) -> None: ...

    async with tokens_of(shelf, sleep=no_time_passes) as tokens:
        with pytest.raises(ProviderError, match="other processes") as caught:
            await tokens.current()

    assert (caught.value.retryable, caught.value.status) == (True, None)
    assert httpx_mock.get_requests() == []


@pytest.mark.parametrize(("left", "replaced"), [(120, True), (121, False)])
async def test_a_token_is_replaced_two_minutes_before_its_end(
    left: int, replaced: bool, httpx_mock: HTTPXMock
) -> None:
    held = Token("token_1", NOW + timedelta(seconds=left))
    shelf = TokensInMemory({f"zoom:{ACCOUNT_ID}:{CLIENT_ID}": held})
    if replaced:
        httpx_mock.add_response(json={"access_token": "token_2", "expires_in": 3600})

    async with tokens_of(shelf) as tokens:
        token = await tokens.current()

    assert (token != held) is replaced
