"""What a visit says about hubs, kept in the transaction of the visit.

Nothing is asked of a hub here: that is for `asking`, and only `publisher serve` does it.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from publisher.collect.found import Found
from publisher.collect.visit import woken
from publisher.collect.websub.decide import after_finding, is_relied_upon
from publisher.collect.websub.links import Named
from publisher.model.lease import Lease
from publisher.store import hubleases, sources

_WORD_BYTES = 32  # of a token, and of a secret: nobody guesses 256 bits


def keep_hub(conn: Connection, source: str, found: Found, *, missed: bool, now: datetime) -> bool:
    """Note which hub a feed names now; whether the one it named before can be relied upon.

    `missed`: the visit found news that the hub had not told.
    """
    standing = hubleases.find_standing(conn, source)
    if standing and standing.pushed and missed:
        standing = replace(standing, pushed=None)
        hubleases.put(conn, [standing])
    if not found.is_unchanged and not found.problems:  # of a document that was not read whole, the hub may be missing
        named = Named(hubs=found.hubs, topic=found.topic)
        changed = after_finding(standing, named, source=source, now=now, draw=_word)
        hubleases.put(conn, changed)
        standing = None if changed else standing
    return is_relied_upon(standing, now)


def wake(conn: Connection, source: str, *, now: datetime) -> None:
    """Have the source visited soon, as far as it lets us: `visit.woken` says when."""
    _wake(conn, source, now=now, why="its hub may have news")


def rely_no_more(conn: Connection, lease: Lease, *, now: datetime) -> None:
    """The hub tells nothing from now on: if visits were rare because of it, the next one is soon."""
    if lease.pushed:
        _wake(conn, lease.source, now=now, why="its hub tells us nothing any more")


def _wake(conn: Connection, source: str, *, now: datetime, why: str) -> None:
    state = sources.get_state(conn, source)
    after = woken(state, now=now, why=why)
    if after != state:
        sources.put(conn, after)


def _word() -> str:
    return secrets.token_hex(_WORD_BYTES)
