"""Free trials: when their end is spoken of, and those that the adopter's own code has granted."""

from datetime import datetime, timedelta
from uuid import UUID

from services import entitlements, notifications
from services.app import App
from services.domain.models import NotificationKind
from services.store import subscriptions as store

NOTICE = timedelta(days=3)
"""How long before its end a trial is spoken of; Stripe's event comes as early."""


def ends_soon(trial_end: datetime | None, now: datetime) -> bool:
    return trial_end is not None and trial_end - now <= NOTICE


def round_of(moment: datetime | None) -> int:
    """A number that is the same for the same moment."""
    return int(moment.timestamp()) // 3600 if moment else 0


async def look(app: App, subscription_id: UUID) -> None:
    """Take note of a trial that was granted here, of which no event tells: what it gives is given,
    and its end is told of in time."""
    now = app.clock.now()
    async with app.db.transaction() as conn:
        row = await entitlements.lock(conn, subscription_id)
        if not row.is_own_trial or row.trial_end is None or row.trial_end <= now:
            return
        await store.looked_at(conn, row.id, now=now)
        await entitlements.changed(app, conn, row)
        if ends_soon(row.trial_end, now):
            await notifications.announce_plan(
                app,
                conn,
                row.id,
                NotificationKind.TRIAL_ENDING,
                round_=round_of(row.trial_end),
            )
