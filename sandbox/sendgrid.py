"""A stand-in for SendGrid: checks and keeps mails, and tells in signed webhooks how they fared."""

import json
import time
from base64 import b64decode, b64encode
from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from functools import cache
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sandbox import sendgrid_request
from sandbox.hooks import Hook, Hooks
from sandbox.inbox import Inbox
from sandbox.sendgrid_request import Attachment, Mailbox, Personalization, Send, Wrong
from sandbox.standin import Answer, Asked, Endpoint, Refused, Stage, StandIn

API_KEY = "SG.sandbox"

VERIFIED_DOMAIN = "example.com"
"""Where mail may come from: the domain of the product's EMAIL_FROM when nobody set one."""

_RATE_LIMIT = "600"


class SendgridSandbox(StandIn):
    """Accepts mails for the inbox; each time anew, for SendGrid knows no idempotency key.

    `webhook_key` is the public key with which the product verifies events.
    """

    name = "sendgrid"

    def __init__(self, stage: Stage, *, inbox: Inbox, hooks: Hooks, webhook_url: str) -> None:
        super().__init__(stage)
        self._inbox = inbox
        self._hooks = hooks
        self._webhook_url = webhook_url
        self._messages = self.shelf("messages")
        der = (
            _signing_key()
            .public_key()
            .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        )
        self.webhook_key = b64encode(der).decode()

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Accepted mails, one for each recipient's personalization, oldest first."""
        return self._messages.all()

    def endpoints(self) -> list[Endpoint]:
        return [Endpoint("POST", "/v3/mail/send", "send", self._send)]

    def authorized(self, headers: Mapping[str, str]) -> bool:
        return headers.get("authorization") == f"Bearer {API_KEY}"

    def trouble(self, status: int, message: str, *, wait_seconds: int | None = None) -> Answer:
        headers = {}
        if wait_seconds is not None:
            reset = int(self.stage.clock.now().timestamp()) + wait_seconds
            headers = {
                "X-RateLimit-Limit": _RATE_LIMIT,
                "X-RateLimit-Remaining": "0",
                "X-RateLimit-Reset": str(reset),
            }
        return _errors(status, [{"message": message, "field": None, "help": None}], headers)

    def refusal(self, operation: str) -> Answer:
        problem = {
            "message": f"The sandbox was told to refuse {operation}.",
            "field": "personalizations.0.to.0.email",
            "help": None,
        }
        return _errors(400, [problem], {})

    def shown(self) -> list[dict[str, Any]]:
        return [
            {
                "id": message["id"],
                "title": message["subject"],
                "state": message["state"],
                "at": message["at"],
                "details": {"To": ", ".join(message["to"]), **message["custom_args"]},
            }
            for message in reversed(self.messages)
        ]

    def bounce(self, message_id: str) -> None:
        """Let a mail come back after all; `message_id` is what its X-Message-Id was.

        Needs a running event loop. Raises KeyError when there is no such mail.
        """
        for message in self.messages:
            if message["message_id"] == message_id:
                self._messages.put(message["id"], message | {"state": "bounced"})
                told = {"type": "bounce", "status": "5.1.1", "reason": "550 5.1.1 No such user"}
                self._tell([self._event(message, to, "bounce") | told for to in message["to"]])
                return
        raise KeyError(message_id)

    def _send(self, asked: Asked) -> Answer:
        try:
            send = sendgrid_request.read(asked.body)
        except Wrong as wrong:
            raise Refused(_errors(400, wrong.errors, {})) from None
        if send.sender.email.rpartition("@")[2].lower() != VERIFIED_DOMAIN:
            problem = "The from address does not match a verified Sender Identity."
            raise Refused(_errors(403, [{"message": problem, "field": "from", "help": None}], {}))
        if send.only_validated:
            return Answer(200)
        message_id = uuid4().hex[:22]
        for number, person in enumerate(send.personalizations):
            self._accept(send, person, message_id, number)
        return Answer(202, headers={"X-Message-Id": message_id})

    def _accept(self, send: Send, person: Personalization, message_id: str, number: int) -> None:
        mail = _mail(send, person, f"{message_id}.{number}@sendgrid.sandbox")
        message: dict[str, Any] = {
            "id": f"{message_id}.{number}",
            "message_id": message_id,
            "to": person.addresses,
            "subject": str(mail["Subject"]),
            "categories": send.categories,
            "custom_args": send.custom_args | person.custom_args,
            "state": "delivered",
            "at": self.stage.clock.now().isoformat(),
        }
        self._messages.put(message["id"], message)
        self._inbox.take(mail.as_bytes(), tuple(person.addresses))
        kinds = ("processed", "delivered")
        self._tell([self._event(message, to, kind) for to in person.addresses for kind in kinds])

    def _event(self, message: Mapping[str, Any], to: str, kind: str) -> dict[str, Any]:
        """Custom arguments come first: one named like a field of the event is overwritten."""
        own: dict[str, Any] = message["custom_args"]
        return own | {
            "email": to,
            "timestamp": int(self.stage.clock.now().timestamp()),
            "event": kind,
            "sg_event_id": uuid4().hex,
            "sg_message_id": f"{message['id']}.recvd-sandbox",
            "smtp-id": f"<{message['id']}@sendgrid.sandbox>",
            "category": message["categories"],
        }

    def _tell(self, events: list[dict[str, Any]]) -> None:
        # The real one ends its bodies so; a signature over anything but the raw bytes would fail.
        body = json.dumps(events).encode() + b"\r\n"
        # Signatures live in real time, like all others of the sandbox.
        timestamp = str(int(time.time()))
        signature = _signing_key().sign(timestamp.encode() + body, ec.ECDSA(SHA256()))
        headers = {
            "Content-Type": "application/json",
            "X-Twilio-Email-Event-Webhook-Signature": b64encode(signature).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
        }
        self._hooks.send(Hook(self.name, self._webhook_url, body, headers, events))


@cache
def _signing_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _errors(status: int, errors: list[dict[str, str | None]], headers: Mapping[str, str]) -> Answer:
    return Answer(status, {"errors": errors}, headers)


def _mail(send: Send, person: Personalization, message_id: str) -> EmailMessage:
    """The mail as its reader gets it; a dynamic template is one that shows what it was given."""
    data = person.dynamic_template_data or {}
    content = {part.type: part.value for part in send.content}
    if send.template_id is not None:
        content = {"text/plain": str(data.get("text", "")), "text/html": str(data.get("html", ""))}
    subject = data.get("subject") if send.template_id else person.subject or send.subject
    mail = EmailMessage()
    mail["From"] = _address(send.sender)
    mail["To"] = [_address(mailbox) for mailbox in person.to]
    mail["Subject"] = str(subject or "")
    mail["Message-ID"] = f"<{message_id}>"
    mail.set_content(content.get("text/plain", ""))
    if html := content.get("text/html"):
        mail.add_alternative(html, subtype="html")
    for file in send.attachments:
        _attach(mail, file)
    return mail


def _address(mailbox: Mailbox) -> Address:
    return Address(mailbox.name, addr_spec=mailbox.email)


def _attach(mail: EmailMessage, file: Attachment) -> None:
    kind, _, parameter = file.type.partition(";")
    maintype, _, subtype = kind.partition("/")
    name, _, value = parameter.strip().partition("=")
    mail.add_attachment(
        b64decode(file.content),
        maintype=maintype,
        subtype=subtype,
        disposition=file.disposition,
        filename=file.filename,
        params={name: value} if name else None,
    )
