"""Bookings, their meeting links and their payments, as clients see them."""

from datetime import datetime
from typing import Annotated, Self

import strawberry
from strawberry import Info

from schema.loading import HasLoaders
from schema.money import Money
from schema.plans import PlanSubscription
from schema.policies import Absent, CalledOffBy, CancellationPolicy
from schema.refunds import PaymentRefund
from schema.session_types import Host, SessionType
from schema.statuses import BookingStatus, PaymentOutcome, PaymentStatus
from schema.steps import BookingStep
from services.domain import models, money, payments
from services.domain.booking import Status


@strawberry.type(description="The video room of a booking.")
class Meeting:
    url: str = strawberry.field(description="Where to meet.")
    expires_at: datetime = strawberry.field(
        description="From when on the link is no longer given out."
    )

    @classmethod
    def of(cls, row: models.Meeting) -> Self:
        return cls(url=row.url, expires_at=row.expires_at)


@strawberry.type(description="Money that a client paid, or tried to pay, for a session or a plan.")
class Payment:
    row: strawberry.Private[payments.Payment]
    id: strawberry.ID = strawberry.field(description="UUID of the payment.")
    status: PaymentStatus = strawberry.field(description="Whether the money came.")
    amount: Money = strawberry.field(description="How much.")
    refunded: Money = strawberry.field(
        description="How much of it went back by refunds or is on its way; `refunds` lists them."
    )
    lost_to_dispute: Money = strawberry.field(
        description="How much of it the payer's bank returned after disputes; zero if nothing."
    )
    outcome: PaymentOutcome | None = strawberry.field(
        description="How it ended; null while it is on its way."
    )
    outcome_reason: str | None = strawberry.field(
        description=(
            "Why it was refunded, waits for a person, or is kept for a session that was called "
            "off; null otherwise."
        )
    )
    failure_reason: str | None = strawberry.field(
        description="Why the payment failed; null if it did not."
    )
    receipt_url: str | None = strawberry.field(
        description="Stripe's receipt; null before the money came."
    )
    invoice_number: str | None = strawberry.field(
        description="Number of its invoice; null without one, as for sessions."
    )
    invoice_url: str | None = strawberry.field(
        description=(
            "The invoice on Stripe's page, where an unpaid one can be paid; null without one."
        )
    )
    invoice_pdf_url: str | None = strawberry.field(
        description="The invoice as a PDF; null without one."
    )
    period_start: datetime | None = strawberry.field(
        description="Start of the period it paid for; null for a session."
    )
    period_end: datetime | None = strawberry.field(
        description="End of that period; null for a session and for what is kept for good."
    )
    disputed: bool = strawberry.field(
        description="Whether the payer asked their bank for it back, however that ended."
    )
    paid_at: datetime | None = strawberry.field(
        description="When the money came; null before that."
    )
    created_at: datetime = strawberry.field(description="When the payment was first heard of.")

    @strawberry.field(
        description="The session it paid for; null for a plan, and if the booking is gone."
    )
    async def booking(
        self, info: Info[HasLoaders, None]
    ) -> Annotated["Booking", strawberry.lazy("schema.bookings")] | None:
        if self.row.booking_id is None:
            return None
        found = await info.context.loaders.booking(self.row.booking_id)
        return Booking.of(found) if found else None

    @strawberry.field(description="Every refund of it that was asked for, oldest first.")
    async def refunds(self, info: Info[HasLoaders, None]) -> list[PaymentRefund]:
        return [PaymentRefund.of(row) for row in await info.context.loaders.refunds(self.row.id)]

    @strawberry.field(description="The subscription it paid for; null for a session.")
    async def subscription(self, info: Info[HasLoaders, None]) -> PlanSubscription | None:
        if self.row.subscription_id is None:
            return None
        found = await info.context.loaders.subscription(self.row.subscription_id)
        return PlanSubscription.of(found) if found else None

    @classmethod
    def of(cls, row: payments.Payment) -> Self:
        return cls(
            row=row,
            id=strawberry.ID(str(row.id)),
            status=PaymentStatus(row.status.value),
            amount=Money.of(row.amount),
            refunded=Money.of(money.Money(row.amount_refunded_minor, row.amount.currency)),
            lost_to_dispute=Money.of(money.Money(row.amount_lost_minor, row.amount.currency)),
            outcome=PaymentOutcome(row.outcome.value) if row.outcome else None,
            outcome_reason=row.outcome_reason,
            failure_reason=row.failure_reason,
            receipt_url=row.receipt_url,
            invoice_number=row.invoice_number,
            invoice_url=row.invoice_url,
            invoice_pdf_url=row.invoice_pdf_url,
            period_start=row.period_start,
            period_end=row.period_end,
            disputed=row.dispute_status is not None,
            paid_at=row.paid_at,
            created_at=row.created_at,
        )


@strawberry.type(description="A session somebody books: from the hold of its time to its end.")
class Booking:
    row: strawberry.Private[models.Booking]
    id: strawberry.ID = strawberry.field(description="UUID of the booking.")
    status: BookingStatus = strawberry.field(description="How far it has come.")
    status_reason: str | None = strawberry.field(
        description="Why it was cancelled or rejected; null otherwise."
    )
    starts_at: datetime | None = strawberry.field(
        description="Start; null while a session paid first has no time yet."
    )
    ends_at: datetime | None = strawberry.field(description="End; null like the start.")
    price: Money = strawberry.field(
        description="The price when it was booked, also where credits took its place."
    )
    credits: int | None = strawberry.field(
        description="How many session credits it was booked with; null when it is paid with money."
    )
    hold_expires_at: datetime | None = strawberry.field(
        description="Until when an unpaid booking holds its time; null once it is paid or over."
    )
    place_by: datetime | None = strawberry.field(
        description="Until when a session paid first must be given its time; null otherwise."
    )
    needs_time: bool = strawberry.field(
        description="Whether it is paid and waits for `scheduleBooking`."
    )
    scheduling_url: str | None = strawberry.field(
        description=(
            "Single-use address at which to choose the time on the host's own page; null while it "
            "is made, and where `scheduleBooking` is the only way."
        )
    )
    cancellation_policy: CancellationPolicy = strawberry.field(
        description="Its terms as agreed when it was booked; later changes are for later bookings."
    )
    called_off_by: CalledOffBy | None = strawberry.field(
        description="Who called it off after it was paid for; null if nobody did."
    )
    absent: Absent | None = strawberry.field(
        description="Who did not come, as host or seller told; null if nobody told so."
    )
    reschedules: int = strawberry.field(description="How often its client gave it another time.")
    created_at: datetime = strawberry.field(description="When the booking was begun.")

    @strawberry.field(description="What was booked.")
    async def session_type(self, info: Info[HasLoaders, None]) -> SessionType:
        return SessionType.of(await info.context.loaders.session_type(self.row.session_type_id))

    @strawberry.field(description="With whom.")
    async def host(self, info: Info[HasLoaders, None]) -> Host:
        return Host.of(await info.context.loaders.host(self.row.host_id))

    @strawberry.field(
        description=(
            "The meeting link; null before the room is open, after the link expired, and while "
            "the payment is disputed."
        )
    )
    async def meeting(self, info: Info[HasLoaders, None]) -> Meeting | None:
        found = await info.context.loaders.meeting(self.row.id)
        return Meeting.of(found) if found else None

    @strawberry.field(
        description="Whether its time is chosen on the host's own page, such as Calendly."
    )
    async def has_scheduling_page(self, info: Info[HasLoaders, None]) -> bool:
        return await info.context.loaders.has_scheduling_page(self.row)

    @strawberry.field(description="What happened so far, oldest first.")
    async def steps(self, info: Info[HasLoaders, None]) -> list[BookingStep]:
        return [BookingStep.of(row) for row in await info.context.loaders.steps(self.row.id)]

    @strawberry.field(description="Every payment made or tried for it, newest first.")
    async def payments(self, info: Info[HasLoaders, None]) -> list[Payment]:
        return [Payment.of(row) for row in await info.context.loaders.payments(self.row.id)]

    @classmethod
    def of(cls, row: models.Booking) -> Self:
        unpaid = row.status is Status.AWAITING_PAYMENT
        needs_time = row.status is Status.PENDING and row.starts_at is None
        return cls(
            row=row,
            id=strawberry.ID(str(row.id)),
            status=BookingStatus(row.status.value),
            status_reason=row.status_reason,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            price=Money.of(row.price),
            credits=row.credits,
            hold_expires_at=row.hold_expires_at if unpaid else None,
            place_by=row.place_by,
            needs_time=needs_time,
            scheduling_url=row.scheduling_url if needs_time else None,
            cancellation_policy=CancellationPolicy.of(row.policy),
            called_off_by=CalledOffBy(row.called_off_by.value) if row.called_off_by else None,
            absent=Absent(row.absent.value) if row.absent else None,
            reschedules=row.reschedules,
            created_at=row.created_at,
        )
