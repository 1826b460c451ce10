"""Buying a plan and managing it through /graphql: what is opened, confirmed and refused."""

from typing import Any
from uuid import uuid4

import pytest

from tests.resolvers.billing_rig import BUY, MENTORING_PLAN, buys, given_subscription, mine
from tests.world import MENTORING, World

PORTAL = """mutation ($input: PortalUrlInput!) { portalUrl(input: $input) {
  url errors { code ... on InvalidInputError { field } } } }"""
CONFIRM = """mutation ($input: ConfirmBookingInput!) { confirmBooking(input: $input) {
  success meetingUrl booking { id } subscription { id status plan { name } }
  errors { code } } }"""


async def test_a_plan_has_one_checkout_and_no_booking_however_often_it_is_asked_for(
    world: World,
) -> None:
    first = await buys(world, planId=MENTORING_PLAN)
    again = await buys(world, planId=MENTORING_PLAN, idempotencyKey="another")
    assert (first["errors"], first["booking"]) == ([], None)
    assert first["checkout"]["url"].startswith(world.base)
    assert first["subscription"] | {"id": None} == {
        "id": None,
        "status": "INCOMPLETE",
        "price": {"display": "100.00 USD"},
        "plan": {"id": MENTORING_PLAN},
    }
    assert again == first
    assert await mine(world) is None
    assert len(await world.rows("select from public.subscriptions")) == 1
    assert len(world.sandbox.stripe.sessions()) == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "sessionTypeId"),
        ({"planId": MENTORING_PLAN, "sessionTypeId": MENTORING}, "planId"),
        ({"planId": MENTORING_PLAN, "startsAt": "2030-01-01T09:00:00Z"}, "startsAt"),
        ({"planId": MENTORING_PLAN, "timeZone": "Europe/Kyiv"}, "timeZone"),
        ({"planId": MENTORING_PLAN, "useCredits": True}, "useCredits"),
    ],
)
async def test_a_purchase_of_both_or_neither_is_refused_and_begins_nothing(
    world: World, given: dict[str, Any], field: str
) -> None:
    payload = await buys(world, **given)
    [error] = payload["errors"]
    assert (error["__typename"], error["code"]) == ("InvalidInputError", "VALIDATION")
    assert error["field"] == field
    assert (payload["checkout"], payload["booking"], payload["subscription"]) == (None, None, None)
    assert await world.rows("select from public.subscriptions") == []
    assert await world.rows("select from public.bookings") == []
    assert world.sandbox.journal.of("stripe") == []


async def test_a_plan_that_is_not_sold_or_held_already_opens_no_checkout(world: World) -> None:
    unknown = await buys(world, planId=str(uuid4()))
    assert [error["code"] for error in unknown["errors"]] == ["NOT_FOUND"]
    await given_subscription(world, "ACTIVE")
    held = await buys(world, planId=MENTORING_PLAN)
    assert [error["code"] for error in held["errors"]] == ["ALREADY_SUBSCRIBED"]
    assert (held["checkout"], held["subscription"]) == (None, None)
    assert world.sandbox.stripe.sessions() == []


async def test_credits_that_one_does_not_have_are_told_in_numbers(world: World) -> None:
    query = BUY.replace("field }", "field } ... on NoCreditsError { left needed }")
    slot = (await world.client.slots())[0]
    given = {"sessionTypeId": MENTORING, "startsAt": slot, "useCredits": True}
    payload = (await world.client.asks(query, input=given))["createCheckoutSession"]
    [error] = payload["errors"]
    assert error == {
        "__typename": "NoCreditsError",
        "code": "NO_CREDITS",
        "message": "This session costs 1 session credit; you have 0.",
        "left": 0,
        "needed": 1,
    }
    assert (payload["checkout"], payload["booking"]) == (None, None)
    assert await world.rows("select from public.bookings") == []


async def test_the_portal_is_closed_to_who_never_bought_and_to_strangers(world: World) -> None:
    answer = await world.client.asks(PORTAL, input={})
    assert answer["portalUrl"] == {"url": None, "errors": [{"code": "NO_BILLING"}]}
    strangers = await given_subscription(world, "ACTIVE", user_id=world.other.user_id)
    for flow in ("HOME", "CANCEL", "CHANGE_PLAN"):
        given = {"flow": flow, "subscriptionId": str(strangers)}
        answer = await world.client.asks(PORTAL, input=given)
        assert answer["portalUrl"] == {"url": None, "errors": [{"code": "NOT_FOUND"}]}
    refused = await world.client.asks(PORTAL, input={"returnUrl": "https://evil.test/"})
    assert refused["portalUrl"]["url"] is None
    assert refused["portalUrl"]["errors"] == [{"code": "RETURN_URL_REFUSED", "field": "returnUrl"}]
    assert world.sandbox.journal.of("stripe") == []


async def test_a_paid_plan_is_confirmed_without_a_booking_and_billed_to_its_buyer(
    world: World,
) -> None:
    opened = await buys(world, planId=MENTORING_PLAN)
    session_id, subscription_id = opened["checkout"]["sessionId"], opened["subscription"]["id"]
    reference = {"checkoutSessionId": session_id}
    unpaid = (await world.client.asks(CONFIRM, input=reference))["confirmBooking"]
    assert (unpaid["success"], unpaid["booking"]) == (False, None)
    assert unpaid["subscription"]["status"] == "INCOMPLETE"
    assert [error["code"] for error in unpaid["errors"]] == ["PAYMENT_FAILED"]

    world.sandbox.stripe.pay(session_id, "4242424242424242")
    await world.sandbox.stripe.deliveries.settled()
    await world.worker.drain()
    active = {"id": subscription_id, "status": "ACTIVE", "plan": {"name": "Mentoring"}}
    confirmed = (await world.client.asks(CONFIRM, input=reference))["confirmBooking"]
    assert confirmed == {
        "success": True,
        "meetingUrl": None,
        "booking": None,
        "subscription": active,
        "errors": [],
    }
    stranger = (await world.other.asks(CONFIRM, input=reference))["confirmBooking"]
    assert (stranger["success"], stranger["subscription"]) == (False, None)
    assert [error["code"] for error in stranger["errors"]] == ["PAYMENT_NOT_FOUND"]

    answer = await world.client.asks(
        "{ myPayments { nodes { amount { display } outcome disputed invoiceNumber invoiceUrl"
        " invoicePdfUrl periodStart periodEnd booking { id } subscription { id } } }"
        " myNotifications { nodes { kind subscription { id } } } }"
    )
    [paid] = answer["myPayments"]["nodes"]
    assert (paid["amount"]["display"], paid["outcome"]) == ("100.00 USD", "FULFILLED")
    assert (paid["subscription"], paid["booking"]) == ({"id": subscription_id}, None)
    assert paid["disputed"] is False
    assert all(paid[name] for name in ("invoiceNumber", "invoiceUrl", "invoicePdfUrl"))
    assert paid["periodStart"] < paid["periodEnd"]
    told = {node["kind"]: node["subscription"] for node in answer["myNotifications"]["nodes"]}
    assert told["SUBSCRIPTION_STARTED"] == {"id": subscription_id}


async def test_a_buyer_is_led_into_the_portal(world: World) -> None:
    opened = await buys(world, planId=MENTORING_PLAN)
    world.sandbox.stripe.pay(opened["checkout"]["sessionId"], "4242424242424242")
    await world.sandbox.stripe.deliveries.settled()
    await world.worker.drain()
    pages = set()
    for flow in ("HOME", "PAYMENT_METHOD", "CANCEL", "CHANGE_PLAN"):
        answer = (await world.client.asks(PORTAL, input={"flow": flow}))["portalUrl"]
        assert answer["errors"] == []
        page = await world.http.get(answer["url"], follow_redirects=True)
        assert page.status_code == 200
        pages.add(page.url.path)
    assert len(pages) == 4
