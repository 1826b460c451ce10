"""The host's own scheduling page: a paid client gets a link that takes one choice."""

from uuid import UUID

from services import appointments, story
from services.app import App
from services.domain.booking import Status
from services.domain.models import CalendarKind, Host, SessionType
from services.domain.story import StepKind
from services.store import booking_places


def used_by(app: App, host: Host, session_type: SessionType) -> bool:
    """Whether the host's clients choose their time there rather than in our slot picker."""
    kind = appointments.calendar_of(app, host).kind
    has_page = app.scheduling_page is not None and session_type.calendar_event_type is not None
    return kind is CalendarKind.CALENDLY and has_page


async def offer(app: App, booking_id: UUID) -> None:
    """Job: make the client's link. A repeat makes a new one; the old one still takes one choice,
    and of two choices the second is called off."""
    case = await appointments.read(app, booking_id)
    booking, event_type = case.booking, case.session_type.calendar_event_type
    if booking.status is not Status.PENDING or booking.starts_at is not None:
        return
    if not used_by(app, case.host, case.session_type):
        return
    assert app.scheduling_page is not None
    assert event_type is not None
    url = await app.scheduling_page.link(booking_id, event_type)
    async with app.db.transaction() as conn:
        await booking_places.set_scheduling_url(conn, booking_id, url)
        await story.step(app, conn, booking_id, StepKind.PAGE_OFFERED)
