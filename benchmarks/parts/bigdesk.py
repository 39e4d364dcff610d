"""A site as large as they come, straight in a SQLite file: readers, posts, issues, and the ledger of their letters.

What is asked is how long pages take, so rows are written by SQL, and the ledger's indices are made when
it is full, which gives the same indices in a tenth of the time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, text

NEWSLETTERS = ("morning", "noon", "evening")
COLUMNS = tuple(f"column-{at}" for at in range(20))
NEWS = 12  # posts that no reader has had
A_DAY_US, A_HOUR_US = 86_400_000_000, 3_600_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BODY = "'<p>" + "The harbour board met on a wet Tuesday and heard nothing new. " * 25 + "</p>'"
_COUNT = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many) "

CONFIG = (
    """
[site]
name = "The Courier"
url = "https://courier.example"
time_zone = "Europe/Berlin"
postal_address = "The Courier, 1 Quay Street, 20457 Portside"
tag_authority = "courier.example,2026"

[mail]
from = "The Courier <desk@courier.example>"

[relays.only]
url = "catcher://"
"""
    + "".join(
        f"""
[newsletters.{slug}]
name = "{slug.title()} Courier"
columns = {list(COLUMNS)!r}
schedule = {{ daily = "0 7 * * *", weekly = "0 7 * * 1" }}
""".replace("'", '"')
        for slug in NEWSLETTERS
    )
    + "".join(
        f"""
[columns.{slug}]
name = "{slug.title()}"

[sources.{slug}]
column = "{slug}"
kind = "folder"
path = "columns/{slug}"
"""
        for slug in COLUMNS
    )
)


def fill(conn: Connection, *, readers: int, posts: int, issues: int, deliveries: int, now: datetime) -> None:
    """All of it, in the transaction of the caller; the site's config was opened once, so that its names stand."""
    at = (now - _EPOCH) // timedelta(microseconds=1)
    _readers(conn, readers, at, seen=max(0, posts - NEWS))
    _posts(conn, posts, at)
    _issues(conn, issues, deliveries, readers, posts, at)
    _hours(conn, at)
    conn.execute(text("ANALYZE"))


def _readers(conn: Connection, many: int, at: int, *, seen: int) -> None:
    conn.execute(
        text(
            _COUNT + "INSERT INTO subscribers (id, email, address_key, name, language, state, consent, joined, asks) "
            "SELECT i, 'reader' || i || '@d' || (i % 5000) || '.example', 'reader' || i || '@d' || (i % 5000) || "
            "'.example', 'Reader ' || i, '', CASE WHEN i % 50 = 0 THEN 'suppressed' ELSE 'confirmed' END, 'asked', "
            ":at - (:many - i) * 60000000, 0 FROM n"
        ),
        {"many": many, "at": at},
    )
    conn.execute(
        text(
            "INSERT INTO subscriptions (id, subscriber, newsletter, cadence, columns, state, seen_seq, ahead, joined, "
            "left_at, left_how) SELECT id, id, "
            "CASE id % 3 WHEN 0 THEN 'morning' WHEN 1 THEN 'noon' ELSE 'evening' END, "
            "CASE id % 2 WHEN 0 THEN 'daily' ELSE 'weekly' END, '', "
            "CASE WHEN id % 20 = 7 THEN 'left' ELSE 'active' END, :seen, '', joined, "
            "CASE WHEN id % 20 = 7 THEN :at END, CASE WHEN id % 20 = 7 THEN 'page' ELSE '' END "
            "FROM subscribers"
        ),
        {"at": at, "seen": seen},
    )
    conn.execute(text("INSERT INTO tags (subscriber, tag) SELECT id, 'patron' FROM subscribers WHERE id % 100 = 3"))


def _posts(conn: Connection, many: int, at: int) -> None:
    conn.execute(
        text(
            _COUNT
            + 'INSERT INTO posts (seq, id, "column", source, guid, slug, title, summary, body, url, image, tags, '
            "language, published, updated, first_seen, revision, content_hash, mailable, change) "
            "SELECT i, 'tag:courier.example,2026:post/' || i, 'column-' || (i % 20), 'column-' || (i % 20), 'g' || i, "
            f"'post-' || i, 'Post ' || i || ' of the harbour', 'What it is about.', {_BODY}, '', '{{}}', "
            "'[\"harbour\"]', "
            "'', :at - (:many - i) * 600000000, :at, :at, 1, 'h' || i, 1, i FROM n"
        ),
        {"many": many, "at": at},
    )
    conn.execute(text("UPDATE counters SET value = :many WHERE name IN ('posts', 'changes')"), {"many": many})


def _issues(conn: Connection, many: int, deliveries: int, readers: int, posts: int, at: int) -> None:
    conn.execute(
        text(
            _COUNT + "INSERT INTO issues (id, newsletter, cadence, slot, state, created, due, expires, through_seq, "
            "finished, why, findings, change, kind) SELECT i, CASE i % 3 WHEN 0 THEN 'morning' WHEN 1 THEN 'noon' ELSE "
            "'evening' END, 'daily', 'slot-' || i, CASE WHEN i = :many THEN 'paused' WHEN i = :many - 1 THEN 'held' "
            "ELSE 'sent' END, :at - (:many - i) * :day / 3, :at - (:many - i) * :day / 3, :at + :day, 1, "
            "CASE WHEN i < :many - 1 THEN :at - (:many - i) * :day / 3 + 600000000 END, '', '[]', 0, 'issue' FROM n"
        ),
        {"many": many, "at": at, "day": A_DAY_US},
    )
    conn.execute(text("INSERT INTO variants (id, issue, key) SELECT id, id, 'all' FROM issues"))
    conn.execute(
        text(
            "INSERT INTO letters (variant, subject, html, text) SELECT id, 'The harbour, issue ' || id, "
            "'<!DOCTYPE html><title>x</title><p>The harbour board met.</p>', 'The harbour board met.' FROM issues"
        )
    )
    conn.execute(
        text(
            "INSERT INTO variant_posts (variant, position, post, revision) "
            "SELECT issues.id, p.value, min(:posts, issues.id * 8 + p.value), 1 "
            "FROM issues, json_each('[0,1,2,3,4,5,6,7]') p "
        ),
        {"posts": posts},
    )
    _ledger(conn, many, deliveries // many, readers)
    conn.execute(text("UPDATE issues SET addressed = (SELECT count(*) FROM deliveries WHERE issue = issues.id)"))


def _ledger(conn: Connection, issues: int, each: int, readers: int) -> None:
    """`each` letters of each issue; one in fifty failed, one in a thousand is in doubt; the newest is half way."""
    indices = conn.execute(
        text("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'deliveries' AND sql IS NOT NULL")
    ).all()
    for name, _ in indices:
        conn.execute(text(f"DROP INDEX {name}"))
    for issue in range(1, issues + 1):
        going = issue == issues
        conn.execute(
            text(
                "INSERT INTO deliveries "
                "(issue, variant, subscription, state, attempts, changed, code, enhanced, reply, reason) "
                "SELECT :issue, :issue, id, CASE WHEN id % 50 = 1 THEN 'failed' WHEN id % 1000 = 2 THEN "
                "'in_doubt' WHEN :going AND id % 2 = 0 THEN 'due' ELSE 'sent' END, 1, "
                "(SELECT due FROM issues WHERE issues.id = :issue), CASE WHEN id % 50 = 1 THEN 550 ELSE 250 END, "
                "'', '', "
                "CASE WHEN id % 50 = 1 THEN 'user-unknown' ELSE '' END "
                "FROM subscriptions WHERE id > :after AND id <= :after + :each"
            ),
            {"issue": issue, "going": going, "each": each, "after": (issue * 7919) % max(1, readers - each + 1)},
        )
    for _, statement in indices:
        conn.execute(text(statement))


def _hours(conn: Connection, at: int) -> None:
    hour = at // A_HOUR_US
    for what, number in (("sent", 9000), ("failed", 120), ("deferred", 300), ("bounced", 40)):
        conn.execute(
            text(
                "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 8760) "
                "INSERT OR REPLACE INTO hours SELECT :hour - i, :what, '', 1, :number + i % 7 FROM n"
            ),
            {"hour": hour, "what": what, "number": number},
        )
    for newsletter in NEWSLETTERS:
        for what, number in (("joined", 12), ("left", 3)):
            conn.execute(
                text(
                    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 8760) "
                    "INSERT OR REPLACE INTO hours SELECT :hour - i, :what, :newsletter, 0, :number FROM n"
                ),
                {"hour": hour, "what": what, "newsletter": newsletter, "number": number},
            )
