"""How often somebody tried to join, or to sign in: counted by slots of time, in the table of what is limited (`uses`).

Keys begin with `signup:` or `login:`; what they mean is decided above, in `subscribe/bounds.py` and
`house/loginlimits.py`. A try
that is refused is not counted, so that a flood writes nothing; the limit of the whole site bounds
how many rows there can be. Senders know nothing of these keys, and their lock is not taken: two
tries at the same moment may both find the last room.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, or_, select

from publisher.model.limit import SLOTS, Limit, oldest_slot, slot_at, start_of
from publisher.store import schema, uses

OF_LOGINS = "login:"  # how keys of those who sign in begin
OF_TESTS = "test:"  # and of those who send test letters from the desk

_uses = schema.uses
_OURS = or_(*(_uses.c.key.like(f"{start}%") for start in (uses.OF_SIGN_UPS, OF_LOGINS, OF_TESTS)))


def free_from(conn: Connection, key: str, limit: Limit, *, now: datetime) -> datetime | None:
    """When there is room under a limit; None: there is now."""
    by_slot = uses.used(conn, key, [limit], now=now)[limit.seconds]
    over = sum(by_slot.values()) - limit.letters
    if over < 0:
        return None
    for slot in sorted(by_slot):
        over -= by_slot[slot]
        if over < 0:
            return start_of(slot + SLOTS + 1, limit.seconds)
    return now + timedelta(seconds=limit.seconds)


def is_full(conn: Connection, counted: Iterable[tuple[str, Limit]], *, now: datetime) -> bool:
    """Whether there is no room under one of these."""
    return any(free_from(conn, key, limit, now=now) for key, limit in counted)


def count(conn: Connection, counted: Iterable[tuple[str, Limit]], *, now: datetime) -> None:
    """Count one try under each of these, which stand in the same order for all who count."""
    for key, limit in counted:
        uses.add(conn, key, [limit], 1, now=now)


def forget_old(conn: Connection, *, now: datetime) -> int:
    """Drop what counts no more, and what a wrong clock counted ahead of now; how many rows."""
    gone = 0
    for seconds in conn.execute(select(_uses.c.seconds).where(_OURS).distinct()).scalars().all():
        out = or_(_uses.c.slot < oldest_slot(now, seconds), _uses.c.slot > slot_at(now, seconds) + SLOTS)
        gone += conn.execute(delete(_uses).where(_OURS, _uses.c.seconds == seconds, out)).rowcount
    return gone
