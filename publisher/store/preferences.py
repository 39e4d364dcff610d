"""A reader's own choice: how often a newsletter comes, and which of its columns.

A changed choice moves nobody's place in the news: what was had does not come again, and
what was not had still comes. A column that is chosen anew begins where the reader stands,
but nothing of it is news that is older than one issue of the cadence covers (LOOK_BACK):
whoever stands far back, because nothing came for long, does not get its archive. Such
posts count as had.

Known weakness: what is older and of a column nobody chose before counts as had for good.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, RowMapping, select, update

from publisher.model.subscriber import LOOK_BACK, Preference, SubscriptionState
from publisher.store import schema
from publisher.store.issues import take_turn
from publisher.store.newsstart import newest_before

_wishes = schema.subscriptions
_posts = schema.posts


class Preferred(StrEnum):
    """What became of a choice."""

    SAVED = "saved"
    SAME = "it was so before"
    LEFT = "the reader has left"
    UNKNOWN = "there is no such subscription"


def prefer(
    conn: Connection, subscription: int, preference: Preference, *, columns: Sequence[str], now: datetime
) -> Preferred:
    """Keep a choice; `columns` are all those of the newsletter."""
    newsletter = conn.execute(select(_wishes.c.newsletter).where(_wishes.c.id == subscription)).scalar_one_or_none()
    if newsletter is None:
        return Preferred.UNKNOWN
    take_turn(conn, newsletter)  # an issue that is being released has counted this reader under the old choice
    row = conn.execute(select(_wishes).where(_wishes.c.id == subscription).with_for_update()).mappings().one()
    if row["state"] != SubscriptionState.ACTIVE:
        return Preferred.LEFT
    chosen = " ".join(sorted(preference.columns))
    if (row["cadence"], row["columns"]) == (preference.cadence, chosen):
        return Preferred.SAME
    seen, ahead = _place(conn, row, preference, columns=columns, now=now)
    conn.execute(
        update(_wishes)
        .where(_wishes.c.id == subscription)
        .values(cadence=preference.cadence, columns=chosen, seen_seq=seen, ahead=" ".join(str(seq) for seq in ahead))
    )
    return Preferred.SAVED


def _place(
    conn: Connection, row: RowMapping, preference: Preference, *, columns: Sequence[str], now: datetime
) -> tuple[int, list[int]]:
    """Where the reader stands in the news from now on."""
    seen, ahead = row["seen_seq"], [int(seq) for seq in row["ahead"].split()]
    before = set(row["columns"].split()) or set(columns)
    after = set(preference.columns) or set(columns)
    old = newest_before(conn, now - LOOK_BACK[preference.cadence])
    if after <= before or old <= seen:
        return seen, ahead  # nothing old is among what is news from now on
    waiting = sorted(set(_between(conn, before & after, seen, old)) - set(ahead))
    seen = waiting[0] - 1 if waiting else old
    had = {*ahead, *_between(conn, after - before, seen, old)}
    return seen, sorted(seq for seq in had if seq > seen)


def _between(conn: Connection, columns: Collection[str], after: int, through: int) -> list[int]:
    """Posts of these columns that were ever news, in this stretch."""
    column = _posts.c.column.concat("")  # as in posts.news: not by the index of columns, through all they ever had
    wanted = select(_posts.c.seq).where(
        _posts.c.mailable, column.in_(columns), _posts.c.seq > after, _posts.c.seq <= through
    )
    return list(conn.execute(wanted.order_by(_posts.c.seq)).scalars())
