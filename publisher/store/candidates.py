"""What could be in a draft that is not: news to some of its readers; and when it is due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from publisher.model.subscriber import Cadence, SubscriptionState
from publisher.store import schema

LOOKED_AT = 2000  # of the newest posts: older ones are hardly news to anybody

_posts, _wishes, _issues = schema.posts, schema.subscriptions, schema.issues


def news_to_somebody(
    conn: Connection, newsletter: str, cadence: Cadence, columns: Sequence[str], words: Sequence[str]
) -> list[int]:
    """Posts that some reader has not had yet and that may be mailed, with all these words in the title, newest first.

    `words` in case folding, which no database does for all scripts.
    """
    oldest = select(func.min(_wishes.c.seen_seq)).where(
        _wishes.c.newsletter == newsletter,
        _wishes.c.cadence == cadence,
        _wishes.c.state == SubscriptionState.ACTIVE,
    )
    after = conn.execute(oldest).scalar_one_or_none()
    if after is None:
        return []
    column = _posts.c.column.concat("")  # not by the index of columns: from the newest back
    wanted = select(_posts.c.seq, _posts.c.title).where(
        _posts.c.mailable,
        _posts.c.seq > after,
        column.in_(columns),
        _posts.c.withdrawn.is_(None),
        _posts.c.held.is_(None),
    )
    rows = conn.execute(wanted.order_by(_posts.c.seq.desc()).limit(LOOKED_AT))
    return [row.seq for row in rows if all(word in row.title.casefold() for word in words)]


def put_due(conn: Connection, issue: int, due: datetime) -> None:
    """Let it be due then."""
    conn.execute(update(_issues).where(_issues.c.id == issue).values(due=due))
