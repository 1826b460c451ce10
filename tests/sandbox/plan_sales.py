"""A customer and plans in the served sandbox, for what /sandbox shows of subscriptions."""

from dataclasses import dataclass
from typing import Any

from tests.sandbox.sandbox_rig import Rig

FAILING = "4000000000000341"
"""A card that can be kept and is declined whenever it is charged."""


@dataclass
class Sold:
    """A customer and two monthly plans, of $100 and of $40."""

    rig: Rig
    customer: str
    plan: str
    small: str

    async def subscribe(self) -> Any:
        """Subscribe the customer to the $100 plan; the one subscription that /sandbox shows."""
        self.rig.sandbox.stripe.subscribe(self.customer, self.plan, metadata={"user": "u1"})
        return (await self.rig.state())["subscriptions"][0]

    async def act(self, path: str, given: dict[str, Any] | None = None) -> Any:
        answer = await self.rig.ask(f"stripe/{path}", given or {})
        assert answer.status_code == 200, answer.text
        return answer.json()


async def sell(rig: Rig) -> Sold:
    product = await create(rig, "products", {"name": "Inner circle"})
    prices = [
        await create(
            rig,
            "prices",
            {
                "product": product,
                "currency": "usd",
                "unit_amount": str(amount),
                "recurring[interval]": "month",
            },
        )
        for amount in (10000, 4000)
    ]
    customer = await create(rig, "customers", {"email": "ada@shop.test"})
    return Sold(rig, customer, *prices)


async def create(rig: Rig, kind: str, form: dict[str, str]) -> str:
    """The id of a new object of Stripe's API."""
    assert rig.settings.stripe_secret_key is not None
    key = rig.settings.stripe_secret_key.get_secret_value()
    answer = await rig.http.post(
        f"{rig.settings.stripe_api_base}/v1/{kind}",
        data=form,
        headers={"Authorization": f"Bearer {key}"},
    )
    return str(answer.raise_for_status().json()["id"])
