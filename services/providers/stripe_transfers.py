"""Stripe transfers out of charges, and their reversals."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from stripe import ListObject
from stripe.params import TransferCreateParams, TransferReversalCreateParams

from services.domain.money import Money, from_stripe, to_stripe
from services.providers.connect_ports import (
    NewTransfer,
    ReversalState,
    TransferRefused,
    TransferState,
)
from services.providers.errors import ProviderError
from services.providers.ports import Unknown
from services.providers.stripe_client import Stripe
from services.providers.stripe_keys import key_of

PAYOUT_KEY = "sessionpay_payout_id"
"""Metadata that names our payout in Stripe's dashboard."""

REVERSAL_KEY = "sessionpay_reversal_id"
"""Metadata that finds an earlier reversal again when Stripe has forgotten its idempotency key."""

_SHORT = frozenset({"balance_insufficient"})
_ACCOUNT = frozenset(
    {
        "account_closed",
        "account_invalid",
        "insufficient_capabilities_for_transfer",
        "transfers_not_allowed",
    }
)


class StripeTransfers:
    """Implements the port Transfers."""

    def __init__(self, stripe: Stripe) -> None:
        self._stripe = stripe

    async def settled(self, charge_id: str) -> Money:
        charge = await self._charge(charge_id, expand=["balance_transaction"])
        movement = charge["balance_transaction"]
        if movement is None:
            raise ProviderError("stripe", "not settled yet", retryable=True)
        return from_stripe(movement["amount"], movement["currency"])

    async def of_charge(self, charge_id: str, *, group: str) -> list[TransferState]:
        charge = await self._charge(charge_id)
        return await self._out_of(charge, group)

    async def create(self, new: NewTransfer) -> TransferState:
        try:
            charge = await self._charge(new.charge_id)
            # Stripe forgets idempotency keys after a day, and knows none of a transfer by hand.
            earlier = await self._out_of(charge, new.group)
            if earlier:
                ours = (transfer for transfer in earlier if transfer.key == str(new.key))
                return next(ours, earlier[0])
            params = _params(new, charge)
            made = await self._stripe.ask_once(
                # After a refusal another account or amount may be asked for.
                key_of(f"transfer:{new.key}", params),
                lambda options: self._stripe.v1.transfers.create_async(params, options),
            )
        except (ProviderError, Unknown) as error:
            if refused := _refused(error):
                raise refused from error
            raise
        return _transfer(made.to_dict())

    async def read(self, transfer_id: str) -> TransferState:
        if not transfer_id:  # an empty id would list instead
            raise Unknown("id")
        transfer = await self._stripe.ask(
            lambda: self._stripe.v1.transfers.retrieve_async(transfer_id)
        )
        return _transfer(transfer.to_dict())

    async def reverse(self, *, key: UUID, transfer_id: str, amount: Money) -> ReversalState:
        params: TransferReversalCreateParams = {
            "amount": to_stripe(amount),
            "metadata": {REVERSAL_KEY: str(key)},
        }
        try:
            for earlier in await self.reversals(transfer_id):
                if earlier.key == str(key):
                    return earlier
            made = await self._stripe.ask_once(
                key_of(f"reversal:{key}", params),
                lambda options: self._stripe.v1.transfers.reversals.create_async(
                    transfer_id, params, options
                ),
            )
        except (ProviderError, Unknown) as error:
            if refused := _refused(error):
                raise refused from error
            raise
        return _reversal(made.to_dict())

    async def _charge(self, charge_id: str, *, expand: list[str] | None = None) -> dict[str, Any]:
        if not charge_id:  # an empty id would list instead
            raise Unknown("id")
        charge = await self._stripe.ask(
            lambda: self._stripe.v1.charges.retrieve_async(charge_id, {"expand": expand or []})
        )
        return charge.to_dict()

    async def _out_of(self, charge: dict[str, Any], group: str) -> list[TransferState]:
        """A charge's transfers carry its group as a rule; they are looked for in ours as well."""
        found: list[dict[str, Any]] = []
        for name in dict.fromkeys((charge.get("transfer_group") or group, group)):
            found += await self._of_group(name)
        ours = [each for each in reversed(found) if each.get("source_transaction") == charge["id"]]
        in_time = [_transfer(each) for each in sorted(ours, key=lambda each: each["created"])]
        return sorted(in_time, key=lambda transfer: transfer.key is None)

    async def _of_group(self, group: str) -> list[dict[str, Any]]:
        return await self._all(
            lambda: self._stripe.v1.transfers.list_async({"transfer_group": group, "limit": 100})
        )

    async def reversals(self, transfer_id: str) -> list[ReversalState]:
        if not transfer_id:  # an empty id would ask another address
            raise Unknown("id")
        found = await self._all(
            lambda: self._stripe.v1.transfers.reversals.list_async(transfer_id, {"limit": 100})
        )
        return [_reversal(each) for each in found]

    async def _all(
        self, first_page: Callable[[], Awaitable[ListObject[Any]]]
    ) -> list[dict[str, Any]]:
        """Every object of a list, however many pages it has, newest first."""

        async def every() -> list[dict[str, Any]]:
            page = await first_page()
            return [each.to_dict() async for each in page.auto_paging_iter()]

        return await self._stripe.ask(every)


def _params(new: NewTransfer, charge: dict[str, Any]) -> TransferCreateParams:
    params: TransferCreateParams = {
        "amount": to_stripe(new.amount),
        "currency": new.amount.currency.lower(),
        "destination": new.account_id,
        "source_transaction": new.charge_id,
        "description": new.description,
        "metadata": {PAYOUT_KEY: str(new.key)},
    }
    # Stripe takes the charge's own group, if it has one, and refuses another.
    if not charge.get("transfer_group"):
        params["transfer_group"] = new.group
    return params


def _refused(error: ProviderError | Unknown) -> TransferRefused | None:
    """Whose refusal it is, by Stripe's code; None for trouble that is no refusal."""
    if isinstance(error, Unknown):
        message = f"resource_missing ({error.parameter})"
        if error.parameter == "destination":
            return TransferRefused("ACCOUNT", message)
        return TransferRefused("OTHER", message)
    if error.retryable:
        return None
    code = error.body.get("code") if isinstance(error.body, dict) else None
    if code in _SHORT:
        return TransferRefused("SHORT", error.message)
    if code in _ACCOUNT:
        return TransferRefused("ACCOUNT", error.message)
    return TransferRefused("OTHER", error.message) if error.status == 400 else None


def _transfer(transfer: dict[str, Any]) -> TransferState:
    currency = transfer["currency"]
    return TransferState(
        id=transfer["id"],
        account_id=transfer["destination"],
        charge_id=transfer.get("source_transaction"),
        amount=from_stripe(transfer["amount"], currency),
        reversed_minor=from_stripe(transfer["amount_reversed"], currency).amount_minor,
        key=(transfer.get("metadata") or {}).get(PAYOUT_KEY),
    )


def _reversal(reversal: dict[str, Any]) -> ReversalState:
    return ReversalState(
        id=reversal["id"],
        amount_minor=from_stripe(reversal["amount"], reversal["currency"]).amount_minor,
        key=(reversal.get("metadata") or {}).get(REVERSAL_KEY),
    )
