"""Many readers joined at once: some statements for a chunk of them, whatever their number.

The law is that of `subscribers.join`, and a test holds them together: the address in lower case is
the reader, who is there stays as he is, and nobody is brought back who left or must not get mail.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from operator import itemgetter
from typing import Any

from sqlalchemy import JSON, ColumnElement, Connection, Table, Text, and_, bindparam, cast, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from publisher.model.subscriber import Cadence, SubscriberState, SubscriptionState
from publisher.model.suppression import Grounds, Suppression
from publisher.store import schema, suppressions
from publisher.store.newsstart import news_start

_people, _wishes = schema.subscribers, schema.subscriptions


class Joined(StrEnum):
    """What became of a wish to add somebody."""

    ADDED = "added"
    ALREADY = "already a reader"
    LEFT = "left before; only the reader may come back"
    SUPPRESSED = "must not get mail any more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Joiner:
    """Somebody to be added to a newsletter; the address is valid, its domain in A-labels."""

    email: str
    name: str = ""
    language: str = ""
    newsletter: str  # "": none, in a list that is taken back
    cadence: Cadence
    columns: tuple[str, ...] = ()  # () means all
    consent: str  # where it comes from
    joined: datetime | None = None  # None: now
    wish_joined: datetime | None = None
    # What `keep_all` keeps of somebody who gets no mail
    state: SubscriberState = SubscriberState.CONFIRMED
    wish_state: SubscriptionState = SubscriptionState.ACTIVE
    left_at: datetime | None = None
    left_how: str = ""
    suppression: Suppression | None = None  # what is told of one that is suppressed

    @property
    def key(self) -> str:
        """Whoever has it is the same reader."""
        return self.email.lower()

    @property
    def reads(self) -> bool:
        """Or read once; an address may be suppressed that never was a reader's."""
        return self.state is not SubscriberState.SUPPRESSED or bool(self.newsletter) or self.joined is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    id: int
    state: str
    wish: str | None  # state of the subscription; None: there is none


Place = tuple[str, str]
"""A newsletter, and the key of a reader."""


def join_all(conn: Connection, joiners: Sequence[Joiner], *, now: datetime) -> list[Joined]:
    """Add readers whose consent is known; never brings back who left or was suppressed. What became of each."""
    suppressions.none_meanwhile(conn)
    places = [(joiner.newsletter, joiner.key) for joiner in joiners]
    found = _foresee(conn, places)
    rows = zip(places, joiners, found, strict=True)
    new = {place: joiner for place, joiner, joined in rows if joined is Joined.ADDED}
    _put_people(conn, new, now=now)
    pending = and_(_people.c.state == SubscriberState.PENDING, _among(conn))
    free = [place for place, joined in zip(places, found, strict=True) if joined is not Joined.SUPPRESSED]
    conn.execute(update(_people).where(pending).values(state=SubscriberState.CONFIRMED), _keys(free))
    added = _put_wishes(conn, new, now=now)
    if len(added) == len(new):
        return found
    # On PostgreSQL somebody else was faster with some, or had them suppressed: they are as we find them now.
    late = [place for place in new if place not in added]
    then = dict(zip(late, _foresee(conn, late), strict=True))
    return [then.get(place, joined) for place, joined in zip(places, found, strict=True)]


def foresee_all(conn: Connection, joiners: Sequence[Joiner]) -> list[Joined]:
    """What would become of each, if they came in this order."""
    return _foresee(conn, [(joiner.newsletter, joiner.key) for joiner in joiners])


def keep_all(conn: Connection, people: Sequence[Joiner], *, now: datetime) -> None:
    """Keep people as a list says they were, where nothing is known of them: who left, who must not get mail."""
    _suppress(conn, [person for person in people if person.state is SubscriberState.SUPPRESSED], now=now)
    barred = suppressions.among(conn, {one.key for one in people if one.state is not SubscriberState.SUPPRESSED})
    places = {
        (person.newsletter, person.key): replace(person, state=SubscriberState.SUPPRESSED)
        if person.key in barred
        else person
        for person in reversed(people)
        if person.reads
    }
    _put_people(conn, places, now=now)
    wishes = {place: person for place, person in places.items() if person.newsletter}
    _put_wishes(conn, wishes, now=now, also=set(SubscriberState))


def _suppress(conn: Connection, people: Sequence[Joiner], *, now: datetime) -> None:
    """Those whom nobody knows as a reader; a list that does not say since when means since they came."""
    if not people:
        return
    known = _known(conn, "", [("", person.key) for person in people])
    wanted = [
        person.suppression
        or Suppression(email=person.email, since=person.joined or now, why=Grounds.BY_HAND, detail=person.consent)
        for person in people
        if _may_be_barred(known.get(person.key))
    ]
    suppressions.put_all(conn, wanted)


def _foresee(conn: Connection, places: Sequence[Place]) -> list[Joined]:
    known = {slug: _known(conn, slug, places) for slug in {slug for slug, _ in places}}
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


def _may_be_barred(known: _Known | None) -> bool:
    """By the list of addresses alone: nobody reads with it, or somebody has asked to and not confirmed yet."""
    return known is None or known.state == SubscriberState.PENDING


def _outcome(known: _Known | None) -> Joined:
    if known is None:
        return Joined.ADDED
    if known.state == SubscriberState.SUPPRESSED:
        return Joined.SUPPRESSED
    if known.wish is None:
        return Joined.ADDED
    return Joined.ALREADY if known.wish == SubscriptionState.ACTIVE else Joined.LEFT


def _known(conn: Connection, newsletter: str, places: Iterable[Place]) -> dict[str, _Known]:
    wish = and_(_wishes.c.subscriber == _people.c.id, _wishes.c.newsletter == newsletter)
    wanted = (
        select(_people.c.address_key, _people.c.id, _people.c.state, _wishes.c.state.label("wish"))
        .outerjoin(_wishes, wish)
        .where(_among(conn))
    )
    rows = conn.execute(wanted, _keys(place for place in places if place[0] == newsletter))
    return {key: _Known(id=person, state=state, wish=wish) for key, person, state, wish in rows}


def _among(conn: Connection) -> ColumnElement[bool]:
    """The reader's address is one of the parameter `keys`, which travels as a JSON array."""
    keys = bindparam("keys", type_=JSON)
    if conn.dialect.name == "postgresql":
        found = select(cast(func.json_array_elements_text(keys).table_valued("value").c.value, Text))
    else:
        found = select(func.json_each(keys).table_valued("value").c.value)
    return _people.c.address_key.in_(found)


def _keys(places: Iterable[Place]) -> dict[str, Any]:
    return {"keys": sorted({key for _, key in places})}


def _put_people(conn: Connection, joiners: Mapping[Place, Joiner], *, now: datetime) -> None:
    first = {key: joiner for (_, key), joiner in reversed(list(joiners.items()))}
    rows = [
        {
            "email": joiner.email,
            "address_key": key,
            "name": joiner.name,
            "language": joiner.language,
            "state": joiner.state,
            "consent": joiner.consent,
            "joined": joiner.joined or now,
        }
        # In one order for all who write, or two imports could wait for each other for ever.
        for key, joiner in sorted(first.items(), key=itemgetter(0))
    ]
    if rows:
        conn.execute(_ignoring(conn, _people), rows)


def _put_wishes(
    conn: Connection,
    joiners: Mapping[Place, Joiner],
    *,
    now: datetime,
    also: Collection[str] = (SubscriberState.CONFIRMED,),
) -> set[Place]:
    """Those that are new."""
    places: dict[tuple[str, int], Place] = {}
    rows = []
    for slug in sorted({slug for slug, _ in joiners}):
        known, starts = _known(conn, slug, joiners), _Starts(conn, slug, now)
        for place, joiner in joiners.items():
            person = known.get(place[1]) if place[0] == slug else None
            if person and person.wish is None and person.state in also:
                places[slug, person.id] = place
                rows.append(_row_of(joiner, person.id, seen_seq=starts[joiner.cadence], now=now))
    if not rows:
        return set()
    written = _ignoring(conn, _wishes)
    if conn.dialect.name == "sqlite":  # nobody else writes while we do
        conn.execute(written, rows)
        return set(places.values())
    returned = conn.execute(written.returning(_wishes.c.newsletter, _wishes.c.subscriber), rows)
    return {places[slug, person] for slug, person in returned}


class _Starts(dict[Cadence, int]):
    """After which post all is news, by cadence; looked up once."""

    def __init__(self, conn: Connection, newsletter: str, now: datetime) -> None:
        super().__init__()
        self._conn, self._newsletter, self._now = conn, newsletter, now

    def __missing__(self, cadence: Cadence) -> int:
        return self.setdefault(cadence, news_start(self._conn, self._newsletter, cadence, now=self._now))


def _row_of(joiner: Joiner, subscriber: int, *, seen_seq: int, now: datetime) -> Mapping[str, object]:
    return {
        "subscriber": subscriber,
        "newsletter": joiner.newsletter,
        "cadence": joiner.cadence,
        "columns": " ".join(sorted(joiner.columns)),
        "state": joiner.wish_state,
        "seen_seq": seen_seq,
        "joined": joiner.wish_joined or now,
        "left_at": joiner.left_at,
        "left_how": joiner.left_how,
    }


def _ignoring(conn: Connection, table: Table) -> Any:
    kind: Any = sqlite if conn.dialect.name == "sqlite" else postgresql
    return kind.insert(table).on_conflict_do_nothing()
