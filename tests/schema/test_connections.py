"""Pages follow one another without gap or repetition; a foreign cursor is an error, not a guess."""

import base64
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.connections import Connection, decode_cursor, encode_cursor, page_request
from services.domain.errors import CursorInvalid, InvalidInput
from services.domain.paging import Cursor, Page, PageRequest
from tests.resolvers.toy import Client

KEY = Cursor(datetime(2026, 3, 29, 9, 30, 0, 123_456, tzinfo=UTC), UUID(int=7))


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_a_cursor_comes_back_as_it_was(created_at: datetime, row_id: UUID) -> None:
    cursor = Cursor(created_at, row_id)
    assert decode_cursor(encode_cursor(cursor)) == cursor


def test_a_cursor_is_short_and_fit_for_an_address() -> None:
    text = encode_cursor(KEY)
    assert len(text) == 34
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def repacked(version: int, micros: bytes) -> str:
    packed = bytes([version]) + micros + KEY.id.bytes
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "not a cursor",
        "é",
        encode_cursor(KEY)[:-1],
        encode_cursor(KEY) + "A",
        encode_cursor(KEY) + "==",
        encode_cursor(KEY)[:-1] + "\n",
        # The last character's spare bits: another text for the same bytes.
        encode_cursor(KEY)[:-1] + "x",
        repacked(2, bytes(8)),
        repacked(1, b"\x7f" + b"\xff" * 7),
        base64.b64encode(b'{"id": 1}').decode(),
    ],
)
def test_text_that_is_no_cursor_of_ours_is_refused(text: str) -> None:
    with pytest.raises(CursorInvalid):
        decode_cursor(text)


@pytest.mark.parametrize("first", [0, -1, 101, 2**31 - 1])
def test_a_page_size_outside_1_to_100_is_refused(first: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        page_request(first)
    assert refused.value.field == "first"
    assert refused.value.message == "first must be between 1 and 100."


def test_a_page_is_20_items_from_the_top_if_nothing_else_is_said() -> None:
    assert page_request() == PageRequest(first=20, after=None)
    assert page_request().limit == 21
    assert page_request(1, encode_cursor(KEY)).after == KEY


def test_the_row_beyond_the_page_only_tells_that_there_is_more() -> None:
    request = PageRequest(first=2)
    assert Page.cut(["a", "b", "c"], request) == Page(items=("a", "b"), has_next=True)
    assert Page.cut(["a", "b"], request) == Page(items=("a", "b"), has_next=False)
    assert Page.cut([], request) == Page(items=(), has_next=False)


def test_an_empty_page_has_no_cursors() -> None:
    empty: Page[Cursor] = Page(items=(), has_next=False)
    connection: Connection[Cursor] = Connection.of(empty, node=lambda row: row, key=lambda row: row)
    assert connection.nodes == []
    assert connection.page_info.end_cursor is None
    assert connection.page_info.start_cursor is None


async def test_pages_follow_one_another_to_the_end() -> None:
    client = Client()
    query = """query($after: String) { things(first: 2, after: $after) {
        nodes { number } edges { cursor node { number } }
        pageInfo { hasNextPage endCursor hasPreviousPage startCursor }
    } }"""
    seen, after, pages = [], None, 0
    while True:
        response = await client.post({"query": query, "variables": {"after": after}})
        page = response.json()["data"]["things"]
        seen += [node["number"] for node in page["nodes"]]
        assert page["nodes"] == [edge["node"] for edge in page["edges"]]
        assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"]
        assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
        assert page["pageInfo"]["hasPreviousPage"] is False
        pages += 1
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == [0, 1, 2, 3, 4]
    assert pages == 3


async def test_a_foreign_cursor_is_told_with_its_code() -> None:
    response = await Client().post({"query": '{ things(after: "x") { nodes { number } } }'})
    assert response.json()["errors"][0]["extensions"] == {"code": "CURSOR_INVALID"}


def test_dates_before_the_epoch_keep_their_microseconds() -> None:
    before = Cursor(datetime(1970, 1, 1, tzinfo=UTC) - timedelta(microseconds=1), UUID(int=1))
    assert decode_cursor(encode_cursor(before)) == before
