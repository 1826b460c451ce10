"""Which class serves each kind of calendar, chosen by the settings."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

from services.domain.models import CalendarKind
from services.providers import calcom, calendly, google_calendar
from services.providers.builtin import builtin_calendar, calendar_not_set_up
from services.providers.busy_cache import CachedTimes
from services.providers.calendar_ports import Calendars, HostCalendar
from services.providers.calendly_ports import SchedulingPage
from services.settings import Settings


def choose_calendars(
    settings: Settings, to_close: AsyncExitStack, now: Callable[[], datetime]
) -> tuple[Calendars, SchedulingPage | None]:
    """A calendar for every kind, also for one without its key, and Calendly's page if it is set up.

    What they open is closed with `to_close`.
    """
    chosen = _Chosen(settings, to_close, now)
    calendly_calendar, page = chosen.calendly()
    found = (builtin_calendar(), chosen.calcom(), chosen.google(), calendly_calendar)
    return {calendar.kind: chosen.cached(calendar) for calendar in found}, page


class _Chosen:
    def __init__(
        self, settings: Settings, to_close: AsyncExitStack, now: Callable[[], datetime]
    ) -> None:
        self._settings = settings
        self._to_close = to_close
        self._now = now

    def _opened(self, made: tuple[HostCalendar, Callable[[], Awaitable[None]]]) -> HostCalendar:
        calendar, close = made
        self._to_close.push_async_callback(close)
        return calendar

    def cached(self, calendar: HostCalendar) -> HostCalendar:
        if calendar.kind is CalendarKind.BUILTIN:
            return calendar
        keep = timedelta(seconds=self._settings.busy_cache_seconds)
        times = CachedTimes(calendar.times, keep=keep)
        return HostCalendar(calendar.kind, calendar.entries, times, calendar.links)

    def calcom(self) -> HostCalendar:
        settings = self._settings
        if settings.calcom_api_key is None:
            return calendar_not_set_up(CalendarKind.CALCOM, "calcom", "CALCOM_API_KEY")
        return self._opened(
            calcom.connect(
                settings.calcom_api_key.get_secret_value(),
                settings.calcom_api_base,
                bookings_version=settings.calcom_bookings_version,
                now=self._now,
            )
        )

    def google(self) -> HostCalendar:
        settings = self._settings
        account, refresh = settings.google_service_account_json, settings.google_refresh_token
        api_base, oauth_base = settings.google_api_base, settings.google_oauth_base
        if account is not None:
            return self._opened(
                google_calendar.connect_service_account(
                    account.get_secret_value(),
                    api_base=api_base,
                    oauth_base=oauth_base,
                    now=self._now,
                )
            )
        if refresh is None:
            missing = "GOOGLE_SERVICE_ACCOUNT_JSON"
            return calendar_not_set_up(CalendarKind.GOOGLE, "google", missing)
        assert settings.google_client_id is not None
        assert settings.google_client_secret is not None
        return self._opened(
            google_calendar.connect_refresh_token(
                settings.google_client_id,
                settings.google_client_secret.get_secret_value(),
                refresh.get_secret_value(),
                api_base=api_base,
                oauth_base=oauth_base,
                now=self._now,
            )
        )

    def calendly(self) -> tuple[HostCalendar, SchedulingPage | None]:
        settings = self._settings
        if settings.calendly_api_token is None:
            missing = "CALENDLY_API_TOKEN"
            return calendar_not_set_up(CalendarKind.CALENDLY, "calendly", missing), None
        key = settings.calendly_webhook_signing_key
        calendar, page, close = calendly.connect(
            settings.calendly_api_token.get_secret_value(),
            settings.calendly_api_base,
            page_base=settings.calendly_page_base,
            signing_key=key.get_secret_value() if key else None,
            public_url=settings.public_url,
            now=self._now,
        )
        self._to_close.push_async_callback(close)
        return calendar, page
