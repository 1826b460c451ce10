"""Somebody who subscribes: what they do with a plan, and what they see of it."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import httpx

from sandbox.accounts import DEMO_USERS
from tests.world import Client, World

MENTORING_PLAN = "91a40000-0000-4000-8000-000000000001"  # 100 USD a month, 2 credits, channel
YEARLY = "91a40000-0000-4000-8000-000000000002"  # 1,000 USD a year, 24 credits, channel
STARTER = "91a40000-0000-4000-8000-000000000003"  # 50 USD a month after 7 free days, 1 credit
INNER_CIRCLE = "91a40000-0000-4000-8000-000000000004"  # 15 USD a month, channel
FOR_GOOD = "91a40000-0000-4000-8000-000000000005"  # 120 USD once, channel

GOOD_CARD = "4242424242424242"
FAILING_CARD = "4000000000000341"  # can be kept, and is declined whenever it is charged

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)

SUBSCRIPTION = """
  id status plan { id name } price { amountMinor currency } currentPeriodStart currentPeriodEnd
  trialEnd cancelAt cancelAtPeriodEnd canceledAt endedAt graceUntil
"""
PAYMENT = """
  status amount { amountMinor } refunded { amountMinor } outcome outcomeReason receiptUrl
  invoiceNumber invoiceUrl invoicePdfUrl periodStart periodEnd disputed subscription { id }
"""
_TAG = re.compile(r"<form\b(?P<form>[^>]*)>(?P<inner>.*?)</form>", re.DOTALL)
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
_INPUT = re.compile(r"<input\b([^>]*)>")


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A client with one plan in mind."""

    world: World
    client: Client
    plan: str

    async def asks(self, **more: Any) -> dict[str, Any]:
        """createCheckoutSession's payload."""
        data = await self.client.asks(
            "mutation ($input: CreateCheckoutSessionInput!) { createCheckoutSession(input: $input)"
            " { checkout { sessionId url clientSecret expiresAt }"
            " booking { id } subscription { id status } errors { code message"
            " ... on InvalidInputError { field } } } }",
            input={"planId": self.plan, **more},
        )
        payload: dict[str, Any] = data["createCheckoutSession"]
        return payload

    async def opens(self, **more: Any) -> str:
        """The id of the open checkout."""
        payload = await self.asks(**more)
        assert payload["errors"] == [], payload
        return str(payload["checkout"]["sessionId"])

    async def refusal(self, **more: Any) -> list[str]:
        """Codes for which no checkout is opened."""
        payload = await self.asks(**more)
        assert payload["checkout"] is payload["subscription"] is None
        return [error["code"] for error in payload["errors"]]

    async def pays(self, session_id: str, card: str = GOOD_CARD) -> None:
        """Pay on Stripe's page; what follows is done."""
        self.world.sandbox.stripe.pay(session_id, card)
        await self.comes_to_rest()

    async def confirms(self, session_id: str) -> dict[str, Any]:
        """confirmBooking's payload."""
        data = await self.client.asks(
            "mutation ($id: String!) { confirmBooking(input: {checkoutSessionId: $id})"
            f" {{ success booking {{ id }} subscription {{ {SUBSCRIPTION} }}"
            " errors { code message } } }",
            id=session_id,
        )
        payload: dict[str, Any] = data["confirmBooking"]
        return payload

    async def comes_to_rest(self) -> None:
        """Stripe's events arrive, and the worker does what they ask for."""
        await self.world.sandbox.stripe.deliveries.settled()
        await self.world.worker.drain()

    async def subscription(self) -> dict[str, Any]:
        """mySubscription of this plan; empty when there is none."""
        data = await self.client.asks(
            f"query ($id: ID!) {{ mySubscription(planId: $id) {{ {SUBSCRIPTION} }} }}",
            id=self.plan,
        )
        return data["mySubscription"] or {}

    async def status(self) -> str | None:
        found: str | None = (await self.subscription()).get("status")
        return found

    async def entitlements(self) -> dict[str, Any]:
        data = await self.client.asks(
            "{ me { entitlements { active graceUntil creditsLeft subscriptions { id }"
            " channels { channel { name } status } } } }"
        )
        found: dict[str, Any] = data["me"]["entitlements"]
        return found

    async def is_entitled(self) -> bool:
        return bool((await self.entitlements())["active"])

    async def has_paid(self) -> bool:
        """users.paid"""
        return bool((await self.client.asks("{ me { paid } }"))["me"]["paid"])

    async def payments(self) -> list[dict[str, Any]]:
        """The history, oldest first."""
        data = await self.client.asks(f"{{ myPayments(first: 100) {{ nodes {{ {PAYMENT} }} }} }}")
        return list(reversed(data["myPayments"]["nodes"]))

    async def outcomes(self) -> list[tuple[int, str | None]]:
        """Amount and outcome of each payment, oldest first."""
        return [(paid["amount"]["amountMinor"], paid["outcome"]) for paid in await self.payments()]

    async def told(self) -> list[str]:
        """Kinds of messages about plans, oldest first; those about a channel left out."""
        kinds = reversed(await self.client.notifications())
        return [kind for kind in kinds if not kind.startswith("CHANNEL_")]

    def mails(self) -> list[str]:
        """Subjects of the mails about plans, oldest first; those about a channel left out."""
        about_channel = ("Your invitation: ", "Your access has ended: ")
        email = DEMO_USERS[self.client is self.world.other].email
        return [each for each in self.world.mails(email) if not each.startswith(about_channel)]

    async def at_stripe(self) -> dict[str, Any]:
        """Our row's subscription as Stripe shows it."""
        row = await self.world.row(
            "select stripe_subscription_id as id from public.subscriptions where id = $1",
            (await self.subscription())["id"],
        )
        [found] = [
            each for each in self.world.sandbox.stripe.subscriptions() if each["id"] == row[0]
        ]
        return found

    async def changes_card(self, number: str) -> None:
        """Keep another card for the coming payments."""
        self.world.sandbox.stripe.set_card((await self.at_stripe())["customer"], number)
        await self.comes_to_rest()

    async def waits_until(self, moment: str, *, and_then: timedelta = SECOND) -> None:
        """The clock moves to a while after a moment (ISO 8601), or before it."""
        ahead = datetime.fromisoformat(moment) + and_then - self.world.sandbox.clock.now()
        await self.world.time_passes(ahead)

    async def renews(self) -> None:
        """The current period ends and what Stripe does then arrives."""
        await self.waits_until((await self.subscription())["currentPeriodEnd"])

    async def portal(self, flow: str = "HOME", **more: Any) -> dict[str, Any]:
        """portalUrl's payload."""
        data = await self.client.asks(
            "mutation ($input: PortalUrlInput!)"
            " { portalUrl(input: $input) { url errors { code message } } }",
            input={"flow": flow, **more},
        )
        payload: dict[str, Any] = data["portalUrl"]
        return payload

    async def opens_portal(self, flow: str = "HOME", **more: Any) -> httpx.Response:
        """The page to which portalUrl leads."""
        payload = await self.portal(flow, **more)
        assert payload["errors"] == [], payload
        return await self.world.http.get(payload["url"], follow_redirects=True)

    async def submits(self, page: httpx.Response, verb: str, **typed: str) -> httpx.Response:
        """Send the form of a page whose button says this; what follows is done."""
        [form] = [each for each in _TAG.finditer(page.text) if f">{verb}</button>" in each["inner"]]
        attributes = dict(_ATTRIBUTE.findall(form["form"]))
        fields = [dict(_ATTRIBUTE.findall(each)) for each in _INPUT.findall(form["inner"])]
        hidden = {each["name"]: each["value"] for each in fields if each.get("type") == "hidden"}
        by_get, sent = attributes["method"] == "get", hidden | typed
        answer = await self.world.http.request(
            attributes["method"].upper(),
            page.url.join(unescape(attributes["action"])),
            params=sent if by_get else None,
            data=None if by_get else sent,
            follow_redirects=True,
        )
        await self.comes_to_rest()
        return answer


def will_subscribe(world: World, plan: str = MENTORING_PLAN) -> Subscriber:
    """The demo client, who has nothing yet."""
    return Subscriber(world, world.client, plan)


async def subscribes(world: World, plan: str = MENTORING_PLAN) -> Subscriber:
    """The demo client has opened a checkout for the plan and paid it."""
    who = will_subscribe(world, plan)
    await who.pays(await who.opens())
    return who
