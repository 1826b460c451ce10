"""Relay connections, forward only, over keyset cursors."""

import base64
import binascii
import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Generic, Self, TypeVar
from uuid import UUID

import strawberry

from services.domain.errors import CursorInvalid
from services.domain.paging import DEFAULT_FIRST, Cursor, Page, PageRequest

# Version, microseconds since the epoch, id. The version lets a later form of cursor be told
# apart from this one, so that a client with an old page marker gets an error, not wrong rows.
_CURSOR = struct.Struct(">Bq16s")
_CURSOR_VERSION = 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

T = TypeVar("T")
NodeT = TypeVar("NodeT")

First = Annotated[
    int, strawberry.argument(description="How many items to return, 1 to 100; 20 if not given.")
]
After = Annotated[
    str | None,
    strawberry.argument(description="Return what follows this cursor; null starts at the top."),
]


def encode_cursor(cursor: Cursor) -> str:
    """Opaque base64url text without padding."""
    micros = (cursor.created_at - _EPOCH) // _MICROSECOND
    packed = _CURSOR.pack(_CURSOR_VERSION, micros, cursor.id.bytes)
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode("ascii")


def decode_cursor(text: str) -> Cursor:
    """Raises CursorInvalid for any text that `encode_cursor` never made."""
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        version, micros, raw_id = _CURSOR.unpack(packed)
        cursor = Cursor(_EPOCH + timedelta(microseconds=micros), UUID(bytes=raw_id))
    except (binascii.Error, struct.error, ValueError, OverflowError) as error:
        raise CursorInvalid from error
    if version != _CURSOR_VERSION or encode_cursor(cursor) != text:
        raise CursorInvalid
    return cursor


def page_request(first: int = DEFAULT_FIRST, after: str | None = None) -> PageRequest:
    """The arguments of a connection field. Raises InvalidInput or CursorInvalid."""
    return PageRequest(first=first, after=None if after is None else decode_cursor(after))


@strawberry.type(description="Where a page of a connection ends.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more items follow this page.")
    end_cursor: str | None = strawberry.field(
        description="Cursor of the last item, to pass as `after`; null on an empty page."
    )
    # Relay's specification asks for these two of every connection.
    has_previous_page: bool = strawberry.field(
        description="Always false: connections are read forward only."
    )
    start_cursor: str | None = strawberry.field(
        description="Cursor of the first item; null on an empty page."
    )


@strawberry.type(description="One item of a connection with its cursor.")
class Edge(Generic[NodeT]):
    node: NodeT = strawberry.field(description="The item.")
    cursor: str = strawberry.field(description="Opaque marker of the item's place in the list.")


@strawberry.type(description="One page of a list, newest first.")
class Connection(Generic[NodeT]):
    nodes: list[NodeT] = strawberry.field(description="The items of this page, in order.")
    page_info: PageInfo = strawberry.field(description="Where this page ends.")
    keys: strawberry.Private[tuple[Cursor, ...]]

    @strawberry.field(description="The items of this page, each with its cursor.")
    def edges(self) -> list[Edge[NodeT]]:
        # Built on demand: most clients read `nodes` and should not pay for cursors.
        return [
            Edge(node=node, cursor=encode_cursor(key))
            for node, key in zip(self.nodes, self.keys, strict=True)
        ]

    @classmethod
    def of(cls, page: Page[T], *, node: Callable[[T], NodeT], key: Callable[[T], Cursor]) -> Self:
        """The connection for a page of rows, with each row's node and sort key."""
        keys = tuple(map(key, page.items))
        return cls(
            nodes=list(map(node, page.items)),
            page_info=PageInfo(
                has_next_page=page.has_next,
                end_cursor=encode_cursor(keys[-1]) if keys else None,
                has_previous_page=False,
                start_cursor=encode_cursor(keys[0]) if keys else None,
            ),
            keys=keys,
        )
