"""A checkout session in subscription mode: what it may ask for, and what paying it begins."""

from sandbox.stripe import invoices, payment_methods, subscriptions
from sandbox.stripe.account import Account
from sandbox.stripe.cards import Card
from sandbox.stripe.errors import ApiError, invalid_parameter, missing_parameter
from sandbox.stripe.state import Json
from sandbox.stripe.subscription_shape import Order

_DAY_SECONDS = 24 * 60 * 60
_SHORTEST_TRIAL_END = 2 * _DAY_SECONDS
_LONGEST_TRIAL_DAYS = 730
_ONLY_IN = {
    "payment": ("payment_intent_data", "customer_creation"),
    "subscription": ("subscription_data", "payment_method_collection"),
}


def require_mode(params: Json) -> None:
    """Raises ApiError for parameters that belong to the other mode."""
    for mode, names in _ONLY_IN.items():
        for name in names:
            if name in params and params["mode"] != mode:
                raise invalid_parameter(
                    name, f"You can not pass `{name}` in `{params['mode']}` mode."
                )


def require_lines(mode: str, prices: list[Json]) -> None:
    """Raises ApiError unless the prices suit the mode; the sandbox serves one plan a session."""
    recurring = [price for price in prices if price["recurring"]]
    if mode == "payment" and recurring:
        why = "You specified `payment` mode but passed a recurring price."
        raise ApiError(f"{why} Switch to `subscription` mode.", param="line_items")
    if mode == "subscription" and not recurring:
        why = "You must provide at least one recurring price in `subscription` mode when using"
        raise ApiError(f"{why} prices.", param="line_items")
    if len(recurring) > 1:
        why = "The sandbox serves one recurring price in a session."
        raise invalid_parameter("line_items", why)


def require_trial(account: Account, params: Json) -> None:
    """Raises ApiError for a trial that Stripe does not grant."""
    data = params.get("subscription_data", {})
    if "trial_end" in data and "trial_period_days" in data:
        why = "You may only specify one of: trial_end, trial_period_days."
        raise invalid_parameter("subscription_data[trial_end]", why)
    trial_end = data.get("trial_end")
    if trial_end is not None:
        ahead = trial_end - account.now()
        if not _SHORTEST_TRIAL_END <= ahead <= _LONGEST_TRIAL_DAYS * _DAY_SECONDS:
            why = "The trial end must be at least 2 days and at most 2 years in the future."
            raise invalid_parameter("subscription_data[trial_end]", why)
    if "trial_settings" in data and not ("trial_end" in data or "trial_period_days" in data):
        why = "`trial_settings` needs a trial."
        raise missing_parameter("subscription_data[trial_period_days]", why)


def trial_end(session: Json, now: int) -> int | None:
    """When a trial that begins now would end; None without one."""
    data = session["_subscription_data"]
    if "trial_period_days" in data:
        return now + int(data["trial_period_days"]) * _DAY_SECONDS
    end: int | None = data.get("trial_end")
    return end


def plan_line(session: Json) -> Json:
    """The line item that is subscribed to."""
    return next(line for line in session["_line_items"] if line["price"]["recurring"])


def start(account: Account, session: Json, card: Card | None) -> None:
    """The session is paid, or its trial begins: make the subscription and its first invoice."""
    customer = account.require(session["customer"], "customer")
    paid = session["_subscription_intent"]
    intent = account.require(paid, "payment_intent") if paid else None
    if card:
        used = intent["payment_method"] if intent else None
        payment_methods.keep(account, customer, card, used)
    order = _order(account, session)
    status = "trialing" if order.trial_end else "active"
    sub, invoice = subscriptions.create(account, customer, order, status=status)
    if intent:
        invoices.settle(account, invoice, intent)
    session.update(subscription=sub["id"], invoice=invoice["id"])


def _order(account: Account, session: Json) -> Order:
    data, plan = session["_subscription_data"], plan_line(session)
    behaviour = data.get("trial_settings", {}).get("end_behavior", {})
    return Order(
        price=plan["price"],
        quantity=plan["quantity"],
        metadata=data.get("metadata", {}),
        description=data.get("description"),
        trial_end=trial_end(session, account.now()),
        missing_payment_method=behaviour.get("missing_payment_method", "create_invoice"),
        one_off=tuple(line for line in session["_line_items"] if line is not plan),
    )
