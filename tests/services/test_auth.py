"""Access tokens with real keys: who is let in, who is not and why, and how keys rotate."""

import asyncio
import base64
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from services.auth import AuthUnavailable, Reason, TokenRefused, TokenVerifier, Viewer
from services.providers.errors import ProviderError

ISSUER = "https://project.supabase.test/auth/v1"
SECRET = "super-secret-jwt-token-with-at-least-32-characters"
USER = UUID("5b3a3c5e-3c70-4d3e-9f0f-0c1d2e3f4a5b")
NOW = 1_800_000_000.0


@dataclass
class Clock:
    """Wall time and monotonic time, moved together."""

    passed: float = 0.0

    def now(self) -> float:
        return NOW + self.passed

    def ticks(self) -> float:
        return 5.0 + self.passed


class Key:
    """A private key and what the project tells of it."""

    def __init__(self, kid: str, algorithm: str = "ES256") -> None:
        self.kid = kid
        self.algorithm = algorithm
        self.private: Any
        if algorithm == "ES256":
            self.private = ec.generate_private_key(ec.SECP256R1())
        elif algorithm == "EdDSA":
            self.private = ed25519.Ed25519PrivateKey.generate()
        else:
            self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def jwk(self, **more: object) -> dict[str, Any]:
        described = jwt.get_algorithm_by_name(self.algorithm).to_jwk(
            self.private.public_key(), as_dict=True
        )
        return {**described, "kid": self.kid, "alg": self.algorithm, "use": "sig", **more}

    def signs(self, *, headers: dict[str, Any] | None = None, **changes: Any) -> str:
        return jwt.encode(
            claims(**changes), self.private, self.algorithm, {"kid": self.kid, **(headers or {})}
        )


def claims(**changes: Any) -> dict[str, Any]:
    """A user's claims as Supabase Auth writes them; `...` leaves one out."""
    written = {
        "iss": ISSUER,
        "aud": "authenticated",
        "sub": str(USER),
        "role": "authenticated",
        "iat": int(NOW),
        "exp": int(NOW) + 3600,
        "email": "ann@client.test",
        "phone": "",
        "is_anonymous": False,
        "session_id": "0190f0a4-2b7e-7c11-8a51-3f0e7d1c9a10",
        **changes,
    }
    return {name: value for name, value in written.items() if value is not ...}


@dataclass
class Project:
    """The project's JWKS endpoint: counts its reads, may be down, may be slow."""

    keys: list[Any] = field(default_factory=list)
    reads: int = 0
    down: bool = False
    gate: asyncio.Event | None = None
    document: Any = None

    async def read(self) -> dict[str, Any]:
        self.reads += 1
        if self.gate is not None:
            await self.gate.wait()
        if self.down:
            raise ProviderError("supabase", "answered 503", retryable=True, status=503)
        answer: dict[str, Any] = self.document or {"keys": self.keys}
        return answer


@pytest.fixture(scope="module")
def ec_key() -> Key:
    return Key("ec-1")


@pytest.fixture(scope="module")
def rsa_key() -> Key:
    return Key("rsa-1", "RS256")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def project(ec_key: Key, rsa_key: Key) -> Project:
    return Project([ec_key.jwk(), rsa_key.jwk()])


@pytest.fixture
def verifier(project: Project, clock: Clock) -> TokenVerifier:
    return made(project, clock)


def made(
    project: Project | None, clock: Clock, *, secret: str | None = None, cache_size: int = 100
) -> TokenVerifier:
    return TokenVerifier(
        issuer=ISSUER,
        fetch=project.read if project else None,
        hs256_secret=secret,
        cache_size=cache_size,
        now=clock.now,
        ticks=clock.ticks,
    )


async def refusal(verifier: TokenVerifier, token: str) -> Reason:
    with pytest.raises(TokenRefused) as caught:
        await verifier.verify(token)
    assert caught.value.message
    assert not token or token not in caught.value.message
    return caught.value.reason


def by_hand(header: dict[str, Any], payload: object, signature: bytes = b"") -> str:
    """A token from any parts, which a library would not write."""
    parts = (json.dumps(header).encode(), json.dumps(payload).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


# --- who is let in -------------------------------------------------------------------------------


async def test_a_users_token_says_who_they_are(verifier: TokenVerifier, ec_key: Key) -> None:
    token = ec_key.signs(user_metadata={"language": "uk"})

    assert await verifier.verify(token) == Viewer(USER, "ann@client.test", False, "uk")


@pytest.mark.parametrize("algorithm", ["RS256", "EdDSA"])
async def test_other_public_key_algorithms_serve_too(algorithm: str, clock: Clock) -> None:
    key = Key("k", algorithm)

    viewer = await made(Project([key.jwk()]), clock).verify(key.signs())

    assert viewer.user_id == USER


async def test_the_legacy_secret_serves_without_asking_for_keys(
    project: Project, clock: Clock
) -> None:
    token = jwt.encode(claims(), SECRET, "HS256", {"kid": "legacy"})

    viewer = await made(project, clock, secret=SECRET).verify(token)

    assert viewer.user_id == USER
    assert project.reads == 0


async def test_both_kinds_serve_while_a_project_migrates(
    project: Project, clock: Clock, ec_key: Key
) -> None:
    both = made(project, clock, secret=SECRET)

    assert (await both.verify(ec_key.signs())).user_id == USER
    assert (await both.verify(jwt.encode(claims(), SECRET, "HS256"))).user_id == USER


@pytest.mark.parametrize(
    ("changes", "viewer"),
    [
        ({"email": ""}, Viewer(USER, None, False, None)),
        ({"email": ...}, Viewer(USER, None, False, None)),
        ({"email": "", "is_anonymous": True}, Viewer(USER, None, True, None)),
        ({"email": "", "is_anonymous": "yes"}, Viewer(USER, None, False, None)),
        ({"email": "", "user_metadata": {"locale": "pt_BR"}}, Viewer(USER, None, False, "pt-BR")),
        ({"email": "", "user_metadata": {"language": "<b>"}}, Viewer(USER, None, False, None)),
        ({"email": "", "user_metadata": {"language": 7}}, Viewer(USER, None, False, None)),
        ({"email": "", "user_metadata": ["uk"]}, Viewer(USER, None, False, None)),
        ({"email": "", "aud": ["other", "authenticated"]}, Viewer(USER, None, False, None)),
    ],
)
async def test_claims_that_may_be_empty_or_odd(
    changes: dict[str, Any], viewer: Viewer, verifier: TokenVerifier, ec_key: Key
) -> None:
    assert await verifier.verify(ec_key.signs(**changes)) == viewer


# --- who is not ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"exp": int(NOW) - 10}, "expired"),
        ({"exp": ...}, "malformed"),
        ({"exp": "soon"}, "malformed"),
        ({"exp": float("nan")}, "malformed"),
        ({"exp": float("inf")}, "malformed"),
        ({"exp": 10**400}, "malformed"),
        ({"exp": -1}, "malformed"),
        ({"iat": ...}, "malformed"),
        ({"iat": int(NOW) + 11}, "not_yet_valid"),
        ({"nbf": int(NOW) + 11}, "not_yet_valid"),
        ({"nbf": "later"}, "malformed"),
        ({"iss": "https://elsewhere.test/auth/v1"}, "issuer"),
        ({"iss": ...}, "issuer"),
        ({"aud": "anon"}, "audience"),
        ({"aud": []}, "audience"),
        ({"aud": ...}, "audience"),
        ({"aud": {"authenticated": 1}}, "audience"),
        ({"role": "supabase_admin"}, "role"),
        ({"role": ["authenticated"]}, "role"),
        ({"role": ...}, "role"),
        ({"role": "anon"}, "api_key"),
        ({"role": "service_role"}, "api_key"),
        ({"sub": ""}, "subject"),
        ({"sub": "ann"}, "subject"),
        ({"sub": 7}, "subject"),
        ({"sub": ...}, "subject"),
    ],
)
async def test_a_signature_alone_is_not_enough(
    changes: dict[str, Any], reason: str, verifier: TokenVerifier, ec_key: Key
) -> None:
    assert await refusal(verifier, ec_key.signs(**changes)) == reason


@pytest.mark.parametrize("late", [{"iat": int(NOW) + 10}, {"nbf": int(NOW) + 10}])
async def test_clocks_may_differ_by_the_leeway(
    late: dict[str, Any], verifier: TokenVerifier, ec_key: Key
) -> None:
    assert (await verifier.verify(ec_key.signs(**late))).user_id == USER
    assert (await verifier.verify(ec_key.signs(exp=int(NOW) - 9))).user_id == USER


@pytest.mark.parametrize("key", ["sb_publishable_abc", "sb_secret_abc"])
async def test_new_api_keys_are_no_users_and_the_message_helps(
    key: str, verifier: TokenVerifier, project: Project
) -> None:
    with pytest.raises(TokenRefused, match="api_key") as caught:
        await verifier.verify(key)

    assert caught.value.reason is Reason.API_KEY
    assert "send a signed-in user's access token" in caught.value.message
    assert project.reads == 0


@pytest.mark.parametrize("role", ["anon", "service_role"])
async def test_legacy_api_keys_are_no_users(role: str, clock: Clock) -> None:
    key = jwt.encode(
        {"iss": "supabase", "ref": "project", "role": role, "iat": int(NOW), "exp": int(NOW) + 9},
        SECRET,
        "HS256",
    )

    assert await refusal(made(None, clock, secret=SECRET), key) == "api_key"
    assert await refusal(made(Project(), clock), key) == "api_key"


@pytest.mark.parametrize(
    "token", ["", "x", "a.b", "a.b.c", "....", "е.е.е", "a" * 20_000, "e30.e30.", "bnVsbA.e30.e30"]
)
async def test_what_is_no_token_is_refused_without_reading_keys(
    token: str, verifier: TokenVerifier, project: Project
) -> None:
    assert await refusal(verifier, token) in {"malformed", "algorithm"}
    assert project.reads == 0


async def test_a_payload_that_is_no_object_is_malformed(verifier: TokenVerifier) -> None:
    assert await refusal(verifier, by_hand({"alg": "ES256"}, ["authenticated"])) == "malformed"


async def test_a_changed_payload_breaks_the_signature(verifier: TokenVerifier, ec_key: Key) -> None:
    header, _, signature = ec_key.signs().split(".")
    payload = by_hand({}, claims(sub=str(UUID(int=1)))).split(".")[1]

    assert await refusal(verifier, f"{header}.{payload}.{signature}") == "signature"


async def test_a_stranger_with_our_key_id_is_not_let_in(verifier: TokenVerifier) -> None:
    assert await refusal(verifier, Key("ec-1").signs()) == "signature"


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "", "HS512", "PS256", "ES384", None, ["ES256"]]
)
async def test_the_token_does_not_choose_its_algorithm(
    algorithm: object, verifier: TokenVerifier, project: Project
) -> None:
    token = by_hand({"alg": algorithm, "kid": "ec-1"}, claims())

    assert await refusal(verifier, token) == "algorithm"
    assert project.reads == 0


async def test_an_unsigned_token_is_refused_whatever_is_configured(
    project: Project, clock: Clock
) -> None:
    token = by_hand({"alg": "none"}, claims())

    for verifier in (made(project, clock, secret=SECRET), made(None, clock, secret=SECRET)):
        assert await refusal(verifier, token) == "algorithm"


async def test_a_public_key_is_never_a_shared_secret(
    project: Project, clock: Clock, rsa_key: Key
) -> None:
    """The classic confusion: sign by HMAC with the public key as everyone can read it."""
    public = json.dumps(rsa_key.jwk()).encode()
    header = {"alg": "HS256", "kid": "rsa-1"}
    signed = by_hand(header, claims()).rpartition(".")[0]
    token = by_hand(header, claims(), hmac.digest(public, signed.encode(), "sha256"))

    assert await refusal(made(project, clock, secret=SECRET), token) == "signature"
    assert await refusal(made(project, clock), token) == "algorithm"


async def test_a_key_verifies_by_its_own_algorithm_only(
    verifier: TokenVerifier, rsa_key: Key
) -> None:
    token = rsa_key.signs(headers={"kid": "ec-1"})

    assert await refusal(verifier, token) == "algorithm"


async def test_without_the_secret_no_hmac_and_without_keys_no_public_key(
    project: Project, clock: Clock, ec_key: Key
) -> None:
    shared = jwt.encode(claims(), SECRET, "HS256")

    assert await refusal(made(project, clock), shared) == "algorithm"
    assert await refusal(made(None, clock, secret=SECRET), ec_key.signs()) == "algorithm"
    assert await refusal(made(None, clock, secret=SECRET[::-1]), shared) == "signature"


def test_a_short_secret_is_refused_at_the_start(clock: Clock) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        made(None, clock, secret="short")


# --- remembering ---------------------------------------------------------------------------------


async def test_a_remembered_token_is_still_refused_once_expired(
    verifier: TokenVerifier, ec_key: Key, clock: Clock
) -> None:
    token = ec_key.signs(exp=int(NOW) + 60)
    await verifier.verify(token)

    clock.passed = 69.9
    assert (await verifier.verify(token)).user_id == USER
    clock.passed = 70
    assert await refusal(verifier, token) == "expired"


async def test_a_remembered_token_is_not_mistaken_for_another(
    verifier: TokenVerifier, ec_key: Key
) -> None:
    await verifier.verify(ec_key.signs())
    other = ec_key.signs(sub=str(UUID(int=7)))

    assert (await verifier.verify(other)).user_id == UUID(int=7)
    assert (await verifier.verify(ec_key.signs())).user_id == USER


async def test_a_second_look_at_a_token_verifies_no_signature(
    project: Project, clock: Clock, ec_key: Key
) -> None:
    """Seen by object identity: a token verified anew would make a new viewer."""
    small = made(project, clock, cache_size=2)
    tokens = [ec_key.signs(sub=str(UUID(int=n))) for n in range(3)]
    first, second, _ = [await small.verify(token) for token in tokens]

    assert await small.verify(tokens[1]) is second
    assert await small.verify(tokens[0]) is not first


async def test_a_refusal_is_not_remembered_as_a_user(
    verifier: TokenVerifier, ec_key: Key, clock: Clock
) -> None:
    token = ec_key.signs(nbf=int(NOW) + 100)

    assert await refusal(verifier, token) == "not_yet_valid"
    clock.passed = 100
    assert (await verifier.verify(token)).user_id == USER


# --- keys ----------------------------------------------------------------------------------------


async def test_keys_are_read_once_for_many_tokens(
    verifier: TokenVerifier, project: Project, ec_key: Key, rsa_key: Key
) -> None:
    for number in range(5):
        await verifier.verify(ec_key.signs(sub=str(UUID(int=number))))
    await verifier.verify(rsa_key.signs())

    assert project.reads == 1


async def test_many_at_once_share_one_read(
    verifier: TokenVerifier, project: Project, ec_key: Key
) -> None:
    project.gate = asyncio.Event()
    calls = [
        asyncio.create_task(verifier.verify(ec_key.signs(sub=str(UUID(int=number)))))
        for number in range(20)
    ]
    await asyncio.sleep(0)
    project.gate.set()

    viewers = await asyncio.gather(*calls)

    assert [viewer.user_id.int for viewer in viewers] == list(range(20))
    assert project.reads == 1


async def test_one_caller_who_leaves_does_not_take_the_keys_from_the_others(
    verifier: TokenVerifier, project: Project, ec_key: Key
) -> None:
    project.gate = asyncio.Event()
    leaves = asyncio.create_task(verifier.verify(ec_key.signs()))
    stays = asyncio.create_task(verifier.verify(ec_key.signs(email="")))
    await asyncio.sleep(0)
    leaves.cancel()
    await asyncio.sleep(0)
    project.gate.set()

    assert (await stays).user_id == USER
    assert project.reads == 1


async def test_a_new_key_is_found_by_reading_once_more(
    verifier: TokenVerifier, project: Project, ec_key: Key, clock: Clock
) -> None:
    await verifier.verify(ec_key.signs())
    new = Key("ec-2")
    project.keys.append(new.jwk())
    clock.passed = 30

    assert (await verifier.verify(new.signs())).user_id == USER
    assert (await verifier.verify(ec_key.signs(email=""))).user_id == USER
    assert project.reads == 2


async def test_made_up_key_ids_are_no_way_to_flood_the_project(
    verifier: TokenVerifier, project: Project, ec_key: Key, clock: Clock
) -> None:
    await verifier.verify(ec_key.signs())
    for number in range(50):
        made_up = ec_key.signs(headers={"kid": f"random-{number}"})
        assert await refusal(verifier, made_up) == "key_unknown"
    assert project.reads == 1

    clock.passed = 30
    for number in range(50):
        made_up = ec_key.signs(headers={"kid": f"random-{number}"})
        assert await refusal(verifier, made_up) == "key_unknown"
    assert project.reads == 2


async def test_a_token_without_a_key_id_is_refused(
    verifier: TokenVerifier, project: Project, ec_key: Key
) -> None:
    token = jwt.encode(claims(), ec_key.private, "ES256")

    assert await refusal(verifier, token) == "key_unknown"
    assert project.reads == 0


async def test_keys_are_refreshed_behind_the_scenes(
    verifier: TokenVerifier, project: Project, ec_key: Key, clock: Clock
) -> None:
    token = ec_key.signs()
    await verifier.verify(token)
    clock.passed = 300
    project.gate = asyncio.Event()

    await verifier.verify(token)
    await verifier.verify(ec_key.signs(email=""))
    await asyncio.sleep(0)

    assert project.reads == 2
    await verifier.close()


async def test_a_withdrawn_key_ends_the_tokens_it_signed(
    verifier: TokenVerifier, project: Project, ec_key: Key, rsa_key: Key, clock: Clock
) -> None:
    revoked, good = ec_key.signs(), rsa_key.signs()
    await verifier.verify(revoked)
    await verifier.verify(good)
    project.keys = [rsa_key.jwk()]
    clock.passed = 600

    assert await refusal(verifier, revoked) == "key_unknown"
    assert (await verifier.verify(good)).user_id == USER


async def test_a_key_replaced_under_its_id_ends_the_tokens_of_the_old_one(
    verifier: TokenVerifier, project: Project, ec_key: Key, clock: Clock
) -> None:
    token = ec_key.signs()
    await verifier.verify(token)
    project.keys = [Key("ec-1").jwk()]
    clock.passed = 600

    assert await refusal(verifier, token) == "signature"


@pytest.mark.parametrize("document", [None, {}, {"keys": "none"}, ["keys"]])
async def test_the_old_keys_serve_while_new_ones_can_not_be_had(
    document: Any, verifier: TokenVerifier, project: Project, ec_key: Key, clock: Clock
) -> None:
    await verifier.verify(ec_key.signs())
    project.down, project.document = document is None, document or ["malformed"]

    for passed in (600, 601, 629):
        clock.passed = passed
        assert (await verifier.verify(ec_key.signs(email=""))).user_id == USER
        await asyncio.sleep(0)
    assert project.reads == 2

    clock.passed = 631
    await verifier.verify(ec_key.signs(email=""))
    await asyncio.sleep(0)
    await verifier.close()
    assert project.reads == 3


async def test_without_any_keys_the_token_is_not_blamed(
    verifier: TokenVerifier, project: Project, ec_key: Key, clock: Clock
) -> None:
    project.down = True
    for _ in range(3):
        with pytest.raises(AuthUnavailable):
            await verifier.verify(ec_key.signs())
    assert project.reads == 1

    project.down = False
    clock.passed = 1
    assert (await verifier.verify(ec_key.signs())).user_id == USER


def unusable_keys(key: Key) -> Iterator[object]:
    yield "ec-1"
    yield {}
    yield {"kty": "EC", "crv": "P-999", "kid": "ec-1"}
    yield key.jwk(kid=7)
    yield key.jwk(use="enc")
    yield key.jwk(alg="RS256")
    yield key.jwk(alg=["ES256"])
    yield {"kty": "oct", "k": base64.urlsafe_b64encode(SECRET.encode()).decode(), "kid": "ec-1"}


async def test_unusable_keys_are_passed_over(clock: Clock, ec_key: Key) -> None:
    alone = made(Project(list(unusable_keys(ec_key))), clock)
    beside = made(Project([*unusable_keys(ec_key), ec_key.jwk()]), clock)

    assert await refusal(alone, ec_key.signs()) == "key_unknown"
    assert (await beside.verify(ec_key.signs())).user_id == USER


async def test_a_published_symmetric_key_signs_nothing(clock: Clock) -> None:
    published = {"kty": "oct", "k": base64.urlsafe_b64encode(SECRET.encode()).decode(), "kid": "s"}
    token = jwt.encode(claims(), SECRET, "HS256", {"kid": "s"})

    assert await refusal(made(Project([published]), clock), token) == "algorithm"


async def test_a_key_too_short_to_trust_is_refused(clock: Clock) -> None:
    key = Key("rsa-short", "RS256")
    key.private = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        token = key.signs()

    assert await refusal(made(Project([key.jwk()]), clock), token) == "algorithm"


async def test_closing_gives_up_a_read_under_way(
    verifier: TokenVerifier, project: Project, ec_key: Key
) -> None:
    project.gate = asyncio.Event()
    waiting = asyncio.create_task(verifier.verify(ec_key.signs()))
    await asyncio.sleep(0)

    await verifier.close()

    with pytest.raises(asyncio.CancelledError):
        await waiting
    await verifier.close()


async def test_the_defaults_use_the_real_clock() -> None:
    verifier = TokenVerifier(issuer=ISSUER, fetch=None, hs256_secret=SECRET)
    old = jwt.encode(claims(iat=0, exp=int(timedelta(days=1).total_seconds())), SECRET, "HS256")

    assert await refusal(verifier, old) == "expired"
    await verifier.close()
