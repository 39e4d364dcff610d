"""Publishing a site from the store: what lands on disk, in which order, and what a second run does."""

from __future__ import annotations

import gzip
import posixpath
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import brotli
import pytest
from lxml import etree
from lxml import html as lxml_html
from sqlalchemy import Engine, event

from publisher.errors import PublishError, TemplateError
from publisher.model.post import Post
from publisher.publish.folder import Folder
from publisher.publish.target import File
from publisher.publish.tree import Published
from publisher.store import authors, edits
from publisher.store.database import Store
from tests.presses import NIGHT, Newsroom, tree_of
from tests.shelves import COLUMN, MIRA, SITE, WHEN, a_full_post


@pytest.fixture
def newsroom(sqlite_store: Store, tmp_path: Path) -> Newsroom:
    return Newsroom(store=sqlite_store, folder=tmp_path)


def a_plain_post(number: int) -> Post:
    """One without pictures, tags and authors."""
    return a_full_post(number, body="<p>All of it.</p>", image=None, tags=(), related=(), authors=())


class Breaking(Folder):
    """A folder on a disk that fails after so many calls."""

    def __init__(self, folder: Path, *, calls: int) -> None:
        super().__init__(folder)
        self._calls = calls

    def put(self, files: Sequence[File]) -> Mapping[str, str]:
        self._calls -= 1
        if self._calls < 0:
            raise ConnectionAbortedError
        return super().put(files)


def test_every_page_feed_stylesheet_and_picture_lands_on_disk(newsroom: Newsroom) -> None:
    newsroom.put(*(a_full_post(number) for number in (1, 2, 3)))
    newsroom.publish()
    documents = ("atom.xml", "feed.json", "index.html", "rss.xml")
    months = {
        f"{folder}/archive/2026-03.html"
        for folder in ("harbour-notes", "authors/mira-voss", "authors/ilse-brandt", "tags/tides", "tags/locks")
    }
    places = ("harbour-notes", "night-desk", "authors/mira-voss", "authors/ilse-brandt", "tags/tides", "tags/locks")
    assert set(newsroom.tree()) == months | {
        *documents, "feed.css", "site.css", "about-feeds.html", "feeds.opml", "sitemap.xml",
        "sitemaps/2026-03.xml", "sitemaps/places.xml",
        *(f"{place}/{document}" for place in places for document in documents),
        *(f"harbour-notes/post-{number}.html" for number in (1, 2, 3)),
        *(f"media/{name}.png" for name in ("lock", "mira", "quay", "wall")),
    }  # fmt: skip


def test_a_second_run_changes_no_byte_and_touches_no_file(newsroom: Newsroom) -> None:
    newsroom.put(*(a_full_post(number) for number in (1, 2, 3)))
    first = newsroom.publish()
    times = {path: path.stat().st_mtime_ns for path in newsroom.feeds.rglob("*")}
    for everything in (False, True):
        again = newsroom.publish(everything=everything)
        assert (again.written, again.removed) == ((), ())
        assert again.unchanged == (len(first.written) if everything else 0)
        assert {path: path.stat().st_mtime_ns for path in newsroom.feeds.rglob("*")} == times


def test_two_builds_give_identical_bytes(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.put(a_full_post(1), a_full_post(2))
    newsroom.publish()
    first = {path.relative_to(newsroom.feeds): path.read_bytes() for path in newsroom.feeds.rglob("*.*")}
    newsroom.publish(target=Folder(tmp_path / "other"))
    other = tmp_path / "other"
    assert {path.relative_to(other): path.read_bytes() for path in other.rglob("*.*")} == first


def test_packed_copies_hold_the_same_bytes_and_the_same_time(newsroom: Newsroom) -> None:
    newsroom.put(a_full_post())
    newsroom.publish()
    packed = [path for path in newsroom.feeds.rglob("*") if path.suffix in {".gz", ".br"}]
    assert {path.stem.rpartition(".")[2] for path in packed} == {"html", "xml", "json", "css", "opml"}
    for path in packed:
        plain = path.with_suffix("")
        unpack = gzip.decompress if path.suffix == ".gz" else brotli.decompress
        assert unpack(path.read_bytes()) == plain.read_bytes()
        assert path.stat().st_mtime_ns == plain.stat().st_mtime_ns


def test_every_link_within_the_site_leads_to_a_file(newsroom: Newsroom) -> None:
    newsroom.put(*(a_full_post(number) for number in (1, 2, 3, 4)))
    newsroom.publish()
    for path in newsroom.feeds.rglob("*.html"):
        page = lxml_html.document_fromstring(path.read_text(encoding="utf-8"))
        found = [element.get(name) for element in page.iter() for name in ("href", "src") if element.get(name)]
        within = [url for url in found if ":" not in url and not url.startswith("#")]
        assert within
        for url in within:
            assert (path.parent / url).resolve().is_file(), f"{path.name}: {url}"


def test_pages_come_before_the_feeds_that_link_to_them_and_pictures_before_pages(newsroom: Newsroom) -> None:
    newsroom.put(a_full_post())
    order = list(newsroom.publish().written)
    feeds = [name for name in order if name.endswith(("atom.xml", "rss.xml", "feed.json"))]
    assert order[-len(feeds) :] == feeds
    assert order.index("media/lock.png") < order.index("harbour-notes/post-1.html")


def test_the_first_page_shows_the_newest_posts_and_pages_by_month_show_them_all(newsroom: Newsroom) -> None:
    newsroom.put(*(a_full_post(number) for number in (1, 2, 3, 4)))
    newsroom.publish()
    tree = newsroom.tree()
    first = tree["harbour-notes/index.html"].decode()
    assert [number for number in (1, 2, 3, 4) if f"post-{number}.html" in first] == [3, 4]
    month = tree["harbour-notes/archive/2026-03.html"].decode()
    assert all(f"post-{number}.html" in month for number in (1, 2, 3, 4))


def test_a_feed_holds_all_that_no_archive_document_holds(newsroom: Newsroom) -> None:
    newsroom.put(*(a_full_post(number) for number in (1, 2, 3, 4)))
    newsroom.publish()
    feed = etree.fromstring(newsroom.tree()["harbour-notes/atom.xml"])
    ids = [entry.findtext("{*}id") for entry in feed.iter("{*}entry")]
    assert ids == [f"tag:post.example,2026:post/{number}" for number in (4, 3, 2, 1)]


def test_a_withdrawn_post_is_taken_from_pages_and_feeds_and_has_a_tombstone(newsroom: Newsroom) -> None:
    gone, _ = newsroom.put(a_full_post(1), a_full_post(2))
    newsroom.publish()
    newsroom.withdraw(gone)
    done = newsroom.publish()
    assert done.removed == ("harbour-notes/post-1.html",)
    tree = newsroom.tree()
    assert not [name for name, content in tree.items() if b"post-1.html" in content]
    stone = etree.fromstring(tree["harbour-notes/atom.xml"]).find("{*}deleted-entry")
    assert stone is not None
    assert stone.get("ref") == "tag:post.example,2026:post/1"


def test_a_column_without_posts_has_a_feed_as_old_as_itself(newsroom: Newsroom) -> None:
    newsroom.publish()
    for name in ("night-desk/atom.xml", "atom.xml"):
        feed = etree.fromstring(newsroom.tree()[name])
        assert feed.findtext("{*}updated") == "2026-03-14T06:30:00+00:00"


def test_a_picture_that_is_only_spoken_of_is_not_looked_for(newsroom: Newsroom) -> None:
    body = (
        '<p>Social media:none.png, they say; src="x" media:none.png</p>'
        '<p><img srcset="media:quay.png 1x, media:b.png 2x"></p>'
    )
    newsroom.put(a_full_post(body=body))
    assert newsroom.publish().missing == ("b.png",)


def test_a_broken_template_stops_the_run_and_what_was_published_stays(newsroom: Newsroom, tmp_path: Path) -> None:
    gone, _ = newsroom.put(a_full_post(1), a_full_post(2))
    newsroom.publish()
    before = newsroom.tree()
    newsroom.own_templates = tmp_path / "own"
    (newsroom.own_templates / "web").mkdir(parents=True)
    (newsroom.own_templates / "web" / "post.html").write_text("{{ nobody }}")
    newsroom.withdraw(gone)
    with pytest.raises(TemplateError, match="nobody"):
        newsroom.publish()
    changed = {name for name, content in newsroom.tree().items() if before[name] != content}
    assert set(newsroom.tree()) == set(before)
    assert changed <= {"feed.css", "site.css", "about-feeds.html"}


def test_a_crash_half_way_is_made_good_by_the_next_run(newsroom: Newsroom, tmp_path: Path) -> None:
    (seq,) = newsroom.put(a_plain_post(9))
    with pytest.raises(ConnectionAbortedError):
        newsroom.publish(target=Breaking(newsroom.feeds, calls=1))
    newsroom.withdraw(seq)
    newsroom.put(a_plain_post(1))
    newsroom.publish()
    newsroom.publish(target=Folder(tmp_path / "other"))
    assert newsroom.tree() == tree_of(tmp_path / "other")
    assert "harbour-notes/post-9.html" not in newsroom.tree()


def test_a_site_s_own_stylesheet_is_published_instead_of_ours(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.publish()
    (tmp_path / "own" / "web").mkdir(parents=True)
    (tmp_path / "own" / "web" / "site.css").write_text("body { color: teal }")
    newsroom.own_templates = tmp_path / "own"
    newsroom.publish()
    assert newsroom.tree()["site.css"] == b"body { color: teal }"


def test_a_column_that_the_store_does_not_know_is_told(newsroom: Newsroom) -> None:
    with pytest.raises(PublishError, match="dawn-desk"):
        newsroom.publish(columns=[replace(NIGHT, slug="dawn-desk")])
    assert not newsroom.feeds.exists()


def test_paths_in_the_tree_are_those_that_feeds_and_letters_name(newsroom: Newsroom) -> None:
    newsroom.put(a_full_post())
    newsroom.publish()
    feed = etree.fromstring(newsroom.tree()["atom.xml"])
    named = [entry.find("{*}link").get("href") for entry in feed.iter("{*}entry")]
    assert [posixpath.relpath(url, SITE.url) for url in named] == ["harbour-notes/post-1.html"]
    assert (newsroom.feeds / "harbour-notes" / "post-1.html").is_file()


def test_files_that_an_older_version_wrote_and_that_no_longer_belong_are_taken_away(newsroom: Newsroom) -> None:
    newsroom.put(a_full_post())
    names = newsroom.lock.with_suffix(".json")
    names.parent.mkdir()
    names.write_text("atom.xml\nold-column/atom.xml\nmedia/shown-in-a-letter.png\n../config.toml\n/etc/x\ncut-o")
    for name in ("atom.xml", "old-column/atom.xml", "media/shown-in-a-letter.png", "../config.toml", "cut-o"):
        path = newsroom.feeds / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("old")
    assert newsroom.publish().removed == ("old-column/atom.xml",)
    assert not (newsroom.feeds / "old-column").exists()
    assert not names.exists()
    assert newsroom.tree()["atom.xml"] != b"old"
    assert all((newsroom.feeds / kept).is_file() for kept in ("media/shown-in-a-letter.png", "../config.toml", "cut-o"))


def test_an_old_post_that_is_revised_stands_in_the_document_to_subscribe_to_again(newsroom: Newsroom) -> None:
    months = [WHEN + timedelta(days=31 * number) for number in range(6)]
    old, *_ = newsroom.put(*(a_full_post(at, published=when, updated=when) for at, when in enumerate(months)))
    newsroom.publish()

    def ids(path: str) -> list[str | None]:
        return [entry.findtext("{*}id") for entry in etree.fromstring(newsroom.tree()[path]).iter("{*}entry")]

    name = "tag:post.example,2026:post/0"
    assert name not in ids("harbour-notes/atom.xml")
    assert name in ids("harbour-notes/archive/2026-03/atom.xml")
    with newsroom.store.write() as conn:
        assert edits.edit(conn, old, {"title": "Twelve minutes"}, now=months[-1])
    newsroom.publish()
    assert name in ids("harbour-notes/atom.xml")
    assert name in ids("harbour-notes/archive/2026-03/atom.xml"), "and where it was filed"
    assert b"Twelve minutes" in newsroom.tree()["harbour-notes/archive/2026-03/atom.xml"]


def test_a_run_in_which_nothing_changed_asks_few_questions_and_writes_nothing(newsroom: Newsroom) -> None:
    newsroom.put(*(a_full_post(number) for number in range(1, 9)))
    newsroom.publish()
    asked: list[str] = []

    def count(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", count)
    try:
        assert newsroom.publish() == Published()
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    assert len([statement for statement in asked if not statement.startswith("BEGIN")]) <= 4


def test_where_the_first_page_is_missing_all_is_published_anew(newsroom: Newsroom) -> None:
    newsroom.put(a_full_post())
    newsroom.publish()
    before = newsroom.tree()
    shutil.rmtree(newsroom.feeds)
    newsroom.publish()
    assert newsroom.tree() == before


def test_a_column_s_author_who_has_no_post_is_told_of_as_they_are_now(newsroom: Newsroom) -> None:
    newsroom.columns = (replace(COLUMN, authors=("mira-voss",)),)
    newsroom.put(a_plain_post(1))
    newsroom.publish()
    with newsroom.store.write() as conn:
        authors.configure(conn, [replace(MIRA, blurb="Mira Voss mends nets, well.")])
    done = newsroom.publish()
    assert {"harbour-notes/index.html", "harbour-notes/atom.xml", "authors/mira-voss/index.html"} <= set(done.written)
    told = [name for name, content in newsroom.tree().items() if b"mends nets, well" in content]
    assert "harbour-notes/index.html" in told
    assert "authors/mira-voss/index.html" in told


def test_a_post_that_another_one_follows_up_leads_to_it_until_that_is_gone(newsroom: Newsroom) -> None:
    first, second = newsroom.put(a_plain_post(1), replace(a_plain_post(2), follows="tag:post.example,2026:post/1"))
    newsroom.publish()
    assert b"post-2.html" in newsroom.tree()["harbour-notes/post-1.html"]
    assert b"post-1.html" in newsroom.tree()["harbour-notes/post-2.html"]
    assert b"in-reply-to" in newsroom.tree()["harbour-notes/atom.xml"]
    newsroom.withdraw(first)
    newsroom.publish()
    assert b"post-1.html" not in newsroom.tree()["harbour-notes/post-2.html"]
    assert b"in-reply-to" not in newsroom.tree()["harbour-notes/atom.xml"]
    with newsroom.store.write() as conn:
        assert edits.restore_if(conn, first, now=WHEN)
    newsroom.publish()
    newsroom.withdraw(second)
    newsroom.publish()
    assert b"post-2.html" not in newsroom.tree()["harbour-notes/post-1.html"]
