"""Posts changed by an editor's hand: edited, given another date, withdrawn, brought back.

Each function is one conditional write: True where it changed something. The post keeps
its id and its address, gets a new revision and a new place in the order of changes, all in
the caller's transaction. A field that was edited is held: what its source says of it later
is not taken (`collect/identify.py` decides so) until it is let go.

An issue that was approved with the post is held (`approvals.py`).

Not here: letters. What is frozen into an issue stays as it is; `unsent_with` tells of which
issues that is true.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from publisher.model.issue import IssueState
from publisher.store import schema, sources
from publisher.store.approvals import hold_touched
from publisher.store.counters import CHANGES, reserve

HELD = ("title", "summary", "body", "tags")  # what a hand may change and a source may say, too

_posts = schema.posts


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """An issue with the post whose letters are not all out."""

    issue: int
    state: IssueState


def edited_of(conn: Connection, seq: int) -> tuple[str, ...]:
    """The fields of a post that are held."""
    return tuple(conn.execute(select(_posts.c.edited).where(_posts.c.seq == seq)).scalar_one())


def take(conn: Connection, seq: int) -> None:
    """Let no other hand change the post until the transaction ends. (SQLite has one writer at a time anyway.)"""
    conn.execute(select(_posts.c.seq).where(_posts.c.seq == seq).with_for_update())


def edit(
    conn: Connection,
    seq: int,
    values: Mapping[str, Any],
    *,
    release: Collection[str] = (),
    now: datetime,
) -> bool:
    """Set fields (some of HELD, and `note`, which no source knows); `release` names those to let go.

    A field that already has this value is held all the same.
    """
    names = [*values, "edited", "content_hash", "source"]
    row = conn.execute(select(*(_posts.c[name] for name in names)).where(_posts.c.seq == seq)).mappings().one()
    held = [name for name in HELD if (name in row["edited"] or name in values) and name not in release]
    after = dict(values) | {"edited": held}
    if any(name in row["edited"] for name in release):
        after["content_hash"] = ""  # so that the next visit takes what the source says
        sources.forget(conn, row["source"])
    if all(row[name] == value for name, value in after.items()):
        return False
    shown = any(row[name] != value for name, value in values.items())
    return _write(conn, seq, after | ({"updated": now} if shown else {}), now=now, is_revision=shown)


def see(conn: Connection, hashes: Mapping[int, str]) -> None:
    """Remember what sources say of these posts now, although a hand said otherwise: so that it is no news again."""
    for seq, content_hash in hashes.items():
        conn.execute(update(_posts).where(_posts.c.seq == seq).values(content_hash=content_hash))


def redate_if(conn: Connection, seq: int, published: datetime, *, now: datetime) -> bool:
    """Give a post another date of publication, which is not in the future."""
    row = conn.execute(select(_posts.c.published).where(_posts.c.seq == seq)).one()
    return row.published != published and _write(conn, seq, {"published": published, "updated": now}, now=now)


def withdraw_if(conn: Connection, seq: int, *, now: datetime) -> bool:
    """Take a post back: no page, a tombstone in the feeds, no letter from now on."""
    row = conn.execute(select(_posts.c.withdrawn).where(_posts.c.seq == seq)).one()
    return row.withdrawn is None and _write(conn, seq, {"withdrawn": now}, now=now)


def restore_if(conn: Connection, seq: int, *, now: datetime) -> bool:
    """Bring a withdrawn post back.

    Its `updated` is then later than the tombstone, which is void for whoever saw it (RFC 6721 §3).
    """
    row = conn.execute(select(_posts.c.withdrawn).where(_posts.c.seq == seq)).one()
    return row.withdrawn is not None and _write(conn, seq, {"withdrawn": None, "updated": now}, now=now)


def unsent_with(conn: Connection, seq: int) -> list[Unsent]:
    """The issues that hold a post and still have letters to go out, oldest first."""
    issues, variants, held = schema.issues, schema.variants, schema.variant_posts
    going = tuple(set(IssueState) - {IssueState.SENT, IssueState.CANCELLED})
    wanted = (
        select(issues.c.id, issues.c.state)
        .distinct()
        .join(variants, variants.c.issue == issues.c.id)
        .join(held, held.c.variant == variants.c.id)
        .where(held.c.post == seq, issues.c.state.in_(going))
        .order_by(issues.c.id)
    )
    return [Unsent(issue=row.id, state=IssueState(row.state)) for row in conn.execute(wanted)]


def _write(conn: Connection, seq: int, values: Mapping[str, Any], *, now: datetime, is_revision: bool = True) -> bool:
    counted: dict[str, Any] = {}
    if is_revision:
        counted = {"change": reserve(conn, CHANGES), "revision": _posts.c.revision + 1, "revised": now}
    done = bool(conn.execute(update(_posts).where(_posts.c.seq == seq).values(**values, **counted)).rowcount)
    if is_revision:
        hold_touched(conn, [seq], now=now)
    return done
