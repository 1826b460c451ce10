"""Connect by the control routes of the Stripe stand-in, short balances, and older state files."""

import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import stripe

from sandbox.stripe.errors import ApiError
from tests.sandbox.stripe_rig import SDK_WARNING, Rig, running

pytestmark = pytest.mark.filterwarnings(SDK_WARNING)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


async def control(rig: Rig, path: str, given: dict[str, Any] | None = None) -> Any:
    answer = await rig.http.post(f"/_control/{path}", json=given or {})
    return answer.json() | {"status_code": answer.status_code}


async def shown(rig: Rig) -> Any:
    return (await rig.http.get("/_control/connect")).json()


async def test_accounts_are_shown_by_control(rig: Rig) -> None:
    account = await rig.account(metadata={"host": "7"})
    assert (await shown(rig))["accounts"][0] | {"createdAt": "", "due": []} == {
        "id": account.id,
        "createdAt": "",
        "name": "Jenny",
        "country": "US",
        "madeBy": "v2",
        "transfers": "restricted",
        "payoutsEnabled": False,
        "detailsSubmitted": False,
        "due": [],
        "rejected": False,
        "closed": False,
        "mayOwe": False,
        "balance": [],
        "metadata": {"host": "7"},
    }


async def test_an_account_is_onboarded_paid_restricted_and_closed_by_control(rig: Rig) -> None:
    account = await rig.account()
    path = f"accounts/{account.id}"
    await control(rig, f"{path}/onboard", {"complete": False})
    document = "identity.individual.verification.document"
    assert (await shown(rig))["accounts"][0]["due"] == [document]
    onboarded = await control(rig, f"{path}/onboard")
    assert onboarded["capabilities"] == {"transfers": "active"}
    charge = await rig.paid_charge()
    made = await control(
        rig, f"charges/{charge.id}/transfer", {"account": account.id, "amount": 2000}
    )
    assert made["amount"] == 2000
    await control(rig, f"{path}/payout", {"amount": 1500, "currency": "usd"})
    balance = (await shown(rig))["accounts"][0]["balance"]
    assert balance == [{"minor": 500, "currency": "usd", "display": "$5.00"}]
    await control(rig, f"{path}/owe", {"allowed": True})
    back: Any = await rig.api.v1.transfers.reversals.create_async(made["id"])
    overview = await shown(rig)
    assert overview["accounts"][0]["balance"][0]["display"] == "$-15.00"
    assert overview["balance"] == [{"minor": 2883, "currency": "usd", "display": "$28.83"}]
    (listed,) = overview["transfers"]
    assert (listed["id"], listed["charge"], listed["reversed"]) == (made["id"], charge.id, True)
    assert [(each["id"], each["amount"]["minor"]) for each in listed["reversals"]] == [
        (back.id, 2000)
    ]
    assert [each["id"] for each in overview["transferable"]] == [charge.id]
    await control(rig, f"{path}/require", {"fields": ["external_account"]})
    await control(rig, f"{path}/reject")
    await control(rig, f"{path}/close")
    gone = (await shown(rig))["accounts"][0]
    assert (gone["due"], gone["rejected"], gone["closed"]) == (["external_account"], True, True)


async def test_settings_are_changed_by_control_and_only_those_that_are_named(rig: Rig) -> None:
    changed = await control(rig, "connect/settings", {"accountsApi": "both"})
    assert changed["accountsApi"] == "both"
    changed = await control(rig, "connect/settings", {"transfersShort": True, "refundsShort": True})
    settled = await control(
        rig, "connect/settlement", {"currency": "jpy", "into": "usd", "rate": "0.0067"}
    )
    assert (changed["transfersShort"], changed["refundsShort"]) == (True, True)
    assert settled | {"status_code": 0} == {
        "accountsApi": "both",
        "transfersShort": True,
        "refundsShort": True,
        "settlesIn": {"jpy": {"currency": "usd", "rate": "0.0067"}},
        "status_code": 0,
    }
    assert (await shown(rig))["settings"] == rig.sandbox.connect_switches()


@pytest.mark.parametrize(
    ("path", "given", "status"),
    [
        ("accounts/acct_none/onboard", {}, 403),
        ("accounts/acct_none/payout", {"amount": 1}, 400),
        ("accounts/acct_none/owe", {}, 400),
        ("accounts/acct_none/require", {"fields": [1]}, 400),
        ("charges/ch_none/transfer", {"account": "acct_none", "amount": 1}, 404),
        ("connect/settings", {"accountsApi": "v3"}, 400),
        ("connect/settings", {"refundsShort": 1}, 400),
        ("connect/settlement", {"currency": "jpy", "into": "usd", "rate": "x"}, 400),
    ],
)
async def test_wrong_orders_are_refused(
    rig: Rig, path: str, given: dict[str, Any], status: int
) -> None:
    before = await shown(rig)
    assert (await control(rig, path, given))["status_code"] == status
    assert await shown(rig) == before


async def test_control_shows_thin_events_and_sends_them_again(rig: Rig) -> None:
    await rig.host()
    told = (await rig.http.get("/_control/events")).json()["events"]
    assert [(each["event"]["object"], each["delivery"]) for each in told] == [
        ("v2.core.event", "delivered"),
        ("v2.core.event", "delivered"),
    ]
    resent = await control(rig, f"events/{told[0]['event']['id']}/resend")
    assert resent["taken"] is True
    assert await rig.delivered() == [told[0]["event"]["type"]]


async def test_card_refunds_wait_while_the_platform_is_short(rig: Rig) -> None:
    charge, failing = await rig.paid_charge(), await rig.paid_charge("4000000000005126")
    await rig.forget_events()
    rig.sandbox.set_refunds_short(True)
    waiting = await rig.api.v1.refunds.create_async({"charge": charge.id})
    assert (waiting.status, waiting.pending_reason, waiting.balance_transaction) == (
        "pending",
        "insufficient_funds",
        None,
    )
    later = await rig.api.v1.refunds.create_async({"charge": failing.id, "amount": 1})
    await rig.advance(hours=2)
    assert (await rig.api.v1.refunds.retrieve_async(waiting.id)).status == "pending"
    assert await rig.delivered() == ["refund.created", "refund.created"]
    rig.sandbox.set_refunds_short(False)
    paid: Any = await rig.api.v1.refunds.retrieve_async(
        waiting.id, {"expand": ["balance_transaction"]}
    )
    assert (paid.status, paid.pending_reason, paid.balance_transaction.amount) == (
        "succeeded",
        None,
        -3000,
    )
    assert (await rig.delivered())[2:] == ["refund.updated", "charge.refunded"] * 2
    await rig.advance(hours=2)
    assert (await rig.api.v1.refunds.retrieve_async(later.id)).status == "failed"
    assert (await rig.delivered())[6:] == ["refund.updated", "refund.failed"]


async def test_a_waiting_refund_is_settled_by_hand(rig: Rig) -> None:
    charge = await rig.paid_charge()
    rig.sandbox.set_refunds_short(True)
    refund = rig.sandbox.dashboard_refund(charge.id)
    assert rig.sandbox.settle_refund(refund["id"])["status"] == "succeeded"
    with pytest.raises(ApiError, match="has reached its end"):
        rig.sandbox.settle_refund(refund["id"])


async def test_other_refunds_than_those_of_cards_are_refused_while_it_is_short(rig: Rig) -> None:
    session = await rig.open()
    rig.sandbox.pay(session.id, debit_account="1")
    intent: Any = (await rig.read(session.id)).payment_intent
    rig.sandbox.settle(intent)
    rig.sandbox.set_refunds_short(True)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await rig.api.v1.refunds.create_async({"payment_intent": intent})
    assert (refused.value.http_status, refused.value.code) == (400, "balance_insufficient")
    assert (await rig.api.v1.refunds.list_async()).data == []


async def test_a_state_file_of_an_earlier_version_still_serves(tmp_path: Path) -> None:
    database = tmp_path / "stripe.db"
    async with running(database) as before:
        charge = await before.paid_charge()
        await before.api.v1.refunds.create_async({"charge": charge.id, "amount": 100})
        await before.delivered()
    _as_before_connect(database)
    async with running(database) as after:
        await after.sandbox.tick()
        host = await after.host()
        made = after.sandbox.transfer(charge.id, host, 2000)
        assert made["amount"] == 2000
        (part,) = (await after.api.v1.balance.retrieve_async()).available
        assert part.amount == 2883 - 100 - 2000
        listed: Any = await after.api.v1.balance_transactions.list_async()
        assert [each.type for each in listed.data] == ["transfer", "refund", "charge"]
        assert (await after.api.v1.refunds.create_async({"charge": charge.id})).amount == 2900
        assert len((await after.api.v1.events.list_async({"type": "refund.*"})).data) == 2


def _as_before_connect(database: Path) -> None:
    """Take what this version adds out of the objects of a state file."""
    with sqlite3.connect(database) as file:
        for object_id, text in file.execute("select id, body from objects").fetchall():
            body = json.loads(text)
            if body["object"] == "balance_transaction":
                body.pop("balance_type")
                body |= {"status": "pending", "available_on": body["created"] + 2 * 24 * 3600}
            file.execute("update objects set body = ? where id = ?", (json.dumps(body), object_id))
    file.close()
