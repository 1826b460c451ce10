"""quoteRefund, cancelBooking and rescheduleBooking: what is said is what is done."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.domain.policy import Party
from tests.resolvers.hosting_rig import (
    CANCEL,
    ERRORS,
    MARCUS,
    QUOTE,
    agreed,
    booked,
    cancels,
    quoted,
    refunds_of,
    signed_in,
)
from tests.world import CONSULTATION, MENTORING, World

DAY = timedelta(days=1)
NOTHING = {"display": "0.00 USD"}
WHOLE = {"display": "90.00 USD"}
HALF = {"display": "45.00 USD"}
RESCHEDULE = f"""mutation ($input: RescheduleBookingInput!) {{ rescheduleBooking(input: $input) {{
  booking {{ id startsAt reschedules status }} {ERRORS} }} }}"""
TERMS = """{ cancelUntilMinutes refundTiers { minutesBefore percent } rescheduleUntilMinutes
  rescheduleLimit noShowPercent }"""


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_the_client_gets_just_what_was_quoted_and_the_same_answer_again(
    world: World,
) -> None:
    opened = await booked(world)
    assert opened.starts_at is not None
    await agreed(world, opened, refunds={DAY: 100, timedelta(): 0})
    quote = await quoted(world.client, opened)
    assert moment(quote.pop("holdsUntil")) == moment(opened.starts_at) - DAY
    assert quote == {
        "bookingId": opened.booking_id,
        "canCancel": True,
        "refund": WHOLE,
        "kept": NOTHING,
        "percent": 100,
        "creditsReturned": 0,
        "refusal": None,
    }
    done: dict[str, Any] = {
        "booking": {"id": opened.booking_id, "status": "CANCELLED", "calledOffBy": "CLIENT"},
        "hostBooking": None,
        "refund": WHOLE,
        "errors": [],
    }
    assert await cancels(world.client, opened, expectedRefundMinor=9000) == done
    asked = {
        "amount": WHOLE,
        "status": "REQUESTED",
        "reason": "Called off by the client.",
        "requestedBy": "CLIENT",
    }
    assert (await refunds_of(world, opened))["refunds"] == [asked]
    assert await cancels(world.client, opened) == done
    await world.worker.drain()
    payment = await refunds_of(world, opened)
    assert payment["refunds"] == [asked | {"status": "SUCCEEDED"}]
    assert (payment["refunded"], payment["lostToDispute"]) == (WHOLE, NOTHING)
    assert payment["outcome"] == "REFUNDED"
    assert await cancels(world.client, opened) == done


async def test_a_part_comes_back_by_the_terms_and_the_rest_is_kept(world: World) -> None:
    opened = await booked(world)
    await agreed(world, opened, refunds={timedelta(days=300): 100, timedelta(): 50})
    quote = await quoted(world.client, opened)
    assert (quote["refund"], quote["kept"], quote["percent"]) == (HALF, HALF, 50)
    payload = await cancels(world.client, opened, expectedRefundMinor=4500)
    assert (payload["refund"], payload["errors"]) == (HALF, [])
    await world.worker.drain()
    payment = await refunds_of(world, opened)
    assert (payment["refunded"], payment["outcome"]) == (HALF, "FULFILLED")


async def test_when_less_comes_back_than_was_shown_nothing_is_done(world: World) -> None:
    opened = await booked(world)
    await agreed(world, opened, refunds={timedelta(): 50})
    payload = await cancels(world.client, opened, expectedRefundMinor=9000)
    assert (payload["booking"], payload["refund"]) == (None, None)
    assert payload["errors"] == [
        {
            "__typename": "QuoteChangedError",
            "code": "QUOTE_CHANGED",
            "message": "What you get back has changed meanwhile: it is 45.00 USD now.",
            "refund": HALF,
        }
    ]
    assert (await world.client.booking(opened.booking_id))["status"] == "ACCEPTED"
    assert (await refunds_of(world, opened))["refunds"] == []
    negative = await cancels(world.client, opened, expectedRefundMinor=-1)
    assert [(error["code"], error["field"]) for error in negative["errors"]] == [
        ("VALIDATION", "expectedRefundMinor")
    ]


async def test_what_is_too_late_is_quoted_and_refused_alike(world: World) -> None:
    opened = await booked(world)
    assert opened.starts_at is not None
    await agreed(world, opened, refunds={timedelta(): 50}, cancel_until_minutes=525_600)
    until = moment(opened.starts_at) - timedelta(days=365)
    quote = await quoted(world.client, opened)
    assert (quote["canCancel"], quote["refund"], quote["kept"]) == (False, NOTHING, NOTHING)
    assert quote["percent"] is None
    assert (quote["refusal"]["__typename"], quote["refusal"]["code"]) == (
        "TooLateError",
        "TOO_LATE",
    )
    [error] = (await cancels(world.client, opened))["errors"]
    assert moment(error["until"]) == moment(quote["refusal"]["until"]) == until
    assert (await world.client.booking(opened.booking_id))["status"] == "ACCEPTED"


async def test_while_a_bank_decides_the_client_has_to_wait(world: World) -> None:
    opened = await booked(world)
    await world.rows("update public.payments set dispute_status = 'needs_response'")
    assert (await quoted(world.client, opened))["refusal"] == {
        "__typename": "RequestError",
        "code": "PAYMENT_DISPUTED",
    }
    [error] = (await cancels(world.client, opened))["errors"]
    assert error["code"] == "PAYMENT_DISPUTED"


async def test_the_host_gives_everything_back_whatever_the_terms_say(world: World) -> None:
    opened = await booked(world)
    await agreed(world, opened, refunds={timedelta(): 0}, cancel_until_minutes=525_600)
    host = signed_in(world)
    quote = await quoted(host, opened)
    assert (quote["canCancel"], quote["refund"], quote["percent"]) == (True, WHOLE, 100)
    done: dict[str, Any] = {
        "booking": None,
        "hostBooking": {"id": opened.booking_id, "status": "CANCELLED", "calledOffBy": "HOST"},
        "refund": WHOLE,
        "errors": [],
    }
    assert await cancels(host, opened, expectedRefundMinor=9000) == done
    assert await cancels(host, opened) == done
    [refund] = (await refunds_of(world, opened))["refunds"]
    assert (refund["requestedBy"], refund["reason"]) == ("HOST", "Called off by the host.")


async def test_an_unpaid_hold_is_let_go_without_any_money(world: World) -> None:
    opened = await world.client.books()
    quote = await quoted(world.client, opened)
    assert (quote["canCancel"], quote["refund"], quote["percent"]) == (True, NOTHING, None)
    payload = await cancels(world.client, opened)
    assert payload["booking"] == {
        "id": opened.booking_id,
        "status": "CANCELLED",
        "calledOffBy": None,
    }
    assert (payload["refund"], payload["errors"]) == (None, [])


@pytest.mark.parametrize("paid", [False, True])
async def test_to_strangers_there_is_no_such_booking(world: World, paid: bool) -> None:
    opened = await booked(world) if paid else await world.client.books()
    another_host = signed_in(world, MARCUS)
    for stranger in (world.other, another_host):
        [error] = (await stranger.posts(QUOTE, id=opened.booking_id))["errors"]
        assert error["extensions"] == {"code": "NOT_FOUND"}
        payload = await cancels(stranger, opened)
        assert [problem["code"] for problem in payload["errors"]] == ["NOT_FOUND"]
        assert (payload["booking"], payload["hostBooking"], payload["refund"]) == (None, None, None)
    status = "ACCEPTED" if paid else "AWAITING_PAYMENT"
    assert (await world.client.booking(opened.booking_id))["status"] == status
    for query, variables in (
        (QUOTE, {"id": opened.booking_id}),
        (CANCEL, {"input": {"bookingId": opened.booking_id}}),
        (
            RESCHEDULE,
            {"input": {"bookingId": opened.booking_id, "startsAt": "2030-01-01T00:00:00Z"}},
        ),
    ):
        [error] = (await world.nobody.posts(query, **variables))["errors"]
        assert error["extensions"] == {"code": "UNAUTHENTICATED"}


async def test_of_what_is_not_there_nothing_is_quoted(world: World) -> None:
    for wanted, code in ((str(uuid4()), "NOT_FOUND"), ("no id", "VALIDATION")):
        [error] = (await world.client.posts(QUOTE, id=wanted))["errors"]
        assert error["extensions"] == {"code": code}


async def test_a_session_is_given_another_time_for_the_same_payment(world: World) -> None:
    opened = await booked(world)
    slots = await world.client.slots()
    asked = {"bookingId": opened.booking_id, "startsAt": slots[-1], "timeZone": "Asia/Tokyo"}
    payload = (await world.client.asks(RESCHEDULE, input=asked))["rescheduleBooking"]
    assert payload == {
        "booking": {
            "id": opened.booking_id,
            "startsAt": slots[-1],
            "reschedules": 1,
            "status": "ACCEPTED",
        },
        "errors": [],
    }
    assert (await world.client.asks(RESCHEDULE, input=asked))["rescheduleBooking"] == payload
    assert len(await world.rows("select from public.payments")) == 1

    taken = await world.other.books(slots[0])
    refused = await world.client.asks(RESCHEDULE, input=asked | {"startsAt": taken.starts_at})
    [error] = refused["rescheduleBooking"]["errors"]
    assert (error["__typename"], error["code"]) == ("SlotTakenError", "SLOT_TAKEN")
    assert error["alternatives"] != []
    strangers = (await world.other.asks(RESCHEDULE, input=asked))["rescheduleBooking"]
    assert (strangers["booking"], strangers["errors"][0]["code"]) == (None, "NOT_FOUND")


async def test_what_has_no_time_yet_cannot_be_given_another(world: World) -> None:
    opened = await world.client.books(session_type=CONSULTATION)
    await world.pays(opened)
    await world.worker.drain()
    slots = await world.client.slots(CONSULTATION)
    asked = {"bookingId": opened.booking_id, "startsAt": slots[-1]}
    payload = (await world.client.asks(RESCHEDULE, input=asked))["rescheduleBooking"]
    assert [error["code"] for error in payload["errors"]] == ["NOT_RESCHEDULABLE"]


async def test_terms_are_told_where_it_is_sold_and_kept_where_it_was_booked(world: World) -> None:
    opened = await booked(world)
    await world.rows(
        "update public.session_types set policy = $1::jsonb",
        '{"cancel_until_minutes": 5, "refunds": [{"minutes_before": 1440, "percent": 100}],'
        ' "reschedule_until_minutes": 1440, "reschedule_limit": 2, "no_show_percent": 0}',
    )
    sold = {
        "cancelUntilMinutes": 5,
        "refundTiers": [{"minutesBefore": 1440, "percent": 100}],
        "rescheduleUntilMinutes": 1440,
        "rescheduleLimit": 2,
        "noShowPercent": 0,
    }
    await agreed(
        world,
        opened,
        refunds={timedelta(): 10, timedelta(hours=2): 40},
        reschedule_limit=None,
        no_show_percent=25,
    )
    answer = await world.client.asks(
        f"query ($type: ID!, $id: ID!) {{ sessionType(id: $type) {{ cancellationPolicy {TERMS} }}"
        f" booking(id: $id) {{ cancellationPolicy {TERMS} calledOffBy absent reschedules }} }}",
        type=MENTORING,
        id=opened.booking_id,
    )
    assert answer["sessionType"]["cancellationPolicy"] == sold
    assert answer["booking"] == {
        "cancellationPolicy": {
            "cancelUntilMinutes": 0,
            "refundTiers": [
                {"minutesBefore": 120, "percent": 40},
                {"minutesBefore": 0, "percent": 10},
            ],
            "rescheduleUntilMinutes": 60,
            "rescheduleLimit": None,
            "noShowPercent": 25,
        },
        "calledOffBy": None,
        "absent": None,
        "reschedules": 0,
    }


async def test_money_returned_outside_is_no_refund_of_a_cancellation(world: World) -> None:
    opened = await booked(world)
    await world.rows(
        "update public.bookings set status = 'CANCELLED', called_off_by = $2 where id = $1",
        UUID(opened.booking_id),
        Party.BANK.value,
    )
    payload = await cancels(world.client, opened)
    assert (payload["booking"]["calledOffBy"], payload["refund"]) == ("BANK", NOTHING)
