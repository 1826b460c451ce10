"""A host is paid for what was held and has rested: once, the right amount, and they are told."""

import asyncio
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from sandbox.accounts import DEMO_USERS
from services import payout_transfers, payouts
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.payday import (
    REST,
    at_stripe,
    booked,
    connects,
    paid_out,
    payday,
    payment_of,
    payout_of,
    rested,
    start_of,
    until,
)
from tests.world import REVIEW, Client, World, running_world

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)

TOTALS = """{ myPayouts { totals { currency count amount { display } returned { display }
  fee { display } net { display } paid { display } waiting { display } } } }"""


async def totals_of(host: Client) -> list[dict[str, Any]]:
    """Each currency's sums as people read them."""
    data = await host.asks(TOTALS)
    return [
        {
            name: value["display"] if isinstance(value, dict) else value
            for name, value in total.items()
        }
        for total in data["myPayouts"]["totals"]
    ]


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(days=6)], ids=["rest", "session"])
async def test_a_host_is_paid_when_the_session_was_held_and_the_payment_has_rested(
    world: World, ahead: timedelta
) -> None:
    account_id = await connects(world, world.olena)
    opened = await booked(world, ahead=ahead)
    payment = await payment_of(world, opened.booking_id)
    ends_at = start_of(opened) + HOUR
    due_at = max(ends_at, payment["paid_at"] + REST)
    assert (due_at == ends_at) is bool(ahead)

    await until(world, due_at - 5 * SECOND)
    assert (await payday(world)).queued == 0
    early = await payout_of(world, world.olena, opened.booking_id)
    assert (early["status"], early["reason"]) == ("WAITING", "NOT_DUE")
    assert datetime.fromisoformat(early["dueAt"]) == due_at
    assert world.sandbox.stripe.transfers() == []

    await until(world, due_at + SECOND)
    assert (await payday(world)).queued == 1
    [transfer] = world.sandbox.stripe.transfers()
    row = await world.row("select id from public.payouts")
    assert {
        name: transfer[name] for name in ("amount", "currency", "destination", "source_transaction")
    } == {
        "amount": 8050,
        "currency": "usd",
        "destination": account_id,
        "source_transaction": payment["stripe_charge_id"],
    }
    assert transfer["metadata"] == {"sessionpay_payout_id": str(row["id"])}
    assert transfer["transfer_group"] == f"booking_{opened.booking_id}"
    assert transfer["description"] == f"Session {opened.booking_id}"

    paid = await payout_of(world, world.olena, opened.booking_id)
    paid_at = datetime.fromisoformat(paid.pop("paidAt"))
    assert due_at < paid_at < due_at + timedelta(minutes=5)
    assert {**paid, "id": None, "dueAt": None, "hostBooking": None} == {
        "id": None,
        "dueAt": None,
        "hostBooking": None,
        "status": "PAID",
        "reason": None,
        "message": None,
        "amount": {"amountMinor": 9000, "currency": "USD"},
        "returned": {"amountMinor": 0},
        "fee": {"amountMinor": 950},
        "net": {"amountMinor": 8050},
        "transferred": {"amountMinor": 8050, "currency": "USD"},
        "reversed": {"amountMinor": 0},
    }
    mail = world.sandbox.inbox.to("olena@example.com")[-1]
    assert mail.subject.startswith("Paid out: Mentoring session")
    for sum_ in ("90.00 USD", "9.50 USD", "80.50 USD"):
        assert sum_ in mail.text
    assert await world.rows("select from private.error_logs") == []
    await assert_nothing_amiss(world)


async def test_whoever_asks_however_often_there_is_one_transfer_and_one_mail(
    world: World,
) -> None:
    await connects(world, world.olena)
    first, second = await booked(world), await booked(world)
    await rested(world, second)
    ids = [row["id"] for row in await world.rows("select id from public.payouts")]
    await asyncio.gather(
        *(payouts.run(world.app) for _ in range(5)),
        *(payout_transfers.pay_out(world.app, payout_id) for payout_id in ids * 5),
        world.worker.drain(),
    )
    for _ in range(3):
        await payday(world)
        await world.time_passes(HOUR)
    assert at_stripe(world) == [(8050, "usd", 0)] * 2
    for opened in (first, second):
        assert (await payout_of(world, world.olena, opened.booking_id))["status"] == "PAID"
    told = [subject for subject in world.mails("olena@example.com") if "Paid out" in subject]
    assert len(told) == 2
    assert await totals_of(world.olena) == [
        {
            "currency": "USD",
            "count": 2,
            "amount": "180.00 USD",
            "returned": "0.00 USD",
            "fee": "19.00 USD",
            "net": "161.00 USD",
            "paid": "161.00 USD",
            "waiting": "0.00 USD",
        }
    ]
    await assert_nothing_amiss(world)


async def test_how_long_a_payment_rests_and_what_is_kept_where_no_fee_is_agreed_are_settings(
    seeded: str,
) -> None:
    async with running_world(seeded, payout_rest_hours=200, platform_fee_percent="7.5") as world:
        await world.rows("delete from private.platform_fees")
        await connects(world, world.olena)
        opened = await booked(world)
        payment = await payment_of(world, opened.booking_id)
        due_at = payment["paid_at"] + timedelta(hours=200)
        await until(world, due_at - 5 * SECOND)
        await payday(world)
        assert world.sandbox.stripe.transfers() == []
        await until(world, due_at + SECOND)
        await payday(world)
        assert at_stripe(world) == [(8325, "usd", 0)]
        paid = await payout_of(world, world.olena, opened.booking_id)
        assert (paid["fee"], paid["net"]) == ({"amountMinor": 675}, {"amountMinor": 8325})
        await assert_nothing_amiss(world)


async def test_what_settled_in_another_currency_is_paid_in_that_one(world: World) -> None:
    world.sandbox.stripe.settle_in("usd", "eur", "0.92")
    world.sandbox.stripe.settle_in("jpy", "usd", "0.00649")
    dollars = await paid_out(world, world.olena)
    yen = await paid_out(world, world.yuki, REVIEW)
    # 12,000 JPY came to 77.88 USD; of that 10,940 of 12,000 are the host's: 71.0006, rounded down.
    # 90.00 USD came to 82.80 EUR; of that 80.50 of 90.00 are the host's.
    assert at_stripe(world) == [(7100, "usd", 0), (7406, "eur", 0)]
    of_olena = await payout_of(world, world.olena, dollars.booking_id)
    of_yuki = await payout_of(world, world.yuki, yen.booking_id)
    assert of_olena["net"] == {"amountMinor": 8050}
    assert of_olena["transferred"] == {"amountMinor": 7406, "currency": "EUR"}
    assert (of_yuki["fee"], of_yuki["net"]) == (
        {"amountMinor": 1060},
        {"amountMinor": 10940},
    )
    assert of_yuki["transferred"] == {"amountMinor": 7100, "currency": "USD"}
    [total] = await totals_of(world.yuki)
    assert (total["currency"], total["paid"], total["waiting"]) == ("JPY", "10,940 JPY", "0 JPY")
    assert "74.06 EUR" in world.sandbox.inbox.to("olena@example.com")[-1].text
    assert "71.00 USD" in world.sandbox.inbox.to("yuki@example.com")[-1].text
    await assert_nothing_amiss(world)


async def as_user(world: World, user_id: UUID | None, query: str) -> list[asyncpg.Record]:
    """What PostgREST would get for this user."""
    async with world.app.db.transaction() as conn:
        await conn.execute(
            "select set_config('request.jwt.claims', $1, true), "
            "set_config('role', 'authenticated', true)",
            json.dumps({"sub": str(user_id), "role": "authenticated"}),
        )
        return list(await conn.fetch(query))


READABLE = "select id, status, reason, net_minor, transfer_minor, paid_at from public.payouts"


async def test_a_payout_is_shown_to_whoever_is_its_host_now_and_to_nobody_else(
    world: World,
) -> None:
    opened = await paid_out(world, world.olena)
    [row] = await as_user(world, world.olena.user_id, READABLE)
    assert (row["status"], row["net_minor"], row["transfer_minor"]) == ("PAID", 8050, 8050)
    for stranger in (world.client, world.other, world.yuki):
        assert await as_user(world, stranger.user_id, READABLE) == []
    for hidden in (
        "select held_reason from public.payouts",
        "select stripe_account_id from public.payouts",
        "select from private.payout_accounts",
        "select from private.platform_fees",
        "select from private.transfer_reversals",
        "update public.payouts set status = 'WAITING'",
        "delete from public.payouts",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await as_user(world, world.olena.user_id, hidden)

    # The host signs in as somebody else from now on.
    await world.rows(
        "update public.hosts set user_id = $1 where user_id = $2",
        world.other.user_id,
        world.olena.user_id,
    )
    assert await as_user(world, world.olena.user_id, READABLE) == []
    assert len(await as_user(world, world.other.user_id, READABLE)) == 1
    assert (await payout_of(world, world.other, opened.booking_id))["status"] == "PAID"
    refused = await world.olena.posts("{ myPayouts { nodes { id } } }")
    assert refused["errors"][0]["extensions"]["code"] == "NOT_A_HOST"


async def test_a_host_who_closed_their_sign_in_is_paid_all_the_same(
    world: World,
) -> None:
    await connects(world, world.olena)
    opened = await booked(world)
    assert world.olena.user_id == DEMO_USERS[2].id
    await world.rows("delete from public.users where id = $1", world.olena.user_id)
    await rested(world, opened)
    await payday(world)
    assert at_stripe(world) == [(8050, "usd", 0)]
    row = await world.row("select user_id, status from public.payouts")
    assert tuple(row) == (None, "PAID")
    assert world.mails("olena@example.com")[-1].startswith("Paid out")
    assert await as_user(world, world.olena.user_id, READABLE) == []
    await assert_nothing_amiss(world)
