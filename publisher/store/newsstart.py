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
    issues = schema.issues
    last_issue = select(func.max(issues.c.through_seq)).where(
        issues.c.newsletter == newsletter, issues.c.cadence == cadence, issues.c.state.in_(RELEASED)
    )
    return max(conn.execute(last_issue).scalar_one_or_none() or 0, newest_before(conn, now - LOOK_BACK[cadence]))


def newest_before(conn: Connection, moment: datetime) -> int:
    """The last post that was there before a moment; from the newest back, so that it costs what is young."""
    posts = schema.posts
    wanted = select(posts.c.seq).where(posts.c.first_seen < moment).order_by(posts.c.seq.desc()).limit(1)
    return conn.execute(wanted).scalar_one_or_none() or 0
