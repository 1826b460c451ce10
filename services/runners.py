"""RUNNERS: which function does which job."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from services import (
    calendar_moves,
    calendly_events,
    channel,
    fulfilment,
    holds,
    meetings,
    notifications,
    payments,
    payout_accounts,
    payout_transfers,
    payouts,
    refunds,
    reminders,
    scheduling,
    scheduling_page,
    settlement,
    stripe_events,
    subscription_ends,
    subscriptions,
    sweep,
    telegram,
)
from services.app import App
from services.domain.jobs import Job


@dataclass(frozen=True, slots=True)
class Runner:
    """What a job does, what it leaves behind when it can't, and after how many tries.

    A `lossy` job may be forgotten: the sweeper asks for it again, or it only saves work.
    """

    run: Callable[[App, str], Awaitable[None]]
    give_up: Callable[[App, str, str], Awaitable[None]] | None = None
    tries: int = 25
    lossy: bool = False


def _of_row(run: Callable[[App, UUID], Awaitable[None]]) -> Callable[[App, str], Awaitable[None]]:
    async def with_id(app: App, subject: str) -> None:
        await run(app, UUID(subject))

    return with_id


def _gave_up(
    give_up: Callable[[App, UUID], Awaitable[None]],
) -> Callable[[App, str, str], Awaitable[None]]:
    async def with_id(app: App, subject: str, _why: str) -> None:
        await give_up(app, UUID(subject))

    return with_id


async def _refund_gave_up(app: App, subject: str, why: str) -> None:
    await refunds.give_up(app, UUID(subject), why)


async def _move_gave_up(app: App, subject: str, why: str) -> None:
    await calendar_moves.move_gave_up(app, UUID(subject), why)


async def _payout_gave_up(app: App, subject: str, why: str) -> None:
    await payout_transfers.give_up(app, UUID(subject), why)


async def _run_payouts(app: App, _: str) -> None:
    await payouts.run(app)


RUNNERS: Mapping[Job, Runner] = {
    Job.STRIPE_EVENT: Runner(stripe_events.handle),
    Job.END_HOLD: Runner(_of_row(holds.end_hold), lossy=True),
    Job.BOOK_CALENDAR: Runner(
        _of_row(fulfilment.book_calendar), _gave_up(fulfilment.calendar_gave_up)
    ),
    Job.LEAVE_CALENDAR: Runner(_of_row(fulfilment.leave_calendar)),
    Job.MOVE_CALENDAR: Runner(_of_row(calendar_moves.move_calendar), _move_gave_up),
    Job.OPEN_MEETING: Runner(_of_row(meetings.open_meeting), _gave_up(meetings.meeting_gave_up)),
    Job.SHOW_LINK: Runner(_of_row(meetings.show_link)),
    Job.CLOSE_ROOM: Runner(_of_row(meetings.close_room)),
    Job.OFFER_PAGE: Runner(_of_row(scheduling_page.offer)),
    Job.CALENDLY_EVENT: Runner(calendly_events.handle, calendly_events.give_up),
    Job.REFUND: Runner(_of_row(refunds.send), _refund_gave_up),
    Job.PAY_OUT: Runner(_of_row(payout_transfers.pay_out), _payout_gave_up),
    Job.RUN_PAYOUTS: Runner(_run_payouts, lossy=True),
    Job.READ_PAYOUT_ACCOUNT: Runner(_of_row(payout_accounts.read_back), lossy=True),
    Job.READ_SUBSCRIPTION: Runner(_of_row(subscriptions.look), lossy=True),
    Job.END_DUPLICATE: Runner(_of_row(subscription_ends.end_duplicate)),
    Job.END_OWNERLESS: Runner(_of_row(subscription_ends.end_ownerless)),
    Job.LAPSE: Runner(_of_row(subscription_ends.lapse), lossy=True),
    Job.END_CHECKOUT: Runner(_of_row(settlement.end_checkout), lossy=True),
    Job.CHANNEL_ACCESS: Runner(_of_row(channel.settle)),
    Job.NOTIFY: Runner(_of_row(notifications.deliver), _gave_up(notifications.give_up)),
    Job.BROADCAST: Runner(_of_row(notifications.broadcast), tries=3, lossy=True),
    Job.REMIND: Runner(_of_row(reminders.remind), lossy=True),
    Job.TELEGRAM_UPDATE: Runner(telegram.handle, telegram.give_up, tries=4),
    Job.CONCLUDE: Runner(_of_row(payments.conclude), lossy=True),
    Job.REMIND_PLACEMENT: Runner(_of_row(scheduling.remind), lossy=True),
    Job.END_PLACEMENT: Runner(_of_row(scheduling.lapse), lossy=True),
    Job.SWEEP: Runner(sweep.sweep, tries=1, lossy=True),
}
