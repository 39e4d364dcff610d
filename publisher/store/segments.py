"""The readers of a segment, found by the database: the same as `model/segment.holds` says of each.

A segment is asked of rows of `subscribers`, so it may stand in any query that has them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from publisher.model.segment import Segment
from publisher.model.subscriber import SubscriberState, SubscriptionState
from publisher.store import schema
from publisher.store.tags import lowered

_people, _tags = schema.subscribers, schema.tags
_wishes = schema.subscriptions.alias("readings")  # the query around it may have subscriptions of its own


Among = ColumnElement[bool] | None
"""Of `subscribers`: who is meant; None: all."""


def among(conn: Connection, segment: Segment | None, *, now: datetime) -> Among:
    """Who belongs to a segment, or to none in particular."""
    return None if segment is None else belongs(conn, segment, now=now)


def belongs(conn: Connection, segment: Segment, *, now: datetime) -> ColumnElement[bool]:
    """Of `subscribers`: whether they belong to it."""
    return and_(*_conditions(conn, segment, now=now))


def _conditions(conn: Connection, segment: Segment, *, now: datetime) -> Iterator[ColumnElement[bool]]:
    yield _people.c.id.is_not(None)
    if since := segment.since(now):
        yield _people.c.joined >= since
    if until := segment.until(now):
        yield _people.c.joined < until
    if segment.languages:
        yield _speaks(segment)
    if segment.tags:
        yield _has_tag(conn, segment.tags)
    if segment.without_tags:
        yield ~_has_tag(conn, segment.without_tags)
    if segment.asks_for_reading:
        yield _reads(segment)


def _speaks(segment: Segment) -> ColumnElement[bool]:
    language = func.lower(_people.c.language)
    spoken = [or_(language == one, language.startswith(f"{one}-", autoescape=True)) for one in segment.languages]
    silent = any(
        segment.site_language == one or segment.site_language.startswith(f"{one}-") for one in segment.languages
    )
    return or_(*spoken, *([_people.c.language == ""] if silent else []))


def _has_tag(conn: Connection, tags: tuple[str, ...]) -> ColumnElement[bool]:
    return exists().where(_tags.c.subscriber == _people.c.id, lowered(conn, _tags.c.tag).in_(tags))


def _reads(segment: Segment) -> ColumnElement[bool]:
    asked = [_wishes.c.subscriber == _people.c.id, _wishes.c.state == SubscriptionState.ACTIVE]
    if segment.newsletters:
        asked.append(_wishes.c.newsletter.in_(segment.newsletters))
    if segment.cadences:
        asked.append(_wishes.c.cadence.in_(segment.cadences))
    if segment.columns:
        asked.append(or_(*(_gets(segment, column) for column in segment.columns)))
    return exists().where(*asked)


def _gets(segment: Segment, column: str) -> ColumnElement[bool]:
    named = (" " + _wishes.c.columns + " ").contains(f" {column} ", autoescape=True)
    return and_(_wishes.c.newsletter.in_(segment.newsletters_with(column)), or_(_wishes.c.columns == "", named))


def count(conn: Connection, segment: Segment, *, now: datetime) -> int:
    """How many confirmed readers belong to it."""
    wanted = select(func.count()).where(_people.c.state == SubscriberState.CONFIRMED, belongs(conn, segment, now=now))
    number: int = conn.execute(wanted).scalar_one()
    return number


def has(conn: Connection, segment: Segment, subscriber: int, *, now: datetime) -> bool:
    """Whether a reader belongs to it."""
    wanted = select(_people.c.id).where(_people.c.id == subscriber, belongs(conn, segment, now=now))
    return conn.execute(wanted).first() is not None
