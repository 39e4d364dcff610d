"""What one feed says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from publisher.feed.channel import Archive, Pair, Tombstone, channel_of
from publisher.feed.entry import entry_of
from publisher.feed.mediatype import medium_of, type_of
from publisher.feed.site import Format, document_path, stylesheet_of
from publisher.model.author import Author
from publisher.model.media import Enclosure, Image
from publisher.model.post import Origin, RelatedStory
from tests.feed_cases import whole_of
from tests.shelves import COLUMN, FULL_SITE, MIRA, SITE, WHEN, a_channel, a_full_post, a_rich_post, facts_of


def test_entries_are_newest_first_whatever_order_they_came_in() -> None:
    channel = a_channel(*(a_full_post(number) for number in (2, 3, 1)))
    assert [entry.id[-1] for entry in channel.entries] == ["3", "2", "1"]


def test_posts_of_one_second_keep_one_order() -> None:
    posts = [replace(a_full_post(number), published=WHEN) for number in (1, 2, 3)]
    assert a_channel(*posts) == a_channel(*reversed(posts))


def test_a_feed_is_as_new_as_its_newest_entry() -> None:
    corrected = a_full_post(1, updated=WHEN + timedelta(days=3))
    assert a_channel(a_full_post(2), corrected).updated == corrected.updated


def test_a_feed_without_posts_is_as_old_as_its_column() -> None:
    assert a_channel().updated == WHEN


def test_a_post_that_was_published_elsewhere_is_linked_there() -> None:
    entries = a_channel(a_full_post(2, url="https://elsewhere.example/a b"), a_full_post(1, url="javascript:x")).entries
    assert [entry.link for entry in entries] == [
        "https://elsewhere.example/a%20b",
        "https://post.example/harbour-notes/post-1.html",
    ]


def test_every_entry_has_an_author() -> None:
    (entry,) = a_channel(a_full_post(authors=(Author(key="x", name=" \x07"),))).entries
    assert [author.name for author in entry.authors] == ["Harbour Notes"]


def test_facts_of_an_author_that_are_no_addresses_are_left_out() -> None:
    odd = replace(MIRA, email="mira", url="javascript:x", name="Mira\nVoss\x00")
    (author,) = a_channel(a_full_post(authors=(odd,))).entries[0].authors
    assert (author.name, author.email, author.url) == ("Mira Voss", "", "")


def test_every_entry_has_a_title() -> None:
    entries = a_channel(
        a_full_post(4, title="  A <em>title</em>\n in two\x0b lines "),
        a_full_post(3, title="", body="<p>First words.</p>"),
        a_full_post(2, title="\x00", body=""),
    ).entries
    assert [entry.title for entry in entries] == ["A title in two lines", "First words.", "Harbour Notes"]


def test_an_entry_has_its_own_language_or_the_column_s() -> None:
    posts = [a_full_post(3, language="de_AT"), a_full_post(2, language="no idea!"), a_full_post(1)]
    assert [entry.language for entry in a_channel(*posts).entries] == ["de-AT", "en", "en"]


def test_tags_are_told_once() -> None:
    (entry,) = a_channel(a_full_post(tags=("sea", " sea ", "", "air"))).entries
    assert [(one.term, one.label) for one in entry.categories] == [("sea", "sea"), ("air", "air")]


def test_only_stories_with_an_address_are_pointed_to() -> None:
    stories = (RelatedStory(title="A", url="https://a.example/"), RelatedStory(title="B", url="ftp://b"))
    (entry,) = a_channel(a_full_post(related=stories)).entries
    assert [(story.title, story.url) for story in entry.related] == [("A", "https://a.example/")]


def test_times_are_whole_seconds() -> None:
    (entry,) = a_channel(
        a_full_post(published=WHEN.replace(microsecond=9), updated=WHEN.replace(microsecond=8))
    ).entries
    assert (entry.published, entry.updated) == (WHEN, WHEN)


NIGHT = replace(COLUMN, slug="night-desk", feed_id="tag:post.example,2026:feed/night", name="Night Desk")


def test_the_feed_of_all_columns_says_where_each_entry_comes_from() -> None:
    night = channel_of(facts_of(NIGHT), [entry_of(a_full_post(5), NIGHT, SITE)], site=SITE)
    whole = whole_of(a_channel(a_full_post(4), a_full_post(3)), night)
    assert [entry.id[-1] for entry in whole.entries] == ["5", "4", "3"]
    origins = [entry.origin and entry.origin.title for entry in whole.entries]
    assert origins == ["Night Desk", "Harbour Notes", "Harbour Notes"]
    assert whole.updated == night.updated
    assert (whole.title, whole.html_url) == ("The Harbour Post", "https://post.example/")


def test_a_post_from_elsewhere_keeps_its_origin_in_every_feed() -> None:
    entry = entry_of(a_rich_post(1), COLUMN, SITE)
    for channel in (channel_of(facts_of(COLUMN), [entry], site=SITE), whole_of(a_channel(a_rich_post(1)))):
        (shown,) = channel.entries
        assert shown.origin
        assert (shown.origin.feed_id, shown.origin.title) == ("tag:far.example,2020:feed", "Far Harbour")


@pytest.mark.parametrize(
    ("origin", "feed_id", "title"),
    [
        (Origin(feed_url="https://far.example/rss"), "https://far.example/rss", "https://far.example/rss"),
        (Origin(url="https://far.example/", title="Far"), "https://far.example/", "Far"),
        (Origin(id="tag:far.example,2020:x"), "", ""),
        (Origin(title="Far", url="javascript:x"), "", ""),
    ],
)
def test_an_origin_is_told_as_far_as_it_is_known(origin: Origin, feed_id: str, title: str) -> None:
    (entry,) = a_channel(a_full_post(origin=origin)).entries
    assert ((entry.origin and entry.origin.feed_id) or "", (entry.origin and entry.origin.title) or "") == (
        feed_id,
        title,
    )


def test_an_entry_does_not_change_with_what_stands_around_it() -> None:
    alone = whole_of(a_channel(a_full_post(1))).entries[0]
    among = whole_of(a_channel(*(a_full_post(number) for number in (1, 2, 3)))).entries[-1]
    assert alone == among


def test_recordings_are_told_once_each_with_a_media_type() -> None:
    files = (
        Enclosure(url="media:a.mp3", length_bytes=7),
        Enclosure(url="https://x.example/b", type="Video/MP4; codecs=x", title=" The\nfilm "),
        Enclosure(url="https://x.example/b"),
        Enclosure(url="https://x.example/c", type="nonsense"),
        Enclosure(url="javascript:x"),
    )
    (entry,) = a_channel(a_full_post(enclosures=files)).entries
    assert [(file.url, file.type, file.title) for file in entry.enclosures] == [
        ("https://post.example/media/a.mp3", "audio/mpeg", ""),
        ("https://x.example/b", "video/mp4", "The film"),
        ("https://x.example/c", "application/octet-stream", ""),
    ]


def test_a_picture_is_told_where_it_can_be_fetched() -> None:
    entries = a_channel(a_full_post(2), a_full_post(1, image=Image(url="javascript:x"))).entries
    assert [entry.image and entry.image.url for entry in entries] == ["https://post.example/media/lock.png", None]


def test_tags_with_one_slug_are_one_category_named_as_it_was_written_first() -> None:
    (entry,) = a_channel(a_full_post(tags=("Locks & Weirs", "locks weirs", "海"))).entries
    assert [one.label for one in entry.categories] == ["Locks & Weirs", "海"]
    assert all(one.scheme == "https://post.example/tags/" for one in entry.categories)
    assert entry.categories[0].term == "locks-weirs"


def test_a_tag_by_itself_in_a_title_is_a_word() -> None:
    (entry,) = a_channel(a_full_post(title="The <em> tag, AT&T and 1 < 2")).entries
    assert entry.title == "The <em> tag, AT&T and 1 < 2"


def test_markup_that_slipped_into_plain_text_is_no_part_of_it() -> None:
    (entry,) = a_channel(a_full_post(summary="Low <b>tide</b>, high <em>water</em>: 1 < 2 <br>")).entries
    assert entry.summary == "Low tide, high water: 1 < 2 <br>"
    facts = replace(facts_of(COLUMN), subtitle="Tides & <i>trade</i>")
    assert channel_of(facts, [], site=SITE).subtitle == "Tides & trade"


def test_an_entry_is_never_empty() -> None:
    bare = a_full_post(title="A <b", summary="", body="", image=None, related=(), authors=())
    assert a_channel(bare).entries[0].content == "<p>A &lt;b</p>"


def test_whose_feed_it_is_is_told_with_a_portrait() -> None:
    channel = channel_of(replace(facts_of(COLUMN), authors=(MIRA, Author(key="x", name=" "))), [], site=SITE)
    (author,) = channel.authors
    assert author.portrait
    assert author.portrait.url == "https://post.example/media/mira.png"


def test_a_feed_that_has_no_name_has_that_of_the_site() -> None:
    assert channel_of(replace(facts_of(COLUMN), title="\x00"), [], site=SITE).title == "The Harbour Post"


def test_an_archive_document_knows_its_neighbours_and_no_hub() -> None:
    channel = channel_of(facts_of(COLUMN), [], site=FULL_SITE, page="2026-02", older="2026-01", newer="2026-03")
    top = "https://post.example/harbour-notes"
    assert channel.archive == Archive(
        here=Pair(atom=f"{top}/archive/2026-02/atom.xml", rss=f"{top}/archive/2026-02/rss.xml"),
        newer=Pair(atom=f"{top}/archive/2026-03/atom.xml", rss=f"{top}/archive/2026-03/rss.xml"),
    )
    assert channel.older == Pair(atom=f"{top}/archive/2026-01/atom.xml", rss=f"{top}/archive/2026-01/rss.xml")
    assert (channel.hubs, channel.atom_url, channel.stylesheet) == ((), f"{top}/atom.xml", "../../../feed.css")


def test_the_newest_archive_document_is_followed_by_the_one_to_subscribe_to() -> None:
    channel = channel_of(facts_of(COLUMN), [], site=SITE, page="2026-02")
    assert channel.archive
    assert channel.archive.newer == Pair(atom=channel.atom_url, rss=channel.rss_url)


def test_the_document_to_subscribe_to_names_its_hubs() -> None:
    channel = channel_of(facts_of(COLUMN), [], site=FULL_SITE)
    assert (channel.hubs, channel.archive, channel.older) == (("https://hub.example/",), None, None)


def test_a_withdrawn_post_makes_a_feed_newer_and_one_that_stands_again_has_no_tombstone() -> None:
    gone = Tombstone(ref="tag:post.example,2026:post/9", when=WHEN + timedelta(days=2, microseconds=5))
    back = Tombstone(ref=a_full_post(1).id, when=WHEN + timedelta(days=3))
    entries = [entry_of(a_full_post(1), COLUMN, SITE)]
    channel = channel_of(facts_of(COLUMN), entries, site=SITE, tombstones=[gone, back])
    assert (channel.tombstones, channel.updated) == ((gone,), WHEN + timedelta(days=2))


@pytest.mark.parametrize(
    ("folder", "page", "path", "stylesheet"),
    [
        ("", "", "atom.xml", "feed.css"),
        ("", "2026-01", "archive/2026-01/atom.xml", "../../feed.css"),
        ("authors/mira-voss", "", "authors/mira-voss/atom.xml", "../../feed.css"),
    ],
)
def test_every_document_has_its_place_and_finds_the_stylesheet(
    folder: str, page: str, path: str, stylesheet: str
) -> None:
    assert document_path(folder, Format.ATOM, page) == path
    assert stylesheet_of(folder, page) == stylesheet


@pytest.mark.parametrize(
    ("media_type", "medium"),
    [("image/png", "image"), ("audio/ogg", "audio"), ("text/plain", "document"), ("", "document")],
)
def test_what_kind_of_file_it_is(media_type: str, medium: str) -> None:
    assert medium_of(media_type) == medium


def test_an_address_that_cannot_be_parsed_tells_no_media_type() -> None:
    assert type_of("https://[x/a.mp3") == "application/octet-stream"
