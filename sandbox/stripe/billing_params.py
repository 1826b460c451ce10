"""The parameters of the billing endpoints: catalog, subscriptions, invoices, disputes."""

from sandbox.stripe import schema
from sandbox.stripe.params import EXPAND, PAGING, PRODUCT_DATA, RECURRING, not_served
from sandbox.stripe.schema import array, either, integer, one_of, shape, text
from sandbox.stripe.subscriptions import PRORATIONS

_INTERVAL = one_of("day", "week", "month", "year")

PRODUCT = shape(
    {"name": text(250)},
    {
        "active": schema.boolean,
        "description": text(),
        "images": array(schema.url, most=8),
        "metadata": schema.metadata,
        **EXPAND,
        **not_served(
            "default_price_data id marketing_features package_dimensions shippable "
            "statement_descriptor tax_code tax_details type unit_label url"
        ),
    },
)
PRODUCT_UPDATE = shape(
    {},
    {
        "active": schema.boolean,
        "description": text(),
        "images": array(schema.url, most=8),
        "metadata": schema.metadata_change,
        "name": text(250),
        **EXPAND,
        **not_served(
            "default_price marketing_features package_dimensions shippable "
            "statement_descriptor tax_code tax_details unit_label url"
        ),
    },
)
PRODUCTS = shape(
    {},
    {
        "active": schema.boolean,
        "created": schema.moments,
        "ids": array(text(), most=100),
        **PAGING,
        **not_served("shippable type url"),
    },
)

PRICE = shape(
    {"currency": schema.currency},
    {
        "active": schema.boolean,
        "lookup_key": text(200),
        "metadata": schema.metadata,
        "nickname": text(),
        "product": text(),
        "product_data": PRODUCT_DATA,
        "recurring": RECURRING,
        "transfer_lookup_key": schema.boolean,
        "unit_amount": integer(),
        **EXPAND,
        **not_served(
            "billing_scheme currency_options custom_unit_amount tax_behavior tiers tiers_mode "
            "transform_quantity unit_amount_decimal"
        ),
    },
)
# There is no amount, currency or interval here: Stripe has no such parameters.
PRICE_UPDATE = shape(
    {},
    {
        "active": schema.boolean,
        "lookup_key": text(200),
        "metadata": schema.metadata_change,
        "nickname": text(),
        "transfer_lookup_key": schema.boolean,
        **EXPAND,
        **not_served("currency_options tax_behavior"),
    },
)
PRICES = shape(
    {},
    {
        "active": schema.boolean,
        "created": schema.moments,
        "currency": schema.currency,
        "lookup_keys": array(text(), most=10),
        "product": text(),
        "recurring": shape({}, {"interval": _INTERVAL, **not_served("meter usage_type")}),
        "type": one_of("one_time", "recurring"),
        **PAGING,
    },
)

_CANCELLATION_DETAILS = shape(
    {},
    {
        "comment": text(500),
        "feedback": one_of(
            "customer_service",
            "low_quality",
            "missing_features",
            "other",
            "switched_service",
            "too_complex",
            "too_expensive",
            "unused",
        ),
        **not_served("feedback_option"),
    },
)
_ITEM = shape(
    {},
    {
        "id": text(),
        "price": text(),
        **not_served(
            "billing_thresholds clear_usage current_trial deleted discounts metadata plan "
            "price_data quantity tax_rates"
        ),
    },
)
SUBSCRIPTION_UPDATE = shape(
    {},
    {
        "cancel_at": either("", "min_period_end", "max_period_end", otherwise=integer()),
        "cancel_at_period_end": schema.boolean,
        "cancellation_details": _CANCELLATION_DETAILS,
        "items": array(_ITEM, most=20),
        "metadata": schema.metadata_change,
        "proration_behavior": one_of(*PRORATIONS),
        "trial_end": either("now", otherwise=integer()),
        **EXPAND,
        **not_served(
            "add_invoice_items application_fee_percent automatic_tax billing_cycle_anchor "
            "billing_schedules billing_thresholds collection_method days_until_due "
            "default_payment_method default_source default_tax_rates description discounts "
            "invoice_settings off_session on_behalf_of pause_collection payment_behavior "
            "payment_settings pending_invoice_item_interval proration_date transfer_data "
            "trial_from_plan trial_settings"
        ),
    },
)
SUBSCRIPTION_CANCEL = shape(
    {},
    {
        "cancellation_details": _CANCELLATION_DETAILS,
        "invoice_now": schema.boolean,
        "prorate": schema.boolean,
        **EXPAND,
    },
)
SUBSCRIPTIONS = shape(
    {},
    {
        "created": schema.moments,
        "customer": text(),
        "price": text(),
        "status": one_of(
            "active",
            "all",
            "canceled",
            "ended",
            "incomplete",
            "incomplete_expired",
            "past_due",
            "paused",
            "trialing",
            "unpaid",
        ),
        **PAGING,
        **not_served(
            "automatic_tax collection_method current_period_end current_period_start "
            "customer_account plan test_clock"
        ),
    },
)

INVOICE_PAY = shape(
    {},
    {
        "off_session": schema.boolean,
        **EXPAND,
        **not_served("forgive mandate paid_out_of_band payment_method source"),
    },
)
INVOICES = shape(
    {},
    {
        "created": schema.moments,
        "customer": text(),
        "status": one_of("draft", "open", "paid", "uncollectible", "void"),
        "subscription": text(),
        **PAGING,
        **not_served("collection_method customer_account due_date"),
    },
)
INVOICE_PAYMENTS = shape(
    {},
    {
        "created": schema.moments,
        "invoice": text(),
        "payment": shape(
            {"type": one_of("payment_intent", "payment_record")},
            {"payment_intent": text(), **not_served("payment_record")},
        ),
        "status": one_of("canceled", "open", "paid"),
        **PAGING,
    },
)

DISPUTES = shape(
    {},
    {"charge": text(), "created": schema.moments, "payment_intent": text(), **PAGING},
)
