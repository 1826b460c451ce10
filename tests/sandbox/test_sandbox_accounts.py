"""The stand-in for Supabase Auth gives tokens that the product's own verifier accepts."""

import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import jwt
import pytest

from sandbox.accounts import DEMO_USER, DEMO_USERS, SandboxAccounts
from services.auth import Reason, TokenRefused, TokenVerifier
from tests.sandbox.sandbox_rig import Rig, running


async def claims_of(rig: Rig, token: str) -> Any:
    """Verified by PyJWT as reference for Supabase's tokens says."""
    keys = jwt.PyJWKSet.from_dict(
        (await rig.http.get(f"{rig.settings.token_issuer}/.well-known/jwks.json")).json()
    )
    key = keys[jwt.get_unverified_header(token)["kid"]]
    return jwt.decode(
        token,
        key.key,
        algorithms=["ES256"],
        audience="authenticated",
        issuer=rig.settings.token_issuer,
        options={"require": ["exp", "iat", "sub", "aud", "iss"]},
    )


def verifier(rig: Rig) -> TokenVerifier:
    async def fetch() -> Any:
        return (await rig.http.get(f"{rig.settings.token_issuer}/.well-known/jwks.json")).json()

    return TokenVerifier(issuer=rig.settings.token_issuer, fetch=fetch, hs256_secret=None)


async def test_a_token_verifies_against_the_served_keys_and_has_supabases_claims() -> None:
    async with running() as rig:
        token = rig.sandbox.accounts.token(DEMO_USER.id, DEMO_USER.email, name=DEMO_USER.name)
        claims = await claims_of(rig, token)
    assert claims.pop("exp") - claims["iat"] == 3600
    assert claims.pop("session_id") != str(DEMO_USER.id)
    assert claims.pop("amr") == [{"method": "password", "timestamp": claims.pop("iat")}]
    assert claims == {
        "iss": f"{rig.origin}/sandbox/supabase/auth/v1",
        "aud": "authenticated",
        "sub": str(DEMO_USER.id),
        "role": "authenticated",
        "email": "demo@example.com",
        "phone": "",
        "aal": "aal1",
        "is_anonymous": False,
        "app_metadata": {"provider": "email", "providers": ["email"]},
        "user_metadata": {"email": "demo@example.com", "name": "Demo Client"},
    }


async def test_the_served_keys_hold_nothing_private_and_may_be_cached() -> None:
    async with running() as rig:
        answer = await rig.http.get("/sandbox/supabase/auth/v1/.well-known/jwks.json")
    [key] = answer.json()["keys"]
    assert set(key) == {"kty", "crv", "x", "y", "kid", "alg", "use"}
    assert answer.headers["cache-control"] == "public, max-age=600"


async def test_the_products_verifier_knows_the_demo_user_by_a_token() -> None:
    async with running() as rig:
        token = rig.sandbox.accounts.token(DEMO_USER.id, DEMO_USER.email)
        checks = verifier(rig)
        viewer = await checks.verify(token)
        await checks.close()
    assert viewer.user_id == DEMO_USER.id


async def test_an_expired_token_is_refused_whatever_the_sandbox_clock_says() -> None:
    async with running() as rig:
        fresh = rig.sandbox.accounts.token(DEMO_USER.id, DEMO_USER.email)
        old = rig.sandbox.accounts.token(
            DEMO_USER.id, DEMO_USER.email, lifetime=timedelta(hours=-1)
        )
        await rig.sandbox.advance(timedelta(days=30))
        checks = verifier(rig)
        assert (await checks.verify(fresh)).user_id == DEMO_USER.id
        with pytest.raises(TokenRefused) as refused:
            await checks.verify(old)
        await checks.close()
    assert refused.value.reason is Reason.EXPIRED


async def test_the_session_route_signs_in_every_demo_user() -> None:
    async with running() as rig:
        for number, user in enumerate(DEMO_USERS, 1):
            answer = await rig.http.get("/sandbox/session", params={"user": number})
            body = answer.json()
            assert (await claims_of(rig, body["accessToken"]))["sub"] == str(user.id)
            assert body["user"] == {"id": str(user.id), "email": user.email, "name": user.name}
            assert answer.headers["cache-control"] == "no-store"
        default = (await rig.http.get("/sandbox/session")).json()
    assert default["user"]["email"] == "demo@example.com"


async def test_the_session_route_knows_nobody_beyond_them() -> None:
    async with running() as rig:
        answer = await rig.http.get("/sandbox/session?user=7")
    assert answer.status_code == 400
    assert answer.json() == {"error": {"message": "user must be one of 1, 2, 3, 4, 5, 6"}}


async def test_everybody_one_can_be_is_listed_by_their_number() -> None:
    async with running() as rig:
        users = (await rig.http.get("/sandbox/users")).json()["users"]
    assert [(user["number"], user["name"], user["isHost"]) for user in users] == [
        (1, "Demo Client", False),
        (2, "Rival Client", False),
        (3, "Olena Koval", True),
        (4, "Marcus Reed", True),
        (5, "Yuki Tanaka", True),
        (6, "Lena Fischer", True),
    ]
    assert set(users[0]) == {"number", "name", "email", "isHost"}


async def test_every_host_of_the_seed_has_a_sign_in_under_their_own_address(seeded: str) -> None:
    conn = await asyncpg.connect(seeded)
    try:
        rows = await conn.fetch("select id, user_id, name, email from public.hosts")
    finally:
        await conn.close()
    linked = {(row["id"], row["user_id"], row["name"], row["email"]) for row in rows}
    hosts = [user for user in DEMO_USERS if user.host_id]
    assert linked == {(user.host_id, user.id, user.name, user.email) for user in hosts}
    assert len(hosts) == 4


def test_the_key_outlives_the_process_and_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "accounts.pem"
    first = SandboxAccounts(public_url="http://a.test", key_file=file)
    second = SandboxAccounts(public_url="http://a.test", key_file=file)
    assert first.jwks() == second.jwks()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_sandbox_without_a_key_file_has_a_key_of_its_own() -> None:
    first, second = (SandboxAccounts(public_url="http://a.test") for _ in range(2))
    assert first.jwks() != second.jwks()
