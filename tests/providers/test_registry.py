"""Which class serves which port, by the settings alone; and what needs no account at all."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from pytest_httpx import HTTPXMock

from services.domain.booking import Status
from services.domain.models import Booking
from services.domain.money import Money
from services.providers.builtin import AddressRooms, BuiltinCalendar
from services.providers.ports import Room
from services.providers.registry import choose
from services.providers.smtp import Smtp
from services.providers.stripe_checkouts import StripeCheckouts, StripeCustomers
from services.providers.stripe_refunds import StripeRefunds
from services.providers.stripe_webhooks import StripeWebhooks
from services.settings import Settings

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ID = UUID("b0000000-0000-4000-8000-000000000001")
ROOM_KEY = UUID("c0000000-0000-4000-8000-000000000001")


def settings(**values: Any) -> Settings:
    live: dict[str, Any] = {
        "stripe_secret_key": "sk_test_1",
        "stripe_webhook_secret": "whsec_1",
        "supabase_url": "https://ref.supabase.co",
        "smtp_url": "smtp://127.0.0.1:1025",
        "email_from": "Shop <no-reply@shop.test>",
        "operator_email": "mends@shop.test",
    }
    return Settings.load(_env_file=None, **live | values)


def booking() -> Booking:
    return Booking(
        id=ID,
        user_id=None,
        host_id=ID,
        session_type_id=ID,
        status=Status.ACCEPTED,
        status_reason=None,
        starts_at=NOON,
        ends_at=NOON + timedelta(hours=1),
        duration=timedelta(hours=1),
        price=Money(9000, "USD"),
        hold_expires_at=None,
        place_by=None,
        calendar_ref=None,
        room_key=ROOM_KEY,
        sequence=0,
        time_zone=None,
        created_at=NOON,
    )


async def test_each_port_gets_its_class() -> None:
    providers = choose(settings())
    assert isinstance(providers.customers, StripeCustomers)
    assert isinstance(providers.checkouts, StripeCheckouts)
    assert isinstance(providers.refunds, StripeRefunds)
    assert isinstance(providers.events, StripeWebhooks)
    assert isinstance(providers.calendar, BuiltinCalendar)
    assert isinstance(providers.rooms, AddressRooms)
    assert isinstance(providers.mail, Smtp)
    await providers.close()


async def test_a_calendar_that_is_brought_along_takes_the_place_of_our_own() -> None:
    own = BuiltinCalendar()
    providers = choose(settings(), calendar=own)
    assert providers.calendar is own
    await providers.close()


async def test_the_address_and_the_key_of_the_settings_are_used(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(
        url="http://127.0.0.1:1/v1/checkout/sessions?payment_intent=pi_1&limit=1",
        match_headers={"Authorization": "Bearer rk_test_2"},
        json={"object": "list", "data": [], "has_more": False, "url": "/v1/checkout/sessions"},
    )
    chosen = settings(stripe_secret_key="rk_test_2", stripe_api_base="http://127.0.0.1:1")
    providers = choose(chosen)
    assert await providers.checkouts.of_payment("pi_1") is None
    await providers.close()


async def test_the_room_of_a_booking_is_always_the_same_and_nobody_guesses_it() -> None:
    rooms = choose(settings(meeting_base_url="https://meet.shop.test/x/")).rooms
    opened = await rooms.open(booking(), until=NOON)
    assert opened == Room(
        url=f"https://meet.shop.test/x/session-{ROOM_KEY}", ref=f"session-{ROOM_KEY}"
    )
    assert await rooms.open(booking(), until=NOON + timedelta(days=1)) == opened
    assert str(ID) not in opened.url


async def test_our_own_calendar_takes_what_the_database_took() -> None:
    calendar = BuiltinCalendar()
    assert await calendar.book(booking(), title="Mentoring") == f"builtin:{ID}"
    await calendar.cancel(booking())
    assert await calendar.book(booking(), title="Mentoring") == f"builtin:{ID}"
