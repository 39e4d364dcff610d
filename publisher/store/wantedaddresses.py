"""Another address that somebody wants to sign in with, until its link was pressed. One for each account, as a mark."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from publisher.store import marks

_WANTED = "user-address:"  # how the names of marks begin


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    user: int
    email: str  # in lower case
    asked: datetime
    digest: str = ""  # SHA-256 of the link's token; "": none was made yet
    ends: datetime | None = None  # of the link


def put(conn: Connection, wanted: Wanted) -> None:
    """In the place of an earlier one."""
    told = {"email": wanted.email, "asked": wanted.asked.isoformat(), "digest": wanted.digest}
    told |= {"ends": wanted.ends.isoformat() if wanted.ends else ""}
    marks.put(conn, {f"{_WANTED}{wanted.user}": json.dumps(told)})


def find(conn: Connection, user: int) -> Wanted | None:
    kept = marks.get(conn, f"{_WANTED}{user}")
    if not kept:
        return None
    told = json.loads(kept)
    ends = datetime.fromisoformat(told["ends"]) if told["ends"] else None
    asked = datetime.fromisoformat(told["asked"])
    return Wanted(user=user, email=told["email"], asked=asked, digest=told["digest"], ends=ends)


def get_all(conn: Connection) -> dict[int, Wanted]:
    """By user. There are as many as people who want another address just now: a few."""
    numbers = [int(name.removeprefix(_WANTED)) for name in marks.starting(conn, _WANTED)]
    return {number: wanted for number in numbers if (wanted := find(conn, number))}


def find_link(conn: Connection, digest: str, *, now: datetime) -> Wanted | None:
    """By its link; None where that is over."""
    found = (one for one in get_all(conn).values() if one.digest and one.digest == digest)
    return next((one for one in found if one.ends is not None and one.ends > now), None)


def forget(conn: Connection, user: int) -> bool:
    """False where there was none."""
    if find(conn, user) is None:
        return False
    marks.forget(conn, [f"{_WANTED}{user}"])
    return True
