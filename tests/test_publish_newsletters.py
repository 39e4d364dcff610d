"""The archive of a newsletter: pages of letters, lists of issues, a feed of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree
from sqlalchemy import update

from publisher.model.issue import Issue, IssueEvent, IssueState, Newsletter, Variant
from publisher.model.letter import CLOSE, OPEN, Letter, Slot
from publisher.model.subscriber import Cadence
from publisher.publish.folder import Folder
from publisher.store import columns, corrections, counters, issues, schema
from publisher.store.database import Store
from tests.presses import FACTS, Newsroom
from tests.shelves import WHEN, a_full_post
from tests.writers import wish

MORNING = Newsletter(
    slug="morning",
    name="The Morning Tide",
    columns=("harbour-notes",),
    from_name="The Harbour Post",
    from_address="desk@post.example",
    subject="{{ lead.title }}",
)
ATOM = "{http://www.w3.org/2005/Atom}"
HISTORY = "{http://purl.org/syndication/history/1.0}"


@pytest.fixture
def newsroom(sqlite_store: Store, tmp_path: Path) -> Newsroom:
    room = Newsroom(store=sqlite_store, folder=tmp_path, facts=replace(FACTS, newsletters=(MORNING,)))
    with sqlite_store.write() as conn:
        columns.put_newsletters(conn, [("morning", MORNING.name)], now=WHEN)
    room.put(a_full_post(1), a_full_post(2), a_full_post(3))
    return room


def freeze(
    store: Store, slot: str, *, due: datetime = WHEN, subject: str = "", state: IssueState = IssueState.QUEUED
) -> int:
    """An issue of two variants."""
    issue = Issue(
        id=0, newsletter="morning", cadence=Cadence.DAILY, slot=slot, state=state, created=due, due=due,
        expires=due + timedelta(hours=24), through_seq=3,
    )  # fmt: skip
    subject = subject or f"Good morning, {Slot.NAME.mark}: {slot}"

    def letter(words: str) -> Letter:
        return Letter(subject=subject, html=f"<html><body><p>{words} for {Slot.EMAIL.mark}</p></body></html>", text="")

    variants = [
        (Variant(key="all", wishes=(wish(seen=90),), seqs=(2, 1)), letter("All of it")),
        (Variant(key="abc", wishes=(wish(seen=91),), seqs=(1,)), letter("Some of it")),
    ]
    with store.write() as conn:
        return issues.freeze(conn, issue, variants).issue


def entries_in(document: bytes) -> list[str]:
    return [entry.findtext(f"{ATOM}id") or "" for entry in etree.fromstring(document).iter(f"{ATOM}entry")]


def test_a_newsletter_that_sent_nothing_says_so(newsroom: Newsroom) -> None:
    newsroom.publish()
    assert b"Nothing has been sent yet." in newsroom.tree()["newsletters/morning/index.html"]


def test_each_letter_has_its_page_for_nobody_in_particular(newsroom: Newsroom) -> None:
    freeze(newsroom.store, "2026-03-14")
    newsroom.publish()
    tree = newsroom.tree()
    page = tree["newsletters/morning/daily-2026-03-14.html"].decode()
    assert "All of it for your address" in page
    assert tree["newsletters/morning/daily-2026-03-14/all.html"].decode() == page
    assert "Some of it" in tree["newsletters/morning/daily-2026-03-14/abc.html"].decode()
    everything = b"".join(content for name, content in tree.items() if name.startswith("newsletters/"))
    assert OPEN.encode() not in everything
    assert CLOSE.encode() not in everything


def test_the_list_has_the_newest_first_with_their_subjects_and_leads_to_the_feed(newsroom: Newsroom) -> None:
    freeze(newsroom.store, "2026-03-14", subject="First <3")
    freeze(newsroom.store, "2026-03-15", due=WHEN + timedelta(days=1), subject="Second")
    newsroom.publish()
    page = newsroom.tree()["newsletters/morning/index.html"].decode()
    assert page.index("Second") < page.index("First &lt;3")
    assert 'href="daily-2026-03-15.html"' in page
    assert "15 March 2026" in page
    assert 'href="https://post.example/newsletters/morning/atom.xml"' in page


def test_its_feed_has_an_entry_an_issue_with_the_posts_of_it(newsroom: Newsroom) -> None:
    freeze(newsroom.store, "2026-03-14")
    newsroom.publish()
    feed = etree.fromstring(newsroom.tree()["newsletters/morning/atom.xml"])
    assert feed.findtext(f"{ATOM}title") == "The Morning Tide"
    entry = feed.find(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}id") == "tag:post.example,2026:feed/newsletter/morning/daily-2026-03-14"
    assert entry.findtext(f"{ATOM}title") == "Good morning, reader: 2026-03-14"
    link = entry.find(f"{ATOM}link[@rel='alternate']")
    link = entry.find(f"{ATOM}link") if link is None else link
    assert link.get("href") == "https://post.example/newsletters/morning/daily-2026-03-14.html"
    content = entry.findtext(f"{ATOM}content")
    assert content.index("post 2") < content.index("post 1")
    assert {"newsletters/morning/rss.xml", "newsletters/morning/feed.json"} < set(newsroom.tree())


def test_it_is_in_the_list_of_all_feeds_and_in_the_sitemap(newsroom: Newsroom) -> None:
    newsroom.publish()
    tree = newsroom.tree()
    assert b'xmlUrl="https://post.example/newsletters/morning/atom.xml"' in tree["feeds.opml"]
    assert b"<loc>https://post.example/newsletters/morning/</loc>" in tree["sitemaps/places.xml"]


def test_a_new_issue_writes_its_pages_and_lists_and_no_others(newsroom: Newsroom) -> None:
    freeze(newsroom.store, "2026-03-14")
    newsroom.publish()
    assert newsroom.publish().written == ()
    freeze(newsroom.store, "2026-03-15", due=WHEN + timedelta(days=1))
    assert set(newsroom.publish().written) == {
        f"newsletters/morning/{name}"
        for name in (
            "atom.xml", "daily-2026-03-15.html", "daily-2026-03-15/abc.html", "daily-2026-03-15/all.html",
            "feed.json", "index.html", "rss.xml",
        )
    }  # fmt: skip


def test_what_is_cancelled_goes(newsroom: Newsroom) -> None:
    freeze(newsroom.store, "2026-03-14")
    number = freeze(newsroom.store, "2026-03-15", subject="Not for you")
    newsroom.publish()
    assert "newsletters/morning/daily-2026-03-15.html" in newsroom.tree()
    with newsroom.store.write() as conn:
        assert issues.move_if(conn, number, IssueEvent.CANCEL, now=WHEN)
    newsroom.publish()
    assert not [name for name, content in newsroom.tree().items() if b"Not for you" in content]
    assert "newsletters/morning/daily-2026-03-14.html" in newsroom.tree()


@pytest.mark.parametrize("state", [IssueState.DRAFT, IssueState.APPROVED, IssueState.HELD])
def test_what_is_not_released_is_not_shown(newsroom: Newsroom, state: IssueState) -> None:
    freeze(newsroom.store, "2026-03-14")
    freeze(newsroom.store, "2026-03-15", subject="Not for you", state=state)
    newsroom.publish()
    assert not [name for name, content in newsroom.tree().items() if b"Not for you" in content]
    assert "newsletters/morning/daily-2026-03-14.html" in newsroom.tree()


def put_right(store: Store, number: int, page: str, *, at: datetime = WHEN + timedelta(days=3)) -> None:
    """As `assemble/correcting.py` writes it."""
    with store.write() as conn:
        change = counters.reserve(conn, counters.CHANGES)
        variant = corrections.variants_of(conn, number)[0].id
        assert corrections.put_pages(conn, number, {variant: page}, change=change, corrected=at)


def test_a_corrected_issue_has_another_page_says_so_in_the_list_and_is_updated_in_the_feed(newsroom: Newsroom) -> None:
    first = freeze(newsroom.store, "2026-03-14")
    freeze(newsroom.store, "2026-03-15", due=WHEN + timedelta(days=1))
    newsroom.publish()
    before = newsroom.tree()
    put_right(newsroom.store, first, f"<html><body><p>Put right for {Slot.EMAIL.mark}</p></body></html>")
    written = newsroom.publish().written
    assert {name for name in written if "daily-" in name} == {
        "newsletters/morning/daily-2026-03-14.html",
        "newsletters/morning/daily-2026-03-14/all.html",
    }
    tree = newsroom.tree()
    assert "Put right for your address" in tree["newsletters/morning/daily-2026-03-14.html"].decode()
    assert (
        tree["newsletters/morning/daily-2026-03-14/abc.html"] == before["newsletters/morning/daily-2026-03-14/abc.html"]
    )
    assert "Corrected on 17 March 2026." in tree["newsletters/morning/index.html"].decode()
    entries = list(etree.fromstring(tree["newsletters/morning/atom.xml"]).iter(f"{ATOM}entry"))
    entry = next(one for one in entries if one.findtext(f"{ATOM}id").endswith("2026-03-14"))
    other = next(one for one in entries if one is not entry)
    assert entry.findtext(f"{ATOM}updated").startswith("2026-03-17")
    assert entry.findtext(f"{ATOM}published").startswith("2026-03-14")
    assert "Corrected on 17 March 2026." in entry.findtext(f"{ATOM}content")
    assert entry.findtext("{https://schema.org/}correction") == "Corrected on 17 March 2026."
    assert "Corrected" not in etree.tostring(other).decode()
    assert newsroom.publish().written == ()


def test_a_correction_of_an_old_issue_reaches_its_archive_and_those_who_follow_the_feed(newsroom: Newsroom) -> None:
    months = [datetime(2026, month, day, 7, tzinfo=WHEN.tzinfo) for month in (1, 2, 3) for day in (3, 4, 5)]
    numbers = [freeze(newsroom.store, f"{due:%Y-%m-%d}", due=due) for due in months]
    newsroom.publish()
    put_right(newsroom.store, numbers[0], "<p>Put right</p>")
    written = newsroom.publish().written
    assert "newsletters/morning/archive/2026-01/atom.xml" in written
    assert not [name for name in written if "2026-02" in name]
    feed = newsroom.tree()["newsletters/morning/atom.xml"]
    assert any(one.endswith("daily-2026-01-03") for one in entries_in(feed))
    assert not any(one.endswith("daily-2026-01-04") for one in entries_in(feed))


def test_a_letter_of_correction_stands_below_the_issue_that_it_corrects(newsroom: Newsroom) -> None:
    first = freeze(newsroom.store, "2026-03-14", subject="The tides")
    freeze(newsroom.store, "2026-03-15", due=WHEN + timedelta(days=1), subject="The next day")
    letter = freeze(newsroom.store, "2026-03-14-correction-1", due=WHEN + timedelta(days=2), subject="We were wrong")
    with newsroom.store.write() as conn:
        conn.execute(update(schema.issues).where(schema.issues.c.id == letter).values(corrects=first))
    newsroom.publish()
    tree = newsroom.tree()
    page = tree["newsletters/morning/index.html"].decode()
    assert page.index("The next day") < page.index("The tides") < page.index("We were wrong")
    assert page.count("<li>") == 2
    assert "newsletters/morning/daily-2026-03-14-correction-1.html" in tree
    assert len(entries_in(tree["newsletters/morning/atom.xml"])) == 3


def test_walking_back_from_the_feed_yields_every_issue_once(newsroom: Newsroom) -> None:
    months = [datetime(2026, month, day, 7, tzinfo=WHEN.tzinfo) for month in (1, 2, 3) for day in (3, 4, 5)]
    for due in months:
        freeze(newsroom.store, f"{due:%Y-%m-%d}", due=due)
        newsroom.publish()
    tree, path, found = newsroom.tree(), "newsletters/morning/atom.xml", []
    while path:
        found += entries_in(tree[path])
        older = etree.fromstring(tree[path]).find(f"{ATOM}link[@rel='prev-archive']")
        path = older.get("href").removeprefix("https://post.example/") if older is not None else ""
    assert len(found) == len(set(found)) == len(months)


def test_a_withdrawn_post_goes_from_the_feed_of_what_was_sent(newsroom: Newsroom) -> None:
    freeze(newsroom.store, "2026-03-14")
    newsroom.publish()
    newsroom.withdraw(1)
    newsroom.publish()
    content = newsroom.tree()["newsletters/morning/atom.xml"].decode()
    assert "post-2.html" in content
    assert "post-1.html" not in content


def test_the_tree_of_a_rebuilt_site_is_the_same(newsroom: Newsroom, tmp_path: Path) -> None:
    for day in (14, 15, 16):
        freeze(newsroom.store, f"2026-03-{day}", due=WHEN + timedelta(days=day))
        newsroom.publish()
    grown = newsroom.tree()
    newsroom.publish(target=Folder(tmp_path / "other"))
    other = tmp_path / "other"
    assert grown == {
        path.relative_to(other).as_posix(): path.read_bytes()
        for path in other.rglob("*.*")
        if path.is_file() and path.suffix not in {".gz", ".br"}
    }
