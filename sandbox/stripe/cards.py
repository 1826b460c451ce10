"""Stripe's test cards and test bank accounts, and what each of them does."""

from dataclasses import dataclass

# docs.stripe.com/testing


@dataclass(frozen=True, slots=True)
class Decline:
    """Why a bank refuses; `code` and `decline_code` as in PaymentIntent.last_payment_error."""

    code: str
    message: str
    decline_code: str | None = None
    kind: str = "card_error"


@dataclass(frozen=True, slots=True)
class Card:
    """`refund` is what becomes of a refund: `succeeded`, `pending` (succeeds later), `failing`.

    A card with `attaches` can be kept for later although every charge is declined; a charge of
    one with `disputed` succeeds and is disputed at once.
    """

    number: str
    label: str
    decline: Decline | None = None
    needs_authentication: bool = False
    refund: str = "succeeded"
    brand: str = "visa"
    attaches: bool = False
    disputed: bool = False


class UnreadableCardError(ValueError):
    """The number, date or security code cannot be a card's; nothing was sent to a bank."""


def _declined(decline_code: str, message: str = "Your card was declined.") -> Decline:
    return Decline("card_declined", message, decline_code)


_NOT_A_TEST_CARD = _declined(
    "test_mode_live_card", "Your card was declined: the sandbox takes test cards only."
)
AUTHENTICATION_FAILED = Decline(
    "payment_intent_authentication_failure",
    "Your bank could not confirm that it was you. Try again or use another card.",
    kind="invalid_request_error",
)

CARDS = (
    Card("4242424242424242", "Succeeds"),
    Card("4000000000000002", "Declined", _declined("generic_decline")),
    Card(
        "4000000000009995",
        "Insufficient funds",
        _declined("insufficient_funds", "Your card has insufficient funds."),
    ),
    Card("4000002760003184", "Asks for 3D Secure", needs_authentication=True),
    Card(
        "4000008400001629",
        "3D Secure, then declined",
        _declined("generic_decline"),
        needs_authentication=True,
    ),
    Card("4000000000007726", "Refund pending at first", refund="pending"),
    Card("4000000000005126", "Refund fails later", refund="failing"),
    Card(
        "4000000000000341",
        "Can be kept, charges fail",
        _declined("generic_decline"),
        attaches=True,
    ),
    Card("4000000000000259", "Disputed as fraudulent", disputed=True),
    Card("4000000000009987", "Lost card", _declined("lost_card")),
    Card("4000000000009979", "Stolen card", _declined("stolen_card")),
    Card("4000000000000069", "Expired card", Decline("expired_card", "Your card has expired.")),
    Card(
        "4000000000000127",
        "Wrong security code",
        Decline("incorrect_cvc", "Your card's security code is incorrect."),
    ),
    Card(
        "4000000000000119",
        "Processing error",
        Decline("processing_error", "The bank could not process your card. Try again."),
    ),
    Card("5555555555554444", "Mastercard", brand="mastercard"),
    Card("4000000000000077", "Funds available at once"),
)
_BY_NUMBER = {card.number: card for card in CARDS}

# The delayed method that Stripe offers for a currency.
BANK_DEBITS = {
    "aud": "au_becs_debit",
    "cad": "acss_debit",
    "eur": "sepa_debit",
    "gbp": "bacs_debit",
    "usd": "us_bank_account",
}
CLEARING_ACCOUNT = "AT611904300234573201"
FAILING_ACCOUNTS = frozenset(("AT861904300235473202", "000111111116"))


def find(number: str) -> Card:
    """The card of a typed number, spaces and dashes aside.

    Raises UnreadableCardError when the check digit is wrong. A genuine number is taken for a card
    that is declined, as in Stripe's test mode.
    """
    digits = number.replace(" ", "").replace("-", "")
    if not (digits.isascii() and digits.isdigit() and 12 <= len(digits) <= 19):
        raise UnreadableCardError("Your card number is invalid.")
    if card := _BY_NUMBER.get(digits):
        return card
    if not _passes_luhn(digits):
        raise UnreadableCardError("Your card number is incorrect.")
    return Card(f"000000000000{digits[-4:]}", "Not a test card", _NOT_A_TEST_CARD)


def _passes_luhn(digits: str) -> bool:
    doubled = (int(digit) * 2 for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(n // 10 + n % 10 for n in doubled)) % 10 == 0
