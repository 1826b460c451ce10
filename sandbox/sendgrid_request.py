"""The body of SendGrid's mail/send as the real one checks it.

Only fields that are checked here are known; any other is refused as unknown.
"""

import re
from base64 import b64decode
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

_ADDRESS = r"^[^@\s<>,]+@[^@\s<>,]+$"
# Bare, or with a method alone: any other parameter is refused ("cannot contain ';'").
_TYPE = r"^[\w.+-]+/[\w.+-]+(; ?method=[A-Za-z]+)?$"
_RESERVED_HEADERS = {
    "x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type",
    "content-transfer-encoding", "to", "from", "subject", "reply-to", "cc", "bcc",
}  # fmt: skip  # a line each would hide the list
_MAX_RECIPIENTS = 1000
_MAX_ARGS_BYTES = 10_000


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


def _base64(text: str) -> str:
    b64decode(text, validate=True)
    return text


def _small(args: dict[str, str]) -> dict[str, str]:
    if len(str(args).encode()) > _MAX_ARGS_BYTES:
        raise ValueError("custom_args must be smaller than 10,000 bytes")
    return args


def _unreserved(headers: dict[str, str]) -> dict[str, str]:
    if reserved := _RESERVED_HEADERS & {name.lower() for name in headers}:
        raise ValueError(f"reserved header: {', '.join(sorted(reserved))}")
    return headers


CustomArgs = Annotated[dict[str, str], AfterValidator(_small)]
Headers = Annotated[dict[str, str], AfterValidator(_unreserved)]
Line = Annotated[str, Field(min_length=1, pattern=r"^[^\r\n]+$")]


class Mailbox(_Strict):
    email: Annotated[str, Field(pattern=_ADDRESS)]
    name: Annotated[str, Field(pattern=r"^[^\r\n]*$")] = ""


class Personalization(_Strict):
    to: Annotated[list[Mailbox], Field(min_length=1)]
    cc: list[Mailbox] = []
    bcc: list[Mailbox] = []
    subject: Line | None = None
    headers: Headers = {}
    custom_args: CustomArgs = {}
    dynamic_template_data: dict[str, Any] | None = None

    @property
    def addresses(self) -> list[str]:
        return [mailbox.email for mailbox in self.to + self.cc + self.bcc]

    @model_validator(mode="after")
    def _each_address_once(self) -> Self:
        addresses = [address.lower() for address in self.addresses]
        if len(addresses) != len(set(addresses)):
            raise ValueError("each address must be unique between to, cc and bcc")
        return self


class Content(_Strict):
    type: Literal["text/plain", "text/html"]
    value: Annotated[str, Field(min_length=1)]


class Attachment(_Strict):
    content: Annotated[str, Field(min_length=1), AfterValidator(_base64)]
    filename: Line
    type: Annotated[str, Field(pattern=_TYPE)] = "application/octet-stream"
    disposition: Literal["attachment", "inline"] = "attachment"


class ClickTracking(_Strict):
    enable: bool
    enable_text: bool = False


class Switch(_Strict):
    enable: bool


class TrackingSettings(_Strict):
    click_tracking: ClickTracking | None = None
    open_tracking: Switch | None = None


class MailSettings(_Strict):
    sandbox_mode: Switch | None = None


class Send(_Strict):
    personalizations: Annotated[list[Personalization], Field(min_length=1, max_length=1000)]
    sender: Mailbox = Field(alias="from")
    reply_to: Mailbox | None = None
    subject: Line | None = None
    content: list[Content] = []
    template_id: Annotated[str, Field(pattern=r"^d-[0-9a-f]{32}$")] | None = None
    attachments: list[Attachment] = []
    headers: Headers = {}
    categories: Annotated[list[Annotated[str, Field(max_length=255)]], Field(max_length=10)] = []
    custom_args: CustomArgs = {}
    tracking_settings: TrackingSettings | None = None
    mail_settings: MailSettings | None = None

    @property
    def only_validated(self) -> bool:
        """Whether the caller asked for no delivery."""
        mode = self.mail_settings and self.mail_settings.sandbox_mode
        return bool(mode and mode.enable)

    @field_validator("content")
    @classmethod
    def _plain_first(cls, content: list[Content]) -> list[Content]:
        kinds = [part.type for part in content]
        if kinds not in ([], ["text/plain"], ["text/html"], ["text/plain", "text/html"]):
            raise ValueError("text/plain must come first, and each type once")
        return content

    @model_validator(mode="after")
    def _has_words(self) -> Self:
        if sum(len(person.addresses) for person in self.personalizations) > _MAX_RECIPIENTS:
            raise ValueError("there is a limit of 1000 recipients")
        if self.template_id is None:
            subjects = [person.subject or self.subject for person in self.personalizations]
            if not self.content or not all(subjects):
                raise ValueError("without a template, subject and content are required")
        return self


def read(body: object) -> Send:
    """The checked request. Raises Wrong."""
    try:
        return Send.model_validate(body)
    except ValidationError as error:
        raise Wrong([_problem(item) for item in error.errors()]) from None


class Wrong(Exception):
    """The request is refused; `errors` is what SendGrid's answer lists."""

    def __init__(self, errors: list[dict[str, str | None]]) -> None:
        super().__init__(errors)
        self.errors = errors


def _problem(item: Any) -> dict[str, str | None]:
    field = ".".join(str(part) for part in item["loc"])
    return {
        "message": re.sub("^Value error, ", "", item["msg"]),
        "field": field or None,
        "help": None,
    }
