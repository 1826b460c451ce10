"""Mail over SMTP, spoken to a real server: the message on the wire and each way to fail."""

import asyncio
import datetime as dt
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Self, cast
from uuid import UUID

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.db import Database, OutsideCallInTransaction
from services.providers.errors import ProviderError
from services.providers.message_ports import Attachment, Email
from services.providers.smtp import Relay, Smtp

SENDER = "Session, Pay <noreply@example.com>"
INVITE = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
EMAIL = Email(
    key=UUID("0190f0a4-2b7e-7c11-8a51-3f0e7d1c9a10"),
    kind="BOOKING_CONFIRMED",
    language="uk",
    message_id="<confirmed.0190f0a4-2b7e-7c11-8a51-3f0e7d1c9a10@example.com>",
    to="ann@client.test",
    to_name="Ann Müller",
    subject="Підтверджено: консультація о 15:00",
    text="До зустрічі.\n",
    html="<p>До зустрічі.</p>",
    attachments=(Attachment("invite.ics", "text/calendar; method=REQUEST; charset=utf-8", INVITE),),
)


@dataclass
class Postbox:
    """What the server took, and what it says instead of taking."""

    says: dict[str, str] = field(default_factory=dict)
    taken: list[Envelope] = field(default_factory=list)
    logins: list[tuple[bytes, bytes, bool]] = field(default_factory=list)
    hangs_up: bool = False
    keeps_silent: bool = False

    async def handle_MAIL(  # noqa: N802 - aiosmtpd names its hooks so
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        envelope.mail_from = address
        return self.says.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802 - aiosmtpd names its hooks so
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.says.get("RCPT", "250 OK")

    async def handle_DATA(  # noqa: N802 - aiosmtpd names its hooks so
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        if self.hangs_up:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        self.taken.append(envelope)
        if self.keeps_silent:
            await asyncio.sleep(30)
        return self.says.get("DATA", "250 OK")

    async def handle_QUIT(  # noqa: N802 - aiosmtpd names its hooks so
        self, _server: SMTP, _session: Session, _envelope: Envelope
    ) -> str:
        return self.says.get("QUIT", "221 Bye")

    def authenticate(
        self, _server: SMTP, session: Session, _envelope: Envelope, _mechanism: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password, session.ssl is not None))
        right = data.password == b"p@ss/word"
        return AuthResult(success=right, handled=right)

    def only(self) -> EmailMessage:
        """The one message that arrived, parsed."""
        assert len(self.taken) == 1
        content = self.taken[0].original_content
        assert content is not None
        return message_from_bytes(content, policy=policy.default)


Listen = Callable[..., Awaitable[int]]


@pytest.fixture
async def listen() -> AsyncIterator[Listen]:
    """Starts servers in this event loop and answers with their ports."""
    servers: list[asyncio.Server] = []

    async def start(postbox: Postbox, *, ssl: ssl.SSLContext | None = None, **how: Any) -> int:
        def protocol() -> SMTP:
            return SMTP(postbox, authenticator=postbox.authenticate, hostname="relay.test", **how)

        loop = asyncio.get_running_loop()
        servers.append(await loop.create_server(protocol, "127.0.0.1", 0, ssl=ssl))
        return int(servers[-1].sockets[0].getsockname()[1])

    yield start
    for server in servers:
        server.close()


@dataclass(frozen=True)
class Certificate:
    server: ssl.SSLContext
    client: ssl.SSLContext


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for 127.0.0.1 that only the client's context of the pair trusts."""
    folder: Path = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay.test")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    pem = folder / "relay.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(pem)
    return Certificate(server, ssl.create_default_context(cafile=str(pem)))


async def trouble(smtp: Smtp, email: Email = EMAIL) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await smtp.send(email)
    assert caught.value.vendor == "smtp"
    assert "ann@" not in str(caught.value)
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    return caught.value


# --- the message ---------------------------------------------------------------------------------


async def test_an_email_arrives_with_its_headers_and_envelope(listen: Listen) -> None:
    postbox = Postbox()
    port = await listen(postbox)

    await Smtp(f"smtp://127.0.0.1:{port}", SENDER).send(EMAIL)

    message = postbox.only()
    assert postbox.taken[0].mail_from == "noreply@example.com"
    assert postbox.taken[0].rcpt_tos == ["ann@client.test"]
    assert message["Message-ID"] == EMAIL.message_id
    assert message["Subject"] == "Підтверджено: консультація о 15:00"
    assert [(to.display_name, to.addr_spec) for to in message["To"].addresses] == [
        ("Ann Müller", "ann@client.test")
    ]
    assert [(by.display_name, by.addr_spec) for by in message["From"].addresses] == [
        ("Session, Pay", "noreply@example.com")
    ]
    assert message["Auto-Submitted"] == "auto-generated"
    assert abs(message["Date"].datetime - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)
    assert message.defects == []


async def test_the_invitation_is_an_alternative_and_a_file(listen: Listen) -> None:
    postbox = Postbox()
    port = await listen(postbox)

    await Smtp(f"smtp://127.0.0.1:{port}", SENDER).send(EMAIL)

    message = postbox.only()
    assert message.get_content_type() == "multipart/mixed"
    alternatives, file = message.iter_parts()
    assert [part.get_content_type() for part in alternatives.iter_parts()] == [
        "text/plain",
        "text/html",
        "text/calendar",
    ]
    text, html, calendar = alternatives.iter_parts()
    assert text.get_content() == "До зустрічі.\n"
    assert html.get_content() == "<p>До зустрічі.</p>"
    assert calendar["Content-Type"].params == {"method": "REQUEST", "charset": "utf-8"}
    assert calendar.get_payload(decode=True) == INVITE
    assert (file.get_content_type(), file.get_filename()) == ("application/ics", "invite.ics")
    assert file.is_attachment()
    assert file.get_payload(decode=True) == INVITE


async def test_a_file_that_is_no_calendar_is_only_a_file(listen: Listen) -> None:
    postbox = Postbox()
    port = await listen(postbox)
    receipt = Attachment("чек.pdf", "application/pdf", b"%PDF\x00\xff")

    await Smtp(f"smtp://127.0.0.1:{port}", SENDER).send(replace(EMAIL, attachments=(receipt,)))

    alternatives, file = postbox.only().iter_parts()
    assert len(list(alternatives.iter_parts())) == 2
    assert (file.get_content_type(), file.get_filename()) == ("application/pdf", "чек.pdf")
    assert file.get_payload(decode=True) == b"%PDF\x00\xff"


async def test_without_files_there_are_only_alternatives(listen: Listen) -> None:
    postbox = Postbox()
    port = await listen(postbox)

    await Smtp(f"smtp://127.0.0.1:{port}", SENDER).send(replace(EMAIL, attachments=()))

    assert postbox.only().get_content_type() == "multipart/alternative"


async def test_the_wire_is_plain_ascii_in_short_lines(listen: Listen) -> None:
    postbox = Postbox()
    port = await listen(postbox)

    await Smtp(f"smtp://127.0.0.1:{port}", SENDER).send(
        replace(EMAIL, html="<p>" + "x" * 5000, subject="Київ — " * 40)
    )

    content = postbox.taken[0].original_content
    assert content is not None
    assert content.isascii()
    assert max(len(line) for line in content.split(b"\r\n")) <= 100
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert postbox.only()["Subject"] == ("Київ — " * 40).strip()


@pytest.mark.parametrize("nasty", ["x\r\nBcc: all@evil.test", "x\nBcc: a@b.c", "x\r\n\r\nbody"])
async def test_user_text_can_not_begin_a_header(nasty: str, listen: Listen) -> None:
    postbox = Postbox()
    port = await listen(postbox)
    file = Attachment(nasty, "application/pdf", b"1")

    await Smtp(f"smtp://127.0.0.1:{port}", SENDER).send(
        replace(EMAIL, subject=nasty, to_name=nasty, attachments=(file,))
    )

    message = postbox.only()
    assert message["Bcc"] is None
    assert message["Subject"] == " ".join(nasty.split())
    assert [to.addr_spec for to in message["To"].addresses] == ["ann@client.test"]
    assert postbox.taken[0].rcpt_tos == ["ann@client.test"]


@pytest.mark.parametrize(
    "name", ['Ann "the, boss" <x@evil.test>', "Олена, «Перша» (Київ)", "a@b.c", "李 雷" * 30, ""]
)
async def test_a_name_is_never_taken_for_an_address(name: str, listen: Listen) -> None:
    postbox = Postbox()
    port = await listen(postbox)

    await Smtp(f"smtp://127.0.0.1:{port}", SENDER).send(replace(EMAIL, to_name=name))

    assert [to.addr_spec for to in postbox.only()["To"].addresses] == ["ann@client.test"]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ann",
        "ann@",
        "a b@c.d",
        "a,b@c.d",
        "ann@client.test\r\nRCPT TO:<x@y.z>",
        "анна@client.test",
    ],
)
async def test_an_address_that_is_none_is_refused_for_good(address: str, listen: Listen) -> None:
    postbox = Postbox()
    port = await listen(postbox)

    error = await trouble(Smtp(f"smtp://127.0.0.1:{port}", SENDER), replace(EMAIL, to=address))

    assert error.retryable is False
    assert postbox.taken == []


async def test_a_message_id_must_be_one(listen: Listen) -> None:
    postbox = Postbox()
    port = await listen(postbox)

    for wrong in ("b1@example.com", "<b1>", "<b1@example.com>\r\nBcc: x@y.z"):
        with pytest.raises(ValueError, match="Message-ID"):
            await Smtp(f"smtp://127.0.0.1:{port}", SENDER).send(replace(EMAIL, message_id=wrong))
    assert postbox.taken == []


# --- the way there -------------------------------------------------------------------------------


async def test_starttls_comes_before_the_password(listen: Listen, certificate: Certificate) -> None:
    postbox = Postbox()
    port = await listen(postbox, tls_context=certificate.server, auth_required=True)

    await Smtp(
        f"smtp+starttls://ann%40x:p%40ss%2Fword@127.0.0.1:{port}", SENDER, tls=certificate.client
    ).send(EMAIL)

    assert postbox.logins == [(b"ann@x", b"p@ss/word", True)]
    assert len(postbox.taken) == 1


async def test_smtps_speaks_tls_from_the_first_byte(
    listen: Listen, certificate: Certificate
) -> None:
    postbox = Postbox()
    port = await listen(postbox, ssl=certificate.server)

    await Smtp(f"smtps://127.0.0.1:{port}", SENDER, tls=certificate.client).send(EMAIL)

    assert len(postbox.taken) == 1


async def test_a_server_that_can_not_prove_its_name_gets_nothing(
    listen: Listen, certificate: Certificate
) -> None:
    postbox = Postbox()
    port = await listen(postbox, ssl=certificate.server)

    error = await trouble(Smtp(f"smtps://127.0.0.1:{port}", SENDER))

    assert (error.retryable, error.message) == (True, "no answer (SSLCertVerificationError)")
    assert postbox.taken == []


async def test_a_server_without_starttls_gets_no_password(listen: Listen) -> None:
    postbox = Postbox()
    port = await listen(postbox)

    error = await trouble(Smtp(f"smtp+starttls://ann:p%40ss%2Fword@127.0.0.1:{port}", SENDER))

    assert (error.retryable, error.status) == (False, None)
    assert (postbox.logins, postbox.taken) == ([], [])


async def test_a_wrong_password_locks_us_out_and_is_not_told(
    listen: Listen, certificate: Certificate
) -> None:
    postbox = Postbox()
    port = await listen(postbox, tls_context=certificate.server, auth_required=True)

    error = await trouble(
        Smtp(f"smtp+starttls://ann:hunter2@127.0.0.1:{port}", SENDER, tls=certificate.client)
    )

    assert (error.retryable, error.status) == (False, 535)
    assert error.message == "the server refused our user or password (535 5.7.8)"
    assert postbox.taken == []


@pytest.mark.parametrize(
    ("says", "retryable", "message"),
    [
        ({"RCPT": "550 5.1.1 <ann@client.test> unknown"}, False, "the recipient (550 5.1.1)"),
        ({"RCPT": "451 4.7.1 greylisted"}, True, "the recipient (451 4.7.1)"),
        ({"RCPT": "421 4.3.2 closing"}, True, "the recipient (421 4.3.2)"),
        ({"MAIL": "553 not yours"}, False, "the sender (553)"),
        ({"MAIL": "452 4.3.1 full"}, True, "the sender (452 4.3.1)"),
        ({"DATA": "554 5.7.1 spam"}, False, "the message (554 5.7.1)"),
        ({"DATA": "451 4.3.0 later"}, True, "the message (451 4.3.0)"),
    ],
)
async def test_five_hundreds_are_final_and_four_hundreds_are_not(
    says: dict[str, str], retryable: bool, message: str, listen: Listen
) -> None:
    port = await listen(Postbox(says=says))

    error = await trouble(Smtp(f"smtp://127.0.0.1:{port}", SENDER))

    assert (error.retryable, error.message) == (retryable, f"the server refused {message}")
    assert error.status == int(next(iter(says.values()))[:3])


@pytest.mark.parametrize("code", [530, 534, 538])
async def test_whatever_is_wrong_with_our_sign_in_has_the_one_status_of_a_lock_out(
    code: int, listen: Listen
) -> None:
    postbox = Postbox(says={"MAIL": f"{code} 5.7.0 Authentication required"})
    port = await listen(postbox)

    error = await trouble(Smtp(f"smtp://127.0.0.1:{port}", SENDER))

    assert (error.status, error.message) == (535, f"the server refused the sender ({code} 5.7.0)")
    assert postbox.taken == []


@pytest.mark.parametrize("postbox", [Postbox(hangs_up=True), Postbox(keeps_silent=True)])
async def test_a_server_without_a_word_on_the_mail_may_have_taken_it(
    postbox: Postbox, listen: Listen
) -> None:
    port = await listen(postbox)

    smtp = Smtp(f"smtp://127.0.0.1:{port}", SENDER, timeout=dt.timedelta(milliseconds=200))
    error = await trouble(smtp)

    assert (error.retryable, error.message) == (True, "no answer (SMTPServerDisconnected)")
    assert (error.outcome_unknown, error.retry_after) == (True, dt.timedelta(seconds=60))
    assert len(postbox.taken) == 1


@pytest.mark.parametrize(
    ("command", "unknown", "wait"),
    [("MAIL", False, None), ("RCPT", False, None), ("DATA", True, dt.timedelta(seconds=60))],
)
async def test_a_reply_that_is_none_leaves_open_only_what_became_of_the_mail(
    *, command: str, unknown: bool, wait: dt.timedelta | None, listen: Listen
) -> None:
    postbox = Postbox(says={command: "ann@client.test? Maybe."})
    port = await listen(postbox)

    error = await trouble(Smtp(f"smtp://127.0.0.1:{port}", SENDER))

    assert (error.retryable, error.message) == (True, "no answer (malformed reply)")
    assert (error.status, error.outcome_unknown, error.retry_after) == (None, unknown, wait)
    assert len(postbox.taken) == unknown


async def test_trouble_at_the_goodbye_does_not_send_it_again(listen: Listen) -> None:
    postbox = Postbox(says={"QUIT": "421 4.3.2 shutting down"})
    port = await listen(postbox)

    await Smtp(f"smtp://127.0.0.1:{port}", SENDER).send(EMAIL)

    assert len(postbox.taken) == 1


async def test_nobody_there_is_retryable() -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()

    error = await trouble(Smtp(f"smtp://127.0.0.1:{port}", SENDER))

    assert (error.retryable, error.status) == (True, None)
    assert error.message == "no answer (ConnectionRefusedError)"
    assert error.outcome_unknown is False


@pytest.mark.parametrize(("greeting", "retryable"), [("421 busy", True), ("554 go away", False)])
async def test_a_server_may_refuse_at_the_door(greeting: str, retryable: bool) -> None:
    def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"{greeting}\r\n".encode())
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    error = await trouble(Smtp(f"smtp://127.0.0.1:{port}", SENDER))
    server.close()

    assert (error.retryable, error.status) == (retryable, int(greeting[:3]))
    assert error.message == f"the server refused us ({greeting[:3]})"


async def test_a_silent_server_is_given_up_on() -> None:
    server = await asyncio.start_server(lambda _reader, writer: held.append(writer), "127.0.0.1", 0)
    held: list[asyncio.StreamWriter] = []
    port = server.sockets[0].getsockname()[1]

    smtp = Smtp(f"smtp://127.0.0.1:{port}", SENDER, timeout=dt.timedelta(milliseconds=30))
    error = await trouble(smtp)
    held[0].close()
    server.close()

    assert (error.retryable, error.message) == (True, "no answer (SMTPServerDisconnected)")
    assert error.outcome_unknown is False


class NoPool:
    """Stands in for a pool where only the transaction's mark matters."""

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Self]:
        yield self

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        yield


async def test_nothing_is_sent_inside_a_transaction(listen: Listen) -> None:
    postbox = Postbox()
    port = await listen(postbox)

    async with Database(cast("Any", NoPool())).transaction():
        with pytest.raises(OutsideCallInTransaction):
            await Smtp(f"smtp://127.0.0.1:{port}", SENDER).send(EMAIL)

    assert postbox.taken == []


# --- settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "relay"),
    [
        ("smtp://relay.test", Relay("smtp", "relay.test", 25, None, None)),
        ("smtp://u:p@localhost:1025", Relay("smtp", "localhost", 1025, "u", "p")),
        ("smtp+starttls://u:p@relay.test", Relay("smtp+starttls", "relay.test", 587, "u", "p")),
        ("smtps://a%40b:p%3A%2F@relay.test", Relay("smtps", "relay.test", 465, "a@b", "p:/")),
    ],
)
def test_an_address_is_read(url: str, relay: Relay) -> None:
    assert Relay.parse(url) == relay
    assert "p:/" not in repr(relay)


@pytest.mark.parametrize(
    "url",
    [
        "relay.test",
        "http://relay.test",
        "smtps://",
        "smtps://u:hunter2/x@relay.test",
        "smtps://u:hunter2@relay.test:99999",
        "smtps://u@relay.test",
        "smtps://u:hunter2ї@relay.test",
        "smtp://u:hunter2@relay.test",
    ],
)
def test_an_address_that_can_not_serve_is_refused_without_telling_it(url: str) -> None:
    with pytest.raises(ValueError, match=r"SMTP|smtp") as caught:
        Smtp(url, SENDER)

    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("sender", ["", "SessionPay", "SessionPay <none>", "<a@b.c> <d@e.f>"])
def test_a_sender_without_an_address_is_refused(sender: str) -> None:
    with pytest.raises(ValueError, match="sender"):
        Smtp("smtp://relay.test", sender)


@pytest.mark.parametrize(
    ("sender", "name"),
    [
        ("noreply@example.com", ""),
        ("<noreply@example.com>", ""),
        ("Pay <noreply@example.com>", "Pay"),
        (' "Session, Pay" <noreply@example.com> ', "Session, Pay"),
        ("Сесія <noreply@example.com>", "Сесія"),
    ],
)
async def test_the_sender_is_named_as_the_operator_wrote(
    sender: str, name: str, listen: Listen
) -> None:
    postbox = Postbox()
    port = await listen(postbox)

    await Smtp(f"smtp://127.0.0.1:{port}", sender).send(EMAIL)

    (by,) = postbox.only()["From"].addresses
    assert (by.display_name, by.addr_spec) == (name, "noreply@example.com")
    assert postbox.taken[0].mail_from == "noreply@example.com"
