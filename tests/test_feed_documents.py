"""Atom and RSS as they are written: the very bytes, the grammar, and what other readers find in them.

A case is a file: `tests/cases/feed/documents/NAME.toml` with a column and its posts, and
beside it the documents as they must come out. Run with GOLDEN=write to write those anew,
then look at the difference.
"""

from __future__ import annotations

import json
import locale
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import fastfeedparser
import feedparser
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from publisher.feed.atom import atom_bytes
from publisher.feed.channel import Channel, column_channel, whole_channel
from publisher.feed.extension import rfc822
from publisher.feed.rss import rss_bytes
from publisher.model.author import Author
from publisher.model.column import Column
from publisher.model.media import Image
from publisher.model.post import Post, RelatedStory
from tests.shelves import SITE, WHEN, a_channel, a_full_post

CASES = Path(__file__).parent / "cases" / "feed"
DOCUMENTS = sorted(path.stem for path in (CASES / "documents").glob("*.toml"))
FORMATS = {"atom": atom_bytes, "rss": rss_bytes}
NPM = Path(__file__).parent / "npm"
ATOM = "{http://www.w3.org/2005/Atom}"
SCHEMA = "{https://schema.org/}"
DC = "{http://purl.org/dc/elements/1.1/}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"


def channel_of(name: str) -> Channel:
    """The channel that a case file describes."""
    case = tomllib.loads((CASES / "documents" / f"{name}.toml").read_text(encoding="utf-8"))
    posts = [_post_of(told, case["column"]["slug"], number) for number, told in enumerate(case.get("posts", []))]
    return column_channel(Column(**case["column"]), posts, site=SITE, created=WHEN)


def _post_of(told: dict[str, Any], column: str, seq: int) -> Post:
    authors = tuple(Author(**author) for author in told.pop("authors", []))
    related = tuple(
        RelatedStory(**story | {"image": Image(**story["image"]) if "image" in story else None})
        for story in told.pop("related", [])
    )
    image = Image(**told.pop("image")) if "image" in told else None
    told["tags"] = tuple(told.get("tags", ()))
    fixed = {"seq": seq, "column": column, "source": "x", "first_seen": WHEN}
    return Post(**fixed | told, authors=authors, related=related, image=image)


def whole_of(*channels: Channel) -> Channel:
    return whole_channel(SITE, channels, feed_id="tag:post.example,2026:feed/all", most=50, created=WHEN)


@cache
def grammar() -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(CASES / "atom.rng"))


def assert_valid(document: bytes) -> None:
    """RFC 4287 appendix B, and the note there that every entry has an author."""
    tree = etree.fromstring(document)
    assert grammar().validate(tree), grammar().error_log
    assert all(entry.find(f"{ATOM}author") is not None for entry in tree.iter(f"{ATOM}entry"))


def parsed(document: bytes) -> Any:
    found = feedparser.parse(BytesIO(document), sanitize_html=False, resolve_relative_uris=False)
    assert not found.bozo, found.get("bozo_exception")
    return found


def read_by_feedsmith(documents: Sequence[bytes]) -> list[Any]:
    """What npm's feedsmith, the reader that keeps most, makes of them."""
    assert (NPM / "node_modules" / "feedsmith").is_dir(), "run `npm ci` in tests/npm, or `./dev test`, which does it"
    node = Path(sys.executable).parent / "node"
    done = subprocess.run(
        [node, NPM / "read_feed.mjs"],
        input=json.dumps([document.decode() for document in documents]),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("kind", FORMATS)
def test_a_document_is_what_it_was(name: str, kind: str) -> None:
    expected = CASES / "documents" / f"{name}.{kind}.xml"
    written = FORMATS[kind](channel_of(name))
    if os.environ.get("GOLDEN") == "write":
        expected.write_bytes(written)
    assert written.decode() == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_atom_document_follows_the_grammar_of_rfc_4287(name: str) -> None:
    assert_valid(atom_bytes(channel_of(name)))
    assert_valid(atom_bytes(whole_of(channel_of(name), a_channel(a_full_post()))))


@pytest.mark.parametrize("write", FORMATS.values(), ids=FORMATS)
def test_the_same_posts_give_the_same_bytes_at_any_time(write: Callable[[Channel], bytes], time_machine: Any) -> None:
    first = write(channel_of("full"))
    time_machine.move_to(datetime(2031, 1, 1, tzinfo=UTC))
    assert write(channel_of("full")) == first


@pytest.mark.parametrize("write", FORMATS.values(), ids=FORMATS)
def test_the_locale_of_the_process_is_left_alone(
    write: Callable[[Channel], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the locale was touched")

    monkeypatch.setattr(locale, "setlocale", refuse)
    assert b"2026" in write(channel_of("full"))


def test_rss_dates_are_english_with_an_offset() -> None:
    assert rfc822(WHEN) == "Sat, 14 Mar 2026 06:30:00 +0000"


@pytest.mark.parametrize("write", FORMATS.values(), ids=FORMATS)
def test_a_browser_finds_the_stylesheet_before_the_root(write: Callable[[Channel], bytes]) -> None:
    for channel, href in ((channel_of("full"), "../feed.css"), (whole_of(channel_of("full")), "feed.css")):
        root = etree.fromstring(write(channel))
        instruction = root.getprevious()
        assert (instruction.target, dict(instruction.attrib)) == ("xml-stylesheet", {"type": "text/css", "href": href})


def test_a_blurb_stands_with_its_author_and_in_the_text() -> None:
    entry = etree.fromstring(atom_bytes(channel_of("full"))).find(f"{ATOM}entry")
    blurb = "Mira Voss writes about harbours. She can be reached at mira@post.example."
    assert [author.findtext(f"{SCHEMA}description") for author in entry.iter(f"{ATOM}author")] == [blurb, None]
    assert blurb in entry.findtext(f"{ATOM}content")


def test_related_stories_are_links_of_the_entry_with_all_their_attributes() -> None:
    entry = etree.fromstring(atom_bytes(channel_of("full"))).find(f"{ATOM}entry")
    assert [dict(link.attrib) for link in entry.iter(f"{ATOM}link")] == [
        {"href": "https://post.example/harbour-notes/eleven-minutes.html"},
        {"rel": "related", "href": "https://post.example/seawall?a=1&b=2", "title": "Who owns the seawall?"},
    ]


def test_an_entry_in_the_feed_of_all_columns_names_its_own_feed() -> None:
    source = etree.fromstring(atom_bytes(whole_of(channel_of("full")))).find(f"{ATOM}entry/{ATOM}source")
    assert source.findtext(f"{ATOM}id") == "tag:post.example,2026:feed/harbour-notes"
    assert source.findtext(f"{ATOM}updated") == "2026-03-15T09:00:30+00:00"
    item = etree.fromstring(rss_bytes(whole_of(channel_of("full")))).find("channel/item/source")
    assert (item.text, item.get("url")) == ("Harbour Notes", "https://post.example/harbour-notes/rss.xml")


def test_rss_puts_the_description_before_the_full_text_and_the_channel_s_link_is_its_page() -> None:
    channel = etree.fromstring(rss_bytes(channel_of("full"))).find("channel")
    assert channel.findtext("link") == "https://post.example/harbour-notes/"
    assert channel.find(f"{ATOM}link").get("rel") == "self"
    for item in channel.iter("item"):
        names = [child.tag for child in item]
        assert names.index("description") < names.index(CONTENT)
        assert item.find("guid").get("isPermaLink") == "false"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_feedparser_reads_atom_back_as_it_was(name: str) -> None:
    channel = channel_of(name)
    found = parsed(atom_bytes(channel))
    assert (found.feed.id, found.feed.title) == (channel.feed_id, channel.title)
    assert len(found.entries) == len(channel.entries)
    for entry, written in zip(found.entries, channel.entries, strict=True):
        assert (entry.id, entry.link, entry.title) == (written.id, written.link, written.title)
        assert [author.name for author in entry.authors] == [author.name for author in written.authors]
        assert datetime(*entry.published_parsed[:6], tzinfo=UTC) == written.published
        assert datetime(*entry.updated_parsed[:6], tzinfo=UTC) == written.updated
        assert entry.content[0].value.startswith("<") == written.content.startswith("<")
        if written.summary:
            assert entry.summary == written.summary
        else:
            assert entry.get("summary", entry.content[0].value) == entry.content[0].value


@pytest.mark.parametrize("kind", FORMATS)
def test_fastfeedparser_reads_both_back_as_they_were(kind: str) -> None:
    channel = channel_of("full")
    found = fastfeedparser.parse(FORMATS[kind](channel))
    for entry, written in zip(found.entries, channel.entries, strict=True):
        assert (entry["id"], entry["link"], entry["title"]) == (written.id, written.link, written.title)
        assert entry["content"][0]["value"] == written.content
        assert entry["author"] == written.authors[0].name


def test_feedsmith_reads_both_back_as_they_were() -> None:
    channels = [channel_of(name) for name in DOCUMENTS] + [whole_of(*map(channel_of, DOCUMENTS))]
    documents = [write(channel) for channel in channels for write in (atom_bytes, rss_bytes)]
    found = iter(read_by_feedsmith(documents))
    for channel in channels:
        _compare_atom(next(found), channel)
        _compare_rss(next(found), channel)


def _compare_atom(read: Any, channel: Channel) -> None:
    assert read["format"] == "atom"
    assert read["feed"]["id"] == channel.feed_id
    for entry, written in zip(read["feed"].get("entries", []), channel.entries, strict=True):
        assert (entry["id"], entry["title"]["value"]) == (written.id, written.title)
        assert entry["links"][0]["href"] == written.link
        people = [(one["name"], one.get("email", ""), one.get("uri", "")) for one in entry["authors"]]
        assert people == [(one.name, one.email, one.url) for one in written.authors]
        assert entry["content"]["type"] == "html"
        assert entry["content"].get("value", "").strip() == written.content
        assert datetime.fromisoformat(entry["published"]) == written.published
        assert datetime.fromisoformat(entry["updated"]) == written.updated
        assert entry.get("xml", {}).get("lang", channel.language) == written.language


def _compare_rss(read: Any, channel: Channel) -> None:
    assert read["format"] == "rss"
    assert read["feed"]["title"] == channel.title
    for item, written in zip(read["feed"].get("items", []), channel.entries, strict=True):
        assert item["guid"] == {"value": written.id, "isPermaLink": False}
        assert (item["title"], item["link"]) == (written.title, written.link)
        assert item["dc"]["creators"] == [author.name for author in written.authors]
        assert item.get("content", {}).get("encoded", "") == written.content
        assert item["pubDate"] == rfc822(written.published)


def test_an_icon_stands_in_atom() -> None:
    document = atom_bytes(replace(channel_of("full"), icon="https://post.example/icon.png"))
    assert_valid(document)
    assert etree.fromstring(document).findtext(f"{ATOM}icon") == "https://post.example/icon.png"


def test_a_body_of_a_mebibyte_is_written_whole() -> None:
    channel = a_channel(a_full_post(body="<p>" + "Tide. " * (2**20 // 6) + "</p>"))
    entry = etree.fromstring(atom_bytes(channel)).find(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}content") == channel.entries[0].content
    assert len(channel.entries[0].content) > 2**20 - 6


HARD = st.text(max_size=40) | st.text(
    alphabet="\x00\x07\x0b\x1f\x7f\x85\ud800\udfff\ufffe\uffff]]>&<\r\n \t'\"😀א", max_size=40
)


@given(title=HARD, body=HARD, name=HARD, url=HARD, tag=HARD, language=HARD)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_no_post_can_break_the_feed_it_stands_in(
    title: str, body: str, name: str, url: str, tag: str, language: str
) -> None:
    author = Author(key="x", name=name, blurb=body, email=url, url=url)
    story = RelatedStory(title=title, url=url, summary=body, image=Image(url=url, alt=name))
    hostile = a_full_post(
        2, title=title, summary=body, body=body, authors=(author,), url=url, tags=(tag,), language=language,
        related=(story, replace(story, url=f"https://x.example/{url}")), image=Image(url=url, alt=tag, caption=title),
    )  # fmt: skip
    channel = whole_of(a_channel(hostile, a_full_post(1)))
    document = atom_bytes(channel)
    assert_valid(document)
    entries = list(etree.fromstring(document).iter(f"{ATOM}entry"))
    for entry, written in zip(entries, channel.entries, strict=True):
        assert entry.findtext(f"{ATOM}title") == written.title
        assert entry.findtext(f"{ATOM}content") == written.content
    items = list(etree.fromstring(rss_bytes(channel)).iter("item"))
    for item, written in zip(items, channel.entries, strict=True):
        assert item.findtext("title") == written.title
        assert item.findtext(CONTENT) == written.content
        assert item.findtext(f"{DC}creator") == written.authors[0].name
