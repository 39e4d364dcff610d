"""The last versions of each feed document: which entries a client has that names one of them.

`etag` is the tag of the plain document without quotes (`model/entitytag.py`). Old versions
go: who comes after that many changes gets the whole document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select

from publisher.store import schema
from publisher.store.upsert import upsert

KEPT = 16  # versions of a document; of a feed of 50 entries they take some 100 KB

_versions = schema.feed_versions


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedVersion:
    """A document as it once was."""

    etag: str
    number: int
    entries: Mapping[str, str]  # id -> digest


def remember(conn: Connection, path: str, *, etag: str, entries: Sequence[tuple[str, str]]) -> None:
    """Keep that the document at `path` is now this version; a version that came back is the newest again."""
    last: int = conn.execute(select(func.max(_versions.c.number)).where(_versions.c.path == path)).scalar() or 0
    row = {"path": path, "etag": etag, "number": last + 1, "entries": [list(entry) for entry in entries]}
    upsert(conn, _versions, row)
    newest = select(_versions.c.number).where(_versions.c.path == path).order_by(_versions.c.number.desc())
    oldest_kept = newest.offset(KEPT - 1).limit(1).scalar_subquery()
    conn.execute(delete(_versions).where(_versions.c.path == path, _versions.c.number < oldest_kept))


def find(conn: Connection, path: str, etag: str) -> FeedVersion | None:
    """The version of that name, if it is still known."""
    wanted = select(_versions).where(_versions.c.path == path, _versions.c.etag == etag)
    row = conn.execute(wanted).mappings().one_or_none()
    return FeedVersion(etag=row["etag"], number=row["number"], entries=dict(row["entries"])) if row else None


def forget(conn: Connection, path: str) -> None:
    """The document is gone, and with it what is known of it."""
    conn.execute(delete(_versions).where(_versions.c.path == path))
