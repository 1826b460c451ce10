"""Connected accounts by the first version of Stripe's Accounts API, for platforms and accounts
that the second does not serve."""

from typing import Any
from uuid import UUID

from stripe.params import AccountCreateParams

from services.domain.payouts import AccountStatus
from services.providers.connect_ports import AccountState, OnboardingLink
from services.providers.errors import ProviderError
from services.providers.ports import Unknown
from services.providers.stripe_client import Stripe
from services.providers.stripe_keys import key_of
from services.providers.stripe_moments import moment

HOST_KEY = "sessionpay_host_id"
"""Metadata that names our host in Stripe's dashboard."""


class StripeAccountsV1:
    """The methods of the port PayoutAccounts; `create` raises what Stripe's refusal became."""

    def __init__(self, stripe: Stripe) -> None:
        self._stripe = stripe

    async def create(self, *, key: UUID, host_id: UUID, email: str, country: str) -> AccountState:
        params: AccountCreateParams = {
            "controller": {
                "fees": {"payer": "application"},
                "losses": {"payments": "application"},
                "requirement_collection": "stripe",
                "stripe_dashboard": {"type": "express"},
            },
            "capabilities": {"transfers": {"requested": True}},
            "country": country.upper(),
            "email": email,
            "metadata": {HOST_KEY: str(host_id)},
        }
        account = await self._stripe.ask_once(
            key_of(f"account-v1:{key}", params),
            lambda options: self._stripe.v1.accounts.create_async(params, options),
        )
        return _state(account.to_dict())

    async def read(self, account_id: str) -> AccountState:
        try:
            account = await self._stripe.ask(
                lambda: self._stripe.v1.accounts.retrieve_async(account_id)
            )
        except ProviderError as error:
            if _is_unknown(error):
                raise Unknown("account") from error
            raise
        return _state(account.to_dict())

    async def onboarding_link(
        self, account_id: str, *, refresh_url: str, return_url: str
    ) -> OnboardingLink:
        try:
            link = await self._stripe.ask(
                lambda: self._stripe.v1.account_links.create_async(
                    {
                        "account": account_id,
                        "type": "account_onboarding",
                        "refresh_url": refresh_url,
                        "return_url": return_url,
                    }
                )
            )
        except ProviderError as error:
            if _is_unknown(error):
                raise Unknown("account") from error
            raise
        return OnboardingLink(link.url, moment(link.expires_at))


def _is_unknown(error: ProviderError) -> bool:
    """Stripe does not say whether there is no such account or it is not the platform's any more."""
    return isinstance(error.body, dict) and error.body.get("code") == "account_invalid"


def _state(account: dict[str, Any]) -> AccountState:
    requirements = account.get("requirements") or {}
    due = [*(requirements.get("past_due") or ()), *(requirements.get("currently_due") or ())]
    return AccountState(
        id=account["id"],
        status=_status(account, requirements.get("disabled_reason") or ""),
        requirements=tuple(dict.fromkeys(due)),
        disabled_reason=requirements.get("disabled_reason"),
    )


def _status(account: dict[str, Any], disabled_reason: str) -> AccountStatus:
    if disabled_reason.startswith("rejected."):
        return AccountStatus.CLOSED
    if (account.get("capabilities") or {}).get("transfers") == "active":
        return AccountStatus.ACTIVE
    if not account["details_submitted"]:
        return AccountStatus.ONBOARDING
    return AccountStatus.RESTRICTED
