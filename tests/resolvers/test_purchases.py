"""What createCheckoutSession is asked for: one session or one plan, and nothing in between."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import strawberry

from resolvers.purchases import plan_opened, purchase_of, session_opened
from schema.inputs import CreateCheckoutSessionInput
from schema.payloads import CheckoutUiMode
from services import checkout, plan_checkout
from services.domain.booking import Status
from services.domain.errors import InvalidInput
from services.domain.payments import UiMode
from services.domain.purchase import PlanPurchase, Purchase
from services.providers.ports import CheckoutState
from tests.schema.billing_rows import booking, subscription

SESSION = strawberry.ID("5e550000-0000-4000-8000-000000000002")
PLAN = strawberry.ID("91a40000-0000-4000-8000-000000000001")
NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)


def asked(**given: Any) -> CreateCheckoutSessionInput:
    return CreateCheckoutSessionInput(**given)


def test_a_session_is_bought_with_all_that_was_said_of_it() -> None:
    wanted = asked(
        session_type_id=SESSION,
        starts_at=NOON,
        ui_mode=CheckoutUiMode.EMBEDDED,
        idempotency_key="k",
        time_zone="Europe/Kyiv",
        return_url="https://app.test/paid",
        cancel_url="https://app.test/back",
    )
    assert purchase_of(wanted) == Purchase(
        session_type_id=UUID(SESSION),
        starts_at=NOON,
        ui_mode=UiMode.EMBEDDED,
        idempotency_key="k",
        time_zone="Europe/Kyiv",
        return_url="https://app.test/paid",
        cancel_url="https://app.test/back",
        with_credits=False,
    )


def test_credits_are_spent_only_by_who_says_so() -> None:
    by_money = purchase_of(asked(session_type_id=SESSION))
    by_credits = purchase_of(asked(session_type_id=SESSION, use_credits=True))
    assert isinstance(by_money, Purchase)
    assert by_credits == replace(by_money, with_credits=True)


@pytest.mark.parametrize("key", [None, "k", ""])
def test_a_plan_is_bought_alike_with_or_without_a_key(key: str | None) -> None:
    wanted = asked(
        plan_id=PLAN,
        ui_mode=CheckoutUiMode.EMBEDDED,
        idempotency_key=key,
        return_url="https://app.test/paid",
        cancel_url="https://app.test/back",
    )
    assert purchase_of(wanted) == PlanPurchase(
        plan_id=UUID(PLAN),
        ui_mode=UiMode.EMBEDDED,
        return_url="https://app.test/paid",
        cancel_url="https://app.test/back",
    )


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        ({}, "sessionTypeId", "Give sessionTypeId or planId: what is to be bought?"),
        (
            {"session_type_id": SESSION, "plan_id": PLAN},
            "planId",
            "Give sessionTypeId or planId, not both.",
        ),
        (
            {"session_type_id": "7"},
            "sessionTypeId",
            "sessionTypeId is no id of ours: ids are UUIDs.",
        ),
        ({"plan_id": "7"}, "planId", "planId is no id of ours: ids are UUIDs."),
        (
            {"plan_id": PLAN, "starts_at": NOON},
            "startsAt",
            "startsAt is for sessions only; leave it out for a plan.",
        ),
        (
            {"plan_id": PLAN, "time_zone": "Europe/Kyiv"},
            "timeZone",
            "timeZone is for sessions only; leave it out for a plan.",
        ),
        (
            {"plan_id": PLAN, "use_credits": True},
            "useCredits",
            "useCredits is for sessions only; leave it out for a plan.",
        ),
    ],
)
def test_anything_else_is_refused_by_its_field(
    given: dict[str, Any], field: str, message: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        purchase_of(asked(**given))
    assert (refused.value.field, refused.value.message) == (field, message)


OPEN = CheckoutState(
    id="cs_1",
    status="OPEN",
    url="https://stripe.test/cs_1",
    client_secret=None,
    expires_at=NOON,
    metadata={},
    payment=None,
    subscription_id=None,
    email=None,
)


def test_an_opened_plan_has_its_subscription_and_no_booking() -> None:
    payload = plan_opened(plan_checkout.Opened(OPEN, UiMode.HOSTED, subscription()))
    assert payload.checkout is not None
    assert (payload.checkout.session_id, payload.checkout.url) == ("cs_1", OPEN.url)
    assert (payload.checkout.ui_mode, payload.checkout.expires_at) == (CheckoutUiMode.HOSTED, NOON)
    assert payload.subscription is not None
    assert payload.subscription.id == str(subscription().id)
    assert payload.booking is None
    assert payload.errors == []


def test_an_embedded_session_has_its_secret_and_no_subscription() -> None:
    state = replace(OPEN, url=None, client_secret="cs_1_secret")
    payload = session_opened(checkout.Opened(state, UiMode.EMBEDDED, booking()))
    assert payload.checkout is not None
    assert (payload.checkout.url, payload.checkout.client_secret) == (None, "cs_1_secret")
    assert payload.checkout.ui_mode is CheckoutUiMode.EMBEDDED
    assert payload.booking is not None
    assert (payload.booking.id, payload.booking.credits) == (str(booking().id), None)
    assert payload.subscription is None


def test_a_session_booked_with_credits_has_no_checkout() -> None:
    paid = booking(status=Status.PENDING, credits=2, hold_expires_at=None)
    payload = session_opened(checkout.Opened(None, UiMode.HOSTED, paid))
    assert payload.checkout is None
    assert payload.booking is not None
    assert (payload.booking.status.name, payload.booking.credits) == ("PENDING", 2)
    assert payload.errors == []
