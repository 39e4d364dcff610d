"""Web pages: each case is NAME.html with what must come out of it in NAME.expected.json."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from time import process_time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.collect.clean import clean_html, paragraphs_of
from publisher.collect.found import FoundPost
from publisher.collect.page.article import read_article
from publisher.collect.page.jsonld import nodes_of_scripts
from publisher.collect.page.listing import Listing, address_of, read_listing
from publisher.collect.page.moments import moment_of
from publisher.collect.page.selectors import Selectors
from publisher.collect.page.tree import decoded, parse, words

CASES = Path(__file__).parent / "cases" / "collect" / "page"
BERLIN = ZoneInfo("Europe/Berlin")
URL = "https://courier.example/notes/page"
AUTOMATIC = Selectors()
TEXT = "The lamp was electric by the time I came, and there was nothing to do but to listen to it hum."


def plain(post: FoundPost) -> dict[str, Any]:
    """The post as the expectation files write it: what is empty is left out, the text in paragraphs."""
    whole = asdict(post) | {"paragraphs": paragraphs_of(clean_html(post.body_html, URL))}
    del whole["body_html"], whole["base_url"]
    loaded: dict[str, Any] = without_empty(json.loads(json.dumps(whole, default=lambda moment: moment.isoformat())))
    return loaded


def without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_empty(inner) for key, inner in value.items() if inner}
    return [without_empty(inner) for inner in value] if isinstance(value, list) else value


def expected(case: Path, found: Any) -> Any:
    file = case.with_suffix(".expected.json")
    if os.environ.get("WRITE_EXPECTED"):
        file.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return json.loads(file.read_text(encoding="utf-8"))


def read(page: str | bytes, selectors: Selectors = AUTOMATIC) -> FoundPost:
    return read_article(page, URL, selectors, zone=BERLIN)


def a_page(*, head: str = "", body: str = "", title: str = "A hum") -> str:
    text = f"<div><p>{TEXT}</p><p>{TEXT[:60]}.</p></div>"
    return f"<html><head>{head}</head><body><h1>{title}</h1>{text}{body}</body></html>"


@pytest.mark.parametrize("case", sorted(CASES.glob("*.html")), ids=lambda path: path.stem)
def test_an_article_comes_out_as_expected(case: Path) -> None:
    found = plain(read(case.read_bytes()))
    assert found == expected(case, found)


@pytest.mark.parametrize("case", sorted((CASES / "listings").glob("*.html")), ids=lambda path: path.stem)
def test_a_columns_page_comes_out_as_expected(case: Path) -> None:
    found = without_empty(json.loads(json.dumps(asdict(read_listing(case.read_bytes(), URL, AUTOMATIC)))))
    assert found == expected(case, found)


@pytest.mark.parametrize("case", sorted(CASES.glob("*.html")), ids=lambda path: path.stem)
def test_the_encoding_changes_nothing(case: Path) -> None:
    text = case.read_text(encoding="utf-8")
    assert read(b"\xff\xfe" + text.encode("utf-16-le")) == read(text)


def test_the_markup_of_the_text_is_the_pages_own() -> None:
    html = read((CASES / "wordpress.html").read_bytes()).body_html
    assert "<strong>not three</strong>" in html
    assert '<a href="https://trees.example/rest">the old books</a>' in html
    assert "/uploads/pear-1024.jpg 1024w" in html
    assert "<th>Month</th><th>Cut</th>" in html


def test_selectors_go_before_all_that_is_guessed() -> None:
    page = """<html><head><meta property="og:title" content="Not this"></head><body>
    <b class="ttl">The title</b><i class="sum">The summary.</i><u class="who">Ada Brook and Tom Vale</u>
    <span class="day">3 May 2026, 14:05</span><span class="pic"><img src="/p.jpg" alt="A bridge"></span>
    <div class="txt">Short.</div><p class="b1">Ada Brook builds bridges.</p><p class="b1">Tom Vale walks over them.</p>
    <p class="b2">Tom Vale, it is said, has counted his steps.</p>
    <div class="also"><a href="/other">Another</a></div></body></html>"""
    selectors = Selectors(
        title=".ttl", summary=".sum", body=".txt", author=".who", blurb=".b1", bio=".b2", date=".day", image=".pic",
        related=".also",
    )  # fmt: skip
    found = plain(read(page, selectors))
    assert found == {
        "url": URL,
        "title": "The title",
        "summary": "The summary.",
        "published": "2026-05-03T14:05:00+02:00",
        "authors": [
            {"key": "ada-brook", "name": "Ada Brook", "blurb": "Ada Brook builds bridges."},
            {
                "key": "tom-vale",
                "name": "Tom Vale",
                "blurb": "Tom Vale walks over them.",
                "bio": "Tom Vale, it is said, has counted his steps.",
            },
        ],
        "image": {"url": "https://courier.example/p.jpg", "alt": "A bridge"},
        "related": [{"title": "Another", "url": "https://courier.example/other"}],
        "paragraphs": ["Short."],
    }


def test_links_by_selector_are_those_and_no_others() -> None:
    page = (
        '<div class="x"><a href="/one">1</a><a href="/no">x</a></div><a class="x" href="/two">2</a><a href="/3">3</a>'
    )
    found = read_listing(page, URL, Selectors(links=".x"))
    assert found.links == ("https://courier.example/one", "https://courier.example/two")


def test_an_item_list_says_which_links_they_are() -> None:
    script = """<script type="application/ld+json">{"@type": "ItemList", "itemListElement": [
      {"@type": "ListItem", "position": 1, "url": "/a"}, {"@type": "ListItem", "item": {"@id": "/b"}}]}</script>"""
    page = f"<html><head>{script}</head><body><h2><a href='/x'>X</a></h2><h2><a href='/y'>Y</a></h2></body></html>"
    assert read_listing(page, URL, AUTOMATIC).links == ("https://courier.example/a", "https://courier.example/b")


def test_a_page_without_links_to_articles_has_none() -> None:
    assert read_listing("<p>We are rebuilding.</p><a href='/'>Home</a>", URL, AUTOMATIC) == Listing()


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ('"Ada Brook"', ["Ada Brook"]),
        ('"By Ada Brook and Tom Vale"', ["Ada Brook", "Tom Vale"]),
        ('["Ada Brook", {"@type": "Person", "name": "Tom Vale"}]', ["Ada Brook", "Tom Vale"]),
        ('{"@type": "Person", "name": ["Ada Brook", "Tom Vale"]}', ["Ada Brook", "Tom Vale"]),
        ('[[{"name": "Ada Brook"}]]', []),
        ('{"@type": "Organization", "name": "The Courier"}', []),
        ('{"name": {"@value": "Ada Brook", "@language": "en"}}', ["Ada Brook"]),
        ('{"@list": [{"name": "Ada Brook"}]}', ["Ada Brook"]),
        ("17", []),
        ("true", []),
        ('{"name": null}', []),
        ('{"name": {"name": {"name": "Ada"}}}', []),
    ],
)
def test_authors_in_json_ld_may_be_of_any_kind(author: str, names: list[str]) -> None:
    script = (
        f'<script type="application/ld+json">{{"@type": "Article", "headline": "A hum", "author": {author}}}</script>'
    )
    assert [one.name for one in read(a_page(head=script)).authors] == names


@pytest.mark.parametrize(
    "script",
    [
        "[" * 100_000,
        '{"@graph": ' * 500 + "{}" + "}" * 500,
        '{"@type": "Article", "headline": "A hum", "@id": "a", "author": {"@id": "a"}}',
        '{"@type": "Article", "headline": ["A hum"], "datePublished": 1e999, "image": [[["x"]]], "keywords": {"a": 1}}',
        '{"@type": ["Article", 3, null], "headline": "A hum", "description": "a\nb", "url": "http://["}',
        '{"@type": "Article", "headline": {"@value": 9}, "author": ' + "9" * 5_000 + "}",
        "null", "", "<!-- {} -->", '"text"', "\x00", "{",
    ],
    ids=range(12),
)  # fmt: skip
def test_hostile_json_ld_costs_nothing_but_itself(script: str) -> None:
    post = read(a_page(head=f'<script type="application/ld+json">{script}</script>'))
    assert (post.title, paragraphs_of(post.body_html)[0]) == ("A hum", TEXT)


def test_what_json_ld_names_by_id_is_found() -> None:
    tree = parse('<script type="application/ld+json">[{"a": {"@id": "x"}}, {"@id": "x", "name": "Ada"}]</script>')
    assert nodes_of_scripts(tree)[0] == {"a": {"@id": "x", "name": "Ada"}}


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-05-03", "2026-05-03T00:00:00+02:00"),
        ("2026-05-03T10:00Z", "2026-05-03T10:00:00+00:00"),
        ("2026-05-03T10:00:00.123+0530", "2026-05-03T10:00:00.123000+05:30"),
        ("2026-05-03 10:00:00 UTC", "2026-05-03T10:00:00+00:00"),
        ("Sun, 03 May 2026 10:00:00 +0100", "2026-05-03T10:00:00+01:00"),
        ("Published on 3 May 2026", "2026-05-03T00:00:00+02:00"),
        ("3. Mai 2026", "2026-05-03T00:00:00+02:00"),
        ("0001-01-01T00:00:00+14:00", None),
        ("2026", None),
        ("yesterday", None),
        ("9" * 5_000, None),
    ],
)
def test_dates_are_read_in_their_own_zone_else_in_the_newsrooms(text: str, moment: str | None) -> None:
    found = moment_of(text, BERLIN)
    assert (found and found.isoformat()) == moment


@pytest.mark.parametrize(
    ("content", "content_type", "text"),
    [
        ("<p>Müller".encode("cp1252"), "text/html; charset=ISO-8859-1", "<p>Müller"),
        (b'<meta charset="windows-1251">' + "Да".encode("cp1251"), "", '<meta charset="windows-1251">Да'),
        ("é".encode(), "text/html; charset=nonsense", "é"),
        ("é".encode("cp1252"), "", "é"),
        ("Größe, Äußeres, Öfen, Müll".encode(), "text/html; charset=iso-8859-1", "Größe, Äußeres, Öfen, Müll"),
        (b"\xef\xbb\xbfx", "text/html; charset=ascii", "x"),
        ("é".encode(), "text/html; charset=zip", "é"),
    ],
)
def test_a_pages_charset_is_what_it_says_where_that_can_be(content: bytes, content_type: str, text: str) -> None:
    assert decoded(content, content_type) == text


@pytest.mark.parametrize(
    ("page", "told"),
    [
        ("", "empty"),
        ("<html></html>", "no title"),
        ("<h1>A title</h1>", "no text"),
        ("<p>" * 50_000, "elements"),
        ("x" * 9_000_000, "longer"),
    ],
)
def test_what_is_no_article_is_refused_in_one_sentence(page: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read(page)


def test_a_text_in_several_sections_is_whole() -> None:
    parts = [(1, 9), (2, 1)]
    sections = "".join(f"<section><h2>Part {number}</h2>{f'<p>{TEXT}</p>' * size}</section>" for number, size in parts)
    html = read(f"<h1>A hum</h1><article><div class=story>{sections}<p>The end.</p></div></article>").body_html
    assert (html.count(TEXT), html.count("<h2>"), html.count("The end.")) == (10, 2, 1)


def test_lists_in_lists_stay_whole() -> None:
    inner = "<ul><li>One<ul><li>two</li><li><a href=/3>three</a> and four</li></ul></li></ul>"
    html = read(f"<h1>A hum</h1><div><p>{TEXT}</p>{inner}<p>{TEXT} Again.</p></div>").body_html
    assert [part for part in paragraphs_of(html) if len(part) < 20] == ["One", "two", "three and four"]


def test_what_no_reader_sees_is_no_part_of_the_text() -> None:
    hidden = f'<p hidden>Hidden. {TEXT}</p><p style="Display : none">Hidden. {TEXT}</p>'
    page = f"<h1>A hum</h1><div><p>{TEXT}</p>{hidden}<p>{TEXT}</p><p>{TEXT}</p><p>{TEXT}</p><p>{TEXT}</p></div>"
    assert "Hidden" not in read(page).body_html


def test_teasers_that_are_paid_for_are_no_related_stories() -> None:
    own = "<li><a href='https://www.courier.example/x'>Our own story</a></li>"
    paid = "<li><a href='https://win.example/y'>One trick that dentists hate</a></li>"
    ads = "<div id=taboola-below><h3>Related</h3><ul><li><a href='/z'>Lose a stone in a week</a></li></ul></div>"
    post = read(a_page(body=f"<section class=related><h3>Related</h3><ul>{paid}{own}</ul></section>{ads}"))
    assert [story.title for story in post.related] == ["Our own story"]


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("<p class=byline>By <a href=/ada>Ada Brook</a>, Science editor | 3 May 2026</p>", ["Ada Brook"]),
        ("<span class=author-name>Ada Brook</span><span class=author-name>Tom Vale</span>", ["Ada Brook", "Tom Vale"]),
        ("<a rel='author nofollow' href=/ada>Ada Brook</a> <a rel=author>Ada Brook Staff writer</a>", ["Ada Brook"]),
        ("<div class=comments><span class=author>By Grumpy Reader</span></div>", []),
        ("<meta name=author content='https://x.example/ada'><p class=author>more</p>", []),
    ],
)
def test_bylines_are_found_by_the_customs_of_the_web(byline: str, names: list[str]) -> None:
    assert [one.name for one in read(a_page(body=byline)).authors] == names


@pytest.mark.parametrize(
    ("head", "box", "blurb", "bio"),
    [
        ("Ada covers locks.", "Ada Brook grew up on a barge.", "Ada covers locks.", "Ada Brook grew up on a barge."),
        ("Ada Brook grew up on a barge and on two…", "Ada Brook grew up on a barge and on two tugs.",
         "Ada Brook grew up on a barge and on two tugs.", ""),
        ("Ada covers locks.", "Ada covers locks. Write to her.", "Ada covers locks. Write to her.", ""),
    ],
)  # fmt: skip
def test_of_an_author_both_what_the_head_and_what_a_box_says_is_kept(head: str, box: str, blurb: str, bio: str) -> None:
    person = {"@type": "Person", "name": "Ada Brook", "description": head}
    told = json.dumps({"@context": "https://schema.org", "@type": "NewsArticle", "headline": "A hum", "author": person})
    post = read(
        a_page(
            head=f'<script type="application/ld+json">{told}</script>',
            body=f"<aside class='author-bio'><h3>Ada Brook</h3><p>{box}</p></aside>",
        )
    )
    assert [(author.name, author.blurb, author.bio) for author in post.authors] == [("Ada Brook", blurb, bio)]


def test_a_canonical_address_elsewhere_or_of_the_front_page_is_not_believed() -> None:
    for wrong in ("https://courier.example/", "https://thief.example/x", "http://["):
        assert read(a_page(head=f'<link rel="canonical" href="{wrong}">')).url == URL
    assert read(a_page(head='<link rel="canonical" href="/true">')).url == "https://courier.example/true"


def test_an_address_is_the_same_however_the_visitor_is_counted() -> None:
    assert address_of("https://a.example/x?id=3&utm_source=y#top") == "https://a.example/x?id=3"
    assert address_of("https://a.example/x?a=1&b=") == "https://a.example/x?a=1&b="


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 15_000 + TEXT,
        "<p>a" * 10_000,
        "<a href='/x'>More from us</a>" * 7_500,
        "<h2>Related</h2><p><a href='/1'>One</a></p>" * 2_500,
        "<div class='author-bio'><h3>About the author</h3>" * 1_500,
        "<span class='byline related share'>by Ada Brook</span>" * 7_500,
        "<div itemscope itemprop=author itemtype='Person'>" * 5_000,
        f"<h1>x</h1><div>{'<p>' + TEXT + '</p>' * 1}</div>" * 3_000,
        "<ul>" + "<li><img src=x><h3><a href=/y>z</a></h3>" * 3_500,
        "<table><tr><td>" * 5_000,
        "<time>3 May 2026</time>" * 6_000,
        "&amp;" * 50_000,
        "<p>" + "word " * 200_000,
    ],
    ids=range(13),
)
def test_no_page_takes_more_than_a_few_seconds(page: str) -> None:
    start = process_time()
    for reading in (read, lambda text: read_listing(text, URL, AUTOMATIC)):
        try:
            reading(f"<title>x</title>{page}")
        except ValueError as told:
            assert str(told)  # noqa: PT017  either it is read, or the reason is told
    assert process_time() - start < 6


PIECES = st.sampled_from(
    [
        "<p>", "</p>", "<div class='author-bio'>", "</div>", "<h1>", "</h1>", "<h2>Related</h2>", "<a href='/x'>",
        "</a>", "<a rel=author href='//['>", "<img src='x' alt='y'>", "<table><td>", "</table>", "<ul><li>",
        "<article>",
        "<script type='application/ld+json'>{\"@type\":\"Article\",\"headline\":", "</script>", "By Ada Brook",
        "<time datetime='x'>", "<meta property='og:title' content='", "'>", "<span itemscope itemprop='author'>", TEXT,
        "Ada Brook is a writer.", "<body>", "<html lang=x>", "<noscript>", "<!--", "<svg><title>", "\ud800", "&#0;",
    ]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(PIECES | st.text(max_size=8), max_size=40).map("".join))
def test_no_page_is_a_crash(page: str) -> None:
    for reading in (read, lambda text: read_listing(text, URL, AUTOMATIC)):
        try:
            reading(page)
        except ValueError as told:
            assert str(told)  # noqa: PT017  either it is read, or the reason is told


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_are_a_crash(content: bytes) -> None:
    try:
        read(content)
    except ValueError as told:
        assert str(told)  # noqa: PT017  either it is read, or the reason is told


NAMES = (
    "@type", "@id", "@graph", "@list", "name", "author", "image", "headline", "url", "keywords", "relatedLink",
    "datePublished", "sameAs",
)  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)


def grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6)


@settings(max_examples=40, deadline=None)
@given(st.recursive(LEAVES, grown, max_leaves=12))
def test_no_json_ld_is_a_crash(value: Any) -> None:
    whole = json.dumps(
        [{"@type": "Article", "headline": "A hum", "author": value, "relatedLink": value, "image": value}, value]
    )
    post = read(a_page(head=f'<script type="application/ld+json">{whole.replace("</", "<")}</script>'))
    assert words(parse(post.body_html))
