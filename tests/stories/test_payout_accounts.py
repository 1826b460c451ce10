"""A host's account at Stripe: begun once, shown as it is, and read back when its news are lost."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from sandbox.faults import Fault, FaultKind
from services import payout_accounts
from services.domain.payouts import AccountStatus
from services.payout_accounts import Reading
from services.providers.connect_ports import AccountState
from services.store import payout_accounts as store
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.payday import (
    at_stripe,
    booked,
    connects,
    link,
    news,
    payday,
    payout_of,
    rested,
    unheard,
)
from tests.world import Client, World

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ACCOUNT = "{ myPayoutAccount { status canBePaid country requirements disabledReason } }"


async def account_of(host: Client) -> dict[str, Any]:
    account: dict[str, Any] = (await host.asks(ACCOUNT))["myPayoutAccount"]
    return account


async def known(world: World) -> str:
    """The status that we have written down, without asking anybody."""
    row = await world.row("select status from private.payout_accounts")
    status: str = row["status"]
    return status


async def begun(world: World, host: Client) -> str:
    """Id of the host's account, which is still to be filled in."""
    assert (await link(host))["errors"] == []
    account_id: str = world.sandbox.stripe.connect_accounts()[0]["id"]
    return account_id


@pytest.mark.parametrize("platform", ["v2", "v1", "both"])
async def test_an_account_is_begun_filled_in_and_followed(world: World, platform: str) -> None:
    stripe = world.sandbox.stripe
    stripe.accounts_api(platform)
    first = await link(world.olena, "de")
    assert first["errors"] == []
    assert first["url"].startswith(f"{world.base}/sandbox/stripe/")
    assert datetime.fromisoformat(first["expiresAt"]) > world.sandbox.clock.now()
    began = await account_of(world.olena)
    assert (began["status"], began["canBePaid"], began["country"]) == ("ONBOARDING", False, "DE")
    assert began["requirements"] != []
    again = await link(world.olena, "FR")  # the country was told to Stripe already
    assert (again["errors"], again["url"] != first["url"]) == ([], True)
    [account] = stripe.connect_accounts()
    assert (account["country"], account["email"]) == ("DE", "olena@example.com")
    host = await world.row("select id from public.hosts where email = 'olena@example.com'")
    assert account["metadata"] == {"sessionpay_host_id": str(host["id"])}

    stripe.onboard(account["id"], complete=False)
    await news(world)
    assert await known(world) == "RESTRICTED"
    lacking = await account_of(world.olena)
    assert (lacking["canBePaid"], len(lacking["requirements"])) == (False, 1)

    stripe.onboard(account["id"])
    await news(world)
    assert await known(world) == "ACTIVE"
    ready = await account_of(world.olena)
    assert (ready["status"], ready["canBePaid"], ready["requirements"]) == ("ACTIVE", True, [])
    told = {
        row["type"]
        for row in await world.rows(
            "select type from private.stripe_events where outcome = 'applied'"
        )
    }
    assert all(("v2.core" in kind) is (platform != "v1") for kind in told)
    assert told != set()

    stripe.close_account(account["id"])
    await news(world)
    if platform == "v1":  # tells nobody
        await world.time_passes(DAY)
    closed = await account_of(world.olena)
    assert (closed["status"], closed["canBePaid"]) == ("CLOSED", False)


async def test_asked_for_ten_times_at_once_there_is_one_account(world: World) -> None:
    links = await asyncio.gather(*(link(world.olena) for _ in range(10)))
    assert [payload["errors"] for payload in links] == [[]] * 10
    assert len({payload["url"] for payload in links}) == 10
    assert len(world.sandbox.stripe.connect_accounts()) == 1
    assert len(await world.rows("select from private.payout_accounts")) == 1


async def test_two_hosts_have_two_accounts_and_see_their_own(world: World) -> None:
    of_olena = await connects(world, world.olena)
    of_yuki = await begun(world, world.yuki)
    assert of_olena != of_yuki
    assert (await account_of(world.olena))["status"] == "ACTIVE"
    assert (await account_of(world.yuki))["status"] == "ONBOARDING"


@pytest.mark.parametrize("country", ["Germany", "", " ", "D", "D3", "ДЕ", "XX", "KP"])
async def test_a_country_that_cannot_be_is_refused_and_another_may_be_told(
    world: World, country: str
) -> None:
    payload = await link(world.olena, country)
    assert (payload["url"], [error["code"] for error in payload["errors"]]) == (
        None,
        ["VALIDATION"],
    )
    assert world.sandbox.stripe.connect_accounts() == []
    assert (await link(world.olena, " us "))["errors"] == []
    [account] = world.sandbox.stripe.connect_accounts()
    assert account["country"] == "US"
    assert (await account_of(world.olena))["country"] == "US"


async def test_who_is_no_host_begins_none(world: World) -> None:
    for stranger in (world.client, world.other):
        payload = await link(stranger)
        assert [error["code"] for error in payload["errors"]] == ["NOT_A_HOST"]
    asked = [call for call in world.sandbox.journal.of("stripe") if "account" in call.path]
    assert asked == []
    assert await world.rows("select from private.payout_accounts") == []


@pytest.mark.usefixtures("impatient_stripe_sdk")
async def test_an_account_of_which_stripe_did_not_answer_is_not_made_a_second_time(
    world: World,
) -> None:
    operation = "stripe.POST /v2/core/accounts"
    world.sandbox.faults.plan(operation, Fault(FaultKind.LOSE_ANSWER))
    world.sandbox.faults.plan(operation, Fault(FaultKind.FAIL), times=2)
    payload = await link(world.olena)
    assert [error["code"] for error in payload["errors"]] == ["PAYMENT_PROVIDER_UNAVAILABLE"]
    assert await account_of(world.olena) == {
        "status": "CREATING",
        "canBePaid": False,
        "country": "US",
        "requirements": [],
        "disabledReason": None,
    }
    assert (await link(world.olena))["errors"] == []
    [account] = world.sandbox.stripe.connect_accounts()
    row = await world.row("select stripe_account_id from private.payout_accounts")
    assert row["stripe_account_id"] == account["id"]


async def test_back_from_stripes_page_the_host_sees_what_stripe_knows(world: World) -> None:
    account_id = await begun(world, world.olena)
    async with unheard(world):
        world.sandbox.stripe.onboard(account_id)
    world.sandbox.clock.advance(timedelta(seconds=6))
    assert await known(world) == "ONBOARDING"
    assert (await account_of(world.olena))["status"] == "ACTIVE"
    assert await known(world) == "ACTIVE"


@pytest.mark.usefixtures("impatient_stripe_sdk")
async def test_while_stripe_is_down_the_host_sees_what_is_known(world: World) -> None:
    await begun(world, world.olena)
    world.sandbox.clock.advance(timedelta(seconds=6))
    world.sandbox.faults.take_down("stripe", world.sandbox.clock.now() + HOUR)
    assert (await account_of(world.olena))["status"] == "ONBOARDING"


async def test_news_that_were_lost_are_read_within_the_hour_and_who_waited_is_paid(
    world: World,
) -> None:
    account_id = await begun(world, world.olena)
    opened = await booked(world)
    await rested(world, opened)
    await payday(world)
    assert (await payout_of(world, world.olena, opened.booking_id))["status"] == "WAITING"
    async with unheard(world):
        world.sandbox.stripe.onboard(account_id)
    await world.time_passes(HOUR)
    await news(world)
    assert await known(world) == "ACTIVE"
    assert at_stripe(world) == [(8050, "usd", 0)]
    await assert_nothing_amiss(world)


@pytest.mark.parametrize("what", ["require", "close_account"])
async def test_that_an_account_lacks_something_or_is_gone_is_read_within_a_day(
    world: World, what: str
) -> None:
    account_id = await connects(world, world.olena)
    async with unheard(world):
        getattr(world.sandbox.stripe, what)(account_id)
    await world.time_passes(HOUR)
    assert await known(world) == "ACTIVE"
    await world.time_passes(DAY)
    assert await known(world) == {"require": "RESTRICTED", "close_account": "CLOSED"}[what]


async def test_a_closed_account_is_followed_by_another_one(world: World) -> None:
    first = await connects(world, world.olena)
    world.sandbox.stripe.close_account(first)
    opened = await booked(world)
    await rested(world, opened)
    await payday(world)
    payout = await payout_of(world, world.olena, opened.booking_id)
    assert (payout["status"], payout["reason"]) == ("WAITING", "ACCOUNT_CLOSED")
    second = await connects(world, world.olena, "DE")
    assert first != second
    assert (await account_of(world.olena))["country"] == "DE"
    await payday(world)
    [transfer] = world.sandbox.stripe.transfers()
    assert (transfer["destination"], transfer["amount"]) == (second, 8050)
    await assert_nothing_amiss(world)


async def test_who_was_rejected_by_stripe_gets_no_second_account(world: World) -> None:
    world.sandbox.stripe.reject(await connects(world, world.olena))
    await news(world)
    assert (await account_of(world.olena))["status"] == "CLOSED"
    payload = await link(world.olena)
    assert [error["code"] for error in payload["errors"]] == ["ACCOUNT_REJECTED"]
    assert len(world.sandbox.stripe.connect_accounts()) == 1


async def test_of_two_readings_the_one_that_began_later_counts(world: World) -> None:
    await begun(world, world.olena)
    row = await world.row("select id, stripe_account_id from private.payout_accounts")
    async with world.app.db.connection() as conn:
        early, late = await store.next_ticket(conn), await store.next_ticket(conn)
    for ticket, status in ((late, AccountStatus.ACTIVE), (early, AccountStatus.RESTRICTED)):
        state = AccountState(row["stripe_account_id"], status, (), None)
        async with world.app.db.transaction() as conn:
            account = await store.get(conn, row["id"])
            assert account is not None
            await payout_accounts.apply(world.app, conn, account, Reading(ticket, state))
    assert await known(world) == "ACTIVE"


@pytest.mark.parametrize("platform", ["v2", "v1"])
async def test_news_of_an_account_that_is_none_of_ours_change_nothing(
    world: World, platform: str
) -> None:
    world.sandbox.stripe.accounts_api(platform)
    account_id = await begun(world, world.olena)
    await world.rows("delete from private.payout_accounts")
    world.sandbox.stripe.onboard(account_id)
    await news(world)
    told = await world.rows("select outcome from private.stripe_events where type like '%account%'")
    assert {row["outcome"] for row in told} == {"not ours"}
    assert await world.olena.asks(ACCOUNT) == {"myPayoutAccount": None}
