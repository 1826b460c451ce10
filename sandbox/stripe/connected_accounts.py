"""Connected accounts: made by the v1 or the v2 API, read by both, and what becomes of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy

from sandbox.stripe import account_requirements as requirements
from sandbox.stripe import connected_shape
from sandbox.stripe.account import Account
from sandbox.stripe.connected_shape import NewAccount
from sandbox.stripe.errors import ApiError, invalid_parameter, no_access, not_found
from sandbox.stripe.state import Json, rendered

KIND = "account"
V2_KIND = "v2.core.account"
_RECIPIENT = "v2.core.account[configuration.recipient].capability_status_updated"
_REQUIREMENTS = "v2.core.account[requirements].updated"


def make(account: Account, told: NewAccount) -> Json:
    """A new account.

    Raises ApiError when an Express Dashboard is wanted for an account whose fees or losses are
    not the platform's.
    """
    if told.dashboard == "express" and {told.fees, told.losses} != {"application"}:
        raise ApiError(
            "Accounts with access to an Express Dashboard must have fees and losses collected by "
            "the application.",
            code="account_controller_express_dash_without_application_losses_or_fees",
        )
    return account.state.put(connected_shape.new(account.now(), told))


def find(account: Account, account_id: str) -> Json | None:
    """The account of this id, unless it is closed."""
    record = account.state.find(account_id, KIND)
    return record if record and not record["_closed"] else None


def require(account: Account, account_id: str) -> Json:
    """The same for the v1 API; raises its ApiError (403 account_invalid)."""
    record = find(account, account_id)
    if record is None:
        raise no_access(account_id)
    return record


def require_v2(account: Account, account_id: str) -> Json:
    """An account, closed or not, for the v2 API; raises its ApiError (404 not_found)."""
    record = account.state.find(account_id, KIND)
    if record is None:
        raise not_found(account_id)
    return record


def fill_in(account: Account, record: Json, person: Json, number: str, *, complete: bool) -> None:
    """The owner has told everything, or (not `complete`) all but a document.

    `person` has given_name, surname and date_of_birth {day, month, year}; `number` is that of
    the bank account.
    """
    with _changing(account, record):
        record["details_submitted"] = True
        record["tos_acceptance"] = {"date": account.now()}
        record["business_type"] = record["business_type"] or "individual"
        bank_account = connected_shape.bank_account(number, record["default_currency"])
        record["external_accounts"] = connected_shape.bank_accounts(record["id"], bank_account)
        record["_person"] = person
        record["_due"] = [] if complete else [requirements.DOCUMENT]


def ask_for(account: Account, record: Json, fields: tuple[str, ...]) -> None:
    """Stripe wants to know these (again), by their names in either API."""
    for field in fields:
        if not field.strip():
            raise invalid_parameter("fields", "A requirement must have a name.")
    with _changing(account, record):
        wanted = [requirements.named(field) for field in fields]
        record["_due"] = list(dict.fromkeys([*record["_due"], *wanted]))


def reject(account: Account, record: Json) -> None:
    """Stripe does not want this account for good."""
    with _changing(account, record):
        record["_rejected"] = True


def close(account: Account, record: Json) -> None:
    """The account's owner leaves the platform, or the account is deleted."""
    record["_closed"] = True
    requirements.refresh(record)
    account.state.put(record)
    if record["_made_by"] == "v2":
        account.events.record_thin("v2.core.account.closed", related(record))
        return
    application = {"id": "ca_sandbox", "object": "application", "name": "Sandbox platform"}
    account.events.record("account.application.deauthorized", application, connected=record["id"])


def update(account: Account, record: Json, given: Json) -> Json:
    """Change what the v1 API lets a platform change: email, business_type, metadata, transfers."""
    with _changing(account, record):
        record |= {name: given[name] for name in ("email", "business_type") if name in given}
        if "metadata" in given:
            record["metadata"] = given["metadata"]
        if given.get("requested") and not record["_requested"]:
            record["_requested"] = True
            if not record["details_submitted"]:
                record["_due"] = list(requirements.AT_FIRST)
    return record


def may_receive(record: Json) -> bool:
    """Whether transfers to the account are taken."""
    return bool(record["capabilities"].get("transfers") == "active")


def related(record: Json) -> Json:
    """The account as a thin event names it."""
    url = f"/v2/core/accounts/{record['id']}"
    return {"id": record["id"], "type": V2_KIND, "url": url}


@contextmanager
def _changing(account: Account, record: Json) -> Iterator[None]:
    """What the block changes is kept and told of as whoever made the account hears of it."""
    before = deepcopy(rendered(record))
    transfers, due = _transfers(record), list(record["_due"])
    yield
    requirements.refresh(record)
    account.state.put(record)
    if record["_made_by"] == "v2":
        if _transfers(record) != transfers:
            data = {"updated_capability": requirements.TRANSFERS}
            account.events.record_thin(_RECIPIENT, related(record), data)
        if record["_due"] != due:
            account.events.record_thin(_REQUIREMENTS, related(record))
        return
    after = rendered(record)
    previous = {name: value for name, value in before.items() if after[name] != value}
    if previous:
        account.events.record("account.updated", record, previous, connected=record["id"])


def _transfers(record: Json) -> str:
    status: str = requirements.capability(record, requirements.TRANSFERS)["status"]
    return status
