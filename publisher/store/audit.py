"""The audit log: every change by a person's hand, who made it, and what stood there before. Rows are only added."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, insert, or_, select

from publisher.store import schema

_audit = schema.audit
LONGEST = 20_000  # characters of what stood before and after; config.toml's own history is kept whole elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A row of it."""

    id: int
    at: datetime
    user: int | None  # None: nobody signed in, or the command line
    who: str
    ip: str
    act: str
    subject: str
    newsletter: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Only:
    """What of it is asked for; an empty field asks for anything."""

    user: int | None = None
    act: str = ""  # a whole word, or its beginning up to the dot, e.g. `issue`
    subject: str = ""
    newsletters: Collection[str] | None = None  # None: all, and what is about the site; "" in it: the site
    nobodys: bool = False  # True: what nobody did who signed in, e.g. at the command line


def add(
    conn: Connection,
    act: str,
    subject: str,
    *,
    who: str,
    user: int | None = None,
    ip: str = "",
    newsletter: str = "",
    before: str = "",
    after: str = "",
    now: datetime,
) -> int:
    """Write down a change, in the transaction that makes it."""
    row = {"at": now, "user": user, "who": who, "ip": ip, "act": act, "subject": subject, "newsletter": newsletter}
    row |= {"before": before[:LONGEST], "after": after[:LONGEST]}
    change: int = conn.execute(insert(_audit).values(row).returning(_audit.c.id)).scalar_one()
    return change


def newest(
    conn: Connection, *, only: Only, limit: int, before: int | None = None, after: int | None = None
) -> list[Change]:
    """The newest first; `before`: older than this one; `after`: the next newer ones."""
    wanted = select(_audit).where(*_conditions(only)).limit(limit)
    if before is not None:
        wanted = wanted.where(_audit.c.id < before)
    if after is None:
        return [Change(**row) for row in conn.execute(wanted.order_by(_audit.c.id.desc())).mappings()]
    wanted = wanted.where(_audit.c.id > after).order_by(_audit.c.id)
    return [Change(**row) for row in conn.execute(wanted).mappings()][::-1]


def kinds(conn: Connection) -> list[str]:
    """The first words of all acts that were ever written, each found by one look into the index."""
    found: list[str] = []
    while True:
        # After all that begins with the last word: `/` comes right after `.`.
        beyond = _audit.c.act > (f"{found[-1]}/" if found else "")
        act = conn.execute(select(_audit.c.act).where(beyond).order_by(_audit.c.act).limit(1)).scalar_one_or_none()
        if act is None:
            return found
        found.append(act.partition(".")[0])


def _conditions(only: Only) -> Iterator[ColumnElement[bool]]:
    if only.user is not None:
        yield _audit.c.user == only.user
    if only.nobodys:
        yield _audit.c.user.is_(None)
    if only.subject:
        yield _audit.c.subject == only.subject
    if only.act:
        # `/` comes right after `.`: so this is the range of all words that begin so, and the index serves it.
        whole = _audit.c.act == only.act
        yield whole if "." in only.act else or_(whole, _audit.c.act.between(f"{only.act}.", f"{only.act}/"))
    if only.newsletters is not None:
        yield _audit.c.newsletter.in_(list(only.newsletters))
