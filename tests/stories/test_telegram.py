"""A client and their chat with the bot: linked, told, asked, blocked; over real HTTP throughout."""

from sandbox.faults import Fault, FaultKind
from sandbox.telegram_chats import DEMO
from tests.world import CONSULTATION, World

LINK = "mutation { createTelegramLink { url expiresAt errors { code message } } }"


async def code_of(world: World) -> str:
    """The code in a new link of the client."""
    payload = (await world.client.asks(LINK))["createTelegramLink"]
    assert payload["errors"] == []
    address, _, code = payload["url"].partition("?start=")
    assert address == f"{world.sandbox.telegram.link_base}/SessionPayBot"
    return str(code)


async def says(world: World, text: str) -> list[str]:
    """The person writes to the bot; headings of what the bot answers."""
    before = len(world.sandbox.telegram.messages())
    world.sandbox.telegram.say(text)
    await world.sandbox.hooks.settled()
    await world.worker.drain()
    return [sent.text.partition("\n")[0] for sent in world.sandbox.telegram.messages()[before:]]


async def links(world: World) -> None:
    assert await says(world, f"/start {await code_of(world)}") == ["Telegram is linked"]


async def chat_of_client(world: World) -> int | None:
    row = await world.row(
        "select telegram_id from public.users where id = $1", world.client.user_id
    )
    chat_id: int | None = row["telegram_id"]
    return chat_id


async def test_a_linked_client_is_told_in_the_chat_with_a_button_to_the_meeting(
    world: World,
) -> None:
    await links(world)
    opened = await world.client.books()
    await world.pays(opened)
    await world.worker.drain()
    meeting = (await world.client.booking(opened.booking_id))["meeting"]
    confirmed = world.sandbox.telegram.messages()[-1]
    assert confirmed.text.startswith("Confirmed: ")
    assert confirmed.button is not None
    assert confirmed.button[1] == meeting["url"]
    assert await says(world, "/status") == ["Your sessions"]
    assert meeting["url"] in world.sandbox.telegram.messages()[-1].text


async def test_a_paid_session_without_a_time_is_in_the_status(world: World) -> None:
    await links(world)
    opened = await world.client.books(session_type=CONSULTATION)
    await world.pays(opened)
    await world.worker.drain()
    await says(world, "/status")
    page = f"{world.base}/booking?booking={opened.booking_id}"
    assert page in world.sandbox.telegram.messages()[-1].text


async def test_who_is_not_linked_gets_nothing_in_telegram(world: World) -> None:
    await says(world, "/start")
    opened = await world.client.books()
    await world.pays(opened)
    await world.worker.drain()
    assert [sent.text.partition("\n")[0] for sent in world.sandbox.telegram.messages()] == [
        "This chat is not linked yet"
    ]
    assert (await world.client.booking(opened.booking_id))["status"] == "ACCEPTED"


async def test_a_code_links_one_chat_once(world: World) -> None:
    code = await code_of(world)
    assert await says(world, f"/start {code}") == ["Telegram is linked"]
    assert await says(world, "/stop") == ["Telegram is unlinked"]
    assert await says(world, f"/start {code}") == ["This link does not work any more"]
    assert await chat_of_client(world) is None


async def test_an_update_that_comes_twice_is_answered_once(world: World) -> None:
    world.sandbox.faults.plan("telegram.webhook", Fault(FaultKind.LOSE_ANSWER))
    assert await says(world, "/help") == ["What this bot can do"]
    rows = await world.rows("select key from private.received_events where source = 'telegram'")
    assert len(rows) == 1


async def test_a_client_who_blocks_the_bot_is_told_by_mail_alone_and_comes_back(
    world: World,
) -> None:
    await links(world)
    world.sandbox.telegram.block()
    await world.sandbox.hooks.settled()
    opened = await world.client.books()
    await world.pays(opened)
    await world.worker.drain()
    told = len(world.sandbox.telegram.messages())
    assert told == 1  # that of linking
    assert any(subject.startswith("Confirmed: ") for subject in world.mails())
    assert await world.worker.held() == []

    world.sandbox.telegram.unblock()
    await world.sandbox.hooks.settled()
    assert await says(world, "/status") == ["Your sessions"]
    assert await chat_of_client(world) == DEMO.id


async def test_a_webhook_without_the_secret_changes_nothing(world: World) -> None:
    update = {
        "update_id": 1,
        "message": {"chat": {"id": 5, "type": "private"}, "text": f"/start {await code_of(world)}"},
    }
    answer = await world.http.post("/webhooks/telegram", json=update)
    assert answer.status_code == 403
    assert await world.worker.drain() == []
    assert await chat_of_client(world) is None


async def test_a_link_needs_telegram_and_a_sign_in(world: World) -> None:
    world.sandbox.faults.plan("telegram.getMe", Fault(FaultKind.UNAUTHORIZED))
    payload = (await world.client.asks(LINK))["createTelegramLink"]
    assert payload["url"] is None
    assert [error["code"] for error in payload["errors"]] == ["TELEGRAM_UNAVAILABLE"]
    body = await world.nobody.posts(LINK)
    assert [error["extensions"]["code"] for error in body["errors"]] == ["UNAUTHENTICATED"]
