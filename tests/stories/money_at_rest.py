"""All money of a world once everything is over, counted at Stripe's stand-in, not in our rows."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from services.domain.disputes import standing
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.payday import REST, payday
from tests.world import Client, World

FEES = {"USD": (50, 100), "EUR": (0, 125), "JPY": (100, 80)}
"""Of supabase/seed.sql, for the host who sells in that currency: fixed, and in thousandths."""

NOBODY_ELSE_TELLS = ("charge.", "transfer.reversed", "transfer.created")
"""News of what somebody did at Stripe's dashboard: they may come late, and come they must."""

_OURS = """
    select p.id, p.outcome, p.stripe_charge_id, b.status as booking, b.called_off_by, b.absent,
      h.id as host, h.user_id, o.id as payout, o.status, o.reason, o.amount_minor,
      o.returned_minor, o.fee_minor, o.net_minor, o.held_at, a.stripe_account_id as account
    from public.payments p join public.bookings b on b.id = p.booking_id
    join public.hosts h on h.id = b.host_id
    left join public.payouts o on o.payment_id = p.id
    left join private.payout_accounts a on a.host_id = h.id
    where p.status = 'SUCCEEDED'"""

_TOTALS = """{ myPayouts(first: 1) { totals { currency count amount { amountMinor }
  returned { amountMinor } fee { amountMinor } net { amountMinor } } } }"""


@dataclass(frozen=True, slots=True)
class Flow:
    """What became of a charge, as Stripe's stand-in tells; in the currency's minor units.

    `sent` is what hosts have of it, transfers less reversals; `by_hand` that one of the transfers
    was made in the dashboard.
    """

    amount: int
    currency: str
    returned: int
    sent: int
    disputed: bool
    by_hand: bool

    @property
    def net(self) -> int:
        """What a host is to have of it, by the fees alone."""
        fixed, thousandths = FEES[self.currency]
        rest = self.amount - self.returned
        return max(0, rest - fixed - (rest * thousandths + 500) // 1000)


def flows(world: World) -> dict[str, Flow]:
    """Of every charge that succeeded, by its id; told by events and objects of the stand-in."""
    stripe = world.sandbox.stripe
    told = [event["event"] for event in reversed(stripe.events())]
    refunds = {
        event["data"]["object"]["id"]: event["data"]["object"]
        for event in told
        if event["type"].startswith("refund.")
    }
    return {
        charge["id"]: Flow(
            amount=charge["amount"],
            currency=charge["currency"].upper(),
            returned=_returned(charge["id"], refunds.values()) + _lost(world, charge["id"]),
            sent=sum(each["amount"] - each["amount_reversed"] for each in _out_of(world, charge)),
            disputed=_is_disputed(world, charge["id"]),
            by_hand=any(not each["metadata"] for each in _out_of(world, charge)),
        )
        for charge in (
            event["data"]["object"] for event in told if event["type"] == "charge.succeeded"
        )
    }


def _returned(charge_id: str, refunds: Any) -> int:
    return sum(
        refund["amount"]
        for refund in refunds
        if refund["charge"] == charge_id and refund["status"] in ("succeeded", "pending")
    )


def _lost(world: World, charge_id: str) -> int:
    return sum(
        dispute["amount"]
        for dispute in world.sandbox.stripe.disputes()
        if dispute["charge"] == charge_id and dispute["status"] == "lost"
    )


def _is_disputed(world: World, charge_id: str) -> bool:
    return any(
        dispute["charge"] == charge_id and standing(dispute["status"]).name == "OPEN"
        for dispute in world.sandbox.stripe.disputes()
    )


def _out_of(world: World, charge: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        transfer
        for transfer in world.sandbox.stripe.transfers()
        if transfer["source_transaction"] == charge["id"]
    ]


async def comes_to_rest(world: World) -> None:
    """Trouble is over, late news arrive, banks are done, sessions were held, hosts are paid."""
    stripe = world.sandbox.stripe
    world.sandbox.faults.clear()
    stripe.set_balance_short(False)
    stripe.set_refunds_short(False)
    for account in stripe.connect_accounts():
        stripe.let_owe(account["id"], True)
    stripe.deliveries.clear_plans()
    stripe.deliveries.release()
    await stripe.deliveries.settled()
    await _late_news_arrive(world)
    for pause in (2, 40, 61, 61):
        await passes(world, timedelta(minutes=pause))
    for _ in range(2):  # what is asked back at the first is returned by the second
        await passes(world, await _until_all_is_due(world))
        await payday(world)
        await passes(world, timedelta(minutes=61))
    await payday(world)
    await passes(world, timedelta(minutes=2))


async def passes(world: World, by: timedelta) -> None:
    await world.time_passes(by)
    while await world.worker.waiting():
        await world.sandbox.stripe.deliveries.settled()
        if not await world.worker.drain():
            return


async def _late_news_arrive(world: World) -> None:
    stripe = world.sandbox.stripe
    for event in reversed(stripe.events()):
        told = event["event"]
        if event["delivery"] != "delivered" and told["type"].startswith(NOBODY_ELSE_TELLS):
            assert await stripe.resend(told["id"])
    await world.worker.drain()


async def _until_all_is_due(world: World) -> timedelta:
    """A bank debit clears in three days; the last session, and the last payment, rest. Whoever
    has paid first has chosen a time by then, or never will."""
    now = world.sandbox.clock.now()
    last = await world.row(
        "select greatest(max(ends_at), max(place_by)) as at from public.bookings"
    )
    latest: datetime = max(now, last["at"] or now)
    return latest - now + REST + timedelta(hours=4)


async def assert_the_money_is_right(world: World, hosts: list[Client]) -> None:
    """Each payment's amount is what went back, what the host has and what the platform keeps."""
    await assert_nothing_amiss(world)
    assert await world.worker.held() == []
    told = flows(world)
    ours = {row["stripe_charge_id"]: row for row in await world.rows(_OURS)}
    assert set(told) == set(ours)
    active = {
        account["id"]
        for account in world.sandbox.stripe.connect_accounts()
        if account["capabilities"].get("transfers") == "active"
    }
    for charge_id, flow in told.items():
        _assert_right(flow, ours[charge_id], active)
    for host in hosts:
        await _assert_statement_adds_up(host, told, ours)


def _assert_right(flow: Flow, row: asyncpg.Record, active: set[str]) -> None:
    told = (flow, dict(row))
    assert 0 <= flow.returned <= flow.amount - flow.sent, told
    if row["payout"] is None:
        assert flow.sent == 0, told
        assert row["booking"] in ("CANCELLED", "REJECTED") or row["outcome"] == "WAITING", told
        return
    lines = (row["amount_minor"], row["returned_minor"], row["net_minor"])
    assert lines == (flow.amount, flow.returned, _net(flow, row)), told
    assert row["fee_minor"] == flow.amount - flow.returned - _net(flow, row), told
    if row["reason"] == "UNDERPAID":  # a bank refused what had been taken back from the host
        assert flow.sent < _net(flow, row), told
    elif row["status"] in ("PAID", "REVERSED"):
        assert flow.sent == _net(flow, row), told
    else:
        assert flow.sent == 0, told
        assert _may_be_unpaid(flow, row, active), told


def _net(flow: Flow, row: asyncpg.Record) -> int:
    """What the host is to have: nothing of what never will be paid out, what somebody chose who
    paid by hand, else what the fees leave."""
    if row["status"] == "CANCELLED":
        return 0
    if flow.by_hand:
        return int(row["net_minor"]) if row["reason"] == "UNDERPAID" else flow.sent
    return flow.net


def _may_be_unpaid(flow: Flow, row: asyncpg.Record, active: set[str]) -> bool:
    """Whether the reason that our row gives is true at Stripe, and in the story."""
    account = row["account"]
    true: dict[str, bool] = {
        "DISPUTED": flow.disputed,
        "ON_HOLD": row["held_at"] is not None,
        "UNDER_REVIEW": row["outcome"] == "WAITING",
        "NO_ACCOUNT": account is None,
        "REQUIREMENTS_DUE": account is not None and account not in active,
        "BELOW_MINIMUM": flow.net == 0,
        "REFUNDED": flow.returned == flow.amount,
        "DISPUTE_LOST": flow.returned == flow.amount,
        "NOT_HELD": row["booking"] in ("CANCELLED", "REJECTED"),
        "HOST_ABSENT": row["absent"] == "HOST",
    }
    return true.get(row["reason"], False)


async def _assert_statement_adds_up(
    host: Client, told: dict[str, Flow], ours: dict[str, asyncpg.Record]
) -> None:
    """What the host reads of all payouts together is the sum of what Stripe tells of each."""
    count: Counter[str] = Counter()
    wanted: dict[str, Counter[str]] = {}
    for charge_id, row in ours.items():
        if row["payout"] is not None and row["user_id"] == host.user_id:
            flow = told[charge_id]
            count[flow.currency] += 1
            wanted.setdefault(flow.currency, Counter()).update(
                amount=flow.amount,
                returned=flow.returned,
                fee=flow.amount - flow.returned - _net(flow, row),
                net=_net(flow, row),
            )
    totals = (await host.asks(_TOTALS))["myPayouts"]["totals"]
    assert {total["currency"]: total["count"] for total in totals} == count
    for total in totals:
        lines = {name: total[name]["amountMinor"] for name in ("amount", "returned", "fee", "net")}
        assert lines == {name: wanted[total["currency"]][name] for name in lines}
