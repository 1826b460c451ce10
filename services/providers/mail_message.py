"""An e-mail as bytes on the wire, in a shape that mail readers agree on."""

import re
from datetime import UTC, datetime
from email.encoders import encode_base64
from email.header import Header
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr

from services.providers.message_ports import Attachment, Email

_ATOM = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]"
ADDRESS = re.compile(_ATOM + r"{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")
_MESSAGE_ID = re.compile(f"<{_ATOM}{{1,160}}@{_ATOM}{{1,80}}>")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# Encoded words are cut to 75 characters by hand; every other header keeps to one line, since
# some servers mistake a folded Message-ID for a missing one. The stdlib's newer policies lose
# spaces where they fold between encoded words.
_POLICY = compat32.clone(linesep="\r\n", max_line_length=998)


def compose(email: Email, *, sender_name: str, sender: str) -> bytes:
    """The message (RFC 5322), 7-bit clean and with CRLF.

    `sender` and `email.to` must match `ADDRESS`: a plain ASCII address, the only kind that every
    server takes. Raises ValueError when the Message-ID is none.
    """
    if not _MESSAGE_ID.fullmatch(email.message_id):
        raise ValueError("the Message-ID must be like: <unique@example.com>")
    message = _body(email)
    message["From"] = _mailbox(sender_name, sender)
    message["To"] = _mailbox(email.to_name or "", email.to)
    message["Subject"] = Header(one_line(email.subject), header_name="Subject").encode()
    message["Message-ID"] = email.message_id
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Auto-Submitted"] = "auto-generated"
    return message.as_bytes(policy=_POLICY)


def _body(email: Email) -> Message:
    """Text, HTML and invitation as alternatives of one another, then everything as files.

    Gmail and Outlook show an invitation's buttons for the alternative; readers that know no
    calendar offer the file.
    """
    alternatives = MIMEMultipart("alternative")
    alternatives.attach(MIMEText(email.text, "plain", "utf-8"))
    alternatives.attach(MIMEText(email.html, "html", "utf-8"))
    if not email.attachments:
        return alternatives
    message = MIMEMultipart("mixed")
    message.attach(alternatives)
    for attachment in email.attachments:
        if attachment.content_type.startswith("text/calendar"):
            alternatives.attach(_part(attachment, attachment.content_type))
            file = _part(attachment, "application/ics")
        else:
            file = _part(attachment, attachment.content_type)
        file.add_header("Content-Disposition", "attachment", filename=one_line(attachment.filename))
        message.attach(file)
    return message


def _part(attachment: Attachment, content_type: str) -> Message:
    """The bytes as they are, in base64."""
    part = Message()
    part["Content-Type"] = one_line(content_type)
    part.set_payload(attachment.content)
    encode_base64(part)
    return part


def _mailbox(name: str, address: str) -> str:
    name = one_line(name)
    if name.isascii():
        return formataddr((name, address))
    return f"{Header(name).encode()} <{address}>"


def one_line(text: str) -> str:
    """User text fit for a header: nothing in it can begin a header of its own."""
    return " ".join(_CONTROLS.sub(" ", text).split())
