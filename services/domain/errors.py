"""Everything a signed-in user can run into: each refusal with its stable code and its sentence.

A code here is a value of the GraphQL enum `ErrorCode`; a test holds the two lists equal.
Messages are shown to users as they are, so they name no internals.
"""

from collections.abc import Sequence
from typing import ClassVar

from services.domain.slots import Interval


class DomainError(Exception):
    """A refusal the caller can act upon; everything else that is raised is a bug."""

    code: ClassVar[str]

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidInput(DomainError):
    """A value of the request is outside what is allowed; `field` is its GraphQL name."""

    code = "VALIDATION"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class NotFound(DomainError):
    """Also what a stranger sees of an object that is not theirs."""

    code = "NOT_FOUND"

    def __init__(self, thing: str) -> None:
        super().__init__(f"We could not find this {thing}.")
        self.thing = thing


class SlotTaken(DomainError):
    """Somebody else holds or booked the time; `alternatives` are open slots near it."""

    code = "SLOT_TAKEN"

    def __init__(self, alternatives: Sequence[Interval] = ()) -> None:
        super().__init__("This time has just been taken. Please choose another one.")
        self.alternatives = tuple(alternatives)


class SlotUnavailable(DomainError):
    """The time is not one the host offers: outside their hours, notice, horizon or daily cap."""

    code = "SLOT_UNAVAILABLE"

    def __init__(self, message: str = "This time is not open for booking.") -> None:
        super().__init__(message)


class TooManyHolds(DomainError):
    code = "TOO_MANY_HOLDS"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"You already hold {limit} unpaid times. Please pay for one or cancel it first."
        )
        self.limit = limit


class AlreadyPaid(DomainError):
    code = "ALREADY_PAID"

    def __init__(self) -> None:
        super().__init__("This booking is already paid for.")


class PaymentNotFound(DomainError):
    code = "PAYMENT_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("We could not find this payment.")


class PaymentFailed(DomainError):
    """`reason` is the payment service's own sentence for the payer, where it gave one."""

    code = "PAYMENT_FAILED"

    def __init__(self, reason: str | None = None) -> None:
        super().__init__(reason or "The payment did not go through. You have not been charged.")
        self.reason = reason


class PaymentProcessing(DomainError):
    """A delayed method was used: the money is on its way, and a time that is `held` stays so."""

    code = "PAYMENT_PROCESSING"

    def __init__(self, *, held: bool = True) -> None:
        more = " Your time stays held meanwhile." if held else ""
        super().__init__(f"Your payment is still being processed.{more}")


class BookingRejected(DomainError):
    """Paid, but it could not be booked: the money goes back by itself."""

    code = "BOOKING_REJECTED"

    def __init__(self, reason: str | None = None) -> None:
        why = f" {reason}" if reason else ""
        super().__init__(f"The session could not be booked; your money goes back to you.{why}")
        self.reason = reason


class PaymentUnderReview(DomainError):
    """The money came, but something is odd about it: a named person decides."""

    code = "PAYMENT_UNDER_REVIEW"

    def __init__(self) -> None:
        super().__init__(
            "Your payment has arrived, but it needs a look by a person. "
            "Please don't pay again: you will hear from us."
        )


class PaymentProviderUnavailable(DomainError):
    """The payment service did not answer; the same request may be sent again."""

    code = "PAYMENT_PROVIDER_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("The payment service cannot be reached just now. Please try again.")


class NotCancellable(DomainError):
    code = "NOT_CANCELLABLE"

    def __init__(self, message: str = "This booking can no longer be cancelled.") -> None:
        super().__init__(message)


class NotSchedulable(DomainError):
    """Nothing to place: not paid, placed already, or over."""

    code = "NOT_SCHEDULABLE"

    def __init__(self, message: str = "This booking cannot be given a time now.") -> None:
        super().__init__(message)


class CursorInvalid(DomainError):
    code = "CURSOR_INVALID"

    def __init__(self) -> None:
        super().__init__("This page marker is not valid. Please start again from the first page.")


class IdempotencyConflict(DomainError):
    """The key was used before with other arguments (Stripe refuses the same)."""

    code = "IDEMPOTENCY_CONFLICT"

    def __init__(self) -> None:
        super().__init__("This idempotency key was already used for a different request.")


class ReturnUrlRefused(DomainError):
    """Sending a payer to any address that a request names would be an open redirect."""

    code = "RETURN_URL_REFUSED"

    def __init__(self, field: str) -> None:
        super().__init__("This return address is not one that the service may send you to.")
        self.field = field


class CalendarUnavailable(DomainError):
    """The host's own calendar did not say when it is free, and unknown is not free."""

    code = "CALENDAR_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("The host's calendar cannot be asked just now. Please try again soon.")


class EmailRequired(DomainError):
    """The host's calendar invites by e-mail, and the account has no address."""

    code = "EMAIL_REQUIRED"

    def __init__(self) -> None:
        super().__init__("Please add an e-mail address to your account: this host invites by it.")


class TelegramUnavailable(DomainError):
    """There is no bot, or Telegram did not answer."""

    code = "TELEGRAM_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("Telegram cannot be linked just now. Please try again soon.")


class AlreadySubscribed(DomainError):
    """Changes of a subscription are made in the portal, not by a second one."""

    code = "ALREADY_SUBSCRIBED"

    def __init__(self) -> None:
        super().__init__(
            "You have this plan already. You can change or end it under Manage subscription."
        )


class NoBilling(DomainError):
    """Nothing was ever paid or begun, so there is nothing to manage."""

    code = "NO_BILLING"

    def __init__(self) -> None:
        super().__init__("There is nothing to manage yet: you have not bought anything.")


class NoCredits(DomainError):
    """`left` are the session credits that the client has, `needed` what the session costs."""

    code = "NO_CREDITS"

    def __init__(self, *, left: int, needed: int) -> None:
        super().__init__(
            f"This session costs {needed} session credit{'s' if needed > 1 else ''}; "
            f"you have {left}."
        )
        self.left = left
        self.needed = needed


class NotForCredits(DomainError):
    code = "NOT_FOR_CREDITS"

    def __init__(self) -> None:
        super().__init__("This session cannot be booked with session credits.")
