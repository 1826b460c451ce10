"""Refusals of who calls off, moves or marks a session, and of who is paid as a host."""

from datetime import datetime

from services.domain.errors import DomainError
from services.domain.money import Money


class TooLate(DomainError):
    """`until` is the last moment at which it could be done by the terms of the booking."""

    code = "TOO_LATE"

    def __init__(self, message: str, until: datetime) -> None:
        super().__init__(message)
        self.until = until


class QuoteChanged(DomainError):
    """What comes back is no longer what the client was shown: it is to be shown again."""

    code = "QUOTE_CHANGED"

    def __init__(self, refund: Money) -> None:
        super().__init__(f"What you get back has changed meanwhile: it is {refund} now.")
        self.refund = refund


class PaymentDisputed(DomainError):
    """The payer asked their bank for the money: it decides now, not we."""

    code = "PAYMENT_DISPUTED"

    def __init__(self) -> None:
        super().__init__("Your bank is deciding about this payment. Please wait for its answer.")


class NotReschedulable(DomainError):
    code = "NOT_RESCHEDULABLE"

    def __init__(self, message: str = "This booking cannot be given another time.") -> None:
        super().__init__(message)


class NotMarkable(DomainError):
    """Nobody can have been absent: it has not begun, does not take place, or is long over."""

    code = "NOT_MARKABLE"

    def __init__(self, message: str = "This booking cannot be marked so now.") -> None:
        super().__init__(message)


class AccountRejected(DomainError):
    """Stripe has turned the host away for good."""

    code = "ACCOUNT_REJECTED"

    def __init__(self) -> None:
        super().__init__("Stripe has refused your account for good. Please write to the seller.")


class NotAHost(DomainError):
    code = "NOT_A_HOST"

    def __init__(self) -> None:
        super().__init__("Only hosts can do this, and your account is no host's.")
