"""How connected accounts look: kept as the v1 API shows them, and shown by the v2 API as well."""

from dataclasses import dataclass
from typing import Any, Literal

from sandbox.stripe import account_requirements as requirements
from sandbox.stripe.connect_countries import CURRENCIES
from sandbox.stripe.moments import of_seconds
from sandbox.stripe.state import Json, new_id


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What a platform tells of an account when it makes one.

    `requested` is of the capability to receive transfers. `fees` and `losses` are named as the v2
    API names their collectors.
    """

    made_by: Literal["v1", "v2"]
    requested: bool
    country: str | None
    currency: str | None
    email: str | None
    entity_type: str | None
    display_name: str | None
    dashboard: str | None
    fees: str
    losses: str
    requirement_collection: str
    metadata: dict[str, str]


def new(now: int, told: NewAccount) -> Json:
    """A connected account of whose owner nothing is known yet, to be kept."""
    account_id = new_id("acct_", 16)
    record: Json = {
        "id": account_id,
        "object": "account",
        "business_profile": {"name": told.display_name, "url": None},
        "business_type": told.entity_type,
        "charges_enabled": False,
        "controller": _controller(told),
        "country": told.country,
        "created": now,
        "default_currency": told.currency or CURRENCIES.get(told.country or "", "usd"),
        "details_submitted": False,
        "email": told.email,
        "external_accounts": bank_accounts(account_id),
        "metadata": told.metadata,
        "settings": _settings(told.display_name),
        "tos_acceptance": {"date": None},
        "type": "none",
        "_made_by": told.made_by,
        "_requested": told.requested,
        "_dashboard": told.dashboard,
        "_display_name": told.display_name,
        "_due": list(requirements.AT_FIRST) if told.requested else [],
        "_rejected": False,
        "_closed": False,
        "_may_owe": False,
        "_person": None,
    }
    requirements.refresh(record)
    return record


def bank_accounts(account_id: str, *bank_account: Json) -> Json:
    """The list of the bank accounts that an account is paid out to: one, or none as yet."""
    url = f"/v1/accounts/{account_id}/external_accounts"
    return {"object": "list", "data": list(bank_account), "has_more": False, "url": url}


def bank_account(number: str, currency: str) -> Json:
    return {
        "id": new_id("ba_"),
        "object": "bank_account",
        "bank_name": "STRIPE TEST BANK",
        "currency": currency,
        "default_for_currency": True,
        "last4": number[-4:],
        "status": "new",
    }


def as_v2(record: Json, include: list[str]) -> Json:
    """The account as the v2 API shows it; what is not in `include` is null."""
    parts: dict[str, Any] = {
        "configuration": _configuration(record, include),
        "defaults": _defaults(record),
        "future_requirements": {"alternatives": [], "entries": [], "summary": None},
        "identity": _identity(record),
        "requirements": requirements.shown(record),
    }
    asked = {name.partition(".")[0] for name in include}
    return {
        "id": record["id"],
        "object": "v2.core.account",
        "applied_configurations": ["recipient"] if record["_requested"] else [],
        "closed": record["_closed"],
        "contact_email": record["email"],
        "contact_phone": None,
        "created": of_seconds(record["created"]),
        "dashboard": record["_dashboard"],
        "display_name": record["_display_name"],
        "livemode": False,
        "metadata": dict(record["metadata"]),
        **{name: part if name in asked else None for name, part in parts.items()},
    }


def _configuration(record: Json, include: list[str]) -> Json:
    recipient = None
    if record["_requested"] and "configuration.recipient" in include:
        balance = {
            name.rpartition(".")[2]: requirements.capability(record, name)
            for name in (requirements.PAYOUTS, requirements.TRANSFERS)
        }
        recipient = {
            "applied": not record["_closed"],
            "capabilities": {"bank_accounts": None, "cards": None, "stripe_balance": balance},
        }
    return {"customer": None, "merchant": None, "recipient": recipient}


def _defaults(record: Json) -> Json:
    controller = record["controller"]
    payer = controller["fees"]["payer"]
    return {
        "currency": record["default_currency"],
        "locales": None,
        "payout_methods": None,
        "profile": None,
        "responsibilities": {
            "fees_collector": "stripe" if payer == "account" else payer,
            "losses_collector": controller["losses"]["payments"],
            "requirements_collector": controller["requirement_collection"],
        },
    }


def _identity(record: Json) -> Json:
    country = record["country"]
    return {
        "attestations": None,
        "business_details": None,
        "country": country and country.lower(),
        "entity_type": record["business_type"],
        "individual": record["_person"],
    }


def _controller(told: NewAccount) -> Json:
    return {
        "fees": {"payer": "account" if told.fees == "stripe" else told.fees},
        "is_controller": True,
        "losses": {"payments": told.losses},
        "requirement_collection": told.requirement_collection,
        "stripe_dashboard": {"type": told.dashboard or "none"},
        "type": "application",
    }


def _settings(name: str | None) -> Json:
    return {
        "dashboard": {"display_name": name, "timezone": "Etc/UTC"},
        "payouts": {
            "debit_negative_balances": True,
            "schedule": {"delay_days": 2, "interval": "daily"},
            "statement_descriptor": None,
        },
    }
