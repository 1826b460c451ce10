"""Two hundred sessions that were held and paid for, whose hosts have not been paid yet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID, uuid4

from sandbox.stripe import intents
from sandbox.stripe.account import Account
from services.domain.money import Money, to_stripe
from tests.stories.payday import connects
from tests.world import COACHING, MENTORING, REVIEW, Client, World

DAYS_AGO = timedelta(days=5)
HALF_AN_HOUR = timedelta(minutes=30)
KUWAITI = "5e550000-0000-4000-8000-0000000000aa"

_IN_DINARS = """
    insert into public.session_types (id, host_id, name, description, duration_minutes,
      price_minor, currency, payment_flow, step_minutes, buffer_before_minutes,
      buffer_after_minutes, minimum_notice_minutes)
    select $1, host_id, 'Review in dinars', description, duration_minutes, 10000, 'KWD',
      'SLOT_FIRST', 30, 0, 0, 120
    from public.session_types where id = $2"""

_FEE = """
    insert into private.platform_fees (host_id, currency, fixed_minor, percent)
    select host_id, currency, $2, $3 from public.session_types where id = $1
    on conflict (host_id, currency) do update
    set fixed_minor = excluded.fixed_minor, percent = excluded.percent"""

_BOOKING = """
    insert into public.bookings (id, user_id, host_id, session_type_id, status, starts_at, ends_at,
      occupied, duration_minutes, price_minor, currency, calendar_ref)
    select $1, $2, t.host_id, t.id, 'ACCEPTED', $3::timestamptz - interval '30 minutes', $3,
      tstzrange($3 - interval '30 minutes', $3), 30, $4, t.currency, 'BUILTIN:crowd'
    from public.session_types t where t.id = $5"""

_PAYMENT = """
    insert into public.payments (user_id, booking_id, stripe_payment_intent_id, stripe_charge_id,
      amount_minor, currency, status, paid_at, outcome, outcome_at)
    values ($1, $2, $3, $4, $5, $6, 'SUCCEEDED', $7, 'FULFILLED', $7)"""


@dataclass(frozen=True, slots=True)
class Sale:
    """What one host sells in the crowd, and what the platform keeps of it: so much that Stripe,
    which lets no more be transferred than was charged, would take a second transfer."""

    session_type: str
    currency: str
    first_minor: int
    step_minor: int
    fixed_minor: int
    percent: Decimal
    whole: int  # a transfer is a multiple of so many minor units

    def prices(self, count: int) -> Iterator[int]:
        """Each another one, so that no sum comes about by two mistakes."""
        return (self.first_minor + number * self.step_minor for number in range(count))

    def net(self, price_minor: int) -> int:
        """What the host is to have: less the fixed fee, less the percent (a half rounded up), in
        whole steps of what Stripe can carry."""
        part = int(price_minor * Fraction(self.percent) / 100 + Fraction(1, 2))
        rest = price_minor - self.fixed_minor - part
        return rest - rest % self.whole


SALES = (
    Sale(MENTORING, "USD", 1_003, 37, fixed_minor=50, percent=Decimal(60), whole=1),
    Sale(REVIEW, "JPY", 2_001, 113, fixed_minor=100, percent=Decimal(55), whole=1),
    Sale(KUWAITI, "KWD", 10_010, 130, fixed_minor=25, percent=Decimal("62.34"), whole=10),
)


async def gathers(world: World, count: int, hosts: Sequence[Client]) -> dict[str, list[int]]:
    """Make `count` due payments, spread over the sales; what each transfer must move, by
    currency, in our minor units. `hosts` are those of the sales, in their order."""
    await world.rows(_IN_DINARS, UUID(KUWAITI), UUID(COACHING))
    for sale, host in zip(SALES, hosts, strict=True):
        await world.rows(_FEE, UUID(sale.session_type), sale.fixed_minor, sale.percent)
        await connects(world, host)
    ended_at = world.sandbox.clock.now() - DAYS_AGO
    wanted: dict[str, list[int]] = {}
    for number, sale in enumerate(SALES):
        share = count // len(SALES) + (number < count % len(SALES))
        for place, price in enumerate(sale.prices(share)):
            await _held(world, sale, price, ended_at - place * HALF_AN_HOUR)
            wanted.setdefault(sale.currency, []).append(sale.net(price))
    return wanted


async def _held(world: World, sale: Sale, price_minor: int, ended_at: datetime) -> None:
    """One session that was held, its payment, and the charge at Stripe."""
    booking_id = uuid4()
    amount = Money(price_minor, sale.currency)
    charge_id = _charge(world.sandbox.stripe._account, amount)
    client = world.client.user_id
    await world.rows(_BOOKING, booking_id, client, ended_at, price_minor, UUID(sale.session_type))
    await world.rows(
        _PAYMENT,
        client,
        booking_id,
        charge_id.replace("ch_", "pi_"),
        charge_id,
        price_minor,
        sale.currency,
        ended_at,
    )


def _charge(account: Account, amount: Money) -> str:
    """A charge whose money came in, as a checkout makes it, without the checkout."""
    asked = {
        "id": f"pi_{uuid4().hex}",
        "amount": to_stripe(amount),
        "currency": amount.currency.lower(),
        "customer": None,
        "description": None,
        "metadata": {},
        "payment_method": None,
        "receipt_email": None,
        "transfer_group": None,
    }
    charge = intents.new_charge(account, asked, {"email": None, "name": None}, {"type": "card"})
    intents.capture(account, charge)
    charge_id: str = charge["id"]
    return charge_id
