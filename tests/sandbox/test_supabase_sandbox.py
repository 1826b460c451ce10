"""Supabase's stand-in: who may ask, what it tells of people, what it broadcasts."""

from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
from starlette.applications import Starlette

from sandbox.accounts import DEMO_USERS, SandboxAccounts
from sandbox.faults import Fault, FaultKind
from sandbox.supabase import SECRET_KEY, Broadcast, SupabaseSandbox
from tests.providers.standin_rig import served

ANN = DEMO_USERS[0]
USER = f"/auth/v1/admin/users/{ANN.id}"
BROADCAST = f"/realtime/v1/api/broadcast/user%3A{ANN.id}/events/notification"
KEY = {"apikey": SECRET_KEY}


@pytest.fixture
async def standin() -> AsyncIterator[SupabaseSandbox]:
    async with served(lambda stage: SupabaseSandbox(stage, DEMO_USERS)) as standin:
        yield standin


@pytest.fixture
async def http(standin: SupabaseSandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=standin.url, trust_env=False) as http:
        yield http


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"apikey": "sb_secret_other"},
        {"authorization": f"Bearer {SECRET_KEY}"},
        KEY | {"authorization": "Bearer eyJ.somebody.else"},
    ],
)
async def test_only_the_secret_key_opens_it(
    standin: SupabaseSandbox, http: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    assert (await http.get(USER, headers=headers)).status_code == 401
    refused = await http.post(f"{BROADCAST}?private=true", json={}, headers=headers)
    assert refused.status_code == 401
    assert standin.broadcasts == []


async def test_a_demo_user_is_told_in_full(http: httpx.AsyncClient) -> None:
    account = (await http.get(USER, headers=KEY)).json()

    assert (account["id"], account["email"]) == (str(ANN.id), ANN.email)
    assert account["user_metadata"] == {"email": ANN.email, "name": ANN.name}
    assert account["role"] == "authenticated"


async def test_people_may_write_and_forget_metadata(
    standin: SupabaseSandbox, http: httpx.AsyncClient
) -> None:
    standin.set_metadata(ANN.id, language="uk", full_name="Ann")
    standin.set_metadata(ANN.id, full_name=None)

    account = (await http.get(USER, headers=KEY)).json()

    expected = {"email": ANN.email, "name": ANN.name, "language": "uk"}
    assert account["user_metadata"] == expected


@pytest.mark.parametrize(
    ("user_id", "code"),
    [(str(UUID(int=1)), "user_not_found"), ("not-a-uuid", "validation_failed")],
)
async def test_nobody_else_is_known(http: httpx.AsyncClient, user_id: str, code: str) -> None:
    response = await http.get(f"/auth/v1/admin/users/{user_id}", headers=KEY)

    assert (response.status_code, response.json()["code"]) == (404, code)
    assert response.headers["X-Supabase-Api-Version"] == "2024-01-01"


async def test_a_private_broadcast_is_kept(
    standin: SupabaseSandbox, http: httpx.AsyncClient
) -> None:
    response = await http.post(f"{BROADCAST}?private=true", json={"id": "1"}, headers=KEY)

    assert (response.status_code, response.content) == (202, b"")
    assert standin.broadcasts == [Broadcast(f"user:{ANN.id}", "notification", {"id": "1"})]
    [shown] = standin.shown()
    assert (shown["title"], shown["details"]["Topic"]) == ("notification", f"user:{ANN.id}")


@pytest.mark.parametrize(
    ("query", "content", "status"), [("", b"{}", 403), ("?private=true", b"", 422)]
)
async def test_public_channels_and_empty_messages_are_refused(
    standin: SupabaseSandbox, http: httpx.AsyncClient, query: str, content: bytes, status: int
) -> None:
    response = await http.post(f"{BROADCAST}{query}", content=content, headers=KEY)

    assert response.status_code == status
    assert standin.broadcasts == []


async def test_only_the_newest_broadcasts_are_kept(
    standin: SupabaseSandbox, http: httpx.AsyncClient
) -> None:
    for number in range(202):
        await http.post(f"{BROADCAST}?private=true", json=number, headers=KEY)

    payloads = [told.payload for told in standin.broadcasts]
    assert (len(payloads), payloads[0], payloads[-1]) == (200, 2, 201)


async def test_a_full_limit_asks_to_wait(standin: SupabaseSandbox, http: httpx.AsyncClient) -> None:
    standin.stage.faults.plan("supabase", Fault(FaultKind.RATE_LIMIT, seconds=9))

    response = await http.get(USER, headers=KEY)

    assert (response.status_code, response.headers["Retry-After"]) == (429, "9")
    assert response.json()["code"] == "over_request_rate_limit"


async def test_it_shares_its_address_with_the_public_keys(standin: SupabaseSandbox) -> None:
    accounts = SandboxAccounts(public_url=standin.stage.public_url)
    assert accounts.url == standin.url
    web = Starlette(routes=[*accounts.routes(), *standin.routes()])
    transport = httpx.ASGITransport(app=web)

    async with httpx.AsyncClient(transport=transport, base_url=standin.url) as http:
        keys = await http.get("/auth/v1/.well-known/jwks.json")
        account = await http.get(USER, headers=KEY)

    assert keys.json() == accounts.jwks()
    assert account.json()["email"] == ANN.email
