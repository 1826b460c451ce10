"""A received e-mail taken apart: who, what, and which files came with it."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import MIMEPart
from typing import cast


@dataclass(frozen=True, slots=True)
class MailFile:
    """A file of a mail, or its invitation; `content_type` comes with its parameters."""

    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as its reader sees it, and its `source` as it came over the wire.

    `number` counts from 1. `to` are the addresses it was handed over for. `repeats` is how often
    the same Message-ID came again; those were taken and thrown away.
    """

    number: int
    received_at: datetime
    message_id: str
    subject: str
    sender: str
    to: tuple[str, ...]
    text: str
    html: str | None
    files: tuple[MailFile, ...]
    source: bytes
    repeats: int = 0

    @property
    def invitation(self) -> MailFile | None:
        """The iCalendar file that came with it, if one did."""
        kinds = ("text/calendar", "application/ics")
        return next((file for file in self.files if file.content_type.startswith(kinds)), None)


def parse(
    source: bytes, *, number: int, received_at: datetime, to: tuple[str, ...], repeats: int = 0
) -> Mail:
    """Take a mail apart; what cannot be decoded shows replacement characters."""
    message = message_from_bytes(source, policy=policy.default)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    files = [part for part in message.walk() if not part.is_multipart()]
    return Mail(
        number=number,
        received_at=received_at,
        message_id=str(message.get("Message-ID", "")).strip(),
        subject=str(message.get("Subject", "")),
        sender=str(message.get("From", "")),
        to=to,
        text=_text(text) if text else "",
        html=_text(html) if html else None,
        files=tuple(_file(part) for part in files if part is not text and part is not html),
        source=source,
        repeats=repeats,
    )


def _file(part: MIMEPart) -> MailFile:
    kind = part.get_content_type()
    fallback = "invite.ics" if kind == "text/calendar" else "unnamed"
    name = part.get_filename(fallback)
    return MailFile(name, str(part.get("Content-Type", kind)), _content(part))


def _content(part: MIMEPart) -> bytes:
    return cast(bytes, part.get_payload(decode=True)) or b""


def _text(part: MIMEPart) -> str:
    content = _content(part)
    try:
        return content.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        return content.decode("utf-8", "replace")
