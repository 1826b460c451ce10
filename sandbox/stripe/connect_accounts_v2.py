"""What the account endpoints of the v2 API do: make, read, list, and link to the page."""

from urllib.parse import urlencode

from sandbox.stripe import account_links, connect_settings, connected_accounts, events
from sandbox.stripe.account import Account
from sandbox.stripe.connected_shape import NewAccount, as_v2
from sandbox.stripe.errors import (
    ApiError,
    invalid_parameter,
    missing_parameter,
    not_found,
    unknown_parameter,
)
from sandbox.stripe.state import Json, rendered

_PER_PAGE = 20
_PATH = "/v2/core/accounts"


def create(account: Account, given: Json, _id: str, _path: str) -> Json:
    """A new account, with what `include` names."""
    _require_access(account)
    identity, defaults = given.get("identity", {}), given.get("defaults", {})
    requested = _requested(given)
    if requested and "country" not in identity:
        raise ApiError(
            "The `identity.country` value is required but not provided.",
            code="identity_country_required",
        )
    responsibilities = defaults.get("responsibilities", {})
    dashboard = given.get("dashboard")
    record = connected_accounts.make(
        account,
        NewAccount(
            made_by="v2",
            requested=requested,
            country=identity.get("country"),
            currency=defaults.get("currency"),
            email=given.get("contact_email"),
            entity_type=identity.get("entity_type"),
            display_name=given.get("display_name"),
            dashboard=dashboard,
            fees=responsibilities.get("fees_collector", "stripe"),
            losses=responsibilities.get("losses_collector", "stripe"),
            requirement_collection="application" if dashboard == "none" else "stripe",
            metadata=given.get("metadata", {}),
        ),
    )
    return as_v2(record, given.get("include", []))


def retrieve(account: Account, given: Json, account_id: str, _path: str) -> Json:
    _require_access(account)
    record = connected_accounts.require_v2(account, account_id)
    return as_v2(record, given.get("include", []))


def page(account: Account, given: Json, _id: str, _path: str) -> Json:
    """Newest first, closed ones only when asked for; `page` goes on where the last one ended."""
    _require_access(account)
    wanted, closed = given.get("applied_configurations", []), given.get("closed", False)
    found = [
        record
        for record in account.state.newest_first(connected_accounts.KIND)
        if record["_closed"] is closed
        and (not wanted or ("recipient" in wanted and record["_requested"]))
    ]
    start = _start([record["id"] for record in found], given.get("page"))
    end = start + given.get("limit", _PER_PAGE)
    shown = found[start:end]
    return {
        "data": [as_v2(record, []) for record in shown],
        "next_page_url": _url(given, shown[-1]["id"]) if end < len(found) else None,
        "previous_page_url": None,
    }


def link(account: Account, given: Json, _id: str, _path: str) -> Json:
    """An account link; the parameters of another use case than its type are refused."""
    _require_access(account)
    use_case = given["use_case"]
    kind = use_case["type"]
    for other in use_case:
        if other not in ("type", kind):
            raise unknown_parameter(f"use_case[{other}]")
    if kind not in use_case:
        raise missing_parameter(f"use_case[{kind}]")
    if connected_accounts.find(account, given["account"]) is None:
        raise not_found(given["account"])
    made = account_links.create(account, given["account"], kind, use_case[kind])
    return account_links.as_v2(account, made)


def event(account: Account, _given: Json, event_id: str, _path: str) -> Json:
    """A thin event with what it tells besides."""
    found = account.state.find(event_id, events.THIN)
    if found is None:
        raise not_found(event_id)
    return rendered(found) | {"changes": None, "data": found["_data"]}


def _require_access(account: Account) -> None:
    if connect_settings.read(account).accounts_api == "v1":
        why = "Accounts v2 is not enabled for your platform."
        raise ApiError(why, code="accounts_v2_access_blocked")


def _requested(given: Json) -> bool:
    capabilities = given.get("configuration", {}).get("recipient", {}).get("capabilities", {})
    transfers = capabilities.get("stripe_balance", {}).get("stripe_transfers", {})
    return bool(transfers.get("requested", False))


def _start(ids: list[str], page_token: str | None) -> int:
    if page_token is None:
        return 0
    if page_token not in ids:
        raise invalid_parameter("page", "The page token is not valid.")
    return ids.index(page_token) + 1


def _url(given: Json, last: str) -> str:
    asked = [
        *(
            (f"applied_configurations[{n}]", name)
            for n, name in enumerate(given.get("applied_configurations", []))
        ),
        *(("closed", str(given["closed"]).lower()) for _ in range("closed" in given)),
        *(("limit", str(given["limit"])) for _ in range("limit" in given)),
        ("page", last),
    ]
    return f"{_PATH}?{urlencode(asked)}"
