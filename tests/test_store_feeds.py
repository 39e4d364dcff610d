"""Feeds with their entries and archive documents, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from publisher.model.feedname import WHOLE, FeedKind, FeedName
from publisher.store import edits, feeds
from publisher.store.database import Store
from tests.conftest import NOW
from tests.writers import a_post, put_posts

TIDES = FeedName(kind=FeedKind.TAG, key="tides")
DAY = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def filled(store: Store) -> Store:
    """Four posts, none in a feed yet."""
    with store.write() as conn:
        put_posts(conn, [a_post(number) for number in (1, 2, 3, 4)])
        for name in (WHOLE, TIDES):
            feeds.put_if_new(conn, name, feed_id=f"tag:x.example,2026:{name}", title="Tides", now=NOW)
    return store


def enter(conn: Connection, post: int, *names: FeedName, day: int = 0, revised: int = 0) -> None:
    when = DAY + timedelta(days=day or post)
    feeds.enter(conn, [feeds.Membership(post=post, published=when, revised=revised, feeds=names)])


def test_a_feed_keeps_its_first_id_and_title(filled: Store) -> None:
    with filled.write() as conn:
        assert not feeds.put_if_new(conn, TIDES, feed_id="tag:other", title="tides!", now=NOW + timedelta(days=1))
        stored = feeds.get(conn, TIDES)
        assert (stored.feed_id, stored.title, stored.created) == ("tag:x.example,2026:tag/tides", "Tides", NOW)
        assert [feed.name for feed in feeds.get_all(conn)] == [WHOLE, TIDES]
        nobody = FeedName(kind=FeedKind.AUTHOR, key="nobody")
        assert feeds.known(conn, [TIDES, nobody]) == {TIDES}


def test_a_post_stands_in_the_feeds_it_was_entered_in_last_and_in_no_others(filled: Store) -> None:
    with filled.write() as conn:
        enter(conn, 1, WHOLE, TIDES)
        enter(conn, 2, WHOLE)
        assert {(name, post) for name, post, _ in feeds.standing(conn, [1, 2])} == {(WHOLE, 1), (TIDES, 1), (WHOLE, 2)}
        enter(conn, 1, WHOLE)
        assert feeds.newest(conn, TIDES, most=9) == []
        assert feeds.newest(conn, WHOLE, most=9) == [2, 1]


def test_an_archive_document_keeps_its_entries_and_is_to_be_written_again_when_one_leaves(filled: Store) -> None:
    with filled.write() as conn:
        for post in (1, 2, 3):
            enter(conn, post, TIDES)
        feeds.file_pages(conn, TIDES, {"2026-01": [1, 2]}, month="2026-02")
        feeds.all_written(conn, [TIDES])
        assert feeds.get(conn, TIDES).month == "2026-02"
        enter(conn, 1, TIDES, day=40)
        assert feeds.of_page(conn, TIDES, "2026-01") == [1, 2], "another date is no other document"
        assert [page.written for page in feeds.pages_of(conn, TIDES)] == [True]
        assert [post for post, _ in feeds.waiting(conn, TIDES)] == [3]
        enter(conn, 1, WHOLE)
        assert feeds.of_page(conn, TIDES, "2026-01") == [2]
        assert [page.written for page in feeds.pages_of(conn, TIDES)] == [False]
        enter(conn, 1, TIDES)
        assert [post for post, _ in feeds.waiting(conn, TIDES)] == [1, 3], "who comes back waits like a new one"


def test_the_chain_has_the_order_in_which_documents_were_decided(filled: Store) -> None:
    with filled.write() as conn:
        for post in (1, 2, 3, 4):
            enter(conn, post, TIDES)
        feeds.file_pages(conn, TIDES, {"2026-02": [1], "2026-03": [2]}, month="2026-04")
        feeds.file_pages(conn, TIDES, {"2026-01": [3], "2026-02-2": [4]}, month="2026-04")
        chain = feeds.pages_of(conn, TIDES)
        assert [(page.number, page.name) for page in chain] == [
            (1, "2026-02"), (2, "2026-03"), (3, "2026-01"), (4, "2026-02-2"),
        ]  # fmt: skip
        assert feeds.count_pages(conn, TIDES) == {"2026-01": 1, "2026-02": 2, "2026-03": 1}
        assert feeds.pages_with(conn, [1, 4]) == {(TIDES, "2026-02"), (TIDES, "2026-02-2")}


def test_lists_leave_out_what_was_withdrawn_and_what_was_revised_tells_of_it(filled: Store) -> None:
    with filled.write() as conn:
        for post in (1, 2, 3):
            enter(conn, post, TIDES, revised=0 if post == 1 else 10 - post)
        assert edits.withdraw_if(conn, 3, now=NOW)
        assert feeds.newest(conn, TIDES, most=9) == [2, 1]
        assert feeds.newest(conn, TIDES, most=1) == [2]
        start, end = DAY, DAY + timedelta(days=3)
        assert feeds.between(conn, TIDES, start, end) == [1, 2]
        assert feeds.count_between(conn, TIDES, start, DAY + timedelta(days=2)) == 1, "the end is not in it"
        assert feeds.newest_before(conn, TIDES, None) == DAY + timedelta(days=2)
        assert feeds.newest_before(conn, TIDES, DAY + timedelta(days=2)) == DAY + timedelta(days=1)
        assert feeds.newest_before(conn, TIDES, DAY) is None
        assert feeds.revised(conn, TIDES, most=9) == [2, 3]
        assert feeds.revised(conn, TIDES, most=1) == [2]


def test_of_a_long_chain_only_what_is_to_be_written_is_read_and_what_stands_beside_it(filled: Store) -> None:
    with filled.write() as conn:
        assert feeds.youngest_page(conn, TIDES) == ""
        put_posts(conn, [a_post(number) for number in (5, 6, 7, 8, 9)])
        for post in range(1, 10):
            enter(conn, post, TIDES)
        names = [f"2026-{month:02}" for month in range(1, 10)]
        feeds.file_pages(conn, TIDES, {name: [post] for post, name in enumerate(names, 1)}, month="2026-10")
        assert feeds.youngest_page(conn, TIDES) == "2026-09"
        assert [page.name for page in feeds.pages_of(conn, TIDES, near=[])] == names, "all are to be written"
        feeds.all_written(conn, [TIDES])
        assert feeds.pages_of(conn, TIDES, near=[]) == []
        assert [page.number for page in feeds.pages_of(conn, TIDES, near=["2026-08"])] == [6, 7, 8, 9]
        assert [page.number for page in feeds.pages_of(conn, TIDES, near=["2026-01"])] == [1, 2]
        enter(conn, 4, WHOLE)  # it leaves the other feed
        found = feeds.pages_of(conn, TIDES, near=["2026-01"])
        assert [(page.number, page.written) for page in found] == [
            (1, True),
            (2, True),
            (3, True),
            (4, False),
            (5, True),
        ]
