"""Sitemaps and the list of all feeds: they name what is there, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from publisher.model.author import Author
from publisher.publish import lists
from publisher.publish.folder import Folder
from publisher.publish.sitemap import MOST, Spot
from publisher.publish.tree import Tree
from publisher.store import authors, edits
from publisher.store.database import Store
from tests.presses import Newsroom
from tests.shelves import COLUMN, ILSE, WHEN, a_full_post


@pytest.fixture
def newsroom(sqlite_store: Store, tmp_path: Path) -> Newsroom:
    return Newsroom(store=sqlite_store, folder=tmp_path, columns=(COLUMN,))


def put(newsroom: Newsroom, number: int, month: int, **changes: object) -> int:
    when = datetime(2026, month, 5, tzinfo=UTC)
    plain = {"authors": (), "tags": (), "image": None, "related": (), "body": "<p>All.</p>"}
    return newsroom.put(a_full_post(number, published=when, updated=when, **plain | changes))[0]


def named(newsroom: Newsroom, path: str) -> list[str]:
    """The addresses that a sitemap tells, below the top."""
    document = etree.fromstring(newsroom.tree()[path])
    return [str(loc.text).removeprefix("https://post.example/") for loc in document.iter("{*}loc")]


def feeds_in(newsroom: Newsroom) -> dict[str, str]:
    outlines = etree.fromstring(newsroom.tree()["feeds.opml"]).iter("outline")
    return {str(one.get("xmlUrl")): str(one.get("text")) for one in outlines if one.get("xmlUrl")}


def test_the_index_names_the_files_and_these_the_pages(newsroom: Newsroom) -> None:
    put(newsroom, 1, 1)
    put(newsroom, 2, 2)
    newsroom.publish()
    assert named(newsroom, "sitemap.xml") == [
        "sitemaps/2026-01.xml", "sitemaps/2026-02.xml", "sitemaps/places.xml",
    ]  # fmt: skip
    assert named(newsroom, "sitemaps/2026-01.xml") == ["harbour-notes/post-1.html"]
    assert named(newsroom, "sitemaps/places.xml") == ["", "harbour-notes/"]


def test_a_post_whose_one_address_is_elsewhere_stands_in_no_sitemap(newsroom: Newsroom) -> None:
    put(newsroom, 1, 1, url="https://far.example/1")
    newsroom.publish()
    assert named(newsroom, "sitemap.xml") == ["sitemaps/places.xml"]


def test_a_month_whose_last_post_is_withdrawn_is_forgotten_and_comes_back_with_it(newsroom: Newsroom) -> None:
    put(newsroom, 1, 1)
    gone = put(newsroom, 2, 2)
    newsroom.publish()
    newsroom.withdraw(gone)
    newsroom.publish()
    assert named(newsroom, "sitemap.xml") == ["sitemaps/2026-01.xml", "sitemaps/places.xml"]
    assert "sitemaps/2026-02.xml" not in newsroom.tree()
    with newsroom.store.write() as conn:
        assert edits.restore_if(conn, gone, now=WHEN)
    newsroom.publish()
    assert "sitemaps/2026-02.xml" in named(newsroom, "sitemap.xml")


def test_each_feed_of_the_list_comes_with_its_page(newsroom: Newsroom) -> None:
    put(newsroom, 1, 1)
    newsroom.publish()
    feeds = [one for one in etree.fromstring(newsroom.tree()["feeds.opml"]).iter("outline") if one.get("xmlUrl")]
    assert {one.get("htmlUrl") + "atom.xml" for one in feeds} == {one.get("xmlUrl") for one in feeds}
    pages = {one.get("htmlUrl").removeprefix("https://post.example/") + "index.html" for one in feeds}
    assert "harbour-notes/index.html" in pages <= set(newsroom.tree())


def test_of_a_column_that_is_gone_no_list_tells(newsroom: Newsroom) -> None:
    put(newsroom, 1, 1)
    newsroom.publish()
    newsroom.columns = ()
    newsroom.publish()
    assert named(newsroom, "sitemap.xml") == ["sitemaps/places.xml"]
    assert list(feeds_in(newsroom)) == ["https://post.example/atom.xml"]
    assert not [name for name in newsroom.tree() if name.startswith("harbour-notes/")]


def test_an_author_s_feed_goes_with_the_last_post_and_comes_back_whole(newsroom: Newsroom) -> None:
    seqs = [put(newsroom, number, number, authors=(ILSE,)) for number in (1, 2, 3)]
    newsroom.publish()
    before = newsroom.tree()
    url = "https://post.example/authors/ilse-brandt/atom.xml"
    assert url in feeds_in(newsroom)
    for seq in seqs:
        newsroom.withdraw(seq)
    newsroom.publish()
    assert url not in feeds_in(newsroom)
    assert not [name for name in newsroom.tree() if name.startswith("authors/")]
    assert named(newsroom, "sitemaps/places.xml") == ["", "harbour-notes/"]
    with newsroom.store.write() as conn:
        for seq in seqs:
            assert edits.restore_if(conn, seq, now=WHEN)
    newsroom.publish()
    assert url in feeds_in(newsroom)
    assert set(newsroom.tree()) == set(before), "its archive documents, too"


def test_a_feed_is_listed_under_the_name_that_its_author_has_now(newsroom: Newsroom) -> None:
    put(newsroom, 1, 1, authors=(ILSE,))
    newsroom.publish()
    with newsroom.store.write() as conn:
        authors.learn(conn, [Author(key=ILSE.key, name="Ilse Brandt-Voss")])
    newsroom.publish()
    assert feeds_in(newsroom)["https://post.example/authors/ilse-brandt/atom.xml"] == "Ilse Brandt-Voss"


def test_many_addresses_make_several_files_and_fewer_leave_one(newsroom: Newsroom) -> None:
    def write(count: int) -> list[str]:
        tree = Tree(newsroom.store, Folder(newsroom.feeds), media=newsroom.media, clock=lambda: WHEN)
        spots = [Spot(url=f"https://post.example/{number}.html") for number in range(count)]
        lists.write_parts(tree, "2026-01", spots)
        tree.finish()
        return sorted(newsroom.tree())

    assert write(MOST + 1) == ["sitemaps/2026-01-2.xml", "sitemaps/2026-01.xml"]
    assert named(newsroom, "sitemaps/2026-01-2.xml") == [f"{MOST}.html"]
    assert write(1) == ["sitemaps/2026-01.xml"]
