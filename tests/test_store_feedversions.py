"""Versions of feed documents: found by their tag, the newest told, the oldest forgotten."""

from __future__ import annotations

from publisher.model.entitytag import plain_tag, tag_of
from publisher.store import feedversions
from publisher.store.database import Store

ENTRIES = [("tag:courier.example,2026:harbour/1", "d1"), ("tag:courier.example,2026:harbour/2", "d2")]


def test_a_version_is_found_by_its_tag_with_the_entries_it_had(store: Store) -> None:
    with store.write() as conn:
        feedversions.remember(conn, "atom.xml", etag="first", entries=ENTRIES[:1])
        feedversions.remember(conn, "atom.xml", etag="second", entries=ENTRIES)
        feedversions.remember(conn, "rss.xml", etag="first", entries=[])
    with store.read() as conn:
        found = feedversions.find(conn, "atom.xml", "first")
        newest = feedversions.find(conn, "atom.xml", "second")
        assert found
        assert found.entries == dict(ENTRIES[:1])
        assert newest
        assert (newest.etag, newest.number, newest.entries) == ("second", 2, dict(ENTRIES))
        assert feedversions.find(conn, "atom.xml", "unheard-of") is None
        assert feedversions.find(conn, "feed.json", "first") is None


def test_a_version_that_comes_back_is_the_newest_again(store: Store) -> None:
    with store.write() as conn:
        for etag in ("first", "second", "first"):
            feedversions.remember(conn, "atom.xml", etag=etag, entries=ENTRIES)
        again, before = (feedversions.find(conn, "atom.xml", etag) for etag in ("first", "second"))
        assert again
        assert before
        assert (again.number, before.number) == (3, 2)


def test_only_the_last_versions_are_kept_and_those_of_other_documents_stay(store: Store) -> None:
    with store.write() as conn:
        feedversions.remember(conn, "rss.xml", etag="other", entries=[])
        for number in range(feedversions.KEPT + 5):
            feedversions.remember(conn, "atom.xml", etag=f"v{number}", entries=ENTRIES)
    with store.write() as conn:
        known = [n for n in range(feedversions.KEPT + 5) if feedversions.find(conn, "atom.xml", f"v{n}")]
        assert known == list(range(5, feedversions.KEPT + 5))
        assert feedversions.find(conn, "rss.xml", "other")
        feedversions.forget(conn, "atom.xml")
        assert not [n for n in range(feedversions.KEPT + 5) if feedversions.find(conn, "atom.xml", f"v{n}")]
        assert feedversions.find(conn, "rss.xml", "other")


def test_a_tag_comes_from_the_bytes_and_that_of_a_compressed_copy_leads_back_to_it() -> None:
    tag = tag_of(b"<feed/>")
    assert len(tag) == 32
    assert tag == tag_of(b"<feed/>") != tag_of(b"<feed />")
    for suffix in ("", "-br", "-gz", "-gzip"):
        assert plain_tag(tag + suffix) == tag
    for foreign in ("abc-gz", "", tag + "-zip", tag.upper() + "-gz"):
        assert plain_tag(foreign) == foreign
