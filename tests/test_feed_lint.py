"""The lint finds every planted fault, and nothing in what we write."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.feed.atom import atom_bytes
from publisher.feed.channel import Channel, FeedFacts, Tombstone, channel_of
from publisher.feed.jsonfeed import json_bytes
from publisher.feed.lint import Severity, lint_feed, lint_feeds
from publisher.feed.rss import rss_bytes
from publisher.feed.site import Format, document_path
from tests.shelves import COLUMN, FULL_SITE, MIRA, WHEN, a_full_post, a_rich_post, an_entry

NOW = WHEN + timedelta(days=30)
PLANTED = sorted((Path(__file__).parent / "cases" / "feed" / "faults").iterdir())
FACTS = FeedFacts(
    feed_id=COLUMN.feed_id, folder=COLUMN.slug, title=COLUMN.name, language="en", created=WHEN, authors=(MIRA,)
)


def a_tree() -> dict[str, bytes]:
    """A feed of six posts with two archive documents."""
    pages = {"": (4, 5, 6), "2026-04": (3, 4), "2026-03": (1, 2)}
    chain = {"": ("2026-04", ""), "2026-04": ("2026-03", ""), "2026-03": ("", "2026-04")}
    files: dict[str, bytes] = {}
    for page, numbers in pages.items():
        older, newer = chain[page]
        entries = [an_entry(a_rich_post(number)) for number in numbers]
        stones = [Tombstone(ref="tag:post.example,2026:post/9", when=WHEN)]
        channel = channel_of(FACTS, entries, site=FULL_SITE, page=page, older=older, newer=newer, tombstones=stones)
        files |= _documents(channel, page)
    return files


def _documents(channel: Channel, page: str) -> dict[str, bytes]:
    files = {
        document_path(COLUMN.slug, Format.ATOM, page): atom_bytes(channel),
        document_path(COLUMN.slug, Format.RSS, page): rss_bytes(channel),
    }
    return files if page else files | {document_path(COLUMN.slug, Format.JSON): json_bytes(channel)}


def problems(files: dict[str, bytes]) -> list[str]:
    return [str(fault) for fault in lint_feeds(files, now=NOW)]


def test_what_we_write_has_no_fault() -> None:
    assert problems(a_tree()) == []


@given(body=st.text(max_size=60), title=st.text(alphabet="ab \x00<é", max_size=9), url=st.text(max_size=12))
@settings(max_examples=25, deadline=None)
def test_no_post_makes_us_write_what_is_faulty(body: str, title: str, url: str) -> None:
    entry = an_entry(a_full_post(body="<p>" + body.replace("<", "&lt;") + "</p>", title=title, url=url, tags=(title,)))
    channel = channel_of(FACTS, [entry], site=FULL_SITE)
    assert problems(_documents(channel, "")) == []


@pytest.mark.parametrize("case", PLANTED, ids=lambda path: path.name)
def test_a_planted_fault_is_named_with_its_file_and_entry(case: Path) -> None:
    """A case: the name of the document, what is replaced in it by what, and what is said of it."""
    told = case.read_text(encoding="utf-8").rstrip("\n").split("\n---\n")
    path, old, new, expected = told
    files = a_tree()
    whole = files[path].decode()
    assert old in whole, "the case no longer fits what we write"
    files[path] = whole.replace(old, new, 1).encode()
    found = problems(files)
    assert any(expected in problem and problem.startswith(f"{path}: ") for problem in found), found


def test_an_entry_without_an_author_of_its_own_is_named() -> None:
    files = a_tree()
    path = "harbour-notes/atom.xml"
    files[path] = re.sub(rb"    <author>.*?</author>", b"", files[path], flags=re.DOTALL)
    assert f"{path}: tag:post.example,2026:post/6: it has no author; most readers take none from the feed" in problems(
        files
    )


def test_an_entry_may_have_no_date_of_publication() -> None:
    path = "harbour-notes/atom.xml"
    document = re.sub(rb"<published>.*?</published>", b"", a_tree()[path])
    assert lint_feed(path, document, now=NOW) == []


def test_a_document_that_is_missing_breaks_the_chain() -> None:
    files = a_tree()
    del files["harbour-notes/archive/2026-04/atom.xml"]
    found = problems(files)
    assert any("harbour-notes/atom.xml: its prev-archive" in problem for problem in found)
    assert any("2026-03/atom.xml: no prev-archive leads here" in problem for problem in found)


def test_a_chain_that_runs_in_a_circle_ends() -> None:
    files = a_tree()
    path = "harbour-notes/archive/2026-03/atom.xml"
    loop = b'<link rel="prev-archive" href="https://post.example/harbour-notes/archive/2026-04/atom.xml"/>\n  <entry'
    files[path] = files[path].replace(b"<entry", loop, 1)
    assert any("stands in the chain already" in problem for problem in problems(files))


def test_two_documents_that_call_themselves_the_same_are_found() -> None:
    files = a_tree()
    files["copy/atom.xml"] = files["harbour-notes/atom.xml"]
    assert any("its link rel=self is that of copy/atom.xml" in problem for problem in problems(files))


def test_a_document_over_a_mebibyte_is_a_warning() -> None:
    entry = an_entry(a_full_post(body="<p>" + "Tide. " * 200_000 + "</p>"))
    document = atom_bytes(channel_of(FACTS, [entry], site=FULL_SITE))
    (fault,) = lint_feed("harbour-notes/atom.xml", document, now=NOW)
    assert (fault.severity, "1 MiB" in fault.problem) == (Severity.WARNING, True)


@pytest.mark.parametrize(
    ("path", "document", "expected"),
    [
        ("x/atom.xml", b"", "not well-formed"),
        ("x/atom.xml", b"<feed/>", "its root is <feed>"),
        (
            "x/atom.xml",
            b"<!DOCTYPE feed [<!ENTITY a 'b'>]><feed xmlns='http://www.w3.org/2005/Atom'/>",
            "document type",
        ),
        ("x/rss.xml", b"<rss version='0.91'><channel/></rss>", "2.0"),
        ("x/rss.xml", b"<rss version='2.0'/>", "one <channel>"),
        ("x/feed.json", b"\xff", "no JSON"),
        ("x/feed.json", b"[]", "no list `items`"),
        ("x/feed.json", json.dumps({"items": [1]}).encode(), "item 1: it is no object"),
    ],
)
def test_what_is_no_feed_at_all_is_told_in_words(path: str, document: bytes, expected: str) -> None:
    assert any(expected in str(fault) for fault in lint_feed(path, document, now=NOW))


def test_other_files_of_the_tree_are_left_alone() -> None:
    assert problems({"index.html": b"<p>", "feeds.opml": b"", "media/a.xml": b"<"}) == []
