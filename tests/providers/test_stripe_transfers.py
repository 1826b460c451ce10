"""Transfers at Stripe: what is looked for, what is sent, and what each answer becomes."""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from pytest_httpx import HTTPXMock

from services.db import Database, OutsideCallInTransaction
from services.domain.errors import InvalidInput
from services.domain.money import Money
from services.providers.connect_ports import (
    NewTransfer,
    ReversalState,
    TransferRefused,
    TransferState,
)
from services.providers.errors import ProviderError
from services.providers.ports import Unknown
from services.providers.stripe_client import connect
from services.providers.stripe_transfers import StripeTransfers
from tests.providers.stripe_rig import API, KEY, NO_REPEAT, asked, headers, page, sent, trouble
from tests.providers.test_http import NoPool

PAYOUT = UUID("9a700000-0000-4000-8000-000000000001")
REVERSAL = UUID("9e500000-0000-4000-8000-000000000001")
GROUP = "booking_b1"
USD = Money(7650, "USD")


@pytest.fixture
async def transfers() -> AsyncIterator[StripeTransfers]:
    client, close = connect(KEY)
    yield StripeTransfers(client)
    await close()


def charge(**changes: Any) -> dict[str, Any]:
    return {"id": "ch_1", "object": "charge", "transfer_group": GROUP} | changes


def transfer(**changes: Any) -> dict[str, Any]:
    return {
        "id": "tr_1",
        "object": "transfer",
        "amount": 7650,
        "amount_reversed": 0,
        "created": 1,
        "currency": "usd",
        "destination": "acct_1",
        "source_transaction": "ch_1",
        "metadata": {"sessionpay_payout_id": str(PAYOUT)},
    } | changes


def reversal(**changes: Any) -> dict[str, Any]:
    return {
        "id": "trr_1",
        "object": "transfer_reversal",
        "amount": 650,
        "currency": "usd",
        "metadata": {"sessionpay_reversal_id": str(REVERSAL)},
    } | changes


def found(*listed: dict[str, Any]) -> dict[str, Any]:
    return page(*listed) | {"url": "/v1/transfers"}


async def pay(transfers: StripeTransfers, **changes: Any) -> TransferState:
    given: dict[str, Any] = {
        "key": PAYOUT,
        "account_id": "acct_1",
        "charge_id": "ch_1",
        "group": GROUP,
        "amount": USD,
        "description": "Mentoring, 21 November",
    }
    return await transfers.create(NewTransfer(**given | changes))


async def take_back(transfers: StripeTransfers) -> ReversalState:
    return await transfers.reverse(key=REVERSAL, transfer_id="tr_1", amount=Money(650, "USD"))


OURS = TransferState(
    id="tr_1",
    account_id="acct_1",
    charge_id="ch_1",
    amount=USD,
    reversed_minor=0,
    key=str(PAYOUT),
)
FORM = {
    "amount": "7650",
    "currency": "usd",
    "destination": "acct_1",
    "source_transaction": "ch_1",
    "description": "Mentoring, 21 November",
    "metadata[sessionpay_payout_id]": str(PAYOUT),
}


# --- paying ------------------------------------------------------------------------------------


async def test_a_transfer_is_looked_for_then_asked_for_exactly_so(
    transfers: StripeTransfers, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json=charge())
    httpx_mock.add_response(json=found(transfer(source_transaction="ch_2", id="tr_2")))
    httpx_mock.add_response(method="POST", json=transfer())
    assert await pay(transfers) == OURS

    assert asked(httpx_mock) == [
        "GET /charges/ch_1",
        f"GET /transfers?transfer_group={GROUP}&limit=100",
        "POST /transfers",
    ]
    assert sent(httpx_mock, 2) == ("POST", f"{API}/transfers", FORM)
    key = headers(httpx_mock, 2)["idempotency-key"]
    assert re.fullmatch(f"transfer:{PAYOUT}:[0-9a-f]{{16}}", key)


async def test_the_group_is_sent_for_a_charge_that_has_none(
    transfers: StripeTransfers, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json=charge(transfer_group=None))
    httpx_mock.add_response(json=found())
    httpx_mock.add_response(method="POST", json=transfer())
    await pay(transfers)
    assert sent(httpx_mock, 2)[2] == FORM | {"transfer_group": GROUP}


async def test_a_charge_keeps_its_own_group_and_both_groups_are_looked_through(
    transfers: StripeTransfers, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json=charge(transfer_group="group_ch_1"))
    httpx_mock.add_response(json=found())
    httpx_mock.add_response(json=found())
    httpx_mock.add_response(method="POST", json=transfer())
    await pay(transfers)
    assert asked(httpx_mock)[1:3] == [
        "GET /transfers?transfer_group=group_ch_1&limit=100",
        f"GET /transfers?transfer_group={GROUP}&limit=100",
    ]
    assert sent(httpx_mock, 3)[2] == FORM


@pytest.mark.parametrize(
    ("listed", "returned"),
    [
        ((transfer(),), "tr_1"),
        ((transfer(id="tr_by_hand", metadata={}),), "tr_by_hand"),
        ((transfer(id="tr_whole", amount_reversed=7650, metadata=None),), "tr_whole"),
        ((transfer(created=9), transfer(id="tr_0", metadata={})), "tr_1"),
        ((transfer(id="tr_9", metadata={}), transfer(id="tr_8", metadata={})), "tr_8"),
    ],
)
async def test_a_transfer_out_of_the_same_charge_is_returned_and_none_is_made(
    transfers: StripeTransfers,
    httpx_mock: HTTPXMock,
    listed: tuple[dict[str, Any], ...],
    returned: str,
) -> None:
    httpx_mock.add_response(json=charge())
    httpx_mock.add_response(json=found(*listed))
    assert (await pay(transfers)).id == returned
    assert len(httpx_mock.get_requests()) == 2


async def test_an_earlier_transfer_is_found_on_a_later_page(
    transfers: StripeTransfers, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json=charge())
    httpx_mock.add_response(
        json=found(transfer(id="tr_9", source_transaction="ch_9")) | {"has_more": True}
    )
    httpx_mock.add_response(json=found(transfer()))
    assert await pay(transfers) == OURS
    assert asked(httpx_mock)[2] == (
        f"GET /transfers?transfer_group={GROUP}&limit=100&starting_after=tr_9"
    )


@pytest.mark.parametrize(
    ("code", "param", "why"),
    [
        ("balance_insufficient", None, "SHORT"),
        ("insufficient_capabilities_for_transfer", "destination", "ACCOUNT"),
        ("account_closed", None, "ACCOUNT"),
        ("account_invalid", None, "ACCOUNT"),
        ("transfers_not_allowed", None, "ACCOUNT"),
        ("resource_missing", "destination", "ACCOUNT"),
        ("resource_missing", "source_transaction", "OTHER"),
        ("parameter_invalid", "currency", "OTHER"),
        ("transfer_source_balance_parameters_mismatch", None, "OTHER"),
    ],
)
async def test_a_refused_transfer_says_who_can_mend_it_without_stripes_sentence(
    transfers: StripeTransfers, httpx_mock: HTTPXMock, code: str, param: str | None, why: str
) -> None:
    httpx_mock.add_response(json=charge())
    httpx_mock.add_response(json=found())
    httpx_mock.add_response(status_code=400, json=trouble(code, param=param))
    with pytest.raises(TransferRefused) as caught:
        await pay(transfers)
    assert caught.value.why == why
    assert str(caught.value) == (f"{code} ({param})" if param else code)


async def test_an_account_that_is_not_the_platforms_any_more_is_an_account_to_mend(
    transfers: StripeTransfers, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json=charge())
    httpx_mock.add_response(json=found())
    httpx_mock.add_response(status_code=403, json=trouble("account_invalid"))
    with pytest.raises(TransferRefused) as caught:
        await pay(transfers)
    assert (caught.value.why, str(caught.value)) == ("ACCOUNT", "account_invalid (403)")


async def test_a_charge_that_stripe_does_not_have_is_for_a_person_to_look_at(
    transfers: StripeTransfers, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(status_code=404, json=trouble("resource_missing", param="id"))
    with pytest.raises(TransferRefused) as caught:
        await pay(transfers)
    assert (caught.value.why, str(caught.value)) == ("OTHER", "resource_missing (id)")
    assert asked(httpx_mock) == ["GET /charges/ch_1"]


@pytest.mark.parametrize(
    ("status", "retryable"),
    [(401, False), (403, False), (409, True), (429, True), (500, True), (503, True)],
)
async def test_a_transfer_is_never_taken_for_refused_when_stripe_is_in_trouble(
    transfers: StripeTransfers, httpx_mock: HTTPXMock, *, status: int, retryable: bool
) -> None:
    httpx_mock.add_response(json=charge())
    httpx_mock.add_response(json=found())
    httpx_mock.add_response(status_code=status, json=trouble(), headers=NO_REPEAT)
    with pytest.raises(ProviderError) as caught:
        await pay(transfers)
    assert (caught.value.status, caught.value.retryable) == (status, retryable)


async def test_an_amount_that_stripe_cannot_carry_is_never_sent(
    transfers: StripeTransfers, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json=charge())
    httpx_mock.add_response(json=found())
    with pytest.raises(InvalidInput):
        await pay(transfers, amount=Money(1234, "KWD"))
    assert [request.method for request in httpx_mock.get_requests()] == ["GET", "GET"]


async def test_one_wish_has_one_key_and_another_amount_or_account_another(
    transfers: StripeTransfers, httpx_mock: HTTPXMock
) -> None:
    keys: list[str] = []
    for changes in ({}, {}, {"amount": Money(7000, "USD")}, {"account_id": "acct_2"}):
        httpx_mock.add_response(json=charge())
        httpx_mock.add_response(json=found())
        httpx_mock.add_response(status_code=400, json=trouble("account_closed"))
        with pytest.raises(TransferRefused):
            await pay(transfers, **changes)
        keys.append(httpx_mock.get_requests()[-1].headers["idempotency-key"])
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


# --- refusals that Stripe only repeats ---------------------------------------------------------


def repeated(request: str) -> dict[str, str]:
    return {"Idempotent-Replayed": "true", "Original-Request": request}


async def test_a_refusal_that_stripe_only_repeats_is_asked_about_under_the_next_key(
    transfers: StripeTransfers, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json=charge())
    httpx_mock.add_response(json=found())
    short, unable = trouble("balance_insufficient"), trouble("account_closed")
    httpx_mock.add_response(status_code=400, json=short, headers=repeated("req_1"))
    httpx_mock.add_response(status_code=400, json=unable, headers=repeated("req_2"))
    httpx_mock.add_response(method="POST", json=transfer())
    assert await pay(transfers) == OURS
    first, *later = (headers(httpx_mock, number)["idempotency-key"] for number in (2, 3, 4))
    assert later == [f"{first}:req_1", f"{first}:req_2"]
    assert {tuple(sent(httpx_mock, number)[2].items()) for number in (2, 3, 4)} == {
        tuple(FORM.items())
    }


async def test_a_fresh_refusal_ends_the_asking(
    transfers: StripeTransfers, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json=charge())
    httpx_mock.add_response(json=found())
    short = trouble("balance_insufficient")
    httpx_mock.add_response(status_code=400, json=short, headers=repeated("req_1"))
    httpx_mock.add_response(status_code=400, json=short, headers={"Request-Id": "req_2"})
    with pytest.raises(TransferRefused, match=r"^balance_insufficient$"):
        await pay(transfers)
    assert len(httpx_mock.get_requests()) == 4


async def test_a_service_that_repeats_one_refusal_for_ever_is_not_asked_for_ever(
    transfers: StripeTransfers, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json=charge())
    httpx_mock.add_response(json=found())
    for _ in range(2):
        httpx_mock.add_response(
            status_code=400, json=trouble("balance_insufficient"), headers=repeated("req_1")
        )
    with pytest.raises(TransferRefused):
        await pay(transfers)


async def test_a_repeated_failure_whose_outcome_is_unknown_keeps_its_key(
    transfers: StripeTransfers, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json=charge())
    httpx_mock.add_response(json=found())
    httpx_mock.add_response(
        status_code=500, json=trouble(kind="api_error"), headers=NO_REPEAT | repeated("req_1")
    )
    with pytest.raises(ProviderError) as caught:
        await pay(transfers)
    assert caught.value.outcome_unknown
    assert len(httpx_mock.get_requests()) == 3


# --- reading -----------------------------------------------------------------------------------


async def test_what_a_charge_settled_to_is_in_the_currency_of_its_balance_transaction(
    transfers: StripeTransfers, httpx_mock: HTTPXMock
) -> None:
    movement = {"id": "txn_1", "amount": 612000, "currency": "isk", "fee": 20000}
    httpx_mock.add_response(json=charge(balance_transaction=movement))
    assert await transfers.settled("ch_1") == Money(6120, "ISK")
    assert asked(httpx_mock) == ["GET /charges/ch_1?expand[0]=balance_transaction"]


async def test_a_charge_that_has_not_settled_is_asked_about_later(
    transfers: StripeTransfers, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json=charge(balance_transaction=None))
    with pytest.raises(ProviderError) as caught:
        await transfers.settled("ch_1")
    assert str(caught.value) == "stripe: not settled yet"
    assert (caught.value.retryable, caught.value.outcome_unknown) == (True, False)


async def test_the_transfers_of_a_charge_are_told_oldest_first_whoever_made_them(
    transfers: StripeTransfers, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json=charge())
    by_hand = transfer(id="tr_2", created=2, amount=100, amount_reversed=40, metadata={})
    other = transfer(id="tr_3", created=3, source_transaction=None)
    httpx_mock.add_response(json=found(other, by_hand, transfer()))
    assert await transfers.of_charge("ch_1", group=GROUP) == [
        OURS,
        TransferState(
            id="tr_2",
            account_id="acct_1",
            charge_id="ch_1",
            amount=Money(100, "USD"),
            reversed_minor=40,
            key=None,
        ),
    ]


async def test_a_transfer_is_read(transfers: StripeTransfers, httpx_mock: HTTPXMock) -> None:
    told = transfer(source_transaction=None, amount=765000, amount_reversed=100, currency="isk")
    httpx_mock.add_response(json=told)
    state = await transfers.read("tr_1")
    assert (state.amount, state.reversed_minor) == (Money(7650, "ISK"), 1)
    assert state.charge_id is None
    assert asked(httpx_mock) == ["GET /transfers/tr_1"]


async def test_the_empty_id_is_unknown_and_not_asked_for(
    transfers: StripeTransfers, httpx_mock: HTTPXMock
) -> None:
    for call in (
        transfers.read(""),
        transfers.settled(""),
        transfers.of_charge("", group=GROUP),
    ):
        with pytest.raises(Unknown):
            await call
    with pytest.raises(TransferRefused, match=r"^resource_missing \(id\)$"):
        await transfers.reverse(key=REVERSAL, transfer_id="", amount=USD)
    assert httpx_mock.get_requests() == []


# --- taking back -------------------------------------------------------------------------------


async def test_a_reversal_is_looked_for_then_asked_for_exactly_so(
    transfers: StripeTransfers, httpx_mock: HTTPXMock
) -> None:
    others = reversal(id="trr_0", metadata={}), reversal(id="trr_9", metadata=None)
    httpx_mock.add_response(method="GET", json=page(*others))
    httpx_mock.add_response(method="POST", json=reversal())
    assert await take_back(transfers) == ReversalState("trr_1", 650, str(REVERSAL))

    assert asked(httpx_mock) == [
        "GET /transfers/tr_1/reversals?limit=100",
        "POST /transfers/tr_1/reversals",
    ]
    assert sent(httpx_mock, 1)[2] == {
        "amount": "650",
        "metadata[sessionpay_reversal_id]": str(REVERSAL),
    }
    key = headers(httpx_mock, 1)["idempotency-key"]
    assert re.fullmatch(f"reversal:{REVERSAL}:[0-9a-f]{{16}}", key)


async def test_a_reversal_made_before_is_found_and_not_made_again(
    transfers: StripeTransfers, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(json=page(reversal(id="trr_2", metadata={}), reversal()))
    assert (await take_back(transfers)).id == "trr_1"
    assert len(httpx_mock.get_requests()) == 1


@pytest.mark.parametrize(
    ("status", "code", "why"),
    [
        (400, "balance_insufficient", "SHORT"),
        (400, None, "OTHER"),
        (404, "resource_missing", "OTHER"),
    ],
)
async def test_a_refused_reversal_says_who_can_mend_it(
    transfers: StripeTransfers,
    httpx_mock: HTTPXMock,
    status: int,
    code: str | None,
    why: str,
) -> None:
    httpx_mock.add_response(method="GET", json=page())
    httpx_mock.add_response(method="POST", status_code=status, json=trouble(code))
    with pytest.raises(TransferRefused) as caught:
        await take_back(transfers)
    assert caught.value.why == why


@pytest.mark.parametrize(("status", "retryable"), [(401, False), (429, True), (500, True)])
async def test_a_reversal_is_never_taken_for_refused_when_stripe_is_in_trouble(
    transfers: StripeTransfers, httpx_mock: HTTPXMock, *, status: int, retryable: bool
) -> None:
    httpx_mock.add_response(method="GET", json=page())
    httpx_mock.add_response(method="POST", status_code=status, json=trouble(), headers=NO_REPEAT)
    with pytest.raises(ProviderError) as caught:
        await take_back(transfers)
    assert (caught.value.status, caught.value.retryable) == (status, retryable)


async def test_nothing_is_sent_inside_a_transaction(
    transfers: StripeTransfers, httpx_mock: HTTPXMock
) -> None:
    database = Database(NoPool())  # type: ignore[arg-type]  # only the transaction's mark matters
    async with database.transaction():
        for call in (
            pay(transfers),
            take_back(transfers),
            transfers.read("tr_1"),
            transfers.settled("ch_1"),
            transfers.of_charge("ch_1", group=GROUP),
        ):
            with pytest.raises(OutsideCallInTransaction):
                await call
    assert httpx_mock.get_requests() == []
