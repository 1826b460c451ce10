"""The parameters that each served endpoint takes (SDK 16.1.0, API 2026-10-28.endive)."""

from collections.abc import Mapping

from sandbox.stripe import schema
from sandbox.stripe.schema import Check, array, integer, one_of, shape, text, unserved

EXPAND: Mapping[str, Check] = {"expand": array(text(), most=20)}
PAGING: Mapping[str, Check] = {
    "limit": integer(least=1, most=100),
    "starting_after": text(),
    "ending_before": text(),
    **EXPAND,
}


def _names(text: str) -> list[str]:
    return text.split()


def not_served(names: str) -> dict[str, Check]:
    return dict.fromkeys(_names(names), unserved)


NOTHING = shape({}, EXPAND)

CUSTOMER = shape(
    {},
    {
        "description": text(350),
        "email": schema.email,
        "name": text(256),
        "phone": text(20),
        "metadata": schema.metadata,
        "preferred_locales": array(text(), most=10),
        **EXPAND,
        **not_served(
            "address balance business_name cash_balance individual_name invoice_prefix "
            "invoice_settings next_invoice_sequence payment_method shipping source tax "
            "tax_exempt tax_id_data test_clock validate"
        ),
    },
)
CUSTOMERS = shape({}, {"created": schema.moments, "email": schema.email, **PAGING})

PRODUCT_DATA = shape(
    {"name": text(250)},
    {
        "description": text(),
        "images": array(schema.url, most=8),
        "metadata": schema.metadata,
        **not_served("tax_code tax_details unit_label"),
    },
)
RECURRING = shape(
    {"interval": one_of("day", "week", "month", "year")},
    {"interval_count": integer(least=1, most=1095)},
)
_PRICE = shape(
    {"currency": schema.currency},
    {
        "unit_amount": integer(),
        "product": text(),
        "product_data": PRODUCT_DATA,
        "recurring": RECURRING,
        **not_served("tax_behavior unit_amount_decimal"),
    },
)
_LINE = shape(
    {"quantity": integer(least=1, most=999_999)},
    {
        "price": text(),
        "price_data": _PRICE,
        "metadata": schema.metadata,
        **not_served("adjustable_quantity dynamic_tax_rates tax_rates"),
    },
)
_INTENT_DATA = shape(
    {},
    {
        "description": text(1000),
        "metadata": schema.metadata,
        "receipt_email": schema.email,
        "transfer_group": text(),
        **not_served(
            "application_fee_amount capture_method on_behalf_of setup_future_usage shipping "
            "statement_descriptor statement_descriptor_suffix transfer_data"
        ),
    },
)
_TRIAL_SETTINGS = shape(
    {
        "end_behavior": shape(
            {"missing_payment_method": one_of("cancel", "create_invoice", "pause")},
            not_served("billing_cycle_anchor"),
        )
    },
    {},
)
_SUBSCRIPTION_DATA = shape(
    {},
    {
        "description": text(500),
        "metadata": schema.metadata,
        "trial_end": integer(),
        "trial_period_days": integer(least=1, most=730),
        "trial_settings": _TRIAL_SETTINGS,
        **not_served(
            "application_fee_percent billing_cycle_anchor billing_cycle_anchor_config "
            "billing_mode default_tax_rates invoice_settings on_behalf_of "
            "pending_invoice_item_interval proration_behavior transfer_data"
        ),
    },
)
_WALLETS = shape({}, {"link": shape({}, {"display": one_of("auto", "never")})})
_LOCALES = _names(
    "auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hr hu id it ja ko lt lv ms mt nb "
    "nl pl pt pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW"
)

SESSION = shape(
    {"mode": one_of("payment", "subscription", "setup")},
    {
        "adaptive_pricing": shape({}, {"enabled": schema.boolean}),
        "allowed_payment_method_types": array(text(), most=60),
        "cancel_url": schema.url,
        "client_reference_id": text(200),
        "currency": schema.currency,
        "customer": text(),
        "customer_creation": one_of("always", "if_required"),
        "customer_email": schema.email,
        "expires_at": integer(),
        "line_items": array(_LINE, most=100),
        "locale": one_of(*_LOCALES),
        "metadata": schema.metadata,
        "payment_intent_data": _INTENT_DATA,
        "payment_method_collection": one_of("always", "if_required"),
        "redirect_on_completion": one_of("always", "if_required", "never"),
        "return_url": schema.url,
        "subscription_data": _SUBSCRIPTION_DATA,
        "submit_type": one_of("auto", "book", "donate", "pay", "subscribe"),
        "success_url": schema.url,
        "ui_mode": one_of("hosted_page", "embedded_page", "elements", "form"),
        "wallet_options": _WALLETS,
        **EXPAND,
        **not_served(
            "after_expiration allow_promotion_codes automatic_tax billing_address_collection "
            "branding_settings consent_collection custom_fields custom_text customer_account "
            "customer_update discounts excluded_payment_method_types integration_identifier "
            "invoice_creation managed_payments name_collection optional_items origin_context "
            "payment_method_configuration payment_method_data "
            "payment_method_options permissions phone_number_collection "
            "saved_payment_method_options setup_intent_data shipping_address_collection "
            "shipping_options tax_id_collection"
        ),
    },
)
SESSIONS = shape(
    {},
    {
        "created": schema.moments,
        "customer": text(),
        "customer_details": shape({"email": schema.email}, {}),
        "payment_intent": text(),
        "status": one_of("open", "complete", "expired"),
        "subscription": text(),
        **PAGING,
        **not_served("customer_account payment_link"),
    },
)
LINE_ITEMS = shape({}, PAGING)

INTENTS = shape(
    {},
    {
        "created": schema.moments,
        "customer": text(),
        **PAGING,
        **not_served("customer_account"),
    },
)
CHARGES = shape(
    {},
    {
        "created": schema.moments,
        "customer": text(),
        "payment_intent": text(),
        "transfer_group": text(),
        **PAGING,
    },
)

REFUND = shape(
    {},
    {
        "amount": integer(),
        "charge": text(),
        "metadata": schema.metadata,
        "payment_intent": text(),
        "reason": one_of("duplicate", "fraudulent", "requested_by_customer"),
        **EXPAND,
        **not_served(
            "currency customer instructions_email origin refund_application_fee reverse_transfer"
        ),
    },
)
REFUNDS = shape(
    {},
    {"charge": text(), "created": schema.moments, "payment_intent": text(), **PAGING},
)

EVENTS = shape(
    {},
    {
        "created": schema.moments,
        "delivery_success": schema.boolean,
        "type": text(),
        "types": array(text(), most=20),
        **PAGING,
    },
)
ENDPOINTS = shape({}, PAGING)
