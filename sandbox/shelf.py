"""What a stand-in keeps: objects by id, in memory and, if there is a file, in SQLite."""

import json
import sqlite3
from pathlib import Path
from typing import Any

_TABLE = "create table if not exists {name} (id text primary key, body text not null)"
_UPSERT = (
    "insert into {name} (id, body) values (?, ?) "
    "on conflict (id) do update set body = excluded.body"
)


class Shelf:
    """JSON objects of one kind, in the order in which they were first put; `name` is a word."""

    def __init__(self, file: Path | None, name: str) -> None:
        # The product may build the sandbox in another thread than the one that serves it.
        self._file = sqlite3.connect(file or ":memory:", check_same_thread=False)
        self._file.execute("pragma journal_mode = wal")
        self._file.execute(_TABLE.format(name=name))
        self._upsert = _UPSERT.format(name=name)
        self._forget = f"delete from {name} where id = ?"
        rows = self._file.execute(f"select id, body from {name} order by rowid")
        self._objects: dict[str, dict[str, Any]] = {key: json.loads(body) for key, body in rows}

    def get(self, key: str) -> dict[str, Any] | None:
        return self._objects.get(key)

    def all(self) -> list[dict[str, Any]]:
        return list(self._objects.values())

    def put(self, key: str, body: dict[str, Any]) -> None:
        self._objects[key] = body
        self._file.execute(self._upsert, (key, json.dumps(body)))
        self._file.commit()

    def remove(self, key: str) -> None:
        self._objects.pop(key, None)
        self._file.execute(self._forget, (key,))
        self._file.commit()

    def close(self) -> None:
        self._file.close()
