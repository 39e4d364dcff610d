"""Where the news begins for a reader who joins."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from publisher.model.issue import RELEASED
from publisher.model.subscriber import LOOK_BACK, Cadence
from publisher.store import schema


def news_start(conn: Connection, newsletter: str, cadence: Cadence, *, now: datetime) -> int:
    """The post after which all is news to who joins now.

    That is the last one that could be in the last issue that went out; where that was long
    ago, or never, no more than one issue of this cadence would hold: nobody joins to get the
    archive.
    """
    issues, posts = schema.issues, schema.posts
    last_issue = select(func.max(issues.c.through_seq)).where(
        issues.c.newsletter == newsletter, issues.c.cadence == cadence, issues.c.state.in_(RELEASED)
    )
    # From the newest back, so that it costs what is young and not what is stored.
    old = select(posts.c.seq).where(posts.c.first_seen < now - LOOK_BACK[cadence]).order_by(posts.c.seq.desc()).limit(1)
    return max(conn.execute(wanted).scalar_one_or_none() or 0 for wanted in (last_issue, old))
