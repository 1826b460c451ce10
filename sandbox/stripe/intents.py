"""How PaymentIntents and Charges look when they are made."""

from copy import deepcopy

from sandbox.stripe import balance_transactions
from sandbox.stripe.account import Account
from sandbox.stripe.cards import Card, Decline
from sandbox.stripe.state import Json, new_id

# What every PaymentIntent begins with.
_BLANK_INTENT: Json = {
    "object": "payment_intent",
    "amount_capturable": 0,
    "amount_details": {"tip": {}},
    "amount_received": 0,
    "application": None,
    "application_fee_amount": None,
    "automatic_payment_methods": None,
    "canceled_at": None,
    "cancellation_reason": None,
    "capture_method": "automatic_async",
    "confirmation_method": "automatic",
    "customer_account": None,
    "last_payment_error": None,
    "latest_charge": None,
    "livemode": False,
    "next_action": None,
    "on_behalf_of": None,
    "payment_method": None,
    "payment_method_options": {},
    "processing": None,
    "review": None,
    "setup_future_usage": None,
    "shipping": None,
    "source": None,
    "statement_descriptor": None,
    "statement_descriptor_suffix": None,
    "status": "requires_payment_method",
    "transfer_data": None,
}


def new_intent(
    account: Account,
    *,
    amount: int,
    currency: str,
    customer: str | None,
    methods: list[str],
    data: Json,
) -> Json:
    """A PaymentIntent that waits for a payment method.

    `data` are the parameters of `payment_intent_data`; metadata comes from there alone.
    """
    intent_id = new_id("pi_")
    intent: Json = deepcopy(_BLANK_INTENT) | {
        "id": intent_id,
        "amount": amount,
        "client_secret": new_id(f"{intent_id}_secret_"),
        "created": account.now(),
        "currency": currency,
        "customer": customer,
        "description": data.get("description"),
        "metadata": dict(data.get("metadata", {})),
        "payment_method_types": methods,
        "receipt_email": data.get("receipt_email"),
        "transfer_group": data.get("transfer_group"),
    }
    account.state.put(intent)
    account.events.record("payment_intent.created", intent)
    return intent


# What every Charge begins with.
_BLANK_CHARGE: Json = {
    "object": "charge",
    "amount_captured": 0,
    "amount_refunded": 0,
    "application": None,
    "application_fee": None,
    "application_fee_amount": None,
    "balance_transaction": None,
    "calculated_statement_descriptor": None,
    "captured": False,
    "disputed": False,
    "failure_balance_transaction": None,
    "failure_code": None,
    "failure_message": None,
    "fraud_details": {},
    "livemode": False,
    "on_behalf_of": None,
    "outcome": None,
    "paid": False,
    "receipt_number": None,
    "receipt_url": None,
    "refunded": False,
    "review": None,
    "shipping": None,
    "source": None,
    "source_transfer": None,
    "statement_descriptor": None,
    "statement_descriptor_suffix": None,
    "status": "pending",
    "transfer_data": None,
    "_refund": "succeeded",
    "_disputed_as": None,
}


def new_charge(account: Account, intent: Json, buyer: Json, method: Json) -> Json:
    """A pending Charge of an intent; `buyer` has email and name, `method` the method's details.

    The intent's metadata is copied once, here.
    """
    charge_id = new_id("ch_")
    charge: Json = deepcopy(_BLANK_CHARGE) | {
        "id": charge_id,
        "amount": intent["amount"],
        "billing_details": {
            "address": None,
            "email": buyer["email"],
            "name": buyer["name"],
            "phone": None,
            "tax_id": None,
        },
        "created": account.now(),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "metadata": dict(intent["metadata"]),
        "payment_intent": intent["id"],
        "payment_method": intent["payment_method"],
        "payment_method_details": method,
        "receipt_email": intent["receipt_email"],
        "transfer_group": intent["transfer_group"],
    }
    return account.state.put(charge)


def card_details(account: Account, card: Card) -> Json:
    expires = account.clock.now().year + 4
    return {
        "type": "card",
        "card": {
            "brand": card.brand,
            "country": "US",
            "exp_month": 12,
            "exp_year": expires,
            "funding": "credit",
            "last4": card.number[-4:],
            "network": card.brand,
            "wallet": None,
        },
    }


def debit_details(kind: str, number: str) -> Json:
    return {"type": kind, kind: {"last4": number[-4:]}}


def capture(account: Account, charge: Json) -> None:
    """The money of a charge has come in."""
    movement = balance_transactions.record(account, charge, "charge", charge["amount"])
    charge.update(
        status="succeeded",
        paid=True,
        captured=True,
        amount_captured=charge["amount"],
        balance_transaction=movement["id"],
        receipt_url=f"{account.base_url}/receipts/{charge['id']}",
        outcome={
            "advice_code": None,
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "seller_message": "Payment complete.",
            "type": "authorized",
        },
    )
    account.state.put(charge)


def refuse(account: Account, charge: Json, decline: Decline) -> None:
    """The bank refused a charge."""
    charge.update(
        status="failed",
        failure_code=decline.code,
        failure_message=decline.message,
        outcome={
            "network_status": "declined_by_network",
            "reason": decline.decline_code,
            "risk_level": "normal",
            "seller_message": "The bank declined the payment.",
            "type": "issuer_declined",
        },
    )
    account.state.put(charge)
