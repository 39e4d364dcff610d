"""Addresses in feeds: safe, and absolute."""

from __future__ import annotations

import re

import nh3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.feed.address import absolute_html, mail_address, web_address

BASE = "https://post.example/notes/one.html"


@pytest.mark.parametrize(
    ("given_address", "kept"),
    [
        ("https://post.example/a?b=c&d=e#f", "https://post.example/a?b=c&d=e#f"),
        (" HTTP://post.example/ ", "HTTP://post.example/"),
        ('https://post.example/a b"<c>', "https://post.example/a%20b%22%3Cc%3E"),
        ("https://post.example/\x0btide", "https://post.example/tide"),
        ("https://hafen.example/flut-und-öbbe?x=ä", "https://hafen.example/flut-und-%C3%B6bbe?x=%C3%A4"),
        ("https://häfen.example:8080/%C3%B6?a=b&c=[d]", "https://xn--hfen-loa.example:8080/%C3%B6?a=b&c=[d]"),
        ("https://ü@häfen.example/", "https://%C3%BC@xn--hfen-loa.example/"),
        ("https://-ö-.example/", ""),
        ("https://ö..example/", ""),
        ("https://:80/ö", ""),
        ("javascript:alert(1)", ""),
        ("java\x00script:alert(1)", ""),
        ("data:text/html,hello", ""),
        ("https://", ""),
        ("//post.example/", ""),
        ("tide tables", ""),
        ("", ""),
    ],
)
def test_only_addresses_that_are_safe_to_follow_stand_in_a_feed(given_address: str, kept: str) -> None:
    assert web_address(given_address) == kept


@pytest.mark.parametrize(
    ("written", "kept"), [("mira@post.example", "mira@post.example"), ("mira", ""), ("a b@c", ""), ("@", "")]
)
def test_a_mail_address_has_two_sides(written: str, kept: str) -> None:
    assert mail_address(written) == kept


@pytest.mark.parametrize(
    ("html", "absolute"),
    [
        ('<a href="two.html">x</a>', '<a href="https://post.example/notes/two.html">x</a>'),
        ('<a href="/two?a=1&amp;b=2">x</a>', '<a href="https://post.example/two?a=1&amp;b=2">x</a>'),
        ('<a href="#note-1">1</a>', '<a href="https://post.example/notes/one.html#note-1">1</a>'),
        ('<img alt="a" src="//cdn.example/a.png">', '<img alt="a" src="https://cdn.example/a.png">'),
        ('<video poster="../p.jpg"></video>', '<video poster="https://post.example/p.jpg"></video>'),
        ('<q cite="/said">x</q>', '<q cite="https://post.example/said">x</q>'),
        (
            '<img srcset="a.png 1x, /b,c.png 2x,https://cdn.example/d.png 3x">',
            '<img srcset="https://post.example/notes/a.png 1x, https://post.example/b,c.png 2x, '
            'https://cdn.example/d.png 3x">',
        ),
        ('<img src="media:a.png">', '<img src="media:a.png">'),
        ('<a href="mailto:mira@post.example">x</a>', '<a href="mailto:mira@post.example">x</a>'),
        ('<a href="">x</a>', '<a href="">x</a>'),
        ('<a href="//[">x</a>', '<a href="#">x</a>'),
        ('<a title="1 > 0" href="b">x</a>', '<a title="1 > 0" href="https://post.example/notes/b">x</a>'),
    ],
)
def test_nothing_relative_leaves_the_house(html: str, absolute: str) -> None:
    assert absolute_html(html, BASE) == absolute


def test_an_article_about_html_keeps_its_words() -> None:
    html = '<p>Write &lt;img src="a.png"&gt;, then href="b" = 3 &lt; 4.</p>'
    assert absolute_html(html, BASE) == html


@given(st.text(alphabet=st.sampled_from('<>"=/ abhrefsrc:?#&;,\n'), max_size=80))
def test_any_cleaned_html_keeps_its_words_and_has_no_relative_address(text: str) -> None:
    html = nh3.clean(text + '<a href="' + text + '">x</a>', link_rel=None)
    resolved = absolute_html(html, BASE)
    assert re.sub(r"<[^<>]*>", "", resolved) == re.sub(r"<[^<>]*>", "", html)
    assert all(":" in found or not found or found == "#" for found in re.findall(r'<a href="([^"]*)"', resolved))


def test_a_huge_tag_that_never_ends_takes_no_longer_than_its_length() -> None:
    for hostile in ("<a " + "x " * 100_000, "<a" + ' x="y"' * 50_000, "<" * 100_000, '<a "' + " =" * 100_000):
        assert absolute_html(hostile, BASE) == hostile
    srcset = "a, " * 100_000
    assert absolute_html(f'<img srcset="{srcset}">', BASE).count("https://") == 100_000
