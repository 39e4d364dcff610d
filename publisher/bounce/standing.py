"""How an address stands: what its bounces and deliveries have come to, folded into one value.

Theory. An address is alive until something says it is dead, and most that is said is not about
it: a full disk, a block list, a filter. Only the reason counts (`blame.py`), never 4xx or 5xx.
Delays, what may still arrive, and what is about us or the letter count nothing.

    state        event                                         becomes
    well         gone; a letter arrived lately, or not sure    resting, three days (doubt)
    well         gone, as a user, with neither                 dead
    well         the domain is gone                            resting, three days (doubt)
    well         a point, the third of two weeks or more       resting, thirty days
    resting      its time is over, a letter is sent            probing
    probing      gone                                          dead
    probing      a point, or nothing about the reader          resting, thirty or three days
    any of them  a letter arrived that was sent later          well, no points
    any          a complaint                                   complained
    dead,        a new double opt-in                           well
    complained

Doubt is for providers who answer "no such user" for hours for everybody they have (it happened to the
largest), and for domains that were not paid for in time. One letter after three days settles it. A
bounce of a letter that went before the rest began settles nothing: it says the same once more.

Gone is what a server says of the reader's own address. Of one that it hands mail on to, it is a point: an
address of several people, one of whom has left, is not dead.

Points: one a day at most, each of them halved every two weeks. A mailbox that is full for a week has
not been so for two, and stays. One that stays full gets a letter a month, which brings it back when
there is room. A dead address gets two letters, three where a probe is lost in between.

That a letter arrived is known by silence: no bounce in `ARRIVED_AFTER`. Whoever calls hands the
event in when that time is over; a letter that bounced later than that still counts.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from publisher.bounce.blame import Blame, blame_of
from publisher.model.reason import Reason
from publisher.model.standing import Event, Happening, Standing, State

ARRIVED_AFTER = timedelta(days=5)  # most servers have given up by then (RFC 5321 §4.5.4.1)
PROVEN_FOR = timedelta(days=90)
POINT_AT_MOST_EVERY = timedelta(hours=20)  # a day, for letters that do not go at the same minute
HALF_LIFE = timedelta(days=14)
POINTS_TO_REST = 3.0
LEAST_TIME_TO_REST = timedelta(days=14)
REST_OF_DOUBT = timedelta(days=3)
REST_OF_POINTS = timedelta(days=30)


def may_get(standing: Standing, now: datetime) -> bool:
    """Whether a letter may be sent to it now."""
    return not standing.is_suppressed and (standing.until is None or now >= standing.until)


def standing_of(history: Iterable[Event], start: Standing | None = None) -> Standing:
    """What a history has come to."""
    standing = start or Standing()
    for event in history:
        standing = after(standing, event)
    return standing


def after(standing: Standing, event: Event) -> Standing:
    """How an address stands after something happened."""
    if event.happening is Happening.COMPLAINED:
        return _moved(standing, State.COMPLAINED, event)
    if standing.is_suppressed:
        return Standing(since=event.at) if event.happening is Happening.REJOINED else standing
    match event.happening:
        case Happening.SENT:
            return _sent(standing, event)
        case Happening.ARRIVED:
            return _arrived(standing, event)
        case Happening.BOUNCED:
            return _bounced(standing, event)
    return standing


def points_at(standing: Standing, now: datetime) -> float:
    """What is left of the points."""
    return standing.points * 0.5 ** ((now - standing.counted_at) / HALF_LIFE) if standing.counted_at else 0.0


def _sent(standing: Standing, event: Event) -> Standing:
    if standing.state is State.WELL or not may_get(standing, event.at):
        return standing
    return replace(standing, state=State.PROBING, since=event.at, until=event.at + ARRIVED_AFTER)


def _arrived(standing: Standing, event: Event) -> Standing:
    arrived = max(standing.last_arrived or event.sent_at, event.sent_at)
    if standing.last_bounced and event.sent_at <= standing.last_bounced:
        return replace(standing, last_arrived=arrived)
    since = standing.since if standing.state is State.WELL else event.at
    return Standing(since=since, last_bounced=standing.last_bounced, last_arrived=arrived)


def _bounced(standing: Standing, event: Event) -> Standing:
    blame = blame_of(event.reason)
    if standing.state is State.WELL and blame not in (Blame.GONE, Blame.POINT):
        return standing  # nor does it make less of a letter that went before and arrived
    is_old = standing.since is not None and event.sent_at < standing.since and standing.state is not State.WELL
    standing = replace(standing, last_bounced=max(standing.last_bounced or event.sent_at, event.sent_at))
    if is_old:
        return standing
    match blame:
        case Blame.GONE if event.is_own:
            return _gone(standing, event)
        case Blame.GONE | Blame.POINT:
            return _counted(standing, event)
    return _rested(standing, event, REST_OF_DOUBT)


def _gone(standing: Standing, event: Event) -> Standing:
    if standing.state is State.WELL and _is_doubtful(standing, event):
        return _rested(standing, event, REST_OF_DOUBT)
    return _moved(standing, State.DEAD, event)


def _is_doubtful(standing: Standing, event: Event) -> bool:
    proven = standing.last_arrived is not None and event.sent_at - standing.last_arrived < PROVEN_FOR
    return proven or not event.is_sure or event.reason is Reason.DOMAIN_DEAD


def _counted(standing: Standing, event: Event) -> Standing:
    if standing.counted_at is None or event.at - standing.counted_at >= POINT_AT_MOST_EVERY:
        standing = replace(
            standing,
            points=points_at(standing, event.at) + 1,
            counted_at=event.at,
            first_at=standing.first_at or event.at,
        )
    long_enough = standing.first_at is not None and event.at - standing.first_at >= LEAST_TIME_TO_REST
    enough = points_at(standing, event.at) >= POINTS_TO_REST and long_enough
    return _rested(standing, event, REST_OF_POINTS) if enough or standing.state is not State.WELL else standing


def _rested(standing: Standing, event: Event, rest: timedelta) -> Standing:
    return replace(standing, state=State.RESTING, since=event.at, until=event.at + rest, why=event.reason)


def _moved(standing: Standing, state: State, event: Event) -> Standing:
    why = event.reason if event.happening is Happening.BOUNCED else None
    return replace(standing, state=state, since=event.at, until=None, why=why)
