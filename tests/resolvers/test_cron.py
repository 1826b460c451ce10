"""POST /api/cron/process-payouts: who may ask, and what they are told."""

import logging
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.resolvers.hosting_rig import booked, signed_in
from tests.world import World, running_world

PATH = "/api/cron/process-payouts"
SECRET = "a-secret-for-the-cron-job"
GOOD = f"Bearer {SECRET}"
REFUSED = {
    "error": {
        "code": "unauthorized",
        "message": "Send the secret as `Authorization: Bearer <CRON_SECRET>`.",
    }
}


async def post(world: World, authorization: str | bytes | None) -> httpx.Response:
    headers: Any = {} if authorization is None else {"authorization": authorization}
    return await world.http.post(PATH, headers=headers)


async def test_due_payouts_are_queued_and_those_that_wait_are_counted_by_reason(
    seeded: str,
) -> None:
    async with running_world(seeded, cron_secret=SECRET) as world:
        await booked(world)
        answer = await post(world, GOOD)
        assert (answer.status_code, answer.json()) == (
            200,
            {"queued": 0, "waiting": {"NOT_DUE": 1}},
        )
        world.sandbox.clock.advance(timedelta(days=30))
        answer = await post(world, f"bearer  {SECRET}")
        assert answer.json()["queued"] == 1
        assert (await world.worker.waiting()).count("pay_out") == 1
        again = await post(world, GOOD)
        assert (again.status_code, again.json()["queued"]) == (200, 1)
        await world.worker.drain()
        assert (await post(world, GOOD)).json()["waiting"] == {"NO_ACCOUNT": 1}
        query = "{ myPayouts { nodes { reason } } }"
        assert (await signed_in(world).asks(query))["myPayouts"]["nodes"] == [
            {"reason": "NO_ACCOUNT"}
        ]


async def test_nobody_without_the_secret_runs_anything(
    seeded: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with running_world(seeded, cron_secret=SECRET) as world:
        await booked(world)
        before = await world.rows("select * from public.payouts")
        for sent in (
            None,
            "",
            "Bearer",
            SECRET,
            f"Basic {SECRET}",
            f"Bearer{SECRET}",
            f"Bearer {SECRET[:-1]}",
            f"Bearer {SECRET}x",
            f"Bearer {SECRET} {SECRET}",
            f"Bearer {SECRET.upper()}",
            "Bearer wröng".encode(),
            f"Bearer {world.client.token}",
        ):
            answer = await post(world, sent)
            assert (answer.status_code, answer.json()) == (401, REFUSED), sent
            assert answer.headers["www-authenticate"] == "Bearer"
        world.sandbox.clock.advance(timedelta(days=30))
        assert (await post(world, "Bearer no")).status_code == 401
        assert await world.rows("select * from public.payouts") == before
        assert "pay_out" not in await world.worker.waiting()
        for method in ("GET", "PUT", "DELETE"):
            answer = await world.http.request(method, PATH, headers={"authorization": GOOD})
            assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert SECRET not in caplog.text


async def test_a_secret_may_hold_any_character(seeded: str) -> None:
    secret = "ключ-от-всех-выплат"
    async with running_world(seeded, cron_secret=secret) as world:
        assert (await post(world, f"Bearer {secret}".encode())).status_code == 200
        assert (await post(world, f"Bearer {secret}!".encode())).status_code == 401


async def test_where_no_secret_is_set_nobody_gets_in_and_only_the_log_says_why(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="resolvers.cron"):
        for sent in (None, "Bearer", "Bearer None", GOOD):
            answer = await post(world, sent)
            assert (answer.status_code, answer.json()) == (401, REFUSED)
    told = {vars(record)["why"] for record in caplog.records if record.name == "resolvers.cron"}
    assert told == {"CRON_SECRET is not set"}


async def test_without_its_database_it_asks_to_be_asked_again(seeded: str) -> None:
    async with running_world(seeded, cron_secret=SECRET) as world:
        async with world.app.db.transaction() as conn:
            await conn.execute("alter table public.payouts rename to away")
        answer = await post(world, GOOD)
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "not_run")
        assert "payouts rename" not in answer.text
        assert (await post(world, "Bearer no")).status_code == 401
