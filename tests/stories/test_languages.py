"""Everybody is written to in their own language: by token, else by Supabase Auth, else English."""

import time
from typing import Any

import jwt
import pytest
from pydantic import SecretStr

from sandbox.accounts import DEMO_USERS
from sandbox.faults import Fault, FaultKind
from tests.world import Client, Opened, World, running_world

CONFIRMED_UK = "Підтверджено: Mentoring session · Olena Koval"
CONFIRMED_RU = "Подтверждено: Mentoring session · Olena Koval"
CONFIRMED_EN = "Confirmed: Mentoring session with Olena Koval"
HS256_SECRET = "a-secret-of-this-test-which-is-long-enough"


async def booked_in_kyiv(world: World, client: Client | None = None) -> None:
    client = client or world.client
    slot = (await client.slots())[0]
    payload = await client.opens_checkout(slot, timeZone="Europe/Kyiv")
    assert payload["errors"] == [], payload
    await world.pays(Opened(payload["booking"]["id"], payload["checkout"]["sessionId"], slot))
    await world.worker.drain()
    assert (await client.booking(payload["booking"]["id"]))["status"] == "ACCEPTED"


async def language_of(world: World) -> str | None:
    row = await world.row("select language from public.users where id = $1", world.client.user_id)
    language: str | None = row["language"]
    return language


def asked_of_auth(world: World) -> list[int]:
    """Answers of Supabase Auth about accounts."""
    calls = world.sandbox.journal.of("supabase")
    return [call.status for call in calls if "/admin/users/" in call.path]


def token(world: World, **metadata: Any) -> str:
    """A token of the demo user, signed by the project's legacy secret."""
    now = int(time.time())
    claims = {
        "iss": f"{world.sandbox.accounts.url}/auth/v1",
        "aud": "authenticated",
        "role": "authenticated",
        "sub": str(DEMO_USERS[0].id),
        "email": DEMO_USERS[0].email,
        "iat": now,
        "exp": now + 600,
        "user_metadata": metadata,
    }
    return jwt.encode(claims, HS256_SECRET, algorithm="HS256")


@pytest.mark.parametrize(
    ("language", "subject", "clock"),
    [
        ("uk", CONFIRMED_UK, "(час: Київ, GMT+"),
        ("ru-UA", CONFIRMED_RU, "(время: Киев, GMT+"),
        ("fr", CONFIRMED_EN, "(Kyiv time, GMT+"),
        (["uk"], CONFIRMED_EN, "(Kyiv time, GMT+"),
    ],
    ids=["Ukrainian", "Russian", "another", "no text"],
)
async def test_a_client_reads_their_own_language_and_their_own_clock(
    world: World, language: object, subject: str, clock: str
) -> None:
    world.sandbox.supabase.set_metadata(DEMO_USERS[0].id, language=language)
    await booked_in_kyiv(world)
    [mail] = world.sandbox.inbox.to("demo@example.com")
    assert mail.subject == subject
    assert clock in mail.text
    inbox = await world.client.asks("{ myNotifications(first: 5) { nodes { title body } } }")
    [message] = inbox["myNotifications"]["nodes"]
    assert message["title"] == subject
    assert clock in message["body"]
    [to_host] = world.mails("olena@example.com")
    assert to_host.startswith("Booked: Mentoring session, ")  # hers is her own


async def test_auth_is_asked_once_of_whoever_the_token_says_too_little(world: World) -> None:
    world.sandbox.supabase.set_metadata(DEMO_USERS[0].id, language="uk")
    await booked_in_kyiv(world)
    await booked_in_kyiv(world)
    assert world.mails() == [CONFIRMED_UK] * 2
    assert asked_of_auth(world) == [200]
    assert await language_of(world) == "uk"


async def test_while_auth_is_down_everybody_can_buy_and_is_asked_for_again_later(
    world: World,
) -> None:
    world.sandbox.supabase.set_metadata(DEMO_USERS[0].id, language="uk")
    world.sandbox.faults.plan("supabase.user", Fault(FaultKind.FAIL), 3)
    await booked_in_kyiv(world)
    assert world.mails() == [CONFIRMED_EN]
    assert await language_of(world) is None
    world.sandbox.faults.clear()
    await booked_in_kyiv(world)
    assert world.mails() == [CONFIRMED_EN, CONFIRMED_UK]
    assert asked_of_auth(world)[-1] == 200


async def test_a_token_that_names_the_language_is_believed_and_auth_not_asked(seeded: str) -> None:
    async with running_world(seeded, supabase_jwt_secret=SecretStr(HS256_SECRET)) as world:
        for language, subject in (("ru", CONFIRMED_RU), ("uk-UA", CONFIRMED_UK)):
            client = Client(world.http, token(world, language=language), DEMO_USERS[0].id)
            await booked_in_kyiv(world, client)
            assert world.mails()[-1] == subject
            assert await language_of(world) == language
        assert asked_of_auth(world) == []
