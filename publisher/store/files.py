"""The files that we published: what lies below `feeds/`, or in the bucket, is known here without looking there.

A name is noted, with the digest "", before its file is made: so a crash leaves no file that
nobody remembers, and none that is taken for whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from publisher.store import schema
from publisher.store.prefix import starts_with
from publisher.store.upsert import upsert_all

_files = schema.files
_SOME = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """What is known of a file."""

    digest: str  # SHA-256; "": it was about to be written
    version: str = ""  # what the place calls it; "": not known, or a folder


def find(conn: Connection, paths: Sequence[str]) -> dict[str, StoredFile]:
    """What is known of these files; nothing of others."""
    found: dict[str, StoredFile] = {}
    for start in range(0, len(paths), _SOME):
        wanted = select(_files.c.path, _files.c.digest, _files.c.version)
        rows = conn.execute(wanted.where(_files.c.path.in_(paths[start : start + _SOME])))
        found.update((row.path, StoredFile(digest=row.digest, version=row.version)) for row in rows)
    return found


def digests_of(conn: Connection, paths: Sequence[str]) -> dict[str, str]:
    """The digests of these files; "" of one that was about to be written, nothing of others."""
    return {path: file.digest for path, file in find(conn, paths).items()}


def put(conn: Connection, found: Mapping[str, StoredFile], *, now: datetime) -> None:
    """Note files that are about to be written, or what was written."""
    rows = [
        {"path": path, "digest": file.digest, "version": file.version, "written": now} for path, file in found.items()
    ]
    upsert_all(conn, _files, rows, keep=())


def forget(conn: Connection, paths: Iterable[str]) -> None:
    """These files are no longer ours."""
    for path in paths:
        conn.execute(delete(_files).where(_files.c.path == path))


def starting(conn: Connection, start: str) -> list[str]:
    """Every file of ours whose path starts so."""
    wanted = select(_files.c.path).where(starts_with(conn, _files.c.path, start))
    return list(conn.execute(wanted.order_by(_files.c.path)).scalars())


def all_paths(conn: Connection) -> Iterator[str]:
    """Every file of ours, one page after the other."""
    last = ""
    while True:
        page = list(
            conn.execute(
                select(_files.c.path).where(_files.c.path > last).order_by(_files.c.path).limit(_SOME)
            ).scalars()
        )
        yield from page
        if len(page) < _SOME:
            return
        last = page[-1]
