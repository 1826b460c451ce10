"""What hosts see and do through /graphql: their sessions, their account, their payouts."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from resolvers.context import RequestLoaders
from services.auth import Viewer
from tests.resolvers.counting import CountingDatabase
from tests.resolvers.hosting_rig import (
    ERRORS,
    MARCUS,
    OLENA,
    OLENAS_ID,
    agreed,
    booked,
    cancels,
    platform_fee,
    quoted,
    signed_in,
)
from tests.world import Client, Opened, World

WHOLE, NOTHING = {"display": "90.00 USD"}, {"display": "0.00 USD"}
SESSIONS = """query ($first: Int! = 20, $after: String) {
  hostBookings(first: $first, after: $after) {
  nodes { id status startsAt price { display } clientName clientEmail sessionType { name }
    meetingUrl calledOffBy absent canBeCancelled canBeMarkedAbsent
    payout { status reason net { display } } }
  pageInfo { hasNextPage endCursor } } }"""
PAYOUTS = """{ myPayouts { nodes { id status reason message amount { display } returned { display }
    fee { display } net { display } transferred { display } reversed { display } dueAt paidAt
    heldReason hostBooking { id clientName } }
  totals { currency count amount { display } returned { display } fee { display } net { display }
    paid { display } waiting { display } } pageInfo { hasNextPage } } }"""
MARK = f"""mutation ($input: MarkNoShowInput!) {{ markNoShow(input: $input) {{
  hostBooking {{ id status absent calledOffBy }} {ERRORS} }} }}"""
LINK = f"""mutation ($input: CreatePayoutAccountLinkInput!) {{
  createPayoutAccountLink(input: $input) {{ url expiresAt {ERRORS} }} }}"""
ACCOUNT = "{ myPayoutAccount { status canBePaid country requirements disabledReason createdAt } }"


async def sessions(host: Client, **more: Any) -> dict[str, Any]:
    page: dict[str, Any] = (await host.asks(SESSIONS, **more))["hostBookings"]
    return page


async def marks(host: Client, opened: Opened, absent: str) -> dict[str, Any]:
    asked = {"bookingId": opened.booking_id, "absent": absent}
    payload: dict[str, Any] = (await host.asks(MARK, input=asked))["markNoShow"]
    return payload


async def flags(host: Client) -> tuple[bool, bool]:
    [node] = (await sessions(host))["nodes"]
    return node["canBeCancelled"], node["canBeMarkedAbsent"]


def until(world: World, moment: datetime) -> None:
    """The clock moves to a moment without anything else happening."""
    world.sandbox.clock.advance(moment - world.app.clock.now())


async def test_a_host_sees_who_booked_and_their_own_link(world: World) -> None:
    await platform_fee(world)
    opened = await booked(world)
    await world.client.books()  # not paid: none of the host's business
    meeting = await world.row(
        "update public.user_sessions set host_url = 'https://rooms.test/host' returning meeting_url"
    )
    page = await sessions(signed_in(world))
    assert page == {
        "nodes": [
            {
                "id": opened.booking_id,
                "status": "ACCEPTED",
                "startsAt": opened.starts_at,
                "price": WHOLE,
                "clientName": "Demo Client",
                "clientEmail": "demo@example.com",
                "sessionType": {"name": "Mentoring session"},
                "meetingUrl": "https://rooms.test/host",
                "calledOffBy": None,
                "absent": None,
                "canBeCancelled": True,
                "canBeMarkedAbsent": False,
                "payout": {"status": "WAITING", "reason": "NOT_DUE", "net": WHOLE},
            }
        ],
        "pageInfo": {"hasNextPage": False, "endCursor": page["pageInfo"]["endCursor"]},
    }
    own = await world.client.booking(opened.booking_id)
    assert own["meeting"]["url"] == meeting["meeting_url"]
    await world.rows("update public.user_sessions set host_url = null")
    [shared] = (await sessions(signed_in(world)))["nodes"]
    assert shared["meetingUrl"] == meeting["meeting_url"]
    await world.rows("update public.user_sessions set withheld_at = now()")
    [withheld] = (await sessions(signed_in(world)))["nodes"]
    assert withheld["meetingUrl"] is None


async def test_of_a_client_who_left_nothing_personal_is_told(world: World) -> None:
    await booked(world)
    await world.rows("update public.bookings set user_id = null")
    [node] = (await sessions(signed_in(world)))["nodes"]
    assert (node["clientName"], node["clientEmail"]) == (None, None)


async def test_a_hosts_sessions_come_page_by_page_newest_first(world: World) -> None:
    older, newer = await booked(world, slot=-1), await booked(world, slot=0)
    host = signed_in(world)
    first = await sessions(host, first=1)
    rest = await sessions(host, first=1, after=first["pageInfo"]["endCursor"])
    assert [page["nodes"][0]["id"] for page in (first, rest)] == [
        newer.booking_id,
        older.booking_id,
    ]
    assert [page["pageInfo"]["hasNextPage"] for page in (first, rest)] == [True, False]


@pytest.mark.parametrize("query", ["{ hostBookings { nodes { id } } }", PAYOUTS])
async def test_what_hosts_see_is_told_to_nobody_else(world: World, query: str) -> None:
    await booked(world)
    for client, code in ((world.client, "NOT_A_HOST"), (world.nobody, "UNAUTHENTICATED")):
        answer = await client.posts(query)
        assert (answer["data"], answer["errors"][0]["extensions"]) == (None, {"code": code})
    [field] = (await signed_in(world, MARCUS).asks(query)).values()
    assert field["nodes"] == []


async def test_who_is_a_host_is_told_to_themselves(world: World) -> None:
    told = [
        (await client.asks("{ me { isHost } }"))["me"]["isHost"]
        for client in (world.client, signed_in(world))
    ]
    assert told == [False, True]


async def test_what_a_host_may_do_is_shown_as_it_is_allowed(world: World) -> None:
    opened = await booked(world)
    host = signed_in(world)
    assert opened.starts_at is not None
    start = datetime.fromisoformat(opened.starts_at)
    [error] = (await marks(host, opened, "CLIENT"))["errors"]
    assert error["code"] == "NOT_MARKABLE"
    assert (await flags(host), (await quoted(host, opened))["canCancel"]) == ((True, False), True)

    until(world, start)
    assert (await flags(host), (await quoted(host, opened))["canCancel"]) == ((False, True), False)
    [error] = (await cancels(host, opened))["errors"]
    assert error["code"] == "NOT_CANCELLABLE"

    until(world, start + timedelta(hours=1, days=14, minutes=1))
    assert await flags(host) == (False, False)
    [error] = (await marks(host, opened, "CLIENT"))["errors"]
    assert error["code"] == "NOT_MARKABLE"


async def test_a_client_who_did_not_come_is_marked_once(world: World) -> None:
    opened = await booked(world)
    await agreed(world, opened, refunds={}, no_show_percent=50)
    host = signed_in(world)
    assert opened.starts_at is not None
    until(world, datetime.fromisoformat(opened.starts_at))
    marked = {
        "hostBooking": {
            "id": opened.booking_id,
            "status": "ACCEPTED",
            "absent": "CLIENT",
            "calledOffBy": None,
        },
        "errors": [],
    }
    assert await marks(host, opened, "CLIENT") == marked
    assert await marks(host, opened, "CLIENT") == marked
    assert await flags(host) == (False, False)
    [error] = (await marks(host, opened, "HOST"))["errors"]
    assert error["code"] == "NOT_MARKABLE"
    refunds = await world.rows("select amount_minor, requested_by from private.refunds")
    assert [tuple(row) for row in refunds] == [(4500, "HOST")]


async def test_a_host_who_did_not_come_gives_everything_back(world: World) -> None:
    opened = await booked(world)
    host = signed_in(world)
    assert opened.starts_at is not None
    until(world, datetime.fromisoformat(opened.starts_at))
    assert (await marks(host, opened, "HOST"))["hostBooking"] == {
        "id": opened.booking_id,
        "status": "CANCELLED",
        "absent": "HOST",
        "calledOffBy": "HOST",
    }
    await world.worker.drain()
    [node] = (await sessions(host))["nodes"]
    assert node["payout"] == {"status": "CANCELLED", "reason": "HOST_ABSENT", "net": NOTHING}


async def test_only_the_host_of_a_session_may_mark_it(world: World) -> None:
    opened = await booked(world)
    assert opened.starts_at is not None
    world.sandbox.clock.advance(datetime.fromisoformat(opened.starts_at) - world.app.clock.now())
    for stranger in (world.client, world.other, signed_in(world, MARCUS)):
        payload = await marks(stranger, opened, "CLIENT")
        assert payload["hostBooking"] is None
        assert [error["code"] for error in payload["errors"]] == ["NOT_FOUND"]
    row = await world.row("select absent, status from public.bookings")
    assert tuple(row) == (None, "ACCEPTED")


async def test_payouts_add_up_with_their_reasons_and_sums(world: World) -> None:
    await platform_fee(world, fixed_minor=50, percent=10)
    opened = await booked(world)
    await agreed(world, opened, refunds={}, no_show_percent=50)
    host = signed_in(world)
    assert opened.starts_at is not None
    until(world, datetime.fromisoformat(opened.starts_at))
    await marks(host, opened, "CLIENT")
    await world.worker.drain()
    paid = await world.row("select paid_at from public.payments")
    connection = (await host.asks(PAYOUTS))["myPayouts"]
    [node] = connection["nodes"]
    half, fee, net = ({"display": f"{sum_} USD"} for sum_ in ("45.00", "5.00", "40.00"))
    ends_at = datetime.fromisoformat(opened.starts_at) + timedelta(hours=1)
    due_at = max(ends_at, paid["paid_at"] + timedelta(hours=72))
    assert datetime.fromisoformat(node.pop("dueAt")) == due_at
    row = await world.row("select id from public.payouts")
    assert node == {
        "id": str(row["id"]),
        "status": "WAITING",
        "reason": "NOT_DUE",
        "message": "The session is still to come, or the payment has to rest a while longer.",
        "amount": WHOLE,
        "returned": half,
        "fee": fee,
        "net": net,
        "transferred": None,
        "reversed": None,
        "paidAt": None,
        "heldReason": None,
        "hostBooking": {"id": opened.booking_id, "clientName": "Demo Client"},
    }
    [total] = connection["totals"]
    assert total == {
        "currency": "USD",
        "count": 1,
        "amount": WHOLE,
        "returned": half,
        "fee": fee,
        "net": net,
        "paid": NOTHING,
        "waiting": net,
    }


async def test_what_was_transferred_is_told_in_the_currency_it_settled_in(world: World) -> None:
    await platform_fee(world)
    await booked(world)
    await world.rows(
        "update public.payouts set status = 'PAID', reason = null, stripe_transfer_id = 'tr_1', "
        "stripe_account_id = 'acct_1', settled_minor = 8000, transfer_currency = 'EUR', "
        "transfer_minor = 8000, transfer_due_minor = 8000, reversed_minor = 3000, "
        "sending_at = now(), paid_at = '2026-03-29T12:00:00Z'"
    )
    [node] = (await signed_in(world).asks(PAYOUTS))["myPayouts"]["nodes"]
    assert (node["status"], node["reason"], node["message"]) == ("PAID", None, None)
    assert (node["transferred"], node["reversed"]) == (
        {"display": "80.00 EUR"},
        {"display": "30.00 EUR"},
    )
    assert (node["net"], node["paidAt"]) == (WHOLE, "2026-03-29T12:00:00Z")


async def test_a_host_begins_their_account_and_sees_how_far_it_is(world: World) -> None:
    host = signed_in(world)
    assert await host.asks(ACCOUNT) == {"myPayoutAccount": None}
    missing = (await host.asks(LINK, input={}))["createPayoutAccountLink"]
    assert (missing["url"], missing["errors"][0]["field"]) == (None, "country")
    link = (await host.asks(LINK, input={"country": "DE"}))["createPayoutAccountLink"]
    assert link["errors"] == []
    assert link["url"].startswith(f"{world.base}/sandbox/stripe/")
    assert datetime.fromisoformat(link["expiresAt"]) > world.app.clock.now()
    account = (await host.asks(ACCOUNT))["myPayoutAccount"]
    assert (account["status"], account["canBePaid"], account["country"]) == (
        "ONBOARDING",
        False,
        "DE",
    )
    assert account["requirements"] != []
    again = (await host.asks(LINK, input={}))["createPayoutAccountLink"]
    assert (again["errors"], again["url"] != link["url"]) == ([], True)
    assert len(await world.rows("select from private.payout_accounts")) == 1


async def test_who_is_no_host_has_no_account_and_begins_none(world: World) -> None:
    assert await world.client.asks(ACCOUNT) == {"myPayoutAccount": None}
    payload = (await world.client.asks(LINK, input={"country": "DE"}))["createPayoutAccountLink"]
    assert payload["url"] is None
    assert [error["code"] for error in payload["errors"]] == ["NOT_A_HOST"]
    elsewhere = {"country": "DE", "returnUrl": "https://evil.test/"}
    refused = (await signed_in(world).asks(LINK, input=elsewhere))["createPayoutAccountLink"]
    assert [error["code"] for error in refused["errors"]] == ["RETURN_URL_REFUSED"]
    assert await world.rows("select from private.payout_accounts") == []
    for query, variables in (
        (ACCOUNT, {}),
        (LINK, {"input": {"country": "DE"}}),
        (MARK, {"input": {"bookingId": str(uuid4()), "absent": "CLIENT"}}),
    ):
        answer = await world.nobody.posts(query, **variables)
        assert answer["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


async def test_however_many_objects_ask_each_kind_is_read_once(world: World) -> None:
    first, second = await booked(world, slot=-1), await booked(world, slot=0)
    ids = [UUID(first.booking_id), UUID(second.booking_id), uuid4()]
    db = CountingDatabase(world.app.db.pool)
    viewer = Viewer(OLENA.id, OLENA.email, is_anonymous=False, language=None)
    loaders = RequestLoaders(replace(world.app, db=db), viewer)

    payouts = await asyncio.gather(*map(loaders.payout, ids))
    assert [row and row.booking_id for row in payouts] == [*ids[:2], None]
    assert db.reads == 2  # who the host is, and their payouts
    assert world.client.user_id is not None
    clients = await asyncio.gather(*(loaders.client(world.client.user_id) for _ in range(5)))
    assert {row.email for row in clients if row} == {"demo@example.com"}
    assert db.reads == 3
    paid = [row["id"] for row in await world.rows("select id from public.payments")]
    assert await asyncio.gather(*map(loaders.refunds, paid)) == [[], []]
    assert db.reads == 4
    bookings = await asyncio.gather(*map(loaders.host_booking, ids))
    assert [row and row.host_id for row in bookings] == [OLENAS_ID, OLENAS_ID, None]

    for stranger in (None, replace(viewer, user_id=MARCUS.id)):
        others = RequestLoaders(replace(world.app, db=db), stranger)
        assert await asyncio.gather(*map(others.payout, ids)) == [None, None, None]
        assert await asyncio.gather(*map(others.host_booking, ids)) == [None, None, None]
    nobody = RequestLoaders(world.app, None)
    assert (await nobody.viewer_host(), await nobody.payout_totals()) == (None, [])
