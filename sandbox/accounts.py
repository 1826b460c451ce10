"""A stand-in for Supabase Auth: demo users, and access tokens as a project's own keys sign them."""

import os
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from jwt.algorithms import ECAlgorithm
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route


@dataclass(frozen=True, slots=True)
class DemoUser:
    """Somebody who is signed in without a password; seed.py gives each a row in auth.users.

    `host_id` is the host of supabase/seed.sql whose sign-in it is; None for a client.
    """

    id: UUID
    email: str
    name: str
    host_id: UUID | None = None


def _demo_user(number: int, email: str, name: str, *, host: int | None = None) -> DemoUser:
    return DemoUser(
        UUID(f"d3300000-0000-4000-8000-{number:012}"),
        email,
        name,
        UUID(f"0b5e0000-0000-4000-8000-{host:012}") if host else None,
    )


DEMO_USERS = (
    _demo_user(1, "demo@example.com", "Demo Client"),
    _demo_user(2, "rival@example.com", "Rival Client"),
    _demo_user(3, "olena@example.com", "Olena Koval", host=1),
    _demo_user(4, "marcus@example.com", "Marcus Reed", host=2),
    _demo_user(5, "yuki@example.com", "Yuki Tanaka", host=3),
    _demo_user(6, "lena@example.com", "Lena Fischer", host=4),
)
DEMO_USER = DEMO_USERS[0]

_PATH = "/sandbox/supabase"
_JWKS = f"{_PATH}/auth/v1/.well-known/jwks.json"


class SandboxAccounts:
    """Signs ES256 access tokens and serves the public key, as a Supabase project does.

    With `key_file` (PEM) the key, and so every token, outlives the process. Tokens live in real
    time: whoever verifies them does not know the sandbox clock.
    """

    def __init__(self, *, public_url: str, key_file: Path | None = None) -> None:
        self.url = f"{public_url}{_PATH}"
        self._key = _kept_key(key_file) if key_file else ec.generate_private_key(ec.SECP256R1())
        public = self._key.public_key()
        der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self._key_id = str(uuid5(NAMESPACE_OID, der.hex()))

    def token(
        self,
        user_id: UUID,
        email: str,
        *,
        lifetime: timedelta = timedelta(hours=1),
        name: str | None = None,
    ) -> str:
        """An access token with the claims of a user who signed in by password.

        A negative `lifetime` gives one that has expired.
        """
        now = int(time.time())
        claims = {
            "iss": f"{self.url}/auth/v1",
            "aud": "authenticated",
            "sub": str(user_id),
            "exp": now + int(lifetime.total_seconds()),
            "iat": now,
            "role": "authenticated",
            "email": email,
            "phone": "",
            "session_id": str(uuid4()),
            "aal": "aal1",
            "amr": [{"method": "password", "timestamp": now}],
            "is_anonymous": False,
            "app_metadata": {"provider": "email", "providers": ["email"]},
            "user_metadata": {"email": email} | ({"name": name} if name else {}),
        }
        return jwt.encode(claims, self._key, algorithm="ES256", headers={"kid": self._key_id})

    def jwks(self) -> dict[str, Any]:
        """The public key as a JWK set (RFC 7517)."""
        key = ECAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"keys": [key | {"kid": self._key_id, "alg": "ES256", "use": "sig"}]}

    def routes(self) -> list[BaseRoute]:
        return [
            Route(_JWKS, self._serve_keys, methods=["GET"]),
            Route("/sandbox/session", self._sign_in, methods=["GET"]),
            Route("/sandbox/users", self._list_users, methods=["GET"]),
        ]

    async def _serve_keys(self, _request: Request) -> Response:
        return JSONResponse(self.jwks(), headers={"Cache-Control": "public, max-age=600"})

    async def _sign_in(self, request: Request) -> Response:
        """A fresh token of a demo user: the first, or the one that `?user=` counts from 1."""
        users = {str(number): user for number, user in enumerate(DEMO_USERS, 1)}
        user = users.get(request.query_params.get("user", "1"))
        if user is None:
            problem = {"error": {"message": f"user must be one of {', '.join(users)}"}}
            return JSONResponse(problem, 400)
        body = {
            "accessToken": self.token(user.id, user.email, name=user.name),
            "user": {"id": str(user.id), "email": user.email, "name": user.name},
        }
        return JSONResponse(body, headers={"Cache-Control": "no-store"})

    async def _list_users(self, _request: Request) -> Response:
        """Whom one can be signed in as; `number` is what `?user=` takes."""
        users = [
            {
                "number": number,
                "name": user.name,
                "email": user.email,
                "isHost": user.host_id is not None,
            }
            for number, user in enumerate(DEMO_USERS, 1)
        ]
        return JSONResponse({"users": users})


def _kept_key(file: Path) -> ec.EllipticCurvePrivateKey:
    """The key in this file, which is made if there is none."""
    if file.exists():
        key = load_pem_private_key(file.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError(f"{file} holds no elliptic-curve key: delete it")
        return key
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    # Opened for its owner only, so that nobody else can read it between making and closing it.
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(pem)
    return key
