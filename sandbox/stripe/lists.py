"""Lists of objects: filters, newest first, pages of at most a hundred."""

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase

from sandbox.stripe.errors import ApiError, missing_resource
from sandbox.stripe.events import Delivery
from sandbox.stripe.state import Json, rendered

_PER_PAGE = 10
_EQUAL = (
    "active",
    "charge",
    "currency",
    "customer",
    "destination",
    "email",
    "invoice",
    "payment_intent",
    "product",
    "source",
    "status",
    "subscription",
    "transfer_group",
)
_BOUNDS: dict[str, Callable[[int, int], bool]] = {
    "gt": int.__gt__,
    "gte": int.__ge__,
    "lt": int.__lt__,
    "lte": int.__le__,
}


def page(records: Iterable[Json], params: Json, url: str) -> Json:
    """One page of the records that fit `params`; the records come newest first.

    `starting_after` and `ending_before` are ids in that list, else ApiError.
    """
    if "starting_after" in params and "ending_before" in params:
        raise ApiError("Give only one of starting_after and ending_before.")
    fitting = [record for record in records if _fits(record, params)]
    limit = params.get("limit", _PER_PAGE)
    if "ending_before" in params:
        end = _position(fitting, params["ending_before"], "ending_before")
        start = max(0, end - limit)
        more = start > 0
    else:
        after = params.get("starting_after")
        start = _position(fitting, after, "starting_after") + 1 if after else 0
        end = start + limit
        more = end < len(fitting)
    data = [rendered(record) for record in fitting[start:end]]
    return {"object": "list", "data": data, "has_more": more, "url": url}


def _position(records: list[Json], object_id: str, param: str) -> int:
    for position, record in enumerate(records):
        if record["id"] == object_id:
            return position
    raise missing_resource("object", object_id, param)


def _fits(record: Json, params: Json) -> bool:
    return (
        all(record[name] == params[name] for name in _EQUAL if name in params)
        and all(
            _BOUNDS[bound](record["created"], moment)
            for bound, moment in params.get("created", {}).items()
        )
        and _has_buyer(record, params)
        and _has_type(record, params)
        and _is_delivered(record, params)
    )


def _has_buyer(record: Json, params: Json) -> bool:
    if "customer_details" not in params:
        return True
    buyer = record["customer_details"] or {}
    return bool(buyer.get("email") == params["customer_details"]["email"])


def _has_type(record: Json, params: Json) -> bool:
    patterns = params.get("types") or [params.get("type", "*")]
    return patterns == ["*"] or any(fnmatchcase(record["type"], each) for each in patterns)


def _is_delivered(record: Json, params: Json) -> bool:
    wanted = params.get("delivery_success")
    return wanted is None or bool(wanted) is (record["_delivery"] == Delivery.DELIVERED)
