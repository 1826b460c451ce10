"""Connected accounts at the Stripe stand-in: made and read by both APIs, and what each refuses."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import stripe

from tests.sandbox.stripe_rig import SDK_WARNING, Rig, running

pytestmark = pytest.mark.filterwarnings(SDK_WARNING)

LINK: Any = {"refresh_url": "http://shop.test/again", "return_url": "http://shop.test/back"}
EVERYTHING: Any = ["configuration.recipient", "defaults", "identity", "requirements"]
CONTROLLER: Any = {
    "fees": {"payer": "application"},
    "losses": {"payments": "application"},
    "requirement_collection": "stripe",
    "stripe_dashboard": {"type": "express"},
}
TRANSFERS: Any = {"transfers": {"requested": True}}


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


async def made_by_v1(rig: Rig, **changes: Any) -> Any:
    params: Any = {
        "controller": CONTROLLER,
        "country": "US",
        "email": "host@shop.test",
        "capabilities": TRANSFERS,
    } | changes
    return await rig.api.v1.accounts.create_async(params)


async def test_a_new_account_has_everything_to_tell_and_nothing_to_receive(rig: Rig) -> None:
    account = await rig.account(include=EVERYTHING, metadata={"host": "7"})
    assert account.id.startswith("acct_")
    balance = account.configuration.recipient.capabilities.stripe_balance
    for capability in (balance.stripe_transfers, balance.payouts):
        assert capability.to_dict() == {
            "status": "restricted",
            "status_details": [{"code": "requirements_past_due", "resolution": "provide_info"}],
        }
    assert [entry.description for entry in account.requirements.entries] == [
        "external_account",
        "identity.attestations.terms_of_service.account.date",
        "identity.attestations.terms_of_service.account.ip",
        "identity.individual.date_of_birth.day",
        "identity.individual.date_of_birth.month",
        "identity.individual.date_of_birth.year",
        "identity.individual.given_name",
        "identity.individual.surname",
    ]
    first = account.requirements.entries[0].to_dict()
    assert [each["capability"] for each in first["impact"]["restricts_capabilities"]] == [
        "stripe_balance.payouts"
    ]
    assert (first["awaiting_action_from"], first["minimum_deadline"]) == (
        "user",
        {"status": "past_due"},
    )
    assert account.requirements.summary.minimum_deadline.to_dict() == {
        "status": "past_due",
        "time": None,
    }
    assert account.defaults.responsibilities.to_dict() == {
        "fees_collector": "application",
        "losses_collector": "application",
        "requirements_collector": "stripe",
    }
    assert (account.defaults.currency, account.identity.country) == ("usd", "us")
    assert account.metadata.to_dict() == {"host": "7"}
    assert await rig.delivered() == []


async def test_nested_parts_come_only_when_asked_for(rig: Rig) -> None:
    made = await rig.account()
    read = await rig.api.v2.core.accounts.retrieve_async(made.id)
    parts = ("configuration", "defaults", "future_requirements", "identity", "requirements")
    assert [read[part] for part in parts] == [None] * 5
    asked = await rig.api.v2.core.accounts.retrieve_async(made.id, {"include": ["requirements"]})
    assert asked.requirements is not None
    assert [asked[part] for part in parts[:4]] == [None] * 4
    assert (read.contact_email, read.dashboard, read.display_name, read.closed) == (
        "host@shop.test",
        "express",
        "Jenny",
        False,
    )
    assert read.created.endswith("Z")


async def test_an_account_of_the_v2_api_is_read_by_the_v1_api(rig: Rig) -> None:
    made = await rig.account(metadata={"host": "7"}, identity={"country": "DE"})
    read = await rig.api.v1.accounts.retrieve_async(made.id)
    assert read.to_dict()["capabilities"] == {"transfers": "inactive"}
    assert (read.charges_enabled, read.payouts_enabled, read.details_submitted) == (
        False,
        False,
        False,
    )
    assert (read.country, read.default_currency, read.email) == ("DE", "eur", "host@shop.test")
    assert read.to_dict()["metadata"] == {"host": "7"}
    assert read.to_dict()["controller"]["stripe_dashboard"] == {"type": "express"}
    requirements = read.to_dict()["requirements"]
    assert requirements["disabled_reason"] == "requirements.past_due"
    assert requirements["currently_due"] == requirements["past_due"]
    assert "individual.first_name" in requirements["currently_due"]
    rig.sandbox.onboard(made.id)
    ready = (await rig.api.v1.accounts.retrieve_async(made.id)).to_dict()
    assert ready["capabilities"] == {"transfers": "active"}
    assert (ready["payouts_enabled"], ready["details_submitted"]) == (True, True)
    assert ready["requirements"]["currently_due"] == []
    assert ready["requirements"]["disabled_reason"] is None
    assert ready["external_accounts"]["data"][0]["last4"] == "6789"


async def test_an_account_of_the_v1_api_is_read_by_the_v2_api(rig: Rig) -> None:
    rig.sandbox.accounts_api("both")
    made = await made_by_v1(rig, metadata={"host": "7"}, business_type="individual")
    read = await rig.api.v2.core.accounts.retrieve_async(made.id, {"include": EVERYTHING})
    assert (read.contact_email, read.dashboard) == ("host@shop.test", "express")
    assert read.identity is not None
    assert (read.identity.country, read.identity.entity_type) == ("us", "individual")
    rig.sandbox.onboard(made.id)
    ready: Any = await rig.api.v2.core.accounts.retrieve_async(made.id, {"include": EVERYTHING})
    transfers = ready.configuration.recipient.capabilities.stripe_balance.stripe_transfers
    assert transfers.to_dict() == {"status": "active", "status_details": []}
    assert ready.requirements.to_dict() == {"alternatives": [], "entries": [], "summary": None}
    assert ready.identity.individual.given_name == "Jenny"


async def test_a_new_platform_makes_accounts_by_v2_alone(rig: Rig) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="/v2/core/accounts") as refused:
        await made_by_v1(rig)
    assert refused.value.http_status == 400
    assert (await rig.api.v1.accounts.list_async()).data == []
    assert (await rig.account()).object == "v2.core.account"


async def test_a_platform_without_access_to_v2_makes_and_reads_by_v1_alone(rig: Rig) -> None:
    before = await rig.account()
    rig.sandbox.accounts_api("v1")
    accounts = rig.api.v2.core.accounts
    link: Any = {
        "account": before.id,
        "use_case": {"type": "account_onboarding", "account_onboarding": LINK},
    }
    for asked in (
        rig.account(),
        accounts.retrieve_async(before.id),
        accounts.list_async(),
        rig.api.v2.core.account_links.create_async(link),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            await asked
        assert (refused.value.http_status, refused.value.code) == (
            400,
            "accounts_v2_access_blocked",
        )
    made = await made_by_v1(rig)
    listed = (await rig.api.v1.accounts.list_async()).data
    assert [each.id for each in listed] == [made.id, before.id]


async def test_only_known_ways_to_make_accounts_can_be_set(rig: Rig) -> None:
    with pytest.raises(ValueError, match="v2, v1, both"):
        rig.sandbox.accounts_api("v3")
    assert (await rig.account()).livemode is False


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"type": "express"}, "parameter_unknown", "type"),
        ({"identity": {"country": "XX"}}, "country_unsupported", "identity[country]"),
        ({"identity": {}}, "identity_country_required", None),
        ({"dashboard": "mini"}, None, "dashboard"),
        ({"contact_email": "nobody"}, "email_invalid", "contact_email"),
        ({"include": ["everything"]}, None, "include[0]"),
        ({"include": "requirements"}, None, "include"),
        ({"metadata": {"host": 7}}, None, "metadata"),
        (
            {"configuration": {"merchant": {}}},
            None,
            "configuration[merchant]",
        ),
        (
            {
                "configuration": {
                    "recipient": {
                        "capabilities": {
                            "stripe_balance": {"stripe_transfers": {"requested": "true"}}
                        }
                    }
                }
            },
            None,
            "configuration[recipient][capabilities][stripe_balance][stripe_transfers][requested]",
        ),
        (
            {
                "defaults": {
                    "responsibilities": {"fees_collector": "stripe", "losses_collector": "stripe"}
                }
            },
            "account_controller_express_dash_without_application_losses_or_fees",
            None,
        ),
    ],
)
async def test_what_the_v2_api_does_not_take_makes_no_account(
    rig: Rig, changes: dict[str, Any], code: str | None, param: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await rig.account(**changes)
    assert (refused.value.http_status, refused.value.code, refused.value.param) == (
        400,
        code,
        param,
    )
    assert (await rig.api.v2.core.accounts.list_async()).data == []


async def test_the_v1_api_wants_a_controller_and_no_type(rig: Rig) -> None:
    rig.sandbox.accounts_api("both")
    params: Any
    for params, param in (
        ({"country": "US"}, "controller"),
        ({"country": "US", "controller": CONTROLLER, "type": "express"}, "type"),
        ({"controller": CONTROLLER}, "country"),
        ({"controller": CONTROLLER, "country": "ZZ"}, "country"),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            await rig.api.v1.accounts.create_async(params)
        assert refused.value.param == param
    assert (await rig.api.v1.accounts.list_async()).data == []


async def test_a_v1_account_changes_and_asks_for_transfers_later(rig: Rig) -> None:
    rig.sandbox.accounts_api("both")
    made = await made_by_v1(rig, capabilities={}, metadata={"a": "1", "b": "2"})
    assert made.to_dict()["capabilities"] == {}
    assert made.to_dict()["requirements"]["currently_due"] == []
    changed = await rig.api.v1.accounts.update_async(
        made.id,
        {"email": "new@shop.test", "metadata": {"a": ""}, "capabilities": TRANSFERS},
    )
    assert (changed.email, changed.to_dict()["metadata"]) == ("new@shop.test", {"b": "2"})
    assert changed.to_dict()["capabilities"] == {"transfers": "inactive"}
    assert await rig.delivered() == ["account.updated"]
    event = rig.receiver.events[0]
    assert event["account"] == made.id
    assert event["data"]["previous_attributes"]["email"] == "host@shop.test"


async def test_unknown_accounts_are_told_apart_by_api(rig: Rig) -> None:
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        await rig.api.v2.core.accounts.retrieve_async("acct_none")
    assert (unknown.value.http_status, unknown.value.code) == (404, "not_found")
    with pytest.raises(stripe.PermissionError) as forbidden:
        await rig.api.v1.accounts.retrieve_async("acct_none")
    assert forbidden.value.error is not None
    assert (forbidden.value.http_status, forbidden.value.error.code) == (403, "account_invalid")


async def test_accounts_are_listed_page_by_page_and_closed_ones_apart(rig: Rig) -> None:
    made = [(await rig.account()).id for _ in range(5)]
    rig.sandbox.close_account(made[0])
    first = await rig.api.v2.core.accounts.list_async(
        {"limit": 3, "applied_configurations": ["recipient"]}
    )
    assert first.next_page_url is not None
    assert len(first.data) == 3
    assert [each.id async for each in first.auto_paging_iter()] == made[:0:-1]
    closed = (await rig.api.v2.core.accounts.list_async({"closed": True})).data
    assert [(each.id, each.closed) for each in closed] == [(made[0], True)]
    assert [each.id for each in (await rig.api.v1.accounts.list_async()).data] == made[:0:-1]
    merchants = await rig.api.v2.core.accounts.list_async({"applied_configurations": ["merchant"]})
    assert merchants.data == []


async def test_the_same_key_makes_one_account(rig: Rig) -> None:
    create = rig.api.v2.core.accounts.create_async
    params: Any = {"display_name": "Jenny"}
    first = await create(params, {"idempotency_key": "account:7"})
    again = await create(params, {"idempotency_key": "account:7"})
    assert again.id == first.id
    with pytest.raises(stripe.IdempotencyError):
        await create({"display_name": "Ada"}, {"idempotency_key": "account:7"})
    assert len((await rig.api.v2.core.accounts.list_async()).data) == 1
    await rig.advance(hours=25)
    assert (await create(params, {"idempotency_key": "account:7"})).id != first.id


async def test_the_v2_api_takes_json_objects_alone(rig: Rig) -> None:
    headers = {"Authorization": "Bearer sk_test_rig", "Content-Type": "application/json"}
    for body in ("[]", "{", '"a"'):
        answer = await rig.http.post("/v2/core/accounts", content=body, headers=headers)
        assert answer.status_code == 400
    form = await rig.http.post(
        "/v2/core/accounts",
        data={"display_name": "a"},
        headers={"Authorization": "Bearer sk_test_rig"},
    )
    assert (form.status_code, form.json()["error"]["type"]) == (400, "invalid_request_error")
    unknown = await rig.http.get("/v2/core/teapots", headers=headers)
    assert unknown.status_code == 404
    assert (await rig.api.v2.core.accounts.list_async()).data == []


async def test_a_null_of_the_v2_api_counts_as_not_given(rig: Rig) -> None:
    headers = {"Authorization": "Bearer sk_test_rig"}
    body = {"display_name": None, "identity": {"country": None}, "contact_email": "a@shop.test"}
    answer = await rig.http.post("/v2/core/accounts", json=body, headers=headers)
    assert answer.status_code == 200
    assert answer.json()["display_name"] is None


async def test_account_links_live_five_minutes(rig: Rig) -> None:
    account = await rig.account()
    params: Any = {
        "account": account.id,
        "use_case": {"type": "account_onboarding", "account_onboarding": LINK},
    }
    link = await rig.api.v2.core.account_links.create_async(params)
    assert (link.object, link.account, link.livemode) == (
        "v2.core.account_link",
        account.id,
        False,
    )
    assert link.url.startswith(f"{rig.base}/connect/onboarding/")
    assert link.use_case.account_onboarding is not None
    assert link.use_case.account_onboarding.return_url == LINK["return_url"]
    same: Any = {"account": account.id, "type": "account_onboarding", **LINK}
    older = await rig.api.v1.account_links.create_async(same)
    assert (older.object, older.expires_at - older.created) == ("account_link", 300)


@pytest.mark.parametrize(
    ("use_case", "code"),
    [
        (
            {
                "type": "account_onboarding",
                "account_onboarding": {**LINK, "configurations": ["recipient"]},
            },
            "parameter_unknown",
        ),
        ({"type": "account_onboarding"}, "parameter_missing"),
        (
            {"type": "account_update", "account_update": LINK, "account_onboarding": LINK},
            "parameter_unknown",
        ),
        (
            {"type": "account_update", "account_update": {"return_url": LINK["return_url"]}},
            "parameter_missing",
        ),
        (
            {"type": "account_onboarding", "account_onboarding": {"refresh_url": "nowhere"}},
            "url_invalid",
        ),
    ],
)
async def test_a_link_with_wrong_words_is_refused(
    rig: Rig, use_case: dict[str, Any], code: str
) -> None:
    account = await rig.account()
    params: Any = {"account": account.id, "use_case": use_case}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await rig.api.v2.core.account_links.create_async(params)
    assert refused.value.code == code


async def test_a_link_wants_an_account_that_is_there(rig: Rig) -> None:
    params: Any = {
        "account": "acct_none",
        "use_case": {"type": "account_update", "account_update": LINK},
    }
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        await rig.api.v2.core.account_links.create_async(params)
    assert (unknown.value.http_status, unknown.value.code) == (404, "not_found")
    old: Any = {"account": "acct_none", "type": "account_onboarding", **LINK}
    with pytest.raises(stripe.InvalidRequestError) as missing:
        await rig.api.v1.account_links.create_async(old)
    assert (missing.value.http_status, missing.value.code, missing.value.param) == (
        400,
        "resource_missing",
        "account",
    )


async def test_the_v1_api_updates_only_accounts_that_the_platform_asks_itself(rig: Rig) -> None:
    rig.sandbox.accounts_api("both")
    by_stripe = await made_by_v1(rig)
    params: Any = {"account": by_stripe.id, "type": "account_update", **LINK}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await rig.api.v1.account_links.create_async(params)
    assert refused.value.param == "type"
    custom = CONTROLLER | {
        "requirement_collection": "application",
        "stripe_dashboard": {"type": "none"},
    }
    by_platform = await made_by_v1(rig, controller=custom)
    link = await rig.api.v1.account_links.create_async(params | {"account": by_platform.id})
    assert link.object == "account_link"
