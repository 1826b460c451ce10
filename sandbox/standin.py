"""The frame of every stand-in but Stripe's and the mail server's: keys, faults and the journal."""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.clock import SandboxClock
from sandbox.faults import Fault, FaultKind, Faults
from sandbox.journal import Call, Journal
from sandbox.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Stage:
    """What the stand-ins of one process share; `public_url` has no slash at its end."""

    clock: SandboxClock
    journal: Journal
    faults: Faults
    public_url: str
    data_dir: Path | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as a handler sees it; `body` is parsed JSON or a form, None when there is none."""

    path: Mapping[str, Any]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` None means no body at all."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """Raised by a handler: the service says no, in its own form."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One way to ask: `operation` is its name for faults, `open` whether it needs no key."""

    method: str
    path: str
    operation: str
    handler: Callable[[Asked], Answer]
    open: bool = False


class StandIn(ABC):
    """A service below `/sandbox/<name>` that checks keys and shapes as the real one does.

    A subclass names itself, lists its endpoints and says how the service words its trouble.
    """

    name: str

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._shelves: list[Shelf] = []

    @property
    def path(self) -> str:
        return f"/sandbox/{self.name}"

    @property
    def url(self) -> str:
        """The base address to give to the product."""
        return f"{self.stage.public_url}{self.path}"

    @abstractmethod
    def endpoints(self) -> list[Endpoint]:
        """Paths are below `path`, with Starlette's parameters."""

    @abstractmethod
    def authorized(self, headers: Mapping[str, str]) -> bool:
        """Whether the request carries the sandbox's key the way the service wants it."""

    @abstractmethod
    def trouble(self, status: int, message: str, *, wait_seconds: int | None = None) -> Answer:
        """An error in the service's own form; `wait_seconds` comes with 429."""

    @abstractmethod
    def shown(self) -> list[dict[str, Any]]:
        """What /sandbox shows, newest first: `id`, `title`, `state`, `at` (ISO moment or None) and
        `details` (label to text)."""

    def refusal(self, operation: str) -> Answer:
        """The business refusal that a planned `refuse` stands for, where the operation has one."""
        return self.trouble(400, f"The sandbox was told to refuse {operation}.")

    def shelf(self, name: str) -> Shelf:
        """Keep objects of one kind across restarts; call it in the constructor."""
        folder = self.stage.data_dir
        made = Shelf(folder / f"{self.name}.db" if folder else None, name)
        self._shelves.append(made)
        return made

    def close(self) -> None:
        for shelf in self._shelves:
            shelf.close()

    def routes(self) -> list[BaseRoute]:
        return [
            Route(f"{self.path}{endpoint.path}", self._serve(endpoint), methods=[endpoint.method])
            for endpoint in self.endpoints()
        ]

    def _serve(self, endpoint: Endpoint) -> Callable[[Request], Any]:
        async def serve(request: Request) -> Response:
            asked = await _asked(request)
            answer = await self._answer(endpoint, asked)
            self._note(request, asked, answer)
            return _response(answer)

        return serve

    async def _answer(self, endpoint: Endpoint, asked: Asked) -> Answer:
        now = self.stage.clock.now()
        fault = self.stage.faults.take(self.name, endpoint.operation, now=now)
        if fault is None:
            return self._do(endpoint, asked)
        if (instead := self._instead(fault, endpoint.operation)) is not None:
            return instead
        if fault.kind is FaultKind.DELAY:
            await asyncio.sleep(fault.seconds)
        done = self._do(endpoint, asked)
        if fault.kind is FaultKind.LOSE_ANSWER:
            return self.trouble(500, "The sandbox was told to lose this answer.")
        if fault.kind is FaultKind.HANG:
            await asyncio.sleep(fault.seconds)
        return done

    def _instead(self, fault: Fault, operation: str) -> Answer | None:
        """The answer of a fault that keeps the work from being done; None for the others."""
        match fault.kind:
            case FaultKind.FAIL:
                return self.trouble(500, "The sandbox was told to fail.")
            case FaultKind.UNAUTHORIZED:
                return self.trouble(401, "The sandbox was told not to know this key.")
            case FaultKind.RATE_LIMIT:
                wait = max(1, round(fault.seconds))
                return self.trouble(429, "Too many requests.", wait_seconds=wait)
            case FaultKind.REFUSE:
                return self.refusal(operation)
            case FaultKind.MALFORMED:
                return Answer(200, "<html>not what was asked for</html>")
            case _:
                return None

    def _do(self, endpoint: Endpoint, asked: Asked) -> Answer:
        if not endpoint.open and not self.authorized(asked.headers):
            return self.trouble(401, "The key is missing or wrong.")
        try:
            return endpoint.handler(asked)
        except Refused as refused:
            return refused.answer

    def _note(self, request: Request, asked: Asked, answer: Answer) -> None:
        path = request.url.path.removeprefix(self.path)
        if request.url.query:
            path = f"{path}?{request.url.query}"
        self.stage.journal.record(
            Call(
                self.stage.clock.now(),
                self.name,
                request.method,
                self.without_secrets(path),
                answer.status,
                masked(asked.body),
                masked(answer.body),
            )
        )

    def without_secrets(self, path: str) -> str:
        """The path as the journal may show it."""
        return path


_SECRETS = frozenset(
    {
        "access_token",
        "assertion",
        "client_secret",
        "refresh_token",
        "secret_token",
        "start_url",
        "token",
    }
)


def masked(body: Any) -> Any:
    """The body as the journal may show it: who reads it must not get in by it."""
    if isinstance(body, dict):
        return {
            key: "…" if key in _SECRETS and isinstance(value, str) else masked(value)
            for key, value in body.items()
        }
    if isinstance(body, list):
        return [masked(part) for part in body]
    return body


async def _asked(request: Request) -> Asked:
    raw = await request.body()
    kind = request.headers.get("content-type", "")
    body: Any = None
    if raw and kind.startswith("application/x-www-form-urlencoded"):
        body = dict(parse_qsl(raw.decode(), keep_blank_values=True))
    elif raw:
        try:
            body = json.loads(raw)
        except ValueError:
            body = None
    return Asked(request.path_params, dict(request.query_params), request.headers, body)


def _response(answer: Answer) -> Response:
    headers = dict(answer.headers)
    if answer.body is None:
        return Response(status_code=answer.status, headers=headers)
    if isinstance(answer.body, str):
        return Response(answer.body, answer.status, headers, media_type="text/html")
    text = json.dumps(answer.body, ensure_ascii=False)
    return Response(text, answer.status, headers, media_type="application/json")
