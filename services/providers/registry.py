"""Which class serves which port, chosen by the settings: naming a service switches it on."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from services.domain.models import VideoKind
from services.providers import daily, sendgrid, zoom
from services.providers import supabase_platform as supabase
from services.providers import telegram as telegram_bot
from services.providers.billing_ports import Billing, Disputes
from services.providers.builtin import AddressRooms, RoomsNotSetUp
from services.providers.calendar_ports import Calendars, Rooms
from services.providers.calendly_ports import SchedulingPage
from services.providers.connect_ports import Connect
from services.providers.entry_rooms import EntryRooms
from services.providers.message_ports import (
    Accounts,
    Broadcasts,
    ChannelDoor,
    Chat,
    Mail,
    MailEvents,
)
from services.providers.ports import Checkouts, Customers, EventVerifier, Refunds
from services.providers.registry_calendars import choose_calendars
from services.providers.sendgrid_events import SendgridEvents
from services.providers.smtp import Smtp
from services.providers.stripe_accounts import StripePayoutAccounts
from services.providers.stripe_checkouts import StripeCheckouts
from services.providers.stripe_client import Stripe, connect
from services.providers.stripe_customers import StripeCustomers
from services.providers.stripe_disputes import StripeDisputes
from services.providers.stripe_invoices import StripeInvoices
from services.providers.stripe_portal import StripePortal
from services.providers.stripe_prices import StripePrices
from services.providers.stripe_refunds import StripeRefunds
from services.providers.stripe_subscriptions import StripeSubscriptions
from services.providers.stripe_transfers import StripeTransfers
from services.providers.stripe_webhooks import StripeWebhooks
from services.providers.zoom_tokens import TokenShelf
from services.settings import Settings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Providers:
    """One object for each port, None for what is not set up, and how to close what is open."""

    customers: Customers
    checkouts: Checkouts
    refunds: Refunds
    billing: Billing
    disputes: Disputes
    connect: Connect
    events: EventVerifier
    calendars: Calendars
    scheduling_page: SchedulingPage | None
    rooms: Mapping[VideoKind, Rooms]
    mail: Mail
    mail_events: MailEvents | None
    chat: Chat | None
    channels: ChannelDoor | None
    accounts: Accounts | None
    broadcasts: Broadcasts | None
    close: Callable[[], Awaitable[None]]


def choose(settings: Settings, *, tokens: TokenShelf, now: Callable[[], datetime]) -> Providers:
    """The providers that these settings switch on.

    `tokens` is shared by all processes; `now` is the clock that rests, waits and ends are told by.
    """
    chosen = _Chosen(settings, tokens, now)
    assert settings.stripe_secret_key is not None
    assert settings.stripe_webhook_secret is not None
    stripe = chosen.opened(
        connect(
            settings.stripe_secret_key.get_secret_value(),
            api_base=settings.stripe_api_base,
            now=now,
        )
    )
    calendars, page = choose_calendars(settings, chosen.open, now)
    bot = chosen.bot()
    platform = chosen.platform()
    return Providers(
        customers=StripeCustomers(stripe),
        checkouts=StripeCheckouts(stripe),
        refunds=StripeRefunds(stripe),
        billing=_billing(stripe),
        disputes=StripeDisputes(stripe),
        connect=Connect(accounts=StripePayoutAccounts(stripe), transfers=StripeTransfers(stripe)),
        events=StripeWebhooks(settings.stripe_webhook_secret.get_secret_value()),
        calendars=calendars,
        scheduling_page=page,
        rooms=chosen.rooms(calendars),
        mail=chosen.mail(),
        mail_events=SendgridEvents(key) if (key := settings.sendgrid_webhook_key) else None,
        chat=bot,
        channels=bot.channels if bot else None,
        accounts=platform,
        broadcasts=platform,
        close=chosen.open.aclose,
    )


def _billing(stripe: Stripe) -> Billing:
    return Billing(
        subscriptions=StripeSubscriptions(stripe),
        invoices=StripeInvoices(stripe),
        prices=StripePrices(stripe),
        portal=StripePortal(stripe),
    )


class _Chosen:
    """What was chosen so far, and in `open` how to close it."""

    def __init__(self, settings: Settings, tokens: TokenShelf, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._tokens = tokens
        self._now = now
        self.open = AsyncExitStack()

    def opened(self, made: tuple[T, Callable[[], Awaitable[None]]]) -> T:
        thing, close = made
        self.open.push_async_callback(close)
        return thing

    def rooms(self, calendars: Calendars) -> Mapping[VideoKind, Rooms]:
        return {
            VideoKind.ADDRESS: AddressRooms(self._settings.meeting_base_url),
            VideoKind.ZOOM: self._zoom(),
            VideoKind.DAILY: self._daily(),
            VideoKind.CALENDAR: EntryRooms(calendars, self._settings.default_calendar),
        }

    def _zoom(self) -> Rooms:
        settings = self._settings
        if settings.zoom_account_id is None:
            return RoomsNotSetUp("zoom", "ZOOM_ACCOUNT_ID")
        assert settings.zoom_client_id is not None
        assert settings.zoom_client_secret is not None
        return self.opened(
            zoom.connect(
                settings.zoom_account_id,
                settings.zoom_client_id,
                settings.zoom_client_secret.get_secret_value(),
                tokens=self._tokens,
                api_base=settings.zoom_api_base,
                oauth_base=settings.zoom_oauth_base,
                now=self._now,
            )
        )

    def _daily(self) -> Rooms:
        settings = self._settings
        if settings.daily_api_key is None:
            return RoomsNotSetUp("daily", "DAILY_API_KEY")
        key = settings.daily_api_key.get_secret_value()
        return self.opened(daily.connect(key, settings.daily_api_base, now=self._now))

    def mail(self) -> Mail:
        settings = self._settings
        if settings.sendgrid_api_key is not None:
            return self.opened(
                sendgrid.connect(
                    settings.sendgrid_api_key.get_secret_value(),
                    settings.email_from,
                    base=settings.sendgrid_api_base,
                    template_id=settings.sendgrid_template_id,
                    now=self._now,
                )
            )
        assert settings.smtp_url is not None
        return Smtp(settings.smtp_url.get_secret_value(), settings.email_from, now=self._now)

    def bot(self) -> telegram_bot.TelegramBot | None:
        settings = self._settings
        if settings.telegram_bot_token is None:
            return None
        return self.opened(
            telegram_bot.connect(
                settings.telegram_bot_token.get_secret_value(),
                base=settings.telegram_api_base,
                link_base=settings.telegram_link_base,
                now=self._now,
            )
        )

    def platform(self) -> supabase.SupabasePlatform | None:
        settings = self._settings
        if settings.supabase_secret_key is None or settings.supabase_url is None:
            return None
        return self.opened(
            supabase.connect(
                settings.supabase_url,
                settings.supabase_secret_key.get_secret_value(),
                now=self._now,
            )
        )
