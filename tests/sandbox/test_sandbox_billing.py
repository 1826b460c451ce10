"""/sandbox shows subscriptions, invoices and disputes, and its routes act on them."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.sandbox.plan_sales import FAILING, Sold, sell
from tests.sandbox.sandbox_rig import running


@pytest.fixture
async def sold() -> AsyncIterator[Sold]:
    async with running() as rig:
        yield await sell(rig)


async def test_a_subscription_is_shown_with_what_can_be_done_to_it(sold: Sold) -> None:
    assert (await sold.rig.state())["subscriptions"] == []
    shown = await sold.subscribe()
    assert (shown["plan"], shown["status"]) == ("Inner circle, $100.00 per month", "active")
    assert shown["customer"] == {"id": sold.customer, "name": "ada@shop.test"}
    assert (shown["card"], shown["endsAt"]) == ("Visa •••• 4242", None)
    assert shown["otherPlans"] == [{"price": sold.small, "name": "Inner circle, $40.00 per month"}]
    assert shown["metadata"] == {"user": "u1"}
    period = datetime.fromisoformat(shown["periodEndsAt"]) - sold.rig.sandbox.clock.now()
    assert timedelta(days=27) < period < timedelta(days=32)
    state = await sold.rig.state()
    [invoice] = state["invoices"]
    assert (invoice["amount"], invoice["left"], invoice["status"]) == ("100.00 USD", None, "paid")
    assert invoice["reason"] == "subscription_create"
    assert invoice["refundable"] == "100.00 USD"
    assert (await sold.rig.http.get(invoice["url"])).status_code == 200
    assert (await sold.rig.http.get(invoice["receiptUrl"])).status_code == 200
    numbers = [card["number"] for card in state["keepableCards"]]
    assert FAILING in numbers
    assert "4000000000000002" not in numbers


async def test_the_routes_list_subscriptions_and_invoices_as_the_api_does(sold: Sold) -> None:
    shown = await sold.subscribe()
    lists = {}
    for name in ("subscriptions", "invoices"):
        answer = await sold.rig.http.get(f"/sandbox/api/stripe/{name}")
        [lists[name]] = answer.json()[name]
    assert lists["subscriptions"]["id"] == shown["id"]
    assert lists["subscriptions"]["object"] == "subscription"
    assert lists["invoices"]["customer"] == sold.customer


async def test_a_subscription_is_canceled_later_kept_paused_resumed_and_canceled(
    sold: Sold,
) -> None:
    own = f"subscriptions/{(await sold.subscribe())['id']}"
    leaving = await sold.act(f"{own}/cancel", {"atPeriodEnd": True})
    assert (leaving["status"], leaving["cancel_at_period_end"]) == ("active", True)
    [shown] = (await sold.rig.state())["subscriptions"]
    assert shown["endsAt"] == shown["periodEndsAt"]
    assert (await sold.act(f"{own}/keep"))["cancel_at_period_end"] is False
    assert (await sold.act(f"{own}/pause"))["status"] == "paused"
    assert (await sold.act(f"{own}/resume"))["status"] == "active"
    assert (await sold.act(f"{own}/cancel"))["status"] == "canceled"
    await sold.rig.sandbox.stripe.deliveries.settled()
    types = [event["type"] for event in sold.rig.webhooks]
    assert types[-3:] == [
        "customer.subscription.paused",
        "customer.subscription.resumed",
        "customer.subscription.deleted",
    ]


async def test_a_plan_is_changed_and_charged_for(sold: Sold) -> None:
    subscription_id = (await sold.subscribe())["id"]
    await sold.act(f"subscriptions/{subscription_id}/change", {"price": sold.small})
    await sold.act(f"subscriptions/{subscription_id}/change", {"price": sold.plan})
    state = await sold.rig.state()
    assert state["subscriptions"][0]["plan"] == "Inner circle, $100.00 per month"
    assert [each["reason"] for each in state["invoices"]] == [
        "subscription_update",
        "subscription_update",
        "subscription_create",
    ]


async def test_a_failing_card_leaves_an_invoice_that_is_paid_by_hand(sold: Sold) -> None:
    await sold.subscribe()
    kept = await sold.act(f"customers/{sold.customer}/card", {"number": FAILING})
    assert kept == {"customer": sold.customer, "last4": "0341"}
    await sold.rig.sandbox.advance(timedelta(days=32))
    state = await sold.rig.state()
    assert state["subscriptions"][0]["status"] == "past_due"
    invoice = state["invoices"][0]
    assert (invoice["status"], invoice["left"], invoice["attempts"]) == ("open", "100.00 USD", 1)
    assert invoice["nextAttemptAt"] is not None
    assert invoice["charge"] is None
    failed = await sold.act(f"invoices/{invoice['id']}/pay")
    assert failed == {"result": "declined", "message": "Your card was declined."}
    paid = await sold.act(f"invoices/{invoice['id']}/pay", {"number": "4242424242424242"})
    assert paid["result"] == "paid"
    assert (await sold.rig.state())["subscriptions"][0]["status"] == "active"


async def test_a_payment_of_an_invoice_is_refunded(sold: Sold) -> None:
    await sold.subscribe()
    charge = (await sold.rig.state())["invoices"][0]["charge"]
    await sold.act(f"charges/{charge}/refund", {"amount": 2500})
    assert (await sold.rig.state())["invoices"][0]["refundable"] == "75.00 USD"
    await sold.act(f"charges/{charge}/refund")
    assert (await sold.rig.state())["invoices"][0]["refundable"] is None


async def test_a_charge_is_disputed_and_the_dispute_closed(sold: Sold) -> None:
    await sold.subscribe()
    charge = (await sold.rig.state())["invoices"][0]["charge"]
    dispute = await sold.act(f"charges/{charge}/dispute", {"reason": "duplicate"})
    [shown] = (await sold.rig.state())["invoices"][0]["disputes"]
    assert shown == {
        "id": dispute["id"],
        "status": "needs_response",
        "reason": "duplicate",
        "amount": "100.00 USD",
    }
    assert (await sold.act(f"disputes/{dispute['id']}/close", {"won": False}))["status"] == "lost"
    session_id = await sold.rig.order()
    sold.rig.sandbox.stripe.pay(session_id)
    [checkout] = (await sold.rig.state())["checkouts"]
    assert checkout["disputes"] == []
    await sold.act(f"charges/{checkout['charge']['id']}/dispute")
    [checkout] = (await sold.rig.state())["checkouts"]
    assert [each["reason"] for each in checkout["disputes"]] == ["fraudulent"]


@pytest.mark.parametrize(
    ("path", "given", "status", "message"),
    [
        ("subscriptions/sub_none/cancel", {}, 404, "No such subscription: 'sub_none'"),
        ("subscriptions/sub_none/pause", {}, 404, "No such subscription: 'sub_none'"),
        ("subscriptions/{id}/cancel", {"atPeriodEnd": "yes"}, 400, "atPeriodEnd has the wrong typ"),
        ("subscriptions/{id}/change", {}, 400, "price is missing"),
        ("subscriptions/{id}/change", {"price": "price_0"}, 404, "No such price: 'price_0'"),
        ("subscriptions/{id}/resume", {}, 400, "Only a paused subscription can be resumed"),
        ("customers/{customer}/card", {}, 400, "number is missing"),
        ("customers/{customer}/card", {"number": "1"}, 400, "Your card number is invalid."),
        ("customers/{customer}/card", {"number": "4000000000000002"}, 402, "Your card was decl"),
        ("invoices/in_none/pay", {}, 404, "No such invoice: 'in_none'"),
        ("charges/ch_none/dispute", {}, 404, "No such charge: 'ch_none'"),
        ("disputes/du_none/close", {}, 400, "won is missing"),
        ("disputes/du_none/close", {"won": True}, 404, "No such dispute: 'du_none'"),
    ],
)
async def test_what_makes_no_sense_is_refused_and_changes_nothing(
    sold: Sold, path: str, given: dict[str, Any], status: int, message: str
) -> None:
    before = await sold.subscribe()
    path = path.format(id=before["id"], customer=sold.customer)
    answer = await sold.rig.ask(f"stripe/{path}", given)
    assert answer.status_code == status
    assert answer.json()["error"]["message"].startswith(message)
    assert (await sold.rig.state())["subscriptions"] == [before]


async def test_a_page_of_another_origin_cannot_cancel_with_a_form(sold: Sold) -> None:
    subscription_id = (await sold.subscribe())["id"]
    path = f"/sandbox/api/stripe/subscriptions/{subscription_id}/cancel"
    answer = await sold.rig.http.post(path, data={"atPeriodEnd": "false"})
    assert answer.status_code == 415
    assert (await sold.rig.state())["subscriptions"][0]["status"] == "active"
