"""One entry of the table of the served API, and the handlers that most entries share."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.stripe import lists, params
from sandbox.stripe.account import Account
from sandbox.stripe.schema import Check
from sandbox.stripe.state import Json, rendered

# (account, checked parameters, id in the path or "", path) → answer
Handler = Callable[[Account, Json, str, str], Json]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`path` is below the base address and may hold `{id}`.

    Paths below /v2 take JSON bodies, all others forms. `connected` tells whether the sandbox
    serves it for a connected account too, named by the header Stripe-Account.
    """

    method: str
    path: str
    takes: Check
    handler: Handler
    connected: bool = False

    @property
    def takes_json(self) -> bool:
        return self.path.startswith("/v2/") and self.method == "POST"

    @property
    def operation(self) -> str:
        """Its name for faults: `stripe.POST /v1/transfers` plans one for this endpoint alone."""
        return f"{self.method} {self.path}"


def creates(create: Callable[[Account, Json], Json]) -> Handler:
    return lambda account, given, _id, _path: rendered(create(account, given))


def retrieves(kind: str) -> Handler:
    return lambda account, _given, object_id, _path: rendered(account.require(object_id, kind))


def lists_all(kind: str) -> Handler:
    return lambda account, given, _id, path: lists.page(
        account.state.newest_first(kind), given, path
    )


def collection(
    path: str, kind: str, filters: Check, listing: Handler | None = None
) -> list[Endpoint]:
    """The list of a kind's objects and the reading of one."""
    listed = listing or lists_all(kind)
    return [
        Endpoint("GET", path, filters, listed),
        # The SDK's retrieve("") asks for the collection with a slash, and Stripe answers it.
        Endpoint("GET", f"{path}/", filters, listed),
        Endpoint("GET", f"{path}/{{id}}", params.NOTHING, retrieves(kind)),
    ]
