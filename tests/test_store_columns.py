"""Columns and newsletters: what is minted once, what sources tell, what config renames."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from publisher.errors import StorageError
from publisher.store import columns, schema
from publisher.store.columns import StoredColumn
from publisher.store.database import Store
from tests.conftest import NOW
from tests.writers import put_columns

LATER = NOW + timedelta(days=1)


def test_a_column_keeps_the_feed_id_it_was_given_first(store: Store) -> None:
    with store.write() as conn:
        assert columns.put_if_new(conn, "harbour", feed_id="tag:courier.example,2026:harbour", now=NOW)
        assert not columns.put_if_new(conn, "harbour", feed_id="tag:other.example,2027:harbour", now=LATER)
        (column,) = columns.get_all(conn)
    assert column == StoredColumn(
        slug="harbour", feed_id="tag:courier.example,2026:harbour", name="", tagline="", created=NOW
    )


def test_columns_come_in_the_order_of_their_slugs(store: Store) -> None:
    with store.write() as conn:
        put_columns(conn, "kitchen", "council", "harbour")
        assert [column.slug for column in columns.get_all(conn)] == ["council", "harbour", "kitchen"]


def test_what_a_source_tells_is_kept_and_what_it_leaves_out_stays(store: Store) -> None:
    with store.write() as conn:
        put_columns(conn, "harbour", "council")
        columns.tell(conn, "harbour", name="Harbour Notes", tagline="What the tide brings ⚓")
        columns.tell(conn, "harbour", name="", tagline="What the tide takes")
        columns.tell(conn, "harbour", name="", tagline="")
        council, harbour = columns.get_all(conn)
    assert (harbour.name, harbour.tagline) == ("Harbour Notes", "What the tide takes")
    assert (council.name, council.tagline) == ("", "")


def test_two_columns_cannot_have_one_feed_id(store: Store) -> None:
    with store.write() as conn:
        put_columns(conn, "harbour")
        assert not columns.put_if_new(conn, "council", feed_id="tag:courier.example,2026:harbour", now=NOW)
        assert [column.slug for column in columns.get_all(conn)] == ["harbour"]


def test_a_newsletter_may_be_renamed_and_keeps_its_beginning(store: Store) -> None:
    with store.write() as conn:
        columns.put_newsletters(conn, [("morning", "Morning"), ("weekend", "Weekend")], now=NOW)
        columns.put_newsletters(conn, [("morning", "Good Morning")], now=LATER)
        rows = conn.execute(select(schema.newsletters).order_by(schema.newsletters.c.slug)).all()
    assert [tuple(row) for row in rows] == [("morning", "Good Morning", NOW), ("weekend", "Weekend", NOW)]


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    def put() -> None:
        with store.write() as conn:
            columns.put_if_new(conn, "harbour", feed_id="tag:x", now=NOW.replace(tzinfo=None))

    with pytest.raises(StorageError, match="a time without a zone cannot be stored"):
        put()
