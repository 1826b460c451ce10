"""Money as clients see it."""

from typing import Self

import strawberry

from schema.scalars import MinorUnits
from services.domain import money


@strawberry.type(description="An amount of one currency.")
class Money:
    amount_minor: MinorUnits = strawberry.field(
        description="In the currency's minor units: 3000 is 30.00 USD, 3,000 JPY or 3.000 KWD."
    )
    currency: str = strawberry.field(description="ISO 4217 code in upper case.")
    display: str = strawberry.field(
        description="The amount for people, the same in every language, such as `30.00 USD`."
    )

    @classmethod
    def of(cls, amount: money.Money) -> Self:
        return cls(
            amount_minor=MinorUnits(amount.amount_minor),
            currency=amount.currency,
            display=amount.display,
        )
