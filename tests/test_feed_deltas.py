"""Deltas: the difference of two snapshots of a feed, and nothing but it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from publisher.feed.atom import atom_bytes
from publisher.feed.channel import Channel, Tombstone
from publisher.feed.deltas import delta, entries_of
from publisher.feed.jsonfeed import json_bytes
from publisher.feed.rss import rss_bytes
from publisher.feed.splice import Written
from tests.shelves import WHEN, a_channel, a_full_post

FORMATS = {"atom": atom_bytes, "rss": rss_bytes, "json": json_bytes}
ATOM = "{http://www.w3.org/2005/Atom}"
write_each = pytest.mark.parametrize("write", FORMATS.values(), ids=FORMATS)

# What could be taken for the line that opens or ends an entry, were it not escaped.
TRICKS = (
    "\n  </entry>\n  <entry>\n    <id>x</id>",
    "\n    </item>\n    <item>\n<guid isPermaLink='false'>x</guid>",
    '\n  }\n  {\n   "id": "x"\n "items": [',
    "]]>\n  <entry xml:lang='de'>",
    "plain",
)


def ids_in(document: bytes) -> list[str]:
    """The ids of its entries, as a parser finds them."""
    if document.startswith(b"{"):
        return [item["id"] for item in json.loads(document)["items"]]
    root = etree.fromstring(document)
    return [one.findtext(f"{ATOM}id") for one in root.iter(f"{ATOM}entry")] or [
        one.findtext("guid") for one in root.iter("item")
    ]


def snapshot(texts: dict[int, str]) -> Channel:
    return a_channel(
        *(a_full_post(number, title=text, body=f"<p>{text}</p>", summary=text) for number, text in texts.items())
    )


shelf = st.dictionaries(st.integers(1, 9), st.sampled_from(TRICKS), max_size=6)


@write_each
@given(before=shelf, after=shelf)
@settings(max_examples=40, deadline=None)
def test_a_delta_holds_just_what_differs_between_two_snapshots(
    write: Callable[[Channel], bytes], before: dict[int, str], after: dict[int, str]
) -> None:
    old, new = write(snapshot(before)), write(snapshot(after))
    known = {entry.id: entry for entry in snapshot(before).entries}
    changed = [entry.id for entry in snapshot(after).entries if known.get(entry.id) != entry]
    assert ids_in(delta(new, has=dict(entries_of(old)))) == changed


@write_each
@given(after=shelf)
@settings(max_examples=20, deadline=None)
def test_who_has_nothing_gets_the_document_as_it_is(write: Callable[[Channel], bytes], after: dict[int, str]) -> None:
    document = write(snapshot(after))
    assert delta(document, has={}) == document
    assert [id_ for id_, _ in entries_of(document)] == ids_in(document)


@write_each
def test_who_has_all_gets_a_feed_without_entries_that_can_still_be_read(write: Callable[[Channel], bytes]) -> None:
    document = write(snapshot({1: "one", 2: "two"}))
    rest = delta(document, has=dict(entries_of(document)))
    assert ids_in(rest) == []
    assert len(rest) < len(document) / 2
    assert b"Harbour Notes" in rest


def test_tombstones_come_with_every_delta() -> None:
    stone = Tombstone(ref="tag:post.example,2026:post/9", when=WHEN + timedelta(days=1))
    document = atom_bytes(replace(snapshot({1: "one"}), tombstones=(stone,)))
    assert stone.ref.encode() in delta(document, has=dict(entries_of(document)))


@write_each
def test_an_entry_has_the_same_digest_whatever_stands_around_it(write: Callable[[Channel], bytes]) -> None:
    alone, among = write(snapshot({2: "two"})), write(snapshot({1: "one", 2: "two", 3: "three"}))
    assert entries_of(alone)[0] in entries_of(among)


@pytest.mark.parametrize("document", [b"", b"{}", b'{"items": []}', b"<feed/>", b"<rss></rss>", b"\xff\xfe<"])
def test_a_document_of_another_shape_is_given_whole(document: bytes) -> None:
    assert delta(document, has={"x": "y"}) == document
    assert entries_of(document) == []


@pytest.mark.parametrize("write", [atom_bytes, rss_bytes])
@given(before=shelf, after=shelf)
@settings(max_examples=30, deadline=None)
def test_a_document_put_together_from_entries_written_before_is_the_same(
    write: Callable[..., bytes], before: dict[int, str], after: dict[int, str]
) -> None:
    written = Written(most_bytes=5_000)  # two entries or so
    channel = snapshot(after)
    other = replace(channel, language="de")
    for each in (snapshot(before), other, channel, channel, other):
        assert write(each, written) == write(each)
