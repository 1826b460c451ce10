"""The portal's steps for a subscription: cancel, keep after all, change the plan."""

from starlette.responses import Response

from sandbox.stripe import billing_words as words
from sandbox.stripe import portal, portal_home, subscription_updates, subscriptions
from sandbox.stripe import portal_views as views
from sandbox.stripe.errors import ApiError
from sandbox.stripe.portal_visit import NotOfferedError, Visit
from sandbox.stripe.state import Json
from sandbox.stripe.subscription_shape import item_of


def ask_to_cancel(visit: Visit) -> Response:
    settings = visit.require("subscription_cancel")
    subscription = _subscription(visit)
    if words.ends_at(subscription):
        return visit.done("leaving")
    return visit.ask(
        views.Step(
            title="Cancel your subscription?",
            path=f"/subscriptions/{subscription['id']}/cancel",
            verb="Cancel subscription",
            body=views.cancellation(visit.account, subscription, settings),
        )
    )


def cancel(visit: Visit) -> Response:
    settings = visit.require("subscription_cancel")
    subscription = _subscription(visit)
    if settings["mode"] == "immediately":
        given = {"prorate": settings["proration_behavior"] == "create_prorations"}
        subscription_updates.cancel(visit.account, given, subscription["id"], "")
        return visit.done("canceled")
    # Sent twice, the form asks for what is so already.
    if not words.ends_at(subscription):
        subscriptions.cancel_at_end(visit.account, subscription)
    return visit.done("leaving")


def keep(visit: Visit) -> Response:
    visit.require("subscription_cancel")
    subscriptions.keep(visit.account, _subscription(visit))
    return visit.done("kept")


def ask_to_change(visit: Visit) -> Response:
    """Which plan, and then, with a `price` in the query, whether that is right."""
    subscription, prices = _offer(visit)
    if not prices:
        return visit.tell("No other plan", "There is no plan to which you could change now.")
    chosen = _chosen(prices, visit)
    if chosen is not None:
        return _ask_to_confirm(visit, subscription, chosen)
    return visit.ask(
        views.Step(
            title="Change your plan",
            path=f"/subscriptions/{subscription['id']}/update",
            verb="Continue",
            method="get",
            fields=views.price_choices(visit.account, subscription, prices),
        )
    )


def change(visit: Visit) -> Response:
    subscription, prices = _offer(visit)
    chosen = _chosen(prices, visit)
    if chosen is None:
        raise NotOfferedError
    settings = visit.require("subscription_update")
    given = {
        "items": [{"id": item_of(subscription)["id"], "price": chosen["id"]}],
        "proration_behavior": settings["proration_behavior"],
    }
    if subscription["status"] == "trialing" and settings["trial_update_behavior"] == "end_trial":
        given["trial_end"] = "now"
    try:
        subscription_updates.update(visit.account, given, subscription["id"], "")
    except ApiError as refusal:
        return _ask_to_confirm(visit, subscription, chosen, refusal)
    return visit.done("changed")


def _ask_to_confirm(
    visit: Visit, subscription: Json, price: Json, refusal: ApiError | None = None
) -> Response:
    settings = visit.require("subscription_update")
    step = views.Step(
        title="Confirm your new plan",
        path=f"/subscriptions/{subscription['id']}/update",
        verb="Confirm",
        body=views.plan_change(visit.account, subscription, price, settings),
        fields=views.hidden("price", price["id"]),
        message=str(refusal or ""),
    )
    return visit.ask(step, refusal.status if refusal else 200)


def _subscription(visit: Visit) -> Json:
    """The customer's subscription of this address, while it goes on."""
    subscription_id = visit.request.path_params["subscription"]
    subscription = visit.account.state.find(subscription_id, "subscription")
    if (
        subscription is None
        or subscription["customer"] != visit.customer["id"]
        or subscription["status"] not in portal_home.GOES_ON
    ):
        raise NotOfferedError
    return subscription


def _offer(visit: Visit) -> tuple[Json, list[Json]]:
    """The subscription and the prices it may change to."""
    visit.require("subscription_update")
    subscription = _subscription(visit)
    return subscription, portal.offered_prices(visit.account, visit.configuration, subscription)


def _chosen(prices: list[Json], visit: Visit) -> Json | None:
    """The price that was chosen; None when none was that is offered."""
    chosen = visit.typed.get("price")
    return next((price for price in prices if price["id"] == chosen), None)
