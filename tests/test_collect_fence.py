"""The fence: what a feed or a page does to its reader is told in a sentence, and the next is read as ever."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.collect.feedsource import parse_feed
from publisher.collect.fence import Fence
from publisher.collect.page.article import read_article
from publisher.collect.page.listing import read_listing
from publisher.collect.page.selectors import Selectors

CASES = Path(__file__).parent / "cases" / "collect" / "feed"
DOCUMENTS = sorted(path for path in CASES.iterdir() if not path.name.endswith(".expected.json"))
URL = "https://gazette.example/feeds/feed.xml"
FEED = b"<rss version='2.0'><channel><title>Quiet</title><item><title>One</title></item></channel></rss>"
START = b"<rss version='2.0'><channel>"


@pytest.fixture(scope="module")
def shared() -> Iterator[Fence]:
    with Fence() as fence:
        yield fence


@pytest.fixture(scope="module")
def hurried() -> Iterator[Fence]:
    """Its children may compute for a second. To start one takes longer than most of what they are asked for here."""
    with Fence(children=1, cpu_seconds=1) as fence:
        yield fence


def test_every_feed_is_read_behind_the_fence_as_before_it(shared: Fence) -> None:
    for document in DOCUMENTS:
        content = document.read_bytes()
        assert shared.parse(content, url=URL) == parse_feed(content, url=URL)


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["", "text/xml", "text/html; charset=utf-7", "é"]))
def test_whatever_comes_the_answer_is_the_same_on_both_sides(shared: Fence, content: bytes, content_type: str) -> None:
    def told(parse: object) -> object:
        try:
            return parse(content, url=URL, content_type=content_type)
        except ValueError as wrong:
            return str(wrong)

    assert told(shared.parse) == told(parse_feed)


def test_half_characters_are_left_at_the_fence(shared: Fence) -> None:
    content = rb'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "a\ud800b"}]}'
    assert shared.parse(content, url=URL).posts[0].guid == "ab"


def test_a_feed_that_computes_without_end_is_given_up_and_the_next_is_read(hurried: Fence) -> None:
    with pytest.raises(ValueError, match="more than 1 s of computing"):
        hurried.parse(START + b"<item/>" * 400_000, url=URL)
    assert hurried.parse(FEED, url=URL).column_name == "Quiet"


def test_the_time_of_one_feed_is_not_taken_from_the_next(hurried: Fence) -> None:
    hurried.parse(FEED, url=URL)
    (child,) = hurried._idle
    enough = computed_seconds(child) + 1.6  # in one document it would be given up
    while computed_seconds(child) < enough:
        assert len(hurried.parse(START + b"<item><guid>x</guid></item>" * 2500, url=URL).posts) == 2500
    assert hurried._idle == [child]


def computed_seconds(child: subprocess.Popen[bytes]) -> float:
    """How long it has computed since it was started."""
    fields = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_feed_that_eats_memory_is_given_up_and_the_next_is_read() -> None:
    with Fence(memory_bytes=70 * 2**20) as fence:
        with pytest.raises(ValueError, match="more than 70 MiB of memory"):
            fence.parse(START + b"<title>" + b"&lt;" * 500_000, url=URL)
        assert fence.parse(FEED, url=URL).column_name == "Quiet"


def test_391_kib_of_comment_starts_take_no_time() -> None:
    with Fence(cpu_seconds=3) as fence, pytest.raises(ValueError, match="cut off or broken"):
        fence.parse(START + b"<title>" + b"<!--" * 100_000, url=URL)


def test_entities_are_refused_and_never_expanded(shared: Fence) -> None:
    layers = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    bomb = b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "ha">' + layers + b"]>" + START + b"<title>&l9;</title>"
    with pytest.raises(ValueError, match="declares entities"):
        shared.parse(bomb, url=URL)


def test_a_child_that_was_killed_is_told_and_replaced() -> None:
    with Fence(children=1) as fence:
        fence.parse(FEED, url=URL)
        (child,) = fence._idle
        os.kill(child.pid, signal.SIGTERM)
        with pytest.raises(ValueError, match="broke at it"):
            fence.parse(FEED, url=URL)
        assert fence.parse(FEED, url=URL).column_name == "Quiet"


def test_a_child_is_used_again_and_gone_at_the_end() -> None:
    with Fence(children=2) as fence:
        threads = [threading.Thread(target=fence.parse, args=(FEED,), kwargs={"url": URL}) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        children = list(fence._idle)
    assert 1 <= len(children) <= 2
    assert all(child.returncode == 0 for child in children)


def test_a_child_sees_no_secret_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELAY_PASSWORD", "open sesame")
    with Fence(children=1) as fence:
        fence.parse(FEED, url=URL)
        environment = Path(f"/proc/{fence._idle[0].pid}/environ")
        if environment.exists():
            assert b"sesame" not in environment.read_bytes()


PAGES = sorted((CASES.parent / "page").glob("*.html"))
BERLIN = ZoneInfo("Europe/Berlin")
ARTICLE = b"<html><h1>Fog</h1><article>" + b"<p>The lamp was electric by the time I came, and nobody lit it.</p>" * 5


def test_every_article_is_read_behind_the_fence_as_before_it(shared: Fence) -> None:
    for page in PAGES:
        content = page.read_bytes()
        there = shared.read_article(content, URL, Selectors(), zone=BERLIN)
        assert there == read_article(content, URL, Selectors(), zone=BERLIN)


def test_a_list_of_articles_is_read_behind_the_fence_as_before_it(shared: Fence) -> None:
    content = b"<html><h1>Notes</h1><h2><a href='/a'>One</a></h2><h2><a href='/b'>Two</a></h2><p class=x>"
    for selectors in (Selectors(), Selectors(links="a[href='/b']")):
        assert shared.read_listing(content, URL, selectors) == read_listing(content, URL, selectors)
    with pytest.raises(ValueError, match="the page is empty"):
        shared.read_listing(b"", URL, Selectors())


ENDLESS = ARTICLE + b"<p>Words of some length, all of them alike, and more than forty of them.</p>" * 24_000
HOSTILE = {
    "deep": ARTICLE + b"<div><b>" * 60_000 + b"in",
    "tables": ARTICLE + b"<table><tr><td>" * 8_000 + b"in",
    "attributes": ARTICLE + b"<p " + b" ".join(b"a%d=x" % number for number in range(120_000)) + b">x</p>",
    "comments": ARTICLE + b"<!--" * 100_000,
    "json": ARTICLE + b'<script type="application/ld+json">' + b'{"@graph":[' * 50_000 + b"</script>",
    "entities": ARTICLE + b"<p>" + b"&amp;" * 100_000 + b"</p>",
}


@pytest.mark.parametrize("name", [name for name in HOSTILE if name != "attributes"])  # they are given up: below
def test_a_hostile_page_costs_a_sentence_at_most_and_the_next_is_read(name: str, hurried: Fence) -> None:
    try:
        hurried.read_article(HOSTILE[name], URL, Selectors(), zone=BERLIN)
    except ValueError as wrong:
        assert "\n" not in str(wrong)  # noqa: PT017  to be read, too, is a good end
    assert hurried.read_article(ARTICLE, URL, Selectors(), zone=BERLIN).title == "Fog"


def test_a_page_that_computes_without_end_is_given_up_and_the_next_is_read(hurried: Fence) -> None:
    with pytest.raises(ValueError, match="more than 1 s of computing"):  # libxml2 compares each with each
        hurried.read_article(HOSTILE["attributes"], URL, Selectors(), zone=BERLIN)
    assert hurried.read_article(ARTICLE, URL, Selectors(), zone=BERLIN).title == "Fog"


def test_a_page_that_eats_memory_is_given_up_and_the_next_is_read() -> None:
    with Fence(children=1, memory_bytes=90 * 2**20) as fence:
        with pytest.raises(ValueError, match="more than 90 MiB of memory"):
            fence.read_article(ENDLESS, URL, Selectors(), zone=BERLIN)
        assert fence.read_article(ARTICLE, URL, Selectors(), zone=BERLIN).title == "Fog"
