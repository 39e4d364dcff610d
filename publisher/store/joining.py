"""Many readers joined at once: some statements for a chunk of them, whatever their number.

The law is that of `subscribers.join`, and a test holds them together: the address in lower case is
the reader, who is there stays as he is, and nobody is brought back who left or must not get mail.
Who asked to join and has not confirmed it yet is added: whoever adds people vouches for their consent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from publisher.model.subscriber import SubscriberState, SubscriptionState
from publisher.model.suppression import Grounds, Suppression
from publisher.store import growth, suppressions
from publisher.store.joinedrows import (
    Known,
    KnownAt,
    Place,
    anybody_asked,
    begin_wishes,
    confirm,
    known_at,
    put_people,
    put_tags,
    put_wishes,
)
from publisher.store.joiner import Joined as Joined
from publisher.store.joiner import Joiner as Joiner


def join_all(conn: Connection, joiners: Sequence[Joiner], *, now: datetime) -> list[Joined]:
    """Add readers whose consent is known; never brings back who left or was suppressed. What became of each."""
    suppressions.none_meanwhile(conn)
    places = [(joiner.newsletter, joiner.key) for joiner in joiners]
    known = known_at(conn, places)
    found = _outcomes(conn, places, known)
    rows = list(zip(places, joiners, found, strict=True))
    new = {place: joiner for place, joiner, joined in rows if joined is Joined.ADDED}
    put_people(conn, new, known, now=now)
    added = []
    if anybody_asked(known):
        sure: dict[Place, Joiner] = {}
        for place, joiner, joined in rows:
            if joined in (Joined.ADDED, Joined.ALREADY):
                sure.setdefault(place, joiner)
        growth.began(conn, confirm(conn, sure, known), now=now)
        added = begin_wishes(conn, new, known, now=now)
    added += put_wishes(conn, new, known, now=now, of=[SubscriberState.CONFIRMED])
    growth.began(conn, growth.of_newsletters(added), now=now)
    tagged = [place for place, joiner in new.items() if joiner.tags]
    if tagged:
        done = set(added)
        put_tags(conn, {place: new[place] for place in tagged if place in done}, known)
    if len(added) == len(new):
        return found
    # On PostgreSQL somebody else was faster with some, or had them suppressed: they are as we find them now.
    late = list(new.keys() - added)
    then = dict(zip(late, _outcomes(conn, late, known_at(conn, late)), strict=True))
    return [then.get(place, joined) for place, joined in zip(places, found, strict=True)]


def foresee_all(conn: Connection, joiners: Sequence[Joiner]) -> list[Joined]:
    """What would become of each, if they came in this order."""
    places = [(joiner.newsletter, joiner.key) for joiner in joiners]
    return _outcomes(conn, places, known_at(conn, places))


def keep_all(conn: Connection, people: Sequence[Joiner], *, now: datetime) -> None:
    """Keep people as a list says they were, where nothing is known of them: who left, who must not get mail."""
    if not people:
        return
    _suppress(conn, [person for person in people if person.state is SubscriberState.SUPPRESSED], now=now)
    barred = suppressions.among(conn, {one.key for one in people if one.state is not SubscriberState.SUPPRESSED})
    places = {
        (person.newsletter, person.key): person._replace(state=SubscriberState.SUPPRESSED)
        if person.key in barred
        else person
        for person in reversed(people)
        if person.reads
    }
    known = known_at(conn, places)
    new = {place: person for place, person in places.items() if place[1] not in known[place[0]]}
    put_people(conn, places, known, now=now)
    put_tags(conn, new, known)
    kept = {
        place: one
        for place, one in places.items()
        if one.newsletter and not _begins(one, known[place[0]].get(place[1]))
    }
    put_wishes(conn, kept, known, now=now)


def _begins(person: Joiner, known: Known | None) -> bool:
    """Whether to keep a subscription would begin it: of who gets no mail there, and does here."""
    is_well = known is not None and known.state == SubscriberState.CONFIRMED
    return is_well and person.wish_state is SubscriptionState.ACTIVE


def _suppress(conn: Connection, people: Sequence[Joiner], *, now: datetime) -> None:
    """Those whom nobody knows as a reader; a list that does not say since when means since they came."""
    if not people:
        return
    known = known_at(conn, [("", person.key) for person in people])[""]
    wanted = [
        person.suppression
        or Suppression(email=person.email, since=person.joined or now, why=Grounds.BY_HAND, detail=person.consent)
        for person in people
        if _may_be_barred(known.get(person.key))
    ]
    suppressions.put_all(conn, wanted, now=now)


def _outcomes(conn: Connection, places: Sequence[Place], known: KnownAt) -> list[Joined]:
    barred = suppressions.among(conn, {key for slug, key in places if _may_be_barred(known[slug].get(key))})
    seen: dict[Place, Joined] = {}
    outcomes: list[Joined] = []
    for place in places:
        before = seen.get(place)
        if before is None:
            slug, key = place
            seen[place] = before = Joined.SUPPRESSED if key in barred else _outcome(known[slug].get(key))
        elif before is Joined.ADDED:
            before = Joined.ALREADY
        outcomes.append(before)
    return outcomes


def _may_be_barred(known: Known | None) -> bool:
    """By the list of addresses alone: nobody reads with it, or somebody has asked to and not confirmed yet."""
    return known is None or known.state == SubscriberState.PENDING


def _outcome(known: Known | None) -> Joined:
    if known is None:
        return Joined.ADDED
    if known.state == SubscriberState.SUPPRESSED:
        return Joined.SUPPRESSED
    if known.wish is None or known.wish == SubscriptionState.PENDING:
        return Joined.ADDED
    return Joined.ALREADY if known.wish == SubscriptionState.ACTIVE else Joined.LEFT
