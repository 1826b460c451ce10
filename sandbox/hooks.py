"""Webhooks of the stand-ins other than Stripe's: sent in the background, repeated when refused."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from sandbox.faults import FaultKind
from sandbox.journal import Call
from sandbox.standin import Stage

_TRIES = 5
_PAUSE_S = 0.2


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook to send; `body` is exactly what was signed."""

    service: str
    url: str
    body: bytes
    headers: Mapping[str, str]
    shown: object


class Hooks:
    """Sends webhooks; a planned fault of `<service>.webhook` drops (fail), delays or doubles it."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._client: httpx.AsyncClient | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    def send(self, hook: Hook) -> None:
        """Begin to deliver; the caller's own answer goes out meanwhile."""
        # By its own name: a fault or an outage of the service is not meant for its webhooks.
        fault = self._stage.faults.take_of(f"{hook.service}.webhook")
        kind = fault.kind if fault else None
        if kind is FaultKind.FAIL:
            self._note(hook, 0, "dropped")
            return
        delay = fault.seconds if fault and kind is FaultKind.DELAY else 0.0
        for _ in range(2 if kind is FaultKind.LOSE_ANSWER else 1):
            task = asyncio.create_task(self._deliver(hook, delay))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def settled(self) -> None:
        """Wait until everything under way was delivered or given up."""
        while self._under_way:
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def close(self) -> None:
        for task in list(self._under_way):
            task.cancel()
        await self.settled()
        if self._client is not None:
            await self._client.aclose()

    async def _deliver(self, hook: Hook, delay: float) -> None:
        await asyncio.sleep(delay)
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=10)
        for attempt in range(_TRIES):
            try:
                answer = await self._client.post(
                    hook.url, content=hook.body, headers=dict(hook.headers)
                )
            except httpx.HTTPError as error:
                self._note(hook, 0, type(error).__name__)
            else:
                self._note(hook, answer.status_code, answer.text)
                if answer.is_success:
                    return
            await asyncio.sleep(_PAUSE_S * 2**attempt)

    def _note(self, hook: Hook, status: int, answer: str) -> None:
        path = httpx.URL(hook.url).path
        now = self._stage.clock.now()
        call = Call(now, f"{hook.service} webhook", "POST", path, status, hook.shown, answer)
        self._stage.journal.record(call)
