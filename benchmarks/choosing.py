"""Choosing the posts of an issue: who wants what, what is new, and which posts that makes for whom.

The archive grows from ten thousand posts to a million; what is new since the last issue, the
columns and the readers stay the same. Readers have chosen among forty columns in a few
hundred ways, and most have had the last issue; a tenth stands short of it. The yardstick is
the least a database can do for it: the numbers of the new posts, and readers counted by what
they want, by two bare statements. Beside it stands what choosing does not need, and an
issue does: looking through the archive for the stories that are related to twenty posts.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from datetime import UTC, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, case, func, select, update

from parts.rounds import run_apart
from parts.site import NEWSLETTER, NOW, put_readers
from parts.table import milliseconds, print_table, seconds_of, times
from publisher.assemble.assembly import Assembly
from publisher.assemble.relating import Relations, relate
from publisher.letter.choose import Choice, choose
from publisher.model.author import Author
from publisher.model.column import Column
from publisher.model.issue import Newsletter, Wish
from publisher.model.subscriber import Cadence
from publisher.store import audience, authors, columns, posts, schema
from publisher.store.database import open_store

COLUMNS = [f"column-{at:02}" for at in range(40)]
ROUNDS = 15
MAXIMUM = 20
BARE_NEWS = "SELECT seq FROM posts WHERE seq > ?"
BARE = """
SELECT s.columns, s.seen_seq, count(*) FROM subscriptions AS s JOIN subscribers AS p ON p.id = s.subscriber
WHERE p.state = 'confirmed' AND s.state = 'active' GROUP BY s.columns, s.seen_seq
"""
NEWEST = select(func.max(schema.posts.c.seq))
ASSEMBLY = Assembly(
    newsletter=Newsletter(
        slug=NEWSLETTER,
        name="Morning Courier",
        columns=tuple(COLUMNS),
        from_name="The Courier",
        from_address="desk@courier.example",
        subject="{{ lead.title }}",
    ),
    columns={slug: Column(slug=slug, feed_id=f"tag:courier.example,2026:{slug}", name=slug) for slug in COLUMNS},
    site_name="The Courier",
    site_url="https://courier.example",
    postal_address="1 Quay Street",
    zone=UTC,
    maximum=MAXIMUM,
    grace=timedelta(hours=6),
    lifetime=timedelta(hours=24),
)
FILL = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
INSERT INTO posts (seq, id, "column", source, guid, slug, title, summary, body, url, image, tags, language,
                   published, updated, first_seen, revision, content_hash, mailable, change)
SELECT i, 'tag:courier.example,2026:old/' || i, printf('column-%02d', i * 7 % {columns}), 'feed', 'old-' || i,
       'old-' || i, 'Post ' || i || ' of the harbour', 'What it is about.', '<p>' || {text} || '</p>', '', '{{}}',
       '[]', '', {now} - ({count} - i) * 60000000, {now}, {now} - ({count} - i) * 60000000, 1, i, 1, i FROM n
"""
WRITERS = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
INSERT INTO post_authors (post, position, author) SELECT i, 0, 'writer-' || (i % {writers}) FROM n
"""
WRITER_COUNT = 60
TEXT = "'" + "The harbour board met on a wet Tuesday and heard nothing new. " * 12 + "'"


def measure(size: int, news: int, readers: int, wishes: int) -> dict[str, float]:
    """One archive, in this process: the quickest of its rounds, since what else the machine does only adds to it."""
    with tempfile.TemporaryDirectory(prefix="choosing-") as name:
        store = open_store("sqlite:///publisher.db", root=Path(name))
        try:
            with store.write() as conn:
                _fill(conn, size)
                _put_readers(conn, size - news, readers=readers, wishes=wishes)
            with store.read() as conn:
                return _measured(conn, size, oldest=size - news - news // 4)
        finally:
            store.close()


def _fill(conn: Connection, size: int) -> None:
    for slug in COLUMNS:
        columns.put_if_new(conn, slug, feed_id=f"tag:courier.example,2026:{slug}", now=NOW)
    authors.learn(conn, [Author(key=f"writer-{at}", name=f"Writer {at}") for at in range(WRITER_COUNT)])
    now = int(NOW.timestamp() * 1_000_000)
    conn.exec_driver_sql(FILL.format(count=size, columns=len(COLUMNS), text=TEXT, now=now))
    conn.exec_driver_sql(WRITERS.format(count=size, writers=WRITER_COUNT))


def _put_readers(conn: Connection, seen: int, *, readers: int, wishes: int) -> None:
    """Readers who stand there in the news; a tenth stops short of it by a quarter of what is new."""
    chance = random.Random(wishes)  # the same choices in each run
    choices = [" ".join(sorted(chance.sample(COLUMNS, chance.randint(1, 12)))) for _ in range(wishes)]
    columns.put_newsletters(conn, [(NEWSLETTER, "Morning Courier")], now=NOW)
    put_readers(conn, readers, wishes=choices)
    wish, short = schema.subscriptions, (conn.execute(NEWEST).scalar_one() - seen) // 4
    conn.execute(update(wish).values(seen_seq=seen - case((wish.c.id % 11 == 0, short), else_=0)))


def _measured(conn: Connection, size: int, *, oldest: int) -> dict[str, float]:
    made: list[Choice] = []
    rounds = [_one_round(conn, oldest, made) for _ in range(ROUNDS)]
    found = {name: min(one[name] for one in rounds) for name in rounds[0]}
    if made[-1].through_seq != size:
        raise SystemExit(f"not what was to be measured: the newest post is {made[-1].through_seq}")
    posts_of_a_day = list(posts.with_seqs(conn, range(size - 19, size + 1)).values())
    related: list[Relations] = []
    find = partial(relate, conn, ASSEMBLY, posts_of_a_day, through_seq=size)
    found["related"] = min(seconds_of(lambda: related.append(find())) for _ in range(ROUNDS))
    if not all(related[-1].among(posts_of_a_day, through_seq=size).values()):
        raise SystemExit("not what was to be measured: no related story")
    return found | {"distinct": len(made[-1].after), "variants": len(made[-1].variants)}


def _one_round(conn: Connection, oldest: int, made: list[Choice]) -> dict[str, float]:
    wanted: list[dict[Wish, int]] = []
    new: list[list[tuple[int, str]]] = []
    taken = {
        "wishes": seconds_of(lambda: wanted.append(audience.wishes(conn, NEWSLETTER, Cadence.DAILY))),
        "news": seconds_of(lambda: new.append(posts.news(conn, columns=COLUMNS, after_seq=oldest))),
        "choose": seconds_of(lambda: made.append(choose(wanted[0], new[0], columns=COLUMNS, maximum=MAXIMUM))),
        "bare": seconds_of(
            lambda: (conn.exec_driver_sql(BARE_NEWS, (oldest,)).all(), conn.exec_driver_sql(BARE).all())
        ),
    }
    return taken | {"all": taken["wishes"] + taken["news"] + taken["choose"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--news", type=int, default=200, help="posts since the last issue")
    parser.add_argument("--readers", type=int, default=10_000)
    parser.add_argument("--wishes", type=int, default=400, help="ways in which readers have chosen columns")
    parser.add_argument("--alone", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    more = {name: getattr(given, name) for name in ("news", "readers", "wishes")}
    arguments = [part for name, value in more.items() for part in (f"--{name}", str(value))]
    found = run_apart(__file__, given.alone, partial(measure, **more), dict.fromkeys(given.posts, 1), arguments)
    sizes = {size: taken[0] for size, taken in found.items()}
    least = sizes[min(sizes)]
    rows = [
        (
            f"{size:,}",
            *(milliseconds(one[name]) for name in ("wishes", "news", "choose", "all")),
            times(one["all"] / least["all"]),
            milliseconds(one["bare"]),
            times(one["all"] / one["bare"]),
            milliseconds(one["related"]),
        )
        for size, one in sizes.items()
    ]
    heads = (
        "posts stored", "wishes, ms", "news, ms", "choose, ms", "all, ms", "ratio", "bare SELECTs, ms", "against it",
        "related, ms",
    )  # fmt: skip
    told = f"{given.news:,} new posts, {given.readers:,} readers with {least['distinct']:,.0f} wishes"
    print_table(f"{told}: {least['variants']:,.0f} variants; the quickest of {ROUNDS} rounds", heads, rows)


if __name__ == "__main__":
    main()
