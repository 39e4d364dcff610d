"""What one feed says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from publisher.feed.channel import column_channel, whole_channel
from publisher.model.author import Author
from publisher.model.post import RelatedStory
from tests.shelves import COLUMN, MIRA, SITE, WHEN, a_channel, a_full_post


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


def test_the_feed_of_all_columns_is_merged_and_says_where_each_entry_comes_from() -> None:
    night = replace(COLUMN, slug="night-desk", feed_id="tag:post.example,2026:feed/night", name="Night Desk")
    other = column_channel(night, [a_full_post(5), a_full_post(2)], site=SITE, created=WHEN)
    whole = whole_channel(
        SITE, [a_channel(a_full_post(4), a_full_post(3)), other], feed_id="tag:x,2026:all", most=3, created=WHEN
    )
    assert [entry.id[-1] for entry in whole.entries] == ["5", "4", "3"]
    origins = [entry.origin and entry.origin.title for entry in whole.entries]
    assert origins == ["Night Desk", "Harbour Notes", "Harbour Notes"]
    assert whole.updated == other.updated
    assert (whole.title, whole.html_url) == ("The Harbour Post", "https://post.example/")
