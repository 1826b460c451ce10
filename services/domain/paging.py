"""Keyset paging over (created_at, id), newest first: what a list is asked for and answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar
from uuid import UUID

from services.domain.errors import InvalidInput

DEFAULT_FIRST = 20
MAX_FIRST = 100

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cursor:
    """The sort key of one row; `created_at` is aware and exact to the microsecond."""

    created_at: datetime
    id: UUID


TOP = Cursor(datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))
"""What every row follows."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """`first` rows after `after`, or from the start. Raises InvalidInput outside 1 to 100."""

    first: int = DEFAULT_FIRST
    after: Cursor | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.first <= MAX_FIRST:
            raise InvalidInput("first", f"first must be between 1 and {MAX_FIRST}.")

    @property
    def start(self) -> Cursor:
        """What the rows follow. Never null: a condition that may be left out keeps PostgreSQL from
        beginning at the right place of an index once it plans for any cursor."""
        return self.after or TOP

    @property
    def limit(self) -> int:
        """Rows to select: one more than asked for tells whether another page follows."""
        return self.first + 1


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page in order, and whether more rows follow it."""

    items: tuple[T, ...]
    has_next: bool

    @classmethod
    def cut(cls, rows: Sequence[T], request: PageRequest) -> "Page[T]":
        """The page out of at most `request.limit` selected rows."""
        return cls(items=tuple(rows[: request.first]), has_next=len(rows) > request.first)
