"""Mail over SendGrid's Web API v3."""

import re
from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import httpx

from services.log import correlation_id
from services.providers.errors import ProviderError, malformed
from services.providers.http import Door
from services.providers.mail_message import ADDRESS, one_line
from services.providers.message_ports import Attachment, Email
from services.providers.retry_after import reset_reader
from services.providers.sender import Sender

VENDOR = "sendgrid"
KEY_ARG = "message_id"
"""The custom argument that comes back in every event of an e-mail; see `sendgrid_events`."""

_TOLD_WITHIN = timedelta(seconds=60)
_PERMANENT = {
    401: "answered 401: the API key is not accepted",
    403: "answered 403: the sender is not verified, or the key may not send mail",
    413: "answered 413: the message is too large",
}
_FIELD = re.compile(r"[a-z0-9_.]{1,80}")
_METHOD = re.compile(r";\s*(method=[A-Za-z]+)")

# Links of ours let people in: they must reach the reader as they are, and nobody's count.
_NO_TRACKING = {
    "click_tracking": {"enable": False, "enable_text": False},
    "open_tracking": {"enable": False},
}


def connect(
    api_key: str,
    sender: str,
    *,
    base: str = "https://api.sendgrid.com",
    template_id: str | None = None,
    timeout: timedelta = timedelta(seconds=15),
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> tuple["Sendgrid", Callable[[], Awaitable[None]]]:
    """A client for one process, and how to close it.

    `sender` is `Name <address>` of a verified sender, `template_id` a dynamic template (`d-…`).
    Raises ValueError when the sender can't be used.
    """
    door = Door(
        VENDOR,
        base,
        timeout=timeout,
        headers={"Authorization": f"Bearer {api_key}"},
        retry_after_from=reset_reader(now),
        now=now,
    )
    return Sendgrid(door, Sender.parse(sender), template_id=template_id), door.close


class Sendgrid:
    """Implements the port Mail.

    With a dynamic template the template words the e-mail, out of `subject`, `name`, `text`,
    `html`, `kind` and `language`; without one our own text and HTML are sent.
    """

    def __init__(self, door: Door, sender: Sender, *, template_id: str | None) -> None:
        self._door = door
        self._sender = sender
        self._template_id = template_id

    async def send(self, email: Email) -> str | None:
        """Hand the e-mail over; answers with the beginning of SendGrid's own id of it.

        SendGrid would send a repeat as a second e-mail, and Message-IDs are its own. So after an
        unknown outcome the error asks for a minute's wait: until then an event tells whether it
        was taken.
        """
        if not ADDRESS.fullmatch(email.to):
            raise ProviderError(VENDOR, "the recipient's address is not valid", retryable=False)
        try:
            answer: httpx.Response = await self._door.request(
                "POST",
                "/v3/mail/send",
                json=self._body(email),
                safe_to_repeat=False,
                unread=True,
            )
            if answer.status_code != HTTPStatus.ACCEPTED:
                raise malformed(VENDOR, "content", status=answer.status_code)
        except ProviderError as error:
            raise _told(error) from None
        # Accepted is accepted: a missing id, or a body, is no reason to send it again.
        message_id: str | None = answer.headers.get("x-message-id")
        return message_id

    def _body(self, email: Email) -> dict[str, Any]:
        subject = one_line(email.subject)
        recipient = _mailbox(email.to, email.to_name or "")
        person: dict[str, Any] = {"to": [recipient], "custom_args": _custom_args(email)}
        body: dict[str, Any] = {
            "personalizations": [person],
            "from": _mailbox(self._sender.address, self._sender.name),
            "categories": [email.kind],
            "headers": {"Auto-Submitted": "auto-generated"},
            "tracking_settings": _NO_TRACKING,
        }
        if self._template_id is None:
            body["subject"] = subject
            body["content"] = [
                {"type": "text/plain", "value": email.text},
                {"type": "text/html", "value": email.html},
            ]
        else:
            body["template_id"] = self._template_id
            person["dynamic_template_data"] = {
                "subject": subject,
                "name": recipient.get("name", ""),
                "text": email.text,
                "html": email.html,
                "kind": email.kind,
                "language": email.language,
            }
        if email.attachments:
            body["attachments"] = [_attachment(file) for file in email.attachments]
        return body


def _custom_args(email: Email) -> dict[str, str]:
    cause = correlation_id.get()
    return {KEY_ARG: str(email.key)} | ({"correlation_id": cause} if cause != "-" else {})


def _mailbox(address: str, name: str) -> dict[str, str]:
    name = one_line(name)
    return {"email": address} | ({"name": name} if name else {})


def _attachment(file: Attachment) -> dict[str, str]:
    """SendGrid takes a bare type, and beside it a calendar file's method but no charset."""
    kind = file.content_type.partition(";")[0].strip()
    method = _METHOD.search(file.content_type)
    return {
        "content": b64encode(file.content).decode(),
        "type": f"{kind}; {method[1]}" if method else kind,
        "filename": one_line(file.filename),
        "disposition": "attachment",
    }


def _told(error: ProviderError) -> ProviderError:
    """The error without SendGrid's own words, which quote addresses."""
    wait = error.retry_after
    if error.outcome_unknown:
        wait = max(wait or timedelta(), _TOLD_WITHIN)
    message = _PERMANENT.get(error.status or 0)
    if error.status == 400:
        message = f"answered 400 ({_fields(error.body) or 'no field named'})"
    told = error.told(message, retry_after=wait)
    told.body = None
    return told


def _fields(body: object) -> str:
    """Which fields SendGrid did not like, such as `personalizations.0.to`."""
    errors = body.get("errors") if isinstance(body, dict) else None
    if not isinstance(errors, list):
        return ""
    fields = (error.get("field") for error in errors if isinstance(error, dict))
    return ", ".join(
        field for field in fields if isinstance(field, str) and _FIELD.fullmatch(field)
    )
