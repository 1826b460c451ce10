"""A database that knows how often it was read."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.db import Conn, Database


class CountingDatabase(Database):
    """Counts how often somebody reads."""

    reads = 0

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Conn]:
        self.reads += 1
        async with super().connection() as conn:
            yield conn
