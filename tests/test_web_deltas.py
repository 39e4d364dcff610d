"""226: a feed reader that names the version it has gets what is new, and what that saves."""

from __future__ import annotations

import functools
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.feed.atom import atom_bytes
from publisher.feed.channel import FeedFacts, channel_of
from publisher.feed.deltas import entries_of
from publisher.feed.entry import entry_of
from publisher.feed.jsonfeed import json_bytes
from publisher.feed.rss import rss_bytes
from publisher.feed.site import Site
from publisher.model.column import Column
from publisher.model.entitytag import tag_of
from publisher.model.post import Post
from publisher.store import feedversions
from publisher.store.database import Store
from publisher.web.deltas import accepts_delta
from publisher.web.documents import AT_ONCE_BYTES
from tests.conftest import NOW
from tests.web_site import Visit, own_store, visiting
from tests.writers import a_post

COLUMN = Column(slug="harbour", feed_id="tag:courier.example,2026:harbour", name="Harbour")
SITE = Site(name="The Courier", url="https://courier.example", language="en")
FORMATS = {"atom.xml": atom_bytes, "rss.xml": rss_bytes, "feed.json": json_bytes}
WANTS_DELTA = {"A-IM": "feed", "Accept-Encoding": "gzip, br"}
WORDS = ("quay", "lock", "barge", "tide", "mast", "crane", "ferry", "buoy", "rope", "keel", "sail", "dock")


def the_post(number: int) -> Post:
    body = " ".join(WORDS[(number * 7 + at * at) % len(WORDS)] + str(at * number % 97) for at in range(400))
    return replace(a_post(number), body=f"<p>{body}</p>")


@functools.cache
def rendered(name: str, numbers: range) -> bytes:
    written = [the_post(number) for number in reversed(numbers)]
    facts = FeedFacts(feed_id=COLUMN.feed_id, folder="harbour/", title=COLUMN.name, language="en", created=NOW)
    return FORMATS[name](channel_of(facts, [entry_of(post, COLUMN, SITE) for post in written], site=SITE))


def publish(visit: Visit, store: Store, numbers: range, *, name: str = "atom.xml") -> bytes:
    """The document with its brotli copy and its version, as publishing does it."""
    content = rendered(name, numbers)
    path = visit.feeds / "harbour" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(".part-x")
    part.write_bytes(content)
    part.rename(path)
    copy = path.with_name(f"{name}.br")
    copy.write_bytes(brotli.compress(content, quality=5))
    os.utime(copy, ns=(path.stat().st_mtime_ns,) * 2)
    with store.write() as conn:
        feedversions.remember(conn, f"harbour/{name}", etag=tag_of(content), entries=entries_of(content))
    return content


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Visit, Store]]:
    folder = tmp_path_factory.mktemp("site")
    with own_store(folder) as store, visiting(store, folder) as visit:
        yield visit, store


@pytest.mark.parametrize("name", FORMATS)
def test_a_delta_holds_what_came_since_and_saves_most_of_the_bytes(served: tuple[Visit, Store], name: str) -> None:
    visit, store = served
    before = publish(visit, store, range(50), name=name)
    old = visit.client.get(f"/harbour/{name}", headers=WANTS_DELTA)
    assert old.status_code == 200
    now = publish(visit, store, range(1, 51), name=name)

    whole = visit.client.get(f"/harbour/{name}", headers={"Accept-Encoding": "gzip, br"})
    delta = visit.client.get(f"/harbour/{name}", headers=WANTS_DELTA | {"If-None-Match": old.headers["etag"]})
    assert (whole.status_code, delta.status_code) == (200, 226)
    assert delta.headers["im"] == "feed"
    assert delta.headers["etag"] == f'"{tag_of(now)}"'
    assert delta.headers["delta-base"] == f'"{tag_of(before)}"'
    assert delta.headers["cache-control"] == "no-store, im, max-age=1800"
    assert {"A-IM", "If-None-Match"} <= set(delta.headers["vary"].split(", "))
    assert delta.headers["content-type"] == whole.headers["content-type"]
    assert "content-encoding" not in delta.headers

    assert set(entries_of(delta.content)) == set(entries_of(now)) - set(entries_of(before))
    assert len(entries_of(delta.content)) == 1
    # Against the whole, and against the whole packed as well as brotli can.
    assert int(delta.headers["content-length"]) < len(now) / 20
    assert int(delta.headers["content-length"]) < int(whole.headers["content-length"]) / 2

    for tag in (delta.headers["etag"], whole.headers["etag"]):
        nothing = visit.client.get(f"/harbour/{name}", headers=WANTS_DELTA | {"If-None-Match": tag})
        assert (nothing.status_code, nothing.headers["etag"]) == (304, tag)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"A-IM": "feed"},  # says nothing of what it has
        {"A-IM": "feed", "If-None-Match": '"unheard-of"'},
        {"A-IM": "vcdiff", "If-None-Match": "OLD"},
        {"A-IM": "feed;q=0", "If-None-Match": "OLD"},
        {"If-None-Match": "OLD"},
    ],
)
def test_whoever_does_not_ask_for_a_delta_or_has_what_nobody_remembers_gets_all(
    served: tuple[Visit, Store], asked: dict[str, str]
) -> None:
    visit, store = served
    old = tag_of(publish(visit, store, range(50)))
    now = publish(visit, store, range(51))
    headers = {name: f'"{old}"' if value == "OLD" else value for name, value in asked.items()}
    got = visit.client.get("/harbour/atom.xml", headers=headers | {"Accept-Encoding": "identity"})
    assert (got.status_code, got.content) == (200, now)
    assert "im" not in got.headers


def test_a_delta_that_would_not_be_smaller_is_not_sent(served: tuple[Visit, Store]) -> None:
    visit, store = served
    old = tag_of(publish(visit, store, range(3)))
    publish(visit, store, range(40, 60))
    got = visit.client.get("/harbour/atom.xml", headers=WANTS_DELTA | {"If-None-Match": f'"{old}"'})
    assert (got.status_code, got.headers["content-encoding"]) == (200, "br")


def test_head_of_a_delta_has_no_body(served: tuple[Visit, Store]) -> None:
    visit, store = served
    old = tag_of(publish(visit, store, range(50)))
    publish(visit, store, range(51))
    headers = WANTS_DELTA | {"If-None-Match": f'"{old}"'}
    got, head = (
        visit.client.get("/harbour/atom.xml", headers=headers),
        visit.client.head("/harbour/atom.xml", headers=headers),
    )
    assert (head.status_code, head.content) == (226, b"")
    assert head.headers["content-length"] == got.headers["content-length"] == str(len(got.content))


@settings(max_examples=12, deadline=None)
@given(steps=st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), min_size=2, max_size=6))
def test_a_delta_laid_over_what_was_there_gives_every_entry_that_is_there(
    served: tuple[Visit, Store], steps: list[tuple[int, int]]
) -> None:
    """Whatever versions came between, also ones that came back."""
    visit, store = served
    versions = [publish(visit, store, range(start, start + many)) for start, many in steps]
    now = versions[-1]
    for before in versions[:-1]:
        headers = {"A-IM": "feed", "If-None-Match": f'"{tag_of(before)}"'}
        got = visit.client.get("/harbour/atom.xml", headers=headers)
        if before == now:
            assert got.status_code == 304
        elif got.status_code == 226:
            assert dict(entries_of(now)).items() <= (dict(entries_of(before)) | dict(entries_of(got.content))).items()
        else:
            assert (got.status_code, got.content) == (200, now)


def test_deltas_are_of_the_feed_as_it_is_however_often_they_are_asked_for(served: tuple[Visit, Store]) -> None:
    visit, store = served
    old = tag_of(publish(visit, store, range(50)))
    for last in (51, 52, 53):
        publish(visit, store, range(last))
        for _ in range(2):
            got = visit.client.get("/harbour/atom.xml", headers={"A-IM": "feed", "If-None-Match": f'"{old}"'})
            assert len(re.findall(rb"<entry", got.content)) == last - 50


def test_a_feed_too_large_to_be_sent_at_once_has_deltas_too(served: tuple[Visit, Store]) -> None:
    visit, store = served
    old = tag_of(publish(visit, store, range(600)))
    now = publish(visit, store, range(1, 601))
    assert len(now) > AT_ONCE_BYTES
    got = visit.client.get("/harbour/atom.xml", headers=WANTS_DELTA | {"If-None-Match": f'"{old}"'})
    assert (got.status_code, len(entries_of(got.content))) == (226, 1)


def test_a_database_in_trouble_costs_the_delta_and_not_the_feed(sqlite_store: Store, tmp_path: Path) -> None:
    with visiting(sqlite_store, tmp_path) as visit:
        old = tag_of(publish(visit, sqlite_store, range(5)))
        now = publish(visit, sqlite_store, range(6))
        with closing(sqlite3.connect(tmp_path / "publisher.db", isolation_level=None)) as other_hand:
            other_hand.execute("ALTER TABLE feed_versions RENAME TO mislaid")
        got = visit.client.get("/harbour/atom.xml", headers=WANTS_DELTA | {"If-None-Match": f'"{old}"'})
        assert (got.status_code, got.content) == (200, now)


@pytest.mark.parametrize(
    ("a_im", "accepted"),
    [
        ("feed", True),
        ("vcdiff, feed;q=0.5", True),
        ("FEED , gzip", True),
        ("feed; q=0.000", False),
        ("feedback", False),
        ("", False),
    ],
)
def test_who_takes_deltas(a_im: str, accepted: bool) -> None:
    assert accepts_delta(a_im) is accepted
