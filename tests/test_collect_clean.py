"""What a stranger's HTML becomes."""

from __future__ import annotations

import re
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.collect.clean import absolute, clean_html, clean_text, paragraphs_of, text_of

BASE = "https://x.example/a/b.html"
MEDIA = "media:0123456789abcdef0123.png"


@pytest.mark.parametrize(
    ("given_html", "kept"),
    [
        ('<p dir="rtl" lang="he">א</p>', '<p dir="rtl" lang="he">א</p>'),
        ('<a href="c.html?a=1&b=2">x</a>', '<a href="https://x.example/a/c.html?a=1&amp;b=2">x</a>'),
        ('<a href="//y.example/z">x</a>', '<a href="https://y.example/z">x</a>'),
        ('<a href="mailto:a@y.example">x</a>', '<a href="mailto:a@y.example">x</a>'),
        (f'<img src="{MEDIA}">', f'<img src="{MEDIA}">'),
        (
            '<img src=c.png srcset="d.png 1x, /e,f.png 2x" loading=lazy onerror=x()>',
            '<img src="https://x.example/a/c.png" srcset="https://x.example/a/d.png 1x, '
            'https://x.example/e%2Cf.png 2x" loading="lazy">',
        ),
        (
            '<picture><source srcset="a.webp" type="image/webp"><img src="a.png" alt="A"></picture>',
            '<picture><source srcset="https://x.example/a/a.webp" type="image/webp">'
            '<img src="https://x.example/a/a.png" alt="A"></picture>',
        ),
        ('<img src="blank.gif" data-src="real.jpg">', '<img src="https://x.example/a/real.jpg">'),
        ("<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>", "<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>"),
        ("<details><summary>s</summary><p>t</p></details>", "<details><summary>s</summary><p>t</p></details>"),
        ("H<sub>2</sub>O <mark>m</mark> <code>c</code>", "H<sub>2</sub>O <mark>m</mark> <code>c</code>"),
        ("<p>“Quotes” & ’ \"as\" they are</p>", "<p>“Quotes” &amp; ’ \"as\" they are</p>"),
        ("<p>open <b>ends", "<p>open <b>ends</b></p>"),
        ('<a rel="nofollow" href="https://y.example/">x</a>', '<a rel="nofollow" href="https://y.example/">x</a>'),
    ],
)  # fmt: skip
def test_what_readers_need_is_kept(given_html: str, kept: str) -> None:
    assert clean_html(given_html, BASE) == kept


@pytest.mark.parametrize(
    ("given_html", "left"),
    [
        ("<script>alert(1)</script>a", "a"),
        ("<style>p{}</style>a<svg><script>x</script><text>t</text></svg>", "a"),
        ('<p onclick="x()" style="color:red" class="c" id="i">a</p>', "<p>a</p>"),
        ('<a href="javascript:x()">a</a>', "<a>a</a>"),
        ('<a href=" java\nscript:x()">a</a>', "<a>a</a>"),
        ('<a href="http://[">a</a>', "<a>a</a>"),
        ('<a href="#note">a</a>', "<a>a</a>"),
        ('<a href="media:../../secret">a</a>', "<a>a</a>"),
        ('<img src="data:image/png;base64,AAAA">a', "a"),
        ('<img src="https://t.example/p.gif" width="1" height="1">a', "a"),
        ('<img src="https://t.example/p.gif" style="display:none">a', "a"),
        ("<form action=/x>a<input name=n><button>Go</button></form>", "a"),
        ("a<!-- secret -->b", "ab"),
        ("a\x0bb&#xb;c\ue000d&#xE001;e\x00\ufffe", "abcde"),
        ("<textarea><img src=x></textarea>a", "a"),
        ("<math><mi>x</mi></math>a", "xa"),
        ('<math alttext="E=mc^2 &lt; 3"><mi>E</mi></math>', "<code>E=mc^2 &lt; 3</code>"),
        (
            '<math><mi>a</mi><annotation encoding="application/x-tex">\\frac{a}{b}</annotation></math>',
            "<code>\\frac{a}{b}</code>",
        ),
        ("<math><mtext><script>alert(1)</script><img src=x onerror=y></mtext></math>a", "a"),
    ],
)
def test_what_harms_or_spies_goes(given_html: str, left: str) -> None:
    assert clean_html(given_html, BASE) == left


def test_an_embedded_frame_becomes_a_link_to_what_it_shows() -> None:
    html = '<p>See: <iframe src="//v.example/embed/1" title="A &quot;film&quot;"></iframe></p>'
    assert clean_html(html, BASE) == '<p>See: <a href="https://v.example/embed/1">A "film"</a></p>'
    assert clean_html('<iframe src="https://v.example/1"></iframe>', BASE) == (
        '<a href="https://v.example/1">https://v.example/1</a>'
    )
    assert clean_html('<iframe srcdoc="<script>x</script>"></iframe>a', BASE) == "a"


def test_a_frame_cannot_smuggle_markup_past_the_patterns() -> None:
    cleaned = clean_html('<iframe src=x><img src="</iframe><img src=x onerror=alert(1)>">', BASE)
    assert "onerror" not in re.sub(r'"[^"]*"|>[^<]*<', "", cleaned)


PIECES = st.sampled_from(
    ["<p>", "</p>", "<b>", "<iframe src='", "</iframe>", "<img src=x ", "'", '"', ">", "<", "<svg>", "<script>", "x",
     "</script>", "<!--", "-->", "&lt;", "&#x", "b;", "<a href=//y>", "onerror=1 ", "<table>", "<td>", "style=",
     "\ue000",      "<math>", "<plaintext>", "<title>", "<noscript>", "]]>", "<![CDATA[", "srcset='a 1x, b'",
     "\x0b", "é", "media:x"]
)  # fmt: skip


@settings(max_examples=60)
@given(st.lists(PIECES, max_size=25).map("".join))
def test_cleaning_what_is_clean_changes_nothing(html: str) -> None:
    once = clean_html(html, BASE)
    assert clean_html(once, BASE) == once


@settings(max_examples=60)
@given(st.lists(PIECES, max_size=25).map("".join))
def test_nothing_active_is_ever_left(html: str) -> None:
    cleaned = clean_html(html, BASE).lower()
    tags = re.findall(r"<[^>]*>", re.sub(r'"[^"]*"', '""', cleaned))
    assert not any(re.search(r"<(script|iframe|svg|math|style|title|form)|\son\w+=|style=", tag) for tag in tags)
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ue000\ue001]", cleaned)


@pytest.mark.parametrize(
    "piece",
    ["<div>", "<!--", "<a href='x'", "<iframe src=x>", "<img ", "<b><i>", "<table>", "<p>", "a, ", "<", "&lt;", "&"],
)
def test_hostile_html_takes_no_time(piece: str) -> None:
    start = process_time()
    text_of(clean_html(piece * (300_000 // len(piece)), BASE))
    assert process_time() - start < 5


def test_what_is_nested_beyond_reason_keeps_its_words_only() -> None:
    assert clean_html("<div>" * 1000 + "a <i>b</i> &amp; c", BASE) == "<p>a b &amp; c</p>"


def test_text_is_one_line_of_plain_words() -> None:
    assert clean_text("  a\r\n\tb\x0b\ue000 c\u2028d ") == "a b c d"
    assert text_of("<h1>A &amp; B</h1><p>c<br>d <b>e</b>f</p><script>x</script>") == "A & B c d ef"
    assert paragraphs_of("<p>One.</p> <ul><li>Two</li><li>Three</li></ul>") == ["One.", "Two", "Three"]


@pytest.mark.parametrize(
    ("url", "found"),
    [("c", "https://x.example/a/c"), ("?q", "https://x.example/a/b.html?q"), ("ftp://y.example/", ""),
     ("http:///x", ""),     (MEDIA, MEDIA), ("mailto:nobody", ""), ("HTTPS://Y.example/é", "https://Y.example/é")],
)  # fmt: skip
def test_an_address_is_absolute_or_none(url: str, found: str) -> None:
    assert absolute(url, BASE) == found


def test_a_file_beside_the_post_is_asked_for_relative_addresses_only() -> None:
    asked: list[str] = []

    def beside(name: str) -> str | None:
        asked.append(name)
        return MEDIA if name == "a.png" else None

    html = '<img src="a.png"><img src="https://y.example/a.png"><img src="/a.png"><a href="other.pdf">x</a>'
    cleaned = clean_html(html, BASE, beside=beside)
    assert asked == ["a.png", "other.pdf"]
    assert cleaned.startswith(f'<img src="{MEDIA}"><img src="https://y.example/a.png">')
