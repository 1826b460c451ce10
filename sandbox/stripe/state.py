"""Every object of the sandbox's Stripe account, in memory and, when asked, in an SQLite file."""

import json
import secrets
import sqlite3
import string
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

Json = dict[str, Any]

_ALPHABET = string.ascii_letters + string.digits
_TABLE = """
create table if not exists objects (
  position integer primary key autoincrement, id text not null unique, body text not null
)"""
_UPSERT = """
insert into objects (id, body) values (?, ?)
on conflict (id) do update set body = excluded.body"""


def new_id(prefix: str, length: int = 24) -> str:
    """A fresh id such as `pi_3f…`; `prefix` comes with its underscore."""
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(length))


def rendered(record: Json) -> Json:
    """A copy of an object as the API shows it: keys that begin with `_` are the sandbox's own."""
    return {key: deepcopy(value) for key, value in record.items() if not key.startswith("_")}


class State:
    """Objects by id, in the order of their creation.

    Changes reach the file at `commit()`. Whoever changes state does so without awaiting and
    commits before it awaits, so that a crash leaves all of a change or nothing of it.
    """

    def __init__(self, database: Path | None = None) -> None:
        self._records: dict[str, Json] = {}
        # The product may build the sandbox in another thread than the one that serves it.
        self._file = sqlite3.connect(database, check_same_thread=False) if database else None
        if self._file:
            self._file.execute("pragma journal_mode = wal")
            self._file.execute(_TABLE)
            rows = self._file.execute("select id, body from objects order by position")
            self._records = {object_id: json.loads(body) for object_id, body in rows}

    def find(self, object_id: str, kind: str) -> Json | None:
        """The object with this id if it is of this kind (its `object` field)."""
        record = self._records.get(object_id)
        return record if record and record["object"] == kind else None

    def newest_first(self, kind: str) -> Iterator[Json]:
        return (record for record in reversed(self._records.values()) if record["object"] == kind)

    def oldest_first(self, *kinds: str) -> list[Json]:
        return [record for record in self._records.values() if record["object"] in kinds]

    def put(self, record: Json) -> Json:
        """Keep an object, new or changed."""
        self._records[record["id"]] = record
        if self._file:
            self._file.execute(_UPSERT, (record["id"], json.dumps(record)))
        return record

    def commit(self) -> None:
        if self._file:
            self._file.commit()

    def close(self) -> None:
        if self._file:
            self._file.commit()
            self._file.close()
            self._file = None
