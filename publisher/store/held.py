"""Posts that an editor keeps out of letters: held, let go, looked for.

Feeds and pages have them as before, so holding is no revision. Which posts are news
(`posts.news`) knows of it; a post that is let go is made news again by `comeback`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from publisher.store import schema
from publisher.store.approvals import hold_touched

_PAGE = 500  # numbers at a time: SQLite takes that many variables

_posts = schema.posts


def hold_if(conn: Connection, seq: int, *, now: datetime) -> bool:
    """Keep a post out of letters; False: it was held already."""
    wanted = update(_posts).where(_posts.c.seq == seq, _posts.c.held.is_(None))
    is_held = bool(conn.execute(wanted.values(held=now)).rowcount)
    if is_held:
        hold_touched(conn, [seq], now=now)
    return is_held


def release_if(conn: Connection, seq: int) -> bool:
    """Let it go; False: it was not held."""
    wanted = update(_posts).where(_posts.c.seq == seq, _posts.c.held.is_not(None))
    return bool(conn.execute(wanted.values(held=None)).rowcount)


def among(conn: Connection, seqs: Sequence[int]) -> set[int]:
    """Those of these posts that are held."""
    found: set[int] = set()
    for start in range(0, len(seqs), _PAGE):
        some = seqs[start : start + _PAGE]
        found |= set(
            conn.execute(select(_posts.c.seq).where(_posts.c.seq.in_(some), _posts.c.held.is_not(None))).scalars()
        )
    return found


def count(conn: Connection) -> int:
    """How many are held."""
    number: int = conn.execute(select(func.count()).where(_posts.c.held.is_not(None))).scalar_one()
    return number
