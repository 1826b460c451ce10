"""Purchases under random trouble: whatever happens, nothing is amiss once time has passed."""

import asyncio
import random
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import Any, Literal

import pytest

from sandbox.faults import Fault, FaultKind
from sandbox.stripe.errors import ApiError
from tests.stories.hasty_adapters import hasty_adapters
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.world import COACHING, MENTORING, REVIEW, Client, Opened, World

__all__ = ["hasty_adapters"]

pytestmark = pytest.mark.usefixtures("impatient_stripe_sdk", "hasty_adapters")

SEEDS = range(5)
ROUNDS = 5
CARDS = ("4242424242424242", "4242424242424242", "4000000000000002", "4000000000007726")
ACTS = ("pays", "pays", "confirms", "cancels", "drains", "refunds")
EXPECTED_REFUSALS = {
    "ALREADY_PAID",
    "BOOKING_REJECTED",
    "NOT_CANCELLABLE",
    "PAYMENT_FAILED",
    "PAYMENT_PROVIDER_UNAVAILABLE",
    "SLOT_TAKEN",
    "SLOT_UNAVAILABLE",
}
UNCLEAR = (FaultKind.FAIL, FaultKind.LOSE_ANSWER, FaultKind.MALFORMED)
TROUBLE = {
    "calcom": UNCLEAR,
    "calcom.book": (*UNCLEAR, FaultKind.REFUSE),
    "daily": UNCLEAR,
    "google": UNCLEAR,
    "google.insert": (*UNCLEAR, FaultKind.REFUSE),
    "mail": (FaultKind.FAIL, FaultKind.LOSE_ANSWER, FaultKind.REFUSE),
    "stripe": (FaultKind.FAIL, FaultKind.LOSE_ANSWER),
    "supabase": UNCLEAR,
    "zoom": UNCLEAR,
}


class Mischief:
    """Draws what goes wrong and what people do from one seed."""

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self._draw = random.Random(seed)

    async def round(self) -> None:
        """One purchase, perhaps with a rival, in random trouble from its beginning to its end."""
        session_type = self._draw.choice((COACHING, MENTORING, REVIEW))
        slot = self._draw.choice((await self._world.client.slots(session_type, days=20))[4:])
        self._plan_trouble()
        clients = [self._world.client, self._world.other][: self._draw.choice((1, 1, 2))]
        await asyncio.gather(
            *(self._buys(client, slot, session_type, self._some_acts()) for client in clients)
        )
        await self._world.sandbox.stripe.deliveries.settled()
        if self._draw.random() < 0.5:
            await self._world.worker.drain()

    def _plan_trouble(self) -> None:
        for service, kinds in TROUBLE.items():
            for _ in range(self._draw.choice((0, 1, 2))):
                fault = Fault(self._draw.choice(kinds))
                self._world.sandbox.faults.plan(service, fault, self._draw.randint(1, 4))
        plans: tuple[Literal["drop", "duplicate", "reorder"], ...] = (
            "drop",
            "duplicate",
            "reorder",
        )
        for _ in range(self._draw.randint(0, 3)):
            plan = self._draw.choice(plans)
            amount = 1 if plan == "reorder" else self._draw.randint(1, 3)
            self._world.sandbox.stripe.deliveries.plan(plan, amount)

    def _some_acts(self) -> list[tuple[str, str, int | None]]:
        """What a client and the seller do, with a card and an amount for those who need it."""
        return [
            (self._draw.choice(ACTS), self._draw.choice(CARDS), self._draw.choice((None, 1000)))
            for _ in range(self._draw.randint(1, 3))
        ]

    async def _buys(
        self, client: Client, slot: str, session_type: str, acts: list[tuple[str, str, int | None]]
    ) -> None:
        payload = await client.opens_checkout(slot, session_type)
        if payload["errors"]:
            assert {error["code"] for error in payload["errors"]} <= EXPECTED_REFUSALS
            return
        opened = Opened(payload["booking"]["id"], payload["checkout"]["sessionId"], slot)
        for act, card, amount in acts:
            await self._act(client, opened, act, card, amount)

    async def _act(
        self, client: Client, opened: Opened, act: str, card: str, amount: int | None
    ) -> None:
        match act:
            case "pays":
                self._world.sandbox.stripe.pay(opened.session_id, card)
            case "confirms":
                self._expect(await client.confirms(opened.session_id))
            case "cancels":
                self._expect(await client.cancels(opened.booking_id))
            case "drains":
                await self._world.sandbox.stripe.deliveries.settled()
                await self._world.worker.drain()
            case "refunds":
                self._refund_in_dashboard(opened, amount)

    def _expect(self, payload: dict[str, object]) -> None:
        errors = payload["errors"]
        assert isinstance(errors, list)
        assert {error["code"] for error in errors} <= EXPECTED_REFUSALS

    def _refund_in_dashboard(self, opened: Opened, amount: int | None) -> None:
        """Return all or a part of what was paid, if it was and there is as much left."""
        stripe = self._world.sandbox.stripe
        charges = [
            event["event"]["data"]["object"]
            for event in stripe.events()
            if event["event"]["type"] == "charge.succeeded"
        ]
        intents = {session["id"]: session["payment_intent"] for session in stripe.sessions()}
        for charge in charges:
            if charge["payment_intent"] == intents[opened.session_id]:
                with suppress(ApiError):
                    stripe.dashboard_refund(charge["id"], amount)


async def comes_to_rest(world: World) -> None:
    """Trouble is over; holds end, the sweeper looks at what stands still, banks are done."""
    world.sandbox.faults.clear()
    world.sandbox.stripe.deliveries.clear_plans()
    for pause in (timedelta(minutes=2), timedelta(minutes=40), timedelta(minutes=61)):
        await world.time_passes(pause)
        await world.sandbox.stripe.deliveries.settled()
        await world.worker.drain()


@pytest.mark.parametrize("seed", SEEDS)
async def test_after_any_trouble_nothing_is_amiss(world: World, seed: int) -> None:
    mischief = Mischief(world, seed)
    for _ in range(ROUNDS):
        await mischief.round()
        await comes_to_rest(world)
        await assert_nothing_amiss(world)
        await assert_one_place_each(world)


async def assert_one_place_each(world: World) -> None:
    """One entry and one room of each booking that takes place, none of any other."""
    rows = await world.rows(
        "select b.id, h.name from public.bookings b join public.hosts h on h.id = b.host_id "
        "where b.status = 'ACCEPTED'"
    )
    of_host = {
        host: Counter(str(row["id"]) for row in rows if row["name"] == host)
        for host in ("Olena Koval", "Marcus Reed", "Yuki Tanaka")
    }
    sandbox = world.sandbox
    assert Counter(world.entered()) == of_host["Olena Koval"]
    assert (
        Counter(_booking_of_meeting(meeting) for meeting in sandbox.zoom.meetings)
        == (of_host["Olena Koval"])
    )
    assert (
        Counter(
            event["extendedProperties"]["private"]["booking_id"] for event in sandbox.google.events
        )
        == of_host["Marcus Reed"]
    )
    assert (
        Counter(room["name"].removeprefix("s-") for room in sandbox.daily.rooms)
        == (of_host["Yuki Tanaka"])
    )


def _booking_of_meeting(meeting: dict[str, Any]) -> str:
    """Its agenda begins with `session <id>`."""
    return str(meeting["agenda"].split()[1])
