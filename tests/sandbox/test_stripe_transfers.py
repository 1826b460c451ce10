"""Transfers and their reversals at the Stripe stand-in: rules, refusals, events and replays."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import stripe

from sandbox.faults import Fault, FaultKind
from sandbox.stripe.errors import ApiError
from tests.sandbox.stripe_rig import SDK_WARNING, Rig, running

pytestmark = pytest.mark.filterwarnings(SDK_WARNING)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


async def transfer(
    rig: Rig, destination: str, options: Any = None, amount: int = 2400, **more: Any
) -> Any:
    params: Any = {"amount": amount, "currency": "usd", "destination": destination, **more}
    return await rig.api.v1.transfers.create_async(params, options)


async def reverse(rig: Rig, transfer_id: str, options: Any = None, **params: Any) -> Any:
    given: Any = params
    return await rig.api.v1.transfers.reversals.create_async(transfer_id, given, options)


async def refused(asked: Any) -> tuple[int | None, str | None, str | None]:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await asked
    return refusal.value.http_status, refusal.value.code, refusal.value.param


async def balance(rig: Rig, account_id: str | None = None) -> dict[str, int]:
    options: Any = {"stripe_account": account_id} if account_id else {}
    read = await rig.api.v1.balance.retrieve_async({}, options)
    return {part.currency: part.amount for part in read.available}


async def test_a_transfer_moves_money_of_a_charge(rig: Rig) -> None:
    charge, host = await rig.paid_charge(), await rig.host()
    made = await transfer(
        rig, host, source_transaction=charge.id, metadata={"payment": "7"}, description="Payout"
    )
    assert made.to_dict() | {"id": "", "created": 0, "balance_transaction": ""} == {
        "id": "",
        "object": "transfer",
        "amount": 2400,
        "amount_reversed": 0,
        "balance_transaction": "",
        "created": 0,
        "currency": "usd",
        "description": "Payout",
        "destination": host,
        "destination_payment": made.destination_payment,
        "livemode": False,
        "metadata": {"payment": "7"},
        "reversals": {
            "object": "list",
            "data": [],
            "has_more": False,
            "url": f"/v1/transfers/{made.id}/reversals",
        },
        "reversed": False,
        "source_transaction": charge.id,
        "source_type": "card",
        "transfer_group": f"group_{charge.id}",
    }
    assert made.destination_payment.startswith("py_")
    assert (await rig.api.v1.charges.retrieve_async(charge.id)).transfer_group == (
        f"group_{charge.id}"
    )
    assert await rig.delivered() == ["transfer.created"]
    assert rig.receiver.events[0]["data"]["object"]["id"] == made.id


async def test_a_transfer_shows_whose_money_went_where(rig: Rig) -> None:
    charge, host = await rig.paid_charge(), await rig.host()
    made = await transfer(rig, host, source_transaction=charge.id)
    assert await balance(rig) == {"usd": 2883 - 2400}
    assert await balance(rig, host) == {"usd": 2400}
    expand: Any = {"expand": ["balance_transaction", "destination", "source_transaction"]}
    read = (await rig.api.v1.transfers.retrieve_async(made.id, expand)).to_dict()
    movement = read["balance_transaction"]
    assert (movement["amount"], movement["type"], movement["source"]) == (
        -2400,
        "transfer",
        made.id,
    )
    assert read["destination"]["capabilities"] == {"transfers": "active"}
    assert read["source_transaction"]["id"] == charge.id


async def test_the_group_is_the_charges_own_if_it_has_one(rig: Rig) -> None:
    host = await rig.host()
    grouped = await rig.paid_charge(payment_intent_data={"transfer_group": "booking_1"})
    assert grouped.transfer_group == "booking_1"
    params = {"source_transaction": grouped.id}
    other = await refused(transfer(rig, host, transfer_group="booking_2", **params))
    assert other == (400, None, "transfer_group")
    made = await transfer(rig, host, amount=100, **params)
    assert made.transfer_group == "booking_1"
    alone = await rig.paid_charge()
    named = await transfer(rig, host, source_transaction=alone.id, transfer_group="booking_3")
    assert named.transfer_group == "booking_3"
    assert (await rig.api.v1.charges.retrieve_async(alone.id)).transfer_group == "booking_3"


async def test_a_destination_must_exist_and_be_able_to_receive(rig: Rig) -> None:
    charge = await rig.paid_charge()
    missing = (400, "resource_missing", "destination")
    params = {"source_transaction": charge.id}
    assert await refused(transfer(rig, "acct_none", **params)) == missing
    account = await rig.account()
    incapable = (400, "insufficient_capabilities_for_transfer", "destination")
    assert await refused(transfer(rig, account.id, **params)) == incapable
    rig.sandbox.onboard(account.id, complete=False)
    assert await refused(transfer(rig, account.id, **params)) == incapable
    rig.sandbox.onboard(account.id)
    await transfer(rig, account.id, amount=1, **params)
    rig.sandbox.reject(account.id)
    assert await refused(transfer(rig, account.id, amount=1, **params)) == incapable
    rig.sandbox.close_account(account.id)
    assert await refused(transfer(rig, account.id, amount=1, **params)) == missing
    unasked = await rig.account(configuration={})
    rig.sandbox.onboard(unasked.id)
    assert await refused(transfer(rig, unasked.id, **params)) == incapable
    assert len(rig.sandbox.transfers()) == 1


async def test_no_more_than_the_charge_is_transferred_even_after_a_reversal(rig: Rig) -> None:
    charge, host, other = await rig.paid_charge(), await rig.host(), await rig.host()
    params = {"source_transaction": charge.id}
    first = await transfer(rig, host, amount=2000, **params)
    assert (await transfer(rig, other, amount=1000, **params)).amount == 1000
    assert await refused(transfer(rig, host, amount=1, **params)) == (400, None, "amount")
    await reverse(rig, first.id)
    with pytest.raises(
        stripe.InvalidRequestError,
        match=r"must not exceed the source amount of \$30\.00\. \(There is already",
    ):
        await transfer(rig, host, amount=1, **params)
    assert await balance(rig) == {"usd": 2883 - 1000}


async def test_a_charge_must_have_succeeded_and_have_something_left(rig: Rig) -> None:
    host = await rig.host()
    source = (400, None, "source_transaction")
    unknown = await refused(transfer(rig, host, source_transaction="ch_none"))
    assert unknown == (400, "resource_missing", "source_transaction")
    session = await rig.open()
    rig.sandbox.pay(session.id, debit_account="1")
    pending = (await rig.api.v1.charges.list_async()).data[0]
    assert await refused(transfer(rig, host, source_transaction=pending.id)) == source
    await rig.open()
    declined = await rig.open()
    rig.sandbox.pay(declined.id, "4000000000000002")
    failed = (await rig.api.v1.charges.list_async()).data[0]
    assert failed.status == "failed"
    assert await refused(transfer(rig, host, source_transaction=failed.id)) == source
    returned = await rig.paid_charge()
    await rig.api.v1.refunds.create_async({"charge": returned.id})
    assert await refused(transfer(rig, host, source_transaction=returned.id)) == source
    assert rig.sandbox.transfers() == []


async def test_stripe_transfers_money_that_is_partly_refunded_or_disputed(rig: Rig) -> None:
    host = await rig.host()
    partly, disputed = await rig.paid_charge(), await rig.paid_charge()
    await rig.api.v1.refunds.create_async({"charge": partly.id, "amount": 2999})
    rig.sandbox.dispute(disputed.id)
    for charge in (partly, disputed):
        await transfer(rig, host, amount=3000, source_transaction=charge.id)
    assert await balance(rig, host) == {"usd": 6000}
    assert await balance(rig) == {"usd": 2 * 2883 - 2999 - 3000 - 6000}


async def test_without_a_charge_the_available_balance_must_suffice(rig: Rig) -> None:
    host = await rig.host()
    short = (400, "balance_insufficient", None)
    assert await refused(transfer(rig, host, amount=1)) == short
    await rig.paid_charge()
    assert await refused(transfer(rig, host, amount=2884)) == short
    assert await refused(transfer(rig, host, currency="eur")) == short
    made = await transfer(rig, host, amount=2883, transfer_group="manual")
    assert (made.source_transaction, made.transfer_group) == (None, "manual")
    assert await balance(rig) == {"usd": 0}


async def test_a_platform_that_is_short_transfers_nothing_at_all(rig: Rig) -> None:
    charge, host = await rig.paid_charge(), await rig.host()
    rig.sandbox.set_balance_short(True)
    asked = {"source_transaction": charge.id}
    options = {"idempotency_key": "transfer:7"}
    short = (400, "balance_insufficient", None)
    assert await refused(transfer(rig, host, options, **asked)) == short
    rig.sandbox.set_balance_short(False)
    assert await refused(transfer(rig, host, options, **asked)) == short  # the replay
    await rig.advance(hours=24, seconds=1)
    assert (await transfer(rig, host, options, **asked)).amount == 2400
    assert len(rig.sandbox.transfers()) == 1


async def test_the_currency_is_that_in_which_the_charge_settled(rig: Rig) -> None:
    rig.sandbox.settle_in("jpy", "usd", "0.0067")
    price = {"currency": "jpy", "unit_amount": 10_000, "product_data": {"name": "Talk"}}
    charge = await rig.paid_charge(line_items=[{"quantity": 1, "price_data": price}])
    expanded: Any = await rig.api.v1.charges.retrieve_async(
        charge.id, {"expand": ["balance_transaction"]}
    )
    came_in = expanded.balance_transaction
    assert (came_in.currency, came_in.amount, came_in.exchange_rate) == ("usd", 6700, 0.0067)
    assert (came_in.fee, came_in.net) == (224, 6476)
    read = await rig.api.v1.balance_transactions.retrieve_async(came_in.id)
    assert (read.source, read.amount) == (charge.id, 6700)
    host = await rig.host()
    params = {"source_transaction": charge.id}
    wrong = await refused(transfer(rig, host, currency="jpy", amount=8000, **params))
    assert wrong == (400, None, "currency")
    assert await refused(transfer(rig, host, amount=6701, **params)) == (400, None, "amount")
    assert (await transfer(rig, host, amount=6700, **params)).currency == "usd"
    rig.sandbox.settle_in("jpy", "jpy", 1)
    refund: Any = await rig.api.v1.refunds.create_async(
        {"charge": charge.id, "amount": 1000, "expand": ["balance_transaction"]}
    )
    assert (refund.amount, refund.currency) == (1000, "jpy")
    assert (refund.balance_transaction.amount, refund.balance_transaction.currency) == (
        -670,
        "usd",
    )
    rig.sandbox.dispute(charge.id)
    assert await balance(rig) == {"usd": 6476 - 6700 - 670 - 6030}
    plain = await rig.paid_charge(line_items=[{"quantity": 1, "price_data": price}])
    movement: Any = await rig.api.v1.balance_transactions.retrieve_async(plain.balance_transaction)
    assert (movement.currency, movement.amount, movement.exchange_rate) == ("jpy", 10_000, None)


@pytest.mark.parametrize(
    "wrong", [("jpy", "xxx", 1), ("jpy", "usd", 0), ("jpy", "usd", "dear"), ("jpy", "usd", "nan")]
)
async def test_only_currencies_and_rates_can_be_set(rig: Rig, wrong: tuple[str, str, Any]) -> None:
    with pytest.raises(ValueError, match=r"currenc|rate"):
        rig.sandbox.settle_in(*wrong)
    assert rig.sandbox.connect_switches()["settlesIn"] == {}


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": None}, "amount"),
        ({"currency": "zzz"}, "currency"),
        ({"source_type": "card"}, "source_type"),
        ({"payment": "7"}, "payment"),
        ({"metadata": {"x" * 41: "a"}}, "metadata"),
    ],
)
async def test_unknown_and_unserved_parameters_are_refused(
    rig: Rig, changes: dict[str, Any], param: str
) -> None:
    charge, host = await rig.paid_charge(), await rig.host()
    params: Any = {"amount": 1, "source_transaction": charge.id} | changes
    assert (await refused(transfer(rig, host, **params)))[::2] == (400, param)
    assert rig.sandbox.transfers() == []


async def test_transfers_are_found_by_group_and_destination_newest_first(rig: Rig) -> None:
    host, other = await rig.host(), await rig.host()
    grouped = await rig.paid_charge(payment_intent_data={"transfer_group": "booking_1"})
    alone = await rig.paid_charge()
    first = await transfer(rig, host, amount=1, source_transaction=grouped.id)
    second = await transfer(rig, other, amount=2, source_transaction=grouped.id)
    third = await transfer(rig, host, amount=3, source_transaction=alone.id)
    listing = rig.api.v1.transfers.list_async
    found = (await listing({"transfer_group": "booking_1"})).data
    assert [each.id for each in found] == [second.id, first.id]
    assert [each.id for each in (await listing({"destination": host})).data] == [
        third.id,
        first.id,
    ]
    later = int(rig.clock.now().timestamp()) + 60
    assert (await listing({"created": {"gte": later}})).data == []
    page = await listing({"limit": 1, "starting_after": third.id})
    assert ([each.id for each in page.data], page.has_more) == ([second.id], True)


async def test_metadata_and_description_of_a_transfer_change(rig: Rig) -> None:
    charge, host = await rig.paid_charge(), await rig.host()
    made = await transfer(rig, host, source_transaction=charge.id, metadata={"a": "1"})
    changed = await rig.api.v1.transfers.update_async(
        made.id, {"metadata": {"a": "", "b": "2"}, "description": "Paid out"}
    )
    assert (changed.description, changed.metadata.to_dict()) == ("Paid out", {"b": "2"})
    assert await rig.delivered() == ["transfer.created", "transfer.updated"]


async def test_a_reversal_brings_a_part_and_then_the_rest_back(rig: Rig) -> None:
    charge, host = await rig.paid_charge(), await rig.host()
    made = await transfer(rig, host, source_transaction=charge.id)
    part = await reverse(rig, made.id, amount=400, metadata={"refund": "7"}, description="Back")
    assert part.to_dict() | {"id": "", "created": 0, "balance_transaction": ""} == {
        "id": "",
        "object": "transfer_reversal",
        "amount": 400,
        "balance_transaction": "",
        "created": 0,
        "currency": "usd",
        "destination_payment_refund": part.destination_payment_refund,
        "metadata": {"refund": "7"},
        "source_refund": None,
        "transfer": made.id,
    }
    read = await rig.api.v1.transfers.retrieve_async(made.id)
    assert (read.amount_reversed, read.reversed) == (400, False)
    assert [each.id for each in read.reversals.data] == [part.id]
    assert await refused(reverse(rig, made.id, amount=2001)) == (400, None, "amount")
    rest = await reverse(rig, made.id)
    assert rest.amount == 2000
    with pytest.raises(stripe.InvalidRequestError, match="is already fully reversed"):
        await reverse(rig, made.id)
    listed = (await rig.api.v1.transfers.reversals.list_async(made.id)).data
    assert [each.id for each in listed] == [rest.id, part.id]
    assert (await rig.api.v1.transfers.retrieve_async(made.id)).reversed is True
    assert await rig.delivered() == ["transfer.created", "transfer.reversed", "transfer.reversed"]
    event = rig.receiver.events[1]["data"]
    assert (event["object"]["id"], event["object"]["amount_reversed"]) == (made.id, 400)
    assert event["previous_attributes"]["amount_reversed"] == 0
    assert (await balance(rig), await balance(rig, host)) == ({"usd": 2883}, {"usd": 0})


async def test_one_reversal_is_read_and_renamed(rig: Rig) -> None:
    charge, host = await rig.paid_charge(), await rig.host()
    made = await transfer(rig, host, amount=100, source_transaction=charge.id)
    other = await transfer(rig, host, amount=100, source_transaction=charge.id)
    reversals = rig.api.v1.transfers.reversals
    part = await reverse(rig, made.id, amount=1)
    changed = await reversals.update_async(made.id, part.id, {"metadata": {"a": "1"}})
    assert changed.to_dict()["metadata"] == {"a": "1"}
    assert (await reversals.retrieve_async(made.id, part.id)).amount == 1
    for transfer_id, reversal_id in ((other.id, part.id), (made.id, "trr_none")):
        with pytest.raises(stripe.InvalidRequestError) as unknown:
            await reversals.retrieve_async(transfer_id, reversal_id)
        assert unknown.value.code == "resource_missing"
    fee = await refused(reverse(rig, made.id, refund_application_fee=True))
    assert fee == (400, None, "refund_application_fee")


async def test_what_a_host_has_paid_out_cannot_be_reversed_unless_it_may_owe(rig: Rig) -> None:
    charge, host = await rig.paid_charge(), await rig.host()
    made = await transfer(rig, host, source_transaction=charge.id)
    with pytest.raises(ApiError, match=r"has \$24\.00 to pay out"):
        rig.sandbox.payout_of(host, 2401, "usd")
    rig.sandbox.payout_of(host, 2000, "usd")
    assert await balance(rig, host) == {"usd": 400}
    short = (400, "balance_insufficient", "amount")
    assert await refused(reverse(rig, made.id)) == short
    assert (await reverse(rig, made.id, amount=400)).amount == 400
    assert await refused(reverse(rig, made.id, amount=1)) == short
    rig.sandbox.let_owe(host, True)
    assert (await reverse(rig, made.id)).amount == 2000
    assert await balance(rig, host) == {"usd": -2000}
    own: Any = await rig.api.v1.balance_transactions.list_async({}, {"stripe_account": host})
    assert [(each.type, each.amount) for each in own.data] == [
        ("payment_refund", -2000),
        ("payment_refund", -400),
        ("payout", -2000),
        ("payment", 2400),
    ]
    platform = (await rig.api.v1.balance_transactions.list_async({"type": "transfer*"})).data
    assert [each.amount for each in platform] == [2000, 400, -2400]


async def test_a_transfer_made_by_hand_has_no_metadata(rig: Rig) -> None:
    charge, host = await rig.paid_charge(), await rig.host()
    made = rig.sandbox.transfer(charge.id, host, 2400)
    assert (made["metadata"], made["source_transaction"]) == ({}, charge.id)
    assert await rig.delivered() == ["transfer.created"]
    listed = await rig.api.v1.transfers.list_async({"transfer_group": made["transfer_group"]})
    assert [each.id for each in listed.data] == [made["id"]]
    for amount, what in ((601, "must not exceed"), (0, "positive")):
        with pytest.raises(ApiError, match=what):
            rig.sandbox.transfer(charge.id, host, amount)


async def test_the_key_of_a_transfer_and_of_a_reversal_holds_for_a_day(rig: Rig) -> None:
    charge, host = await rig.paid_charge(), await rig.host()
    params = {"amount": 100, "source_transaction": charge.id}
    key, back = {"idempotency_key": "transfer:7"}, {"idempotency_key": "reversal:7"}
    first = await transfer(rig, host, key, **params)
    assert (await transfer(rig, host, key, **params)).id == first.id
    undone = await reverse(rig, first.id, back, amount=10)
    assert (await reverse(rig, first.id, back, amount=10)).id == undone.id
    assert len(rig.sandbox.transfers()) == 1
    await rig.advance(hours=24, seconds=1)
    assert (await transfer(rig, host, key, **params)).id != first.id
    assert (await reverse(rig, first.id, back, amount=10)).id != undone.id


@pytest.mark.parametrize("kind", [FaultKind.LOSE_ANSWER, FaultKind.FAIL])
async def test_a_fault_of_one_endpoint_lets_the_others_be(rig: Rig, kind: FaultKind) -> None:
    charge, host = await rig.paid_charge(), await rig.host()
    group = f"group_{charge.id}"
    rig.faults.plan("stripe.POST /v1/transfers", Fault(kind))
    assert (await rig.api.v1.transfers.list_async({"transfer_group": group})).data == []
    with pytest.raises(stripe.APIError) as lost:
        await transfer(rig, host, {"idempotency_key": "k"}, source_transaction=charge.id)
    assert lost.value.http_status == 500
    found = (await rig.api.v1.transfers.list_async({"transfer_group": group})).data
    assert len(found) == (1 if kind is FaultKind.LOSE_ANSWER else 0)
    again = await transfer(rig, host, {"idempotency_key": "k"}, source_transaction=charge.id)
    assert [each["id"] for each in rig.sandbox.transfers()] == [again.id]


@pytest.mark.parametrize(
    "path", ["/v1/refunds", "/v2/core/accounts", "/v1/transfers/{id}/reversals"]
)
async def test_an_answer_is_lost_after_the_work_was_done(rig: Rig, path: str) -> None:
    charge, host = await rig.paid_charge(), await rig.host()
    made = await transfer(rig, host, source_transaction=charge.id)
    rig.faults.plan(f"stripe.POST {path}", Fault(FaultKind.LOSE_ANSWER))
    options: Any = {"idempotency_key": "k", "max_network_retries": 1}
    reversals = rig.api.v1.transfers.reversals
    match path:
        case "/v1/refunds":
            again: Any = await rig.api.v1.refunds.create_async({"charge": charge.id}, options)
            found: Any = (await rig.api.v1.refunds.list_async({"charge": charge.id})).data
        case "/v2/core/accounts":
            again = await rig.api.v2.core.accounts.create_async({"display_name": "Ada"}, options)
            found = (await rig.api.v2.core.accounts.list_async()).data[:-1]
        case _:
            again = await reversals.create_async(made.id, {"amount": 1}, options)
            found = (await reversals.list_async(made.id)).data
    assert [each.id for each in found] == [again.id]


async def test_a_planned_refusal_of_a_transfer_is_for_want_of_money(rig: Rig) -> None:
    charge, host = await rig.paid_charge(), await rig.host()
    rig.faults.plan("stripe", Fault(FaultKind.REFUSE))
    assert await refused(transfer(rig, host, source_transaction=charge.id)) == (
        400,
        "balance_insufficient",
        None,
    )
    assert rig.sandbox.transfers() == []


async def test_only_balances_and_events_are_read_for_a_connected_account(rig: Rig) -> None:
    host = await rig.host()
    options: Any = {"stripe_account": host}
    assert await balance(rig, host) == {"usd": 0}
    with pytest.raises(stripe.InvalidRequestError, match="does not serve POST /v1/customers"):
        await rig.api.v1.customers.create_async({"name": "Ada"}, options)
    with pytest.raises(stripe.PermissionError):
        await rig.api.v1.balance.retrieve_async({}, {"stripe_account": "acct_none"})
    with pytest.raises(stripe.InvalidRequestError, match="Stripe-Context"):
        await rig.api.v1.balance.retrieve_async({}, {"stripe_context": host})
    assert (await rig.api.v1.customers.list_async()).data == []
