"""The shelf of access tokens that all processes share, in the database."""

from datetime import datetime

from services.db import Database
from services.providers.access_tokens import Token
from services.store import vendor_tokens as store


class SharedTokens:
    """The Protocol TokenShelf. Each call is one statement of its own, so that no transaction is
    open while a vendor is asked for a token."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def read(self, name: str) -> Token | None:
        async with self._db.connection() as conn:
            held = await store.get(conn, name)
        return Token(held.access_token, held.expires_at) if held else None

    async def lease(
        self, name: str, *, instead_of: Token | None, now: datetime, until: datetime
    ) -> bool:
        held = instead_of.access_token if instead_of else None
        async with self._db.connection() as conn:
            return await store.lease(conn, name, held=held, now=now, until=until)

    async def write(self, name: str, token: Token) -> None:
        async with self._db.connection() as conn:
            await store.put(conn, name, token.access_token, token.expires_at)

    async def give_up(self, name: str, *, until: datetime) -> None:
        async with self._db.connection() as conn:
            await store.end_lease(conn, name, until)

    async def drop(self, name: str, token: Token) -> None:
        async with self._db.connection() as conn:
            await store.drop(conn, name, token.access_token)
