"""Accounts of hosts at Stripe: what is sent, and what each answer of either API becomes."""

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from pytest_httpx import HTTPXMock

from services.db import Database, OutsideCallInTransaction
from services.domain.payouts import AccountStatus
from services.providers.connect_ports import AccountRefused, AccountState, OnboardingLink
from services.providers.errors import ProviderError
from services.providers.ports import Unknown
from services.providers.stripe_accounts import StripePayoutAccounts
from services.providers.stripe_client import API_VERSION, connect
from tests.providers.stripe_rig import API, KEY, NO_REPEAT, asked, headers, sent, trouble
from tests.providers.test_http import NoPool

ACCOUNT_KEY = UUID("acc00000-0000-4000-8000-000000000001")
HOST = UUID("40570000-0000-4000-8000-000000000001")
V2 = "https://api.stripe.com/v2/core"
NO_V2 = trouble("accounts_v2_access_blocked")
READ_V2 = "GET /v2/core/accounts/acct_1?include[0]=configuration.recipient&include[1]=requirements"
LINKS = {"refresh_url": "https://shop.test/again", "return_url": "https://shop.test/done"}


@pytest.fixture
async def accounts() -> AsyncIterator[StripePayoutAccounts]:
    client, close = connect(KEY)
    yield StripePayoutAccounts(client)
    await close()


async def make(accounts: StripePayoutAccounts, *, country: str = "PL") -> AccountState:
    return await accounts.create(
        key=ACCOUNT_KEY, host_id=HOST, email="ola@shop.test", name="Ola Host", country=country
    )


def v2(
    status: str | None = "restricted",
    *entries: dict[str, Any],
    code: str | None = "requirements_past_due",
    **changes: Any,
) -> dict[str, Any]:
    details = [{"code": code, "resolution": "provide_info"}] if code else []
    transfers = {"stripe_transfers": {"status": status, "status_details": details}}
    recipient = {"applied": True, "capabilities": {"stripe_balance": transfers}}
    return {
        "id": "acct_1",
        "object": "v2.core.account",
        "closed": False,
        "configuration": {"recipient": recipient if status else None},
        "requirements": {"entries": list(entries), "summary": None},
    } | changes


def entry(
    description: str = "identity.individual.given_name",
    *,
    awaits: str = "user",
    deadline: str = "past_due",
    errors: tuple[str, ...] = (),
    reason: str | None = "routine_onboarding",
) -> dict[str, Any]:
    return {
        "description": description,
        "awaiting_action_from": awaits,
        "minimum_deadline": {"status": deadline},
        "errors": [{"code": code, "description": "Stripe's own words."} for code in errors],
        "requested_reasons": [{"code": reason}] if reason else [],
    }


def v1(transfers: str = "inactive", **changes: Any) -> dict[str, Any]:
    return {
        "id": "acct_1",
        "object": "account",
        "capabilities": {"transfers": transfers},
        "details_submitted": False,
        "requirements": {"past_due": [], "currently_due": [], "disabled_reason": None},
    } | changes


# --- making ------------------------------------------------------------------------------------


async def test_an_account_is_asked_of_the_second_version_exactly_so(
    accounts: StripePayoutAccounts, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(method="POST", url=f"{V2}/accounts", json=v2("restricted", entry()))
    made = await make(accounts)

    [request] = httpx_mock.get_requests()
    assert json.loads(request.content) == {
        "contact_email": "ola@shop.test",
        "display_name": "Ola Host",
        "dashboard": "express",
        "identity": {"country": "pl"},
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
        "metadata": {"sessionpay_host_id": str(HOST)},
        "include": ["configuration.recipient", "requirements"],
    }
    key = request.headers["idempotency-key"]
    assert re.fullmatch(f"account:{ACCOUNT_KEY}:[0-9a-f]{{16}}", key)
    assert request.headers["stripe-version"] == API_VERSION
    assert made == AccountState(
        id="acct_1",
        status=AccountStatus.ONBOARDING,
        requirements=("identity.individual.given_name",),
        disabled_reason="requirements_past_due",
    )


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        (400, NO_V2),
        (400, trouble("non_connect_platform_accounts_v2_access_blocked")),
        (400, trouble("accounts_v2_access_blocked", "feature_not_enabled")),
        (403, trouble()),
        (404, trouble()),
    ],
)
async def test_a_platform_without_the_second_version_is_served_by_the_first(
    accounts: StripePayoutAccounts, httpx_mock: HTTPXMock, status: int, refusal: dict[str, Any]
) -> None:
    httpx_mock.add_response(
        url=f"{V2}/accounts", status_code=status, json=refusal, headers=NO_REPEAT
    )
    httpx_mock.add_response(url=f"{API}/accounts", json=v1())
    made = await make(accounts, country="pl")

    assert sent(httpx_mock, 1) == (
        "POST",
        f"{API}/accounts",
        {
            "controller[fees][payer]": "application",
            "controller[losses][payments]": "application",
            "controller[requirement_collection]": "stripe",
            "controller[stripe_dashboard][type]": "express",
            "capabilities[transfers][requested]": "true",
            "country": "PL",
            "email": "ola@shop.test",
            "metadata[sessionpay_host_id]": str(HOST),
        },
    )
    key = headers(httpx_mock, 1)["idempotency-key"]
    assert re.fullmatch(f"account-v1:{ACCOUNT_KEY}:[0-9a-f]{{16}}", key)
    assert (made.id, made.status) == ("acct_1", AccountStatus.ONBOARDING)


@pytest.mark.parametrize(
    ("code", "param", "field"),
    [
        ("email_invalid", None, "email"),
        ("email_domain_invalid_for_recipient", None, "email"),
        ("cross_border_connected_account_creation_not_allowed", None, "country"),
        ("capability_not_available_in_country", None, "country"),
        ("invalid_value", "contact_email", "email"),
        ("invalid_value", "identity.country", "country"),
        ("invalid_value", "identity[country]", "country"),
        ("invalid_value", "display_name", "name"),
    ],
)
async def test_what_stripe_does_not_take_of_a_host_is_named_and_not_tried_elsewhere(
    accounts: StripePayoutAccounts,
    httpx_mock: HTTPXMock,
    code: str,
    param: str | None,
    field: str,
) -> None:
    httpx_mock.add_response(status_code=400, json=trouble(code, param=param))
    with pytest.raises(AccountRefused) as caught:
        await make(accounts)
    assert str(caught.value) == (f"{code} ({param})" if param else code)
    assert caught.value.parameter == field
    assert asked(httpx_mock) == ["POST /v2/core/accounts"]


@pytest.mark.parametrize(
    ("refusal", "message", "field"),
    [
        (
            trouble("country_unsupported", param="country"),
            "country_unsupported (country)",
            "country",
        ),
        (trouble("email_invalid", param="email"), "email_invalid (email)", "email"),
        (trouble(), "InvalidRequestError", None),
    ],
)
async def test_the_reasons_of_both_versions_are_told_when_neither_makes_an_account(
    accounts: StripePayoutAccounts,
    httpx_mock: HTTPXMock,
    refusal: dict[str, Any],
    message: str,
    field: str | None,
) -> None:
    httpx_mock.add_response(
        url=f"{V2}/accounts", status_code=400, json=trouble("connect_profile_not_submitted")
    )
    httpx_mock.add_response(url=f"{API}/accounts", status_code=400, json=refusal)
    with pytest.raises(AccountRefused) as caught:
        await make(accounts)
    assert str(caught.value) == f"connect_profile_not_submitted, by v1 {message}"
    assert caught.value.parameter == field


async def test_another_country_is_asked_for_under_another_key_and_the_same_one_under_the_same(
    accounts: StripePayoutAccounts, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(
        status_code=400, json=trouble("capability_not_available_in_country"), is_reusable=True
    )
    for country in ("PL", "PL", "DE"):
        with pytest.raises(AccountRefused):
            await make(accounts, country=country)
    keys = [headers(httpx_mock, number)["idempotency-key"] for number in range(3)]
    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize(
    ("status", "refusal", "retryable"),
    [
        (401, trouble(), False),
        (409, trouble("lock_timeout"), True),
        (429, trouble("account_rate_limit_exceeded"), True),
        (429, trouble("rate_limit", "rate_limit"), True),
        (500, trouble(kind="api_error"), True),
        # The key was used with other words: by whom an account may have been made.
        (400, trouble("idempotency_error", "idempotency_error"), False),
        (409, trouble("idempotency_error", "idempotency_error"), False),
        (409, trouble("idempotency_key_in_use", "idempotency_error"), True),
    ],
)
async def test_no_account_of_the_first_version_is_made_while_one_of_the_second_may_be(
    accounts: StripePayoutAccounts,
    httpx_mock: HTTPXMock,
    *,
    status: int,
    refusal: dict[str, Any],
    retryable: bool,
) -> None:
    httpx_mock.add_response(status_code=status, json=refusal, headers=NO_REPEAT)
    with pytest.raises(ProviderError) as caught:
        await make(accounts)
    assert (caught.value.status, caught.value.retryable) == (status, retryable)
    assert asked(httpx_mock) == ["POST /v2/core/accounts"]


@pytest.mark.parametrize("status", [401, 403, 500])
async def test_trouble_with_the_first_version_is_no_refusal_of_the_account(
    accounts: StripePayoutAccounts, httpx_mock: HTTPXMock, status: int
) -> None:
    httpx_mock.add_response(url=f"{V2}/accounts", status_code=400, json=NO_V2)
    httpx_mock.add_response(
        url=f"{API}/accounts", status_code=status, json=trouble(), headers=NO_REPEAT
    )
    with pytest.raises(ProviderError) as caught:
        await make(accounts)
    assert caught.value.status == status


# --- reading -----------------------------------------------------------------------------------


CLOSED, ACTIVE = AccountStatus.CLOSED, AccountStatus.ACTIVE
ONBOARDING, RESTRICTED = AccountStatus.ONBOARDING, AccountStatus.RESTRICTED
PAST_DUE = "requirements_past_due"


def state(status: AccountStatus, *requirements: str, reason: str | None = PAST_DUE) -> AccountState:
    return AccountState("acct_1", status, requirements, reason)


@pytest.mark.parametrize(
    ("account", "told"),
    [
        (v2("active", code=None), state(ACTIVE, reason=None)),
        (
            v2("active", entry("external_account"), code=None),
            state(ACTIVE, "external_account", reason=None),
        ),
        (v2("active", entry(deadline="eventually_due"), code=None), state(ACTIVE, reason=None)),
        (v2("active", code=None, closed=True), state(CLOSED, reason=None)),
        (v2("rejected", code="rejected_fraud"), state(CLOSED, reason="rejected_fraud")),
        (
            v2("unsupported", code="unsupported_country"),
            state(CLOSED, reason="unsupported_country"),
        ),
        (v2("restricted", entry("a"), entry("b"), entry("a")), state(ONBOARDING, "a", "b")),
        (v2("restricted", entry("a", reason=None)), state(ONBOARDING, "a")),
        (v2("restricted", entry("a"), entry("b", awaits="stripe")), state(ONBOARDING, "a")),
        (
            v2("pending", entry("a"), code="determining_status"),
            state(ONBOARDING, "a", reason="determining_status"),
        ),
        (v2("pending", entry(awaits="stripe")), state(RESTRICTED)),
        (v2("restricted", entry("a", reason="routine_verification")), state(RESTRICTED, "a")),
        (v2("restricted", entry("a"), entry("b", errors=("x",))), state(RESTRICTED, "a", "b")),
        (v2("restricted", code="restricted_other"), state(RESTRICTED, reason="restricted_other")),
        (v2(None), state(RESTRICTED, reason=None)),
        (v2(None, configuration=None, requirements=None), state(RESTRICTED, reason=None)),
    ],
)
async def test_each_state_of_an_account_of_the_second_version_is_one_of_ours(
    accounts: StripePayoutAccounts,
    httpx_mock: HTTPXMock,
    account: dict[str, Any],
    told: AccountState,
) -> None:
    httpx_mock.add_response(json=account)
    assert await accounts.read("acct_1") == told
    assert asked(httpx_mock) == [READ_V2]


@pytest.mark.parametrize(
    ("account", "told"),
    [
        (v1("active", details_submitted=True), state(ACTIVE, reason=None)),
        (v1(), state(ONBOARDING, reason=None)),
        (v1(capabilities=None, requirements=None), state(ONBOARDING, reason=None)),
        (v1("pending", details_submitted=True), state(RESTRICTED, reason=None)),
        (
            v1(
                details_submitted=True,
                requirements={
                    "past_due": ["individual.dob"],
                    "currently_due": ["individual.id", "individual.dob"],
                    "eventually_due": ["individual.phone"],
                    "disabled_reason": "requirements.past_due",
                },
            ),
            state(RESTRICTED, "individual.dob", "individual.id", reason="requirements.past_due"),
        ),
        (
            v1("active", requirements={"disabled_reason": "rejected.fraud"}),
            state(CLOSED, reason="rejected.fraud"),
        ),
    ],
)
async def test_each_state_of_an_account_of_the_first_version_is_one_of_ours(
    accounts: StripePayoutAccounts,
    httpx_mock: HTTPXMock,
    account: dict[str, Any],
    told: AccountState,
) -> None:
    httpx_mock.add_response(status_code=400, json=trouble("v1_account_instead_of_v2_account"))
    httpx_mock.add_response(json=account)
    assert await accounts.read("acct_1") == told
    assert asked(httpx_mock) == [READ_V2, "GET /accounts/acct_1"]


@pytest.mark.parametrize(
    ("status", "answer"),
    [(403, trouble("account_invalid")), (404, trouble("resource_missing", param="account"))],
)
async def test_an_account_that_neither_version_has_is_unknown(
    accounts: StripePayoutAccounts, httpx_mock: HTTPXMock, status: int, answer: dict[str, Any]
) -> None:
    for call in (accounts.read("acct_1"), accounts.onboarding_link("acct_1", **LINKS)):
        httpx_mock.add_response(status_code=404, json=trouble("not_found"))
        httpx_mock.add_response(status_code=status, json=answer)
        with pytest.raises(Unknown):
            await call


async def test_the_empty_id_is_unknown_and_not_asked_for(
    accounts: StripePayoutAccounts, httpx_mock: HTTPXMock
) -> None:
    with pytest.raises(Unknown):
        await accounts.read("")
    assert httpx_mock.get_requests() == []


@pytest.mark.parametrize("status", [401, 429, 500])
async def test_an_account_is_not_looked_for_elsewhere_when_stripe_is_in_trouble(
    accounts: StripePayoutAccounts, httpx_mock: HTTPXMock, status: int
) -> None:
    httpx_mock.add_response(status_code=status, json=trouble(), headers=NO_REPEAT, is_reusable=True)
    for call in (accounts.read("acct_1"), accounts.onboarding_link("acct_1", **LINKS)):
        with pytest.raises(ProviderError) as caught:
            await call
        assert caught.value.status == status
    assert asked(httpx_mock) == [READ_V2, "POST /v2/core/account_links"]


async def test_trouble_with_the_first_version_is_told_as_it_is(
    accounts: StripePayoutAccounts, httpx_mock: HTTPXMock
) -> None:
    for call in (accounts.read("acct_1"), accounts.onboarding_link("acct_1", **LINKS)):
        httpx_mock.add_response(status_code=400, json=NO_V2)
        httpx_mock.add_response(status_code=403, json=trouble("more_permissions_required"))
        with pytest.raises(ProviderError) as caught:
            await call
        assert (caught.value.status, caught.value.retryable) == (403, False)


# --- onboarding --------------------------------------------------------------------------------


async def test_an_onboarding_link_is_asked_of_the_second_version_exactly_so(
    accounts: StripePayoutAccounts, httpx_mock: HTTPXMock
) -> None:
    answer = {
        "object": "v2.core.account_link",
        "account": "acct_1",
        "url": "https://connect.stripe.com/setup/1",
        "expires_at": "2026-11-21T12:05:00.000Z",
    }
    httpx_mock.add_response(method="POST", url=f"{V2}/account_links", json=answer)
    link = await accounts.onboarding_link("acct_1", **LINKS)

    [request] = httpx_mock.get_requests()
    assert json.loads(request.content) == {
        "account": "acct_1",
        "use_case": {"type": "account_onboarding", "account_onboarding": LINKS},
    }
    expires_at = datetime(2026, 11, 21, 12, 5, tzinfo=UTC)
    assert link == OnboardingLink("https://connect.stripe.com/setup/1", expires_at)


async def test_an_onboarding_link_is_made_by_the_first_version_where_the_second_refuses(
    accounts: StripePayoutAccounts, httpx_mock: HTTPXMock
) -> None:
    answer = {"object": "account_link", "url": "https://connect.stripe.com/1", "expires_at": 300}
    httpx_mock.add_response(url=f"{V2}/account_links", status_code=400, json=NO_V2)
    httpx_mock.add_response(url=f"{API}/account_links", json=answer)
    link = await accounts.onboarding_link("acct_1", **LINKS)

    form = {"account": "acct_1", "type": "account_onboarding"}
    assert sent(httpx_mock, 1) == ("POST", f"{API}/account_links", form | LINKS)
    expires_at = datetime(1970, 1, 1, 0, 5, tzinfo=UTC)
    assert link == OnboardingLink("https://connect.stripe.com/1", expires_at)


async def test_nothing_is_sent_inside_a_transaction(
    accounts: StripePayoutAccounts, httpx_mock: HTTPXMock
) -> None:
    database = Database(NoPool())  # type: ignore[arg-type]  # only the transaction's mark matters
    async with database.transaction():
        for call in (
            make(accounts),
            accounts.read("acct_1"),
            accounts.onboarding_link("acct_1", **LINKS),
        ):
            with pytest.raises(OutsideCallInTransaction):
                await call
    assert httpx_mock.get_requests() == []
