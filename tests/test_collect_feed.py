"""Feeds: each case is a file with what must come out of it in NAME.expected.json."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.collect.feedsource import declares_entities, parse_feed, read_feed_file
from publisher.collect.found import Found
from publisher.collect.tidy import tidy
from publisher.errors import SourceError

CASES = Path(__file__).parent / "cases" / "collect" / "feed"
DOCUMENTS = sorted(path for path in CASES.iterdir() if not path.name.endswith(".expected.json"))
URL = "https://gazette.example/feeds/feed.xml"


def plain(found: Found) -> dict[str, Any]:
    """The feed as the expectation files write it: posts tidied, and what is empty left out."""
    whole = asdict(found) | {"posts": [asdict(tidy(post, URL)) for post in found.posts]}
    loaded: dict[str, Any] = json.loads(json.dumps(without_empty(whole), default=str))
    return loaded


def without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_empty(inner) for key, inner in value.items() if inner}
    return [without_empty(inner) for inner in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize("case", DOCUMENTS, ids=lambda path: path.stem)
def test_a_feed_comes_out_as_expected(case: Path) -> None:
    found = plain(parse_feed(case.read_bytes(), url=URL))
    expected = case.with_suffix(".expected.json")
    if os.environ.get("WRITE_EXPECTED"):
        expected.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert found == json.loads(expected.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html><head><link rel=alternate type='application/rss+xml' href='/rss.xml'></head></html>",
         "HTML page.* https://gazette.example/rss.xml"),
        (b"<html><body>Not found</body></html>", "HTML page.* look on it"),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "neither RSS nor Atom .*<svg>"),
        (b"Hello, dear reader.", "plain text.*Hello, dear reader"),
        (b"\x89PNG\0\0", "binary"),
        (b"{}", "no JSON Feed"),
        (b"{broken", "cannot be read"),
        (b"[" * 200_000, "cannot be read"),
        (b'<?xml version="1.0"?><!-- x --><!DOCTYPE r [<!ENTITY a "b">]><rss version="2.0"/>', "entities"),
        ('<?xml version="1.0" encoding="utf-16"?><!DOCTYPE r [<!ENTITY a "b">]><rss/>'.encode("utf-16"), "entities"),
        (b"<rss version='2.0'><channel><title>x", "cut off"),
    ],
)  # fmt: skip
def test_what_is_no_feed_is_told_in_a_sentence(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "feed.xml"
    file.write_bytes(content)
    with pytest.raises(SourceError, match=told) as caught:
        read_feed_file("wire", file, max_bytes=10**6, base_url=URL)
    assert "\n" not in str(caught.value)
    assert "wire" in str(caught.value)


def test_an_empty_feed_is_a_feed_with_no_posts() -> None:
    found = parse_feed(b"<rss version='2.0'><channel><title>Quiet</title></channel></rss>", url=URL)
    assert found.column_name == "Quiet"
    assert found.posts == ()


@pytest.mark.parametrize(
    ("end", "count"), [("</item>", 2), ("</item></channel></rss", 2), ("</item", 1), ("", 1), ("</item><item", 2)]
)
def test_of_a_document_that_breaks_off_each_post_is_taken_that_is_whole(end: str, count: int) -> None:
    item = "<item><title>Tide {0}</title><guid>tide-{0}</guid>"
    content = f"<rss version='2.0'><channel>{item.format(1)}</item>{item.format(2)}{end}"
    found = parse_feed(content.encode(), url=URL)
    assert len(found.posts) == count
    assert "not well-formed" in found.problems[0]


def test_the_word_entity_in_a_text_declares_none() -> None:
    assert not declares_entities(b"<rss><![CDATA[<!DOCTYPE x [<!ENTITY a 'b'>]>]]></rss>")


def test_a_missing_or_huge_feed_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        read_feed_file("wire", tmp_path / "none.xml", max_bytes=100, base_url=URL)
    (tmp_path / "huge.xml").write_bytes(b" " * 101)
    with pytest.raises(SourceError, match="larger than 100 bytes"):
        read_feed_file("wire", tmp_path / "huge.xml", max_bytes=100, base_url=URL)


SNIPPETS = st.sampled_from(
    [b"<rss version='2.0'>", b"<channel>", b"<item>", b"</item>", b"<title>", b"</title>", b"<link/>", b"\xff", b"&x;",
     b"x",      b"<pubDate>1</pubDate>", b"<author>", b"<feed xmlns='http://www.w3.org/2005/Atom'>", b"<entry>",
     b"<content type='x'>",      b"<category/>", b"<image/>", b"<guid/>", b"]]>", b"<!--",
     b"<media:content url='a'/>", b"<updated>2026</updated>",
     b"<enclosure/>", b"<link>http://[</link>", b"<guid>http://[x</guid>", b"<rss xml:base='http://['>",
     b"<item xml:base='http://['>", b"<link href='http://[' rel='related' title='x'/>",
     b"<media:content url='http://['/>", b"<dc:creator>By and, and</dc:creator>"]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(SNIPPETS, max_size=20).map(b"".join))
def test_a_broken_feed_is_read_or_refused_in_words(content: bytes) -> None:
    try:
        found = parse_feed(content, url=URL)
    except ValueError as refused:
        assert str(refused)  # noqa: PT017  both ends are good ones
    else:
        assert all(tidy(post, URL).title for post in found.posts)
