"""When each event goes out: in order by default, or delayed, doubled, dropped, held, reordered."""

import asyncio
from collections import deque
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sandbox.stripe.events import SNAPSHOT, THIN, Delivery, find
from sandbox.stripe.state import Json, State
from sandbox.stripe.webhooks import WebhookSender

PlanKind = Literal["duplicate", "delay", "drop", "reorder"]

_HELD_BACK_SECONDS = 2.0


@dataclass(slots=True)
class Plan:
    """What happens to coming events instead of one delivery each; `left` of them."""

    kind: PlanKind
    amount: float
    event_type: str | None
    left: int


class Deliveries:
    """Delivers events one after the other and repeats what the endpoint did not take.

    Works in the running event loop. `retry_after` are the pauses before each automatic
    repetition, in seconds of real time.
    """

    def __init__(self, state: State, sender: WebhookSender, retry_after: Sequence[float]) -> None:
        self._state = state
        self._sender = sender
        self._retry_after = tuple(retry_after)
        self._queue: deque[str] = deque()
        self._plans: deque[Plan] = deque()
        self._held: list[str] = []
        self._held_back: list[str] = []
        self._known: set[str] = set()
        self._holding = False
        self._worker: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def plan(self, kind: PlanKind, amount: float = 1, *, event_type: str | None = None) -> None:
        """Decide what happens to coming events, of one type or of any; plans are used up in turn.

        duplicate: the next event arrives `amount` times, all at once. delay: the next event
        waits `amount` seconds while later ones pass. drop: the next `amount` events are not
        sent. reorder: the next `amount` events arrive after the one that follows them, or
        after two seconds when none follows.
        """
        if amount < 0 or (kind != "delay" and amount < 1):
            raise ValueError(f"{kind} {amount} means nothing")
        left = int(amount) if kind in ("drop", "reorder") else 1
        self._plans.append(Plan(kind, amount, event_type, left))

    def planned(self) -> list[Json]:
        return [
            {"kind": plan.kind, "amount": plan.amount, "event_type": plan.event_type}
            for plan in self._plans
        ]

    def clear_plans(self) -> None:
        self._plans.clear()

    def enqueue(self, event_id: str) -> None:
        self._known.add(event_id)
        if self._holding:
            self._held.append(event_id)
            return
        self._queue.append(event_id)
        if self._worker is None or self._worker.done():
            self._worker = self._start(self._work())

    def resume(self) -> None:
        """Take up events that an earlier run of the sandbox left undelivered."""
        for event in self._state.oldest_first(SNAPSHOT, THIN):
            if event["_delivery"] == Delivery.PENDING and event["id"] not in self._known:
                self.enqueue(event["id"])

    def hold(self) -> None:
        """Keep every coming event until `release`."""
        self._holding = True

    def held(self) -> list[Json]:
        """The events kept by `hold`, oldest first."""
        return [self._event(event_id) for event_id in self._held]

    def release(self, order: Sequence[str] | None = None) -> None:
        """End `hold`: the events named in `order` (ids or types) go out first, then the rest."""
        waiting, self._held, self._holding = self.held(), [], False
        first = [
            event
            for name in order or ()
            for event in waiting
            if name in (event["id"], event["type"])
        ]
        for event_id in dict.fromkeys(event["id"] for event in first + waiting):
            self.enqueue(event_id)

    async def settled(self) -> None:
        """Wait until nothing is under way: no attempt, delay or pause before a repetition."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def resend(self, event_id: str) -> bool:
        """Send an event once more, at once; automatic repetitions go on. True when taken."""
        return await self._sender.attempt(self._event(event_id))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._sender.close()

    async def _work(self) -> None:
        while self._queue:
            event_id = self._queue.popleft()
            match self._take_plan(event_id):
                case Plan(kind="drop"):
                    self._mark(event_id, Delivery.DROPPED)
                case Plan(kind="delay", amount=seconds):
                    self._start(self._deliver_later(event_id, seconds))
                case Plan(kind="reorder"):
                    self._held_back.append(event_id)
                    self._start(self._let_go_later(event_id))
                case Plan(kind="duplicate", amount=copies):
                    await self._deliver_and_let_go(event_id, int(copies))
                case _:
                    await self._deliver_and_let_go(event_id)

    def _take_plan(self, event_id: str) -> Plan | None:
        event_type = self._event(event_id)["type"]
        for plan in self._plans:
            if plan.event_type in (None, event_type):
                plan.left -= 1
                if plan.left == 0:
                    self._plans.remove(plan)
                return plan
        return None

    async def _deliver_and_let_go(self, event_id: str, copies: int = 1) -> None:
        await self._deliver(event_id, copies)
        while self._held_back:
            await self._deliver(self._held_back.pop(0))

    async def _deliver(self, event_id: str, copies: int = 1) -> None:
        event = self._event(event_id)
        taken = await asyncio.gather(*(self._sender.attempt(event) for _ in range(copies)))
        if not any(taken):
            self._start(self._repeat(event_id))

    async def _deliver_later(self, event_id: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._deliver(event_id)

    async def _let_go_later(self, event_id: str) -> None:
        for _ in range(20):
            await asyncio.sleep(_HELD_BACK_SECONDS / 20)
            if event_id not in self._held_back:
                return
        self._held_back.remove(event_id)
        await self._deliver(event_id)

    async def _repeat(self, event_id: str) -> None:
        for pause in self._retry_after:
            await asyncio.sleep(pause)
            if await self._sender.attempt(self._event(event_id)):
                return
        if self._event(event_id)["_delivery"] == Delivery.PENDING:
            self._mark(event_id, Delivery.FAILED)

    def _mark(self, event_id: str, delivery: Delivery) -> None:
        event = self._event(event_id)
        event["_delivery"] = delivery
        self._state.put(event)
        self._state.commit()

    def _event(self, event_id: str) -> Json:
        event = find(self._state, event_id)
        if event is None:
            raise KeyError(event_id)
        return event

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
