"""The stand-in's private channel: its invite links, and who comes in by them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from sandbox.telegram_chats import DEMO, FRIEND
from tests.sandbox.telegram_rig import BOT, CHAT, Rig, rigged


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with rigged() as made:
        yield made


# --- links ---------------------------------------------------------------------------------------


async def test_a_link_is_shown_as_telegram_shows_it(rig: Rig) -> None:
    until = rig.seconds(timedelta(hours=24))
    made = await rig.channel(
        "createChatInviteLink", name="sub 7", creates_join_request=True, expire_date=until
    )
    address = made["invite_link"]
    assert made == {
        "invite_link": address,
        "creator": BOT,
        "creates_join_request": True,
        "is_primary": False,
        "is_revoked": False,
        "name": "sub 7",
        "expire_date": until,
    }
    assert address.startswith(f"{rig.telegram.url}/join/")
    assert rig.telegram.links() == [made]
    revoked = await rig.channel("revokeChatInviteLink", invite_link=address)
    assert revoked == made | {"is_revoked": True}
    assert rig.telegram.links() == [revoked]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"name": "x" * 33}, "the sandbox takes a name of at most 32 characters"),
        ({"name": 7}, "the sandbox takes a name of at most 32 characters"),
        ({"member_limit": 0}, "USAGE_LIMIT_INVALID"),
        ({"member_limit": "1"}, "USAGE_LIMIT_INVALID"),
        ({"expire_date": 1}, "EXPIRE_DATE_INVALID"),
        ({"expire_date": "2030-01-01"}, "EXPIRE_DATE_INVALID"),
        (
            {"creates_join_request": "yes"},
            "the sandbox takes true or false as creates_join_request",
        ),
        (
            {"creates_join_request": True, "member_limit": 1},
            "member limit can't be specified for links requiring administrator approval",
        ),
        ({"limit": 1}, "the sandbox does not know limit"),
        ({"chat_id": "@inner"}, "chat_id is empty"),
        ({"chat_id": -100}, "chat not found"),
    ],
)
async def test_a_link_that_telegram_would_not_make_is_not_made(
    rig: Rig, body: dict[str, Any], why: str
) -> None:
    assert await rig.refused("createChatInviteLink", **body) == why
    assert rig.telegram.links() == []


async def test_only_a_living_link_is_revoked(rig: Rig) -> None:
    until = rig.seconds(timedelta(hours=1))
    revoked, expired = await rig.link(), await rig.link(expire_date=until)
    await rig.channel("revokeChatInviteLink", invite_link=revoked)
    rig.telegram.stage.clock.advance(timedelta(hours=1))
    for address in (revoked, expired, f"{rig.telegram.url}/join/none", None):
        why = await rig.refused("revokeChatInviteLink", invite_link=address)
        assert why == "INVITE_HASH_EXPIRED"


# --- joining -------------------------------------------------------------------------------------


async def test_who_opens_a_link_is_in_and_the_bot_is_told_by_which(rig: Rig) -> None:
    address = await rig.link(member_limit=1)
    before = rig.seconds(timedelta())
    assert rig.telegram.join(address) == "joined"
    assert rig.telegram.members() == [DEMO.id]
    [change] = await rig.told("chat_member")
    assert before <= change.pop("date") <= rig.seconds(timedelta())
    assert change == {
        "chat": CHAT,
        "from": DEMO.as_json(),
        "old_chat_member": {"user": DEMO.as_json(), "status": "left"},
        "new_chat_member": {"user": DEMO.as_json(), "status": "member"},
        "invite_link": rig.telegram.links()[0],
    }
    assert rig.telegram.join(address) == "refused: member already"


async def test_a_seat_is_taken_while_its_member_stays_and_free_when_they_leave(rig: Rig) -> None:
    address = await rig.link(member_limit=1)
    rig.telegram.join(address)
    assert rig.telegram.join(address, FRIEND) == "refused: used up"
    rig.telegram.leave()
    assert rig.telegram.join(address, FRIEND) == "joined"
    assert rig.telegram.members() == [FRIEND.id]
    left = (await rig.told("chat_member"))[1]
    assert (left["new_chat_member"]["status"], left["from"]["id"]) == ("left", DEMO.id)
    assert "invite_link" not in left
    with pytest.raises(ValueError, match="Demo is not in the channel"):
        rig.telegram.leave()


async def test_a_dead_link_lets_nobody_in(rig: Rig) -> None:
    revoked = await rig.link()
    await rig.channel("revokeChatInviteLink", invite_link=revoked)
    expiring = await rig.link(expire_date=rig.seconds(timedelta(hours=1)))
    rig.telegram.stage.clock.advance(timedelta(hours=1))
    assert rig.telegram.join(revoked) == "refused: revoked"
    assert rig.telegram.join(expiring) == "refused: expired"
    assert rig.telegram.join(f"{rig.telegram.url}/join/none") == "refused: no such link"
    assert rig.telegram.members() == []
    assert await rig.told("chat_member") == []


async def test_a_link_by_request_asks_the_bot_once_and_lets_in_who_is_approved(rig: Rig) -> None:
    address = await rig.link(creates_join_request=True)
    assert [rig.telegram.join(address) for _ in range(2)] == ["requested", "requested"]
    assert (rig.telegram.members(), rig.telegram.requests()) == ([], [DEMO.id])
    [request] = await rig.told("chat_join_request")
    request.pop("date")
    [shown] = rig.telegram.links()
    assert request == {
        "chat": CHAT,
        "from": DEMO.as_json(),
        "user_chat_id": DEMO.id,
        "invite_link": shown,
    }

    assert await rig.channel("approveChatJoinRequest", user_id=DEMO.id) is True

    assert (rig.telegram.members(), rig.telegram.requests()) == ([DEMO.id], [])
    [change] = await rig.told("chat_member")
    assert (change["from"], change["invite_link"], change["via_join_request"]) == (BOT, shown, True)
    for method in ("approveChatJoinRequest", "declineChatJoinRequest"):
        assert await rig.refused(method, user_id=DEMO.id) == "USER_ALREADY_PARTICIPANT"


async def test_who_is_declined_stays_outside_and_may_ask_again(rig: Rig) -> None:
    address = await rig.link(creates_join_request=True)
    rig.telegram.join(address)
    assert await rig.channel("declineChatJoinRequest", user_id=DEMO.id) is True
    assert (rig.telegram.members(), rig.telegram.requests()) == ([], [])
    for method in ("approveChatJoinRequest", "declineChatJoinRequest"):
        assert await rig.refused(method, user_id=DEMO.id) == "HIDE_REQUESTER_MISSING"
    assert rig.telegram.join(address) == "requested"
    assert len(await rig.told("chat_join_request")) == 2
    assert await rig.told("chat_member") == []


async def test_who_joins_by_another_link_asks_no_more(rig: Rig) -> None:
    rig.telegram.join(await rig.link(creates_join_request=True))
    rig.telegram.join(await rig.link())
    assert (rig.telegram.members(), rig.telegram.requests()) == ([DEMO.id], [])
