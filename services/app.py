"""The product's running parts, handed to every use case."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.db import Database
from services.domain.clock import Clock
from services.domain.models import VideoKind
from services.providers.billing_ports import Billing, Disputes
from services.providers.calendar_ports import Calendars, Rooms
from services.providers.calendly_ports import SchedulingPage
from services.providers.connect_ports import Connect
from services.providers.message_ports import (
    Accounts,
    Broadcasts,
    ChannelDoor,
    Chat,
    Mail,
    MailEvents,
)
from services.providers.ports import Checkouts, Customers, EventVerifier, Refunds
from services.settings import Settings


@dataclass(frozen=True, slots=True)
class App:
    """Everything a use case may touch; put together in server.py.

    What is None is not set up: no Calendly page, no Telegram bot, no webhook of SendGrid, no
    Supabase secret key.
    """

    settings: Settings
    db: Database
    clock: Clock
    customers: Customers
    checkouts: Checkouts
    refunds: Refunds
    billing: Billing
    disputes: Disputes
    connect: Connect
    events: EventVerifier
    calendars: Calendars
    rooms: Mapping[VideoKind, Rooms]
    scheduling_page: SchedulingPage | None
    mail: Mail
    mail_events: MailEvents | None
    chat: Chat | None
    channels: ChannelDoor | None
    accounts: Accounts | None
    broadcasts: Broadcasts | None
