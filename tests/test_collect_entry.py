"""Files that go with a post: what is told of them is read, put together, and bounded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from publisher.collect.entrymedia import seconds_in
from publisher.collect.feedsource import parse_feed
from publisher.collect.found import FoundPost
from publisher.collect.tidy import tidy
from publisher.model.media import Enclosure
from publisher.model.post import Origin

URL = "https://gazette.example/feed.xml"


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59))
def test_a_duration_is_read_in_each_of_its_forms(hours: int, minutes: int, seconds: int) -> None:
    whole = hours * 3600 + minutes * 60 + seconds
    assert seconds_in(f"{hours}:{minutes:02}:{seconds:02}") == whole
    assert seconds_in(f" {whole}.7 ") == whole
    assert seconds_in(f"{whole // 60}:{seconds:02}") == whole


@given(st.text(max_size=30))
def test_whatever_is_told_a_duration_is_a_number(written: str) -> None:
    assert seconds_in(written) >= 0


@given(
    st.lists(
        st.builds(
            Enclosure,
            url=st.text(max_size=20) | st.integers(0, 40).map("/{}.mp3".format),
            type=st.text(max_size=10) | st.just("audio/mpeg"),
            length_bytes=st.integers(-(10**20), 10**20),
            title=st.text(max_size=400),
            seconds=st.integers(-(10**20), 10**20),
        ),
        max_size=40,
    ),
    st.builds(Origin, id=st.text(max_size=20), url=st.text(max_size=20), feed_url=st.text(max_size=20)),
    st.text(max_size=600),
)
def test_what_goes_with_a_post_is_bounded(found: list[Enclosure], origin: Origin, follows: str) -> None:
    post = tidy(FoundPost(enclosures=tuple(found), origin=origin, follows=follows), URL)
    assert len(post.enclosures) <= 20
    assert len({one.url for one in post.enclosures}) == len(post.enclosures)
    for one in post.enclosures:
        assert one.url.startswith(("http://", "https://"))
        assert 0 <= one.length_bytes <= 2**50
        assert 0 <= one.seconds <= 7 * 24 * 3600
        assert len(one.title) <= 300
    assert len(post.follows) <= 500
    for address in (post.origin.url, post.origin.feed_url) if post.origin else ():
        assert address == "" or address.startswith(("http://", "https://"))


def test_a_file_told_twice_is_one_and_knows_all_that_was_told() -> None:
    item = (
        "<item><title>x</title><enclosure url='/a.mp3' length='7' type='audio/mpeg'/>"
        "<media:content url='/a.mp3' duration='61'><media:title>A song</media:title></media:content></item>"
    )
    feed = f"<rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/'><channel>{item}</channel></rss>"
    (post,) = parse_feed(feed.encode(), url=URL).posts
    assert post.title == "x"
    assert post.enclosures == (
        Enclosure(url="https://gazette.example/a.mp3", type="audio/mpeg", length_bytes=7, title="A song", seconds=61),
    )


def test_a_document_that_is_cut_off_has_what_feedparser_reads() -> None:
    feed = (
        b"<rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/'><channel>"
        b"<item><title>One</title><media:content url='/a.mp4' medium='video'/></item><item><title>Two"
    )
    (post,) = parse_feed(feed, url=URL).posts
    assert [one.url for one in post.enclosures] == ["https://gazette.example/a.mp4"]


def test_the_charset_of_the_answer_counts_for_the_second_look_too() -> None:
    feed = (
        "<rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/'><channel><item><title>Zoë</title>"
        "<media:content url='/a.jpg' medium='image'><media:title>x</media:title></media:content></item></channel></rss>"
    ).encode("latin-1")
    (post,) = parse_feed(feed, url=URL, content_type="text/xml; charset=iso-8859-1").posts
    assert post.title == "Zoë"
