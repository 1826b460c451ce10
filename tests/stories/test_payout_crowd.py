"""A storm of requests, three workers and a death among them: every payment is paid out once."""

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from services.domain.money import from_stripe
from tests.resolvers.hosting_rig import MARCUS, signed_in
from tests.stories.deaths import ROOT, DoomedWorker, doomed_worker
from tests.stories.must_be_empty import QUESTIONS
from tests.stories.payday import news
from tests.stories.payout_crowd import gathers
from tests.world import World, running_world

__all__ = ["doomed_worker"]

PATH = "/api/cron/process-payouts"
SECRET = "a-secret-for-the-cron-job"
PAYMENTS, REQUESTS, DIES_AT = 200, 20, 12
MADE_AND_NOT_WRITTEN = "after POST stripe/v1/transfers"


@pytest.fixture(scope="module")
def second_worker() -> Iterator[DoomedWorker]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.stories.doomed_worker"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        yield DoomedWorker(process)


async def storm(world: World) -> list[int]:
    """Twenty at once ask for the payouts; how many each queued."""
    answers = await asyncio.gather(
        *(
            world.http.post(PATH, headers={"authorization": f"Bearer {SECRET}"}, timeout=120)
            for _ in range(REQUESTS)
        )
    )
    assert {answer.status_code for answer in answers} == {200}
    return [answer.json()["queued"] for answer in answers]


def moved(world: World) -> dict[str, list[int]]:
    """What each transfer at Stripe moves, by currency and in our minor units, the least first."""
    found: dict[str, list[int]] = {}
    for transfer in world.sandbox.stripe.transfers():
        amount = from_stripe(transfer["amount"], transfer["currency"])
        found.setdefault(amount.currency, []).append(amount.amount_minor)
    return {currency: sorted(amounts) for currency, amounts in found.items()}


async def assert_each_is_paid_once(world: World, wanted: dict[str, list[int]]) -> None:
    transfers = world.sandbox.stripe.transfers()
    assert len(transfers) == PAYMENTS
    assert set(Counter(each["source_transaction"] for each in transfers).values()) == {1}
    assert moved(world) == {currency: sorted(amounts) for currency, amounts in wanted.items()}
    rows = await world.rows(
        "select currency, status, count(*) as count, sum(net_minor)::bigint as net, "
        "sum(transfer_minor)::bigint as moved, count(distinct stripe_transfer_id) as transfers "
        "from public.payouts group by currency, status order by currency"
    )
    assert [tuple(row) for row in rows] == [
        (currency, "PAID", len(amounts), sum(amounts), sum(amounts), len(amounts))
        for currency, amounts in sorted(wanted.items())
    ]
    for question, query in QUESTIONS.items():
        if "payout" in question or "host who" in question or "transfer" in question:
            now = world.sandbox.clock.now().isoformat()
            assert await world.rows(query.replace("{now}", now)) == [], question


async def begun(world: World, storming: "asyncio.Task[list[int]]") -> None:
    """The first payouts are queued; the storm goes on."""
    while "pay_out" not in await world.worker.waiting():
        assert not storming.done()
        await asyncio.sleep(0.01)


async def test_twenty_requests_and_three_workers_of_whom_one_dies_pay_two_hundred_once(
    doomed_worker: DoomedWorker, second_worker: DoomedWorker, seeded: str
) -> None:
    async with running_world(seeded, cron_secret=SECRET) as world:
        hosts = (world.olena, world.yuki, signed_in(world, MARCUS))
        wanted = await gathers(world, PAYMENTS, hosts)
        assert [len(nets) for nets in wanted.values()] == [67, 67, 66]
        storming = asyncio.create_task(storm(world))
        await begun(world, storming)
        await asyncio.gather(
            doomed_worker.dies(world, seeded, MADE_AND_NOT_WRITTEN, DIES_AT),
            second_worker.works(world, seeded),
            world.worker.drain(),
        )
        assert max(await storming) == PAYMENTS
        await news(world)
        await assert_each_is_paid_once(world, wanted)

        assert await storm(world) == [0] * REQUESTS
        await news(world)
        await assert_each_is_paid_once(world, wanted)
        told = await world.rows(
            "select booking_id from public.notifications "
            "where kind = 'HOST_PAID_OUT' and medium = 'EMAIL'"
        )
        assert len(told) == len({row["booking_id"] for row in told}) == PAYMENTS
        assert await world.worker.held() == await world.worker.waiting() == []
