"""Which class serves which port, by the settings alone: naming a service switches it on."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from pytest_httpx import HTTPXMock

from services.domain.models import CalendarKind, VideoKind
from services.domain.slots import Interval
from services.providers.builtin import AddressRooms, BuiltinCalendar, NotSetUp, RoomsNotSetUp
from services.providers.busy_cache import CachedTimes
from services.providers.calcom import CalcomCalendar
from services.providers.calendly import CalendlyEntries
from services.providers.calendly_page import CalendlyPage
from services.providers.daily import DailyRooms
from services.providers.entry_rooms import EntryRooms
from services.providers.errors import ProviderError
from services.providers.google_entries import GoogleEntries
from services.providers.registry import Providers, choose
from services.providers.sendgrid import Sendgrid
from services.providers.sendgrid_events import SendgridEvents
from services.providers.smtp import Smtp
from services.providers.stripe_accounts import StripePayoutAccounts
from services.providers.stripe_checkouts import StripeCheckouts
from services.providers.stripe_customers import StripeCustomers
from services.providers.stripe_disputes import StripeDisputes
from services.providers.stripe_invoices import StripeInvoices
from services.providers.stripe_portal import StripePortal
from services.providers.stripe_prices import StripePrices
from services.providers.stripe_refunds import StripeRefunds
from services.providers.stripe_subscriptions import StripeSubscriptions
from services.providers.stripe_transfers import StripeTransfers
from services.providers.stripe_webhooks import StripeWebhooks
from services.providers.supabase_platform import SupabasePlatform
from services.providers.telegram import TelegramBot
from services.providers.zoom import ZoomRooms
from services.settings import Settings
from tests.providers.standin_rig import BOOKING_ID, appointment, host
from tests.providers.token_shelf import TokensInMemory

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = Interval(NOON, NOON + timedelta(days=1))
HOUR = timedelta(hours=1)
ZOOM = {"zoom_account_id": "a", "zoom_client_id": "c", "zoom_client_secret": "s"}
GOOGLE_PERSON = {
    "google_client_id": "c",
    "google_client_secret": "s",
    "google_refresh_token": "1//r",
}
TELEGRAM = {"telegram_bot_token": f"1:{'A' * 35}", "telegram_webhook_secret": "s"}


def event_webhook_key() -> str:
    """A public key as SendGrid's console shows it."""
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b64encode(der).decode()


def service_account() -> str:
    """A key file as the Google Cloud console hands it out."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return json.dumps(
        {
            "type": "service_account",
            "client_email": "bot@project.iam.gserviceaccount.com",
            "private_key_id": "1",
            "private_key": pem.decode(),
        }
    )


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


@asynccontextmanager
async def chosen(**values: Any) -> AsyncIterator[Providers]:
    providers = choose(settings(**values), tokens=TokensInMemory(), now=lambda: NOON)
    try:
        yield providers
    finally:
        await providers.close()


# --- what needs no account -----------------------------------------------------------------------


async def test_without_outside_services_each_port_has_what_needs_no_account() -> None:
    async with chosen() as providers:
        assert isinstance(providers.customers, StripeCustomers)
        assert isinstance(providers.checkouts, StripeCheckouts)
        assert isinstance(providers.refunds, StripeRefunds)
        assert isinstance(providers.billing.subscriptions, StripeSubscriptions)
        assert isinstance(providers.billing.invoices, StripeInvoices)
        assert isinstance(providers.billing.prices, StripePrices)
        assert isinstance(providers.billing.portal, StripePortal)
        assert isinstance(providers.disputes, StripeDisputes)
        assert isinstance(providers.connect.accounts, StripePayoutAccounts)
        assert isinstance(providers.connect.transfers, StripeTransfers)
        assert isinstance(providers.events, StripeWebhooks)
        assert isinstance(providers.calendars[CalendarKind.BUILTIN].entries, BuiltinCalendar)
        assert isinstance(providers.rooms[VideoKind.ADDRESS], AddressRooms)
        assert isinstance(providers.mail, Smtp)
        assert providers.scheduling_page is None
        assert providers.mail_events is None
        assert providers.chat is None
        assert providers.channels is None
        assert providers.accounts is None
        assert providers.broadcasts is None


async def test_every_kind_of_calendar_and_room_is_there_also_without_its_keys() -> None:
    async with chosen() as providers:
        assert set(providers.calendars) == set(CalendarKind)
        assert all(calendar.kind is kind for kind, calendar in providers.calendars.items())
        assert set(providers.rooms) == set(VideoKind)


@pytest.mark.parametrize(
    ("kind", "vendor", "setting"),
    [
        (CalendarKind.CALCOM, "calcom", "CALCOM_API_KEY"),
        (CalendarKind.GOOGLE, "google", "GOOGLE_SERVICE_ACCOUNT_JSON"),
        (CalendarKind.CALENDLY, "calendly", "CALENDLY_API_TOKEN"),
    ],
)
async def test_a_calendar_without_its_key_books_nothing_and_names_the_key(
    kind: CalendarKind, vendor: str, setting: str
) -> None:
    async with chosen() as providers:
        calendar = providers.calendars[kind]
        assert isinstance(calendar.entries, NotSetUp)
        with pytest.raises(ProviderError) as booking:
            await calendar.entries.book(appointment())
        with pytest.raises(ProviderError) as looking:
            await calendar.times.open_times(host(), None, HOUR, DAY)
    for refused in (booking.value, looking.value):
        assert refused.vendor == vendor
        assert setting in refused.message
        assert (refused.status, refused.retryable) == (401, True)


@pytest.mark.parametrize(
    ("kind", "vendor", "setting"),
    [(VideoKind.ZOOM, "zoom", "ZOOM_ACCOUNT_ID"), (VideoKind.DAILY, "daily", "DAILY_API_KEY")],
)
async def test_a_video_service_without_its_key_opens_nothing_and_names_the_key(
    kind: VideoKind, vendor: str, setting: str
) -> None:
    async with chosen() as providers:
        assert isinstance(providers.rooms[kind], RoomsNotSetUp)
        with pytest.raises(ProviderError, match=setting) as refused:
            await providers.rooms[kind].open(appointment(), key=BOOKING_ID, until=NOON)
    assert (refused.value.vendor, refused.value.retryable) == (vendor, True)


# --- what a key switches on ----------------------------------------------------------------------


async def test_each_key_switches_its_service_on() -> None:
    async with chosen(
        calcom_api_key="cal_live_1",
        calendly_api_token="t",
        calendly_webhook_signing_key="k",
        daily_api_key="d",
        supabase_secret_key="sb_secret_1",
        sendgrid_api_key="SG.1",
        sendgrid_webhook_key=event_webhook_key(),
        **ZOOM,
        **GOOGLE_PERSON,
        **TELEGRAM,
    ) as providers:
        calendars = providers.calendars
        assert isinstance(calendars[CalendarKind.CALCOM].entries, CalcomCalendar)
        assert isinstance(calendars[CalendarKind.GOOGLE].entries, GoogleEntries)
        assert isinstance(calendars[CalendarKind.CALENDLY].entries, CalendlyEntries)
        assert isinstance(providers.scheduling_page, CalendlyPage)
        assert isinstance(providers.rooms[VideoKind.ZOOM], ZoomRooms)
        assert isinstance(providers.rooms[VideoKind.DAILY], DailyRooms)
        assert isinstance(providers.rooms[VideoKind.CALENDAR], EntryRooms)
        assert isinstance(providers.mail, Sendgrid)
        assert isinstance(providers.mail_events, SendgridEvents)
        assert isinstance(providers.chat, TelegramBot)
        assert providers.channels is providers.chat.channels
        assert isinstance(providers.accounts, SupabasePlatform)
        assert providers.broadcasts is providers.accounts


async def test_a_scheduling_page_needs_the_key_that_its_webhooks_are_signed_with() -> None:
    async with chosen(calendly_api_token="t") as providers:
        assert isinstance(providers.calendars[CalendarKind.CALENDLY].entries, CalendlyEntries)
        assert providers.scheduling_page is None


async def test_busy_times_of_outside_calendars_are_kept_for_a_moment_and_ours_never() -> None:
    async with chosen(calcom_api_key="cal_live_1") as providers:
        kept = {
            kind: isinstance(calendar.times, CachedTimes)
            for kind, calendar in providers.calendars.items()
        }
    assert kept == {kind: kind is not CalendarKind.BUILTIN for kind in CalendarKind}


async def test_mail_goes_by_sendgrid_where_both_ways_are_set() -> None:
    async with chosen(sendgrid_api_key="SG.1") as providers:
        assert isinstance(providers.mail, Sendgrid)
    async with chosen(sendgrid_api_key="SG.1", smtp_url=None) as providers:
        assert isinstance(providers.mail, Sendgrid)


# --- the addresses and keys of the settings ------------------------------------------------------


async def test_stripe_is_asked_at_the_settings_address_with_their_key(
    httpx_mock: HTTPXMock,
) -> None:
    httpx_mock.add_response(
        url="http://127.0.0.1:1/v1/checkout/sessions?payment_intent=pi_1&limit=1",
        match_headers={"Authorization": "Bearer rk_test_2"},
        json={"object": "list", "data": [], "has_more": False, "url": "/v1/checkout/sessions"},
    )
    async with chosen(
        stripe_secret_key="rk_test_2", stripe_api_base="http://127.0.0.1:1"
    ) as providers:
        assert await providers.checkouts.of_payment("pi_1") is None


async def test_the_service_account_goes_before_the_refresh_token(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(url="http://127.0.0.1:1/token", status_code=400, json={})
    async with chosen(
        google_service_account_json=service_account(),
        google_oauth_base="http://127.0.0.1:1",
        google_api_base="http://127.0.0.1:2",
        **GOOGLE_PERSON,
    ) as providers:
        with pytest.raises(ProviderError):
            await providers.calendars[CalendarKind.GOOGLE].times.open_times(host(), None, HOUR, DAY)
    [asked] = httpx_mock.get_requests()
    assert b"jwt-bearer" in asked.content


async def test_a_clients_own_refresh_token_is_used_without_a_service_account(
    httpx_mock: HTTPXMock,
) -> None:
    httpx_mock.add_response(url="http://127.0.0.1:1/token", status_code=400, json={})
    async with chosen(google_oauth_base="http://127.0.0.1:1", **GOOGLE_PERSON) as providers:
        with pytest.raises(ProviderError):
            await providers.calendars[CalendarKind.GOOGLE].times.open_times(host(), None, HOUR, DAY)
    [asked] = httpx_mock.get_requests()
    assert b"grant_type=refresh_token" in asked.content


async def test_calcom_is_asked_at_the_settings_address_with_their_key_and_version(
    httpx_mock: HTTPXMock,
) -> None:
    httpx_mock.add_response(status_code=400, json={"status": "error", "error": {}})
    async with chosen(
        calcom_api_key="cal_live_1",
        calcom_api_base="http://127.0.0.1:1",
        calcom_bookings_version="2024-08-13",
    ) as providers:
        with pytest.raises(ProviderError):
            await providers.calendars[CalendarKind.CALCOM].entries.cancel(
                appointment(ref="uid", event_type="7"), reason="Over."
            )
    asked = httpx_mock.get_requests()[0]
    assert asked.url.host == "127.0.0.1"
    assert asked.headers["authorization"] == "Bearer cal_live_1"
    assert asked.headers["cal-api-version"] == "2024-08-13"


async def test_a_hosts_address_room_is_below_the_settings_address() -> None:
    async with chosen(meeting_base_url="https://meet.shop.test/x/") as providers:
        room = await providers.rooms[VideoKind.ADDRESS].open(
            appointment(), key=BOOKING_ID, until=NOON
        )
    assert room.url == f"https://meet.shop.test/x/session-{BOOKING_ID}"


async def test_a_calendars_own_room_is_that_of_the_hosts_or_else_the_default_calendar() -> None:
    async with chosen(
        default_calendar=CalendarKind.CALCOM,
        calcom_api_key="cal_live_1",
        calcom_api_base="http://127.0.0.1:1",
    ) as providers:
        rooms = providers.rooms[VideoKind.CALENDAR]
        wanted = appointment(host=host(calendar=CalendarKind.GOOGLE), ref="e")
        with pytest.raises(ProviderError) as google:
            await rooms.open(wanted, key=BOOKING_ID, until=NOON)
        wanted = appointment(host=host(calendar=None), ref="e")
        with pytest.raises(ProviderError) as default:
            await rooms.open(wanted, key=BOOKING_ID, until=NOON)
    assert (google.value.vendor, default.value.vendor) == ("google", "calcom")
