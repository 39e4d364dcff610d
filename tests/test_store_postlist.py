"""The list of posts that the desk looks through: by key, within bounds, the same from both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from publisher.model.author import Author
from publisher.store import authors, columnposts, held, schema
from publisher.store.database import Store
from publisher.store.postlist import BOUNDS, Bounds, Key, Mark, Wanted, page
from tests.conftest import NOW
from tests.writers import a_post, put_posts

ILSE = Author(key="ilse-okafor", name="Ilse Okafor")


@pytest.fixture
def filled(store: Store) -> Store:
    """Twenty posts in turn of two columns, every fifth by Ilse; two at the same moment."""
    with store.write() as conn:
        for number in range(1, 21):
            post = a_post(number, column=("harbour", "council")[number % 2], title=f"Note {number} ÜBER all")
            post = replace(post, authors=(ILSE,) if number % 5 == 0 else post.authors)
            put_posts(conn, [replace(post, published=NOW) if number in (7, 8) else post])
        conn.execute(update(schema.posts).where(schema.posts.c.seq == 3).values(withdrawn=NOW, edited=["title"]))
        held.hold_if(conn, 4, now=NOW)
    return store


def walked(store: Store, wanted: Wanted, *, most: int = 3, bounds: Bounds = BOUNDS) -> list[int]:
    """All pages, one after the other."""
    seqs: list[int] = []
    before: Key | None = None
    with store.read() as conn:
        while True:
            found = page(conn, wanted, before=before, most=most, bounds=bounds)
            assert len(found.seqs) <= most
            seqs += found.seqs
            before = found.older
            if before is None:
                return seqs


def test_the_pages_have_each_post_once_the_newest_first(filled: Store) -> None:
    expected = [*range(20, 8, -1), *range(6, 0, -1), 8, 7]
    assert [seq for most in (1, 3, 20) for seq in walked(filled, Wanted(), most=most)] == expected * 3


def test_posts_are_found_by_what_is_asked_for(filled: Store) -> None:
    assert walked(filled, Wanted(words=("über", "NOTE 1 "))) == [1]
    assert walked(filled, Wanted(columns=("harbour",)))[:3] == [20, 18, 16]
    assert walked(filled, Wanted(columns=())) == []
    assert walked(filled, Wanted(author="ilse-okafor", columns=("council",))) == [15, 5]
    assert walked(filled, Wanted(mark=Mark.HELD)) == [4]
    assert walked(filled, Wanted(mark=Mark.WITHDRAWN)) == [3]
    assert walked(filled, Wanted(mark=Mark.EDITED, words=("note",))) == [3]
    minute = timedelta(minutes=1)
    assert walked(filled, Wanted(since=NOW + 3 * minute, until=NOW + 5 * minute)) == [4, 3]


def test_a_page_looks_at_no_more_than_so_many(filled: Store) -> None:
    narrow = Bounds(looked_at=5, few=1)
    with filled.read() as conn:
        found = page(conn, Wanted(words=("note 9",)), most=3, bounds=narrow)
    assert (found.seqs, found.looked_back_to) == ((), NOW + timedelta(minutes=16))
    assert walked(filled, Wanted(words=("note 9",)), bounds=narrow) == [9]
    assert walked(filled, Wanted(author="ilse-okafor"), bounds=narrow) == [20, 15, 10, 5]


def test_what_a_column_has_is_counted(filled: Store) -> None:
    with filled.read() as conn:
        assert columnposts.counts(conn) == {"harbour": 10, "council": 10}
        assert columnposts.count(conn, "harbour") == 10
        assert columnposts.last_published(conn, "harbour") == NOW + timedelta(minutes=20)
        assert columnposts.last_published(conn, "weather") is None
        since = NOW + timedelta(minutes=18)
        assert columnposts.published_since(conn, "harbour", since) == [since, NOW + timedelta(minutes=20)]
        assert authors.names(conn, most=1) == {"ilse-okafor": "Ilse Okafor"}
