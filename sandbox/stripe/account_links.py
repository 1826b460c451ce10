"""Account links: addresses, good for one visit within minutes, of the onboarding page."""

from datetime import timedelta

from sandbox.stripe.account import Account
from sandbox.stripe.moments import of_seconds
from sandbox.stripe.state import Json, new_id

KIND = "sandbox.account_link"
# Stripe says "a few minutes"; its answers name five.
LIFETIME = timedelta(minutes=5)


def create(account: Account, account_id: str, use_case: str, flow: Json) -> Json:
    """A new link; `flow` has refresh_url and perhaps return_url."""
    now = account.now()
    return account.state.put(
        {
            "id": new_id("", 40),
            "object": KIND,
            "account": account_id,
            "created": now,
            "expires_at": now + int(LIFETIME.total_seconds()),
            "use_case": use_case,
            "refresh_url": flow["refresh_url"],
            "return_url": flow.get("return_url"),
            "collection_options": flow.get("collection_options"),
            "opened": False,
            "finished": False,
        }
    )


def is_fresh(account: Account, link: Json) -> bool:
    """Whether the link still leads to the page: never opened, and not too old."""
    return not link["opened"] and bool(account.now() < link["expires_at"])


def url(account: Account, link: Json) -> str:
    return f"{account.base_url}/connect/onboarding/{link['id']}"


def as_v1(account: Account, link: Json) -> Json:
    return {
        "object": "account_link",
        "created": link["created"],
        "expires_at": link["expires_at"],
        "url": url(account, link),
    }


def as_v2(account: Account, link: Json) -> Json:
    flow = {name: link[name] for name in ("collection_options", "refresh_url", "return_url")}
    use_case = {"account_onboarding": None, "account_update": None, "type": link["use_case"]}
    return {
        "object": "v2.core.account_link",
        "account": link["account"],
        "created": of_seconds(link["created"]),
        "expires_at": of_seconds(link["expires_at"]),
        "livemode": False,
        "url": url(account, link),
        "use_case": use_case | {link["use_case"]: flow},
    }
