"""Pay links: made for one chat, one purpose and a while, and worth nothing when anything
about them is other."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256

import pytest

from services import pay_links
from services.pay_links import MANAGE, PAY, BadPayLink, Flaw
from tests.services.telegram_rig import CHAT, NOW, PUBLIC, Rig, rig_on

TOKEN = "100200300:token-of-the-bot"
FOREIGN = (Flaw.FOREIGN, None)


@pytest.fixture
async def rig(seeded: str) -> AsyncIterator[Rig]:
    async with rig_on(seeded, telegram_bot_token=TOKEN) as made:
        yield made


def sealed(signed: str, key: bytes) -> str:
    """A link's `tg_id` with the seal of another key."""
    digest = hmac.digest(key, signed.encode(), sha256)
    return f"{signed}.{urlsafe_b64encode(digest).decode().rstrip('=')}"


def refusal(rig: Rig, tg_id: str | None, path: str = PAY) -> tuple[Flaw, int | None]:
    """What is wrong with a link, and for whom it was made."""
    with pytest.raises(BadPayLink) as refused:
        pay_links.verified(rig.app, tg_id, path)
    return refused.value.flaw, refused.value.chat_id


async def test_a_link_names_its_chat_and_its_end_and_is_short_enough_to_be_read_back(
    rig: Rig,
) -> None:
    for chat_id in (1, CHAT, 2**52 - 1, 2**63 - 1):
        page, _, tg_id = pay_links.address(rig.app, chat_id).partition("?tg_id=")
        assert page == f"{PUBLIC}/pay"
        ends_at = int((NOW + timedelta(days=7)).timestamp())
        assert tg_id.startswith(f"{chat_id}.{ends_at}.")
        assert len(tg_id) <= pay_links.LONGEST
        assert TOKEN not in tg_id
        assert pay_links.verified(rig.app, tg_id) == chat_id
    manage = pay_links.address(rig.app, CHAT, pay_links.MANAGE)
    assert manage.startswith(f"{PUBLIC}/pay/manage?tg_id={CHAT}.")


async def test_each_refusal_says_what_is_wrong_and_for_whom_the_link_was(rig: Rig) -> None:
    tg_id = pay_links.address(rig.app, CHAT).partition("?tg_id=")[2]
    assert refusal(rig, None) == refusal(rig, "") == (Flaw.INCOMPLETE, None)
    assert refusal(rig, f"1{tg_id}") == FOREIGN
    assert refusal(rig, tg_id + "A" * 200) == FOREIGN
    rig.passes(timedelta(days=7) - timedelta(seconds=1))
    assert pay_links.verified(rig.app, tg_id) == CHAT
    rig.passes(timedelta(seconds=1))
    assert refusal(rig, tg_id) == (Flaw.EXPIRED, CHAT)


async def test_a_link_of_one_purpose_is_worth_nothing_for_the_other(rig: Rig) -> None:
    pay, manage = (
        pay_links.address(rig.app, CHAT, path).partition("?tg_id=")[2] for path in (PAY, MANAGE)
    )
    assert refusal(rig, pay, MANAGE) == refusal(rig, manage, PAY) == FOREIGN
    # Also with the end of the other's life written in.
    ends_at, seal = manage.split(".")[1], pay.split(".")[2]
    assert refusal(rig, f"{CHAT}.{ends_at}.{seal}", MANAGE) == FOREIGN
    assert pay_links.verified(rig.app, manage, MANAGE) == CHAT


async def test_a_link_to_the_portal_lives_an_hour(rig: Rig) -> None:
    manage = pay_links.address(rig.app, CHAT, MANAGE).partition("?tg_id=")[2]
    rig.passes(timedelta(hours=1) - timedelta(seconds=1))
    assert pay_links.verified(rig.app, manage, MANAGE) == CHAT
    rig.passes(timedelta(seconds=1))
    assert refusal(rig, manage, MANAGE) == (Flaw.EXPIRED, CHAT)


async def test_a_seal_by_any_other_key_than_that_of_the_purpose_is_foreign(rig: Rig) -> None:
    signed = f"{CHAT}.{int((NOW + timedelta(days=1)).timestamp())}"
    foreign = [
        b"",
        TOKEN.encode(),
        sha256(TOKEN.encode()).digest(),
        hmac.digest(b"WebAppData", TOKEN.encode(), sha256),  # Telegram's own, of Mini Apps
    ]
    for key in foreign:
        assert refusal(rig, sealed(signed, key)) == FOREIGN


async def test_a_link_ends_with_the_token_it_was_made_with(rig: Rig, seeded: str) -> None:
    tg_id = pay_links.address(rig.app, CHAT).partition("?tg_id=")[2]
    async with rig_on(seeded, telegram_bot_token=f"{TOKEN}2") as renewed:
        assert refusal(renewed, tg_id) == FOREIGN
    async with rig_on(seeded) as without_a_bot:
        assert refusal(without_a_bot, tg_id) == FOREIGN
    assert pay_links.verified(rig.app, tg_id) == CHAT
