"""What a host reads of disputes and of their payouts, in English and with every kind of money."""

from dataclasses import replace

import pytest

from services.domain.booking import Status
from services.domain.models import NotificationKind
from services.domain.money import Money
from services.domain.payouts import PayoutReason, PayoutStatus
from services.messages.compose import WRITERS, compose
from services.messages.facts import Facts, Text
from services.messages.languages import Language
from tests.services.messages_rig import FACTS, PAGES, PAID_OUT, PAYOUT, of_booking, of_payout
from tests.services.test_messages import FOR_HOST, KYIV
from tests.services.test_messages import TEXTS as OTHER_TEXTS

EN = Language.ENGLISH
Kind = NotificationKind
NOT_HELD = of_payout(status=PayoutStatus.CANCELLED, reason=PayoutReason.NOT_HELD)

TEXTS = {
    NotificationKind.HOST_DISPUTED: Text(
        f"Payment disputed: Mentoring session, {KYIV}",
        "The client's bank has asked for the money of this session. We answer the bank; there is "
        f"nothing for you to do unless we ask you.\n\n{FOR_HOST}\n\n"
        "The payout waits until the bank has decided. "
        "If the session is still to come, the client gets no meeting link until then.",
    ),
    NotificationKind.HOST_DISPUTE_WON: Text(
        f"Dispute settled: Mentoring session, {KYIV}",
        "The dispute about this session is over, and its money stays with us."
        f"\n\n{FOR_HOST}\n\nThe payout goes on as planned.",
    ),
    NotificationKind.HOST_DISPUTE_LOST: Text(
        f"Dispute lost: Mentoring session, {KYIV}",
        "The bank has decided for the client, and the money of this session has gone back."
        f"\n\n{FOR_HOST}\n\nNothing is paid out for it.",
    ),
    NotificationKind.HOST_PAID_OUT: Text(
        f"Paid out: Mentoring session, {KYIV}",
        "Your share of this session has been transferred to your account at Stripe."
        f"\n\n{FOR_HOST}\n\n"
        "Paid by the client: 90.00 USD\nPlatform's fee: 9.00 USD\nYour share: 81.00 USD",
    ),
    NotificationKind.HOST_PAYOUT_BLOCKED: Text(
        f"Your payout waits for you: Mentoring session, {KYIV}",
        "For this session 81.00 USD is due to you, but it can't be paid out yet."
        f"\n\n{FOR_HOST}\n\nTo be paid out, go on here: {PAGES}/account#payouts",
    ),
    NotificationKind.HOST_PAYOUT_REVERSED: Text(
        f"Payout taken back: Mentoring session, {KYIV}",
        "More than your share had been paid out, so the rest was taken back from your account at "
        f"Stripe.\n\n{FOR_HOST}\n\n"
        "Paid by the client: 90.00 USD\nPlatform's fee: 9.00 USD\nYour share: 81.00 USD",
    ),
}


@pytest.mark.parametrize("kind", TEXTS)
def test_a_message_says_exactly_this(kind: Kind) -> None:
    assert compose(kind, FACTS, EN) == TEXTS[kind]


def test_every_kind_about_a_booking_is_held_to_its_words() -> None:
    assert set(TEXTS) | set(OTHER_TEXTS) == set(WRITERS)


@pytest.mark.parametrize("kind", TEXTS)
def test_a_session_without_a_time_is_named_without_one(kind: Kind) -> None:
    text = compose(kind, of_booking(starts_at=None, ends_at=None), EN)
    assert text.title == TEXTS[kind].title.removesuffix(f", {KYIV}")
    assert text.body == TEXTS[kind].body.replace(f"\n{KYIV}", "")


# --- disputes ------------------------------------------------------------------------------------

LINK = "If the session is still to come, the client gets no meeting link until then."


@pytest.mark.parametrize(
    ("kind", "facts", "ending"),
    [
        (
            Kind.HOST_DISPUTED,
            of_payout(PAID_OUT),
            "It was paid out to you already, and is taken back only if the bank decides for the "
            f"client. {LINK}",
        ),
        (
            Kind.HOST_DISPUTED,
            replace(FACTS, payout=None),
            f"The payout waits until the bank has decided. {LINK}",
        ),
        (Kind.HOST_DISPUTED, NOT_HELD, LINK),
        (Kind.HOST_DISPUTED, of_booking(NOT_HELD, status=Status.CANCELLED), FOR_HOST),
        (Kind.HOST_DISPUTE_WON, of_payout(PAID_OUT), "What was paid out to you stays yours."),
        (Kind.HOST_DISPUTE_WON, NOT_HELD, FOR_HOST),
        (Kind.HOST_DISPUTE_WON, replace(FACTS, payout=None), FOR_HOST),
        (
            Kind.HOST_DISPUTE_LOST,
            of_payout(PAID_OUT),
            "What was paid out to you for it is taken back as far as the money goes back to the "
            "client.",
        ),
        (Kind.HOST_DISPUTE_LOST, replace(FACTS, payout=None), "Nothing is paid out for it."),
    ],
)
def test_a_dispute_says_what_it_means_for_the_payout(kind: Kind, facts: Facts, ending: str) -> None:
    opening = TEXTS[kind].body.partition("\n\n")[0]
    body = compose(kind, facts, EN).body
    assert body == opening + f"\n\n{FOR_HOST}" + ("" if ending is FOR_HOST else f"\n\n{ending}")


# --- payouts -------------------------------------------------------------------------------------


def statement(kind: Kind, facts: Facts) -> list[str]:
    return compose(kind, facts, EN).body.split("\n\n")[-1].split("\n")


@pytest.mark.parametrize(
    ("currency", "paid", "returned", "fee", "net"),
    [
        ("USD", "90.00 USD", "45.00 USD", "4.50 USD", "40.50 USD"),
        ("JPY", "9,000 JPY", "4,500 JPY", "450 JPY", "4,050 JPY"),
        ("KWD", "9.000 KWD", "4.500 KWD", "0.450 KWD", "4.050 KWD"),
    ],
)
def test_a_payout_says_how_it_comes_about_in_its_own_currency(
    currency: str, paid: str, returned: str, fee: str, net: str
) -> None:
    facts = of_payout(
        PAID_OUT,
        amount=Money(9000, currency),
        returned_minor=4500,
        fee_minor=450,
        net_minor=4050,
        transfer=Money(4050, currency),
    )
    assert statement(Kind.HOST_PAID_OUT, facts) == [
        f"Paid by the client: {paid}",
        f"Gone back to the client: {returned}",
        f"Platform's fee: {fee}",
        f"Your share: {net}",
    ]


def test_without_a_fee_none_is_named() -> None:
    facts = of_payout(PAID_OUT, fee_minor=0, net_minor=9000, transfer=Money(9000, "USD"))
    assert statement(Kind.HOST_PAID_OUT, facts) == [
        "Paid by the client: 90.00 USD",
        "Your share: 90.00 USD",
    ]


def test_a_payout_that_moved_in_another_currency_says_what_arrived() -> None:
    facts = of_payout(PAID_OUT, transfer=Money(7450, "EUR"))
    assert statement(Kind.HOST_PAID_OUT, facts)[-2:] == [
        "Your share: 81.00 USD",
        "Transferred: 74.50 EUR",
    ]


def test_what_was_taken_back_is_said_with_what_went_back_to_the_client() -> None:
    facts = of_payout(
        PAID_OUT, returned_minor=4500, fee_minor=450, net_minor=4050, reversed_minor=4050
    )
    body = compose(Kind.HOST_PAYOUT_REVERSED, facts, EN).body
    assert body.startswith(
        "Money of this session went back to the client, so what you had too much was taken back "
        "from your account at Stripe.\n\n"
    )
    assert statement(Kind.HOST_PAYOUT_REVERSED, facts) == [
        "Paid by the client: 90.00 USD",
        "Gone back to the client: 45.00 USD",
        "Platform's fee: 4.50 USD",
        "Your share: 40.50 USD",
        "Transferred: 81.00 USD",
        "Taken back in all: 40.50 USD",
    ]


def test_what_was_taken_back_is_in_the_currency_of_its_transfer() -> None:
    facts = of_payout(
        PAID_OUT,
        status=PayoutStatus.REVERSED,
        amount=Money(9000, "JPY"),
        returned_minor=9000,
        fee_minor=0,
        net_minor=0,
        transfer=Money(48120, "KWD"),
        reversed_minor=48120,
    )
    assert statement(Kind.HOST_PAYOUT_REVERSED, facts) == [
        "Paid by the client: 9,000 JPY",
        "Gone back to the client: 9,000 JPY",
        "Your share: 0 JPY",
        "Transferred: 48.120 KWD",
        "Taken back in all: 48.120 KWD",
    ]


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        (PayoutReason.NO_ACCOUNT, "You have no account yet that it could go to."),
        (PayoutReason.REQUIREMENTS_DUE, "Stripe needs something more from you first."),
        (PayoutReason.ACCOUNT_CLOSED, "Your account at Stripe is closed."),
    ],
)
def test_a_payout_that_waits_for_its_host_says_for_what_and_where(
    reason: PayoutReason, why: str
) -> None:
    facts = of_payout(
        PAYOUT, reason=reason, amount=Money(9000, "KWD"), fee_minor=900, net_minor=8100
    )
    assert compose(Kind.HOST_PAYOUT_BLOCKED, facts, EN).body == (
        f"For this session 8.100 KWD is due to you, but it can't be paid out yet. {why}\n\n"
        f"{FOR_HOST}\n\nTo be paid out, go on here: {PAGES}/account#payouts"
    )
