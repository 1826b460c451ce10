"""A subscription from its price to its end, by Stripe's SDK over real HTTP to the stand-in."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.domain.billing import PriceState, SubscriptionState
from services.domain.money import Money
from services.domain.plans import Interval, PortalFlow, SubscriptionStatus
from services.providers.billing_ports import InvoiceState
from services.providers.ports import CheckoutState, NewCheckout, NewSubscription, Unknown
from services.providers.stripe_checkouts import StripeCheckouts
from services.providers.stripe_client import Stripe, connect
from services.providers.stripe_customers import StripeCustomers
from services.providers.stripe_disputes import StripeDisputes
from services.providers.stripe_invoices import StripeInvoices
from services.providers.stripe_portal import StripePortal
from services.providers.stripe_prices import StripePrices
from services.providers.stripe_refunds import StripeRefunds
from services.providers.stripe_subscriptions import StripeSubscriptions
from tests.sandbox.stripe_rig import SECRET_KEY, Rig, running

BUYER = UUID("d3300000-0000-4000-8000-000000000001")
ORDER = UUID("50b00000-0000-4000-8000-000000000001")
PLAN = UUID("91a00000-0000-4000-8000-000000000001")
OTHER_PLAN = UUID("91a00000-0000-4000-8000-000000000002")
MONTHLY = Money(10000, "USD")
FAILS_LATER = "4000000000000341"
WANTS_3DS = "4000002760003184"
DISPUTED = "4000000000000259"


@dataclass
class Shop:
    """The adapters before a stand-in of their own."""

    rig: Rig
    stripe: Stripe

    async def price(self, plan_id: UUID = PLAN, price: Money = MONTHLY) -> PriceState:
        return await StripePrices(self.stripe).create(
            plan_id=plan_id,
            name="Club",
            description="",
            price=price,
            interval=Interval.MONTH,
            interval_count=1,
        )

    async def opens(self, **trial: Any) -> CheckoutState:
        metadata = {"sessionpay_subscription_id": str(ORDER)}
        customer_id = await StripeCustomers(self.stripe).create(
            key=BUYER, metadata={}, email="ann@example.com", name=None
        )
        new = NewCheckout(
            key=f"checkout:{trial}",
            client_reference=BUYER,
            customer_id=customer_id,
            ui_mode="HOSTED",
            product="Club",
            price=MONTHLY,
            subscription=NewSubscription((await self.price()).id, **trial),
            success_url="https://shop.test/done",
            cancel_url="https://shop.test/back",
            expires_at=self.rig.clock.now() + timedelta(hours=1),
            metadata=metadata,
        )
        return await StripeCheckouts(self.stripe).open(new)

    async def sells(self, number: str = "4242424242424242", **trial: Any) -> SubscriptionState:
        opened = await self.opens(**trial)
        self.rig.sandbox.pay(opened.id, number)
        paid = await StripeCheckouts(self.stripe).read(opened.id)
        assert paid.subscription_id is not None
        return await self.subscription(paid.subscription_id)

    async def subscription(self, subscription_id: str) -> SubscriptionState:
        return await StripeSubscriptions(self.stripe).read(subscription_id)

    async def invoices(self, subscription_id: str) -> list[InvoiceState]:
        invoices = StripeInvoices(self.stripe)
        return list(await invoices.of_subscription(subscription_id, limit=24))


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with running() as rig:
        stripe, close = connect(SECRET_KEY, api_base=rig.base, now=rig.clock.now)
        yield Shop(rig, stripe)
        await close()


async def test_a_paid_checkout_began_the_subscription_that_it_names(shop: Shop) -> None:
    opened = await shop.opens()
    assert (opened.status, opened.subscription_id, opened.payment) == ("OPEN", None, None)
    shop.rig.sandbox.pay(opened.id)
    paid = await StripeCheckouts(shop.stripe).read(opened.id)
    assert (paid.status, paid.payment, paid.email) == ("COMPLETE", None, "ann@example.com")
    assert paid.subscription_id is not None

    begun = await shop.subscription(paid.subscription_id)
    assert (begun.order_id, begun.plan_id) == (ORDER, PLAN)
    assert begun.price_id == (await shop.price()).id
    assert (begun.status, begun.price) == (SubscriptionStatus.ACTIVE, MONTHLY)
    assert (begun.cancel_at, begun.canceled_at, begun.ended_at) == (None, None, None)
    [invoice] = await shop.invoices(begun.id)
    assert invoice.subscription_id == begun.id
    assert invoice.customer_id == begun.customer_id
    assert invoice.period_start == begun.current_period_start
    assert invoice.period_end == begun.current_period_end
    [payment] = invoice.payments
    assert (payment.status, payment.amount) == ("SUCCEEDED", MONTHLY)
    assert await StripeInvoices(shop.stripe).of_payment(payment.id) == invoice
    assert await StripeCheckouts(shop.stripe).of_payment(payment.id) is None


async def test_a_trial_costs_nothing_until_it_ends(shop: Shop) -> None:
    trial = await shop.sells(trial_days=7)
    assert trial.status is SubscriptionStatus.TRIALING
    assert trial.trial_end is not None
    assert trial.trial_end == trial.current_period_end
    [free] = await shop.invoices(trial.id)
    assert (free.payments, free.period_end) == ((), trial.trial_end)

    await shop.rig.advance(days=7, minutes=5)
    ran_out = await shop.subscription(trial.id)
    first, _ = await shop.invoices(trial.id)
    assert ran_out.status is SubscriptionStatus.ACTIVE
    assert (first.period_start, first.period_end) == (
        trial.trial_end,
        ran_out.current_period_end,
    )
    assert [payment.status for payment in first.payments] == ["SUCCEEDED"]


@pytest.mark.parametrize(
    ("card", "reason"),
    [
        (FAILS_LATER, "Your card was declined."),
        (WANTS_3DS, "Your bank wants you to confirm this payment."),
    ],
)
async def test_a_renewal_that_fails_is_told_with_its_reason(
    shop: Shop, card: str, reason: str
) -> None:
    begun = await shop.sells()
    shop.rig.sandbox.set_card(begun.customer_id, card)
    await shop.rig.advance(days=31, minutes=5)
    assert (await shop.subscription(begun.id)).status is SubscriptionStatus.PAST_DUE
    renewal, _ = await shop.invoices(begun.id)
    [payment] = renewal.payments
    assert (payment.status, payment.failure_reason) == ("FAILED", reason)
    assert renewal.period_start == begun.current_period_end


async def test_a_change_settled_at_once_is_for_the_rest_of_the_period(shop: Shop) -> None:
    begun = await shop.sells()
    dearer = await shop.price(OTHER_PLAN, Money(20000, "USD"))
    await shop.rig.advance(days=10)
    shop.rig.sandbox.change_plan(begun.id, dearer.id)
    changed = await shop.subscription(begun.id)
    assert (changed.plan_id, changed.price) == (OTHER_PLAN, Money(20000, "USD"))
    settled, first = await shop.invoices(begun.id)
    assert begun.current_period_start is not None
    assert settled.period_start is not None
    assert settled.period_start > begun.current_period_start
    assert settled.period_end == first.period_end == begun.current_period_end
    assert [payment.status for payment in settled.payments] == ["SUCCEEDED"]


async def test_a_subscription_is_ended_once_and_ending_it_again_tells_the_same(
    shop: Shop,
) -> None:
    begun = await shop.sells()
    subscriptions = StripeSubscriptions(shop.stripe)
    ended = await subscriptions.cancel(begun.id, key="end:1")
    assert ended.status is SubscriptionStatus.CANCELED
    assert ended.ended_at is not None
    assert await subscriptions.cancel(begun.id, key="end:1") == ended
    with pytest.raises(Unknown):
        await subscriptions.cancel("sub_none", key="end:2")
    assert len(await shop.invoices(begun.id)) == 1


async def test_the_end_of_the_period_is_when_a_cancelled_subscription_ends(shop: Shop) -> None:
    begun = await shop.sells()
    shop.rig.sandbox.cancel_subscription(begun.id, at_period_end=True)
    cancelled = await shop.subscription(begun.id)
    assert cancelled.status is SubscriptionStatus.ACTIVE
    assert cancelled.cancel_at == begun.current_period_end
    assert cancelled.canceled_at is not None


async def test_a_disputed_payment_has_a_dispute_and_an_ordinary_one_none(shop: Shop) -> None:
    begun = await shop.sells(DISPUTED)
    [invoice] = await shop.invoices(begun.id)
    [payment] = invoice.payments
    disputes = StripeDisputes(shop.stripe)
    [dispute] = await disputes.of_payment(payment.id)
    assert (dispute.payment_id, dispute.status) == (payment.id, "needs_response")

    shop.rig.sandbox.close_dispute(dispute.id, won=False)
    [closed] = await disputes.of_payment(payment.id)
    assert (closed.id, closed.status) == (dispute.id, "lost")


async def test_what_was_given_back_of_an_invoice_is_told_with_its_payment(shop: Shop) -> None:
    begun = await shop.sells()
    [invoice] = await shop.invoices(begun.id)
    [payment] = invoice.payments
    await StripeRefunds(shop.stripe).create(
        key="r1", payment_id=payment.id, amount=Money(4000, "USD")
    )
    [refunded] = (await StripeInvoices(shop.stripe).read(invoice.id)).payments
    assert (refunded.amount, refunded.amount_refunded_minor) == (MONTHLY, 4000)


@pytest.mark.parametrize("flow", list(PortalFlow))
async def test_the_portal_opens_for_a_subscriber(shop: Shop, flow: PortalFlow) -> None:
    begun = await shop.sells()
    portal = StripePortal(shop.stripe)
    offers = [await shop.price(), await shop.price(OTHER_PLAN, Money(20000, "USD"))]
    configured, again = [
        await portal.configure(offers, key="k1", return_url="https://shop.test/a") for _ in range(2)
    ]
    assert configured == again
    url = await portal.open(
        customer_id=begun.customer_id,
        configuration_id=configured,
        return_url="https://shop.test/a",
        flow=flow,
        subscription_id=begun.id,
    )
    assert url.startswith(shop.rig.base)
    assert (await shop.rig.http.get(url, follow_redirects=True)).status_code == 200
