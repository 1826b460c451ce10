"""An OAuth access token: how long it serves, and reading one from an answer."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.providers.errors import malformed

_EARLY = timedelta(seconds=120)


@dataclass(frozen=True, slots=True)
class Token:
    access_token: str = field(repr=False)
    expires_at: datetime

    def serves(self, now: datetime) -> bool:
        """Whether a request that begins now is sure to end before the token does."""
        return self.expires_at - now > _EARLY


def read_token(vendor: str, answer: object, asked_at: datetime) -> Token:
    """The token of a token request. Raises ProviderError: nothing else was asked for yet."""
    match answer:
        case {"access_token": str(text), "expires_in": int(seconds)} if text and seconds > 0:
            return Token(text, asked_at + timedelta(seconds=seconds))
    raise malformed(vendor, "access token").told(outcome_unknown=False)
