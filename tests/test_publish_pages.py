"""The pages: what stands in them, and what never does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from publisher.model.author import Author, Link
from publisher.model.media import Image
from publisher.model.post import Post, RelatedStory
from publisher.publish.pages import Setting, card_of, column_page, index_page, post_page
from publisher.publish.view import line_of, moment_of, post_view
from publisher.templating import open_templates
from tests.shelves import COLUMN, ILSE, MIRA, SITE, WHEN, a_channel, a_full_post

BERLIN = ZoneInfo("Europe/Berlin")
SETTING = Setting(name=SITE.name, url=SITE.url, language="en", zone=BERLIN, render=open_templates(None).render)


def read(page: bytes) -> Any:
    return lxml_html.document_fromstring(page.decode())


def the_post(post: Post) -> Any:
    return read(post_page(post, COLUMN, a_channel(), SETTING))


def the_column(*newest: Post, earlier: Sequence[Post] = (), authors: Sequence[Author] = ()) -> Any:
    lines = [line_of(post, COLUMN, zone=BERLIN) for post in earlier]
    channel = a_channel(*newest)
    return read(column_page(COLUMN, channel, newest=newest, earlier=lines, authors=authors, setting=SETTING))


def words(page: Any) -> str:
    return " ".join(page.find("body").text_content().split())


def test_a_post_has_headline_byline_article_blurb_bio_and_stories() -> None:
    page = the_post(a_full_post())
    assert [h1.text for h1 in page.iter("h1")] == ["Eleven minutes & post 1"]
    told = words(page)
    for part in (
        "By Mira Voss and Ilse Brandt", "14 March 2026", "The lock keeper has less time", "The lock at dawn",
        "The pilot boat left at four.", MIRA.blurb, "Mira grew up on a pilot boat.", "mended nets", "@mira",
        "More from The Harbour Post", "Who owns the seawall?", "Three offices", "The last net mender",
        "Picture: A net across two knees", "tides",
    ):  # fmt: skip
        assert part in told


def test_a_page_tells_its_one_address_and_both_feeds() -> None:
    page = the_post(a_full_post(url="https://elsewhere.example/lock"))
    links = {(link.get("rel"), link.get("type")): link.get("href") for link in page.iter("link")}
    assert links["canonical", None] == "https://elsewhere.example/lock"
    assert links["alternate", "application/atom+xml"] == "https://post.example/harbour-notes/atom.xml"
    assert links["alternate", "application/rss+xml"] == "https://post.example/harbour-notes/rss.xml"
    assert the_post(a_full_post()).find(".//link[@rel='canonical']").get("href") == (
        "https://post.example/harbour-notes/post-1.html"
    )


def test_a_column_shows_its_posts_and_who_writes_them() -> None:
    page = the_column(a_full_post(2), earlier=[a_full_post(1)], authors=[ILSE])
    told = words(page)
    assert "Tides, trade & the people" in told
    assert (
        "Eleven minutes & post 2 By Mira Voss and Ilse Brandt · 14 March 2026" in told.replace("2026 ·", "2026")
        or "Eleven minutes & post 2 By Mira Voss and Ilse Brandt 14 March 2026" in told
    )
    assert told.index("post 2") < told.index("Earlier") < told.index("post 1") < told.index("Written by")
    assert [card.text for card in page.iter("h3")] == ["Ilse Brandt", "Mira Voss"]
    assert MIRA.blurb in told
    assert page.find(".//img[@class='portrait']").get("src") == "../media/mira.png"
    assert page.find(".//link[@rel='canonical']").get("href") == "https://post.example/harbour-notes/"


def test_a_column_without_posts_says_so() -> None:
    assert "Nothing has been published here yet." in words(the_column())


def test_the_front_page_shows_every_column_with_its_newest_posts() -> None:
    channel = a_channel(a_full_post())
    page = read(index_page(channel, [card_of(COLUMN, channel, [a_full_post()], SETTING)], SETTING))
    hrefs = [link.get("href") for link in page.iter("a")]
    assert {"./harbour-notes/index.html", "./harbour-notes/post-1.html", "atom.xml", "rss.xml"} <= set(hrefs)


def test_pictures_of_ours_are_relative_and_those_of_others_stay() -> None:
    page = the_post(a_full_post(image=Image(url="https://cdn.example/a.png", alt="A")))
    assert [image.get("src") for image in page.iter("img")] == [
        "https://cdn.example/a.png", "../media/quay.png", "../media/mira.png", "../media/wall.png",
    ]  # fmt: skip
    assert the_post(a_full_post()).find(".//meta[@property='og:image']").get("content") == (
        "https://post.example/media/lock.png"
    )


def test_a_relative_link_belongs_to_where_the_post_was_published_first() -> None:
    body = '<p><a href="/tides">tides</a></p>'
    there = the_post(a_full_post(body=body, url="https://elsewhere.example/lock"))
    assert there.find(".//div[@class='body']//a").get("href") == "https://elsewhere.example/tides"
    assert the_post(a_full_post(body=body)).find(".//div[@class='body']//a").get("href") == "/tides"


def test_a_picture_that_the_article_shows_is_not_shown_twice() -> None:
    page = the_post(a_full_post(image=Image(url="media:quay.png")))
    assert [image.get("src") for image in page.iter("img")].count("../media/quay.png") == 1


def test_days_are_the_newsroom_s() -> None:
    late = WHEN.replace(hour=23, minute=30)
    assert moment_of(late, BERLIN, "en-GB").day == "15 March 2026"
    assert moment_of(late, BERLIN, "de").day == "2026-03-15"


@pytest.mark.parametrize(("later", "shown"), [(timedelta(minutes=5), False), (timedelta(days=2), True)])
def test_a_correction_on_a_later_day_is_told(later: timedelta, shown: bool) -> None:
    post = a_full_post(updated=a_full_post().published + later)
    assert ("updated 16 March 2026" in words(the_post(post))) is shown


@pytest.mark.parametrize(
    ("names", "byline"), [((), ""), (("A",), "A"), (("A", "B"), "A and B"), (("A", " ", "B", "C"), "A, B and C")]
)
def test_a_byline_lists_every_author(names: tuple[str, ...], byline: str) -> None:
    authors = tuple(Author(key=f"x{number}", name=name) for number, name in enumerate(names))
    view = post_view(a_full_post(authors=authors), COLUMN, root="..", site_url=SITE.url, zone=BERLIN)
    assert view.byline == byline


def test_a_page_in_arabic_runs_from_right_to_left() -> None:
    assert dict(the_post(a_full_post(language="ar")).attrib) == {"lang": "ar", "dir": "rtl"}


@given(text=st.text(max_size=40) | st.sampled_from(["<script>x</script>", '" onclick="x', "{{ 7 * 7 }}", "\x00\x1f"]))
@settings(max_examples=30, deadline=None)
def test_no_text_becomes_markup_script_or_style(text: str) -> None:
    author = Author(key="x", name=text, blurb=text, bio=text, email=text, url=text, links=(Link(label=text, url=text),))
    story = RelatedStory(title=text, url=f"javascript:{text}", summary=text, image=Image(url=text, alt=text))
    post = a_full_post(
        title=text, summary=text, authors=(author,), related=(story,), tags=(text,), image=Image(url=text, alt=text)
    )
    for page in (the_post(post), the_column(post)):
        assert not list(page.iter("style", "iframe", "form"))
        (data,) = page.iter("script")
        assert data.get("type") == "application/ld+json"
        assert json.loads(data.text)["@context"] == "https://schema.org"
        attributes = {name for element in page.iter() for name in element.attrib}
        assert not {name for name in attributes if name.startswith("on") or name == "style"}
        assert not [link for link in page.iter("a") if link.get("href", "").startswith("javascript")]
        assert len(list(page.iter("h1"))) == 1


def test_every_picture_has_a_description_and_every_section_a_name() -> None:
    for page in (the_post(a_full_post()), the_column(a_full_post(), earlier=[a_full_post(2)])):
        assert all("alt" in image.attrib for image in page.iter("img"))
        ids = {element.get("id") for element in page.iter() if element.get("id")}
        assert {element.get("aria-labelledby") for element in page.iter() if element.get("aria-labelledby")} <= ids
        assert page.find(".//main").get("id") == "main"
