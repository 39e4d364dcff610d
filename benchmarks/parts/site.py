"""A site in a folder of its own, made from the project's example: config, posts, readers.

Readers are written straight into the database, a thousand a statement: how long an import
takes is not what these benchmarks ask.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, insert

from publisher.model.subscriber import Cadence, SubscriberState, SubscriptionState
from publisher.store import schema

TOP = Path(__file__).resolve().parents[2]
NEWSLETTER = "morning"
NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
_TEXT = (
    "the harbour board met on a wet Tuesday and heard that seven cranes had stood still since noon while a ferry "
    "waited for somebody who knew where its papers were kept and two clerks looked for a lamp that was still warm"
)
_WORDS = _TEXT.split()
_BATCH = 1000
_GOLDEN = 0.6180339887  # its multiples fall everywhere between whole numbers, evenly


def make_site(
    folder: Path, *, relay_url: str = "catcher://", connections: int = 4, columns: Sequence[str] = ()
) -> Path:
    """Config and an empty folder of posts for each column; the path of config.toml."""
    slugs = list(columns) or ["harbour-notes"]
    parts = [
        f"""[site]
name = "The Courier"
url = "https://courier.example"
time_zone = "Europe/Berlin"
postal_address = "The Courier, 1 Quay Street, 20457 Portside"
tag_authority = "courier.example,2026"

[newsletters.{NEWSLETTER}]
name = "Morning Courier"
columns = {slugs!r}
schedule = {{ daily = "0 7 * * *" }}

[mail]
from = "The Courier <desk@courier.example>"

[relays.only]
url = "{relay_url}"
connections = {connections}

[authors.mira-voss]
name = "Mira Voss"
blurb = "Mira Voss writes about the people who work on and beside the water."
bio = "Mira Voss grew up above a chandler's shop and has written about the harbour since 2009."
""".replace("'", '"', 2 * len(slugs)),
        *(_column_of(slug) for slug in slugs),
    ]
    path = folder / "config.toml"
    path.write_text("\n".join(parts), encoding="utf-8")
    for slug in slugs:
        (folder / slug).mkdir(exist_ok=True)
    return path


def _column_of(slug: str) -> str:
    return f"""[columns.{slug}]
name = "Column {slug}"
authors = ["mira-voss"]

[sources.{slug}]
column = "{slug}"
kind = "folder"
path = "{slug}"
backlog = "all"
"""


def write_posts(folder: Path, count: int, *, start: int = 0, words: int = 600) -> None:
    """Markdown files with front matter, a heading in the middle, a list and some links."""
    chance = random.Random(start)  # the same texts in each run
    for at in range(start, start + count):
        day = NOW - timedelta(hours=at + 1)
        paragraphs = [" ".join(chance.choices(_WORDS, k=60)).capitalize() + "." for _ in range(max(1, words // 60))]
        paragraphs.insert(len(paragraphs) // 2, f"## What {_WORDS[at % len(_WORDS)]} means\n\n- one\n- [two](/two)")
        front = (
            f"---\ntitle: Post {at} of the harbour\ndate: {day:%Y-%m-%d %H:%M}\nsummary: What {at} is about.\n---\n\n"
        )
        (folder / f"post-{at:06}.md").write_text(front + "\n\n".join(paragraphs) + "\n", encoding="utf-8")


def put_readers(conn: Connection, count: int, *, wishes: Sequence[str] = ("",), domains: int = 1) -> None:
    """Confirmed daily readers of the newsletter; the nth has the nth of `wishes` (slugs, "" is all), in turn.

    Of several `domains` few have most of the addresses, as it is.
    """
    for batch in _batches(count):
        people = [_person(at, domains) for at in batch]
        conn.execute(insert(schema.subscribers), people)
        conn.execute(insert(schema.subscriptions), [_wish(at, wishes[at % len(wishes)]) for at in batch])


def _batches(count: int) -> list[range]:
    return [range(start, min(start + _BATCH, count)) for start in range(0, count, _BATCH)]


def _person(at: int, domains: int) -> dict[str, object]:
    domain = int(domains ** (at * _GOLDEN % 1))  # each of the first ten has as many as the ninety after them together
    email = f"reader{at}@{f'd{domain}.' if domains > 1 else ''}readers.example"
    facts = {"language": "", "state": SubscriberState.CONFIRMED, "consent": "a benchmark", "joined": NOW}
    return {"id": at + 1, "email": email, "address_key": email, "name": f"Reader {at}", **facts}


def _wish(at: int, columns: str) -> dict[str, object]:
    facts = {"newsletter": NEWSLETTER, "cadence": Cadence.DAILY, "state": SubscriptionState.ACTIVE}
    more = {"columns": columns, "seen_seq": 0, "joined": NOW, "left_how": ""}
    return {"id": at + 1, "subscriber": at + 1, **facts, **more}
