"""Posts that go as letters of their own: what is to be known before one is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from publisher.model.subscriber import Cadence, SubscriptionState
from publisher.store import marks, schema

_PAGE = 500

_issues, _posts, _wishes = schema.issues, schema.posts, schema.subscriptions


def may_be_news(conn: Connection, newsletter: str, columns: Sequence[str]) -> bool:
    """Whether any reader of single posts may not have all there is; cheap, and sometimes wrongly True."""
    furthest_back = select(func.min(_wishes.c.seen_seq)).where(
        _wishes.c.newsletter == newsletter,
        _wishes.c.cadence == Cadence.AS_IT_HAPPENS,
        _wishes.c.state == SubscriptionState.ACTIVE,
    )
    # An expression and not the column: else SQLite goes by the index of columns, through all that they ever had.
    column = _posts.c.column.concat("")
    newer = select(_posts.c.seq).where(_posts.c.seq > furthest_back.scalar_subquery(), column.in_(columns))
    standing = newer.where(_posts.c.mailable, _posts.c.withdrawn.is_(None), _posts.c.held.is_(None))
    return conn.execute(standing.limit(1)).first() is not None


def unchanged_since(conn: Connection, seqs: Sequence[int]) -> dict[int, datetime]:
    """Since when each of these posts stands as it is."""
    found: dict[int, datetime] = {}
    for start in range(0, len(seqs), _PAGE):
        wanted = select(_posts.c.seq, _posts.c.first_seen, _posts.c.revised)
        for row in conn.execute(wanted.where(_posts.c.seq.in_(seqs[start : start + _PAGE]))):
            found[row.seq] = max(row.first_seen, row.revised or row.first_seen)
    return found


def had_their_letter(conn: Connection, newsletter: str, seqs: Sequence[int]) -> set[int]:
    """Which of these posts had a letter of their own, whatever became of it."""
    found: set[int] = set()
    for start in range(0, len(seqs), _PAGE):
        slots = [str(seq) for seq in seqs[start : start + _PAGE]]
        wanted = select(_issues.c.slot).where(
            _issues.c.newsletter == newsletter, _issues.c.cadence == Cadence.AS_IT_HAPPENS, _issues.c.slot.in_(slots)
        )
        found.update(int(slot) for slot in conn.execute(wanted).scalars())
    return found


def last_look(conn: Connection, newsletter: str) -> datetime | None:
    """Up to when posts were looked after in time; None: never yet."""
    said = marks.get(conn, _mark(newsletter))
    return datetime.fromisoformat(said) if said else None


def looked(conn: Connection, newsletter: str, *, now: datetime) -> None:
    """Remember that posts were looked after at this moment."""
    facts: Mapping[str, str] = {_mark(newsletter): now.isoformat()}
    marks.put(conn, facts)


def _mark(newsletter: str) -> str:
    return f"singles/{newsletter}"
