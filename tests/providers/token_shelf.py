"""A shelf of access tokens in memory, by the rules of the one in the database."""

from dataclasses import dataclass, field
from datetime import datetime

from services.providers.access_tokens import Token


@dataclass
class TokensInMemory:
    tokens: dict[str, Token] = field(default_factory=dict)
    leases: dict[str, datetime] = field(default_factory=dict)

    async def read(self, name: str) -> Token | None:
        return self.tokens.get(name)

    async def lease(
        self, name: str, *, instead_of: Token | None, now: datetime, until: datetime
    ) -> bool:
        leased_until = self.leases.get(name)
        if (leased_until and now < leased_until) or self.tokens.get(name) != instead_of:
            return False
        self.leases[name] = until
        return True

    async def write(self, name: str, token: Token) -> None:
        self.tokens[name] = token
        self.leases.pop(name, None)

    async def give_up(self, name: str, *, until: datetime) -> None:
        if self.leases.get(name) == until:
            del self.leases[name]

    async def drop(self, name: str, token: Token) -> None:
        if self.tokens.get(name) == token:
            del self.tokens[name]
