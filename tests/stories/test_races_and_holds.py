"""Slots under contention, holds that end, cards that are declined."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from sandbox.faults import Fault, FaultKind
from services import holds
from services.domain.money import Money
from services.providers.errors import ProviderError
from services.providers.ports import NewCheckout
from tests.world import COACHING, CONSULTATION, MENTORING, Opened, World

DECLINED = "4000000000000002"
NEEDS_AUTHENTICATION = "4000002760003184"


async def test_two_clients_race_for_one_slot(world: World) -> None:
    slot = (await world.client.slots())[0]
    answers = await asyncio.gather(
        *(client.opens_checkout(slot) for client in (world.client, world.other) * 3)
    )
    winners = [answer for answer in answers if not answer["errors"]]
    losers = [answer["errors"][0] for answer in answers if answer["errors"]]

    assert len({winner["booking"]["id"] for winner in winners}) == 1
    assert len({winner["checkout"]["sessionId"] for winner in winners}) == 1
    assert {loser["code"] for loser in losers} == {"SLOT_TAKEN"}
    alternatives = [other["startsAt"] for other in losers[0]["alternatives"]]
    assert alternatives != []
    assert slot not in alternatives
    assert set(alternatives) <= set(await world.other.slots())
    assert len(await world.rows("select from public.bookings")) == 1


async def test_asking_again_returns_the_same_open_checkout(world: World) -> None:
    slot = (await world.client.slots())[0]
    first = await world.client.opens_checkout(slot)
    again = await asyncio.gather(*(world.client.opens_checkout(slot) for _ in range(5)))
    assert {answer["checkout"]["sessionId"] for answer in again} == {first["checkout"]["sessionId"]}
    assert len(world.sandbox.stripe.sessions()) == 1


async def test_an_idempotency_key_makes_a_retry_safe_and_a_change_refused(world: World) -> None:
    slot, other_slot = (await world.client.slots())[:3:2]
    answers = await asyncio.gather(
        *(world.client.opens_checkout(slot, idempotencyKey="k1") for _ in range(4))
    )
    assert len({answer["booking"]["id"] for answer in answers}) == 1
    changed = await world.client.opens_checkout(other_slot, idempotencyKey="k1")
    assert changed["errors"][0]["code"] == "IDEMPOTENCY_CONFLICT"
    theirs = await world.other.opens_checkout(other_slot, idempotencyKey="k1")
    assert theirs["errors"] == []


async def test_another_ui_mode_closes_the_first_page(world: World) -> None:
    slot = (await world.client.slots())[0]
    hosted = await world.client.opens_checkout(slot)
    embedded = await world.client.opens_checkout(slot, uiMode="EMBEDDED")
    assert embedded["booking"]["id"] == hosted["booking"]["id"]
    states = {session["id"]: session["status"] for session in world.sandbox.stripe.sessions()}
    assert states == {
        hosted["checkout"]["sessionId"]: "expired",
        embedded["checkout"]["sessionId"]: "open",
    }
    await world.sandbox.stripe.deliveries.settled()
    await world.worker.drain()  # the first page's expiry is told after the second one opened
    held = await world.client.booking(hosted["booking"]["id"])
    assert held["status"] == "AWAITING_PAYMENT"


async def test_nobody_holds_more_than_three_slots(world: World) -> None:
    for slot in (await world.client.slots(COACHING))[:6:2]:
        assert (await world.client.opens_checkout(slot, COACHING))["errors"] == []
    [refused] = (await world.client.opens_checkout(None, CONSULTATION))["errors"]
    assert refused["code"] == "TOO_MANY_HOLDS"
    assert len(await world.rows("select from public.bookings")) == 3


async def test_a_declined_card_keeps_the_hold_and_shows_the_reason(world: World) -> None:
    opened = await world.client.books()
    await world.pays(opened, DECLINED)
    await world.worker.drain()

    booking = await world.client.booking(opened.booking_id)
    assert booking["status"] == "AWAITING_PAYMENT"
    [payment] = booking["payments"]
    assert payment["status"] == "FAILED"
    assert "declined" in payment["failureReason"]
    assert opened.starts_at not in await world.other.slots()
    refused = await world.client.confirms(opened.session_id)
    assert refused["success"] is False
    assert refused["errors"][0]["code"] == "PAYMENT_FAILED"
    assert "declined" in refused["errors"][0]["message"]

    await world.pays(opened)
    await world.worker.drain()
    booking = await world.client.booking(opened.booking_id)
    assert booking["status"] == "ACCEPTED"
    assert [payment["status"] for payment in booking["payments"]] == ["SUCCEEDED"]


async def test_a_card_that_needs_authentication_books_once_it_is_given(world: World) -> None:
    opened = await world.client.books()
    world.sandbox.stripe.pay(opened.session_id, NEEDS_AUTHENTICATION, authenticates=None)
    await world.sandbox.stripe.deliveries.settled()
    await world.worker.drain()
    assert (await world.client.booking(opened.booking_id))["status"] == "AWAITING_PAYMENT"
    world.sandbox.stripe.authenticate(opened.session_id, ok=True)
    await world.sandbox.stripe.deliveries.settled()
    await world.worker.drain()
    assert (await world.client.booking(opened.booking_id))["status"] == "ACCEPTED"


@pytest.mark.parametrize("told", [True, False], ids=["webhook arrives", "webhook lost"])
async def test_an_abandoned_checkout_frees_the_slot(world: World, told: bool) -> None:
    opened = await world.client.books()
    if not told:
        world.sandbox.stripe.deliveries.plan("drop", 100)
    await world.time_passes(timedelta(minutes=20))
    assert (await world.client.booking(opened.booking_id))["status"] == "AWAITING_PAYMENT"
    await world.time_passes(timedelta(minutes=15))

    booking = await world.client.booking(opened.booking_id)
    assert booking["status"] == "CANCELLED"
    assert booking["statusReason"] == "The payment was not completed in time."
    assert world.mails() == []
    assert (await world.other.books(opened.starts_at)).starts_at == opened.starts_at


async def test_a_slot_is_not_released_while_stripe_cannot_be_asked(world: World) -> None:
    opened = await world.client.books()
    world.sandbox.stripe.deliveries.plan("drop", 100)
    world.sandbox.clock.advance(timedelta(minutes=33))
    world.sandbox.faults.plan("stripe", Fault(FaultKind.FAIL), times=3)
    with pytest.raises(ProviderError):
        await holds.end_hold(world.app, UUID(opened.booking_id))
    assert (await world.client.booking(opened.booking_id))["status"] == "AWAITING_PAYMENT"
    assert opened.starts_at not in await world.other.slots()
    await holds.end_hold(world.app, UUID(opened.booking_id))
    assert (await world.client.booking(opened.booking_id))["status"] == "CANCELLED"


async def test_cancelling_an_unpaid_hold_closes_its_payment_page_first(world: World) -> None:
    opened = await world.client.books()
    cancelled = await world.client.cancels(opened.booking_id)
    assert cancelled["errors"] == []
    assert cancelled["booking"]["status"] == "CANCELLED"
    assert world.sandbox.stripe.sessions()[0]["status"] == "expired"
    await world.worker.drain()  # the host's own calendar lets go of the time too
    assert opened.starts_at in await world.other.slots()
    assert (await world.client.cancels(opened.booking_id))["booking"]["status"] == "CANCELLED"


async def test_cancelling_what_was_paid_meanwhile_books_it_instead(world: World) -> None:
    opened = await world.client.books()
    world.sandbox.stripe.deliveries.plan("drop", 100)
    await world.pays(opened)
    refused = await world.client.cancels(opened.booking_id)
    assert refused["errors"][0]["code"] == "ALREADY_PAID"
    await world.worker.drain()
    assert (await world.client.booking(opened.booking_id))["status"] == "ACCEPTED"
    assert (await world.client.cancels(opened.booking_id))["booking"]["status"] == "CANCELLED"
    await world.worker.drain()
    [payment] = (await world.client.booking(opened.booking_id))["payments"]
    assert payment["refunded"] == {"amountMinor": 9000}


async def test_paying_for_a_slot_twice_is_refused_before_the_second_page(world: World) -> None:
    opened = await world.client.books()
    await world.pays(opened)
    again = await world.client.opens_checkout(opened.starts_at)
    assert [error["code"] for error in again["errors"]] == ["ALREADY_PAID"]
    await world.worker.drain()
    assert len(world.sandbox.stripe.sessions()) == 1


async def test_two_open_checkouts_that_are_both_paid_book_once_and_return_one(
    world: World,
) -> None:
    opened = await world.client.books(session_type=CONSULTATION)
    await world.pays(opened)
    await world.worker.drain()
    # A second page for the same booking, as an old tab of an earlier attempt would be.
    second = await a_second_page(world, opened)
    await world.pays(second)
    await world.worker.drain()

    payments = (await world.client.booking(opened.booking_id))["payments"]
    assert sorted(payment["outcome"] or "open" for payment in payments) == ["REFUNDED", "open"]
    assert world.sandbox.stripe.sessions() != []
    assert "PAYMENT_RETURNED" in await world.client.notifications()


async def a_second_page(world: World, opened: Opened) -> Opened:
    """Open another Stripe page for a booking that has one, past our own guard against it."""
    row = await world.row(
        "insert into private.checkouts (booking_id, attempt, ui_mode, status, success_url, "
        "cancel_url, expires_at) select booking_id, 2, 'HOSTED', 'CREATING', success_url, "
        "cancel_url, expires_at from private.checkouts where booking_id = $1 returning *",
        UUID(opened.booking_id),
    )
    customer = await world.row(
        "select stripe_customer_id as id from public.users where id = $1", world.client.user_id
    )
    assert world.client.user_id is not None
    state = await world.app.checkouts.open(
        NewCheckout(
            key=f"checkout:{row['id']}",
            client_reference=world.client.user_id,
            customer_id=customer["id"],
            ui_mode="HOSTED",
            product="First consultation",
            price=Money(3000, "USD"),
            subscription=None,
            success_url=row["success_url"],
            cancel_url=row["cancel_url"],
            expires_at=row["expires_at"],
            metadata={"sessionpay_checkout_id": str(row["id"])},
        )
    )
    return Opened(opened.booking_id, state.id, None)


async def test_the_daily_cap_closes_the_day(world: World) -> None:
    days: dict[str, list[str]] = {}
    for slot in await world.client.slots(days=20):
        days.setdefault(slot[:10], []).append(slot)
    day, slots = next((day, slots) for day, slots in days.items() if len(slots) >= 8)
    for slot in slots[:7:2]:
        opened = await world.client.books(slot)
        await world.pays(opened)
        await world.worker.drain()
    assert [slot for slot in await world.other.slots(days=20) if slot.startswith(day)] == []
    [refused] = (await world.other.opens_checkout(slots[1]))["errors"]
    assert refused["code"] == "SLOT_UNAVAILABLE"


async def test_a_time_the_host_does_not_offer_is_refused(world: World) -> None:
    slot = (await world.client.slots())[0]
    for wrong in (slot.replace(":00:00Z", ":07:00Z"), "2020-01-06T10:00:00Z"):
        [refused] = (await world.client.opens_checkout(wrong))["errors"]
        assert refused["code"] == "SLOT_UNAVAILABLE"
    [missing] = (await world.client.opens_checkout(None, MENTORING))["errors"]
    assert missing["code"] == "VALIDATION"
    [too_early] = (await world.client.opens_checkout(slot, CONSULTATION))["errors"]
    assert too_early["code"] == "VALIDATION"
    assert await world.rows("select from public.bookings") == []


async def test_only_allowed_addresses_get_a_client_back(world: World) -> None:
    slot = (await world.client.slots())[0]
    for wrong in ("https://evil.example/", "javascript:alert(1)", "//evil.example"):
        [refused] = (await world.client.opens_checkout(slot, returnUrl=wrong))["errors"]
        assert refused["code"] == "RETURN_URL_REFUSED"
    fine = await world.client.opens_checkout(slot, returnUrl=f"{world.base}/mine")
    assert fine["errors"] == []
