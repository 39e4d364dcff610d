"""OPML as the wild writes it, read; and as we write it, read again."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from publisher.feed.opml import LARGEST_BYTES, FeedOutline, opml_bytes, read_opml

LIST = b"""<?xml version="1.0" encoding="UTF-8"?>
<!-- exported by a reader -->
<opml version="2.0">
  <head><title>What  I read &amp; like</title></head>
  <body>
    <outline text="Water">
      <outline text="Harbours" title="Harbours">
        <outline type="rss" text="tide" title="Tide Table" xmlUrl="https://tide.example/feed.xml" htmlUrl="https://tide.example/"/>
        <outline type="atom" text="Locks &lt;daily&gt;" xmlurl=" https://locks.example/atom?a=1&amp;b=2 "/>
      </outline>
      <outline text="A note that is no feed"/>
    </outline>
    <outline text="No type" xmlURL="feed://plain.example/rss"/>
    <outline text="Feed of https" xmlUrl="feed:https://safe.example/rss"/>
    <outline text="Given up" isComment="true"><outline text="Old" xmlUrl="https://old.example/rss"/></outline>
    <outline text="More" type="include" url="https://lists.example/more.opml"/>
  </body>
</opml>
"""


def test_a_list_is_read_with_its_folders_and_oddities() -> None:
    found = read_opml(LIST)
    assert found.title == "What I read & like"
    assert [(feed.title, feed.xml_url, feed.folders, feed.line) for feed in found.feeds] == [
        ("Tide Table", "https://tide.example/feed.xml", ("Water", "Harbours"), 8),
        ("Locks <daily>", "https://locks.example/atom?a=1&b=2", ("Water", "Harbours"), 9),
        ("No type", "http://plain.example/rss", (), 13),
        ("Feed of https", "https://safe.example/rss", (), 14),
    ]
    assert found.problems == (
        "line 16: another list (https://lists.example/more.opml) is not followed; import it by itself",
    )


def test_a_list_that_is_not_well_formed_is_read_as_far_as_it_goes() -> None:
    broken = LIST.replace(b"&amp;b=2", b"&b=2").replace(b"</body>\n</opml>", b"")
    found = read_opml(broken)
    assert [feed.xml_url for feed in found.feeds][:1] == ["https://tide.example/feed.xml"]
    assert "not well-formed" in found.problems[0]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no XML that can be read"),
        (b"Dear reader", "no XML that can be read"),
        (b"\x89PNG\r\n\x1a\n\0\0", "no XML that can be read"),
        (b"<rss version='2.0'/>", "no OPML .its root is <rss>"),
        (b'<!DOCTYPE opml [<!ENTITY a "b">]><opml><body/></opml>', "declares entities"),
        ('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE o [<!ENTITY a "b">]><opml/>'.encode("utf-16"), "entities"),
        (b" " * (LARGEST_BYTES + 1), "larger than 5 MiB"),
    ],
)
def test_what_is_no_list_is_told(content: bytes, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read_opml(content)


def test_nothing_outside_of_the_document_is_read() -> None:
    outside = b'<!DOCTYPE opml SYSTEM "file:///etc/passwd"><opml><body><outline text="x" xmlUrl="https://x.example"/></body></opml>'
    assert [feed.xml_url for feed in read_opml(outside).feeds] == ["https://x.example"]


def test_depth_beyond_measure_is_an_answer_and_no_crash() -> None:
    deep = b"<opml><body>" + b'<outline text="d">' * 50_000 + b"</outline>" * 50_000 + b"</body></opml>"
    assert read_opml(deep).problems


def test_what_we_write_is_opml_2() -> None:
    written = opml_bytes(
        "The Courier",
        [
            (
                "Harbour",
                [FeedOutline(title="a & b", xml_url="https://a.example/?x=1&y=2", html_url="https://a.example/")],
            )
        ],
    )
    assert written.decode() == (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        '<opml version="2.0">\n  <head>\n    <title>The Courier</title>\n  </head>\n  <body>\n'
        '    <outline text="Harbour">\n'
        '      <outline type="rss" text="a &amp; b" title="a &amp; b" xmlUrl="https://a.example/?x=1&amp;y=2"'
        ' htmlUrl="https://a.example/"/>\n'
        "    </outline>\n  </body>\n</opml>\n"
    )


def words() -> st.SearchStrategy[str]:
    return st.text(max_size=20)


@settings(max_examples=60, deadline=None)
@given(words(), st.lists(st.tuples(words(), st.lists(words(), max_size=3)), max_size=3))
def test_what_we_write_is_read_again(title: str, groups: list[tuple[str, list[str]]]) -> None:
    made = [
        (name, [FeedOutline(title=one, xml_url=f"https://feed.example/{number}") for number, one in enumerate(titles)])
        for name, titles in groups
    ]
    found = read_opml(opml_bytes(title, made))
    assert [feed.xml_url for feed in found.feeds] == [feed.xml_url for _, feeds in made for feed in feeds]
    assert found.problems == ()
    etree.fromstring(opml_bytes(title, made))


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=60), st.integers(0, len(LIST)), st.integers(0, 40))
def test_no_damage_does_more_than_a_message(noise: bytes, place: int, cut: int) -> None:
    content = LIST[:place] + noise + LIST[place + cut :]
    with contextlib.suppress(ValueError):
        assert all(feed.xml_url for feed in read_opml(content).feeds)
