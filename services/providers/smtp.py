"""Mail over SMTP, for any provider or a local mail catcher."""

import asyncio
import re
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from services.db import assert_outside_transaction
from services.providers.circuit import Circuit
from services.providers.errors import ProviderError
from services.providers.mail_message import ADDRESS, compose
from services.providers.message_ports import Email
from services.providers.sender import Sender

VENDOR = "smtp"

_DEFAULT_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_LOOPBACK = re.compile(r"localhost|127\.[0-9.]+|::1")
_AFTER_UNKNOWN = timedelta(seconds=60)
_LOWEST_REPLY = 200
_LOCKED_OUT = 535
_ABOUT_AUTHENTICATION = {530, 534, _LOCKED_OUT, 538}
_ENHANCED_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")


@dataclass(frozen=True, slots=True)
class Relay:
    """Where and how mail is handed over."""

    security: str
    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read `smtp://`, `smtp+starttls://` or `smtps://user:password@host:port`.

        User and password are percent-decoded. Raises ValueError, which never quotes the address:
        it holds the password. Without TLS a password goes to this machine only.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise ValueError(
                "the SMTP address can't be read; is the password percent-encoded?"
            ) from None
        if parts.scheme not in _DEFAULT_PORTS or not host:
            raise ValueError(f"the SMTP address must begin with one of {', '.join(_DEFAULT_PORTS)}")
        user = unquote(parts.username) if parts.username else None
        password = unquote(parts.password) if parts.password else None
        if (user is None) != (password is None):
            raise ValueError("the SMTP address has a user without a password, or the reverse")
        if user and password and not (user + password).isascii():
            raise ValueError("SMTP takes only ASCII in user and password")
        if user and parts.scheme == "smtp" and not _LOOPBACK.fullmatch(host):
            raise ValueError("smtp:// would send the password in clear; use smtp+starttls://")
        return cls(parts.scheme, host, port or _DEFAULT_PORTS[parts.scheme], user, password)


class Smtp:
    """Implements the port Mail: hands e-mails to one relay, over a new connection for each.

    `sender` is `Name <address>`. `tls` replaces the system's certificate authorities,
    `now` tells how long a failing relay is left alone.
    Raises ValueError when `url` or `sender` can't be used.
    """

    def __init__(
        self,
        url: str,
        sender: str,
        *,
        timeout: timedelta = timedelta(seconds=15),
        tls: ssl.SSLContext | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._circuit = Circuit(VENDOR, now=now)
        self._relay = Relay.parse(url)
        self._sender = Sender.parse(sender)
        self._timeout_s = timeout.total_seconds()
        self._tls = tls

    async def send(self, email: Email) -> None:
        """Hand over one e-mail; a relay gives it no id of its own. Raises ProviderError.

        A connection lost while it was handed over has an unknown outcome, of which no relay tells
        us later. The next try, to be made after a minute, may deliver it again: the Message-ID,
        always the same, lets readers drop the second.

        Whatever the relay says of our own user or password has the status 535.
        """
        assert_outside_transaction()
        if not ADDRESS.fullmatch(email.to):
            raise ProviderError(VENDOR, "the recipient's address is not valid", retryable=False)
        content = compose(email, sender_name=self._sender.name, sender=self._sender.address)
        with self._circuit.trying():
            await asyncio.to_thread(self._deliver, email.to, content)

    def _deliver(self, to: str, content: bytes) -> None:
        server: _Server | None = None
        # "from None": the text of these errors quotes the recipient's address.
        try:
            server = self._connect()
            try:
                self._sign_in(server)
                server.sendmail(self._sender.address, [to], content)
            finally:
                _hang_up(server)
        except smtplib.SMTPRecipientsRefused as error:
            code, answer = error.recipients[to]
            raise _refused("the recipient", code, answer, server) from None
        except smtplib.SMTPResponseException as error:
            what = _subject_of(error)
            raise _refused(what, error.smtp_code, error.smtp_error, server) from None
        except smtplib.SMTPServerDisconnected as error:
            raise _no_answer(type(error).__name__, server) from None
        except smtplib.SMTPException as error:
            raise ProviderError(
                VENDOR, f"the server lacks what we need ({type(error).__name__})", retryable=False
            ) from None
        except OSError as error:  # after its subclass SMTPException
            raise _no_answer(type(error).__name__, server) from None

    def _connect(self) -> "_Server":
        # Naming ourselves by the sender's domain spares smtplib a slow reverse look-up.
        name = self._sender.address.rpartition("@")[2]
        relay = self._relay
        if relay.security == "smtps":
            return _TlsServer(
                relay.host,
                relay.port,
                local_hostname=name,
                timeout=self._timeout_s,
                context=self._tls or ssl.create_default_context(),
            )
        return _PlainServer(relay.host, relay.port, local_hostname=name, timeout=self._timeout_s)

    def _sign_in(self, server: smtplib.SMTP) -> None:
        if self._relay.security == "smtp+starttls":
            server.starttls(context=self._tls or ssl.create_default_context())
        if self._relay.user is not None and self._relay.password is not None:
            server.login(self._relay.user, self._relay.password)


class _HandsOver:
    """Remembers that the mail itself was begun: before that nothing can have been taken."""

    handing_over = False

    def data(self, msg: Any) -> Any:
        self.handing_over = True
        return super().data(msg)  # type: ignore[misc]  # smtplib's class comes next


class _PlainServer(_HandsOver, smtplib.SMTP):
    pass


class _TlsServer(_HandsOver, smtplib.SMTP_SSL):
    pass


_Server = _PlainServer | _TlsServer


def _hang_up(server: smtplib.SMTP) -> None:
    """Say goodbye; after the server took the mail, trouble here must not send it again."""
    with suppress(smtplib.SMTPException, OSError):
        server.quit()
    server.close()


def _no_answer(what: str, server: _Server | None) -> ProviderError:
    unknown = server is not None and server.handing_over
    return ProviderError(
        VENDOR,
        f"no answer ({what})",
        retryable=True,
        retry_after=_AFTER_UNKNOWN if unknown else None,
        outcome_unknown=unknown,
    )


def _subject_of(error: smtplib.SMTPResponseException) -> str:
    match error:
        case smtplib.SMTPAuthenticationError():
            return "our user or password"
        case smtplib.SMTPSenderRefused():
            return "the sender"
        case smtplib.SMTPDataError():
            return "the message"
        case _:
            return "us"


def _refused(what: str, code: int, answer: bytes | str, server: _Server | None) -> ProviderError:
    """Only codes are kept: the server's own words often quote an address."""
    if code < _LOWEST_REPLY:  # smtplib's own for a line that is none
        return _no_answer("malformed reply", server)
    text = answer if isinstance(answer, str) else answer.decode("ascii", "replace")
    enhanced = _ENHANCED_STATUS.match(text)
    codes = f"{code} {enhanced[0]}" if enhanced else str(code)
    return ProviderError(
        VENDOR,
        f"the server refused {what} ({codes})",
        retryable=not 500 <= code < 600,
        status=_LOCKED_OUT if code in _ABOUT_AUTHENTICATION else code,
    )
