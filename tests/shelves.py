"""Columns and posts for tests of feeds and pages; texts, people and places are invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from publisher.feed.channel import Channel, FeedFacts, channel_of
from publisher.feed.entry import Entry, entry_of
from publisher.feed.site import Site
from publisher.model.author import Author, Link
from publisher.model.column import Column
from publisher.model.media import Enclosure, Image
from publisher.model.post import Origin, Post, RelatedStory

WHEN = datetime(2026, 3, 14, 6, 30, tzinfo=UTC)
SITE = Site(name="The Harbour Post", url="https://post.example", language="en")
FULL_SITE = replace(
    SITE,
    hubs=("https://hub.example/",),
    rights="© The Harbour Post",
    icon="https://post.example/icon.png",
    logo="https://post.example/logo.png",
)
COLUMN = Column(
    slug="harbour-notes",
    feed_id="tag:post.example,2026:feed/harbour-notes",
    name="Harbour Notes",
    tagline="Tides, trade & the people who keep the lights on",
)
MIRA = Author(
    key="mira-voss",
    name="Mira Voss",
    blurb="Mira Voss writes about harbours. She can be reached at mira@post.example.",
    bio="Mira grew up on a pilot boat.\n\nBefore that she mended nets, badly.",
    email="mira@post.example",
    url="https://mira.example/",
    links=(Link(label="@mira", url="https://social.example/@mira"),),
    portrait=Image(url="media:mira.png", alt="A woman in a blue cap"),
)
ILSE = Author(key="ilse-brandt", name="Ilse Brandt")
STORIES = (
    RelatedStory(
        title="Who owns the seawall?",
        url="https://post.example/seawall?a=1&b=2",
        summary="Three offices say it is one of the others.",
        image=Image(url="media:wall.png", alt="A seawall"),
    ),
    RelatedStory(
        title="The last net mender",
        summary="She has one customer left.",
        image=Image(url="", alt="A net across two knees"),
    ),
)


def a_full_post(number: int = 1, **changes: object) -> Post:
    """A post with everything; the higher its number, the later it was published."""
    post = Post(
        id=f"tag:post.example,2026:post/{number}",
        seq=number,
        column=COLUMN.slug,
        source="notes",
        slug=f"post-{number}",
        title=f"Eleven minutes & post {number}",
        published=WHEN + timedelta(hours=number),
        updated=WHEN + timedelta(hours=number, minutes=5),
        first_seen=WHEN,
        summary="The lock keeper has less time than an egg.",
        body='<p>The pilot boat left at four.</p><p><img src="media:quay.png" alt="The quay"></p>',
        authors=(MIRA, ILSE),
        image=Image(url="media:lock.png", alt="A lock", caption="The lock at dawn"),
        tags=("tides", "locks"),
        related=STORIES,
    )
    return replace(post, **changes)


def a_rich_post(number: int = 1, **changes: object) -> Post:
    """The same with what few posts have: recordings, a correction, a feed it was taken from."""
    files = (
        Enclosure(
            url="https://sound.example/lock.mp3",
            type="audio/mpeg",
            length_bytes=18_000_000,
            seconds=1861,
            title="Aloud",
        ),
        Enclosure(url="https://sound.example/lock.pdf"),
    )
    origin = Origin(
        id="tag:far.example,2020:feed",
        title="Far Harbour",
        url="https://far.example/",
        feed_url="https://far.example/atom",
    )
    more = {"enclosures": files, "note": "The lock has two gates, not three.", "origin": origin}
    return a_full_post(number, **more | changes)


def facts_of(column: Column) -> FeedFacts:
    return FeedFacts(
        feed_id=column.feed_id,
        folder=column.slug,
        title=column.name,
        subtitle=column.tagline,
        language=column.language,
        created=WHEN,
    )


def a_channel(*posts: Post) -> Channel:
    return channel_of(facts_of(COLUMN), [entry_of(post, COLUMN, SITE) for post in posts], site=SITE)


def an_entry(post: Post, **more: object) -> Entry:
    return entry_of(post, COLUMN, FULL_SITE, **more)
