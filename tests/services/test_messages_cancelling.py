"""What client and host read of who called a session off, and the host of what they have of it."""

from dataclasses import replace

import pytest

from services.domain.models import NotificationKind
from services.domain.payouts import PayoutStatus
from services.domain.policy import Absent, Party
from services.messages.compose import compose
from services.messages.facts import Facts
from services.messages.languages import Language
from tests.services.messages_rig import (
    HOST,
    PAID_OUT,
    came_back,
    of_booking,
    of_payout,
    paid_in,
)
from tests.services.test_messages import FOR_HOST

EN = Language.ENGLISH
Kind = NotificationKind
TO_BOTH = (Kind.BOOKING_CANCELLED, Kind.HOST_CANCELLED)


def openings(facts: Facts, language: Language = EN) -> list[str]:
    """What the client reads first, and what the host."""
    return [compose(kind, facts, language).body.partition("\n\n")[0] for kind in TO_BOTH]


# --- who called it off ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "client_reads", "host_reads"),
    [
        (
            Party.CLIENT,
            "You have called your session off.",
            "The client has called this session off.",
        ),
        (
            Party.HOST,
            "The host has called your session off.",
            "You have called this session off.",
        ),
        (
            Party.OPERATOR,
            "We have called your session off.",
            "We have called this session off.",
        ),
        (
            Party.BANK,
            "Your session does not take place, because its payment was disputed.",
            "This session does not take place, because the client's bank has returned the payment.",
        ),
    ],
)
def test_client_and_host_read_who_called_it_off(
    by: Party, client_reads: str, host_reads: str
) -> None:
    assert openings(of_booking(called_off_by=by)) == [client_reads, host_reads]


@pytest.mark.parametrize(
    ("reason", "client_reads", "host_reads"),
    [
        (
            "The host called it off in their Calendly.",
            "The host has called your session off.",
            "You have called this session off.",
        ),
        (
            "The client called it off in the host's Calendly.",
            "You have called your session off.",
            "The client has called this session off.",
        ),
        (
            "The payment was returned by the seller.",
            "Your session does not take place. The payment was returned by the seller.",
            "This session does not take place. The payment was returned by the seller.",
        ),
    ],
)
def test_a_reason_is_added_only_where_it_says_more(
    reason: str, client_reads: str, host_reads: str
) -> None:
    assert openings(of_booking(status_reason=reason)) == [client_reads, host_reads]


def test_a_host_who_did_not_come_has_not_called_it_off() -> None:
    facts = of_booking(
        absent=Absent.HOST, called_off_by=Party.HOST, status_reason="The host did not come."
    )
    assert openings(facts) == [
        "Your session did not take place, because the host did not come.",
        "This session did not take place, because you did not come.",
    ]


# --- what the host has of it ---------------------------------------------------------------------


def kept_by(by: Party, *, returned_minor: int, keeps: bool) -> Facts:
    host = replace(HOST, keeps_cancellation_fees=keeps)
    return came_back(returned_minor, replace(of_booking(called_off_by=by), host=host))


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (
            kept_by(Party.CLIENT, returned_minor=2700, keeps=True),
            "Of the 90.00 USD paid, 63.00 USD is kept by the terms. It is paid out to you, less "
            "the platform's fee.",
        ),
        (
            paid_in("KWD", 0, kept_by(Party.CLIENT, returned_minor=0, keeps=True)),
            "Of the 9.000 KWD paid, 9.000 KWD is kept by the terms. It is paid out to you, less "
            "the platform's fee.",
        ),
        (
            kept_by(Party.CLIENT, returned_minor=9000, keeps=True),
            "Nothing is paid out for it.",
        ),
        (
            kept_by(Party.CLIENT, returned_minor=2700, keeps=False),
            "Nothing is paid out for it.",
        ),
        (kept_by(Party.HOST, returned_minor=2700, keeps=True), "Nothing is paid out for it."),
        (
            came_back(9000, of_payout(PAID_OUT)),
            "What was paid out to you for it is taken back as far as the money goes back to the "
            "client.",
        ),
    ],
)
def test_the_host_reads_what_is_paid_out(facts: Facts, said: str) -> None:
    assert compose(Kind.HOST_CANCELLED, facts, EN).body.endswith(f"{FOR_HOST}\n\n{said}")


def test_while_a_bank_decides_nobody_says_what_is_taken_back() -> None:
    facts = replace(of_payout(PAID_OUT), disputed=True)
    assert compose(Kind.HOST_CANCELLED, facts, EN).body.endswith(FOR_HOST)
    sending = replace(of_payout(status=PayoutStatus.SENDING), disputed=True)
    body = compose(Kind.HOST_CANCELLED, sending, EN).body
    assert body.endswith(f"{FOR_HOST}\n\nNothing is paid out for it.")
