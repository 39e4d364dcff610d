"""How many readers there are: by newsletter and cadence, and by how their address stands.

Counted by indices, and not kept: a million readers take a good part of a second. Who must not get mail, or
has not confirmed the address, is not counted among those who read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from publisher.model.subscriber import Cadence, SubscriberState, SubscriptionState
from publisher.store import schema

_people, _wishes = schema.subscribers, schema.subscriptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """One count."""

    reading: Mapping[tuple[str, Cadence], int]  # subscriptions that are active, their readers confirmed
    barred: Mapping[str, int]  # by newsletter: active ones of readers who may get no letter
    left: Mapping[str, int]
    asked: Mapping[str, int]  # and not confirmed yet
    people: Mapping[SubscriberState, int]
    paused: int
    resting: int

    def cadences_of(self, newsletter: str) -> dict[Cadence, int]:
        """How many read it, by cadence."""
        return {cadence: number for (slug, cadence), number in self.reading.items() if slug == newsletter}

    def readers_of(self, newsletters: Collection[str]) -> int:
        """How many subscriptions to these are read."""
        return sum(number for (slug, _), number in self.reading.items() if slug in newsletters)


def take(conn: Connection) -> Census:
    """Count them."""
    alike = (_wishes.c.newsletter, _wishes.c.cadence, _wishes.c.state)
    found = conn.execute(select(*alike, func.count()).group_by(*alike)).all()
    active: Counter[tuple[str, Cadence]] = Counter()
    others: dict[str, Counter[str]] = {SubscriptionState.LEFT: Counter(), SubscriptionState.PENDING: Counter()}
    for newsletter, cadence, state, number in found:
        if state == SubscriptionState.ACTIVE:
            active[newsletter, Cadence(cadence)] += number
        else:
            others[state][newsletter] += number
    barred = _barred(conn)
    by_newsletter: Counter[str] = Counter()
    for (newsletter, _), number in barred.items():
        by_newsletter[newsletter] += number
    return Census(
        reading=active - barred,
        barred=by_newsletter,
        left=others[SubscriptionState.LEFT],
        asked=others[SubscriptionState.PENDING],
        people=_people_by_state(conn),
        paused=conn.execute(select(func.count()).where(_people.c.paused_until.is_not(None))).scalar_one(),
        resting=conn.execute(select(func.count()).where(_people.c.rests_until.is_not(None))).scalar_one(),
    )


def _barred(conn: Connection) -> Counter[tuple[str, Cadence]]:
    """By the index of states: those who are not confirmed are few."""
    alike = (_wishes.c.newsletter, _wishes.c.cadence)
    wanted = (
        select(*alike, func.count())
        .join(_people, _people.c.id == _wishes.c.subscriber)
        .where(
            _people.c.state.in_((SubscriberState.SUPPRESSED, SubscriberState.PENDING)),
            _wishes.c.state == SubscriptionState.ACTIVE,
        )
        .group_by(*alike)
    )
    return Counter({(slug, Cadence(cadence)): number for slug, cadence, number in conn.execute(wanted)})


def _people_by_state(conn: Connection) -> dict[SubscriberState, int]:
    wanted = select(_people.c.state, func.count()).group_by(_people.c.state)
    return {SubscriberState(state): number for state, number in conn.execute(wanted)}
