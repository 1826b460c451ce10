"""The product's running parts, handed to every use case."""

from dataclasses import dataclass

from services.db import Database
from services.domain.clock import Clock
from services.providers.ports import (
    Calendar,
    Checkouts,
    Customers,
    EventVerifier,
    Mail,
    Refunds,
    Rooms,
)
from services.settings import Settings


@dataclass(frozen=True, slots=True)
class App:
    """Everything a use case may touch; put together in server.py."""

    settings: Settings
    db: Database
    clock: Clock
    customers: Customers
    checkouts: Checkouts
    refunds: Refunds
    events: EventVerifier
    calendar: Calendar
    rooms: Rooms
    mail: Mail
