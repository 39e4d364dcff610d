"""Things seen while one command runs, in a database of its own that nobody else sees and that ends with it.

SQLite keeps the first megabytes in memory and the rest in a temporary file, so memory stays flat.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from types import TracebackType


class Scratch:
    """A set of texts, however many."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("CREATE TABLE seen (text TEXT PRIMARY KEY) WITHOUT ROWID")
        self.is_empty = True

    def __enter__(self) -> Scratch:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _wrong: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._db.close()

    def add(self, texts: Collection[str]) -> None:
        if texts:
            self.is_empty = False
            self._db.execute("INSERT OR IGNORE INTO seen SELECT value FROM json_each(?)", [json.dumps(list(texts))])

    def among(self, texts: Collection[str]) -> set[str]:
        """Those that were added before."""
        if self.is_empty or not texts:
            return set()
        found = self._db.execute(
            "SELECT text FROM seen WHERE text IN (SELECT value FROM json_each(?))", [json.dumps(list(texts))]
        )
        return {text for (text,) in found}
