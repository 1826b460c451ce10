"""How far a payout and a host's account have come, and each reason in one sentence."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import strawberry

from services.domain import payouts

Reason = payouts.PayoutReason

SENTENCES: Mapping[Reason, str] = {
    Reason.NOT_DUE: "The session is still to come, or the payment has to rest a while longer.",
    Reason.DUE: "It is due and sent by the next run, within the hour.",
    Reason.NO_ACCOUNT: "There is no account to pay into yet: connect one.",
    Reason.REQUIREMENTS_DUE: "Stripe needs more details before the account can be paid into.",
    Reason.ACCOUNT_CLOSED: "The account at Stripe is closed; the seller has to be asked.",
    Reason.DISPUTED: "The client's bank was asked for the money; it waits for the bank's answer.",
    Reason.REFUND_UNDER_WAY: "Money is going back to the client; it waits for the end of that.",
    Reason.UNDER_REVIEW: "A person looks after the payment; it waits for what they decide.",
    Reason.ON_HOLD: "The seller holds it back.",
    Reason.BELOW_MINIMUM: "What is left of the payment is less than can be paid out.",
    Reason.INSUFFICIENT_FUNDS: "The money has not arrived at Stripe yet; it is tried every hour.",
    Reason.REFUSED: "Stripe did not do it; the seller was told and it is tried every hour.",
    Reason.REFUNDED: "The client got all the money back.",
    Reason.DISPUTE_LOST: "The client's bank returned the money to the client.",
    Reason.NOT_HELD: "The session did not take place.",
    Reason.HOST_ABSENT: "The host did not come, so the client got the money back.",
    Reason.HOST_BALANCE_SHORT: (
        "What went back to the client can't be taken back yet, for the account holds too little; "
        "it is tried every hour."
    ),
    Reason.UNDERPAID: "Too much was taken back; the seller was told and makes it good.",
}
"""For the host; the operator reads the same."""


@strawberry.enum(description="How far a payout has come.")
class PayoutStatus(Enum):
    WAITING = strawberry.enum_value("WAITING", description="For what `reason` says.")
    SENDING = strawberry.enum_value("SENDING", description="Stripe is being asked for it.")
    PAID = strawberry.enum_value(
        "PAID", description="It was transferred; a part may have been taken back since."
    )
    REVERSED = strawberry.enum_value(
        "REVERSED", description="It was transferred, and all of it was taken back."
    )
    CANCELLED = strawberry.enum_value(
        "CANCELLED", description="Nothing is paid out, for what `reason` says."
    )


def _reason(reason: Reason) -> Any:
    return strawberry.enum_value(reason.value, description=SENTENCES[reason])


@strawberry.enum(
    description="Why a payout was not made, or why what was too much can't be taken back."
)
class PayoutReason(Enum):
    NOT_DUE = _reason(Reason.NOT_DUE)
    DUE = _reason(Reason.DUE)
    NO_ACCOUNT = _reason(Reason.NO_ACCOUNT)
    REQUIREMENTS_DUE = _reason(Reason.REQUIREMENTS_DUE)
    ACCOUNT_CLOSED = _reason(Reason.ACCOUNT_CLOSED)
    DISPUTED = _reason(Reason.DISPUTED)
    REFUND_UNDER_WAY = _reason(Reason.REFUND_UNDER_WAY)
    UNDER_REVIEW = _reason(Reason.UNDER_REVIEW)
    ON_HOLD = _reason(Reason.ON_HOLD)
    BELOW_MINIMUM = _reason(Reason.BELOW_MINIMUM)
    INSUFFICIENT_FUNDS = _reason(Reason.INSUFFICIENT_FUNDS)
    REFUSED = _reason(Reason.REFUSED)
    REFUNDED = _reason(Reason.REFUNDED)
    DISPUTE_LOST = _reason(Reason.DISPUTE_LOST)
    NOT_HELD = _reason(Reason.NOT_HELD)
    HOST_ABSENT = _reason(Reason.HOST_ABSENT)
    HOST_BALANCE_SHORT = _reason(Reason.HOST_BALANCE_SHORT)
    UNDERPAID = _reason(Reason.UNDERPAID)


@strawberry.enum(description="How far a host's account at Stripe is.")
class PayoutAccountStatus(Enum):
    CREATING = strawberry.enum_value(
        "CREATING", description="Begun here; Stripe has not made it yet."
    )
    ONBOARDING = strawberry.enum_value(
        "ONBOARDING", description="The host has not told Stripe everything it asked for."
    )
    RESTRICTED = strawberry.enum_value(
        "RESTRICTED", description="Stripe wants more, or checks what it was told."
    )
    ACTIVE = strawberry.enum_value("ACTIVE", description="Payouts arrive.")
    CLOSED = strawberry.enum_value("CLOSED", description="It was rejected or closed for good.")
