"""The signed-in person and their messages, as clients see them."""

from datetime import datetime
from enum import Enum
from typing import Self

import strawberry
from strawberry import Info

from schema.bookings import Booking
from schema.entitlements import Entitlements
from schema.loading import HasLoaders
from schema.plans import PlanSubscription
from services.domain import models


@strawberry.type(description="The signed-in person.")
class Me:
    row: strawberry.Private[models.User]
    id: strawberry.ID = strawberry.field(description="UUID of the user, as in Supabase Auth.")
    email: str | None = strawberry.field(
        description="Where confirmations go; null if the sign-in gave none."
    )
    name: str | None = strawberry.field(description="Name; null if the sign-in gave none.")
    time_zone: str | None = strawberry.field(
        description="IANA zone in which messages print times; null means UTC."
    )
    language: str | None = strawberry.field(
        description="BCP 47 language of messages; null until it is known, which means English."
    )
    telegram_linked: bool = strawberry.field(
        description="Whether messages also go to a Telegram chat; `createTelegramLink` links one."
    )
    paid: bool = strawberry.field(
        description="Whether there is a payment of theirs that was not returned."
    )
    unread_notifications: int = strawberry.field(description="Messages in the app not read yet.")
    bookings_to_place: list[Booking] = strawberry.field(
        description="Paid sessions whose time is not chosen yet, oldest first."
    )

    @strawberry.field(
        description="Whether they sell sessions here: `hostBookings` and `myPayouts` are for hosts."
    )
    async def is_host(self, info: Info[HasLoaders, None]) -> bool:
        return await info.context.loaders.viewer_host() is not None

    @strawberry.field(description="What their plans give them now.")
    async def entitlements(self, info: Info[HasLoaders, None]) -> Entitlements:
        loaders = info.context.loaders
        return Entitlements.of(
            await loaders.entitlements(self.row.id), invite_url=loaders.invite_url
        )

    @strawberry.field(
        description=(
            "Their subscriptions that ever began: those that go on first, newest first, at most 50."
        )
    )
    async def subscriptions(self, info: Info[HasLoaders, None]) -> list[PlanSubscription]:
        rows = await info.context.loaders.subscriptions_of(self.row.id)
        return [PlanSubscription.of(row) for row in rows]

    @classmethod
    def of(cls, row: models.User, *, unread: int, to_place: list[models.Booking]) -> Self:
        return cls(
            row=row,
            id=strawberry.ID(str(row.id)),
            email=row.email,
            name=row.name,
            time_zone=row.time_zone,
            language=row.language,
            telegram_linked=row.telegram_id is not None and row.telegram_blocked_at is None,
            paid=row.paid,
            unread_notifications=unread,
            bookings_to_place=[Booking.of(booking) for booking in to_place],
        )


@strawberry.enum(description="What a message is about.")
class NotificationKind(Enum):
    BOOKING_CONFIRMED = strawberry.enum_value(
        "BOOKING_CONFIRMED", description="The session takes place."
    )
    BOOKING_REJECTED = strawberry.enum_value(
        "BOOKING_REJECTED",
        description="It could not be booked; the money, or the session credit, goes back.",
    )
    BOOKING_CANCELLED = strawberry.enum_value(
        "BOOKING_CANCELLED", description="The session does not take place."
    )
    BOOKING_RESCHEDULED = strawberry.enum_value(
        "BOOKING_RESCHEDULED", description="The session takes place at another time."
    )
    REMINDER_DAY = strawberry.enum_value(
        "REMINDER_DAY", description="The session begins within a day."
    )
    REMINDER_HOUR = strawberry.enum_value(
        "REMINDER_HOUR", description="The session begins within an hour."
    )
    MEETING_LINK = strawberry.enum_value(
        "MEETING_LINK", description="The meeting link, when it came after the confirmation."
    )
    CHOOSE_TIME = strawberry.enum_value("CHOOSE_TIME", description="Paid; a time has to be chosen.")
    CHOOSE_TIME_REMINDER = strawberry.enum_value(
        "CHOOSE_TIME_REMINDER", description="Paid, and still no time chosen."
    )
    BOOKING_KEPT_TIME = strawberry.enum_value(
        "BOOKING_KEPT_TIME",
        description="The host's calendar did not take the new time; the session keeps its old one.",
    )
    CLIENT_ABSENT = strawberry.enum_value(
        "CLIENT_ABSENT",
        description="They did not come to a session; says what comes back by its terms.",
    )
    PART_RETURNED = strawberry.enum_value(
        "PART_RETURNED", description="A part of what they paid for a session goes back."
    )
    PAYMENT_WAITING = strawberry.enum_value(
        "PAYMENT_WAITING",
        description="A person looks after a payment that could not end by itself.",
    )
    PAYMENT_RETURNED = strawberry.enum_value(
        "PAYMENT_RETURNED", description="A second payment for the same session went back."
    )
    SUBSCRIPTION_STARTED = strawberry.enum_value(
        "SUBSCRIPTION_STARTED",
        description="A plan has begun, or its trial.",
    )
    TRIAL_ENDING = strawberry.enum_value(
        "TRIAL_ENDING",
        description="A trial ends soon; says what is paid then.",
    )
    RENEWAL_FAILED = strawberry.enum_value(
        "RENEWAL_FAILED",
        description="A payment of a subscription failed; what it gives goes on for a while.",
    )
    GRACE_OVER = strawberry.enum_value(
        "GRACE_OVER",
        description="A failed payment was not made up for, and what the plan gives has ended.",
    )
    SUBSCRIPTION_ENDING = strawberry.enum_value(
        "SUBSCRIPTION_ENDING",
        description="A subscription was cancelled and goes on until a day.",
    )
    SUBSCRIPTION_ENDED = strawberry.enum_value(
        "SUBSCRIPTION_ENDED",
        description="A subscription has ended.",
    )
    CHANNEL_INVITE = strawberry.enum_value(
        "CHANNEL_INVITE",
        description="The link into a private channel.",
    )
    CHANNEL_LEFT = strawberry.enum_value(
        "CHANNEL_LEFT",
        description="The access to a private channel has ended.",
    )
    PLAN_PAYMENT_RETURNED = strawberry.enum_value(
        "PLAN_PAYMENT_RETURNED",
        description="A payment of a plan went back.",
    )
    PLAN_PAYMENT_WAITING = strawberry.enum_value(
        "PLAN_PAYMENT_WAITING",
        description="A person looks after a payment of a plan that could not end by itself.",
    )


@strawberry.type(description="A message to the viewer in the app.")
class Notification:
    row: strawberry.Private[models.Notification]
    id: strawberry.ID = strawberry.field(description="UUID of the message.")
    kind: NotificationKind = strawberry.field(description="What it is about.")
    title: str = strawberry.field(description="Heading.")
    body: str = strawberry.field(description="Plain text.")
    read_at: datetime | None = strawberry.field(
        description="When it was marked read; null before that."
    )
    created_at: datetime = strawberry.field(description="When it was written.")

    @strawberry.field(description="The booking it is about; null if it is about none.")
    async def booking(self, info: Info[HasLoaders, None]) -> Booking | None:
        if self.row.booking_id is None:
            return None
        found = await info.context.loaders.booking(self.row.booking_id)
        return Booking.of(found) if found else None

    @strawberry.field(description="The subscription it is about; null if it is about none.")
    async def subscription(self, info: Info[HasLoaders, None]) -> PlanSubscription | None:
        if self.row.subscription_id is None:
            return None
        found = await info.context.loaders.subscription(self.row.subscription_id)
        return PlanSubscription.of(found) if found else None

    @classmethod
    def of(cls, row: models.Notification) -> Self:
        return cls(
            row=row,
            id=strawberry.ID(str(row.id)),
            kind=NotificationKind(row.kind.value),
            title=row.title,
            body=row.body,
            read_at=row.read_at,
            created_at=row.created_at,
        )
