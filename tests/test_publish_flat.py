"""What one new post costs does not depend on how much is stored: counted in the database, by no clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event

from publisher.store.database import Store, open_store
from tests.presses import Newsroom
from tests.shelves import COLUMN, a_full_post

MONTHS = 6
PLAIN = {"authors": (), "tags": (), "image": None, "related": (), "body": "<p>All.</p>"}


@contextmanager
def steps(store: Store, *, each: int = 10) -> Iterator[list[int]]:
    """How far SQLite goes meanwhile: an entry for each so many instructions of its machine."""
    counted: list[int] = []

    def count() -> None:
        counted.append(each)

    def watch(_conn: object, cursor: Any, *_: object) -> None:
        cursor.connection.set_progress_handler(count, each)

    event.listen(store._engine, "before_cursor_execute", watch)
    try:
        yield counted
    finally:
        event.remove(store._engine, "before_cursor_execute", watch)


def steps_of_one_more(folder: Path, migrated_file: bytes, *, a_month: int) -> int:
    """A site with so many posts in each of some months but the last, which has one; then a post comes."""
    folder.mkdir()
    (folder / "publisher.db").write_bytes(migrated_file)
    store = open_store("sqlite:///publisher.db", root=folder)
    newsroom = Newsroom(store=store, folder=folder, columns=(COLUMN,))
    starts = [datetime(2026, month, 1, tzinfo=UTC) for month in range(1, MONTHS + 1)]
    moments = [start + timedelta(hours=9 * at) for start in starts for at in range(a_month)]
    last = datetime(2026, MONTHS + 1, 1, tzinfo=UTC)
    moments += [last + timedelta(days=day) for day in (0, 1, 2)]
    *past, new = (a_full_post(number, published=when, updated=when, **PLAIN) for number, when in enumerate(moments, 1))
    newsroom.put(*past)
    newsroom.publish()
    newsroom.put(new)
    with steps(store) as counted:
        assert len(newsroom.publish().written) < 20
    store.close()
    return sum(counted)


def test_one_new_post_asks_as_much_of_the_database_whatever_is_stored(tmp_path: Path, migrated_file: bytes) -> None:
    few = steps_of_one_more(tmp_path / "few", migrated_file, a_month=5)
    many = steps_of_one_more(tmp_path / "many", migrated_file, a_month=60)
    assert few > 1_000, "nothing was counted"
    assert many < few * 1.1, f"{few} steps with 33 posts, {many} with 363"
