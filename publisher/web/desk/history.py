"""What people did to a post or a source, the last things first: for its own page. The whole of it is in the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from publisher.model.user import Right
from publisher.store import audit
from publisher.store.audit import Only
from publisher.web.desk.colleagues import who_did
from publisher.web.desk.desk import Desk
from publisher.web.desk.visit import Visit

MOST = 8
WORDS: Mapping[str, str] = {
    "post.edit": "edited it",
    "post.let_go": "let fields go",
    "post.withdraw": "withdrew it",
    "post.restore": "brought it back",
    "post.hold": "held it back from letters",
    "post.release": "let it go into letters",
    "post.redate": "gave it another date",
    "source.add": "added it",
    "source.change": "changed how it is read",
    "source.collect": "had it visited",
}


def history_of(conn: Connection, desk: Desk, visit: Visit, subjects: Sequence[str]) -> list[dict[str, object]]:
    """Of what the visitor may read in the log."""
    mine = visit.user.newsletters(Right.LOOK, tuple(desk.house.newsletters))
    newsletters = None if visit.may(Right.OWN) else mine
    found = [
        change
        for subject in subjects
        for change in audit.newest(conn, only=Only(subject=subject, newsletters=newsletters), limit=MOST)
    ]
    return [
        {
            "at": desk.moment(change.at),
            "who": who_did(visit, change),
            "words": WORDS.get(change.act, change.act),
            "what": change.subject.partition(":")[2],
            "before": change.before,
            "after": change.after,
        }
        for change in sorted(found, key=lambda one: one.id, reverse=True)[:MOST]
    ]
