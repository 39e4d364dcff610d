"""Whole visits: from files and a real web server into a real database."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from publisher.collect.collector import Collected, Desk, Source, collect_source
from publisher.collect.identify import Context
from publisher.collect.rounds import Round, collect_all
from publisher.fetch.web import Limits
from publisher.model.author import Author
from publisher.model.post import Post
from publisher.store import authors, columns, posts, sources
from publisher.store.database import Store
from tests.web_stand import Answer, web_stand

CASES = Path(__file__).parent / "cases" / "collect"
PNG = b"\x89PNG\r\n\x1a\n" + b"picture"
MIRA = Author(key="mira", name="Mira Voss", blurb="As config.toml has it.")
FEED = """<rss version="2.0"><channel><title>Engines</title>{items}</channel></rss>"""
ITEM = """<item><guid isPermaLink="false">{guid}</guid><title>{title}</title><description>Text of {guid}.</description>
<pubDate>Sun, 0{guid} Nov 2026 10:00:00 GMT</pubDate></item>"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    limits = Limits(
        max_bytes=100_000,
        timeout=timedelta(seconds=5),
        site_url="https://post.example",
        private_hosts=frozenset({"127.0.0.1"}),
    )
    return Desk(zone=ZoneInfo("Europe/Berlin"), media=tmp_path / "var" / "media", limits=limits)


@pytest.fixture
def store(sqlite_store: Store, now: datetime) -> Store:
    with sqlite_store.write() as conn:
        columns.put_if_new(conn, "notes", feed_id="tag:post.example,2026:feed/notes", now=now)
        authors.configure(conn, [MIRA])
    return sqlite_store


def a_source(kind: str, place: Path | str, *, backlog: str = "all", name: str = "wire") -> Source:
    context = Context(
        source=name,
        column="notes",
        tagging_entity="post.example,2026",
        base_url="https://post.example/notes/",
        backlog=backlog,
        column_authors=(MIRA,),
        authors=(MIRA,),
    )
    if isinstance(place, str):
        return Source(kind=kind, url=place, context=context)
    return Source(kind=kind, path=place, context=context)


def feed(**titles: str) -> bytes:
    items = "".join(ITEM.format(guid=guid.strip("_"), title=title) for guid, title in titles.items())
    return FEED.format(items=items).encode()


def stored(store: Store) -> list[Post]:
    with store.read() as conn:
        return posts.newest(conn, columns=["notes"], limit=50)


def counts(collected: Collected) -> tuple[int, int, int]:
    return collected.new, collected.revised, collected.unchanged


def test_a_capture_is_stored_with_its_column_author_and_stories(store: Store, desk: Desk, now: datetime) -> None:
    source = a_source("capture", CASES / "capture" / "tide-table.txt")
    assert counts(collect_source(store, source, desk, now=now)) == (1, 0, 0)
    (post,) = stored(store)
    assert post.body.count("<p>") == 4
    assert "&lt;b&gt;Nobody&lt;/b&gt; laughs now &amp; nobody" in post.body
    assert [author.name for author in post.authors] == ["Ada Brook", "Tom van der Vale"]
    assert post.authors[0].bio.startswith("Before that, Brook")
    assert [story.title for story in post.related] == ["Who Owns the Slipway?", "The Net Menders’ Last Winter"]
    assert post.related[0].image is not None
    assert post.related[0].image.alt == "An orange crane lifts a boat out of the water."
    with store.read() as conn:
        (column,) = columns.get_all(conn)
    assert (column.name, column.tagline[:17]) == ("Tide Table", "What the sea does")


def test_a_second_visit_changes_nothing(store: Store, desk: Desk, now: datetime) -> None:
    source = a_source("capture", CASES / "capture")
    first = collect_source(store, source, desk, now=now)
    before = stored(store)
    again = collect_source(store, source, desk, now=now + timedelta(days=1))
    assert counts(again) == (0, 0, first.new)
    assert stored(store) == before


def test_pictures_beside_a_post_are_kept(store: Store, desk: Desk, tmp_path: Path, now: datetime) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "fog.png").write_bytes(PNG)
    (folder / "fog.md").write_text("---\nauthors: [Mira Voss]\nimage: fog.png\n---\n# Fog\n\nIt came in. ![](fog.png)")
    collected = collect_source(store, a_source("folder", folder), desk, now=now)
    assert collected.problems == ()
    (post,) = stored(store)
    (kept,) = desk.media.iterdir()
    assert kept.read_bytes() == PNG
    assert post.image is not None
    assert post.image.url == f"media:{kept.name}"
    assert f'src="media:{kept.name}"' in post.body
    assert post.authors == (MIRA,)


def test_a_feed_is_visited_again_and_only_what_changed_is_stored(store: Store, desk: Desk, now: datetime) -> None:
    with web_stand(feed=Answer(feed(_1="One", _2="Two"))) as stand:
        source = a_source("feed", stand.url("/feed"))
        assert counts(collect_source(store, source, desk, now=now)) == (2, 0, 0)
        stand.answers["/feed"] = Answer(feed(_1="One", _2="Two, corrected", _3="Three"))
        later = now + timedelta(hours=1)
        assert counts(collect_source(store, source, desk, now=later)) == (1, 1, 1)
    titles = {post.title: (post.revision, post.seq) for post in stored(store)}
    assert titles == {"One": (1, 1), "Two, corrected": (2, 2), "Three": (1, 3)}
    assert all(post.authors == (MIRA,) for post in stored(store))


def test_the_back_catalogue_is_archive_and_what_comes_later_is_news(store: Store, desk: Desk, now: datetime) -> None:
    with web_stand(feed=Answer(feed(_2="Two"))) as stand:
        source = a_source("feed", stand.url("/feed"), backlog="archive")
        collect_source(store, source, desk, now=now)
        stand.answers["/feed"] = Answer(feed(_2="Two", _1="Found late"))
        collect_source(store, source, desk, now=now)
    assert {post.title: post.mailable for post in stored(store)} == {"Two": False, "Found late": True}


def test_a_first_visit_that_fails_leaves_the_backlog_for_the_next(store: Store, desk: Desk, now: datetime) -> None:
    with web_stand(feed=Answer(status=503)) as stand:
        source = a_source("feed", stand.url("/feed"), backlog="archive")
        assert collect_source(store, source, desk, now=now).failed
        stand.answers["/feed"] = Answer(feed(_1="One"))
        collect_source(store, source, desk, now=now)
    assert [post.mailable for post in stored(store)] == [False]


def test_a_failing_source_is_told_and_stops_no_other(store: Store, desk: Desk, tmp_path: Path, now: datetime) -> None:
    good = a_source("capture", CASES / "capture" / "no-bio.txt", name="good")
    bad = a_source("folder", tmp_path / "none", name="bad")
    report = collect_all(store, [bad, good], desk, Round(now=now))
    assert [(one.source, one.failed, one.new) for one in report] == [("bad", True, 0), ("good", False, 1)]
    assert "no such file or folder" in report[0].problems[0]
    with store.read() as conn:
        states = {state.name: state for state in sources.get_all(conn)}
    assert states["bad"].failures == 1
    assert states["bad"].problem == report[0].problems[0]
    assert states["good"].problem == ""


def test_a_picture_that_cannot_be_kept_fails_the_source_and_stores_no_post(
    store: Store, desk: Desk, tmp_path: Path, now: datetime
) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "fog.png").write_bytes(PNG)
    (tmp_path / "fog.md").write_text("Fog. ![](fog.png)")
    blocked = replace(desk, media=tmp_path / "file" / "media")
    collected = collect_source(store, a_source("folder", tmp_path / "fog.md"), blocked, now=now)
    assert collected.failed
    assert "cannot write" in collected.problems[0]
    assert stored(store) == []


def test_two_sources_of_one_column_never_share_a_slug(store: Store, desk: Desk, now: datetime) -> None:
    page = CASES / "capture" / "no-bio.txt"
    collect_all(store, [a_source("capture", page, name=name) for name in ("one", "two")], desk, Round(now=now))
    assert len({post.slug for post in stored(store)}) == 2
    assert len({post.id for post in stored(store)}) == 2


def test_characters_that_no_database_takes_are_removed(store: Store, desk: Desk, now: datetime) -> None:
    odd = r"a\u0000b\ud800c\ue000d"
    item = f'{{"id": "{odd}", "title": "{odd}", "summary": "{odd}!", "content_text": "{odd}", "tags": ["{odd}"]}}'
    content = f'{{"version": "https://jsonfeed.org/version/1.1", "title": "{odd}", "items": [{item}]}}'
    with web_stand(feed=Answer(content.encode())) as stand:
        collected = collect_source(store, a_source("feed", stand.url("/feed")), desk, now=now)
        again = collect_source(store, a_source("feed", stand.url("/feed")), desk, now=now)
    assert counts(collected) == (1, 0, 0)
    assert counts(again) == (0, 0, 1)
    (post,) = stored(store)
    assert (post.title, post.summary, post.body, post.tags) == ("abcd", "abcd!", "<p>abcd</p>", ("abcd",))


def test_another_feed_in_a_source_s_place_floods_nobody(store: Store, desk: Desk, now: datetime) -> None:
    """Its back catalogue is archive, as at a first visit; also where its first answer is a failure."""
    with web_stand(old=Answer(feed(_1="One")), new=Answer(status=503)) as stand:
        collect_source(store, a_source("feed", stand.url("/old"), backlog="archive"), desk, now=now)
        there = a_source("feed", stand.url("/new"), backlog="archive")
        assert collect_source(store, there, desk, now=now).failed
        stand.answers["/new"] = Answer(feed(_2="Two", _3="Three"))
        assert collect_source(store, there, desk, now=now + timedelta(days=1)).new == 2
        stand.answers["/new"] = Answer(feed(_2="Two", _3="Three", _4="Four"))
        collect_source(store, there, desk, now=now + timedelta(days=2))
    assert {post.title: post.mailable for post in stored(store)} == {
        "One": False, "Two": False, "Three": False, "Four": True,
    }  # fmt: skip


def test_the_same_feed_at_another_address_goes_on_with_news(store: Store, desk: Desk, now: datetime) -> None:
    with web_stand(old=Answer(feed(_1="One")), new=Answer(feed(_1="One", _2="Two"))) as stand:
        collect_source(store, a_source("feed", stand.url("/old"), backlog="archive"), desk, now=now)
        collect_source(store, a_source("feed", stand.url("/new"), backlog="archive"), desk, now=now)
    assert {post.title: post.mailable for post in stored(store)} == {"One": False, "Two": True}
