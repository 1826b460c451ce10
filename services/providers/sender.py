"""Whom our e-mails come from, as the operator writes it."""

import re
from dataclasses import dataclass
from typing import Self

from services.providers.mail_message import ADDRESS

_MAILBOX = re.compile(
    rf'"?(?P<name>[^"<>]*?)"?\s*<(?P<address>{ADDRESS.pattern})>|{ADDRESS.pattern}'
)


@dataclass(frozen=True, slots=True)
class Sender:
    """`name` may be empty."""

    name: str
    address: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `Name <address>` or a bare address. Raises ValueError."""
        parts = _MAILBOX.fullmatch(text.strip())
        if parts is None:
            raise ValueError("the sender must be like: Name <address@example.com>")
        return cls(parts["name"] or "", parts["address"] or text.strip())
