"""Opening, migrating and refusing: the database as a place."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, select, text, update
from sqlalchemy.exc import OperationalError

from publisher.errors import StorageError
from publisher.store import migrate, posts, schema, settings
from publisher.store.database import Rehearsal, Store, open_store


def test_the_migrations_end_in_the_schema(store: Store) -> None:
    with store.read() as conn:
        assert compare_metadata(MigrationContext.configure(conn), schema.metadata) == []
        assert conn.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == schema.HEAD


def test_head_is_the_newest_migration() -> None:
    newest = max(path.name[:4] for path in (migrate.MIGRATIONS / "versions").glob("[0-9]*.py"))
    assert newest == schema.HEAD


def test_opening_twice_changes_nothing(database_url: str, tmp_path: Path) -> None:
    open_store(database_url, root=tmp_path).close()
    again = open_store(database_url, root=tmp_path)
    with again.read() as conn:
        assert posts.count(conn) == 0
    again.close()


def test_a_transaction_that_fails_leaves_nothing(store: Store, now: datetime) -> None:
    with pytest.raises(RuntimeError, match="half way"), store.write() as conn:  # noqa: PT012  both are needed
        conn.execute(schema.newsletters.insert().values(slug="a", name="A", created=now))
        raise RuntimeError("half way")
    with store.read() as conn:
        assert conn.execute(select(schema.newsletters)).all() == []


def test_of_a_rehearsal_nothing_stays(store: Store, now: datetime) -> None:
    with Rehearsal(store).write() as conn:
        conn.execute(schema.newsletters.insert().values(slug="a", name="A", created=now))
        assert conn.execute(select(schema.newsletters)).all()
    with store.read() as conn:
        assert conn.execute(select(schema.newsletters)).all() == []
    with store.write() as conn:
        conn.execute(schema.newsletters.insert().values(slug="a", name="A", created=now))


def put_newsletter(store: Store, slug: str, now: datetime) -> Connection:
    with store.write() as conn:
        conn.execute(schema.newsletters.insert().values(slug=slug, name=slug, created=now))
    return conn


def slugs(store: Store) -> list[str]:
    with store.read() as conn:
        return sorted(conn.execute(select(schema.newsletters.c.slug)).scalars())


def test_a_kept_connection_serves_one_transaction_after_the_other_until_it_is_let_go(
    store: Store, now: datetime
) -> None:
    kept = store.kept()
    first, second = (put_newsletter(kept, slug, now) for slug in "ab")
    assert first is second
    with pytest.raises(RuntimeError, match="half way"), kept.write() as conn:  # noqa: PT012  both are needed
        conn.execute(schema.newsletters.insert().values(slug="c", name="c", created=now))
        raise RuntimeError("half way")
    assert slugs(store) == slugs(kept) == ["a", "b"]
    put_newsletter(store, "d", now)  # nothing is held between two of them
    kept.let_go()
    assert first.closed
    kept.let_go()
    assert put_newsletter(kept, "e", now) is not first
    kept.let_go()
    assert slugs(store) == ["a", "b", "d", "e"]


def test_a_transaction_that_the_database_refuses_costs_a_kept_connection_and_nothing_else(
    store: Store, now: datetime
) -> None:
    kept = store.kept()
    first = put_newsletter(kept, "a", now)
    with pytest.raises(StorageError):
        put_newsletter(kept, "a", now)
    assert first.closed
    put_newsletter(kept, "b", now)
    assert slugs(store) == ["a", "b"]
    kept.let_go()


def test_a_kept_connection_that_the_server_ended_fails_one_transaction_which_is_worth_another_try(
    postgres_database: str, tmp_path: Path, now: datetime
) -> None:
    store = open_store(postgres_database, root=tmp_path)
    kept = store.kept()
    put_newsletter(kept, "a", now)
    with store.write() as conn:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = "
        conn.execute(text(others + "current_database()"))
    with pytest.raises(StorageError) as raised:
        put_newsletter(kept, "b", now)
    assert raised.value.retry
    put_newsletter(kept, "c", now)
    assert slugs(store) == ["a", "c"]
    kept.let_go()
    store.close()


@pytest.mark.parametrize("is_lost", [True, False])
def test_a_connection_that_is_lost_in_words_that_nobody_knows_is_worth_another_try(store: Store, is_lost: bool) -> None:
    said = RuntimeError("consuming input failed: SSL error: unexpected eof while reading")  # libpq's, over TLS
    with pytest.raises(StorageError) as raised, store.kept().write():
        raise OperationalError("SELECT 1", {}, said, connection_invalidated=is_lost)
    assert raised.value.retry is is_lost


def test_two_writers_wait_for_each_other(store: Store) -> None:
    def grow() -> None:
        for _ in range(20):
            with store.write() as conn:
                conn.execute(schema.counters.update().values(value=schema.counters.c.value + 1))

    writers = [threading.Thread(target=grow) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with store.read() as conn:
        assert posts.count(conn) == 80


def test_sqlite_is_set_up_to_lose_nothing(sqlite_store: Store) -> None:
    with sqlite_store.read() as conn:
        assert conn.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert conn.execute(text("PRAGMA synchronous")).scalar_one() == 2  # FULL
        assert conn.execute(text("PRAGMA foreign_keys")).scalar_one() == 1


def test_a_migration_copies_the_file_first(tmp_path: Path) -> None:
    open_store("sqlite:///site.db", root=tmp_path).close()
    with sqlite3.connect(tmp_path / "site.db") as raw:
        raw.execute("INSERT INTO newsletters (slug, name, created) VALUES ('morning', 'Morning', 0)")
        raw.execute("UPDATE alembic_version SET version_num = '0000'")
    raw.close()
    with pytest.raises(Exception, match="0000"):  # there is no migration 0000 to start from: Alembic says so
        open_store("sqlite:///site.db", root=tmp_path)
    with sqlite3.connect(tmp_path / f"site.db.before-{schema.HEAD}") as copy:
        assert copy.execute("SELECT slug FROM newsletters").fetchall() == [("morning",)]
    copy.close()


@pytest.mark.parametrize(
    ("prepare", "says"),
    [
        (lambda path: path.write_bytes(b"this is no database at all" * 100), "not a SQLite database"),
        (lambda path: path.mkdir(), "cannot be opened"),
    ],
)
def test_a_file_that_is_no_database_is_told_in_one_sentence(
    tmp_path: Path, prepare: Callable[[Path], object], says: str
) -> None:
    prepare(tmp_path / "site.db")
    with pytest.raises(StorageError, match=says):
        open_store("sqlite:///site.db", root=tmp_path)


def test_a_database_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    open_store("sqlite:///site.db", root=tmp_path).close()
    with sqlite3.connect(tmp_path / "site.db") as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    with pytest.raises(StorageError, match="install a newer publisher"):
        open_store("sqlite:///site.db", root=tmp_path)


def test_of_two_that_wait_for_each_other_one_is_told_to_try_again(postgres_database: str, tmp_path: Path) -> None:
    store = open_store(postgres_database, root=tmp_path)
    with store.write() as conn:
        for name in ("harbour", "mill"):
            settings.decide_once(conn, name, "")
    both_hold_one = threading.Barrier(2)

    def take(*names: str) -> tuple[str, bool]:
        """What was in the way, and whether it is worth trying again."""
        try:
            with store.write() as conn:
                for name in names:
                    conn.execute(update(schema.settings).where(schema.settings.c.name == name).values(value=names[0]))
                    if name == names[0]:
                        both_hold_one.wait()
        except StorageError as wrong:
            return str(wrong).partition(": ")[2], wrong.retry
        return "nothing", False

    with ThreadPoolExecutor(2) as programs:
        came_to = {programs.submit(take, *names) for names in (("harbour", "mill"), ("mill", "harbour"))}
    waited = "two programs waited for each other; the other one went on"
    assert {one.result() for one in came_to} == {("nothing", False), (waited, True)}
    store.close()


def test_a_postgresql_that_does_not_answer_is_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"database localhost/none: no server answers there"):
        open_store("postgresql://someone@localhost:1/none", root=tmp_path)


def test_a_postgresql_that_vanished_is_given_up_soon_unless_its_address_says_otherwise(
    postgres_database: str, tmp_path: Path
) -> None:
    store = open_store(f"{postgres_database}&keepalives_idle=77", root=tmp_path)
    with store.read() as conn:
        told = conn.connection.dbapi_connection.info.get_parameters()
    store.close()
    assert {name: told[name] for name in ("connect_timeout", "keepalives_idle", "tcp_user_timeout")} == {
        "connect_timeout": "10", "keepalives_idle": "77", "tcp_user_timeout": "30000",
    }  # fmt: skip
