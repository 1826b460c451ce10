"""Which class serves which port, chosen by the settings."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from services.providers.builtin import AddressRooms, BuiltinCalendar
from services.providers.ports import (
    Calendar,
    Checkouts,
    Customers,
    EventVerifier,
    Mail,
    Refunds,
    Rooms,
)
from services.providers.smtp import Smtp
from services.providers.stripe_checkouts import StripeCheckouts, StripeCustomers
from services.providers.stripe_client import connect
from services.providers.stripe_refunds import StripeRefunds
from services.providers.stripe_webhooks import StripeWebhooks
from services.settings import Settings


@dataclass(frozen=True, slots=True)
class Providers:
    """One object for each port, and how to close what they hold open."""

    customers: Customers
    checkouts: Checkouts
    refunds: Refunds
    events: EventVerifier
    calendar: Calendar
    rooms: Rooms
    mail: Mail
    close: Callable[[], Awaitable[None]]


def choose(settings: Settings, *, calendar: Calendar | None = None) -> Providers:
    """The providers that these settings switch on. The sandbox brings its own `calendar`."""
    assert settings.stripe_secret_key is not None
    assert settings.stripe_webhook_secret is not None
    assert settings.smtp_url is not None
    client, close = connect(
        settings.stripe_secret_key.get_secret_value(), api_base=settings.stripe_api_base
    )
    return Providers(
        customers=StripeCustomers(client),
        checkouts=StripeCheckouts(client),
        refunds=StripeRefunds(client),
        events=StripeWebhooks(settings.stripe_webhook_secret.get_secret_value()),
        calendar=calendar or BuiltinCalendar(),
        rooms=AddressRooms(settings.meeting_base_url),
        mail=Smtp(settings.smtp_url.get_secret_value(), settings.email_from),
        close=close,
    )
