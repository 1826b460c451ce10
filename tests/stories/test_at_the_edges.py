"""What happens seldom: answers that come too late, objects that Stripe forgot, odd settings."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from sandbox.faults import Fault, FaultKind
from services import holds, refund_states
from services.domain.money import Money
from services.providers.errors import ProviderError
from services.providers.ports import RefundRefused, RefundState
from services.worker import Worker
from tests.world import CONSULTATION, MENTORING, QUICK, REVIEW, Opened, World


async def errors_of(payload: dict[str, list[dict[str, str]]]) -> list[str]:
    return [error["code"] for error in payload["errors"]]


# --- holds and checkouts -------------------------------------------------------------------------


@pytest.mark.parametrize("session_type", [REVIEW, MENTORING], ids=["built in", "at Cal.com"])
async def test_a_hold_released_while_stripe_opens_its_page_takes_the_page_back(
    world: World, session_type: str
) -> None:
    slot = (await world.client.slots(session_type))[0]
    await world.client.books(session_type=CONSULTATION)  # the customer exists from now on
    world.sandbox.faults.plan("stripe", Fault(FaultKind.DELAY, seconds=1.5))
    opening = asyncio.create_task(world.client.opens_checkout(slot, session_type))
    for _ in range(100):  # the hold is made at once, Stripe's answer is held back
        rows = await world.rows(
            "select b.id from public.bookings b join private.checkouts c on c.booking_id = b.id "
            "where b.starts_at is not null"
        )
        if rows:
            break
        await asyncio.sleep(0.01)
    cancelled = await world.client.cancels(str(rows[0]["id"]))
    assert cancelled["booking"]["status"] == "CANCELLED"
    payload = await opening
    # The request tries a fresh hold: what it hands out can be paid, and what can be paid is held.
    assert payload["errors"] == []
    assert payload["booking"]["id"] != str(rows[0]["id"])
    open_at_stripe = {
        session["id"]
        for session in world.sandbox.stripe.sessions()
        if session["status"] == "open" and session["metadata"]["booking_id"] == str(rows[0]["id"])
    }
    assert open_at_stripe == set()


async def test_a_hold_whose_page_never_opened_ends_by_itself(world: World) -> None:
    slot = (await world.client.slots())[0]
    world.sandbox.faults.plan("stripe", Fault(FaultKind.FAIL), times=6)
    assert await errors_of(await world.client.opens_checkout(slot)) == [
        "PAYMENT_PROVIDER_UNAVAILABLE"
    ]
    world.sandbox.faults.clear()
    assert slot not in await world.other.slots()
    await world.time_passes(timedelta(minutes=33))
    row = await world.row("select status, status_reason from public.bookings")
    assert tuple(row) == ("CANCELLED", "The payment was not completed in time.")
    assert slot in await world.other.slots()


async def test_a_checkout_that_stripe_does_not_know_holds_nobody_up(world: World) -> None:
    opened = await world.client.books()
    await world.rows("update private.checkouts set stripe_session_id = 'cs_test_of_another_key'")
    again = await world.client.opens_checkout(opened.starts_at)
    assert again["errors"] == []
    assert again["booking"]["id"] == opened.booking_id
    assert again["checkout"]["sessionId"] != opened.session_id

    await world.rows(
        "update private.checkouts set stripe_session_id = 'cs_test_of_a_third_key' "
        "where status = 'OPEN'"
    )
    cancelled = await world.client.cancels(opened.booking_id)
    assert cancelled["booking"]["status"] == "CANCELLED"
    log = await world.row("select source, vendor, message from private.error_logs")
    assert tuple(log) == (
        "holds",
        "stripe",
        "cs_test_of_a_third_key is unknown at Stripe; its hold was released.",
    )


async def test_a_customer_that_stripe_does_not_know_is_made_again(world: World) -> None:
    await world.client.cancels((await world.client.books()).booking_id)
    await world.rows(
        "update public.users set stripe_customer_id = 'cus_of_another_key' where id = $1",
        world.client.user_id,
    )
    payload = await world.client.opens_checkout((await world.client.slots())[0])
    assert payload["errors"] == []
    row = await world.row(
        "select stripe_customer_id as id from public.users where id = $1", world.client.user_id
    )
    assert row["id"] not in (None, "cus_of_another_key")


async def test_a_renewed_hold_is_not_ended_by_news_of_the_old_one(world: World) -> None:
    opened = await world.client.books((await world.client.slots())[-1])
    world.sandbox.stripe.deliveries.plan("drop", 100)
    world.sandbox.clock.advance(timedelta(minutes=40))
    again = await world.client.opens_checkout(opened.starts_at)
    assert again["booking"]["id"] == opened.booking_id
    assert again["checkout"]["sessionId"] != opened.session_id
    await holds.end_hold(world.app, UUID(opened.booking_id))
    assert (await world.client.booking(opened.booking_id))["status"] == "AWAITING_PAYMENT"


async def test_a_key_whose_hold_is_over_buys_again(world: World) -> None:
    slot = (await world.client.slots())[0]
    first = await world.client.opens_checkout(slot, idempotencyKey="k1")
    await world.client.cancels(first["booking"]["id"])
    await world.worker.drain()
    second = await world.client.opens_checkout(slot, idempotencyKey="k1")
    assert second["errors"] == []
    assert second["booking"]["id"] != first["booking"]["id"]
    await world.pays(Opened(second["booking"]["id"], second["checkout"]["sessionId"], slot))
    await world.worker.drain()
    third = await world.client.opens_checkout(slot, idempotencyKey="k1")
    assert await errors_of(third) == ["ALREADY_PAID"]


async def test_a_slot_that_has_begun_gets_no_new_page(world: World) -> None:
    opened = await world.client.books()
    assert opened.starts_at is not None
    begun = datetime.fromisoformat(opened.starts_at) - world.sandbox.clock.now()
    world.sandbox.clock.advance(begun + timedelta(minutes=1))
    again = await world.client.opens_checkout(opened.starts_at)
    assert await errors_of(again) == ["SLOT_UNAVAILABLE"]


# --- confirming ----------------------------------------------------------------------------------


async def test_while_stripe_is_away_confirming_says_so(world: World) -> None:
    opened = await world.client.books()
    world.sandbox.stripe.deliveries.plan("drop", 100)
    await world.pays(opened)
    intent = world.sandbox.stripe.sessions()[0]["payment_intent"]
    world.sandbox.faults.plan("stripe", Fault(FaultKind.FAIL), times=6)
    for answer in (
        await world.client.confirms(opened.session_id),
        await world.client.confirms(payment_intent_id=intent),
    ):
        assert await errors_of(answer) == ["PAYMENT_PROVIDER_UNAVAILABLE"]
    assert (await world.client.confirms(payment_intent_id=intent))["success"] is True


async def test_confirming_before_paying_says_what_is_missing(world: World) -> None:
    opened = await world.client.books()
    answer = await world.client.confirms(opened.session_id)
    assert answer["success"] is False
    assert answer["errors"] == [
        {"code": "PAYMENT_FAILED", "message": "The payment has not been completed."}
    ]
    unknown = await world.client.confirms(payment_intent_id="pi_nobody_has_this")
    assert await errors_of(unknown) == ["PAYMENT_NOT_FOUND"]


async def test_a_wrong_sum_is_not_called_unpaid(world: World) -> None:
    opened = await world.client.books()
    await world.rows("update public.bookings set price_minor = 9001")
    await world.pays(opened)
    await world.worker.drain()
    answer = await world.client.confirms(opened.session_id)
    assert await errors_of(answer) == ["PAYMENT_UNDER_REVIEW"]
    assert await world.client.notifications() == ["PAYMENT_WAITING"]
    assert len(world.mails("operator@example.com")) == 1


# --- refunds -------------------------------------------------------------------------------------


async def test_a_refund_that_stripe_refuses_waits_for_a_human_and_everybody_is_told(
    world: World,
) -> None:
    world.sandbox.faults.plan("calcom.book", Fault(FaultKind.REFUSE))
    opened = await world.client.books()
    await world.pays(opened)
    world.sandbox.stripe.deliveries.plan("drop", 100)

    class Refusing:
        async def create(self, *, key: str, payment_id: str, amount: Money) -> RefundState:
            raise RefundRefused("charge_disputed")

        of_payment = world.app.refunds.of_payment

    world.worker.app = replace(world.app, refunds=Refusing())
    await world.worker.drain()
    [payment] = (await world.client.booking(opened.booking_id))["payments"]
    assert payment["outcome"] == "WAITING"
    assert "charge_disputed" not in payment["outcomeReason"]
    assert set(await world.client.notifications()) == {"BOOKING_REJECTED", "PAYMENT_WAITING"}
    assert len(world.mails("operator@example.com")) == 1
    log = await world.rows("select message from private.error_logs")
    assert any("charge_disputed" in row["message"] for row in log)


async def test_a_refund_that_cannot_be_sent_waits_for_a_human_and_is_sent_when_it_can(
    world: World,
) -> None:
    world.sandbox.faults.plan("calcom.book", Fault(FaultKind.REFUSE))
    opened = await world.client.books()
    await world.pays(opened)

    class Away:
        async def create(self, *, key: str, payment_id: str, amount: Money) -> RefundState:
            raise ProviderError("stripe", "no answer", retryable=True)

        of_payment = world.app.refunds.of_payment

    world.worker.app = replace(world.app, refunds=Away())
    await world.worker.drain()
    [payment] = (await world.client.booking(opened.booking_id))["payments"]
    assert payment["outcome"] == "WAITING"
    world.worker.app = world.app
    await world.time_passes(timedelta(hours=2))
    [payment] = (await world.client.booking(opened.booking_id))["payments"]
    assert payment["outcome"] == "REFUNDED"
    assert payment["refunded"] == {"amountMinor": 9000}


async def test_news_of_a_refund_read_before_its_failure_and_written_after_changes_nothing(
    world: World,
) -> None:
    world.sandbox.faults.plan("calcom.book", Fault(FaultKind.REFUSE))
    opened = await world.client.books()
    await world.pays(opened, "4000000000005126")  # succeeds, then fails
    await world.worker.drain()
    intent = world.sandbox.stripe.sessions()[0]["payment_intent"]
    old_news = await world.app.refunds.of_payment(intent)
    assert [state.status for state in old_news] == ["SUCCEEDED"]
    world.sandbox.stripe.settle_refund(old_news[0].id)
    await world.sandbox.stripe.deliveries.settled()
    await world.worker.drain()
    async with world.app.db.transaction() as conn:
        await refund_states.apply(world.app, conn, intent, old_news)
    [payment] = (await world.client.booking(opened.booking_id))["payments"]
    assert payment["outcome"] == "WAITING"


# --- odd configurations --------------------------------------------------------------------------


async def test_a_session_type_that_changes_its_flow_while_somebody_pays_loses_nothing(
    world: World,
) -> None:
    opened = await world.client.books(session_type=CONSULTATION)
    await world.rows("update public.session_types set payment_flow = 'SLOT_FIRST'")
    await world.pays(opened)
    await world.worker.drain()
    booking = await world.client.booking(opened.booking_id)
    assert (booking["status"], booking["needsTime"]) == ("PENDING", True)


async def test_a_zone_that_nobody_knows_holds_no_money_up(world: World) -> None:
    await world.rows("update public.users set time_zone = 'UTC+2'")
    opened = await world.client.books(session_type=CONSULTATION)
    await world.pays(opened)
    await world.worker.drain()
    assert (await world.client.booking(opened.booking_id))["status"] == "PENDING"
    [mail] = world.sandbox.inbox.to("demo@example.com")
    assert "(UTC)" in mail.text


async def test_a_payment_whose_end_nobody_wrote_gets_one(world: World) -> None:
    opened = await world.client.books((await world.client.slots())[-1])
    await world.pays(opened)
    await world.worker.drain()
    lost = await world.client.books((await world.client.slots())[-1])
    await world.pays(lost)
    await world.worker.drain()
    await world.rows(
        "update public.payments set outcome = null, outcome_at = null, paid_at = now()"
    )
    await world.rows(
        "update public.bookings set status = 'CANCELLED' where id = $1", lost.booking_id
    )
    await world.time_passes(timedelta(hours=2))
    [fulfilled] = (await world.client.booking(opened.booking_id))["payments"]
    [waiting] = (await world.client.booking(lost.booking_id))["payments"]
    assert (fulfilled["outcome"], waiting["outcome"]) == ("FULFILLED", "WAITING")
    assert waiting["outcomeReason"] == "Paid, but nothing was booked for it."


@pytest.mark.parametrize("told", ["Mars/Olympus", ""])
async def test_an_unknown_zone_of_a_request_is_refused(world: World, told: str) -> None:
    slot = (await world.client.slots())[0]
    refused = await world.client.opens_checkout(slot, timeZone=told)
    assert await errors_of(refused) == ["VALIDATION"]


async def test_giving_up_is_itself_tried_again(world: World) -> None:
    world.sandbox.faults.plan("mail", Fault(FaultKind.REFUSE), times=1000)
    opened = await world.client.books()
    await world.pays(opened)
    await world.rows("alter table private.error_logs rename to error_logs_away")
    worker = Worker(world.app, world.worker.pool, pace=QUICK)
    engine = asyncio.create_task(worker.run())
    await asyncio.sleep(0.05)
    for _ in range(100):
        waiting = await world.rows(
            "select from jobs.pgqueuer where entrypoint = 'notify' and attempts > 0"
        )
        if len(waiting) == 2:
            break
        await asyncio.sleep(0.02)
    await world.rows("alter table private.error_logs_away rename to error_logs")
    worker.stop()
    await engine
    await world.worker.drain()
    assert await world.rows("select from private.error_logs where source = 'notify'") != []
    statuses = await world.rows("select status from public.notifications where medium = 'EMAIL'")
    assert [row["status"] for row in statuses] == ["FAILED", "FAILED"]
    assert await world.rows("select from public.notifications where status = 'QUEUED'") == []
