"""A column that has ended: its pages stay, its feeds go, and nothing leads to them any more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from publisher.store.database import Store
from tests.presses import NIGHT, Newsroom
from tests.shelves import COLUMN, a_full_post

DOCUMENTS = ("atom.xml", "rss.xml", "feed.json")


@pytest.fixture
def newsroom(sqlite_store: Store, tmp_path: Path) -> Newsroom:
    room = Newsroom(store=sqlite_store, folder=tmp_path)
    room.put(a_full_post(1), a_full_post(2))
    room.publish()
    room.columns = (replace(COLUMN, ended=True), NIGHT)
    room.publish()
    return room


def test_its_pages_stay_and_its_feeds_go(newsroom: Newsroom) -> None:
    tree = newsroom.tree()
    assert {"harbour-notes/index.html", "harbour-notes/post-1.html", "harbour-notes/post-2.html"} < set(tree)
    assert not [f"harbour-notes/{name}" for name in DOCUMENTS if f"harbour-notes/{name}" in tree]
    assert {"night-desk/atom.xml", "atom.xml", "authors/mira-voss/atom.xml"} < set(tree)


def test_nothing_leads_to_its_feeds(newsroom: Newsroom) -> None:
    for name, content in newsroom.tree().items():
        assert not [one for one in DOCUMENTS if f"post.example/harbour-notes/{one}".encode() in content], name
    assert b'href="atom.xml"' not in newsroom.tree()["harbour-notes/index.html"]


def test_its_posts_stand_in_the_other_feeds_and_its_page_in_the_sitemap(newsroom: Newsroom) -> None:
    assert b"post-2" in newsroom.tree()["atom.xml"]
    assert b"<loc>https://post.example/harbour-notes/</loc>" in newsroom.tree()["sitemaps/places.xml"]


def test_a_column_that_begins_again_has_its_feeds_with_the_same_ids(newsroom: Newsroom) -> None:
    newsroom.columns = (COLUMN, NIGHT)
    newsroom.publish()
    assert b"<id>tag:post.example,2026:feed/harbour-notes</id>" in newsroom.tree()["harbour-notes/atom.xml"]
