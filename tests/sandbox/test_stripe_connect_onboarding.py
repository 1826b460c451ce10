"""Onboarding at the Stripe stand-in: the page behind an account link, and what is told then."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import stripe

from sandbox.stripe.errors import ApiError
from tests.sandbox.stripe_rig import SDK_WARNING, WEBHOOK_SECRET, Rig, running

pytestmark = pytest.mark.filterwarnings(SDK_WARNING)

REFRESH, RETURN = "http://shop.test/again", "http://shop.test/back"
TYPED = {
    "given_name": "Jenny",
    "surname": "Rosen",
    "born": "1990-01-31",
    "bank_account": "000123456789",
    "do": "finish",
}
CAPABILITY = "v2.core.account[configuration.recipient].capability_status_updated"
REQUIREMENTS = "v2.core.account[requirements].updated"


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


async def link_to(rig: Rig, account_id: str, return_url: str | None = RETURN) -> str:
    flow = {"refresh_url": REFRESH} | ({"return_url": return_url} if return_url else {})
    use_case = {"type": "account_onboarding", "account_onboarding": flow}
    params: Any = {"account": account_id, "use_case": use_case}
    return str((await rig.api.v2.core.account_links.create_async(params)).url)


async def v1_account(rig: Rig) -> str:
    rig.sandbox.accounts_api("both")
    params: Any = {
        "country": "US",
        "controller": {"stripe_dashboard": {"type": "none"}},
        "capabilities": {"transfers": {"requested": True}},
    }
    return str((await rig.api.v1.accounts.create_async(params)).id)


def status_of(rig: Rig, account_id: str) -> str:
    (shown,) = [
        account
        for account in rig.sandbox.connect_overview()["accounts"]
        if account["id"] == account_id
    ]
    return str(shown["transfers"])


def leads_to(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.headers["location"]


async def test_a_host_fills_in_the_page_and_can_be_paid(rig: Rig) -> None:
    account = await rig.account(identity={"country": "DE"})
    url = await link_to(rig, account.id)
    page = await rig.http.get(url)
    assert page.status_code == 200
    for shown in ("<p>Jenny</p>", "Country: DE.", 'value="000123456789"', "Finish"):
        assert shown in page.text
    assert "form-action 'self' http://shop.test" in page.headers["content-security-policy"]
    assert leads_to(await rig.http.post(url, data=TYPED)) == (303, RETURN)
    assert await rig.delivered() == [CAPABILITY, REQUIREMENTS]
    read: Any = await rig.api.v2.core.accounts.retrieve_async(
        account.id, {"include": ["configuration.recipient", "identity", "requirements"]}
    )
    balance = read.configuration.recipient.capabilities.stripe_balance
    assert (balance.stripe_transfers.status, balance.payouts.status) == ("active", "active")
    assert read.requirements.entries == []
    assert read.identity.individual.date_of_birth.to_dict() == {"day": 31, "month": 1, "year": 1990}


async def test_a_link_opens_once_and_its_form_is_sent_once(rig: Rig) -> None:
    account = await rig.account()
    url = await link_to(rig, account.id)
    assert (await rig.http.get(url)).status_code == 200
    assert leads_to(await rig.http.get(url)) == (303, REFRESH)
    assert leads_to(await rig.http.post(url, data=TYPED)) == (303, RETURN)
    assert leads_to(await rig.http.post(url, data=TYPED)) == (303, RETURN)
    assert leads_to(await rig.http.get(url)) == (303, REFRESH)
    assert await rig.delivered() == [CAPABILITY, REQUIREMENTS]


async def test_an_old_link_leads_back_to_get_a_new_one(rig: Rig) -> None:
    account = await rig.account()
    old, opened = await link_to(rig, account.id), await link_to(rig, account.id)
    assert (await rig.http.get(opened)).status_code == 200
    await rig.advance(minutes=5, seconds=1)
    assert leads_to(await rig.http.get(old)) == (303, REFRESH)
    assert leads_to(await rig.http.post(old, data=TYPED)) == (303, REFRESH)
    assert status_of(rig, account.id) == "restricted"
    assert leads_to(await rig.http.post(opened, data=TYPED)) == (303, RETURN)
    assert status_of(rig, account.id) == "active"


async def test_save_for_later_changes_nothing(rig: Rig) -> None:
    account = await rig.account()
    url = await link_to(rig, account.id)
    assert leads_to(await rig.http.post(url, data={"do": "later"})) == (303, RETURN)
    assert await rig.delivered() == []
    read = await rig.api.v1.accounts.retrieve_async(account.id)
    assert (read.details_submitted, status_of(rig, account.id)) == (False, "restricted")


async def test_a_missing_document_stays_due(rig: Rig) -> None:
    account = await rig.account()
    url = await link_to(rig, account.id)
    assert leads_to(await rig.http.post(url, data={**TYPED, "missing": "yes"})) == (303, RETURN)
    assert await rig.delivered() == [REQUIREMENTS]
    read: Any = await rig.api.v2.core.accounts.retrieve_async(
        account.id, {"include": ["requirements"]}
    )
    (entry,) = read.requirements.entries
    assert entry.description == "identity.individual.verification.document"
    assert entry.requested_reasons[0].code == "routine_verification"
    shown = (await rig.api.v1.accounts.retrieve_async(account.id)).to_dict()
    assert (shown["details_submitted"], shown["capabilities"]) == (
        True,
        {"transfers": "inactive"},
    )
    assert shown["requirements"]["currently_due"] == ["individual.verification.document"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"given_name": " "},
        {"surname": "x" * 101},
        {"born": "31.1.1990"},
        {"born": "2025-01-31"},
        {"bank_account": "12"},
        {"bank_account": "<script>"},
    ],
)
async def test_what_cannot_be_right_is_asked_again(rig: Rig, wrong: dict[str, str]) -> None:
    account = await rig.account()
    url = await link_to(rig, account.id)
    again = await rig.http.post(url, data=TYPED | wrong)
    assert again.status_code == 422
    assert 'role="alert"' in again.text
    assert 'value="000123456789"' in again.text or "bank_account" in wrong
    assert "<script>&" not in again.text
    assert await rig.delivered() == []
    assert leads_to(await rig.http.post(url, data=TYPED)) == (303, RETURN)


async def test_without_a_return_url_the_page_says_that_all_is_done(rig: Rig) -> None:
    account = await rig.account()
    done = await rig.http.post(await link_to(rig, account.id, None), data=TYPED)
    assert done.status_code == 200
    assert "all done" in done.text


async def test_a_link_of_an_account_that_is_gone_is_not_found(rig: Rig) -> None:
    account = await rig.account()
    url = await link_to(rig, account.id)
    rig.sandbox.close_account(account.id)
    assert (await rig.http.get(url)).status_code == 404
    assert (await rig.http.post(url, data=TYPED)).status_code == 404
    assert (await rig.http.get("/connect/onboarding/none")).status_code == 404


async def test_a_thin_event_names_the_account_and_tells_nothing_of_it(rig: Rig) -> None:
    account = await rig.account()
    rig.sandbox.deliveries.plan("drop", event_type=REQUIREMENTS)
    rig.sandbox.onboard(account.id)
    assert await rig.delivered() == [CAPABILITY]
    body = rig.receiver.events[0]
    assert body | {"id": "", "created": ""} == {
        "id": "",
        "object": "v2.core.event",
        "context": None,
        "created": "",
        "livemode": False,
        "reason": None,
        "related_object": {
            "id": account.id,
            "type": "v2.core.account",
            "url": f"/v2/core/accounts/{account.id}",
        },
        "type": CAPABILITY,
    }
    thin = {each["event"]["type"]: each["delivery"] for each in rig.sandbox.thin_events()}
    assert thin == {CAPABILITY: "delivered", REQUIREMENTS: "dropped"}
    assert rig.sandbox.events() == []


async def test_a_thin_event_leads_the_sdk_to_the_account(rig: Rig) -> None:
    account = await rig.account()
    rig.sandbox.onboard(account.id)
    await rig.delivered()
    received = (rig.receiver.bodies[0], rig.receiver.signatures[0])
    notification: Any = rig.api.parse_event_notification(*received, WEBHOOK_SECRET)
    assert notification.type == CAPABILITY
    assert notification.related_object.id == account.id
    event: Any = await rig.api.v2.core.events.retrieve_async(notification.id)
    assert event.data.updated_capability == "stripe_balance.stripe_transfers"
    related: Any = await rig.api.raw_request_async("get", notification.related_object.url)
    assert (related.data["id"], related.data["object"]) == (account.id, "v2.core.account")
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        await rig.api.v2.core.events.retrieve_async("evt_none")
    assert (unknown.value.http_status, unknown.value.code) == (404, "not_found")


async def test_an_account_of_the_v1_api_tells_of_itself_by_a_connect_event(rig: Rig) -> None:
    account_id = await v1_account(rig)
    rig.sandbox.onboard(account_id)
    assert await rig.delivered() == ["account.updated"]
    event = rig.receiver.events[0]
    assert (event["object"], event["account"]) == ("event", account_id)
    assert event["data"]["object"]["capabilities"] == {"transfers": "active"}
    assert event["data"]["previous_attributes"]["capabilities"] == {"transfers": "inactive"}
    assert (await rig.api.v1.events.list_async()).data == []
    own = await rig.api.v1.events.list_async({}, {"stripe_account": account_id})
    assert [each.id for each in own.data] == [event["id"]]
    with pytest.raises(stripe.InvalidRequestError) as hidden:
        await rig.api.v1.events.retrieve_async(event["id"])
    assert hidden.value.code == "resource_missing"


async def test_account_events_are_doubled_held_and_resent_like_all_others(rig: Rig) -> None:
    account = await rig.account()
    rig.sandbox.deliveries.plan("duplicate", 2, event_type=CAPABILITY)
    rig.sandbox.onboard(account.id)
    assert await rig.delivered() == [CAPABILITY, CAPABILITY, REQUIREMENTS]
    rig.sandbox.deliveries.hold()
    rig.sandbox.require(account.id)
    assert len(await rig.delivered()) == 3
    rig.sandbox.deliveries.release([REQUIREMENTS])
    assert (await rig.delivered())[3:] == [REQUIREMENTS, CAPABILITY]
    assert await rig.sandbox.resend(rig.receiver.events[0]["id"])
    assert (await rig.delivered())[5:] == [CAPABILITY]
    with pytest.raises(ApiError, match="No such event"):
        await rig.sandbox.resend("evt_none")


async def test_thin_events_outlive_a_restart(tmp_path: Path) -> None:
    database = tmp_path / "stripe.db"
    async with running(database) as before:
        account = await before.account()
        before.sandbox.deliveries.hold()
        before.sandbox.onboard(account.id)
    async with running(database) as after:
        await after.sandbox.tick()
        assert await after.delivered() == [CAPABILITY, REQUIREMENTS]
        assert status_of(after, account.id) == "active"


async def test_stripe_asks_again_and_transfers_stop_until_it_is_told(rig: Rig) -> None:
    account_id = await rig.host()
    asked = rig.sandbox.require(account_id, "individual.verification.document")
    assert asked["capabilities"] == {"transfers": "inactive"}
    assert asked["requirements"]["past_due"] == ["individual.verification.document"]
    assert await rig.delivered() == [CAPABILITY, REQUIREMENTS]
    rig.sandbox.onboard(account_id)
    assert status_of(rig, account_id) == "active"
    with pytest.raises(ApiError, match="must have a name"):
        rig.sandbox.require(account_id, "")


async def test_without_a_bank_account_money_comes_in_but_does_not_go_out(rig: Rig) -> None:
    account_id = await rig.host()
    asked = rig.sandbox.require(account_id, "external_account")
    assert (asked["capabilities"], asked["payouts_enabled"]) == ({"transfers": "active"}, False)
    assert await rig.delivered() == [REQUIREMENTS]


async def test_a_rejected_account_stays_rejected(rig: Rig) -> None:
    account_id = await rig.host()
    rejected = rig.sandbox.reject(account_id)
    assert rejected["requirements"]["disabled_reason"] == "rejected.other"
    assert await rig.delivered() == [CAPABILITY]
    rig.sandbox.onboard(account_id)
    read: Any = await rig.api.v2.core.accounts.retrieve_async(
        account_id, {"include": ["configuration.recipient"]}
    )
    transfers = read.configuration.recipient.capabilities.stripe_balance.stripe_transfers
    assert transfers.to_dict() == {
        "status": "rejected",
        "status_details": [{"code": "rejected_other", "resolution": "no_resolution"}],
    }


async def test_a_closed_account_is_gone_for_v1_and_closed_for_v2(rig: Rig) -> None:
    by_v2, by_v1 = await rig.host(), await v1_account(rig)
    for account_id in (by_v2, by_v1):
        rig.sandbox.close_account(account_id)
        with pytest.raises(stripe.PermissionError):
            await rig.api.v1.accounts.retrieve_async(account_id)
        assert (await rig.api.v2.core.accounts.retrieve_async(account_id)).closed is True
        with pytest.raises(ApiError, match="does not have access"):
            rig.sandbox.onboard(account_id)
    assert await rig.delivered() == ["v2.core.account.closed", "account.application.deauthorized"]
    assert rig.receiver.events[1]["account"] == by_v1
