"""The roll: all readers with all their subscriptions, a row each, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, and_, func, select

from publisher.store import schema

_PAGE = 5000  # readers
_people, _wishes = schema.subscribers, schema.subscriptions
_READER = tuple(_people.c[name] for name in ("email", "name", "language", "state", "consent", "joined"))
_WISH = tuple(
    _wishes.c[name] for name in ("newsletter", "cadence", "columns", "state", "joined", "left_at", "left_how")
)
HEADINGS = (
    "email", "name", "language", "state", "consent", "joined",
    "newsletter", "cadence", "columns", "subscription", "subscribed", "left_at", "left_how",
)  # fmt: skip
"""What stands in a row, in its order; of a reader without subscriptions the second line is all None."""


def roll(conn: Connection, *, newsletter: str | None = None) -> Iterator[tuple[Any, ...]]:
    """In the order in which readers came; only those of a newsletter, or all."""
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
        page = select(*_READER, *_WISH).select_from(source).where(_people.c.id > after, _people.c.id <= last)
        for row in conn.execute(page.order_by(_people.c.id, _wishes.c.newsletter)):
            yield tuple(row)
        after = last
