"""The full text that feeds carry."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import html as lxml_html

from publisher.feed.content import content_html
from publisher.model.author import Author, Link
from publisher.model.direction import direction_of
from publisher.model.media import Image
from publisher.model.post import Post, RelatedStory, with_media
from publisher.wording.catalogs import open_catalogs
from tests.shelves import SITE, a_full_post

LINK = "https://post.example/harbour-notes/post-1.html"


def told(post: Post, language: str = "en") -> str:
    return content_html(
        with_media(post, SITE.url), link=LINK, more_from="Post & Co", wording=open_catalogs().wording(language)
    )


def test_a_reader_gets_picture_standfirst_article_author_and_stories_in_this_order() -> None:
    text = lxml_html.fromstring(f"<div>{told(a_full_post())}</div>").text_content()
    parts = [
        "The lock at dawn", "The lock keeper has", "The pilot boat left", "Mira Voss writes", "More from Post & Co",
        "Who owns the seawall?", "Three offices", "The last net mender", "She has one", "A net across",
    ]  # fmt: skip
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_pictures_are_absolute_and_described() -> None:
    html = told(a_full_post())
    assert '<img src="https://post.example/media/lock.png" alt="A lock">' in html
    assert '<img src="https://post.example/media/quay.png" alt="The quay">' in html
    assert '<img src="https://post.example/media/wall.png" alt="A seawall">' in html


def test_a_related_story_is_a_link_where_its_address_is_known() -> None:
    html = told(a_full_post())
    assert '<a href="https://post.example/seawall?a=1&amp;b=2">Who owns the seawall?</a>' in html
    assert "<strong>The last net mender</strong>" in html


def test_a_story_without_a_title_is_told_by_its_address() -> None:
    story = RelatedStory(title=" ", url="https://post.example/x")
    assert ">https://post.example/x</a>" in told(a_full_post(related=(story,)))


def test_a_picture_that_the_article_shows_is_not_shown_twice() -> None:
    html = told(a_full_post(image=Image(url="media:quay.png", alt="The quay")))
    assert html.count("quay.png") == 1


def test_nothing_is_made_up_for_a_bare_post() -> None:
    bare = a_full_post(summary="", authors=(Author(key="x", name="X"),), image=None, related=(), body="<p>All.</p>")
    assert told(bare) == "<p>All.</p>"


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '" onload="x', "]]>", "&lt;b&gt;"])
def test_text_stays_text_wherever_it_stands(hostile: str) -> None:
    author = Author(
        key="x", name=hostile, blurb=hostile, url="https://x.example/", links=(Link(label=hostile, url="javascript:x"),)
    )
    story = RelatedStory(
        title=hostile, url=f"https://x.example/{hostile}", summary=hostile, image=Image(url="x", alt=hostile)
    )
    post = a_full_post(
        summary=hostile,
        authors=(author,),
        related=(story,),
        image=Image(url="https://x.example/a", alt=hostile, caption=hostile),
    )
    tree = lxml_html.fromstring(f"<div>{told(post)}</div>")
    assert not list(tree.iter("script"))
    assert {name for element in tree.iter() for name in element.attrib} <= {"href", "src", "alt"}
    assert "javascript" not in told(post)
    assert tree.text_content().count(hostile) >= 4


def test_a_picture_with_no_usable_address_is_left_out() -> None:
    assert "<figure>" not in told(a_full_post(image=Image(url="javascript:x"), related=()))


def test_arabic_is_wrapped_in_its_own_direction() -> None:
    html = told(a_full_post(language="ar"), language="ar")
    assert html.startswith('<div dir="rtl" lang="ar">')
    assert html.endswith("</div>")


@pytest.mark.parametrize(
    ("language", "direction"),
    [
        ("en", "ltr"),
        ("he-IL", "rtl"),
        ("az-Arab", "rtl"),
        ("ku-Latn", "ltr"),
        ("ur-Latn-PK", "ltr"),
        ("FA", "rtl"),
        ("", "ltr"),
    ],
)
def test_the_script_decides_the_direction(language: str, direction: str) -> None:
    assert direction_of(language) == direction


def test_the_bio_comes_after_the_blurb_a_paragraph_each() -> None:
    author = Author(key="mira", name="Mira", blurb="Mira writes.", bio="She came by sea.\n\nShe <stayed>.")
    html = told(replace(a_full_post(), authors=(author,)))
    assert "<p><em>Mira writes.</em></p>\n<p>She came by sea.</p>\n<p>She &lt;stayed&gt;.</p>" in html


@pytest.mark.parametrize(
    ("language", "heading", "correction"),
    [
        ("de-AT", "Mehr von Post & Co", "Berichtigung: It is 1994."),
        ("fr", "À lire aussi dans Post & Co", "Rectificatif\u00a0: It is 1994."),
        ("ar", "المزيد من Post & Co", "تصحيح: It is 1994."),
        ("pl", "More from Post & Co", "Correction: It is 1994."),
    ],
)
def test_our_own_words_are_in_the_language_of_the_post(language: str, heading: str, correction: str) -> None:
    text = lxml_html.fromstring(f"<div>{told(a_full_post(note='It is 1994.'), language)}</div>").text_content()
    assert heading in text
    assert correction in text
