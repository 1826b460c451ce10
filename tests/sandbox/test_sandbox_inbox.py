"""The inbox takes what the product's own mail client hands it, and fails as it is told to."""

import asyncio
import smtplib
from pathlib import Path

import pytest

from sandbox.clock import SandboxClock
from sandbox.faults import Fault, FaultKind, Faults
from sandbox.inbox import Inbox
from sandbox.journal import Journal
from services.providers.errors import ProviderError
from tests.sandbox.sandbox_rig import CALENDAR_FILE, Rig, confirmation, running


async def send_faulty(rig: Rig, fault: Fault) -> ProviderError:
    rig.sandbox.faults.plan("mail", fault)
    with pytest.raises(ProviderError) as failed:
        await rig.mail.send(confirmation())
    return failed.value


async def test_a_mail_is_taken_apart_for_its_reader() -> None:
    async with running() as rig:
        await rig.mail.send(confirmation())
        [mail] = rig.sandbox.inbox.mails
    assert mail.subject == "Confirmed: Première séance ☕"
    assert mail.sender == "SessionPay <no-reply@example.com>"
    assert mail.to == ("demo@example.com",)
    assert mail.message_id == "<confirmation-1@example.com>"
    assert mail.text == "You are booked.\n\nJoin: https://meet.example/abc"
    assert mail.html is not None
    assert "<p>You are booked.</p>" in mail.html
    assert [(file.filename, file.content) for file in mail.files] == [
        ("invite.ics", CALENDAR_FILE),
        ("session.ics", CALENDAR_FILE),
    ]
    assert mail.invitation is mail.files[0]
    assert mail.source.startswith(b"Content-Type: multipart/mixed")


async def test_mails_are_found_by_recipient() -> None:
    async with running() as rig:
        await rig.mail.send(confirmation(1))
        await rig.mail.send(confirmation(2, to="host@example.com"))
        inbox = rig.sandbox.inbox
        assert [mail.number for mail in inbox.to("host@example.com")] == [2]
        assert inbox.to("nobody@example.com") == []


async def test_the_same_message_id_again_is_taken_and_counted_but_not_kept() -> None:
    async with running() as rig:
        for _ in range(3):
            await rig.mail.send(confirmation())
        [mail] = rig.sandbox.inbox.mails
    assert mail.repeats == 2


async def test_a_temporary_failure_keeps_nothing_and_may_be_tried_again() -> None:
    async with running() as rig:
        error = await send_faulty(rig, Fault(FaultKind.FAIL))
        assert (error.status, error.retryable) == (451, True)
        assert rig.sandbox.inbox.mails == []
        await rig.mail.send(confirmation())
        assert len(rig.sandbox.inbox.mails) == 1


async def test_a_refusal_is_for_good() -> None:
    async with running() as rig:
        error = await send_faulty(rig, Fault(FaultKind.REFUSE))
        assert (error.status, error.retryable) == (550, False)
        assert rig.sandbox.inbox.mails == []


async def test_a_lost_answer_leaves_the_mail_delivered_and_its_sender_unsure() -> None:
    async with running() as rig:
        error = await send_faulty(rig, Fault(FaultKind.LOSE_ANSWER))
        assert (error.status, error.retryable) == (None, True)
        await rig.mail.send(confirmation())
        [mail] = rig.sandbox.inbox.mails
        assert mail.repeats == 1
        assert [call.status for call in rig.sandbox.journal.of("mail")] == [0, 250]


async def test_a_delayed_mail_arrives() -> None:
    async with running() as rig:
        rig.sandbox.faults.plan("mail", Fault(FaultKind.DELAY, seconds=0.01))
        await rig.mail.send(confirmation())
        assert len(rig.sandbox.inbox.mails) == 1
        assert rig.sandbox.faults.planned() == {}


async def test_a_mail_without_a_message_id_is_never_a_repetition() -> None:
    async with running() as rig:
        host, port = rig.sandbox.inbox.url.removeprefix("smtp://").split(":")
        for _ in range(2):
            reader, writer = await asyncio.open_connection(host, int(port))
            lines = "HELO a", "MAIL FROM:<a@a.test>", "RCPT TO:<b@b.test>", "DATA"
            for line in (*lines, "Content-Type: text/plain; charset=nonsense\r\n\r\nHi\r\n."):
                await reader.readline()
                writer.write(f"{line}\r\n".encode())
            assert (await reader.readline()).startswith(b"250")
            writer.close()
            await writer.wait_closed()
        assert [mail.text for mail in rig.sandbox.inbox.mails] == ["Hi\r\n", "Hi\r\n"]


async def test_only_the_newest_two_hundred_are_kept_and_they_outlive_the_process(
    tmp_path: Path,
) -> None:
    file = tmp_path / "mails.db"
    clock = SandboxClock()

    def inbox() -> Inbox:
        return Inbox(clock=clock, journal=Journal(), faults=Faults(), database=file)

    first = inbox()
    await first.start()
    await asyncio.to_thread(send_numbered, first.url, [*range(203), 202])
    kept = first.mails
    await first.stop()
    second = inbox()
    assert second.mails == kept
    assert [kept[0].number, kept[-1].number, kept[-1].repeats] == [4, 203, 1]
    await second.stop()


def send_numbered(url: str, numbers: list[int]) -> None:
    """Mails with these Message-IDs over one connection."""
    host, port = url.removeprefix("smtp://").split(":")
    with smtplib.SMTP(host, int(port), local_hostname="a.test") as server:
        for number in numbers:
            server.sendmail("a@a.test", "b@b.test", f"Message-ID: <{number}@a.test>\r\n\r\nHi")


async def test_the_inbox_has_no_address_before_it_is_started() -> None:
    inbox = Inbox(clock=SandboxClock(), journal=Journal(), faults=Faults(), database=None)
    with pytest.raises(RuntimeError, match="has not been started"):
        _ = inbox.url
    await inbox.stop()
