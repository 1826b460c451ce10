"""Connected accounts at Stripe: by Accounts v2, and by v1 where that does not serve us."""

from typing import Any
from uuid import UUID

from stripe.params.v2.core import AccountCreateParams, AccountRetrieveParams

from services.domain.payouts import AccountStatus
from services.providers.connect_ports import AccountRefused, AccountState, OnboardingLink
from services.providers.errors import ProviderError
from services.providers.moments import read_moment
from services.providers.ports import Unknown
from services.providers.stripe_accounts_v1 import HOST_KEY, StripeAccountsV1
from services.providers.stripe_client import Stripe
from services.providers.stripe_keys import key_of

# Stripe leaves these parts of an account out unless they are asked for.
_READ: AccountRetrieveParams = {"include": ["configuration.recipient", "requirements"]}

# Version 2 names what it refuses by its code alone, version 1 by the parameter too.
# (docs.stripe.com/api/v2/core/accounts/create, error codes)
_FIELD_OF_CODE = {
    "email_invalid": "email",
    "email_domain_invalid_for_recipient": "email",
    "capability_not_available_for_entity_type_in_country": "country",
    "capability_not_available_in_country": "country",
    "country_code_invalid": "country",
    "country_unsupported": "country",
    "cross_border_connected_account_creation_not_allowed": "country",
    "identity_country_required": "country",
}
_FIELD_OF_PARAM = {
    "contact_email": "email",
    "email": "email",
    "display_name": "name",
    "identity.country": "country",
    "country": "country",
}
_BRACKETS = str.maketrans("[", ".", "]")


class StripePayoutAccounts:
    """Implements the port PayoutAccounts.

    Version 1 knows every account, so it is asked whatever version 2 refuses: platforms without
    Accounts v2 are refused all of it, and accounts made by version 1 may be.
    """

    def __init__(self, stripe: Stripe) -> None:
        self._stripe = stripe
        self._v1 = StripeAccountsV1(stripe)

    async def create(
        self, *, key: UUID, host_id: UUID, email: str, name: str, country: str
    ) -> AccountState:
        params = _params(host_id, email, name, country)
        try:
            account = await self._stripe.ask_once(
                key_of(f"account:{key}", params),
                lambda options: self._stripe.v2.core.accounts.create_async(params, options),
            )
        except (ProviderError, Unknown) as error:
            if not _is_refusal(error):
                raise
            if field := _field(error):
                raise AccountRefused(_message(error), field) from error
            refusal = error
        else:
            return _state(account.to_dict())
        try:
            return await self._v1.create(key=key, host_id=host_id, email=email, country=country)
        except ProviderError as error:
            if not _is_refusal(error) or error.status != 400:
                raise
            # A platform that version 1 makes no accounts for is told the other version's reason.
            message = f"{_message(refusal)}, by v1 {_message(error)}"
            raise AccountRefused(message, _field(error)) from error

    async def read(self, account_id: str) -> AccountState:
        if not account_id:  # an empty id would list instead
            raise Unknown("id")
        try:
            account = await self._stripe.ask(
                lambda: self._stripe.v2.core.accounts.retrieve_async(account_id, _READ)
            )
        except (ProviderError, Unknown) as error:
            if not _is_refusal(error):
                raise
            return await self._v1.read(account_id)
        return _state(account.to_dict())

    async def onboarding_link(
        self, account_id: str, *, refresh_url: str, return_url: str
    ) -> OnboardingLink:
        try:
            link = await self._stripe.ask(
                lambda: self._stripe.v2.core.account_links.create_async(
                    {
                        "account": account_id,
                        "use_case": {
                            "type": "account_onboarding",
                            "account_onboarding": {
                                "refresh_url": refresh_url,
                                "return_url": return_url,
                            },
                        },
                    }
                )
            )
        except (ProviderError, Unknown) as error:
            if not _is_refusal(error):
                raise
            return await self._v1.onboarding_link(
                account_id, refresh_url=refresh_url, return_url=return_url
            )
        return OnboardingLink(link.url, read_moment(link.expires_at))


def _params(host_id: UUID, email: str, name: str, country: str) -> AccountCreateParams:
    return {
        "contact_email": email,
        "display_name": name,
        "dashboard": "express",
        "identity": {"country": country.lower()},
        "configuration": {
            "recipient": {
                "capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}
            }
        },
        "defaults": {
            "responsibilities": {
                "fees_collector": "application",
                "losses_collector": "application",
            }
        },
        "metadata": {HOST_KEY: str(host_id)},
        "include": _READ["include"],
    }


def _is_refusal(error: ProviderError | Unknown) -> bool:
    """Whether nothing was done and the other version may be asked.

    Not after a wrong key, nor when our idempotency key was used with other parameters: then an
    account may have been made.
    """
    if isinstance(error, Unknown):
        return True
    if error.retryable or error.status == 401 or _told(error, "type") == "idempotency_error":
        return False
    return error.status is not None and 400 <= error.status < 500


def _told(error: ProviderError | Unknown, name: str) -> str:
    """What Stripe's refusal says of its `type`, `code` or `param`; empty when nothing."""
    body = error.body if isinstance(error, ProviderError) else None
    return str(body.get(name) or "") if isinstance(body, dict) else ""


def _message(error: ProviderError | Unknown) -> str:
    return error.message if isinstance(error, ProviderError) else "resource_missing"


def _field(error: ProviderError | Unknown) -> str | None:
    """The parameter of ours that is refused, if it is one of them."""
    named = _FIELD_OF_PARAM.get(_told(error, "param").translate(_BRACKETS))
    return named or _FIELD_OF_CODE.get(_told(error, "code"))


def _state(account: dict[str, Any]) -> AccountState:
    transfers = _transfers(account)
    reasons = transfers.get("status_details") or ()
    awaited = _awaited(account)
    return AccountState(
        id=account["id"],
        status=_status(account, transfers.get("status"), awaited),
        requirements=tuple(dict.fromkeys(entry["description"] for entry in awaited)),
        disabled_reason=reasons[0]["code"] if reasons else None,
    )


def _transfers(account: dict[str, Any]) -> dict[str, Any]:
    """The capability to receive transfers; empty for an account that it was never asked for."""
    found = account
    for name in ("configuration", "recipient", "capabilities", "stripe_balance"):
        found = found.get(name) or {}
    return found.get("stripe_transfers") or {}


def _awaited(account: dict[str, Any]) -> list[dict[str, Any]]:
    """The requirements that are the host's turn now, without those that are due one day."""
    entries = (account.get("requirements") or {}).get("entries") or ()
    return [
        entry
        for entry in entries
        if entry["awaiting_action_from"] == "user"
        and (entry.get("minimum_deadline") or {}).get("status") != "eventually_due"
    ]


def _status(
    account: dict[str, Any], transfers: str | None, awaited: list[dict[str, Any]]
) -> AccountStatus:
    if account.get("closed") or transfers in ("rejected", "unsupported"):
        return AccountStatus.CLOSED
    if transfers == "active":
        return AccountStatus.ACTIVE
    if awaited and all(map(_is_first_question, awaited)):
        return AccountStatus.ONBOARDING
    return AccountStatus.RESTRICTED


def _is_first_question(entry: dict[str, Any]) -> bool:
    """Whether it was asked from the beginning: not doubted, and not for verification."""
    reasons = {reason["code"] for reason in entry.get("requested_reasons") or ()}
    return not entry.get("errors") and "routine_verification" not in reasons
