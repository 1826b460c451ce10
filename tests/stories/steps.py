"""What a booking's client reads of its story."""

from dataclasses import dataclass

from tests.world import Client

_QUERY = "query ($id: ID!) { booking(id: $id) { steps { kind subject message times } } }"


@dataclass(frozen=True, slots=True)
class Step:
    kind: str
    subject: str
    message: str
    times: int


async def steps_of(client: Client, booking_id: str) -> list[Step] | None:
    """The steps over GraphQL, oldest first; None when there is no such booking of theirs."""
    booking = (await client.asks(_QUERY, id=booking_id))["booking"]
    return None if booking is None else [Step(**step) for step in booking["steps"]]


async def kinds_of(client: Client, booking_id: str) -> list[str]:
    return [step.kind for step in await steps_of(client, booking_id) or []]
