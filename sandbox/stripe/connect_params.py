"""The parameters of the Connect endpoints and of balances (SDK 16.1.0, API 2026-10-28.endive)."""

from typing import Any

from sandbox.stripe import json_schema, schema
from sandbox.stripe.connect_countries import CURRENCIES
from sandbox.stripe.errors import invalid_parameter
from sandbox.stripe.params import EXPAND, PAGING, not_served
from sandbox.stripe.schema import array, integer, one_of, shape, text


def country(value: Any, name: str) -> str:
    """Two letters, small or capital; the capital ones."""
    code = str(text(2)(value, name)).upper()
    if code not in CURRENCIES:
        raise invalid_parameter(name, f"Country '{value}' is unknown.", "country_unsupported")
    return code


_TYPES = ("company", "government_entity", "individual", "non_profit")
_INCLUDED = (
    "configuration.customer",
    "configuration.merchant",
    "configuration.recipient",
    "defaults",
    "future_requirements",
    "identity",
    "requirements",
)
_COLLECTED = {
    "fields": one_of("currently_due", "eventually_due"),
    "future_requirements": one_of("include", "omit"),
}

_STRIPE_BALANCE = shape({}, {"stripe_transfers": shape({"requested": json_schema.boolean}, {})})
_RECIPIENT = shape(
    {},
    {
        "capabilities": shape(
            {}, {"stripe_balance": _STRIPE_BALANCE, **not_served("bank_accounts cards")}
        )
    },
)
_RESPONSIBILITIES = shape(
    {
        "fees_collector": one_of(
            "application", "application_custom", "application_express", "stripe"
        ),
        "losses_collector": one_of("application", "stripe"),
    },
    {},
)
V2_ACCOUNT = shape(
    {},
    {
        "configuration": shape({}, {"recipient": _RECIPIENT, **not_served("customer merchant")}),
        "contact_email": schema.email,
        "dashboard": one_of("express", "full", "none"),
        "defaults": shape(
            {},
            {
                "currency": schema.currency,
                "responsibilities": _RESPONSIBILITIES,
                **not_served("locales profile"),
            },
        ),
        "display_name": text(),
        "identity": shape(
            {},
            {
                "country": country,
                "entity_type": one_of(*_TYPES),
                **not_served("attestations business_details individual"),
            },
        ),
        "include": json_schema.array(one_of(*_INCLUDED), most=len(_INCLUDED)),
        "metadata": schema.metadata,
        **not_served("account_token contact_phone"),
    },
)
V2_ACCOUNT_READ = shape({}, {"include": array(one_of(*_INCLUDED), most=len(_INCLUDED))})
V2_ACCOUNTS = shape(
    {},
    {
        "applied_configurations": array(one_of("customer", "merchant", "recipient"), most=3),
        "closed": schema.boolean,
        "limit": integer(least=1, most=100),
        "page": text(),
    },
)
_FLOW = shape(
    {"refresh_url": schema.url},
    {"return_url": schema.url, "collection_options": shape({}, _COLLECTED)},
)
V2_ACCOUNT_LINK = shape(
    {
        "account": text(),
        "use_case": shape(
            {"type": one_of("account_onboarding", "account_update")},
            {"account_onboarding": _FLOW, "account_update": _FLOW},
        ),
    },
    {},
)
V2_EVENT = shape({}, {})

_CONTROLLER = shape(
    {},
    {
        "fees": shape({"payer": one_of("account", "application")}, {}),
        "losses": shape({"payments": one_of("application", "stripe")}, {}),
        "requirement_collection": one_of("application", "stripe"),
        "stripe_dashboard": shape({"type": one_of("express", "full", "none")}, {}),
    },
)
_CAPABILITIES = shape({}, {"transfers": shape({"requested": schema.boolean}, {})})
_UNSERVED = (
    "account_token business_profile company default_currency documents external_account groups "
    "individual settings tos_acceptance"
)
ACCOUNT = shape(
    {"controller": _CONTROLLER, "country": country},
    {
        "business_type": one_of(*_TYPES),
        "capabilities": _CAPABILITIES,
        "email": schema.email,
        "metadata": schema.metadata,
        **EXPAND,
        **not_served(f"{_UNSERVED} type"),
    },
)
ACCOUNT_UPDATE = shape(
    {},
    {
        "business_type": one_of(*_TYPES),
        "capabilities": _CAPABILITIES,
        "email": schema.email,
        "metadata": schema.metadata_change,
        **EXPAND,
        **not_served(_UNSERVED),
    },
)
ACCOUNTS = shape({}, {"created": schema.moments, **PAGING})
ACCOUNT_LINK = shape(
    {
        "account": text(),
        "refresh_url": schema.url,
        "return_url": schema.url,
        "type": one_of("account_onboarding", "account_update"),
    },
    {"collection_options": shape({}, _COLLECTED), **EXPAND, **not_served("collect")},
)

TRANSFER = shape(
    {"amount": integer(least=1), "currency": schema.currency, "destination": text()},
    {
        "description": text(),
        "metadata": schema.metadata,
        "source_transaction": text(),
        "transfer_group": text(),
        **EXPAND,
        **not_served("source_type"),
    },
)
TRANSFER_UPDATE = shape({}, {"description": text(), "metadata": schema.metadata_change, **EXPAND})
TRANSFERS = shape(
    {},
    {"created": schema.moments, "destination": text(), "transfer_group": text(), **PAGING},
)
REVERSAL = shape(
    {},
    {
        "amount": integer(least=1),
        "description": text(),
        "metadata": schema.metadata,
        **EXPAND,
        **not_served("refund_application_fee"),
    },
)
REVERSAL_UPDATE = shape({}, {"metadata": schema.metadata_change, **EXPAND})
REVERSALS = shape({}, PAGING)

BALANCE_TRANSACTIONS = shape(
    {},
    {
        "created": schema.moments,
        "currency": schema.currency,
        "source": text(),
        "type": text(),
        **PAGING,
        **not_served("payout"),
    },
)
