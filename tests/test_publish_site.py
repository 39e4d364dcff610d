"""Publishing a site from the store: what lands on disk, in which order, and what a second run does."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from lxml import etree
from lxml import html as lxml_html

from publisher.errors import PublishError, TemplateError
from publisher.model.post import Post
from publisher.publish.site import Facts, Shelf, publish_shelves, publish_site
from publisher.publish.tree import Folders, Published
from publisher.store import authors, columns
from publisher.store.database import Store
from publisher.templating import open_templates
from tests.shelves import COLUMN, MIRA, SITE, WHEN, a_full_post
from tests.writers import put_posts

FACTS = Facts(
    name=SITE.name,
    url=SITE.url,
    language="en",
    zone=ZoneInfo("UTC"),
    feed_id="tag:post.example,2026:feed/all",
    entries=2,
)
NIGHT = replace(COLUMN, slug="night-desk", feed_id="tag:post.example,2026:feed/night-desk", name="Night Desk")


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    media = tmp_path / "media"
    media.mkdir()
    for name in ("mira.png", "wall.png", "quay.png", "lock.png"):
        (media / name).write_bytes(name.encode())
    return Folders(feeds=tmp_path / "feeds", media=media, manifest=tmp_path / "var" / "published")


def publish(folders: Folders, *posts: Post, own: Path | None = None) -> Published:
    shelves = [
        Shelf(column=COLUMN, created=WHEN, authors=[MIRA], posts=iter(posts)),
        Shelf(column=NIGHT, created=WHEN, authors=(), posts=()),
    ]
    return publish_shelves(shelves, facts=FACTS, folders=folders, templates=open_templates(own))


def tree_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_page_feed_stylesheet_and_picture_lands_on_disk(folders: Folders) -> None:
    publish(folders, a_full_post(3), a_full_post(2), a_full_post(1))
    assert sorted(tree_of(folders.feeds)) == [
        "atom.xml", "feed.css",
        "harbour-notes/atom.xml", "harbour-notes/index.html", "harbour-notes/post-1.html",
        "harbour-notes/post-2.html", "harbour-notes/post-3.html", "harbour-notes/rss.xml",
        "index.html",
        "media/lock.png", "media/mira.png", "media/quay.png", "media/wall.png",
        "night-desk/atom.xml", "night-desk/index.html", "night-desk/rss.xml",
        "rss.xml", "site.css",
    ]  # fmt: skip


def test_a_second_run_changes_no_byte_and_touches_no_file(folders: Folders) -> None:
    posts = [a_full_post(number) for number in (3, 2, 1)]
    first = publish(folders, *posts)
    times = {path: path.stat().st_mtime_ns for path in folders.feeds.rglob("*")}
    second = publish(folders, *posts)
    assert (second.written, second.removed, second.unchanged) == ((), (), len(first.written))
    assert {path: path.stat().st_mtime_ns for path in folders.feeds.rglob("*")} == times


def test_two_builds_give_identical_bytes(folders: Folders, tmp_path: Path) -> None:
    other = replace(folders, feeds=tmp_path / "other", manifest=tmp_path / "other-manifest")
    for place in (folders, other):
        publish(place, a_full_post(2), a_full_post(1))
    assert tree_of(folders.feeds) == tree_of(other.feeds)


def test_every_link_within_the_site_leads_to_a_file(folders: Folders) -> None:
    publish(folders, *(a_full_post(number) for number in (4, 3, 2, 1)))
    for path in folders.feeds.rglob("*.html"):
        page = lxml_html.document_fromstring(path.read_text(encoding="utf-8"))
        found = [element.get(name) for element in page.iter() for name in ("href", "src") if element.get(name)]
        within = [url for url in found if ":" not in url and not url.startswith("#")]
        assert within
        for url in within:
            assert (path.parent / url).resolve().is_file(), f"{path.name}: {url}"


def test_pages_come_before_the_feeds_that_link_to_them_and_pictures_before_pages(folders: Folders) -> None:
    order = [path.relative_to(folders.feeds).as_posix() for path in publish(folders, a_full_post()).written]
    feeds = [name for name in order if name.endswith(".xml")]
    assert order[-len(feeds) :] == feeds
    assert order.index("media/lock.png") < order.index("harbour-notes/post-1.html")


def test_feeds_hold_the_newest_posts_and_the_page_lists_them_all(folders: Folders) -> None:
    publish(folders, *(a_full_post(number) for number in (4, 3, 2, 1)))
    feed = etree.fromstring((folders.feeds / "harbour-notes" / "atom.xml").read_bytes())
    ids = [entry.findtext("{*}id") for entry in feed.iter("{*}entry")]
    assert ids == ["tag:post.example,2026:post/4", "tag:post.example,2026:post/3"]
    page = (folders.feeds / "harbour-notes" / "index.html").read_text(encoding="utf-8")
    assert all(f"post-{number}.html" in page for number in (4, 3, 2, 1))


def test_a_withdrawn_post_is_taken_from_pages_and_feeds(folders: Folders) -> None:
    publish(folders, a_full_post(2), a_full_post(1))
    done = publish(folders, a_full_post(2))
    assert done.removed == (folders.feeds / "harbour-notes" / "post-1.html",)
    assert not [name for name, content in tree_of(folders.feeds).items() if b"post-1.html" in content]


def test_a_column_without_posts_has_a_feed_as_old_as_itself(folders: Folders) -> None:
    publish(folders)
    for name in ("night-desk/atom.xml", "atom.xml"):
        feed = etree.fromstring((folders.feeds / name).read_bytes())
        assert feed.findtext("{*}updated") == "2026-03-14T06:30:00+00:00"


def test_a_picture_that_is_only_spoken_of_is_not_looked_for(folders: Folders) -> None:
    body = (
        '<p>Social media:none.png, they say; src="x" media:none.png</p>'
        '<p><img srcset="media:quay.png 1x, media:b.png 2x"></p>'
    )
    assert publish(folders, a_full_post(body=body)).missing == ("b.png",)


def test_a_broken_template_stops_the_run_and_what_was_published_stays(folders: Folders, tmp_path: Path) -> None:
    publish(folders, a_full_post(2), a_full_post(1))
    before = tree_of(folders.feeds)
    own = tmp_path / "own"
    (own / "web").mkdir(parents=True)
    (own / "web" / "post.html").write_text("{{ nobody }}")
    with pytest.raises(TemplateError, match="nobody"):
        publish(folders, a_full_post(2), own=own)
    assert tree_of(folders.feeds) == before


def test_a_crash_half_way_is_made_good_by_the_next_run(folders: Folders) -> None:
    def breaking() -> Iterator[Post]:
        yield a_full_post(9)
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        publish_shelves(
            [Shelf(column=COLUMN, created=WHEN, authors=(), posts=breaking())],
            facts=FACTS, folders=folders, templates=open_templates(None),
        )  # fmt: skip
    done = publish(folders, a_full_post(1))
    assert done.removed == (folders.feeds / "harbour-notes" / "post-9.html",)


def test_a_site_s_own_stylesheet_is_published_instead_of_ours(folders: Folders, tmp_path: Path) -> None:
    (tmp_path / "own" / "web").mkdir(parents=True)
    (tmp_path / "own" / "web" / "site.css").write_text("body { color: teal }")
    publish(folders, own=tmp_path / "own")
    assert (folders.feeds / "site.css").read_text() == "body { color: teal }"


def test_the_store_is_published_as_it_stands(sqlite_store: Store, folders: Folders) -> None:
    column = replace(COLUMN, authors=("mira-voss", "nobody"))
    with sqlite_store.write() as conn:
        columns.put_if_new(conn, COLUMN.slug, feed_id=COLUMN.feed_id, now=WHEN)
        authors.configure(conn, [MIRA])
        put_posts(conn, [a_full_post(number, seq=0) for number in (1, 2, 3)])
    done = publish_site(sqlite_store, [column], facts=FACTS, folders=folders, templates=open_templates(None))
    assert folders.feeds / "harbour-notes" / "post-3.html" in done.written
    feed = (folders.feeds / "harbour-notes" / "atom.xml").read_text(encoding="utf-8")
    assert feed.index("post/3") < feed.index("post/2")
    assert "post/1" not in feed
    again = publish_site(sqlite_store, [column], facts=FACTS, folders=folders, templates=open_templates(None))
    assert again.written == ()


def test_a_column_that_the_store_does_not_know_is_told(sqlite_store: Store, folders: Folders) -> None:
    with pytest.raises(PublishError, match="night-desk"):
        publish_site(sqlite_store, [NIGHT], facts=FACTS, folders=folders, templates=open_templates(None))
    assert not folders.feeds.exists()


def test_paths_in_the_tree_are_those_that_feeds_and_letters_name(folders: Folders) -> None:
    publish(folders, a_full_post())
    feed = etree.fromstring((folders.feeds / "atom.xml").read_bytes())
    named = [link.get("href") for link in feed.iter("{*}link") if not link.get("rel")]
    assert [posixpath.relpath(url, SITE.url) for url in named] == ["harbour-notes/post-1.html"]
    assert (folders.feeds / "harbour-notes" / "post-1.html").is_file()
