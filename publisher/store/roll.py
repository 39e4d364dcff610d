"""The roll: all readers with all their subscriptions, a row each, and all addresses that get no mail; a page at a time.

An address may be suppressed that nobody reads with: it has a row, too. Who was erased has none: only a
hash of the address is left, which is of use to this database alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, and_, func, select

from publisher.model.subscriber import SubscriberState
from publisher.model.suppression import Suppression
from publisher.store import schema, suppressions, tags
from publisher.store.keylist import KEYS, listed

_PAGE = 5000  # readers
_people, _wishes = schema.subscribers, schema.subscriptions
_READER = tuple(_people.c[name] for name in ("email", "name", "language", "state", "consent", "joined"))
_WISH = tuple(
    _wishes.c[name] for name in ("newsletter", "cadence", "columns", "state", "joined", "left_at", "left_how")
)
HEADINGS = (
    "email", "name", "language", "state", "consent", "joined",
    "newsletter", "cadence", "columns", "subscription", "subscribed", "left_at", "left_how",
    "paused_until", "tags", "suppressed_since", "suppressed_why", "suppressed_detail",
)  # fmt: skip
"""What stands in a row, in its order; what does not apply is None: of a reader without subscriptions the second line,
of an address without a reader all but address, state and `suppressed_…`."""
_STATE = HEADINGS.index("state")


def roll(conn: Connection, *, newsletter: str | None = None) -> Iterator[tuple[Any, ...]]:
    """In the order in which readers came; only those of a newsletter, or all, and then addresses without a reader."""
    for page in _pages(conn, newsletter):
        gone = [row[0].lower() for row in page if row[_STATE] == SubscriberState.SUPPRESSED]
        told = suppressions.in_force(conn, gone) if gone else {}
        for row in page:
            yield (*row, *_suppressed(told.get(row[0].lower())))
    if newsletter is None:
        yield from _not_told(conn)


def _pages(conn: Connection, newsletter: str | None) -> Iterator[list[tuple[Any, ...]]]:
    held = _wishes.c.subscriber == _people.c.id
    if newsletter is None:
        source = _people.outerjoin(_wishes, held)
    else:
        source = _people.join(_wishes, and_(held, _wishes.c.newsletter == newsletter))
    after = 0
    while True:
        # The page is cut by readers, so that one with many newsletters is never cut in two.
        ids = select(_people.c.id).where(_people.c.id > after).order_by(_people.c.id).limit(_PAGE).subquery()
        last = conn.execute(select(func.max(ids.c.id))).scalar_one()
        if last is None:
            return
        page = select(_people.c.id, *_READER, *_WISH, _people.c.paused_until).select_from(source)
        page = page.where(_people.c.id > after, _people.c.id <= last, _people.c.state != SubscriberState.ERASED)
        told = tags.between(conn, after, last)
        rows = conn.execute(page.order_by(_people.c.id, _wishes.c.newsletter))
        yield [(*row[1:], told.get(row[0])) for row in rows]
        after = last


def _not_told(conn: Connection) -> Iterator[tuple[Any, ...]]:
    nothing = (None,) * (len(_WISH) + 2)
    for page in suppressions.pages(conn, size=_PAGE):
        # Who asked to come back and did not confirm yet is a reader, and the address suppressed: that is two rows.
        gone = select(_people.c.address_key).where(_people.c.state == SubscriberState.SUPPRESSED)
        asked = gone.where(_people.c.address_key.in_(listed(conn)))
        told = set(conn.execute(asked, {KEYS: [one.email.lower() for one in page]}).scalars())
        for one in page:
            if one.email.lower() not in told:
                yield (one.email, None, None, SubscriberState.SUPPRESSED, None, None, *nothing, *_suppressed(one))


def _suppressed(one: Suppression | None) -> tuple[Any, ...]:
    return (one.since, one.why, one.detail) if one else (None, None, None)
