"""A mail server that delivers nothing: it keeps what it is given, for /sandbox and for tests."""

import asyncio
import json
import sqlite3
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.clock import SandboxClock
from sandbox.faults import FaultKind, Faults
from sandbox.journal import Call, Journal
from sandbox.mails import Mail, parse

_KEPT = 200
_TABLE = """
create table if not exists mails (
  number integer primary key, received_at text not null, recipients text not null,
  source blob not null, repeats integer not null
)"""
_UPSERT = """
insert into mails (number, received_at, recipients, source, repeats) values (?, ?, ?, ?, ?)
on conflict (number) do update set repeats = excluded.repeats"""

_TAKEN = "250 2.0.0 Kept"
_INSTEAD = {
    FaultKind.FAIL: "451 4.3.0 The sandbox was told to fail",
    FaultKind.REFUSE: "550 5.1.1 The sandbox was told to refuse this recipient",
    FaultKind.UNAUTHORIZED: "535 5.7.8 The sandbox was told not to know this sender",
    FaultKind.RATE_LIMIT: "421 4.7.0 The sandbox was told that this is too much mail",
}


class Inbox:
    """Takes mail over SMTP on a free port of 127.0.0.1 and keeps the newest 200.

    A Message-ID that came before is taken and thrown away, as many servers do. With `database`
    (an SQLite file) mails outlive the process.
    """

    def __init__(
        self, *, clock: SandboxClock, journal: Journal, faults: Faults, database: Path | None
    ) -> None:
        self._clock = clock
        self._journal = journal
        self._faults = faults
        # The product may build the sandbox in another thread than the one that serves it.
        self._file = sqlite3.connect(database or ":memory:", check_same_thread=False)
        self._file.execute("pragma journal_mode = wal")
        self._file.execute(_TABLE)
        self._mails = {mail.number: mail for mail in self._read()}
        self._server: asyncio.Server | None = None
        self._connections: WeakSet[SMTP] = WeakSet()

    @property
    def url(self) -> str:
        """Where mail is handed in, such as `smtp://127.0.0.1:40123`; only after `start`."""
        if self._server is None:
            raise RuntimeError("the inbox has not been started")
        return f"smtp://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    @property
    def mails(self) -> list[Mail]:
        """Every mail that is kept, oldest first."""
        return list(self._mails.values())

    def to(self, address: str) -> list[Mail]:
        """The mails handed over for this address, oldest first."""
        return [mail for mail in self.mails if address in mail.to]

    def find(self, number: int) -> Mail | None:
        return self._mails.get(number)

    def take(self, source: bytes, to: tuple[str, ...]) -> None:
        """Keep a mail that another stand-in was handed; its faults and its journal are its own."""
        self._keep(parse(source, number=self._next(), received_at=self._clock.now(), to=to), None)

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connection, "127.0.0.1", 0)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            # Waiting for the server would wait for its clients too, for as long as they like.
            for connection in self._connections:
                _drop(connection)
            self._server = None
        self._file.close()

    async def handle_DATA(  # noqa: N802  # aiosmtpd looks for a hook of this name
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        fault = self._faults.take("mail", now=self._clock.now())
        if fault and fault.kind is FaultKind.DELAY:
            await asyncio.sleep(fault.seconds)
        kind = fault.kind if fault else None
        source, to = envelope.original_content or b"", tuple(envelope.rcpt_tos)
        mail = parse(source, number=self._next(), received_at=self._clock.now(), to=to)
        answer = self._keep(mail, kind)
        self._note(mail, answer, lost=kind is FaultKind.LOSE_ANSWER)
        if kind is FaultKind.LOSE_ANSWER:
            _drop(server)
        if fault and kind is FaultKind.HANG:
            await asyncio.sleep(fault.seconds)
        return answer

    def _connection(self) -> SMTP:
        # A host name of our own spares the server a slow reverse look-up.
        connection = SMTP(
            self,
            hostname="sandbox",
            ident="SessionPay sandbox",
            loop=asyncio.get_running_loop(),
        )
        self._connections.add(connection)
        return connection

    def _keep(self, mail: Mail, kind: FaultKind | None) -> str:
        if kind in _INSTEAD:
            return _INSTEAD[kind]
        known = self._known(mail.message_id)
        kept = replace(known, repeats=known.repeats + 1) if known else mail
        self._mails[kept.number] = kept
        self._write(kept)
        return _TAKEN

    def _known(self, message_id: str) -> Mail | None:
        found = (mail for mail in self._mails.values() if mail.message_id == message_id)
        return next(found, None) if message_id else None

    def _next(self) -> int:
        return max(self._mails, default=0) + 1

    def _note(self, mail: Mail, answer: str, *, lost: bool) -> None:
        request: dict[str, Any] = {
            "from": mail.sender,
            "subject": mail.subject,
            "messageId": mail.message_id,
            "files": [file.filename for file in mail.files],
        }
        status, response = int(answer[:3]), answer
        if lost:
            status, response = 0, "connection dropped before the answer"
        path = ", ".join(mail.to)
        self._journal.record(
            Call(self._clock.now(), "mail", "SEND", path, status, request, response)
        )

    def _write(self, mail: Mail) -> None:
        recipients = json.dumps(mail.to)
        row = (mail.number, mail.received_at.isoformat(), recipients, mail.source, mail.repeats)
        self._file.execute(_UPSERT, row)
        for number in sorted(self._mails)[:-_KEPT]:
            del self._mails[number]
            self._file.execute("delete from mails where number = ?", (number,))
        self._file.commit()

    def _read(self) -> list[Mail]:
        rows = self._file.execute(
            "select source, number, received_at, recipients, repeats from mails order by number"
        )
        return [
            parse(
                source,
                number=number,
                received_at=datetime.fromisoformat(received_at),
                to=tuple(json.loads(recipients)),
                repeats=repeats,
            )
            for source, number, received_at, recipients, repeats in rows
        ]


def _drop(connection: SMTP) -> None:
    """Cut the connection without a word."""
    if connection.transport is not None:
        connection.transport.close()
