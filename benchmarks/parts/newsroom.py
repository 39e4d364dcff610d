"""A site of many columns with posts of up to ten years, straight in the database: collecting is not measured here."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from publisher.feed.site import Site
from publisher.model.author import Author
from publisher.model.column import Column
from publisher.model.intake import Take
from publisher.model.post import Post
from publisher.publish.folder import Folder
from publisher.publish.site import Facts, Press
from publisher.store import columns as stored_columns
from publisher.store import posts
from publisher.store.database import Store, open_store
from publisher.templating import open_templates

COLUMNS, TAGS, WORDS = 30, 40, 300
START = datetime(2016, 11, 1, 6, tzinfo=UTC)
TEN_YEARS = timedelta(days=3650)
PACE = TEN_YEARS / 100_000  # between two posts; the largest site has ten years of them
_ENTITY = "courier.example,2026"
_BATCH = 1000
_TEXT = (
    "the harbour board met on a wet Tuesday and heard that seven cranes had stood still since noon while a ferry "
    "waited for somebody who knew where its papers were kept and two clerks looked for a lamp that was still warm"
)


@contextmanager
def open_press(folder: Path) -> Iterator[tuple[list[Column], Facts, Press]]:
    """An empty site in a folder."""
    columns = [
        Column(slug=f"column-{at}", feed_id=f"tag:{_ENTITY}:feed/column-{at}", name=f"Column {at}")
        for at in range(COLUMNS)
    ]
    store = open_store("sqlite:///publisher.db", root=folder)
    with store.write() as conn:
        for column in columns:
            stored_columns.put_if_new(conn, column.slug, feed_id=column.feed_id, now=START)
    facts = Facts(
        site=Site(name="The Courier", url="https://courier.example", language="en"),
        zone=ZoneInfo("Europe/Berlin"),
        feed_id=f"tag:{_ENTITY}:feed/all",
        tagging_entity=_ENTITY,
        entries=50,
    )
    press = Press(
        store=store,
        target=Folder(folder / "feeds"),
        media=folder / "media",
        lock=folder / "published.lock",
        templates=open_templates(None),
        clock=lambda: START + TEN_YEARS,
    )
    try:
        yield columns, facts, press
    finally:
        store.close()


def fill(store: Store, columns: Sequence[Column], count: int) -> None:
    """Store posts, as many a day at every size: a longer past, and not a busier newsroom."""
    for start in range(0, count, _BATCH):
        batch = range(start, min(start + _BATCH, count))
        takes = [a_post(columns, at, after=(at + 1 - count) * PACE) for at in batch]
        with store.write() as conn:
            posts.save(conn, takes)


def a_post(columns: Sequence[Column], at: int, *, after: timedelta) -> Take:
    """A new post, published so long after the end of the ten years (before it, where negative)."""
    chance = random.Random(at)  # the same texts in each run
    column, when = columns[at % len(columns)], START + TEN_YEARS + after
    words = _TEXT.split()
    paragraphs = (" ".join(chance.choices(words, k=60)).capitalize() for _ in range(WORDS // 60))
    post = Post(
        id=f"tag:{_ENTITY}:posts/{at}",
        seq=0,
        column=column.slug,
        source=column.slug,
        slug=f"post-{at}",
        title=f"Post {at} of the harbour",
        published=when,
        updated=when,
        first_seen=when,
        summary=f"What {chance.choice(words)} is about.",
        body="".join(f"<p>{text}.</p>" for text in paragraphs),
        authors=(Author(key=f"author-{at % COLUMNS}", name=f"Author {at % COLUMNS}", blurb="Writes about harbours."),),
        tags=(f"tag {at % TAGS}",),
    )
    return Take(guid=f"{at}", content_hash=f"{at}", post=post)
