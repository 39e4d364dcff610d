"""What foreign readers find in our documents: the same as stands in the posts.

feedparser and fastfeedparser (PyPI), feedsmith and rss-parser (npm).
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import fastfeedparser
import feedparser
import pytest

from publisher.feed.atom import atom_bytes
from publisher.feed.channel import Channel
from publisher.feed.entry import Entry
from publisher.feed.extension import rfc822
from publisher.feed.jsonfeed import json_bytes
from publisher.feed.rss import rss_bytes
from tests.feed_cases import DOCUMENTS, channel_of_case, whole_of

NPM = Path(__file__).parent / "npm"
XML = {"atom": atom_bytes, "rss": rss_bytes}
CASES = [*DOCUMENTS, "whole"]


def the_channel(name: str) -> Channel:
    return whole_of(*map(channel_of_case, DOCUMENTS)) if name == "whole" else channel_of_case(name)


def parsed(document: bytes) -> Any:
    found = feedparser.parse(BytesIO(document), sanitize_html=False, resolve_relative_uris=False)
    assert not found.bozo, found.get("bozo_exception")
    return found


def read_by_npm(reader: str, documents: Sequence[bytes]) -> list[Any]:
    """What a reader from npm makes of them."""
    assert (NPM / "node_modules" / reader).is_dir(), "run `npm ci` in tests/npm, or `./dev test`, which does it"
    node = Path(sys.executable).parent / "node"
    done = subprocess.run(
        [node, NPM / "read_feed.mjs", reader],
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


@pytest.mark.parametrize("name", CASES)
def test_feedparser_reads_atom_back_as_it_was(name: str) -> None:
    channel = the_channel(name)
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


@pytest.mark.parametrize("kind", XML)
@pytest.mark.parametrize("name", CASES)
def test_fastfeedparser_reads_both_back_as_they_were(name: str, kind: str) -> None:
    channel = the_channel(name)
    if not channel.entries:
        return  # it refuses a feed without entries
    found = fastfeedparser.parse(XML[kind](channel))
    for entry, written in zip(found.entries, channel.entries, strict=True):
        assert (entry["id"], entry["link"], entry["title"]) == (written.id, written.link, written.title)
        assert entry["content"][0]["value"] == written.content
        assert entry["author"] == written.authors[0].name


def test_feedsmith_reads_all_three_back_as_they_were() -> None:
    channels = [the_channel(name) for name in CASES]
    documents = [write(channel) for channel in channels for write in (atom_bytes, rss_bytes, json_bytes)]
    found = iter(read_by_npm("feedsmith", documents))
    for channel in channels:
        _compare_atom(next(found), channel)
        _compare_rss(next(found), channel)
        _compare_json(next(found), channel)


def _compare_atom(read: Any, channel: Channel) -> None:
    assert read["format"] == "atom"
    assert read["feed"]["id"] == channel.feed_id
    by_rel = {link["rel"]: link["href"] for link in read["feed"]["links"]}
    assert by_rel.get("prev-archive", "") == (channel.older.atom if channel.older else "")
    assert by_rel.get("next-archive", "") == _newer(channel)
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
        _compare_atom_extras(entry, written)


def _newer(channel: Channel) -> str:
    return channel.archive.newer.atom if channel.archive else ""


def _compare_atom_extras(entry: Any, written: Entry) -> None:
    tags = [(tag["term"], tag["label"], tag["scheme"]) for tag in entry.get("categories", [])]
    assert tags == [(tag.term, tag.label, tag.scheme) for tag in written.categories]
    files = [link for link in entry["links"] if link.get("rel") == "enclosure"]
    assert [(file["href"], file["type"], file.get("length", 0)) for file in files] == [
        (file.url, file.type, file.length_bytes) for file in written.enclosures
    ]
    followed = [(one["ref"], one["href"]) for one in entry.get("thr", {}).get("inReplyTos", [])]
    assert followed == ([(written.follows.id, written.follows.link)] if written.follows else [])
    source = entry.get("source", {})
    assert source.get("id", "") == (written.origin.feed_id if written.origin else "")
    pictures = [one["url"] for one in entry.get("media", {}).get("contents", []) if one.get("medium") == "image"]
    assert pictures == ([written.image.url] if written.image else [])


def _compare_rss(read: Any, channel: Channel) -> None:
    assert read["format"] == "rss"
    assert read["feed"]["title"] == channel.title
    for item, written in zip(read["feed"].get("items", []), channel.entries, strict=True):
        assert item["guid"] == {"value": written.id, "isPermaLink": False}
        assert (item["title"], item["link"]) == (written.title, written.link)
        assert item["dc"]["creators"] == [author.name for author in written.authors]
        assert item["content"]["encoded"] == written.content
        assert item["pubDate"] == rfc822(written.published)
        assert [tag["name"] for tag in item.get("categories", [])] == [tag.label for tag in written.categories]
        files = [(one["url"], one["length"], one["type"]) for one in item.get("enclosures", [])]
        assert files == [(one.url, one.length_bytes, one.type) for one in written.enclosures[:1]]


def _compare_json(read: Any, channel: Channel) -> None:
    assert read["format"] == "json"
    assert (read["feed"]["title"], read["feed"]["feed_url"]) == (channel.title, channel.json_url)
    for item, written in zip(read["feed"].get("items", []), channel.entries, strict=True):
        assert (item["id"], item["url"], item["title"]) == (written.id, written.link, written.title)
        assert item["content_html"].strip() == written.content
        assert [author["name"] for author in item["authors"]] == [author.name for author in written.authors]
        assert datetime.fromisoformat(item["date_published"]) == written.published
        assert item.get("tags", []) == [tag.label for tag in written.categories]
        files = [(one["url"], one["mime_type"], one.get("size_in_bytes", 0)) for one in item.get("attachments", [])]
        assert files == [(one.url, one.type, one.length_bytes) for one in written.enclosures]


def test_rss_parser_reads_both_back_as_they_were() -> None:
    """It names what it finds by its own rules: `creator`, `content:encoded`, `isoDate`."""
    channels = [the_channel(name) for name in CASES]
    documents = [write(channel) for channel in channels for write in XML.values()]
    found = iter(read_by_npm("rss-parser", documents))
    for channel in channels:
        for kind in XML:
            read = next(found)
            assert read["title"] == channel.title
            for item, written in zip(read["items"], channel.entries, strict=True):
                content = item["content"] if kind == "atom" else item["content:encoded"]
                assert (item["link"], item["title"]) == (written.link, written.title)
                assert item["id" if kind == "atom" else "guid"] == written.id
                assert content.strip() == written.content
                assert item["author" if kind == "atom" else "creator"] == written.authors[0].name
                assert datetime.fromisoformat(item["isoDate"]) == written.published
