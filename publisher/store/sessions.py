"""Who is signed in, with which browser. A session is known by a random token, of which the hash alone is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from publisher.store import schema

IDLE = timedelta(days=14)  # without a request
LONGEST = timedelta(days=90)  # whatever happens
SURE_FOR = timedelta(minutes=15)  # after a password was given, before it is asked for again
SEEN_EVERY = timedelta(minutes=1)  # so that not each request writes

_sessions = schema.sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    id: int
    user: int
    created: datetime
    seen: datetime
    sure: datetime  # when they proved last who they are
    ip: str
    agent: str


def begin(
    conn: Connection, digest: str, user: int, *, ip: str, agent: str, now: datetime, sure: datetime | None = None
) -> int:
    """Somebody signed in. What is long over goes. `sure`: when they proved who they are; None: now."""
    conn.execute(delete(_sessions).where(_sessions.c.seen < now - IDLE))
    row = {
        "digest": digest,
        "user": user,
        "created": now,
        "seen": now,
        "sure": sure or now,
        "ip": ip,
        "agent": agent[:300],
    }
    session: int = conn.execute(insert(_sessions).values(row).returning(_sessions.c.id)).scalar_one()
    return session


def find(conn: Connection, digest: str, *, now: datetime) -> Session | None:
    """None: there is none, or its time is over."""
    row = conn.execute(select(_sessions).where(_sessions.c.digest == digest)).mappings().one_or_none()
    if row is None or row["seen"] < now - IDLE or row["created"] < now - LONGEST:
        return None
    return _session_of(row)


def see(conn: Connection, session: int, *, ip: str, now: datetime) -> None:
    """It is in use."""
    conn.execute(update(_sessions).where(_sessions.c.id == session).values(seen=now, ip=ip))


def be_sure(conn: Connection, session: int, *, now: datetime) -> None:
    """The password was given again."""
    conn.execute(update(_sessions).where(_sessions.c.id == session).values(sure=now))


def of_user(conn: Connection, user: int, *, now: datetime) -> list[Session]:
    """Those that are not over, the newest first."""
    wanted = select(_sessions).where(
        _sessions.c.user == user, _sessions.c.seen >= now - IDLE, _sessions.c.created >= now - LONGEST
    )
    rows = conn.execute(wanted.order_by(_sessions.c.seen.desc(), _sessions.c.id.desc())).mappings()
    return [_session_of(row) for row in rows]


def last_seen(conn: Connection) -> dict[int, datetime]:
    """By user, when any of their browsers was here last."""
    found = select(_sessions.c.user, func.max(_sessions.c.seen).label("seen")).group_by(_sessions.c.user)
    return {row.user: row.seen for row in conn.execute(found)}


def end(conn: Connection, session: int, *, user: int) -> bool:
    """One of a user's; False where that is no session of theirs."""
    gone = delete(_sessions).where(_sessions.c.id == session, _sessions.c.user == user)
    return bool(conn.execute(gone).rowcount)


def end_others(conn: Connection, user: int, *, but: int | None = None) -> int:
    """All of a user's, or all but one; how many."""
    gone = delete(_sessions).where(_sessions.c.user == user)
    return conn.execute(gone if but is None else gone.where(_sessions.c.id != but)).rowcount


def _session_of(row: RowMapping) -> Session:
    return Session(**{name: value for name, value in row.items() if name != "digest"})
