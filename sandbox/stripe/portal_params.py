"""The parameters of the customer portal's endpoints (SDK 16.1.0, API 2026-10-28.endive)."""

from collections.abc import Mapping
from typing import Any

from sandbox.stripe import schema
from sandbox.stripe.errors import invalid_parameter
from sandbox.stripe.schema import Check, array, integer, one_of, shape, text, unserved

_EXPAND: Mapping[str, Check] = {"expand": array(text(), most=20)}


def _names(names: str) -> list[str]:
    return names.split()


_LOCALES = _names(
    "auto bg cs da de el en en-AU en-CA en-GB en-IE en-IN en-NZ en-SG es es-419 et fi fil fr "
    "fr-CA hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW"
)
_MOST_PRODUCTS = 10
_PRORATIONS = ("always_invoice", "create_prorations", "none")


def _unserved(names: str) -> dict[str, Check]:
    return dict.fromkeys(_names(names), unserved)


def _clearable(check: Check, cleared: Any) -> Check:
    """An empty string takes the value away."""
    return lambda value, name: cleared if value == "" else check(value, name)


def _served(served: tuple[str, ...], others: tuple[str, ...]) -> Check:
    """One of `served`; a value that Stripe has and the sandbox does not is refused as such."""
    known = one_of(*served, *others)

    def check(value: Any, name: str) -> Any:
        chosen = known(value, name)
        if chosen in others:
            raise invalid_parameter(name, f"The sandbox does not serve {chosen} in {name}.")
        return chosen

    return check


def _prorations(value: Any, name: str) -> Any:
    """What happens to the paid rest of a period; `always_invoice` is an error at Stripe too."""
    chosen = one_of(*_PRORATIONS)(value, name)
    if chosen == "always_invoice":
        raise invalid_parameter(name, f"{name} must be one of create_prorations, none")
    return chosen


def _metadata_changes(value: Any, name: str) -> dict[str, str] | None:
    """Metadata with the empty values that take their keys away; None, given as "", takes all."""
    if value == "":
        return None
    checked = schema.metadata(value, name)
    return {key: checked.get(key, "") for key in value}


_SWITCH: Mapping[str, Check] = {"enabled": schema.boolean}
_CUSTOMER_FIELDS = _served(("address", "email", "name", "phone"), ("shipping", "tax_id"))
_SUBSCRIPTION_FIELDS = _served(("price",), ("promotion_code", "quantity"))
_PRODUCT = shape(
    {"product": text(), "prices": array(text(), most=100)}, _unserved("adjustable_quantity")
)
_FEATURES: Mapping[str, Mapping[str, Check]] = {
    "customer_update": {"allowed_updates": _clearable(array(_CUSTOMER_FIELDS, most=6), [])},
    "invoice_history": {},
    "payment_method_update": _unserved("payment_method_configuration"),
    "subscription_cancel": {
        "mode": one_of("at_period_end", "immediately"),
        "proration_behavior": _prorations,
        **_unserved("cancellation_reason"),
    },
    "subscription_update": {
        "default_allowed_updates": _clearable(array(_SUBSCRIPTION_FIELDS, most=3), []),
        "products": _clearable(array(_PRODUCT, most=_MOST_PRODUCTS), []),
        "proration_behavior": one_of(*_PRORATIONS),
        "trial_update_behavior": one_of("continue_trial", "end_trial"),
        **_unserved("billing_cycle_anchor schedule_at_period_end"),
    },
}


def _features(*, must_say: bool) -> Check:
    """Each feature's own parameters; `must_say`: `enabled` comes with each that is named."""
    return shape(
        {},
        {
            name: shape(_SWITCH, others) if must_say else shape({}, {**_SWITCH, **others})
            for name, others in _FEATURES.items()
        }
        | _unserved("subscription_pause"),
    )


_PROFILE = shape(
    {},
    {
        "headline": _clearable(text(60), None),
        "privacy_policy_url": _clearable(schema.url, None),
        "terms_of_service_url": _clearable(schema.url, None),
    },
)
_ABOUT: Mapping[str, Check] = {
    "business_profile": _PROFILE,
    "default_return_url": _clearable(schema.url, None),
    "metadata": schema.metadata,
    "name": _clearable(text(), None),
    **_EXPAND,
    **_unserved("login_page"),
}

CONFIGURATION = shape({"features": _features(must_say=True)}, _ABOUT)
CHANGES = shape(
    {},
    {
        **_ABOUT,
        "active": schema.boolean,
        "features": _features(must_say=False),
        "metadata": _metadata_changes,
    },
)
CONFIGURATIONS = shape(
    {},
    {
        "active": schema.boolean,
        "is_default": schema.boolean,
        "limit": integer(least=1, most=100),
        "starting_after": text(),
        "ending_before": text(),
        **_EXPAND,
    },
)

_OF_SUBSCRIPTION = shape({"subscription": text()}, {})
_AFTER_COMPLETION = shape(
    {"type": one_of("hosted_confirmation", "portal_homepage", "redirect")},
    {
        "hosted_confirmation": shape({}, {"custom_message": text(500)}),
        "redirect": shape({"return_url": schema.url}, {}),
    },
)
_FLOW = shape(
    {
        "type": _served(
            ("payment_method_update", "subscription_cancel", "subscription_update"),
            ("customer_update", "subscription_pause", "subscription_update_confirm"),
        )
    },
    {
        "after_completion": _AFTER_COMPLETION,
        "subscription_cancel": shape({"subscription": text()}, _unserved("retention")),
        "subscription_update": _OF_SUBSCRIPTION,
        **_unserved("subscription_pause subscription_update_confirm"),
    },
)
SESSION = shape(
    {"customer": text()},
    {
        "configuration": text(),
        "flow_data": _FLOW,
        "locale": one_of(*_LOCALES),
        "return_url": schema.url,
        **_EXPAND,
        **_unserved("after_expiration customer_account on_behalf_of"),
    },
)
