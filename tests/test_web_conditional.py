"""Conditional requests, content codings, kinds of files: the pure parts of serving."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.entitytag import tag_of
from publisher.model.filekinds import kind_of
from publisher.web.coding import best_coding
from publisher.web.conditional import Conditions, Verdict, conditions_of, http_date, judge, seconds_of, tags_in

TAG = tag_of(b"<feed/>")
WHEN = 1_795_330_800
DATE = http_date(WHEN)
BEFORE, AFTER = http_date(WHEN - 1), http_date(WHEN + 1)
ANOTHER = tag_of(b"<feed />")


@pytest.mark.parametrize(
    ("asked", "verdict", "tag"),
    [
        (Conditions(), Verdict.SEND, ""),
        (Conditions(none_match=f'"{TAG}"'), Verdict.UNCHANGED, TAG),
        (Conditions(none_match=f'"{TAG}-gz"'), Verdict.UNCHANGED, f"{TAG}-gz"),
        (Conditions(none_match=f'W/"{TAG}-br"'), Verdict.UNCHANGED, f"{TAG}-br"),
        (Conditions(none_match=f'"a, b", W/"{TAG}"'), Verdict.UNCHANGED, TAG),
        (Conditions(none_match="*"), Verdict.UNCHANGED, ""),
        (Conditions(none_match=f'"{ANOTHER}"'), Verdict.SEND, ""),
        (Conditions(none_match=TAG), Verdict.SEND, ""),  # without quotes it is no tag
        (Conditions(none_match='""'), Verdict.SEND, ""),
        (Conditions(modified_since=DATE), Verdict.UNCHANGED, ""),
        (Conditions(modified_since=AFTER), Verdict.UNCHANGED, ""),
        (Conditions(modified_since=BEFORE), Verdict.SEND, ""),
        (Conditions(modified_since="yesterday"), Verdict.SEND, ""),
        # RFC 9110 §13.1.3: with a tag the date is not looked at
        (Conditions(none_match=f'"{ANOTHER}"', modified_since=DATE), Verdict.SEND, ""),
        (Conditions(none_match=f'"{TAG}"', modified_since=BEFORE), Verdict.UNCHANGED, TAG),
        # RFC 9110 §13.2.2: these come first
        (Conditions(match=f'"{ANOTHER}"', none_match=f'"{TAG}"'), Verdict.REFUSED, ""),
        (Conditions(match=f'"{TAG}-gz"'), Verdict.SEND, ""),
        (Conditions(match=f'W/"{TAG}"'), Verdict.REFUSED, ""),
        (Conditions(match="*"), Verdict.SEND, ""),
        (Conditions(unmodified_since=BEFORE), Verdict.REFUSED, ""),
        (Conditions(unmodified_since=DATE), Verdict.SEND, ""),
        (Conditions(unmodified_since="never"), Verdict.SEND, ""),
        (Conditions(match=f'"{TAG}"', unmodified_since=BEFORE), Verdict.SEND, ""),
    ],
)
def test_each_validator_is_honoured_alone_and_in_the_order_of_the_standard(
    asked: Conditions, verdict: Verdict, tag: str
) -> None:
    judged = judge(asked, tag=TAG, modified=WHEN)
    assert (judged.verdict, judged.tag) == (verdict, tag)


@given(st.lists(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters='"')), max_size=5))
def test_a_tag_is_found_in_any_list_of_tags(others: list[str]) -> None:
    named = ", ".join(f'W/"{other}"' for other in [*others, f"{TAG}-gz"])
    assert tags_in(named)[-1] == TAG
    assert judge(Conditions(none_match=named), tag=TAG, modified=WHEN).verdict is Verdict.UNCHANGED
    ours = any(other.startswith(TAG) for other in others)
    without = ", ".join(f'"{other}"' for other in others) or '""'
    assert ours or judge(Conditions(none_match=without), tag=TAG, modified=WHEN).verdict is Verdict.SEND


@given(st.text(max_size=60), st.text(max_size=60))
def test_nothing_that_a_client_writes_is_an_error(one: str, other: str) -> None:
    headers = [(b"if-none-match", one.encode()), (b"if-modified-since", other.encode()), (b"if-match", b"*")]
    assert judge(conditions_of(headers), tag=TAG, modified=WHEN).verdict in (Verdict.SEND, Verdict.UNCHANGED)
    assert best_coding(one + "," + other, ("br", "gzip")) in ("", "br", "gzip")


def test_a_field_that_comes_twice_is_one_list() -> None:
    asked = conditions_of([(b"host", b"x"), (b"if-none-match", b'"a"'), (b"if-none-match", f'"{TAG}"'.encode())])
    assert asked.none_match == f'"a", "{TAG}"'
    assert asked.asks_for_news
    assert not conditions_of([(b"host", b"x"), (b"accept", b"*/*")]).asks_for_news


@pytest.mark.parametrize(
    "date",
    ["Sun, 22 Nov 2026 07:00:00 GMT", "Sunday, 22-Nov-26 07:00:00 GMT", "Sun Nov 22 07:00:00 2026"],
)
def test_the_three_forms_of_a_date_are_understood(date: str) -> None:
    assert seconds_of(date) == int(datetime(2026, 11, 22, 7, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    "date", ["", "0", "Sun, 99 Foo 2026 07:00:00 GMT", "Sun, 22 Nov 99999999999 07:00:00 GMT", "ü"]
)
def test_what_is_no_date_is_none(date: str) -> None:
    assert seconds_of(date) is None


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("BR ; Q=1.0", "br"),
        ("*", "br"),
        ("br;q=0, *;q=0.5", "gzip"),
        ("identity", ""),
        ("gzip;q=0.5, identity", ""),
        ("", ""),
        ("deflate, zstd", ""),
        ("gzip;q=wrong", ""),
        ("gzip;q=7", ""),
        ("identity;q=0", ""),  # there is nothing else to send
        ("gzip;q=0.001", "gzip"),
    ],
)
def test_the_copy_that_a_client_likes_best_is_chosen(accepted: str, coding: str) -> None:
    assert best_coding(accepted, ("br", "gzip")) == coding


def test_without_a_copy_the_plain_file_is_chosen() -> None:
    assert best_coding("gzip, br", ()) == ""
    assert best_coding("gzip, br", ("gzip",)) == "gzip"


@pytest.mark.parametrize(
    ("name", "type_", "is_feed", "is_followed"),
    [
        ("atom.xml", "application/atom+xml; charset=utf-8", True, True),
        ("harbour/rss.xml", "application/rss+xml; charset=utf-8", True, True),
        ("tags/tides/feed.json", "application/feed+json; charset=utf-8", True, True),
        ("archive/2026-11/atom.xml", "application/atom+xml; charset=utf-8", True, False),
        ("harbour/archive/2026-11-2/rss.xml", "application/rss+xml; charset=utf-8", True, False),
        ("tags/2026-11/atom.xml", "application/atom+xml; charset=utf-8", True, True),
        ("tags/archive/rss.xml", "application/rss+xml; charset=utf-8", True, True),
        ("sitemap.xml", "application/xml; charset=utf-8", False, False),
        ("columns.opml", "text/x-opml; charset=utf-8", False, False),
        ("harbour/atom.html", "text/html; charset=utf-8", False, False),
        ("harbour/atom.xml.gz", "application/gzip", False, False),
        ("tool.js", "text/plain; charset=utf-8", False, False),
        ("nothing-known.of-this", "application/octet-stream", False, False),
    ],
)
def test_the_name_tells_the_kind(name: str, type_: str, is_feed: bool, is_followed: bool) -> None:
    kind = kind_of(name)
    assert (kind.type, kind.is_feed, kind.is_followed) == (type_, is_feed, is_followed)


@given(st.text(max_size=40))
def test_any_name_has_a_kind(name: str) -> None:
    kind = kind_of(name)
    assert kind.type
    assert kind.is_text or not kind.is_feed
