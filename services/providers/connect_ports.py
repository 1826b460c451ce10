"""What the product asks of the payment service to pay hosts, in its own words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from services.domain.money import Money
from services.domain.payouts import AccountStatus


@dataclass(frozen=True, slots=True)
class AccountState:
    """A host's account as the payment service tells it now.

    `status` is never CREATING: ONBOARDING until the host has told everything it asked for,
    RESTRICTED when it wants more or checks what it was told, ACTIVE when transfers arrive, CLOSED
    when it is rejected or closed. `requirements` are what it wants from the host now, in its words.
    """

    id: str
    status: AccountStatus
    requirements: tuple[str, ...]
    disabled_reason: str | None


@dataclass(frozen=True, slots=True)
class OnboardingLink:
    """A short-lived address, good for one visit, where a host tells what their account needs."""

    url: str
    expires_at: datetime


class PayoutAccounts(Protocol):
    async def create(
        self, *, key: UUID, host_id: UUID, email: str, name: str, country: str
    ) -> AccountState:
        """An account that can be transferred to once its host was onboarded; `country` is an ISO
        3166 code. Asked twice within a day with one `key` and the same words, the same account.

        Raises `AccountRefused` for what the service will not take, ProviderError.
        """

    async def read(self, account_id: str) -> AccountState:
        """Raises `Unknown` when there is none, ProviderError. A closed one is told as CLOSED."""

    async def onboarding_link(
        self, account_id: str, *, refresh_url: str, return_url: str
    ) -> OnboardingLink:
        """A new link; one that is used or too old leads to `refresh_url`, a visit to its end to
        `return_url`. Raises `Unknown`, ProviderError."""


class AccountRefused(Exception):
    """The payment service makes no such account; `parameter` names what it did not take."""

    def __init__(self, message: str, parameter: str | None = None) -> None:
        super().__init__(message)
        self.parameter = parameter


@dataclass(frozen=True, slots=True)
class TransferState:
    """A transfer as the payment service tells it now. `key` is ours, None for one that somebody
    made by hand; `charge_id` is the charge it came from, None without one."""

    id: str
    account_id: str
    charge_id: str | None
    amount: Money
    reversed_minor: int
    key: str | None


@dataclass(frozen=True, slots=True)
class ReversalState:
    """Money taken back of a transfer; `key` is ours, None for somebody else's."""

    id: str
    amount_minor: int
    key: str | None


@dataclass(frozen=True, slots=True)
class NewTransfer:
    """A transfer to make out of one charge; `key` makes asking twice make one, for ever.

    `amount` is in the currency in which the charge settled. `group` names all transfers of one
    session.
    """

    key: UUID
    account_id: str
    charge_id: str
    group: str
    amount: Money
    description: str


class Transfers(Protocol):
    async def settled(self, charge_id: str) -> Money:
        """What a charge came to in the currency in which it settled, fees not taken off.

        Raises `Unknown`, ProviderError (retryable while it has not settled yet).
        """

    async def of_charge(self, charge_id: str, *, group: str) -> Sequence[TransferState]:
        """Every transfer out of a charge, ours and those made by hand; ours first, then the oldest.

        Raises `Unknown`, ProviderError.
        """

    async def create(self, new: NewTransfer) -> TransferState:
        """Pay a host. An earlier transfer out of the same charge, whoever made it and however long
        ago, is returned instead of a second one.

        Raises `TransferRefused`, ProviderError (whose outcome may be unknown: ask again).
        """

    async def read(self, transfer_id: str) -> TransferState:
        """Raises `Unknown`, ProviderError."""

    async def reversals(self, transfer_id: str) -> Sequence[ReversalState]:
        """Everything taken back of a transfer, newest first. Raises `Unknown`, ProviderError."""

    async def reverse(self, *, key: UUID, transfer_id: str, amount: Money) -> ReversalState:
        """Take money back from a host. An earlier reversal with the same `key`, however long ago,
        is returned instead of a second one.

        Raises `TransferRefused`, ProviderError.
        """


class TransferRefused(Exception):
    """The payment service moves no money now. `why` says who can mend it: SHORT when there are too
    few funds (the platform's, or for a reversal the host's), ACCOUNT when the host's account can't
    receive, OTHER when a person has to look."""

    def __init__(self, why: Literal["SHORT", "ACCOUNT", "OTHER"], message: str) -> None:
        super().__init__(message)
        self.why = why


@dataclass(frozen=True, slots=True)
class Connect:
    """Everything about paying hosts at the payment service."""

    accounts: PayoutAccounts
    transfers: Transfers
