"""A world with three hosts, and what anybody may do about one booking of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from sandbox.accounts import DEMO_USERS
from tests.databases import TestServer
from tests.stories.payday import link
from tests.world import COACHING, CONSULTATION, REVIEW, Client, Opened, World, running_world

REFUSED = {
    *("ALREADY_PAID", "BOOKING_REJECTED", "CALENDAR_UNAVAILABLE", "NOT_CANCELLABLE"),
    *("NOT_MARKABLE", "NOT_RESCHEDULABLE", "NOT_SCHEDULABLE", "PAYMENT_DISPUTED"),
    *("PAYMENT_FAILED", "PAYMENT_PROCESSING", "PAYMENT_PROVIDER_UNAVAILABLE"),
    *("PAYMENT_UNDER_REVIEW", "SLOT_TAKEN", "SLOT_UNAVAILABLE", "TOO_LATE", "TOO_MANY_HOLDS"),
}
"""Codes of refusals that nobody wonders about."""

NONE = UUID(int=0)
"""The id of a row that is not there."""

NOTICE, FORTNIGHT = timedelta(hours=5), timedelta(days=14)

_SLOTS = """query ($id: ID!, $start: DateTime!, $end: DateTime!) {
  availableSlots(sessionTypeId: $id, from: $start, to: $end) { startsAt } }"""
_NO_SHOW = """mutation ($input: MarkNoShowInput!) { markNoShow(input: $input) {
  errors { code message } } }"""


class Town:
    """The world's three hosts, its clients' only customer, and Stripe's dashboard."""

    def __init__(self, world: World) -> None:
        self.world = world
        marcus = DEMO_USERS[3]
        token = world.sandbox.accounts.token(marcus.id, marcus.email, name=marcus.name)
        self.hosts = [world.olena, world.yuki, Client(world.http, token, marcus.id)]

    @property
    def stripe(self) -> Any:
        return self.world.sandbox.stripe

    async def opens(self, session_type: str, slot: int) -> Opened | None:
        """The client is about to pay for one of the next open times; None when refused."""
        starts_at = None
        if session_type != CONSULTATION:
            starts_at = await self._start(session_type, slot)
            if starts_at is None:
                return None
        payload = await self.world.client.opens_checkout(starts_at, session_type)
        if payload["errors"]:
            expect(payload)
            return None
        return Opened(payload["booking"]["id"], payload["checkout"]["sessionId"], starts_at)

    async def _start(self, session_type: str, slot: int) -> str | None:
        """One of the next open times; None while the host's calendar can't be asked."""
        earliest = self.world.sandbox.clock.now() + NOTICE
        answer = await self.world.client.posts(
            _SLOTS,
            id=session_type,
            start=f"{earliest:%FT%TZ}",
            end=f"{earliest + FORTNIGHT:%FT%TZ}",
        )
        if "errors" in answer:
            [error] = answer["errors"]
            assert error["extensions"]["code"] in REFUSED, answer
            return None
        starts = [found["startsAt"] for found in answer["data"]["availableSlots"]]
        return str(starts[slot % len(starts)])

    async def connects(self, host: Client) -> None:
        """The host fills Stripe's page in, if they get there."""
        payload = await link(host)
        expect(payload)
        if payload["url"] is None:
            return
        row = await self.world.row(
            "select a.stripe_account_id as id from private.payout_accounts a "
            "join public.hosts h on h.id = a.host_id where h.user_id = $1",
            host.user_id,
        )
        self.stripe.onboard(row["id"])
        await self.stripe.deliveries.settled()
        await self.world.worker.drain()

    async def gets_time(self, opened: Opened, slot: int) -> None:
        """The client chooses a time, or another one."""
        row = await self._row(opened)
        starts_at = await self._start(str(row["session_type_id"]), slot)
        if starts_at is None:
            return
        client = self.world.client
        asks = client.schedules if row["starts_at"] is None else client.reschedules
        expect(await asks(opened.booking_id, starts_at))

    async def starts_at(self, opened: Opened) -> datetime | None:
        found: datetime | None = (await self._row(opened))["starts_at"]
        return found

    async def host_of(self, opened: Opened) -> Client:
        session_type = str((await self._row(opened))["session_type_id"])
        return self.hosts[{REVIEW: 1, COACHING: 2}.get(session_type, 0)]

    async def _row(self, opened: Opened) -> asyncpg.Record:
        return await self.world.row(
            "select * from public.bookings where id = $1", UUID(opened.booking_id)
        )

    async def is_marked(self, opened: Opened, absent: str) -> None:
        """The host tells who did not come."""
        data = await (await self.host_of(opened)).asks(
            _NO_SHOW, input={"bookingId": opened.booking_id, "absent": absent}
        )
        expect(data["markNoShow"])

    def intent(self, opened: Opened) -> str:
        """The id of its payment at Stripe, of none at all while nobody tried to pay."""
        [session] = [each for each in self.stripe.sessions() if each["id"] == opened.session_id]
        return session["payment_intent"] or "pi_none"

    def charge(self, opened: Opened) -> str:
        """The id of the charge by which it was paid, of none at all before that."""
        intent = self.intent(opened)
        charges = [
            each["event"]["data"]["object"]
            for each in self.stripe.events()
            if each["event"]["type"] == "charge.succeeded"
        ]
        found = (str(each["id"]) for each in charges if each["payment_intent"] == intent)
        return next(found, "ch_none")

    async def payment(self, opened: Opened) -> UUID:
        """Ours, or one that is none."""
        return await self._id_of(opened, "public.payments where status = 'SUCCEEDED'")

    async def payout(self, opened: Opened) -> UUID:
        """Ours, or one that is none."""
        return await self._id_of(opened, "public.payouts where true")

    async def _id_of(self, opened: Opened, rows: str) -> UUID:
        found = await self.world.rows(
            f"select id from {rows} and booking_id = $1 limit 1", UUID(opened.booking_id)
        )
        return found[0]["id"] if found else NONE

    def account(self, number: int) -> str:
        """The id of one of the hosts' accounts at Stripe, the oldest first."""
        accounts = [each["id"] for each in reversed(self.stripe.connect_accounts())]
        return accounts[number % len(accounts)] if accounts else "acct_none"


def expect(payload: dict[str, Any]) -> None:
    """It was done, or refused for a reason that is one."""
    assert {error["code"] for error in payload["errors"]} <= REFUSED, payload


@asynccontextmanager
async def town_of(server: TestServer, template: str) -> AsyncIterator[Town]:
    """A town of its own."""
    async with (
        server.copy_of(template) as name,
        running_world(server.cluster.owner_dsn(name)) as world,
    ):
        yield Town(world)
