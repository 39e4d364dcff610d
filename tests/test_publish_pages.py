"""The pages: what stands in them, and what never does."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from lxml import html as lxml_html

from publisher.model.author import Author, Link
from publisher.model.media import Enclosure, Image
from publisher.model.post import Post, RelatedStory
from publisher.publish.pages import author_page, card_of, column_page, index_page, month_page, post_page, tag_page
from publisher.publish.place import author_place, column_place, feed_links, page_label, tag_place
from publisher.publish.recording import recordings_of
from publisher.publish.sitemap import Spot, sitemap, sitemap_index
from publisher.publish.view import moment_of, post_view
from tests.page_site import BODY, COLUMNS, FEEDS, RECORDINGS, SETTING, TOP, pages
from tests.shelves import COLUMN, ILSE, MIRA, SITE, WHEN, a_full_post

BERLIN = SETTING.zone


def read(page: bytes) -> Any:
    return lxml_html.document_fromstring(page.decode())


def the_post(post: Post, **around: Any) -> Any:
    return read(post_page(post, COLUMN, FEEDS, SETTING, **around))


def the_column(*newest: Post, authors: Sequence[Author] = (), months: Sequence[str] = ()) -> Any:
    return read(column_page(COLUMN, FEEDS, newest=newest, authors=authors, months=months, setting=SETTING))


def the_author(author: Author, *newest: Post) -> Any:
    links = feed_links(author_place(author, "en"), SITE.url)
    return read(author_page(author, links, newest=newest, columns=COLUMNS, setting=SETTING))


def the_month(*posts: Post, name: str = "2026-03", **near: str) -> Any:
    return read(month_page(column_place(COLUMN), FEEDS, name, posts=posts, columns=COLUMNS, setting=SETTING, **near))


def words(page: Any) -> str:
    return " ".join(page.find("body").text_content().split())


def facts(page: Any) -> dict[str, Any]:
    (script,) = page.iter("script")
    told: dict[str, Any] = json.loads(script.text)
    return told


def meta(page: Any, name: str) -> list[str]:
    return [element.get("content") for element in page.iter("meta") if element.get("property") == name]


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


@pytest.mark.parametrize(
    ("page", "canonical", "feed"),
    [
        (the_post(a_full_post()), "/harbour-notes/post-1.html", "/harbour-notes/"),
        (the_column(), "/harbour-notes/", "/harbour-notes/"),
        (the_month(name="2026-03-2"), "/harbour-notes/archive/2026-03-2.html", "/harbour-notes/"),
        (the_author(MIRA), "/authors/mira-voss/", "/authors/mira-voss/"),
        (
            read(tag_page(
                "Tides & Co", feed_links(tag_place("Tides & Co", "en"), SITE.url), newest=(), columns=COLUMNS,
                setting=SETTING,
            )),
            "/tags/tides-co/",
            "/tags/tides-co/",
        ),
        (read(index_page(feed_links(TOP, SITE.url), (), SETTING)), "/", "/"),
    ],
)  # fmt: skip
def test_a_page_tells_its_one_address_and_its_feeds(page: Any, canonical: str, feed: str) -> None:
    links = {(link.get("rel"), link.get("type")): link.get("href") for link in page.iter("link")}
    assert links["canonical", None] == f"https://post.example{canonical}"
    assert meta(page, "og:url") == [f"https://post.example{canonical}"]
    assert links["alternate", "application/atom+xml"] == f"https://post.example{feed}atom.xml"
    assert links["alternate", "application/rss+xml"] == f"https://post.example{feed}rss.xml"
    assert links["alternate", "application/feed+json"] == f"https://post.example{feed}feed.json"


def test_a_post_that_lives_elsewhere_says_so() -> None:
    page = the_post(a_full_post(url="https://elsewhere.example/lock"))
    assert page.find(".//link[@rel='canonical']").get("href") == "https://elsewhere.example/lock"
    assert facts(page)["url"] == "https://elsewhere.example/lock"


def test_a_column_shows_its_posts_and_who_writes_them() -> None:
    page = the_column(a_full_post(2), a_full_post(1), authors=[ILSE])
    told = words(page)
    assert "Tides, trade & the people" in told
    assert "Eleven minutes & post 2 By Mira Voss and Ilse Brandt 14 March 2026" in told
    assert told.index("post 2") < told.index("post 1") < told.index("Written by")
    assert [card.text_content() for card in page.iter("h3")] == ["Ilse Brandt", "Mira Voss"]
    assert MIRA.blurb in told


def test_an_empty_column_says_so_and_has_feeds() -> None:
    page = the_column()
    assert "Nothing has been published here yet." in words(page)
    assert {"atom.xml", "rss.xml", "feed.json"} <= {link.get("href") for link in page.iter("a")}


def test_the_front_page_shows_every_column_with_its_newest_posts() -> None:
    page = read(index_page(feed_links(TOP, SITE.url), [card_of(COLUMN, FEEDS, [a_full_post()], SETTING)], SETTING))
    hrefs = [link.get("href") for link in page.iter("a")]
    assert {"./harbour-notes/index.html", "./harbour-notes/post-1.html", "atom.xml", "rss.xml"} <= set(hrefs)


def test_an_author_has_a_page_with_all_that_is_known_and_the_latest_posts() -> None:
    page = the_author(MIRA, a_full_post(2))
    told = words(page)
    for part in (MIRA.name, MIRA.blurb, "Mira grew up", "mended nets", "mira@post.example", "@mira", "post 2"):
        assert part in told
    assert page.find(".//article//p[@class='column']/a").get("href") == "../../harbour-notes/index.html"
    assert page.find(".//img[@class='portrait']").get("src") == "../../media/mira.png"
    assert "IB" in words(the_author(ILSE))  # who has no portrait has initials


def test_a_post_leads_to_its_authors_and_tags() -> None:
    page = the_post(a_full_post(tags=("Tides", "tides", "people of the quay")))
    hrefs = [link.get("href") for link in page.iter("a")]
    assert hrefs.count("../tags/tides/index.html") == 1
    assert "../tags/people-of-the-quay/index.html" in hrefs
    assert page.find(".//a[@rel='author']").get("href") == "../authors/mira-voss/index.html"


def test_what_is_older_is_found_by_month() -> None:
    page = the_column(a_full_post(), months=["2026-11-2", "2026-11", "2025-12"])
    assert [(link.get("href"), link.text) for link in page.findall(".//nav[@class='archive']//a")] == [
        ("archive/2026-11-2.html", "November, part 2"),
        ("archive/2026-11.html", "November"),
        ("archive/2025-12.html", "December"),
    ]
    month = the_month(a_full_post(), earlier="2026-02", later="2026-03-2")
    near = {link.get("rel"): link.get("href") for link in month.findall(".//nav[@class='neighbours']/a")}
    assert near == {"prev": "2026-02.html", "next": "2026-03-2.html"}
    assert "../../harbour-notes/post-1.html" in [link.get("href") for link in month.iter("a")]
    assert not the_month().findall(".//nav[@class='neighbours']")


@pytest.mark.parametrize(
    ("name", "language", "label"),
    [
        ("2026-11", "en", "November 2026"),
        ("2026-11-2", "en-GB", "November 2026, part 2"),
        ("2026-03-3", "de", "März 2026, Teil 3"),
        ("2026-11-12", "ar", "نوفمبر 2026، الجزء 12"),
    ],
)
def test_a_month_is_told_in_words(name: str, language: str, label: str) -> None:
    assert page_label(name, SETTING.speak(language)) == label


def test_a_correction_is_told_before_the_text() -> None:
    page = the_post(a_full_post(note="It is 1994,\nnot 1949."))
    assert page.find(".//aside[@class='correction']/p").text == "It is 1994, not 1949."
    told = words(page)
    assert told.index("It is 1994") < told.index("The pilot boat")
    assert facts(page)["correction"] == {"@type": "CorrectionComment", "text": "It is 1994, not 1949."}
    assert the_post(a_full_post()).find(".//aside") is None


def test_what_a_post_follows_up_and_what_follows_it_up_is_a_step_away() -> None:
    page = the_post(a_full_post(2), before=a_full_post(1), after=[a_full_post(3), a_full_post(4, title="")])
    thread = page.find(".//nav[@class='thread']")
    assert [link.get("href") for link in thread.iter("a")] == [
        f"../harbour-notes/post-{number}.html" for number in (1, 3, 4)
    ]
    assert "The pilot boat left at four." in [link.text for link in thread.iter("a")]  # one without a title


def test_markup_that_slipped_into_a_title_is_shown_nowhere() -> None:
    slipped = RelatedStory(title="The <em>old</em> lock", url="https://post.example/lock", summary="It <b>leaks</b>.")
    page = the_post(a_full_post(2, related=(slipped,)), before=a_full_post(1, title="The <b>new</b> lock"))
    told = words(page)
    for shown in ("The new lock", "The old lock", "It leaks."):
        assert shown in told


def test_recordings_are_played_and_files_downloaded() -> None:
    page = the_post(a_full_post(enclosures=RECORDINGS))
    assert page.find(".//audio").get("src") == "https://post.example/lock.mp3"
    assert page.find(".//video").get("src") == "https://post.example/lock.mp4"
    told = words(page)
    for part in ("MP3, 31 min, 12 MB", "Download The tide table PDF, 240 kB", "lock.mp4"):
        assert part in told
    assert [link.get("href") for link in page.iter("a") if link.get("download") is not None] == [
        recording.url for recording in RECORDINGS
    ]
    media = facts(page)["associatedMedia"]
    assert [one["@type"] for one in media] == ["AudioObject", "VideoObject", "MediaObject"]
    assert media[0]["duration"] == "PT1861S"


@pytest.mark.parametrize(
    ("enclosure", "kind", "told"),
    [
        (Enclosure(url="https://x.example/a.ogg?x=1"), "audio", "OGG"),
        (Enclosure(url="https://x.example/a", type="Audio/X-FLAC; q=1", seconds=3600), "audio", "FLAC, 1 h"),
        (Enclosure(url="https://x.example/a.bin", seconds=5, length_bytes=12), "file", "1 min, 1 kB"),
        (
            Enclosure(url="https://x.example/a.zip", type="application/zip", length_bytes=3 * 10**9),
            "file",
            "ZIP, 3 GB",
        ),
    ],
)
def test_what_is_known_of_a_recording_is_told(enclosure: Enclosure, kind: str, told: str) -> None:
    (one,) = recordings_of((enclosure, enclosure), SETTING.speak("en"))
    assert (one.kind, ", ".join(one.facts)) == (kind, told)
    assert one.title


def test_a_file_whose_address_cannot_be_followed_is_not_shown() -> None:
    assert recordings_of((Enclosure(url="javascript:alert(1)", type="audio/mpeg"),), SETTING.speak("en")) == ()


def test_machines_are_told_what_a_post_is() -> None:
    page = the_post(a_full_post(updated=a_full_post().published + timedelta(days=1)))
    told = facts(page)
    assert told["@type"] == "NewsArticle"
    assert told["headline"] == "Eleven minutes & post 1"
    assert told["datePublished"] == meta(page, "article:published_time")[0] == "2026-03-14T08:30:00+01:00"
    assert told["dateModified"] == meta(page, "article:modified_time")[0] == "2026-03-15T08:30:00+01:00"
    assert told["author"][0] == {
        "@type": "Person",
        "name": "Mira Voss",
        "url": "https://post.example/authors/mira-voss/",
        "description": MIRA.blurb,
        "sameAs": ["https://mira.example/", "https://social.example/@mira"],
    }
    assert told["isPartOf"]["name"] == "Harbour Notes"
    assert told["publisher"]["name"] == SITE.name
    assert told["image"] == meta(page, "og:image") == ["https://post.example/media/lock.png"]
    assert told["keywords"] == meta(page, "article:tag") == ["tides", "locks"]
    assert meta(page, "article:author") == [
        f"https://post.example/authors/{key}/" for key in ("mira-voss", "ilse-brandt")
    ]


def test_machines_are_told_what_an_author_and_a_column_are() -> None:
    author = facts(the_author(MIRA))
    assert (author["@type"], author["mainEntity"]["name"]) == ("ProfilePage", "Mira Voss")
    assert author["mainEntity"]["image"] == "https://post.example/media/mira.png"
    column = facts(the_column(a_full_post()))
    assert column["@type"] == "CollectionPage"
    assert [item["url"] for item in column["mainEntity"]["itemListElement"]] == [
        "https://post.example/harbour-notes/post-1.html"
    ]


def test_pictures_of_ours_are_relative_and_those_of_others_stay() -> None:
    page = the_post(a_full_post(image=Image(url="https://cdn.example/a.png", alt="A")))
    assert [image.get("src") for image in page.iter("img")] == [
        "https://cdn.example/a.png", "../media/quay.png", "../media/mira.png", "../media/wall.png",
    ]  # fmt: skip


def test_a_relative_link_belongs_to_where_the_post_was_published_first() -> None:
    body = '<p><a href="/tides">tides</a></p>'
    there = the_post(a_full_post(body=body, url="https://elsewhere.example/lock"))
    assert there.find(".//div[@class='body']//a").get("href") == "https://elsewhere.example/tides"
    assert the_post(a_full_post(body=body)).find(".//div[@class='body']//a").get("href") == "/tides"


def test_a_picture_that_the_article_shows_is_not_shown_twice() -> None:
    page = the_post(a_full_post(image=Image(url="media:quay.png")))
    assert [image.get("src") for image in page.iter("img")].count("../media/quay.png") == 1


def test_a_table_can_be_moved_by_keyboard_where_it_is_wider_than_the_screen() -> None:
    page = the_post(a_full_post(body=BODY + '<p title="<table>">&lt;table&gt;</p>'))
    (frame,) = page.findall(".//div[@class='wide']")
    assert frame.get("tabindex") == "0"
    assert [child.tag for child in frame] == ["table"]
    assert "<table>" in words(page)


def test_days_are_the_newsroom_s() -> None:
    late = WHEN.replace(hour=23, minute=30)
    assert moment_of(late, BERLIN, SETTING.speak("en-GB")).day == "15 March 2026"
    assert moment_of(late, BERLIN, SETTING.speak("de")).day == "15. März 2026"


@pytest.mark.parametrize(("later", "shown"), [(timedelta(minutes=5), False), (timedelta(days=2), True)])
def test_a_change_on_a_later_day_is_told(later: timedelta, shown: bool) -> None:
    post = a_full_post(updated=a_full_post().published + later)
    assert ("updated 16 March 2026" in words(the_post(post))) is shown


@pytest.mark.parametrize(
    ("names", "byline"), [((), ""), (("A",), "A"), (("A", "B"), "A and B"), (("A", " ", "B", "C"), "A, B and C")]
)
def test_a_byline_lists_every_author(names: tuple[str, ...], byline: str) -> None:
    authors = tuple(Author(key=f"x{number}", name=name) for number, name in enumerate(names))
    post = a_full_post(authors=authors, related=())
    assert post_view(post, COLUMN, root="..", site_url=SITE.url, zone=BERLIN, speak=SETTING.speak).byline == byline
    assert f"By {byline} 14 March" in words(the_post(post)) or not byline


@pytest.mark.parametrize(
    ("language", "byline"),
    [
        ("de", "Von Mira Voss und Ilse Brandt 14. März 2026 aktualisiert am 16. März 2026"),
        ("fr", "Par Mira Voss et Ilse Brandt 14 mars 2026 mis à jour le 16 mars 2026"),
        ("es", "Por Mira Voss e Ilse Brandt 14 de marzo de 2026 actualizado el 16 de marzo de 2026"),
        ("ar", "بقلم Mira Voss وIlse Brandt 14 مارس 2026 حُدِّث في 16 مارس 2026"),
    ],
)
def test_a_post_speaks_its_own_language_on_its_page_and_in_a_list(language: str, byline: str) -> None:
    post = a_full_post(language=language, updated=a_full_post().published + timedelta(days=2))
    page = the_post(post)
    assert page.get("lang") == language
    assert byline in words(page)
    listed = the_column(post)
    assert listed.get("lang") == "en"
    teaser = listed.find(".//article")
    assert teaser.get("lang") == language
    assert " ".join(teaser.find(".//p[@class='byline']").text_content().split()) == byline
    assert "Written by" in words(the_column(post, authors=[MIRA]))


def test_a_page_in_arabic_runs_from_right_to_left() -> None:
    assert dict(the_post(a_full_post(language="ar")).attrib) == {"lang": "ar", "dir": "rtl"}


@given(text=st.text(max_size=40) | st.sampled_from(
    ["<script>x</script>", "</script><script>", "<!--", '" onclick="x', "{{ 7 * 7 }}", "\x00\x1f", "\u2028"]
))  # fmt: skip
@settings(max_examples=25, deadline=None)
def test_no_text_becomes_markup_script_or_style(text: str) -> None:
    author = Author(key="x", name=text, blurb=text, bio=text, email=text, url=text, links=(Link(label=text, url=text),))
    story = RelatedStory(title=text, url=f"javascript:{text}", summary=text, image=Image(url=text, alt=text))
    file = Enclosure(url=f"https://x.example/{text}", type=text, title=text)
    post = a_full_post(
        title=text, summary=text, authors=(author,), related=(story,), tags=(text,), image=Image(url=text, alt=text),
        note=text, enclosures=(file, replace(file, type="audio/mpeg")),
    )  # fmt: skip
    shown = (the_post(post, before=post), the_column(post), the_author(author, post), the_month(post))
    for page in shown:
        assert not list(page.iter("style", "iframe", "form"))
        (data,) = page.iter("script")
        assert data.get("type") == "application/ld+json"
        assert facts(page)["@context"] == "https://schema.org"
        attributes = {name for element in page.iter() for name in element.attrib}
        assert not {name for name in attributes if name.startswith("on") or name == "style"}
        assert not [link for link in page.iter("a") if link.get("href", "").startswith("javascript")]
        assert len(list(page.iter("h1"))) == 1


def test_every_picture_has_a_description_and_every_section_a_name() -> None:
    for name, content in pages().items():
        page = read(content)
        assert all("alt" in image.attrib for image in page.iter("img")), name
        ids = [element.get("id") for element in page.iter() if element.get("id")]
        assert len(ids) == len(set(ids)), name
        named = {element.get("aria-labelledby") for element in page.iter() if element.get("aria-labelledby")}
        assert named <= set(ids), name
        assert page.find(".//main").get("id") == "main", name


def test_every_link_within_the_site_leads_to_a_page_or_a_feed() -> None:
    there = pages()
    feeds = {"atom.xml", "rss.xml", "feed.json"}
    for name, content in there.items():
        for link in read(content).iter("a"):
            href = link.get("href")
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), href))
            made_elsewhere = posixpath.basename(target) in feeds or target == "subscribe"  # by `publisher serve`
            outside = href.startswith(("http", "mailto:", "#")) or made_elsewhere
            assert outside or target in there, f"{name}: {href}"


def test_no_page_leaves_the_tree() -> None:
    for name, content in pages().items():
        for element in read(content).iter("a", "img", "link"):
            url = element.get("href") or element.get("src")
            if url and "://" not in url and not url.startswith("mailto:"):
                assert not posixpath.normpath(posixpath.join(posixpath.dirname(name), url)).startswith(".."), name


def test_a_sitemap_tells_pages_and_when_they_changed() -> None:
    document = etree.fromstring(
        sitemap([Spot(url="https://x.example/a?b=1&c", changed=WHEN), Spot(url="https://x.example/")])
    )
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    assert document.tag == f"{space}urlset"
    assert [[child.text for child in item] for item in document] == [
        ["https://x.example/a?b=1&c", "2026-03-14T06:30:00+00:00"],
        ["https://x.example/"],
    ]
    index = etree.fromstring(sitemap_index([Spot(url="https://x.example/sitemaps/2026-03.xml")]))
    assert index.tag == f"{space}sitemapindex"
    assert [item.tag for item in index] == [f"{space}sitemap"]


def test_pages_lead_to_where_one_subscribes_where_people_may_join() -> None:
    links = feed_links(column_place(COLUMN), SITE.url)
    for joinable, shown in ((("morning",), True), ((), False)):
        setting = replace(SETTING, joinable=joinable)
        column = column_page(COLUMN, links, newest=(), authors=(), setting=setting).decode()
        assert ('<a href="../subscribe">Subscribe by mail</a>' in column) == shown
        index = index_page(links, [], setting).decode()
        assert ('<a href="./subscribe">Subscribe by mail</a>' in index) == shown
