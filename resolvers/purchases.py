"""What createCheckoutSession is asked for as a purchase, and what was opened as its answer."""

from strawberry import ID

from resolvers.arguments import uuid_of
from schema.bookings import Booking
from schema.inputs import CreateCheckoutSessionInput
from schema.payloads import Checkout, CheckoutUiMode, CreateCheckoutSessionPayload
from schema.plans import PlanSubscription
from services import checkout, plan_checkout
from services.domain.errors import InvalidInput
from services.domain.payments import UiMode
from services.domain.purchase import PlanPurchase, Purchase


def purchase_of(input: CreateCheckoutSessionInput) -> Purchase | PlanPurchase:
    """A session or a plan. Raises InvalidInput for both, neither, or what one of them lacks."""
    if input.plan_id is not None:
        return _plan_purchase(input, input.plan_id)
    if input.session_type_id is None:
        raise InvalidInput("sessionTypeId", "Give sessionTypeId or planId: what is to be bought?")
    return Purchase(
        session_type_id=uuid_of(input.session_type_id, "sessionTypeId"),
        starts_at=input.starts_at,
        ui_mode=UiMode[input.ui_mode.name],
        idempotency_key=input.idempotency_key,
        time_zone=input.time_zone,
        return_url=input.return_url,
        cancel_url=input.cancel_url,
        with_credits=input.use_credits,
    )


def _plan_purchase(input: CreateCheckoutSessionInput, plan_id: ID) -> PlanPurchase:
    if input.session_type_id is not None:
        raise InvalidInput("planId", "Give sessionTypeId or planId, not both.")
    _only_for_sessions("startsAt", given=input.starts_at is not None)
    _only_for_sessions("timeZone", given=input.time_zone is not None)
    _only_for_sessions("useCredits", given=input.use_credits)
    return PlanPurchase(
        plan_id=uuid_of(plan_id, "planId"),
        ui_mode=UiMode[input.ui_mode.name],
        return_url=input.return_url,
        cancel_url=input.cancel_url,
    )


def _only_for_sessions(field: str, *, given: bool) -> None:
    if given:
        raise InvalidInput(field, f"{field} is for sessions only; leave it out for a plan.")


def session_opened(opened: checkout.Opened) -> CreateCheckoutSessionPayload:
    """Without a checkout when credits were spent."""
    return CreateCheckoutSessionPayload(
        checkout=_checkout(opened),
        booking=Booking.of(opened.booking),
    )


def plan_opened(opened: plan_checkout.Opened) -> CreateCheckoutSessionPayload:
    return CreateCheckoutSessionPayload(
        checkout=_checkout(opened),
        subscription=PlanSubscription.of(opened.subscription),
    )


def _checkout(opened: checkout.Opened | plan_checkout.Opened) -> Checkout | None:
    state = opened.checkout
    if state is None:
        return None
    return Checkout(
        session_id=state.id,
        ui_mode=CheckoutUiMode[opened.ui_mode.name],
        url=state.url,
        client_secret=state.client_secret,
        expires_at=state.expires_at,
    )
