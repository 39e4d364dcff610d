"""A post that no letter could have for a while and that may go again: it is news to those who never had it.

It was withdrawn and is brought back, or was held and is let go. Issues that went out
meanwhile have moved their readers' places above it. Those are set back to just below it,
with all that was between as had ahead. Only readers count who chose its column and never
had a letter with it; and who were subscribed when the post came, but for one that was
held until now: that comes to who joined since like any news, if no issue has told it yet.

Known weakness: where more than MOST posts came meanwhile, it is no news any more; such
places would be long, and such news old.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, exists, or_, select, true, update

from publisher.model.subscriber import SubscriptionState
from publisher.store import schema
from publisher.store.issues import take_turn

MOST = 200

_posts, _wishes = schema.posts, schema.subscriptions


def make_news_again(
    conn: Connection, seq: int, newsletters: Mapping[str, Sequence[str]], *, to_newcomers: bool = False
) -> int:
    """Let a post that stands again be news to who has not had it; how many readers. `newsletters`: their columns.

    `to_newcomers`: also to who joined after it came, where no issue of their newsletter had it.
    """
    post = conn.execute(
        select(_posts.c.column, _posts.c.mailable, _posts.c.first_seen).where(_posts.c.seq == seq)
    ).one()
    holding = {slug: columns for slug, columns in newsletters.items() if post.mailable and post.column in columns}
    total = 0
    for slug in sorted(holding):
        take_turn(conn, slug)
        is_for_all = to_newcomers and not _was_told(conn, slug, seq)
        passed = (
            _wishes.c.newsletter == slug,
            _wishes.c.state == SubscriptionState.ACTIVE,
            _wishes.c.seen_seq >= seq,
            true() if is_for_all else _wishes.c.joined <= post.first_seen,
            _never_had(seq),
        )
        alike = (_wishes.c.columns, _wishes.c.seen_seq, _wishes.c.ahead)
        groups = conn.execute(select(*alike).distinct().where(*passed, _may_want(post.column))).all()
        for columns, seen, ahead in groups:
            between = _between(conn, holding[slug], seq, seen)
            if (columns and post.column not in columns.split()) or len(between) > MOST:
                continue
            had = sorted({*between, *map(int, ahead.split())})
            same = (_wishes.c.columns == columns, _wishes.c.seen_seq == seen, _wishes.c.ahead == ahead)
            moved = update(_wishes).where(*passed, *same)
            total += conn.execute(moved.values(seen_seq=seq - 1, ahead=" ".join(map(str, had)))).rowcount
    return total


def _may_want(column: str) -> ColumnElement[bool]:
    return or_(_wishes.c.columns == "", _wishes.c.columns.contains(column, autoescape=True))


def _never_had(seq: int) -> ColumnElement[bool]:
    ledger, held = schema.deliveries, schema.variant_posts
    return ~exists().where(
        ledger.c.subscription == _wishes.c.id, held.c.variant == ledger.c.variant, held.c.post == seq
    )


def _was_told(conn: Connection, newsletter: str, seq: int) -> bool:
    """Whether an issue that went out had it."""
    issues, variants, inside, ledger = schema.issues, schema.variants, schema.variant_posts, schema.deliveries
    wanted = (
        select(inside.c.post)
        .join(variants, variants.c.id == inside.c.variant)
        .join(issues, issues.c.id == variants.c.issue)
        .where(inside.c.post == seq, issues.c.newsletter == newsletter, issues.c.corrects.is_(None))
        .where(exists().where(ledger.c.issue == issues.c.id))
    )
    return conn.execute(wanted.limit(1)).first() is not None


def _between(conn: Connection, columns: Sequence[str], seq: int, seen: int) -> list[int]:
    """What came after the post up to a place, without what is withdrawn or held itself."""
    wanted = (
        select(_posts.c.seq)
        .where(_posts.c.mailable, _posts.c.column.in_(columns), _posts.c.withdrawn.is_(None), _posts.c.held.is_(None))
        .where(_posts.c.seq > seq, _posts.c.seq <= seen)
        .limit(MOST + 1)
    )
    return list(conn.execute(wanted).scalars())
