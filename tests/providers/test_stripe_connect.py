"""Hosts' accounts and their money, by Stripe's SDK over real HTTP to the stand-in."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import pytest

from sandbox.faults import Fault, FaultKind
from sandbox.stripe.connect_settings import AccountsApi
from services.domain.money import Money
from services.domain.payouts import AccountStatus
from services.providers.connect_ports import (
    AccountRefused,
    AccountState,
    NewTransfer,
    ReversalState,
    TransferRefused,
    TransferState,
)
from services.providers.errors import ProviderError
from services.providers.ports import Unknown
from services.providers.stripe_accounts import StripePayoutAccounts
from services.providers.stripe_client import connect
from services.providers.stripe_transfers import StripeTransfers
from tests.sandbox.stripe_rig import SECRET_KEY, Rig, running

ACCOUNT_KEY = UUID("acc00000-0000-4000-8000-000000000001")
HOST = UUID("40570000-0000-4000-8000-000000000001")
PAYOUT = UUID("9a700000-0000-4000-8000-000000000001")
REVERSAL = UUID("9e500000-0000-4000-8000-000000000001")
OTHER_REVERSAL = UUID("9e500000-0000-4000-8000-000000000002")
GROUP = "booking_b1"
EARNED = Money(2550, "USD")
EVERY_API: tuple[AccountsApi, ...] = ("v2", "v1", "both")


@dataclass
class Desk:
    """The adapters before a stand-in of their own."""

    rig: Rig
    accounts: StripePayoutAccounts
    transfers: StripeTransfers

    async def opens(self, *, country: str = "US", email: str = "ola@shop.test") -> AccountState:
        return await self.accounts.create(
            key=ACCOUNT_KEY, host_id=HOST, email=email, name="Ola", country=country
        )

    async def onboarded(self) -> str:
        """The id of an account that transfers can go to."""
        account_id = (await self.opens()).id
        self.rig.sandbox.onboard(account_id)
        return account_id

    async def charge(self, group: str | None = GROUP) -> str:
        """The id of a paid charge of $30."""
        data = {"transfer_group": group} if group else None
        return str((await self.rig.paid_charge(payment_intent_data=data)).id)

    async def pays(self, account_id: str, charge_id: str, amount: Money = EARNED) -> TransferState:
        new = NewTransfer(
            key=PAYOUT,
            account_id=account_id,
            charge_id=charge_id,
            group=GROUP,
            amount=amount,
            description="Mentoring",
        )
        return await self.transfers.create(new)

    async def takes_back(
        self, transfer: TransferState, amount_minor: int, key: UUID = REVERSAL
    ) -> ReversalState:
        amount = Money(amount_minor, transfer.amount.currency)
        return await self.transfers.reverse(key=key, transfer_id=transfer.id, amount=amount)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with running() as rig:
        stripe, close = connect(SECRET_KEY, api_base=rig.base, now=rig.clock.now)
        yield Desk(rig, StripePayoutAccounts(stripe), StripeTransfers(stripe))
        await close()


# --- accounts ----------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", EVERY_API)
async def test_an_account_goes_from_its_making_to_its_end_with_every_api(
    desk: Desk, mode: AccountsApi
) -> None:
    desk.rig.sandbox.accounts_api(mode)
    made = await desk.opens()
    assert made.status is AccountStatus.ONBOARDING
    assert len(made.requirements) == 8
    assert await desk.accounts.read(made.id) == made
    [kept] = desk.rig.sandbox.connect_accounts()
    assert kept["metadata"] == {"sessionpay_host_id": str(HOST)}
    assert (kept["country"], kept["email"]) == ("US", "ola@shop.test")

    desk.rig.sandbox.onboard(made.id, complete=False)
    waiting = await desk.accounts.read(made.id)
    assert waiting.status is AccountStatus.RESTRICTED
    assert [name.rpartition(".")[2] for name in waiting.requirements] == ["document"]
    desk.rig.sandbox.onboard(made.id)
    assert await desk.accounts.read(made.id) == AccountState(
        made.id, AccountStatus.ACTIVE, (), None
    )
    desk.rig.sandbox.require(made.id)
    assert (await desk.accounts.read(made.id)).status is AccountStatus.RESTRICTED
    desk.rig.sandbox.reject(made.id)
    assert (await desk.accounts.read(made.id)).status is AccountStatus.CLOSED


@pytest.mark.parametrize("mode", EVERY_API)
async def test_an_account_asked_for_twice_is_made_once(desk: Desk, mode: AccountsApi) -> None:
    desk.rig.sandbox.accounts_api(mode)
    assert (await desk.opens()).id == (await desk.opens()).id
    assert len(desk.rig.sandbox.connect_accounts()) == 1


async def test_an_account_whose_making_was_not_answered_is_made_once(desk: Desk) -> None:
    desk.rig.faults.plan("stripe", Fault(FaultKind.LOSE_ANSWER))
    made = await desk.opens()
    assert [each["id"] for each in desk.rig.sandbox.connect_accounts()] == [made.id]


async def test_an_account_made_before_the_platform_got_the_second_version_is_still_read(
    desk: Desk,
) -> None:
    desk.rig.sandbox.accounts_api("v1")
    made = await desk.opens()
    for mode in ("v2", "both"):
        desk.rig.sandbox.accounts_api(mode)
        assert (await desk.accounts.read(made.id)).status is AccountStatus.ONBOARDING


@pytest.mark.parametrize("mode", EVERY_API)
async def test_a_country_or_address_that_stripe_does_not_take_is_named(
    desk: Desk, mode: AccountsApi
) -> None:
    desk.rig.sandbox.accounts_api(mode)
    with pytest.raises(AccountRefused) as caught:
        await desk.opens(country="XX")
    assert caught.value.parameter == "country"
    with pytest.raises(AccountRefused) as caught:
        await desk.opens(email="nobody")
    assert caught.value.parameter == "email"
    assert desk.rig.sandbox.connect_accounts() == []


async def test_an_account_that_was_closed_is_told_as_closed(desk: Desk) -> None:
    made = await desk.opens()
    desk.rig.sandbox.close_account(made.id)
    assert (await desk.accounts.read(made.id)).status is AccountStatus.CLOSED


@pytest.mark.parametrize("mode", EVERY_API)
async def test_an_account_of_nobody_is_unknown(desk: Desk, mode: AccountsApi) -> None:
    desk.rig.sandbox.accounts_api(mode)
    with pytest.raises(Unknown):
        await desk.accounts.read("acct_nobody")
    with pytest.raises(Unknown):
        await desk.accounts.onboarding_link(
            "acct_nobody", refresh_url="https://shop.test/a", return_url="https://shop.test/b"
        )


@pytest.mark.parametrize("mode", EVERY_API)
async def test_an_onboarding_link_leads_to_a_page_for_some_minutes(
    desk: Desk, mode: AccountsApi
) -> None:
    desk.rig.sandbox.accounts_api(mode)
    made = await desk.opens()
    link = await desk.accounts.onboarding_link(
        made.id, refresh_url="https://shop.test/again", return_url="https://shop.test/done"
    )
    assert link.url.startswith(desk.rig.base)
    assert 0 < (link.expires_at - desk.rig.clock.now()).total_seconds() <= 300


# --- transfers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("group", [GROUP, "somebody_elses", None])
async def test_a_host_is_paid_out_of_a_charge_once_for_ever(desk: Desk, group: str | None) -> None:
    account_id, charge_id = await desk.onboarded(), await desk.charge(group)
    paid = await desk.pays(account_id, charge_id)
    assert paid == TransferState(
        id=paid.id,
        account_id=account_id,
        charge_id=charge_id,
        amount=EARNED,
        reversed_minor=0,
        key=str(PAYOUT),
    )
    await desk.rig.advance(days=40)
    assert await desk.pays(account_id, charge_id) == paid
    assert await desk.transfers.of_charge(charge_id, group=GROUP) == [paid]
    assert await desk.transfers.read(paid.id) == paid
    [kept] = desk.rig.sandbox.transfers()
    assert (kept["transfer_group"], kept["description"]) == (group or GROUP, "Mentoring")


async def test_a_transfer_made_by_hand_is_taken_for_the_hosts_pay(desk: Desk) -> None:
    account_id, charge_id = await desk.onboarded(), await desk.charge(None)
    by_hand = desk.rig.sandbox.transfer(charge_id, account_id, 100)
    found = await desk.pays(account_id, charge_id)
    assert (found.id, found.key, found.amount) == (by_hand["id"], None, Money(100, "USD"))
    assert len(desk.rig.sandbox.transfers()) == 1


async def test_a_transfer_refused_for_want_of_money_is_made_as_soon_as_there_is_some(
    desk: Desk,
) -> None:
    account_id, charge_id = await desk.onboarded(), await desk.charge()
    desk.rig.sandbox.set_balance_short(True)
    for _ in range(3):
        with pytest.raises(TransferRefused) as caught:
            await desk.pays(account_id, charge_id)
        assert caught.value.why == "SHORT"
    desk.rig.sandbox.set_balance_short(False)
    paid = await desk.pays(account_id, charge_id)
    assert [each["id"] for each in desk.rig.sandbox.transfers()] == [paid.id]


async def test_a_transfer_refused_for_the_account_is_made_once_the_host_was_onboarded(
    desk: Desk,
) -> None:
    account_id, charge_id = (await desk.opens()).id, await desk.charge()
    with pytest.raises(TransferRefused) as caught:
        await desk.pays(account_id, charge_id)
    assert caught.value.why == "ACCOUNT"
    assert str(caught.value) == "insufficient_capabilities_for_transfer (destination)"
    desk.rig.sandbox.onboard(account_id)
    assert (await desk.pays(account_id, charge_id)).account_id == account_id


async def test_an_account_that_is_gone_and_a_charge_that_is_spent_are_told_apart(
    desk: Desk,
) -> None:
    account_id, charge_id = await desk.onboarded(), await desk.charge()
    with pytest.raises(TransferRefused) as caught:
        await desk.pays(account_id, charge_id, Money(3001, "USD"))
    assert caught.value.why == "OTHER"
    with pytest.raises(TransferRefused) as caught:
        await desk.pays(account_id, "ch_nobody")
    assert caught.value.why == "OTHER"
    desk.rig.sandbox.close_account(account_id)
    with pytest.raises(TransferRefused) as caught:
        await desk.pays(account_id, await desk.charge("booking_b2"))
    assert caught.value.why == "ACCOUNT"
    assert desk.rig.sandbox.transfers() == []


async def test_a_host_whose_account_was_closed_is_paid_into_another_at_once(desk: Desk) -> None:
    closed, charge_id = await desk.onboarded(), await desk.charge()
    desk.rig.sandbox.close_account(closed)
    with pytest.raises(TransferRefused):
        await desk.pays(closed, charge_id)
    opened = await desk.accounts.create(
        key=PAYOUT, host_id=HOST, email="ola@shop.test", name="Ola", country="US"
    )
    desk.rig.sandbox.onboard(opened.id)
    assert (await desk.pays(opened.id, charge_id)).account_id == opened.id


async def test_a_transfer_that_stripe_made_without_answering_is_not_made_twice(
    desk: Desk,
) -> None:
    account_id, charge_id = await desk.onboarded(), await desk.charge()
    # The charge, the list, and the transfer with its two repetitions by the SDK.
    desk.rig.faults.plan("stripe", Fault(FaultKind.DELAY), times=2)
    desk.rig.faults.plan("stripe", Fault(FaultKind.LOSE_ANSWER))
    desk.rig.faults.plan("stripe", Fault(FaultKind.FAIL), times=2)
    with pytest.raises(ProviderError) as caught:
        await desk.pays(account_id, charge_id)
    assert caught.value.outcome_unknown
    [kept] = desk.rig.sandbox.transfers()
    assert (await desk.pays(account_id, charge_id)).id == kept["id"]
    assert len(desk.rig.sandbox.transfers()) == 1


async def test_a_failing_stripe_refuses_no_transfer(desk: Desk) -> None:
    account_id, charge_id = await desk.onboarded(), await desk.charge()
    desk.rig.faults.plan("stripe", Fault(FaultKind.UNAUTHORIZED))
    with pytest.raises(ProviderError) as caught:
        await desk.pays(account_id, charge_id)
    assert caught.value.status == 401


async def test_a_charge_tells_what_it_settled_to(desk: Desk) -> None:
    assert await desk.transfers.settled(await desk.charge()) == Money(3000, "USD")
    desk.rig.sandbox.settle_in("usd", "eur", "0.9")
    converted = await desk.charge("booking_b2")
    assert await desk.transfers.settled(converted) == Money(2700, "EUR")
    account_id = await desk.onboarded()
    paid = await desk.pays(account_id, converted, Money(2295, "EUR"))
    assert paid.amount == Money(2295, "EUR")
    with pytest.raises(Unknown):
        await desk.transfers.settled("ch_nobody")


# --- reversals ---------------------------------------------------------------------------------


async def test_money_is_taken_back_once_for_each_key_for_ever(desk: Desk) -> None:
    paid = await desk.pays(await desk.onboarded(), await desk.charge())
    first = await desk.takes_back(paid, 550)
    assert (first.amount_minor, first.key) == (550, str(REVERSAL))
    await desk.rig.advance(days=2)
    assert await desk.takes_back(paid, 550) == first
    second = await desk.takes_back(paid, 1000, OTHER_REVERSAL)
    assert (second.amount_minor, second.key) == (1000, str(OTHER_REVERSAL))
    assert (await desk.transfers.read(paid.id)).reversed_minor == 1550


async def test_a_reversal_refused_for_want_of_money_is_made_as_soon_as_there_is_some(
    desk: Desk,
) -> None:
    account_id = await desk.onboarded()
    paid = await desk.pays(account_id, await desk.charge())
    desk.rig.sandbox.payout_of(account_id, 2550, "usd")
    for _ in range(2):
        with pytest.raises(TransferRefused) as caught:
            await desk.takes_back(paid, 550)
        assert caught.value.why == "SHORT"
    desk.rig.sandbox.let_owe(account_id, True)
    assert (await desk.takes_back(paid, 550)).amount_minor == 550


async def test_more_than_a_transfer_moved_cannot_be_taken_back(desk: Desk) -> None:
    paid = await desk.pays(await desk.onboarded(), await desk.charge())
    with pytest.raises(TransferRefused) as caught:
        await desk.takes_back(paid, 2551)
    assert caught.value.why == "OTHER"
    assert (await desk.transfers.read(paid.id)).reversed_minor == 0
