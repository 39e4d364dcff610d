"""What of the archive may be related: the newest of a column, an author, a tag, by the end of an index."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, insert, update

from publisher.model.author import Author
from publisher.model.feedname import FeedKind, FeedName
from publisher.model.media import Image
from publisher.store import related, schema
from publisher.store.database import Store
from tests.conftest import NOW
from tests.queryplan import steps_of
from tests.writers import MIRA, a_post, put_posts

JON = Author(key="jon-ek", name="Jon Ek")
HARBOUR = FeedName(kind=FeedKind.COLUMN, key="harbour")
BY_JON = FeedName(kind=FeedKind.AUTHOR, key="jon-ek")
TIDES = FeedName(kind=FeedKind.TAG, key="tides")


def put_tagged(conn: Connection, feed: FeedName, seqs: list[int]) -> None:
    """As publishing does."""
    facts = {"feed_id": f"tag:courier.example,2026:{feed}", "title": "Tides", "created": NOW, "month": ""}
    conn.execute(insert(schema.feeds).values(name=str(feed), **facts))
    rows = [
        {"feed": str(feed), "post": seq, "published": NOW + timedelta(minutes=seq), "revised": 0, "page": ""}
        for seq in seqs
    ]
    conn.execute(insert(schema.feed_entries), rows)


def newest(store: Store, feed: FeedName, *, through: int = 99, most: int = 3) -> list[int]:
    with store.read() as conn:
        return related.newest_of(conn, feed, through_seq=through, most=most)


@pytest.fixture
def archive(store: Store) -> Store:
    """Six posts of two columns: 2 and 5 of the council, 2, 4 and 6 by Jon, too; 1 to 4 about tides."""
    written = [
        replace(
            a_post(number, column="council" if number in (2, 5) else "harbour"),
            authors=(MIRA, JON) if number % 2 == 0 else (MIRA,),
            tags=("Tides", "Sea") if number < 5 else (),
            image=Image(url="media:lamp.jpg", alt="A lamp") if number == 3 else None,
        )
        for number in range(1, 7)
    ]
    with store.write() as conn:
        assert put_posts(conn, written) == [1, 2, 3, 4, 5, 6]
        put_tagged(conn, TIDES, [1, 2, 3, 4])
    return store


def test_the_newest_of_a_column_of_an_author_and_of_a_tag(archive: Store) -> None:
    assert newest(archive, HARBOUR) == [6, 4, 3]
    assert newest(archive, BY_JON) == [6, 4, 2]
    assert newest(archive, TIDES) == [4, 3, 2]
    assert newest(archive, FeedName(kind=FeedKind.TAG, key="nothing")) == []


def test_what_came_later_or_was_withdrawn_is_left_out(archive: Store) -> None:
    with archive.write() as conn:
        conn.execute(update(schema.posts).where(schema.posts.c.seq == 3).values(withdrawn=NOW))
    assert newest(archive, HARBOUR, through=5) == [4, 1]
    assert newest(archive, BY_JON, through=5) == [4, 2]
    assert newest(archive, TIDES, through=3) == [2, 1]


def test_many_that_were_withdrawn_do_not_make_it_look_further_and_further(archive: Store) -> None:
    with archive.write() as conn:
        conn.execute(update(schema.posts).where(schema.posts.c.seq > 3).values(withdrawn=NOW))
    assert newest(archive, HARBOUR, most=1) == [3]  # the third that is looked at
    assert newest(archive, BY_JON, most=1) == [2]


def test_posts_are_read_without_their_texts(archive: Store) -> None:
    with archive.read() as conn:
        found = related.earlier(conn, [3, 2, 77])
    assert sorted(found) == [2, 3]
    assert (found[3].title, found[3].summary, found[3].column) == ("Post 3", "What post 3 is about.", "harbour")
    assert (found[3].authors, found[2].authors) == (("mira-voss",), ("mira-voss", "jon-ek"))
    assert (found[3].tags, found[3].url, found[3].slug) == (("Tides", "Sea"), "https://elsewhere.example/3", "post-3")
    assert (found[3].image, found[2].image) == (Image(url="media:lamp.jpg", alt="A lamp"), None)
    assert found[3].published == NOW + timedelta(minutes=3)


@pytest.mark.parametrize("feed", [HARBOUR, BY_JON, TIDES], ids=str)
def test_no_question_walks_through_a_table(sqlite_store: Store, feed: FeedName) -> None:
    with sqlite_store.read() as conn:
        plan = steps_of(conn, lambda: related.newest_of(conn, feed, through_seq=9, most=3))
    assert any("USING COVERING INDEX" in step for step in plan)
    assert [step for step in plan if step.startswith("SCAN")] == ["SCAN anon_1"]  # the few it found there
