"""What config.toml said, version by version: who saved it, when, and with what words. Rows are never changed.

The last 200 are kept, and of those before them the last of each day (UTC) for two years. Each save looks at the newest
1,500 and takes away 100 at most, so that none takes long; a list that grew without a bound is short after some.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from publisher.store import schema

LAST = 200
DAILY_FOR = timedelta(days=731)
_LOOKED_AT = 1_500  # more than there are where all is as it should be
_TAKEN_AWAY = 100

_versions = schema.config_versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    id: int
    at: datetime
    who: str  # "": it was found changed
    digest: str
    note: str


def keep(conn: Connection, content: str, *, digest: str, who: str, note: str, now: datetime) -> bool:
    """Write down what the file says now; False where that is what it said last."""
    last = newest(conn, limit=1)
    if last and last[0].digest == digest:
        return False
    row = {"at": now, "who": who, "digest": digest, "content": content, "note": note}
    conn.execute(insert(_versions).values(row))
    _prune(conn, now=now)
    return True


def _prune(conn: Connection, *, now: datetime) -> None:
    v = _versions.c
    rows = conn.execute(select(v.id, v.at).order_by(v.id.desc()).limit(_LOOKED_AT)).all()
    days: set[date] = {at.date() for _, at in rows[:LAST]}
    gone: list[int] = []
    for number, at in rows[LAST:]:
        if at.date() in days or at < now - DAILY_FOR:
            gone.append(number)
        days.add(at.date())
    conn.execute(delete(_versions).where(v.id.in_(gone[-_TAKEN_AWAY:])))


def newest(conn: Connection, *, limit: int, before: int | None = None) -> list[Version]:
    """The newest first, without their text; `before`: older than this one."""
    v = _versions.c
    wanted = select(v.id, v.at, v.who, v.digest, v.note).order_by(v.id.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(v.id < before)
    return [Version(**row) for row in conn.execute(wanted).mappings()]


def find(conn: Connection, number: int) -> Version | None:
    v = _versions.c
    row = conn.execute(select(v.id, v.at, v.who, v.digest, v.note).where(v.id == number)).mappings().one_or_none()
    return Version(**row) if row else None


def text_of(conn: Connection, digest: str) -> str | None:
    """What a version said; None where it was never kept."""
    kept = select(_versions.c.content).where(_versions.c.digest == digest).order_by(_versions.c.id.desc()).limit(1)
    found: str | None = conn.execute(kept).scalar_one_or_none()
    return found
