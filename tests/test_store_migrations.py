"""Databases of older programs are taken up whole: what stood in them stands in them still."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, make_url, text

from publisher.model.source import SourceState
from publisher.store import migrate, posts, sources
from publisher.store.database import open_store
from tests.conftest import NOW

ROWS = (
    "INSERT INTO columns (slug, feed_id, name, tagline, created) VALUES ('tide', 'tag:a', 'Tide', '', {now})",
    "INSERT INTO sources VALUES ('wire', {now}, {now}, {now}, 0, '')",
    "INSERT INTO sources VALUES ('blog', NULL, NULL, {now}, 3, 'no answer')",
)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """Two addresses of one database without a table: for our store, and for SQLAlchemy."""
    if request.param == "sqlite":
        return "sqlite:///site.db", f"sqlite:///{tmp_path}/site.db"
    import psycopg

    server = request.getfixturevalue("postgres_url")
    name = f"old_{tmp_path.name}".lower()
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"'.encode())
    head, _, query = server.partition("?")
    url = head.rpartition("/")[0] + "/" + name + ("?" + query if query else "")
    return url, make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def make_0001(address: str, *, now: str) -> None:
    engine = create_engine(address)
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    config.set_main_option("path_separator", "newline")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for row in ROWS:
            connection.execute(text(row.format(now=now)))
    engine.dispose()


def test_a_database_of_the_first_program_keeps_its_sources(empty_database: tuple[str, str], tmp_path: Path) -> None:
    url, address = empty_database
    microseconds = int(NOW.timestamp()) * 10**6
    make_0001(address, now=str(microseconds) if url.startswith("sqlite") else f"'{NOW.isoformat()}'")
    store = open_store(url, root=tmp_path)
    with store.read() as conn:
        assert sources.get_all(conn) == [
            SourceState(name="blog", last_attempt=NOW, failures=3, problem="no answer"),
            SourceState(name="wire", first_fetched=NOW, last_success=NOW, last_attempt=NOW),
        ]
        assert conn.execute(text("SELECT slug FROM columns")).scalars().all() == ["tide"]
    store.close()
    assert not url.startswith("sqlite") or list(tmp_path.glob("site.db.before-*"))


def test_posts_of_an_older_program_get_their_aliases(empty_database: tuple[str, str], tmp_path: Path) -> None:
    url, address = empty_database
    microseconds = int(NOW.timestamp()) * 10**6
    moment = str(microseconds) if url.startswith("sqlite") else f"'{NOW.isoformat()}'"
    make_0001(address, now=moment)
    post = (
        "INSERT INTO posts VALUES ({seq}, 'tag:{seq}', 'tide', 'wire', '{guid}', 's{seq}', 'T', '', '', '', '{{}}',"
        " '[]', '', {now}, {now}, {now}, 1, 'hash', {mailable})"
    )
    guids = ["http://old.example/a?b=1", "https://old.example/", "tag:x,2026:1"]
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE counters SET value = 3")
        for seq, guid in enumerate(guids, 1):
            row = post.format(seq=seq, guid=guid, now=moment, mailable="1" if url.startswith("sqlite") else "true")
            connection.exec_driver_sql(row)
    engine.dispose()
    store = open_store(url, root=tmp_path)
    with store.read() as conn:
        found = conn.execute(text("SELECT guid, alias FROM posts ORDER BY seq")).all()
        assert posts.changed_after(conn, 1) == [(2, 2), (3, 3)]
        assert conn.execute(text("SELECT value FROM counters WHERE name = 'changes'")).scalar_one() == 3
        stored = posts.with_seqs(conn, [1])[1]
        assert (stored.enclosures, stored.origin, stored.follows, stored.withdrawn) == ((), None, "", None)
    store.close()
    assert [tuple(row) for row in found] == [(guids[0], "/a?b=1"), (guids[1], ""), (guids[2], "")]
