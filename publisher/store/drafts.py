"""What editors want of drafts: how their posts stand, whose time they changed; and what was approved of them.

Kept under the issue's number.
It lasts as long as the issue is a proposal.
"""

from __future__ import annotations

import json

from sqlalchemy import Connection

from publisher.model.arrangement import AS_COMPOSED, Arrangement
from publisher.store import marks

_ARRANGED, _MOVED, _APPROVED = "draft:", "moved:", "approved:"  # how the names of their marks begin


def find(conn: Connection, issue: int) -> Arrangement:
    """How the posts of a draft are to stand."""
    kept = marks.get(conn, f"{_ARRANGED}{issue}")
    if not kept:
        return AS_COMPOSED
    told = json.loads(kept)
    return Arrangement(order=tuple(told["order"]), out=frozenset(told["out"]), added=frozenset(told["added"]))


def put(conn: Connection, issue: int, arrangement: Arrangement) -> None:
    """Let them stand so."""
    if arrangement == AS_COMPOSED:
        marks.forget(conn, [f"{_ARRANGED}{issue}"])
        return
    told = {
        "order": list(arrangement.order),
        "out": sorted(arrangement.out),
        "added": sorted(arrangement.added),
    }
    marks.put(conn, {f"{_ARRANGED}{issue}": json.dumps(told)})


def put_moved(conn: Connection, issue: int) -> None:
    """It goes at another time than its slot."""
    marks.put(conn, {f"{_MOVED}{issue}": "moved"})


def is_moved(conn: Connection, issue: int) -> bool:
    """Whether it goes at another time than its slot."""
    return bool(marks.get(conn, f"{_MOVED}{issue}"))


def moved(conn: Connection) -> list[int]:
    """The issues that somebody moved to another time and that were not released or cancelled since."""
    return sorted(int(name.removeprefix(_MOVED)) for name in marks.starting(conn, _MOVED))


def put_galley(conn: Connection, issue: int, galley: str) -> None:
    """Remember what was approved."""
    marks.put(conn, {f"{_APPROVED}{issue}": galley})


def find_galley(conn: Connection, issue: int) -> str:
    """What was approved; "" where nothing is known of that."""
    return marks.get(conn, f"{_APPROVED}{issue}")


def forget(conn: Connection, issue: int) -> None:
    """It is no proposal any more."""
    marks.forget(conn, [f"{_ARRANGED}{issue}", f"{_MOVED}{issue}", f"{_APPROVED}{issue}"])
