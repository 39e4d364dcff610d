"""Databases of older programs are taken up whole: what stood in them stands in them still."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, make_url, text

from publisher.errors import StorageError
from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueEvent, IssueKind
from publisher.model.source import SourceState
from publisher.model.suppression import Grounds
from publisher.store import claims, hours, issues, ledger, migrate, posts, sources, suppressions
from publisher.store.database import open_store
from publisher.store.hours import Event
from publisher.store.schema import UNSETTLED
from tests.conftest import NOW
from tests.writers import SENDER

ROWS = (
    "INSERT INTO columns (slug, feed_id, name, tagline, created) VALUES ('tide', 'tag:a', 'Tide', '', {now})",
    "INSERT INTO sources VALUES ('wire', {now}, {now}, {now}, 0, '')",
    "INSERT INTO sources VALUES ('blog', NULL, NULL, {now}, 3, 'no answer')",
)


# Two issues of two readers, one sent and one held, as the programs before drafts wrote them.
READERS = (
    "INSERT INTO newsletters VALUES ('morning', 'Morning', {now})",
    "INSERT INTO subscribers VALUES (1, 'a@x.example', 'a@x.example', '', '', 'confirmed', '', {now})",
    "INSERT INTO subscribers VALUES (2, 'b@x.example', 'b@x.example', '', '', 'confirmed', '', {now})",
    "INSERT INTO subscriptions VALUES (1, 1, 'morning', 'daily', '', 'active', 1, {now}, NULL, '')",
    "INSERT INTO subscriptions VALUES (2, 2, 'morning', 'daily', '', 'active', 1, {now}, NULL, '')",
    'INSERT INTO posts (seq, id, "column", source, guid, slug, title, summary, body, url, image, tags, language,'
    " published, updated, first_seen, revision, content_hash, mailable) VALUES (1, 'tag:1', 'tide', 'wire', 'g1', 's1',"
    " 'T', '', '', '', '{{}}', '[]', '', {now}, {now}, {now}, 3, 'h', {yes})",
)
ISSUE = (
    "INSERT INTO issues VALUES (ID, 'morning', 'daily', 'sID', 'STATE', {now}, {now}, {now}, 1, NULL)",
    "INSERT INTO variants VALUES (ID, ID, 'all')",
    "INSERT INTO letters VALUES (ID, 'T', '<p>x', 'x')",
    "INSERT INTO variant_posts VALUES (ID, 0, 1)",
    "INSERT INTO deliveries VALUES (ID1, ID, ID, 1, 'LETTER', 1, NULL, {now}, 0, '', '')",
    "INSERT INTO deliveries VALUES (ID2, ID, ID, 2, 'LETTER', 1, NULL, {now}, 0, '', '')",
)


def mailed(*, yes: str) -> list[str]:
    sent = [row.replace("ID", "1").replace("STATE", "sent").replace("LETTER", "sent") for row in ISSUE]
    held = [row.replace("ID", "2").replace("STATE", "held").replace("LETTER", "due") for row in ISSUE]
    return [ROWS[0], *(row.replace("{yes}", yes) for row in READERS), *sent, *held]


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


def make_old(address: str, version: str, rows: Sequence[str], *, now: str) -> None:
    engine = create_engine(address)
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    config.set_main_option("path_separator", "newline")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
        for row in rows:
            connection.execute(text(row.format(now=now)))
    engine.dispose()


def moment_in(url: str) -> str:
    return str(int(NOW.timestamp()) * 10**6) if url.startswith("sqlite") else f"'{NOW.isoformat()}'"


def test_a_database_of_the_first_program_keeps_its_sources(empty_database: tuple[str, str], tmp_path: Path) -> None:
    url, address = empty_database
    make_old(address, "0001", ROWS, now=moment_in(url))
    store = open_store(url, root=tmp_path)
    with store.read() as conn:
        assert sources.get_all(conn) == [
            SourceState(name="blog", last_attempt=NOW, failures=3, problem="no answer"),
            SourceState(name="wire", first_fetched=NOW, last_success=NOW, last_attempt=NOW),
        ]
        assert conn.execute(text("SELECT slug FROM columns")).scalars().all() == ["tide"]
    store.close()
    copies = list(tmp_path.glob("site.db.before-*"))
    assert len(copies) == url.startswith("sqlite")
    assert not [copy for copy in copies if copy.stat().st_mode & 0o077], "others can read people's addresses"


def test_posts_of_an_older_program_get_their_aliases(empty_database: tuple[str, str], tmp_path: Path) -> None:
    url, address = empty_database
    moment = moment_in(url)
    make_old(address, "0001", ROWS, now=moment)
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


@pytest.mark.parametrize("version", ["0001", "0004", "0006"])
def test_what_was_mailed_is_known_to_newer_programs(
    empty_database: tuple[str, str], tmp_path: Path, version: str
) -> None:
    url, address = empty_database
    yes = "1" if url.startswith("sqlite") else "true"
    make_old(address, version, mailed(yes=yes), now=moment_in(url))
    store = open_store(url, root=tmp_path)
    with store.read() as conn:
        assert conn.execute(text("SELECT id, state FROM issues ORDER BY id")).all() == [(1, "sent"), (2, "paused")]
        assert conn.execute(text("SELECT id, issue FROM variants ORDER BY id")).all() == [(1, 1), (2, 2)]
        assert conn.execute(text("SELECT variant, subject FROM letters ORDER BY 1")).all() == [(1, "T"), (2, "T")]
        held = text("SELECT variant, post, revision FROM variant_posts ORDER BY 1")
        assert conn.execute(held).all() == [(1, 1, 3), (2, 1, 3)]
        assert ledger.counts(conn, 1) == {DeliveryState.SENT: 2}
        assert ledger.counts(conn, 2) == {DeliveryState.DUE: 2}
        assert conn.execute(text("SELECT seen_seq, ahead FROM subscriptions")).all() == [(1, ""), (1, "")]
    with store.write() as conn:
        assert issues.move_if(conn, 2, IssueEvent.RESUME, now=NOW)
        assert issues.move_if(conn, 2, IssueEvent.START, now=NOW)
        assert (
            len(claims.claim(conn, SENDER, limit=10, now=NOW - timedelta(hours=1)).claimed) == 2
        )  # what was held goes on where it stood
    store.close()


def test_who_was_suppressed_stays_so_and_old_failures_are_held_against_nobody(
    empty_database: tuple[str, str], tmp_path: Path
) -> None:
    url, address = empty_database
    rows = mailed(yes="1" if url.startswith("sqlite") else "true")
    failed = "UPDATE deliveries SET state = 'failed' WHERE id = 11"
    suppressed = "UPDATE subscribers SET state = 'suppressed', consent = 'asked by telephone' WHERE id = 2"
    make_old(address, "0006", [*rows, failed, suppressed], now=moment_in(url))
    store = open_store(url, root=tmp_path)
    with store.write() as conn:
        (known,) = suppressions.newest(conn, limit=0)
        assert (known.email, known.since, known.why) == ("b@x.example", NOW, Grounds.BY_HAND)
        assert known.detail == "asked by telephone"
        assert suppressions.among(conn, ["a@x.example", "b@x.example"]) == {"b@x.example"}
        assert ledger.counts(conn, 1) == {DeliveryState.FAILED: 1, DeliveryState.SENT: 1}
        uncounted = text("SELECT count(*) FROM deliveries WHERE state = 'failed' AND counted IS NULL")
        assert conn.execute(uncounted).scalar_one() == 0
        assert conn.execute(text("SELECT count(rests_until) FROM subscribers")).scalar_one() == 0
    store.close()


def test_readers_and_their_letters_outlive_the_copying_of_their_tables(
    empty_database: tuple[str, str], tmp_path: Path
) -> None:
    url, address = empty_database
    rows = mailed(yes="1" if url.startswith("sqlite") else "true")
    left = "UPDATE subscriptions SET state = 'left', left_at = {now}, left_how = 'page' WHERE id = 2"
    make_old(address, "0006", [*rows, left], now=moment_in(url))
    engine = create_engine(address)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(migrate.MIGRATIONS))
        config.set_main_option("path_separator", "newline")
        config.attributes["connection"] = connection
        command.upgrade(config, "0010")
        connection.execute(text("UPDATE subscribers SET rests_until = " + moment_in(url) + " WHERE id = 1"))
    engine.dispose()
    store = open_store(url, root=tmp_path)
    with store.write() as conn:
        people = conn.execute(text("SELECT email, state, asks, asked IS NULL FROM subscribers ORDER BY id")).all()
        assert [tuple(row) for row in people] == [
            ("a@x.example", "confirmed", 0, 1),
            ("b@x.example", "confirmed", 0, 1),
        ]
        wishes = conn.execute(text("SELECT state, seen_seq, left_how FROM subscriptions ORDER BY id")).all()
        assert [tuple(row) for row in wishes] == [("active", 1, ""), ("left", 1, "page")]
        assert conn.execute(text("SELECT count(*) FROM deliveries")).scalar_one() == 4
        assert conn.execute(text("SELECT count(rests_until) FROM subscribers")).scalar_one() == 1
        assert {issue.kind for issue in issues.recent(conn, limit=9)} == {IssueKind.ISSUE}
        assert conn.execute(text("SELECT addressed FROM issues ORDER BY id")).scalars().all() == [2, 2]
        counted = hours.between(conn, NOW, NOW, events=list(Event))
        assert {event.value: number for (_, event), number in counted.items()} == {"joined": 2, "left": 1, "sent": 2}
        conn.execute(text("UPDATE subscribers SET state = 'erased' WHERE id = 1"))
        conn.execute(text("UPDATE subscriptions SET state = 'pending' WHERE id = 1"))
    store.close()


def test_conditions_hold_in_other_words_and_no_row_is_touched(empty_database: tuple[str, str], tmp_path: Path) -> None:
    url, address = empty_database
    make_old(address, "0006", mailed(yes="1" if url.startswith("sqlite") else "true"), now=moment_in(url))
    store = open_store(url, root=tmp_path)
    for table in ("deliveries", "subscribers", "subscriptions"):
        with pytest.raises(StorageError, match=f"ck_{table}_state"), store.write() as conn:
            conn.execute(text(f"UPDATE {table} SET state = 'unheard of'"))
    with store.write() as conn:
        for state in DeliveryState:
            conn.execute(text("UPDATE deliveries SET state = :state"), {"state": state})
        assert conn.execute(text("SELECT count(*) FROM deliveries")).scalar_one() == 4
        if url.startswith("sqlite"):
            words = conn.execute(text("SELECT name, sql FROM sqlite_master WHERE sql LIKE '%state IN%'")).all()
            assert {name for name, _ in words} & {"deliveries", "subscribers", "subscriptions"} == set()
            assert not [name for name, _ in words if name.startswith("ix_deliveries")]
            assert conn.execute(text("PRAGMA integrity_check")).scalars().all() == ["ok"]
            plan = conn.execute(
                text(f"EXPLAIN QUERY PLAN SELECT id FROM deliveries WHERE issue = 1 AND state = 'due' AND {UNSETTLED}")
            )
            assert "ix_deliveries_unsettled (issue=? AND state=?)" in str(plan.all())
    store.close()


def test_a_program_that_has_the_file_open_sees_the_other_words(tmp_path: Path) -> None:
    person = (
        "INSERT INTO subscribers (id, email, address_key, name, language, state, consent, joined)"
        " VALUES (1, 'a@x.example', 'a@x.example', '', '', 'confirmed', '', {now})"
    )
    make_old(f"sqlite:///{tmp_path}/site.db", "0013", [person], now=moment_in("sqlite"))
    with closing(sqlite3.connect(tmp_path / "site.db")) as other:
        change = "UPDATE subscribers SET state = ?"
        other.execute(change, ["pending"])  # it has read the words
        other.commit()
        open_store("sqlite:///site.db", root=tmp_path).close()
        other.execute(change, ["erased"])
        with pytest.raises(sqlite3.IntegrityError, match="ck_subscribers_state"):
            other.execute(change, ["unheard of"])


def test_the_file_is_looked_after_as_before_once_it_was_migrated(tmp_path: Path) -> None:
    make_old(f"sqlite:///{tmp_path}/site.db", "0001", ROWS, now=moment_in("sqlite"))
    store = open_store("sqlite:///site.db", root=tmp_path)
    with store.read() as conn:
        assert conn.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
    store.close()
