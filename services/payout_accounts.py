"""Hosts' accounts at Stripe: begun here, filled in on Stripe's page, read back from there."""

import asyncio
import logging
import re
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from services import hosting, jobs, return_urls
from services.app import App
from services.auth import Viewer
from services.db import Conn
from services.domain.errors import (
    DomainError,
    InvalidInput,
    PaymentProviderUnavailable,
)
from services.domain.jobs import Job
from services.domain.models import Host
from services.domain.payouts import AccountStatus, PayoutAccount
from services.domain.refusals import AccountRejected
from services.providers.connect_ports import AccountRefused, AccountState, OnboardingLink
from services.providers.errors import ProviderError
from services.providers.ports import Unknown
from services.store import payout_accounts as store
from services.store import payout_lists

log = logging.getLogger(__name__)

FRESH = timedelta(seconds=5)
"""An account that a host still fills in is read again when it is looked at later than that."""

PATIENCE = timedelta(seconds=5)
"""How long somebody in front of a page waits for that reading."""

_COUNTRY = re.compile("[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class Reading:
    """What Stripe told of an account; of two readings the one with the greater `ticket` began
    later."""

    ticket: int
    state: AccountState


async def create_link(
    app: App, viewer: Viewer, *, country: str | None, return_url: str | None
) -> OnboardingLink:
    """A link to Stripe's page where the host tells what their account needs; the account is begun
    the first time, in `country`.

    Raises NotAHost, InvalidInput, ReturnUrlRefused, AccountRejected, PaymentProviderUnavailable.
    """
    host = await hosting.require_host(app, viewer)
    return_urls.check(app, returnUrl=return_url)
    pages = app.settings.public_url.rstrip("/")
    try:
        account_id = await _account_at_stripe(app, host, country)
        return await app.connect.accounts.onboarding_link(
            account_id,
            refresh_url=f"{pages}/account?payouts=again",
            return_url=return_url or f"{pages}/account?payouts=returned",
        )
    except AccountRefused as refusal:
        raise _refusal(refusal) from refusal
    except (ProviderError, Unknown) as error:
        raise PaymentProviderUnavailable from error


async def _account_at_stripe(app: App, host: Host, country: str | None) -> str:
    async with app.db.transaction() as conn:
        known = await store.of_host(conn, host.id)
        if known is not None and known.status is AccountStatus.CLOSED:
            _require_replaceable(known)
            await store.begin_anew(conn, known.id)
        elif known is not None and known.stripe_account_id is not None:
            return known.stripe_account_id
        wanted = (country or (known.country if known else "")).strip().upper()
        if not _COUNTRY.fullmatch(wanted):
            raise InvalidInput("country", "Write the country as two letters, such as DE.")
        account = await store.ensure(conn, host.id, country=wanted, now=app.clock.now())
        ticket = await store.next_ticket(conn)
    try:
        state = await app.connect.accounts.create(
            key=account.id,
            host_id=host.id,
            email=host.email,
            name=host.name,
            country=account.country,
        )
    except AccountRefused:
        async with app.db.transaction() as conn:
            await store.begin_anew(conn, account.id)
        raise
    async with app.db.transaction() as conn:
        await apply(app, conn, account, Reading(ticket, state))
        kept = await store.get(conn, account.id)
    assert kept is not None
    assert kept.stripe_account_id is not None
    return kept.stripe_account_id


def _require_replaceable(account: PayoutAccount) -> None:
    """A host whom Stripe has turned away gets no second account. Raises AccountRejected."""
    if "reject" in (account.disabled_reason or ""):
        raise AccountRejected


def _refusal(refusal: AccountRefused) -> DomainError:
    if refusal.parameter == "country":
        return InvalidInput("country", "Payouts to this country are not possible.")
    if refusal.parameter == "email":
        return InvalidInput("email", "The payment service does not take your e-mail address.")
    log.error("payout account refused", extra={"why": str(refusal)})
    return PaymentProviderUnavailable()


async def mine(app: App, viewer: Viewer) -> PayoutAccount | None:
    """The viewer's account; None while they have begun none, or are no host.

    While the host fills it in it is read back from Stripe, whose news may be on its way.
    """
    async with app.db.connection() as conn:
        host = await hosting.host_of(conn, viewer)
        account = await store.of_host(conn, host.id) if host else None
    if account is None or account.status in (AccountStatus.ACTIVE, AccountStatus.CREATING):
        return account
    if account.read_at is not None and app.clock.now() - account.read_at < FRESH:
        return account
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            await read_back(app, account.id)
    except (ProviderError, TimeoutError) as error:
        log.warning("account not read", extra={"why": str(error) or "too slow"})
    async with app.db.connection() as conn:
        return await store.get(conn, account.id)


async def read_back(app: App, account_id: UUID) -> None:
    """Job: read an account back from Stripe."""
    async with app.db.connection() as conn:
        account = await store.get(conn, account_id)
    if account is None or account.stripe_account_id is None:
        return
    reading = await read(app, account.stripe_account_id)
    async with app.db.transaction() as conn:
        await apply(app, conn, account, reading)


async def read(app: App, stripe_account_id: str) -> Reading:
    """Ask Stripe. Raises ProviderError."""
    async with app.db.connection() as conn:
        ticket = await store.next_ticket(conn)
    try:
        state = await app.connect.accounts.read(stripe_account_id)
    except Unknown:  # closed, or no longer connected to this platform: no money gets there
        state = AccountState(stripe_account_id, AccountStatus.CLOSED, (), "unknown")
    return Reading(ticket, state)


async def apply(app: App, conn: Conn, account: PayoutAccount, reading: Reading) -> None:
    """Write what Stripe told, unless a later reading was written; what only waited for the account
    is paid out when it is ready."""
    state = reading.state
    written = await store.set_state(
        conn,
        account.id,
        stripe_account_id=state.id,
        status=state.status,
        requirements=state.requirements,
        disabled_reason=state.disabled_reason,
        ticket=reading.ticket,
        now=app.clock.now(),
    )
    if not written or state.status is account.status:
        return
    log.info("payout account", extra={"account_id": account.id, "status": state.status})
    if state.status is AccountStatus.ACTIVE:
        for payout_id in await payout_lists.waiting_for_account(conn, account.host_id):
            await jobs.enqueue(conn, Job.PAY_OUT, payout_id, cause=f"reading {reading.ticket}")


async def apply_known(app: App, conn: Conn, reading: Reading) -> bool:
    """Write what Stripe told of an account; False when it is none of ours."""
    account = await store.by_stripe_id(conn, reading.state.id)
    if account is None:
        return False
    await apply(app, conn, account, reading)
    return True
