"""What happens to a person's access while the bot moves them: the last state counts."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import cast
from uuid import UUID

from services import channel, jobs
from services.domain.jobs import Job
from services.providers.message_ports import ChannelDoor
from tests.stories.telegram_buyer import TelegramBuyer, charge_of, rests, subscription_of
from tests.world import World

OUT = "Your access has ended: Inner circle"
INVITED = "Your invitation: Inner circle"


@dataclass(frozen=True, slots=True)
class SlowDoor:
    """Does what it is asked for, and before that is heard of, something else happens."""

    door: ChannelDoor
    meanwhile: Callable[[], Awaitable[object]]

    async def invite(self, channel_id: int, *, name: str) -> str:
        link = await self.door.invite(channel_id, name=name)
        await self.meanwhile()
        return link

    async def revoke(self, channel_id: int, link: str) -> None:
        await self.door.revoke(channel_id, link)

    async def is_member(self, channel_id: int, person_id: int) -> bool:
        inside = await self.door.is_member(channel_id, person_id)
        await self.meanwhile()
        return inside

    async def remove(self, channel_id: int, person_id: int) -> bool:
        is_out = await self.door.remove(channel_id, person_id)
        await self.meanwhile()
        return is_out


async def looks(world: World, meanwhile: Callable[[], Awaitable[object]]) -> None:
    """The one access there is is looked at, by a worker that is overtaken."""
    await begins(world, meanwhile)
    await rests(world)


async def begins(world: World, meanwhile: Callable[[], Awaitable[object]]) -> None:
    access_id: UUID = (await world.row("select id from private.channel_accesses"))["id"]
    assert world.app.channels is not None
    door = cast(ChannelDoor, SlowDoor(world.app.channels, meanwhile))  # of it no more is used
    await channel.settle(replace(world.app, channels=door), access_id)


async def loses_all(world: World, buyer: TelegramBuyer, begin: Callable[[], object]) -> None:
    """What was paid for ends, while the bot may not put anybody out."""
    world.sandbox.telegram.demote()
    begin()
    await rests(world)
    assert buyer.is_in()
    world.sandbox.telegram.promote()
    await rests(world)


async def test_who_may_be_in_again_before_they_are_out_gets_an_invitation_that_works(
    world: World,
) -> None:
    buyer = TelegramBuyer(world)
    await buyer.joins()
    charge = await charge_of(world)
    await loses_all(world, buyer, lambda: world.sandbox.stripe.dispute(charge))
    [dispute] = world.sandbox.stripe.disputes()

    async def is_won() -> None:
        world.sandbox.stripe.close_dispute(dispute["id"], won=True)
        await rests(world)

    await looks(world, is_won)
    assert not buyer.is_in()
    assert await buyer.opens(buyer.invitation()) == "requested"
    assert buyer.is_in()


async def test_a_won_dispute_that_no_job_has_looked_at_yet_is_told_with_a_new_link(
    world: World,
) -> None:
    buyer = TelegramBuyer(world)
    first = await buyer.joins()
    charge = await charge_of(world)
    await loses_all(world, buyer, lambda: world.sandbox.stripe.dispute(charge))

    async def is_won() -> None:
        await world.rows("update public.payments set dispute_status = 'won'")

    await looks(world, is_won)
    assert buyer.told().count("Your invitation: Inner circle") == 2
    assert buyer.invitation() != first
    assert await buyer.opens(buyer.invitation()) == "requested"
    assert buyer.is_in()


async def test_who_is_heard_of_as_gone_before_the_bot_has_noted_it_is_told_once(
    world: World,
) -> None:
    buyer = TelegramBuyer(world)
    await buyer.joins()
    subscription = await subscription_of(world)
    cancel = world.sandbox.stripe.cancel_subscription
    await loses_all(world, buyer, lambda: cancel(subscription))
    await looks(world, lambda: rests(world))
    assert not buyer.is_in()
    assert buyer.told().count(OUT) == 1
    row = await world.row("select status, invite_link from private.channel_accesses")
    assert tuple(row) == ("ENDED", None)


def is_refunded(world: World) -> Callable[[], Awaitable[object]]:
    """All that was paid goes back, and the job that follows is taken for the one that runs."""
    query = "update public.payments set amount_refunded_minor = amount_minor"
    return lambda: world.rows(query)


async def test_a_link_made_while_the_payment_went_back_is_closed_and_told_to_nobody(
    world: World,
) -> None:
    buyer = TelegramBuyer(world)
    world.sandbox.telegram.demote()
    await buyer.pays()
    world.sandbox.telegram.promote()
    await rests(world)
    await looks(world, is_refunded(world))
    [link] = world.sandbox.telegram.links()
    assert link["is_revoked"] is True
    assert INVITED not in buyer.told()
    row = await world.row("select status, invite_link from private.channel_accesses")
    assert tuple(row) == ("ENDED", None)


async def test_who_is_refunded_while_the_bot_looks_whether_they_are_in_is_put_out_at_once(
    world: World,
) -> None:
    buyer = TelegramBuyer(world)
    await buyer.joins()
    await looks(world, is_refunded(world))
    assert not buyer.is_in()
    assert buyer.told()[-1] == OUT


async def test_what_moves_while_a_job_runs_that_was_asked_for_another_look_is_looked_at_once_more(
    world: World,
) -> None:
    buyer = TelegramBuyer(world)
    await buyer.joins()
    access_id: UUID = (await world.row("select id from private.channel_accesses"))["id"]
    async with world.app.db.transaction() as conn:
        await jobs.enqueue(conn, Job.CHANNEL_ACCESS, access_id, cause="moved")
    await world.rows("update jobs.pgqueuer set status = 'picked'")  # it is the one that runs
    await begins(world, is_refunded(world))
    await world.rows("delete from jobs.pgqueuer where status = 'picked'")
    await rests(world)
    assert not buyer.is_in()
    assert buyer.told()[-1] == OUT
