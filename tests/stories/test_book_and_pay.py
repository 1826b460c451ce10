"""The main job: pick a slot, pay, get the booking, its link and the messages."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta

from tests.world import COACHING, CONSULTATION, REVIEW, World

FULFILLED = Counter(
    # completed, payment_intent.succeeded (charge.succeeded and others are stored, not used)
    book_calendar=1,
    open_meeting=1,
    show_link=1,
    notify=2,
    broadcast=1,
)


def fulfilment(jobs: list[str]) -> Counter[str]:
    """Which jobs ran, those of Stripe's events left out."""
    return Counter(job for job in jobs if job != "stripe_event")


async def test_a_paid_slot_becomes_a_booking_with_link_mail_and_notification(world: World) -> None:
    opened = await world.client.books()
    held = await world.client.booking(opened.booking_id)
    assert held["status"] == "AWAITING_PAYMENT"
    assert opened.starts_at not in await world.other.slots()

    await world.pays(opened)
    assert fulfilment(await world.worker.drain()) == FULFILLED

    booking = await world.client.booking(opened.booking_id)
    assert booking["status"] == "ACCEPTED"
    assert booking["startsAt"] == opened.starts_at
    assert booking["holdExpiresAt"] is None
    [meeting] = world.sandbox.zoom.history
    assert booking["meeting"]["url"] == meeting["join_url"]
    [payment] = booking["payments"]
    assert payment["status"] == "SUCCEEDED"
    assert payment["outcome"] == "FULFILLED"
    assert payment["amount"] == {"amountMinor": 9000, "currency": "USD"}
    assert payment["receiptUrl"].startswith(world.base)
    assert world.mails() == ["Confirmed: Mentoring session with Olena Koval"]
    assert len(world.mails("olena@example.com")) == 1
    assert await world.client.notifications() == ["BOOKING_CONFIRMED"]
    assert world.entered() == [opened.booking_id]
    [entry] = world.sandbox.calcom.history
    assert datetime.fromisoformat(entry["start"]) == datetime.fromisoformat(opened.starts_at or "")
    assert entry["location"] == meeting["join_url"]
    assert world.sandbox.calcom.reservations == []


async def test_while_the_client_pays_the_hosts_own_calendar_keeps_the_time(world: World) -> None:
    opened = await world.client.books()
    [reservation] = world.sandbox.calcom.reservations
    assert datetime.fromisoformat(reservation["slotStart"]) == datetime.fromisoformat(
        opened.starts_at or ""
    )
    held_for = timedelta(minutes=reservation["reservationDuration"])
    assert held_for > world.app.settings.hold
    assert world.sandbox.calcom.history == []

    await world.client.cancels(opened.booking_id)
    assert fulfilment(await world.worker.drain()) == Counter(leave_calendar=1)
    assert world.sandbox.calcom.reservations == []
    assert opened.starts_at in await world.other.slots()


async def test_the_mail_carries_link_and_calendar_file(world: World) -> None:
    opened = await world.client.books()
    await world.pays(opened)
    await world.worker.drain()

    booking = await world.client.booking(opened.booking_id)
    [mail] = world.sandbox.inbox.to("demo@example.com")
    assert booking["meeting"]["url"] in mail.text
    assert booking["meeting"]["url"] in (mail.html or "")
    [invitation] = [part for part in mail.files if part.filename == "session.ics"]
    text = invitation.content.decode().replace("\r\n ", "")
    assert "METHOD:REQUEST" in text
    assert f"UID:{opened.booking_id}@" in text
    assert "SEQUENCE:0" in text


async def test_ten_identical_webhooks_book_once(world: World) -> None:
    opened = await world.client.books()
    world.sandbox.stripe.deliveries.plan("duplicate", 10, event_type="checkout.session.completed")
    await world.pays(opened)
    jobs = await world.worker.drain()

    assert fulfilment(jobs) == FULFILLED
    assert len(world.sandbox.calcom.history) == 1
    assert len(world.mails()) == 1
    assert len(await world.rows("select from public.user_sessions")) == 1
    assert len(await world.rows("select from public.payments")) == 1


async def test_without_any_webhook_confirm_booking_books(world: World) -> None:
    world.sandbox.stripe.deliveries.plan("drop", 100)
    opened = await world.client.books()
    await world.pays(opened)
    assert await world.worker.waiting() == []

    confirmed = await world.client.confirms(opened.session_id)
    assert confirmed["success"] is True
    assert confirmed["booking"]["status"] == "PENDING"
    assert fulfilment(await world.worker.drain()) == FULFILLED

    again = await world.client.confirms(opened.session_id)
    assert again["booking"]["status"] == "ACCEPTED"
    assert again["meetingUrl"] == again["booking"]["meeting"]["url"]
    assert again["errors"] == []
    assert await world.worker.drain() == []


async def test_confirm_before_and_after_the_webhook_books_once(world: World) -> None:
    opened = await world.client.books()
    world.sandbox.stripe.deliveries.hold()
    world.sandbox.stripe.pay(opened.session_id, "4242424242424242")
    answers = await asyncio.gather(*(world.client.confirms(opened.session_id) for _ in range(5)))
    assert {answer["success"] for answer in answers} == {True}
    world.sandbox.stripe.deliveries.release()
    await world.sandbox.stripe.deliveries.settled()
    assert fulfilment(await world.worker.drain()) == FULFILLED
    assert (await world.client.confirms(opened.session_id))["success"] is True
    assert len(world.sandbox.calcom.history) == 1
    assert len(world.mails()) == 1


async def test_confirm_takes_a_payment_intent_too(world: World) -> None:
    world.sandbox.stripe.deliveries.plan("drop", 100)
    opened = await world.client.books()
    await world.pays(opened)
    intent = world.sandbox.stripe.sessions()[0]["payment_intent"]

    confirmed = await world.client.confirms(payment_intent_id=intent)
    assert confirmed["success"] is True
    assert confirmed["booking"]["id"] == opened.booking_id


async def test_pay_first_pick_later(world: World) -> None:
    opened = await world.client.books(session_type=CONSULTATION)
    await world.pays(opened)
    await world.worker.drain()

    paid = await world.client.booking(opened.booking_id)
    assert paid["status"] == "PENDING"
    assert paid["needsTime"] is True
    assert paid["placeBy"] is not None
    assert world.sandbox.calcom.history == []
    me = await world.client.asks("{ me { paid bookingsToPlace { id } } }")
    assert me["me"] == {"paid": True, "bookingsToPlace": [{"id": opened.booking_id}]}
    assert world.mails() == ["Choose your time: First consultation with Olena Koval"]

    slot = (await world.client.slots(CONSULTATION))[3]
    placed = await world.client.schedules(opened.booking_id, slot)
    assert placed["errors"] == []
    assert placed["booking"]["startsAt"] == slot
    await world.worker.drain()

    booking = await world.client.booking(opened.booking_id)
    assert booking["status"] == "ACCEPTED"
    assert booking["payments"][0]["outcome"] == "FULFILLED"
    assert world.mails()[1] == "Confirmed: First consultation with Olena Koval"
    [mail] = world.sandbox.inbox.to("demo@example.com")[1:]
    assert "(Berlin time, GMT+" in mail.text
    assert (await world.client.schedules(opened.booking_id, slot))["errors"][0][
        "code"
    ] == "NOT_SCHEDULABLE"


async def test_other_currencies_are_paid_to_the_minor_unit(world: World) -> None:
    for session_type, amount in ((COACHING, (7500, "EUR")), (REVIEW, (12000, "JPY"))):
        opened = await world.client.books(session_type=session_type)
        await world.pays(opened)
        await world.worker.drain()
        booking = await world.client.booking(opened.booking_id)
        assert booking["status"] == "ACCEPTED"
        paid = booking["payments"][0]["amount"]
        assert (paid["amountMinor"], paid["currency"]) == amount


async def test_embedded_checkout_gives_a_client_secret(world: World) -> None:
    slot = (await world.client.slots())[0]
    payload = await world.client.opens_checkout(slot, uiMode="EMBEDDED")
    assert payload["checkout"]["clientSecret"].startswith(payload["checkout"]["sessionId"])
    assert payload["checkout"]["url"] is None
