"""What there is to do for a run, since the last one that wrote all.

How far a run has come is a mark in the database: the number of the last change that is
published. The mark moves when all is written, so a run that was killed is done again from
where it began.

A run does everything anew when the site, its columns, the templates, the program or the
place have changed, when nothing is there, and when such a run was killed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from publisher.model.feedname import FeedName
from publisher.publish import touched
from publisher.store import counters, feeds, marks
from publisher.store.database import Store

THROUGH, AS = "published through", "published as"


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """What a run has to do."""

    whole: bool  # everything anew
    after: int  # else: what changed after this change
    through: int  # what the mark will say when it is done
    fingerprint: str

    @property
    def is_nothing(self) -> bool:
        return not self.whole and self.after == self.through


def look(store: Store, fingerprint: str, *, whole: bool) -> Todo:
    """What there is to do; `whole`: everything in any case."""
    with store.read() as conn:
        return Todo(
            whole=whole or marks.get(conn, AS) != fingerprint,
            after=int(marks.get(conn, THROUGH) or 0),
            through=counters.last_of(conn, counters.CHANGES),
            fingerprint=fingerprint,
        )


def begin_whole(store: Store) -> None:
    """From now on files may be of this run or of the last one, until a run has written all."""
    with store.write() as conn:
        marks.put(conn, {AS: ""})


def settle(store: Store, todo: Todo, written: Iterable[FeedName]) -> None:
    """All is written: what changed in these feeds, which are all that it touched."""
    with store.write() as conn:
        feeds.all_written(conn, written)
        touched.settle(conn)
        marks.put(conn, {THROUGH: str(todo.through), AS: todo.fingerprint})


def fingerprint_of(facts: Mapping[str, object]) -> str:
    """Of what everything depends on."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()
