"""How a type gets at what belongs to it: batched, and only what the viewer may see."""

from typing import Protocol
from uuid import UUID

from services.domain.models import Booking, Host, Meeting, Payment, SessionType
from services.domain.story import BookingStep


class Loaders(Protocol):
    """The loaders of one request; the resolvers' context has them."""

    async def host(self, host_id: UUID) -> Host: ...

    async def session_type(self, session_type_id: UUID) -> SessionType: ...

    async def meeting(self, booking_id: UUID) -> Meeting | None: ...

    async def payments(self, booking_id: UUID) -> list[Payment]: ...

    async def steps(self, booking_id: UUID) -> list[BookingStep]: ...

    async def has_scheduling_page(self, booking: Booking) -> bool: ...

    async def booking(self, booking_id: UUID) -> Booking | None: ...


class HasLoaders(Protocol):
    """What types ask of the context."""

    @property
    def loaders(self) -> Loaders: ...
