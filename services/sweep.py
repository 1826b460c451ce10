"""The sweeper: the rows, not the queue, are the truth; what stands still is started again."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from services import jobs, reminders, trials
from services.app import App
from services.db import Conn
from services.domain.jobs import Job
from services.domain.models import CalendarKind, NotificationKind
from services.store import (
    payout_lists,
    queue,
    received_events,
    standstill,
    standstill_billing,
    standstill_payouts,
)
from services.store import telegram as telegram_store

log = logging.getLogger(__name__)

PATIENCE = timedelta(minutes=1)
"""How long something may stand before it is looked at; a job on its way is quicker."""

SLOW = timedelta(hours=1)
"""For what takes its time: banks take days for a refund, which is read back hourly in case its
webhook was lost."""

DAY = timedelta(days=1)
"""Each subscription is read back as often, in case its last news were lost."""

LOG_KEPT = timedelta(days=30)


async def sweep(app: App, _: str = "") -> None:
    """Job, every minute: queue the next job of everything that stands still."""
    now = app.clock.now()
    before = now - PATIENCE
    async with app.db.transaction() as conn:
        await standstill.without_jit(conn)
        found = [
            *await _money(conn, now, before),
            *await _bookings(conn, now, before),
            *await _pages(app, conn, before),
            *await _plans(conn, now, before),
            *await _messages(conn, now, before),
        ]
    for job, subjects in found:
        for subject in subjects:
            await _again(app, job, subject)


Found = list[tuple[Job, Iterable[UUID | str]]]


async def _money(conn: Conn, now: datetime, before: datetime) -> Found:
    sent = await standstill.refunds(conn, unsent_since=before, under_way_since=now - SLOW)
    return [
        (Job.END_HOLD, await standstill.lapsed_holds(conn, now)),
        (Job.REFUND, await standstill.rejected_unreturned(conn, before)),
        (Job.REFUND, sent),
        (Job.CONCLUDE, await standstill.paid_without_outcome(conn, now - SLOW)),
        (Job.PAY_OUT, await payout_lists.stuck(conn, before)),
        (Job.READ_PAYOUT_ACCOUNT, await standstill_payouts.accounts_to_read(conn, now=now)),
        (Job.STRIPE_EVENT, await standstill.open_events(conn, before)),
    ]


async def _bookings(conn: Conn, now: datetime, before: datetime) -> Found:
    return [
        (Job.BOOK_CALENDAR, await standstill.not_in_calendar(conn, before)),
        (Job.OPEN_MEETING, await standstill.without_meeting(conn, before, now)),
        (Job.SHOW_LINK, await standstill.links_not_shown(conn, before, now)),
        (Job.MOVE_CALENDAR, await standstill.unmoved(conn, before, now)),
        (Job.LEAVE_CALENDAR, await standstill.still_in_calendar(conn, before)),
        (Job.CLOSE_ROOM, await standstill.rooms_to_close(conn, now)),
        (Job.END_PLACEMENT, await standstill.unplaced(conn, now)),
        (Job.REMIND_PLACEMENT, await standstill.unplaced_unreminded(conn, now)),
    ]


async def _plans(conn: Conn, now: datetime, before: datetime) -> Found:
    to_read = await standstill_billing.subscriptions_to_read(
        conn, now=now, due_since=before, before=now - DAY
    )
    unsettled = await standstill_billing.paid_without_outcome(conn, now - SLOW)
    own_trials = await standstill_billing.own_trials(conn, now, trials.NOTICE)
    return [
        (Job.END_CHECKOUT, await standstill_billing.ended_checkouts(conn, now)),
        (Job.READ_SUBSCRIPTION, {*to_read, *unsettled, *own_trials}),
        (Job.END_DUPLICATE, await standstill_billing.duplicates(conn, before)),
        (Job.END_OWNERLESS, await standstill_billing.ownerless(conn, before)),
        (Job.END_CHECKOUT, await standstill_billing.processing(conn, now)),
        (Job.LAPSE, await standstill_billing.lapsed(conn, now)),
        (
            Job.CHANNEL_ACCESS,
            await standstill_billing.accesses_to_move(conn, now=now, before=before),
        ),
    ]


async def _pages(app: App, conn: Conn, before: datetime) -> Found:
    if app.scheduling_page is None:
        return []
    default = app.settings.default_calendar is CalendarKind.CALENDLY
    return [
        (Job.OFFER_PAGE, await standstill.without_page(conn, before, default=default)),
        (Job.CALENDLY_EVENT, await standstill.open_received(conn, "calendly", before)),
    ]


async def _messages(conn: Conn, now: datetime, before: datetime) -> Found:
    in_a_day = await standstill.reminders_due(
        conn,
        kind=NotificationKind.REMINDER_DAY,
        now=now,
        from_=reminders.DAY,
        to=reminders.HOUR,
        fresh=reminders.TOO_FRESH,
    )
    in_an_hour = await standstill.reminders_due(
        conn,
        kind=NotificationKind.REMINDER_HOUR,
        now=now,
        from_=reminders.HOUR,
        to=timedelta(),
        fresh=reminders.TOO_FRESH,
    )
    return [
        (Job.NOTIFY, await standstill.queued_notifications(conn, before)),
        (Job.TELEGRAM_UPDATE, await standstill.open_received(conn, "telegram", before)),
        (Job.REMIND, in_a_day),
        (Job.REMIND, in_an_hour),
    ]


async def _again(app: App, job: Job, subject: UUID | str) -> None:
    async with app.db.transaction() as conn:
        if await queue.waiting(conn, job, str(subject)):
            return
        await jobs.enqueue(conn, job, subject, cause="sweep")
    log.info("started again", extra={"job": job, "subject": subject})


async def prune(app: App) -> None:
    """Forget what was finished long ago."""
    async with app.db.transaction() as conn:
        before = app.clock.now() - LOG_KEPT
        await queue.prune(conn, before)
        await received_events.prune(conn, before)
        await telegram_store.prune_links(conn, before)
