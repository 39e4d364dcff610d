"""What is hard to carry arrives: other scripts, mathematics, large texts, every kind of address."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from lxml import etree
from lxml import html as lxml_html

from publisher.feed.address import web_address
from publisher.feed.lint import Severity, lint_feeds
from tests.feed_cases import FORMATS, channel_of_case
from tests.shelves import WHEN, a_channel, a_full_post

FILES = {"atom.xml": "world/atom.xml", "rss.xml": "world/rss.xml", "json": "world/feed.json"}
ADDRESS = re.compile(r'(?:src|href|poster|cite|srcset)="([^"]*)"')


def contents(kind: str) -> list[str]:
    """The HTML of each entry, newest first."""
    document = FORMATS[kind](channel_of_case("world"))
    if kind == "json":
        return [item["content_html"] for item in json.loads(document)["items"]]
    name = "{*}content" if kind == "atom.xml" else "{http://purl.org/rss/1.0/modules/content/}encoded"
    return [str(one.text) for one in etree.fromstring(document).iter(name) if one.get("medium") is None]


def test_the_lint_finds_no_error_in_them() -> None:
    documents = {path: FORMATS[kind](channel_of_case("world")) for kind, path in FILES.items()}
    faults = lint_feeds(documents, now=WHEN + timedelta(days=30))
    assert [str(fault) for fault in faults if fault.severity is Severity.ERROR] == []


@pytest.mark.parametrize("kind", FORMATS)
def test_every_address_in_a_text_is_absolute(kind: str) -> None:
    media = next(content for content in contents(kind) if "<video" in content)
    written = [part for value in ADDRESS.findall(media) for part in unescape(value).split(", ")]
    assert len(written) == 13
    assert all(re.match(r"https://|mailto:", address) for address in written)
    assert "https://post.example/media/a.png 1x" in written
    assert "https://post.example/world/b,c.webp 2x" in written


@pytest.mark.parametrize("kind", FORMATS)
def test_a_frame_has_become_a_link_and_mathematics_stays(kind: str) -> None:
    whole = "".join(contents(kind))
    assert '<a href="https://films.example/1">Ein Film</a>' in whole
    assert '<math xmlns="http://www.w3.org/1998/Math/MathML" alttext="x^2 &lt; 3">' in whole
    assert "<ruby>港<rp>(</rp><rt>みなと</rt>" in whole


@pytest.mark.parametrize("kind", FORMATS)
def test_texts_from_right_to_left_say_so(kind: str) -> None:
    by_language = dict.fromkeys(re.findall(r'^<div dir="rtl" lang="(\w+)">', "\n".join(contents(kind)), re.MULTILINE))
    assert list(by_language) == ["he", "ar"]


def test_titles_are_plain_text_escaped_once() -> None:
    titles = [item["title"] for item in json.loads(FORMATS["json"](channel_of_case("world")))["items"]]
    assert titles[:2] == ["Bilder & Töne", "Wie schnell steigt das Wasser? AT&T &amp; 2"]
    for kind in ("atom.xml", "rss.xml"):
        root = etree.fromstring(FORMATS[kind](channel_of_case("world")))
        entries = [*root.iter("{*}entry"), *root.iter("item")]
        assert [entry.findtext("{*}title") for entry in entries] == titles


def test_an_rss_description_is_html_that_says_what_the_summary_says() -> None:
    item = next(etree.fromstring(FORMATS["rss.xml"](channel_of_case("world"))).iter("item"))
    shown = lxml_html.fromstring(f"<div>{item.findtext('description')}</div>").text_content()
    assert shown == "R&D: <b> ist ein Tag, 1 < 2 & 3 > 2."


def test_addresses_in_other_scripts_are_written_as_uris() -> None:
    entry = next(entry for entry in channel_of_case("world").entries if entry.language == "ja")
    assert entry.link == "https://xn--j6w.example/%E5%A4%9C?%E7%81%AF=%E3%82%8A"
    assert web_address(entry.link) == entry.link


@pytest.mark.parametrize("kind", FORMATS)
def test_a_text_of_a_mebibyte_arrives_whole(kind: str) -> None:
    rows = "".join(f"<tr><td>{number}</td><td>Tide &amp; time</td></tr>" for number in range(28_000))
    channel = a_channel(a_full_post(body=f"<table><tbody>{rows}</tbody></table>"))
    assert len(channel.entries[0].content) > 2**20
    document = FORMATS[kind](channel)
    if kind == "json":
        assert json.loads(document)["items"][0]["content_html"] == channel.entries[0].content
    else:
        assert channel.entries[0].content in [one.text for one in etree.fromstring(document).iter()]
