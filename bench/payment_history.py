"""Whether a long history is read as fast as a short one: `myPayments` over 100,000 payments and 10.

One demo user has the long history, the other the short one, a thousand more people have 200 each;
half of everybody's payments are for sessions that were cancelled and refunded, half are invoices of
subscriptions. A page of ten
is asked for over HTTP as the account page does: the short history whole, then the first, a middle
and the last page of the long one, in turns. Prints the medians and how they compare with the short
history's.

    python -m bench.payment_history [rounds]
"""

import statistics
import sys
import time
from datetime import UTC, datetime
from functools import partial
from uuid import UUID, uuid4

import asyncpg
import httpx

import server
from bench import measuring
from bench.measuring import ask, browser, shape
from sandbox import demo
from sandbox.accounts import DEMO_USERS
from schema.connections import encode_cursor
from services.domain.paging import Cursor
from services.settings import Settings

LONG, SHORT, PAGE = 100_000, 10, 10
OTHERS, OF_EACH_OTHER = 1_000, 200
WARM_UP = 20
SHORT_HISTORY = f"{SHORT} payments, all of them"

ASKED = """query ($first: Int!, $after: String) { myPayments(first: $first, after: $after) {
  nodes { id status outcome outcomeReason failureReason receiptUrl invoiceNumber invoiceUrl
          invoicePdfUrl periodStart periodEnd disputed createdAt amount { display }
          refunded { display } booking { id startsAt } subscription { id plan { name } } }
  pageInfo { hasNextPage endCursor } } }"""
PEOPLE = """
  insert into auth.users (id, email)
  select id, id || '@example.com' from unnest($1::uuid[]) as people (id)
"""
SESSIONS = """
  with sold as (
    insert into public.bookings (user_id, host_id, session_type_id, status, starts_at, ends_at,
      occupied, duration_minutes, price_minor, currency, created_at, updated_at)
    select person, t.host_id, t.id, 'CANCELLED', at, at + interval '1 hour',
      tstzrange(at, at + interval '1 hour'), 60, 9000, 'USD', at, at
    from unnest($1::uuid[]) as person cross join generate_series(1, $2) as number
    cross join lateral (select $3::timestamptz - number * interval '2 hours' as at) as moment
    cross join (select id, host_id from public.session_types order by id limit 1) as t
    returning id, user_id, created_at)
  insert into public.payments (user_id, booking_id, stripe_payment_intent_id, stripe_charge_id,
    amount_minor, amount_refunded_minor, currency, status, outcome, outcome_reason, outcome_at,
    paid_at, created_at, receipt_url)
  select user_id, id, 'pi_' || id, 'ch_' || id, 9000, 9000, 'USD', 'SUCCEEDED', 'REFUNDED',
    'The host was ill.', created_at, created_at, created_at,
    'https://pay.stripe.com/receipts/' || id
  from sold
"""
SUBSCRIPTIONS = """
  with begun as (
    insert into public.subscriptions (user_id, plan_id, stripe_subscription_id, status, created_at)
    select person, p.id, 'sub_' || person || p.id, 'CANCELED', $3
    from unnest($1::uuid[]) as person cross join public.plans p returning id, user_id),
  numbered as (select *, row_number() over (partition by user_id order by id) as place from begun)
  insert into public.payments (user_id, subscription_id, stripe_payment_intent_id,
    stripe_charge_id, stripe_invoice_id, invoice_number, invoice_url, amount_minor, currency,
    status, outcome, outcome_at, paid_at, created_at, period_start, period_end)
  select user_id, id, 'pi_' || id || number, 'ch_' || id || number, 'in_' || id || number,
    'SP-' || number, 'https://invoice.stripe.com/i/' || number, 10000, 'USD', 'SUCCEEDED',
    'FULFILLED', at, at, at, at, at + interval '1 month'
  from generate_series(1, $2) as number
  cross join lateral (
    select $3::timestamptz - number * interval '2 hours' - interval '1 hour' as at) as moment
  join numbered on place = 1 + number % (select count(*) from public.plans)
"""


async def measure(rounds: int, settings: Settings, database: demo.Embedded) -> None:
    long_one, short_one = DEMO_USERS[:2]
    await fill(database, long_one.id, short_one.id)
    async with (
        measuring.product(settings, database) as parts,
        browser(parts, long_one) as of_long,
        browser(parts, short_one) as of_short,
    ):
        pages = {
            SHORT_HISTORY: (of_short, None),
            f"{LONG:,} payments, first page": (of_long, None),
            f"{LONG:,} payments, middle page": (of_long, await after(parts, LONG // 2)),
            f"{LONG:,} payments, last page": (of_long, await after(parts, LONG - PAGE)),
        }
        waits: dict[str, list[float]] = {name: [] for name in pages}
        for number in range(WARM_UP + rounds):
            for name, (client, cursor) in pages.items():
                taken = await seconds(client, cursor)
                if number >= WARM_UP:
                    waits[name].append(taken)
    print_ratios(waits)


async def fill(database: demo.Embedded, long_one: UUID, short_one: UUID) -> None:
    """Everybody's payments, as many of sessions as of subscriptions, interleaved."""
    others = [uuid4() for _ in range(OTHERS)]
    conn = await asyncpg.connect(database.superuser_dsn)
    try:
        await conn.execute(PEOPLE, others)
        now = datetime.now(UTC)
        for people, count in (
            ([long_one], LONG),
            ([short_one], SHORT),
            (others, OF_EACH_OTHER),
        ):
            await conn.execute(SESSIONS, people, count // 2, now)
            await conn.execute(SUBSCRIPTIONS, people, count // 2, now)
        await conn.execute("analyze")
    finally:
        await conn.close()


async def after(parts: server.Service, place: int) -> str:
    """The cursor of the payment at this place of the long history, counted from 1."""
    async with parts.app.db.connection() as conn:
        row = await conn.fetchrow(
            "select created_at, id from public.payments where user_id = $1 "
            "order by created_at desc, id desc offset $2 limit 1",
            DEMO_USERS[0].id,
            place - 1,
        )
    assert row is not None
    return encode_cursor(Cursor(row["created_at"], row["id"]))


async def seconds(client: httpx.AsyncClient, cursor: str | None) -> float:
    """How long a page takes."""
    begun = time.perf_counter()
    data = await ask(client, ASKED, first=PAGE, after=cursor)
    taken = time.perf_counter() - begun
    assert len(data["myPayments"]["nodes"]) == PAGE
    return taken


def print_ratios(waits: dict[str, list[float]]) -> None:
    base = statistics.median(waits[SHORT_HISTORY])
    for name, taken in waits.items():
        print(f"{shape(name, taken)}   ratio {statistics.median(taken) / base:.2f}")


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    measuring.run(partial(measure, rounds), port=8792)


if __name__ == "__main__":
    main()
