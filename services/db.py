"""The database: a pool, transactions, and the rule that nothing outside is called inside one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Self, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

Conn: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
"""A connection, or a pool's stand-in for one."""

_in_transaction: ContextVar[bool] = ContextVar("in_transaction", default=False)


class OutsideCallInTransaction(RuntimeError):
    """A bug: an outside service was called while a database transaction was open."""


def assert_outside_transaction() -> None:
    """Raise `OutsideCallInTransaction` inside a transaction of this context.

    Every way out of the process asks here first: a slow service must never hold our locks.
    """
    if _in_transaction.get():
        raise OutsideCallInTransaction("no outside call inside a database transaction")


class Database:
    """A pool of connections to one database."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self.pool = pool

    @classmethod
    async def connect(cls, dsn: str, *, min_size: int = 1, max_size: int = 10) -> Self:
        """Open the pool; `dsn` is a direct or session-mode address, not a transaction pooler."""
        pool = await asyncpg.create_pool(
            dsn, min_size=min_size, max_size=max_size, command_timeout=30
        )
        return cls(pool)

    async def close(self) -> None:
        await self.pool.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Conn]:
        """A connection for reads; each statement stands alone."""
        async with self.pool.acquire() as conn:
            yield conn

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Conn]:
        """A transaction: commits on leaving, rolls back on an exception."""
        async with self.pool.acquire() as conn, conn.transaction():
            token = _in_transaction.set(True)
            try:
                yield conn
            finally:
                _in_transaction.reset(token)
