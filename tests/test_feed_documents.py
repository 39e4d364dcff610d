"""Atom, RSS and JSON Feed as they are written: the very bytes, the grammar, the schema.

A case is a file: `tests/cases/feed/documents/NAME.toml` with a column and its posts, and
beside it the documents as they must come out. Run with REWRITE_GOLDEN=1 to write those
anew, then look at the difference. What other readers find in them: `test_feed_readers.py`.
"""

from __future__ import annotations

import json
import locale
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from lxml import etree

from publisher.feed.atom import atom_bytes
from publisher.feed.channel import Channel
from publisher.feed.extension import rfc822
from publisher.feed.jsonfeed import json_bytes
from publisher.feed.rss import rss_bytes
from publisher.model.author import Author
from publisher.model.media import Image
from publisher.model.post import RelatedStory
from tests.feed_cases import CASES, DOCUMENTS, FORMATS, channel_of_case, whole_of
from tests.golden import check_golden
from tests.shelves import WHEN, a_channel, a_full_post
from tests.test_feed_readers import NPM

ATOM = "{http://www.w3.org/2005/Atom}"
SCHEMA = "{https://schema.org/}"
DC = "{http://purl.org/dc/elements/1.1/}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"


@cache
def grammar() -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(CASES / "atom.rng"))


def assert_valid(document: bytes) -> None:
    """RFC 4287 appendix B, and the note there that every entry has an author."""
    tree = etree.fromstring(document)
    assert grammar().validate(tree), grammar().error_log
    assert all(entry.find(f"{ATOM}author") is not None for entry in tree.iter(f"{ATOM}entry"))


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("kind", FORMATS)
def test_a_document_is_what_it_was(name: str, kind: str) -> None:
    check_golden(CASES / "documents" / f"{name}.{kind}", FORMATS[kind](channel_of_case(name)))


@cache
def schema() -> Draft7Validator:
    text = (NPM / "node_modules" / "jsonfeed-schema" / "schema-v1.1.json").read_text(encoding="utf-8")
    return Draft7Validator(json.loads(text), format_checker=Draft7Validator.FORMAT_CHECKER)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_json_document_follows_the_schema_of_json_feed(name: str) -> None:
    for channel in (channel_of_case(name), whole_of(channel_of_case(name))):
        assert not list(schema().iter_errors(json.loads(json_bytes(channel))))


def test_the_schema_knows_a_date_that_is_none() -> None:
    document = json.loads(json_bytes(channel_of_case("full")))
    document["items"][0]["date_published"] = "yesterday"
    assert list(schema().iter_errors(document))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_atom_document_follows_the_grammar_of_rfc_4287(name: str) -> None:
    assert_valid(atom_bytes(channel_of_case(name)))
    assert_valid(atom_bytes(whole_of(channel_of_case(name), a_channel(a_full_post()))))


@pytest.mark.parametrize("write", FORMATS.values(), ids=FORMATS)
def test_the_same_posts_give_the_same_bytes_at_any_time(write: Callable[[Channel], bytes], time_machine: Any) -> None:
    first = write(channel_of_case("full"))
    time_machine.move_to(datetime(2031, 1, 1, tzinfo=UTC))
    assert write(channel_of_case("full")) == first


@pytest.mark.parametrize("write", FORMATS.values(), ids=FORMATS)
def test_the_locale_of_the_process_is_left_alone(
    write: Callable[[Channel], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the locale was touched")

    monkeypatch.setattr(locale, "setlocale", refuse)
    assert b"2026" in write(channel_of_case("full"))


def test_rss_dates_are_english_with_an_offset() -> None:
    assert rfc822(WHEN) == "Sat, 14 Mar 2026 06:30:00 +0000"


@pytest.mark.parametrize("write", [atom_bytes, rss_bytes])
def test_a_browser_finds_the_stylesheet_before_the_root(write: Callable[[Channel], bytes]) -> None:
    for channel, href in ((channel_of_case("full"), "../feed.css"), (whole_of(channel_of_case("full")), "feed.css")):
        root = etree.fromstring(write(channel))
        instruction = root.getprevious()
        assert (instruction.target, dict(instruction.attrib)) == ("xml-stylesheet", {"type": "text/css", "href": href})


def test_a_blurb_stands_with_its_author_and_in_the_text() -> None:
    entry = etree.fromstring(atom_bytes(channel_of_case("full"))).find(f"{ATOM}entry")
    blurb = "Mira Voss writes about harbours. She can be reached at mira@post.example."
    assert [author.findtext(f"{SCHEMA}description") for author in entry.iter(f"{ATOM}author")] == [blurb, None]
    assert blurb in entry.findtext(f"{ATOM}content")


def test_related_stories_are_links_of_the_entry_with_all_their_attributes() -> None:
    entry = etree.fromstring(atom_bytes(channel_of_case("full"))).find(f"{ATOM}entry")
    assert [dict(link.attrib) for link in entry.iter(f"{ATOM}link")] == [
        {"href": "https://post.example/harbour-notes/eleven-minutes.html"},
        {"rel": "related", "href": "https://post.example/seawall?a=1&b=2", "title": "Who owns the seawall?"},
    ]


def test_an_entry_in_the_feed_of_all_columns_names_its_own_feed() -> None:
    source = etree.fromstring(atom_bytes(whole_of(channel_of_case("full")))).find(f"{ATOM}entry/{ATOM}source")
    assert source.findtext(f"{ATOM}id") == "tag:post.example,2026:feed/harbour-notes"
    assert source.findtext(f"{ATOM}updated") == "2026-03-15T09:00:30+00:00"
    item = etree.fromstring(rss_bytes(whole_of(channel_of_case("full")))).find("channel/item/source")
    assert (item.text, item.get("url")) == ("Harbour Notes", "https://post.example/harbour-notes/rss.xml")


def test_rss_puts_the_description_before_the_full_text_and_the_channel_s_link_is_its_page() -> None:
    channel = etree.fromstring(rss_bytes(channel_of_case("full"))).find("channel")
    assert channel.findtext("link") == "https://post.example/harbour-notes/"
    assert channel.find(f"{ATOM}link").get("rel") == "self"
    for item in channel.iter("item"):
        names = [child.tag for child in item]
        assert names.index("description") < names.index(CONTENT)
        assert item.find("guid").get("isPermaLink") == "false"


def test_an_icon_stands_in_atom() -> None:
    document = atom_bytes(replace(channel_of_case("full"), icon="https://post.example/icon.png"))
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
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
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
    assert not list(schema().iter_errors(json.loads(json_bytes(channel))))
    items = list(etree.fromstring(rss_bytes(channel)).iter("item"))
    for item, written in zip(items, channel.entries, strict=True):
        assert item.findtext("title") == written.title
        assert item.findtext(CONTENT) == written.content
        assert item.findtext(f"{DC}creator") == written.authors[0].name
