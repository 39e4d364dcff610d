"""A post that no letter could have for a while and that may go again: it is news to those who never had it.

It was withdrawn and is brought back, or was held and is let go. Issues that went out
meanwhile have moved their readers' places above it. Those are set back to just below it,
with all that was between as had ahead. Only readers count who chose its column and never
had a letter with it; and who were subscribed when the post came, or joined while it was news
to who joins: before it was withdrawn, where no issue of their cadence had told it yet.

Known weakness: where more than MOST posts came meanwhile, it is no news any more; such
places would be long, and such news old. Each 100,000 places that are set back take SQLite
about a second, in which nobody else writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, literal, or_, select, true, update

from publisher.model.subscriber import SubscriptionState
from publisher.store import schema
from publisher.store.issues import take_turn

MOST = 200
MOST_ASKED = 20  # posts of which each reader is asked for; of more it counts as had: nothing comes twice

_posts, _wishes = schema.posts, schema.subscriptions


def make_news_again(
    conn: Connection, seq: int, newsletters: Mapping[str, Sequence[str]], *, was_news_until: datetime | None = None
) -> int:
    """Let a post that stands again be news to who has not had it; how many readers. `newsletters`: their columns.

    Also to who joined after it came, `was_news_until` (None: up to now), where no issue of their newsletter and
    cadence had it.
    """
    post = conn.execute(
        select(_posts.c.column, _posts.c.mailable, _posts.c.first_seen).where(_posts.c.seq == seq)
    ).one()
    holding = {slug: columns for slug, columns in newsletters.items() if post.mailable and post.column in columns}
    total = 0
    for slug in sorted(holding):
        take_turn(conn, slug)
        told = _cadences_told(conn, slug, seq)
        in_time = true() if was_news_until is None else _wishes.c.joined <= was_news_until
        passed = (
            _wishes.c.newsletter == slug,
            _wishes.c.state == SubscriptionState.ACTIVE,
            _wishes.c.seen_seq >= seq,
            or_(_wishes.c.joined <= post.first_seen, and_(in_time, _wishes.c.cadence.not_in(told))),
            ~_had(conn, seq) if told else true(),  # nobody had it: then there is no ledger to look through
            _may_want(post.column),
        )
        total += _set_back(conn, passed, post.column, seq, newsletter=slug, columns=holding[slug])
    return total


def _set_back(
    conn: Connection,
    passed: Sequence[ColumnElement[bool]],
    column: str,
    seq: int,
    *,
    newsletter: str,
    columns: Sequence[str],
) -> int:
    """Move the places of these readers to just below the post; how many."""
    absent = _absent(conn, columns, seq, newsletter)
    asked, others = absent[:MOST_ASKED], absent[MOST_ASKED:]
    having = {one: _had(conn, one) for one in asked}
    alike = (_wishes.c.columns, _wishes.c.seen_seq, _wishes.c.ahead, *having.values())
    total = 0
    for chosen, seen, ahead, *had_those in conn.execute(select(*alike).distinct().where(*passed)).all():
        between = _between(conn, columns, seq, seen)
        if (chosen and column not in chosen.split()) or len(between) > MOST:
            continue
        gone = {one for one, has_it in zip(asked, had_those, strict=True) if has_it} | set(others)
        had = sorted({*between, *map(int, ahead.split()), *(one for one in gone if one <= seen)})
        same = (_wishes.c.columns == chosen, _wishes.c.seen_seq == seen, _wishes.c.ahead == ahead)
        who = (having[one] if has_it else ~having[one] for one, has_it in zip(asked, had_those, strict=True))
        moved = update(_wishes).where(*passed, *same, *who)
        total += conn.execute(moved.values(seen_seq=seq - 1, ahead=" ".join(map(str, had)))).rowcount
    return total


def _may_want(column: str) -> ColumnElement[bool]:
    return or_(_wishes.c.columns == "", _wishes.c.columns.contains(column, autoescape=True))


def _had(conn: Connection, seq: int) -> ColumnElement[bool]:
    """Whether a reader had a letter with the post: asked of the few issues that told it, not of all letters."""
    ledger, inside, variants = schema.deliveries, schema.variant_posts, schema.variants
    told = (
        select(variants.c.issue).distinct().join(inside, inside.c.variant == variants.c.id).where(inside.c.post == seq)
    )
    return exists().where(
        ledger.c.issue.in_(sorted(conn.execute(told).scalars())),
        ledger.c.subscription == _wishes.c.id,
        exists().where(inside.c.variant == ledger.c.variant, inside.c.post == seq),
    )


def _absent(conn: Connection, columns: Sequence[str], seq: int, newsletter: str) -> list[int]:
    """What came after the post, was told, and is withdrawn or held now: some have had it, and it may come back, too."""
    wanted = (
        select(_posts.c.seq)
        .where(_posts.c.mailable, _posts.c.column.in_(columns), _posts.c.seq > seq)
        .where(or_(_posts.c.withdrawn.is_not(None), _posts.c.held.is_not(None)), _told_in(newsletter, _posts.c.seq))
    )
    return list(conn.execute(wanted.order_by(_posts.c.seq)).scalars())


def _cadences_told(conn: Connection, newsletter: str, seq: int) -> list[str]:
    """Those of which an issue that went out had the post."""
    told = select(schema.issues.c.cadence).distinct().where(*_telling(newsletter, literal(seq)))
    return list(conn.execute(told).scalars())


def _told_in(newsletter: str, seq: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether an issue that went out had the post."""
    return exists().where(*_telling(newsletter, seq))


def _telling(newsletter: str, seq: ColumnElement[int]) -> tuple[ColumnElement[bool], ...]:
    issues, variants, inside, ledger = schema.issues, schema.variants, schema.variant_posts, schema.deliveries
    return (
        inside.c.post == seq,
        variants.c.id == inside.c.variant,
        issues.c.id == variants.c.issue,
        issues.c.newsletter == newsletter,
        issues.c.corrects.is_(None),
        exists().where(ledger.c.issue == issues.c.id),
    )


def _between(conn: Connection, columns: Sequence[str], seq: int, seen: int) -> list[int]:
    """What came after the post up to a place, without what is withdrawn or held itself."""
    wanted = (
        select(_posts.c.seq)
        .where(_posts.c.mailable, _posts.c.column.in_(columns), _posts.c.withdrawn.is_(None), _posts.c.held.is_(None))
        .where(_posts.c.seq > seq, _posts.c.seq <= seen)
        .limit(MOST + 1)
    )
    return list(conn.execute(wanted).scalars())
