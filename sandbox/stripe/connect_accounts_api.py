"""What the account endpoints of the v1 API do: make, change, read, list, and link to the page."""

from sandbox.stripe import account_links, connect_settings, connected_accounts, lists
from sandbox.stripe.account import Account
from sandbox.stripe.catalog import merged_metadata
from sandbox.stripe.connected_shape import NewAccount
from sandbox.stripe.errors import ApiError, decided, missing_object
from sandbox.stripe.state import Json, rendered

_NEW_PLATFORM = (
    "Your platform must create accounts with the Accounts v2 API (`/v2/core/accounts`). See "
    "https://docs.stripe.com/connect/accounts-v2/account-creation."
)


def create(account: Account, given: Json) -> Json:
    """A new account; raises ApiError (400) on a platform that has to use the v2 API."""
    if connect_settings.read(account).accounts_api == "v2":
        raise ApiError(_NEW_PLATFORM)
    controller = given["controller"]
    payer = controller.get("fees", {}).get("payer", "account")
    return connected_accounts.make(
        account,
        NewAccount(
            made_by="v1",
            requested=_requested(given),
            country=given["country"],
            currency=None,
            email=given.get("email"),
            entity_type=given.get("business_type"),
            display_name=None,
            dashboard=controller.get("stripe_dashboard", {}).get("type", "full"),
            fees="stripe" if payer == "account" else payer,
            losses=controller.get("losses", {}).get("payments", "stripe"),
            requirement_collection=controller.get("requirement_collection", "stripe"),
            metadata=given.get("metadata", {}),
        ),
    )


def update(account: Account, given: Json, account_id: str, _path: str) -> Json:
    record = connected_accounts.require(account, account_id)
    changes: Json = {name: given[name] for name in ("business_type", "email") if name in given}
    if "metadata" in given:
        changes["metadata"] = merged_metadata(record["metadata"], given["metadata"])
    changes["requested"] = _requested(given)
    return rendered(connected_accounts.update(account, record, changes))


def retrieve(account: Account, _given: Json, account_id: str, _path: str) -> Json:
    return rendered(connected_accounts.require(account, account_id))


def page(account: Account, given: Json, _id: str, path: str) -> Json:
    found = account.state.newest_first(connected_accounts.KIND)
    return lists.page((each for each in found if not each["_closed"]), given, path)


def link(account: Account, given: Json, _id: str, _path: str) -> Json:
    """An account link; account_update is for accounts of which the platform asks everything.

    docs.stripe.com/api/account_links/create
    """
    record = connected_accounts.find(account, given["account"])
    if record is None:
        raise missing_object("account", given["account"], "account")
    collected_by = record["controller"]["requirement_collection"]
    if given["type"] == "account_update" and collected_by == "stripe":
        raise decided(
            "You cannot create `account_update` type Account Links for this account: Stripe "
            "collects its requirements.",
            param="type",
        )
    made = account_links.create(account, record["id"], given["type"], given)
    return account_links.as_v1(account, made)


def _requested(given: Json) -> bool:
    transfers = given.get("capabilities", {}).get("transfers", {})
    return bool(transfers.get("requested", False))
