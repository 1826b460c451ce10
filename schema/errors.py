"""Expected failures as data: UserError, its codes, and how a DomainError becomes one."""

from datetime import datetime
from enum import Enum

import strawberry

from schema.money import Money
from schema.session_types import Slot
from services.domain import errors, refusals


@strawberry.enum(description="Why a request was refused; stable, so clients may branch on it.")
class ErrorCode(Enum):
    VALIDATION = strawberry.enum_value(
        "VALIDATION", description="A value of the request is outside what is allowed."
    )
    NOT_FOUND = strawberry.enum_value(
        "NOT_FOUND", description="There is no such object, or it is not the viewer's."
    )
    SLOT_TAKEN = strawberry.enum_value(
        "SLOT_TAKEN", description="Somebody else holds or booked this time."
    )
    SLOT_UNAVAILABLE = strawberry.enum_value(
        "SLOT_UNAVAILABLE", description="The host does not offer this time."
    )
    TOO_MANY_HOLDS = strawberry.enum_value(
        "TOO_MANY_HOLDS", description="The viewer holds as many unpaid times as one person may."
    )
    ALREADY_PAID = strawberry.enum_value(
        "ALREADY_PAID", description="The booking is paid for; no checkout is needed."
    )
    PAYMENT_NOT_FOUND = strawberry.enum_value(
        "PAYMENT_NOT_FOUND", description="No payment of the viewer has this id."
    )
    PAYMENT_FAILED = strawberry.enum_value(
        "PAYMENT_FAILED", description="The payment did not go through."
    )
    PAYMENT_PROCESSING = strawberry.enum_value(
        "PAYMENT_PROCESSING",
        description="The payment is under way and not settled yet; ask again later.",
    )
    BOOKING_REJECTED = strawberry.enum_value(
        "BOOKING_REJECTED", description="Paid but not booked; the money goes back by itself."
    )
    PAYMENT_UNDER_REVIEW = strawberry.enum_value(
        "PAYMENT_UNDER_REVIEW",
        description="The money came and a named person looks after it; do not pay again.",
    )
    PAYMENT_PROVIDER_UNAVAILABLE = strawberry.enum_value(
        "PAYMENT_PROVIDER_UNAVAILABLE",
        description="The payment service did not answer; the same request may be sent again.",
    )
    CALENDAR_UNAVAILABLE = strawberry.enum_value(
        "CALENDAR_UNAVAILABLE",
        description="The host's calendar did not answer; the same request may be sent again.",
    )
    EMAIL_REQUIRED = strawberry.enum_value(
        "EMAIL_REQUIRED",
        description="The account has no e-mail address, by which this host's calendar invites.",
    )
    TELEGRAM_UNAVAILABLE = strawberry.enum_value(
        "TELEGRAM_UNAVAILABLE",
        description="There is no bot here, or Telegram did not answer.",
    )
    NOT_CANCELLABLE = strawberry.enum_value(
        "NOT_CANCELLABLE", description="The booking can no longer be cancelled."
    )
    TOO_LATE = strawberry.enum_value(
        "TOO_LATE", description="The terms of the booking do not allow it any more."
    )
    QUOTE_CHANGED = strawberry.enum_value(
        "QUOTE_CHANGED",
        description="Not so much comes back as the client was shown; show the new answer first.",
    )
    PAYMENT_DISPUTED = strawberry.enum_value(
        "PAYMENT_DISPUTED",
        description="The payer's bank decides about the payment; nothing changes until then.",
    )
    NOT_RESCHEDULABLE = strawberry.enum_value(
        "NOT_RESCHEDULABLE", description="The booking cannot be given another time."
    )
    NOT_MARKABLE = strawberry.enum_value(
        "NOT_MARKABLE",
        description="The session has not begun, does not take place, or is over for too long.",
    )
    ACCOUNT_REJECTED = strawberry.enum_value(
        "ACCOUNT_REJECTED", description="Stripe has turned the viewer away as a host for good."
    )
    NOT_A_HOST = strawberry.enum_value(
        "NOT_A_HOST", description="Only hosts can do this, and the viewer is none."
    )
    NOT_SCHEDULABLE = strawberry.enum_value(
        "NOT_SCHEDULABLE", description="The booking cannot be given a time now."
    )
    CURSOR_INVALID = strawberry.enum_value(
        "CURSOR_INVALID", description="The cursor is not one that this list returned."
    )
    IDEMPOTENCY_CONFLICT = strawberry.enum_value(
        "IDEMPOTENCY_CONFLICT", description="The idempotency key was used for a different request."
    )
    RETURN_URL_REFUSED = strawberry.enum_value(
        "RETURN_URL_REFUSED",
        description="The return address is not one the service may send a payer to.",
    )
    ALREADY_SUBSCRIBED = strawberry.enum_value(
        "ALREADY_SUBSCRIBED",
        description="The viewer has this plan; `portalUrl` leads to where it is changed.",
    )
    NO_BILLING = strawberry.enum_value(
        "NO_BILLING", description="The viewer has bought nothing that could be managed."
    )
    NO_CREDITS = strawberry.enum_value(
        "NO_CREDITS", description="The viewer has fewer session credits than the session costs."
    )
    NOT_FOR_CREDITS = strawberry.enum_value(
        "NOT_FOR_CREDITS", description="The session can be had for money only."
    )


@strawberry.interface(description="An expected failure, with a sentence that may be shown.")
class UserError:
    code: ErrorCode = strawberry.field(description="Why the request was refused.")
    message: str = strawberry.field(description="One English sentence for the user.")


@strawberry.type(description="A failure that its code and message say all about.")
class RequestError(UserError):
    pass


@strawberry.type(description="A value of the request is outside what is allowed.")
class InvalidInputError(UserError):
    field: str = strawberry.field(description="GraphQL name of the input field at fault.")


@strawberry.type(description="The chosen time was lost to somebody else.")
class SlotTakenError(UserError):
    alternatives: list[Slot] = strawberry.field(
        description="Open times near the lost one, soonest first; may be empty."
    )


@strawberry.type(description="The viewer has fewer session credits than the session costs.")
class NoCreditsError(UserError):
    left: int = strawberry.field(description="Session credits that the viewer has.")
    needed: int = strawberry.field(description="Session credits that the session costs.")


@strawberry.type(description="The terms of the booking do not allow it any more.")
class TooLateError(UserError):
    until: datetime = strawberry.field(description="Until when it could be done.")


@strawberry.type(description="Not so much comes back as the client was shown; nothing was done.")
class QuoteChangedError(UserError):
    refund: Money = strawberry.field(description="What comes back now.")


def as_data(error: errors.DomainError) -> UserError:
    """The richest type there is for this failure."""
    code = ErrorCode(error.code)
    match error:
        case errors.SlotTaken():
            return SlotTakenError(
                code=code,
                message=error.message,
                alternatives=[Slot.of(interval) for interval in error.alternatives],
            )
        case errors.InvalidInput() | errors.ReturnUrlRefused():
            return InvalidInputError(code=code, message=error.message, field=error.field)
        case errors.NoCredits():
            return NoCreditsError(
                code=code, message=error.message, left=error.left, needed=error.needed
            )
        case refusals.TooLate():
            return TooLateError(code=code, message=error.message, until=error.until)
        case refusals.QuoteChanged():
            return QuoteChangedError(
                code=code, message=error.message, refund=Money.of(error.refund)
            )
        case _:
            return RequestError(code=code, message=error.message)


# An interface's implementations are not reachable from the fields that return it, so the
# schema has to be told of them.
ERROR_TYPES = (
    RequestError,
    InvalidInputError,
    SlotTakenError,
    NoCreditsError,
    TooLateError,
    QuoteChangedError,
)
