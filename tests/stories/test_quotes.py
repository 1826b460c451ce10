"""What is quoted is what is done: in every tier, in every currency, for money and for credits."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services import calling_off, cancellation
from services.domain.booking import Status
from services.domain.errors import (
    NotCancellable,
)
from services.domain.policy import Party
from services.domain.refusals import TooLate
from tests.stories import spending
from tests.stories.must_be_empty import assert_nothing_amiss
from tests.stories.payday import booked, start_of
from tests.stories.subscriber import subscribes
from tests.stories.terms import (
    DAY,
    HOUR,
    INSTANT,
    MINUTE,
    at,
    before,
    codes,
    comes_to_rest,
    payment,
    priced_in,
    refunds_at_stripe,
    refusal,
    row_of,
    terms,
    viewer,
)
from tests.world import MENTORING, REVIEW, Opened, World

THREE_TIERS = (
    {"minutes_before": 4320, "percent": 100},
    {"minutes_before": 1440, "percent": 67},
    {"minutes_before": 60, "percent": 33},
)
MOMENTS = [
    bound + off
    for bound in (3 * DAY, DAY, HOUR, timedelta(0))
    for off in (INSTANT, timedelta(0), -INSTANT)
]


class Undone(Exception):
    """Nothing of it is to last."""


async def done_at(world: World, opened: Opened, moment: datetime, by: Party) -> tuple[int, ...]:
    """What calling it off at a moment asks back of each payment; it is undone again."""
    app, booking_id = at(world, moment), UUID(opened.booking_id)
    asked: tuple[int, ...] = ()
    with suppress(Undone):
        async with app.db.transaction() as conn:
            booking = await calling_off.lock(conn, booking_id)
            quoted = await calling_off.quote(app, conn, booking, by)
            if quoted.refusal is not None:
                raise quoted.refusal
            await calling_off.call_off(app, conn, quoted, reason=calling_off.REASONS[by])
            rows = await conn.fetch(
                "select r.amount_minor from private.refunds r join public.payments p "
                "on p.id = r.payment_id where p.booking_id = $1",
                booking_id,
            )
            asked = tuple(row["amount_minor"] for row in rows)
            raise Undone
    return asked


async def test_at_every_moment_just_what_is_quoted_is_asked_back(world: World) -> None:
    await terms(world, REVIEW, cancel_until_minutes=0, refunds=THREE_TIERS)
    for currency, price_minor in (("JPY", 12001), ("KWD", 5010)):
        odd = await priced_in(world, currency, price_minor)
        opened = await booked(world, odd, ahead=5 * DAY)
        for who, by in ((world.client, Party.CLIENT), (world.yuki, Party.HOST)):
            for left in MOMENTS:
                moment = start_of(opened) - left
                quote = await cancellation.quote(
                    at(world, moment), viewer(who), UUID(opened.booking_id)
                )
                try:
                    asked = await done_at(world, opened, moment, by)
                except (NotCancellable, TooLate) as refused:
                    assert quote.refusal is not None
                    assert quote.refusal.code == refused.code
                    assert (quote.refund.amount_minor, quote.percent) == (0, None)
                    continue
                assert quote.refusal is None
                assert sum(asked) == quote.refund.amount_minor
                assert quote.refund.amount_minor + quote.kept.amount_minor == price_minor
        assert (await row_of(world, opened)).status is Status.ACCEPTED
        assert await refunds_at_stripe(world, opened) == []
    assert await world.rows("select from private.refunds") == []
    await assert_nothing_amiss(world)


@pytest.mark.parametrize(
    ("left", "percent", "back"),
    [(2 * DAY - MINUTE, 50, 6001), (DAY - MINUTE, 0, 0)],
    ids=["late", "at last"],
)
async def test_yen_that_do_not_divide_are_rounded_in_the_clients_favour(
    world: World, left: timedelta, percent: int, back: int
) -> None:
    odd = await priced_in(world, "JPY", 12001)
    opened = await booked(world, odd)
    await before(world, opened, left)
    quote = await world.client.quote(opened.booking_id)
    assert quote["percent"] == percent
    assert quote["refund"] == {"amountMinor": back, "currency": "JPY"}
    assert quote["kept"] == {"amountMinor": 12001 - back}
    payload = await world.client.cancels(opened.booking_id, expectedRefundMinor=back)
    assert payload["errors"] == []
    await comes_to_rest(world)
    assert await payment(world, opened) == ("FULFILLED", back)
    assert await refunds_at_stripe(world, opened) == ([(back, "SUCCEEDED")] if back else [])
    await assert_nothing_amiss(world)


async def test_dinars_that_stripe_cannot_carry_are_rounded_to_what_it_can(world: World) -> None:
    """Half of 5.010 is 2.505, and Stripe's last digit must be 0."""
    opened = await booked(world, await priced_in(world, "KWD", 5010))
    await before(world, opened, 2 * DAY - MINUTE)
    quote = await world.client.quote(opened.booking_id)
    assert quote["refund"] == {"amountMinor": 2510, "currency": "KWD"}
    assert quote["kept"] == {"amountMinor": 2500}
    assert codes(await world.client.cancels(opened.booking_id, expectedRefundMinor=2510)) == []
    await comes_to_rest(world)
    assert await payment(world, opened) == ("FULFILLED", 2510)
    assert await refunds_at_stripe(world, opened) == [(2510, "SUCCEEDED")]
    await assert_nothing_amiss(world)


async def test_when_the_tier_changed_since_it_was_shown_nothing_moves(world: World) -> None:
    opened = await booked(world)
    await before(world, opened, DAY + MINUTE)
    shown = await world.client.quote(opened.booking_id)
    assert shown["refund"]["amountMinor"] == 9000
    until = datetime.fromisoformat(shown["holdsUntil"])
    assert until == start_of(opened) - DAY
    await before(world, opened, DAY - MINUTE)
    assert await refusal(world.client, opened.booking_id, expectedRefundMinor=9000) == {
        "code": "QUOTE_CHANGED",
        "refund": {"amountMinor": 4500},
    }
    await comes_to_rest(world)
    assert (await world.client.booking(opened.booking_id))["status"] == "ACCEPTED"
    assert await payment(world, opened) == ("FULFILLED", 0)
    assert await refunds_at_stripe(world, opened) == []
    assert codes(await world.client.cancels(opened.booking_id, expectedRefundMinor=4500)) == []
    await comes_to_rest(world)
    assert await payment(world, opened) == ("FULFILLED", 4500)
    # Whatever is expected, it is called off already.
    assert codes(await world.client.cancels(opened.booking_id, expectedRefundMinor=1)) == []
    await comes_to_rest(world)
    assert await refunds_at_stripe(world, opened) == [(4500, "SUCCEEDED")]
    await assert_nothing_amiss(world)


async def test_what_was_agreed_counts_not_what_the_type_has_become(world: World) -> None:
    generous = await booked(world)
    await terms(world, MENTORING, refunds=[], cancel_until_minutes=525_600, reschedule_limit=0)
    strict = await booked(world, ahead=timedelta(days=4))
    [of_generous, of_strict] = [
        await world.client.quote(one.booking_id) for one in (generous, strict)
    ]
    assert (of_generous["canCancel"], of_generous["refund"]["amountMinor"]) == (True, 9000)
    assert (of_strict["canCancel"], of_strict["refund"]["amountMinor"]) == (False, 0)
    slot = (await world.client.slots())[-1]
    assert codes(await world.client.reschedules(strict.booking_id, slot)) == ["NOT_RESCHEDULABLE"]
    assert codes(await world.client.reschedules(generous.booking_id, slot)) == []
    await comes_to_rest(world)
    assert codes(await world.client.cancels(generous.booking_id)) == []
    assert codes(await world.client.cancels(strict.booking_id)) == ["TOO_LATE"]
    await comes_to_rest(world)
    assert await payment(world, generous) == ("REFUNDED", 9000)
    assert await payment(world, strict) == ("FULFILLED", 0)
    await assert_nothing_amiss(world)


# --- credits -------------------------------------------------------------------------------------


async def session_for_a_credit(world: World) -> Opened:
    await subscribes(world)
    slot = (await spending.slots_ahead(world, 3))[0]
    return Opened(await spending.booked(world, slot), "", slot)


def of_credits(quote: dict[str, Any]) -> tuple[bool, int, int | None, int]:
    return (
        quote["canCancel"],
        quote["creditsReturned"],
        quote["percent"],
        quote["refund"]["amountMinor"],
    )


@pytest.mark.parametrize(
    ("left", "returned"), [(DAY + MINUTE, 1), (DAY - MINUTE, 0)], ids=["early", "late"]
)
async def test_credits_come_back_as_quoted(world: World, left: timedelta, returned: int) -> None:
    opened = await session_for_a_credit(world)
    await before(world, opened, left)
    before_it = await spending.credits_left(world.client)
    quote = await world.client.quote(opened.booking_id)
    assert of_credits(quote) == (True, returned, None, 0)
    payload = await world.client.cancels(opened.booking_id, expectedRefundMinor=0)
    assert (payload["booking"]["status"], payload["errors"]) == ("CANCELLED", [])
    await comes_to_rest(world)
    assert await spending.credits_left(world.client) == before_it + returned
    assert await spending.uses(world) == [(1, returned == 1)]
    assert (await row_of(world, opened)).called_off_by is Party.CLIENT
    assert world.entered() == []
    await assert_nothing_amiss(world)


@pytest.mark.parametrize("by", [Party.HOST, Party.OPERATOR])
async def test_called_off_by_others_a_credit_comes_back_however_late(
    world: World, by: Party
) -> None:
    opened = await session_for_a_credit(world)
    await before(world, opened, MINUTE)
    if by is Party.HOST:
        assert of_credits(await world.olena.quote(opened.booking_id)) == (True, 1, None, 0)
        assert codes(await world.olena.cancels(opened.booking_id)) == []
    else:
        await cancellation.cancel_as_operator(world.app, UUID(opened.booking_id))
    await comes_to_rest(world)
    assert (await row_of(world, opened)).called_off_by is by
    assert await spending.uses(world) == [(1, True)]
    assert await spending.credits_left(world.client) == 2
    await assert_nothing_amiss(world)


async def test_too_late_for_a_credit_too_nothing_moves(world: World) -> None:
    opened = await session_for_a_credit(world)
    await before(world, opened, -MINUTE)
    assert of_credits(await world.client.quote(opened.booking_id)) == (False, 0, None, 0)
    assert codes(await world.client.cancels(opened.booking_id)) == ["NOT_CANCELLABLE"]
    assert codes(await world.olena.cancels(opened.booking_id)) == ["NOT_CANCELLABLE"]
    await comes_to_rest(world)
    assert await spending.uses(world) == [(1, False)]
    assert world.entered() == [opened.booking_id]
    await assert_nothing_amiss(world)
