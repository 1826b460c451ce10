"""What a deep link into the customer portal is to do: `flow_data`, checked, as the API shows it."""

from sandbox.stripe.account import Account
from sandbox.stripe.errors import decided, invalid_parameter, missing_parameter
from sandbox.stripe.lifecycle import ENDED
from sandbox.stripe.state import Json

CHANGEABLE = ("trialing", "active", "past_due")
"""The statuses in which the portal lets a plan be changed."""

# What a flow needs of the configuration.
_NEEDED = {
    "payment_method_update": ("payment_method_update", "payment method update"),
    "subscription_cancel": ("subscription_cancel", "subscription cancel"),
    "subscription_update": ("subscription_update", "subscription update"),
}


def read(account: Account, customer: Json, configuration: Json, given: Json | None) -> Json | None:
    """The session's `flow`; raises ApiError when this customer cannot go through it."""
    if given is None:
        return None
    kind = given["type"]
    feature, words = _NEEDED[kind]
    if not configuration["features"][feature]["enabled"]:
        why = f"The {words} feature in the portal configuration is disabled."
        raise decided(why, param="flow_data[type]")
    for other in ("subscription_cancel", "subscription_update"):
        if other != kind and other in given:
            why = f"`{other}` cannot be used with flow_data[type]={kind}."
            raise invalid_parameter(f"flow_data[{other}]", why)
    if kind != "payment_method_update":
        if kind not in given:
            raise missing_parameter(f"flow_data[{kind}]")
        _require_own(account, customer, given[kind]["subscription"], kind)
    return {
        "type": kind,
        "after_completion": _after_completion(given.get("after_completion")),
        "subscription_cancel": _details(given.get("subscription_cancel"), retention=None),
        "subscription_pause": None,
        "subscription_update": _details(given.get("subscription_update")),
        "subscription_update_confirm": None,
    }


def _details(given: Json | None, **others: None) -> Json | None:
    return None if given is None else given | others


def _require_own(account: Account, customer: Json, subscription_id: str, kind: str) -> None:
    """The subscription is this customer's, goes on, and is in a state for what is asked."""
    param = f"flow_data[{kind}][subscription]"
    subscription = account.require(subscription_id, "subscription", param)
    if subscription["customer"] != customer["id"]:
        raise decided("This subscription does not belong to this customer.", param=param)
    if subscription["status"] in ENDED:
        raise decided("This subscription has been canceled.", param=param)
    if kind == "subscription_update" and subscription["status"] not in CHANGEABLE:
        why = f"This subscription cannot be updated: it is {subscription['status']}."
        raise decided(why, param=param)
    leaving = subscription["cancel_at"] or subscription["cancel_at_period_end"]
    if kind == "subscription_cancel" and leaving:
        raise decided("This subscription is already set to be canceled.", param=param)


def _after_completion(given: Json | None) -> Json:
    """What comes after the flow; the type's own hash may come with it and no other."""
    given = given or {"type": "portal_homepage"}
    kind = given["type"]
    for other in given.keys() - {"type", kind}:
        name = f"flow_data[after_completion][{other}]"
        raise invalid_parameter(name, f"`{other}` cannot be used with type={kind}.")
    if kind == "redirect" and "redirect" not in given:
        raise missing_parameter("flow_data[after_completion][redirect]")
    confirmation = {"custom_message": None} | given.get("hosted_confirmation", {})
    return {
        "type": kind,
        "hosted_confirmation": confirmation if kind == "hosted_confirmation" else None,
        "redirect": given.get("redirect"),
    }
