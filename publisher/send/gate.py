"""What may go now: limits, warm-up, hours, parked relays and paused destinations, as they stand in the database.

Theory. Limits are kept by what all senders see: the answers they counted and the letters that
stand in `sending`. So they are looked at in the transaction that marks letters, and nowhere else
is it decided that one goes. That a relay is parked or a destination paused is not so exact: it is
looked at each second.

A relay that comes back from being parked, and a destination from its pause, are given a few
letters until one of them is taken.

Responsible for these looks and for writing down what answers say about relays and destinations.
The arithmetic is `limits.py`'s, the choice of letters `allot.py`'s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo

from sqlalchemy import Connection

from publisher.errors import StorageError
from publisher.model.limit import Limit
from publisher.model.outcome import Outcome, Verdict
from publisher.send import hours, retry, warmup
from publisher.send.allot import Allowances
from publisher.send.lessons import Answer, Lesson, Lessons
from publisher.send.limits import Allowance, allowance, tightest
from publisher.send.report import HeldUp, Stop
from publisher.send.route import Destination, Route, destination_of, names_by_domain
from publisher.store import claims, destinations, relays, setback, settings, uses

LOOK = timedelta(seconds=1)  # how old what is known of parking and pauses may be
TRIED = 5  # letters at a time, for whoever comes back
PARKED = timedelta(minutes=30)  # a relay that refuses us: its account is looked after by people
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(minutes=60)


class Gate:
    """The limits of one run; its calls come one after the other, with the ledger's."""

    def __init__(self, routes: Sequence[Route], places: Sequence[Destination], *, zone: tzinfo) -> None:
        self.routes = {route.relay.name: route for route in routes}
        self.places = {place.name: place for place in places}
        self.ids: dict[str, int] = {}  # of relays, as in `deliveries.relay`
        self.parked: Mapping[str, relays.RelayState] = {}
        self.paused: Mapping[str, destinations.PausedDestination] = {}
        self._places = tuple(places)
        self._names = names_by_domain(places)
        self._counted = [
            *(f"relay:{route.name}" for route in routes if route.limits or route.warm_up),
            *(f"destination:{place.name}" for place in places if place.limits or place.connections),
        ]
        self._zone = zone
        self._lessons = Lessons(self.destination_of)
        self._looked: datetime | None = None
        self._stale = False  # what was seen then has changed since
        self._warm: dict[str, str] = {}  # of relays that are warmed up, the limit of the day that was seen last

    def begin(self, conn: Connection) -> None:
        """To be called first in each transaction of a run: under limits, senders have theirs one after the other.

        Who had rows of the ledger first and waited here with them would be waited for by who is in
        already and wants such a row: in a circle.
        """
        if self.limits:
            uses.lock(conn, self._counted or ["trials"])

    @contextmanager
    def unless_taken_back(self) -> Iterator[None]:
        """To be around each transaction: what one that failed had written and learned is not so."""
        try:
            yield
        except StorageError:
            self._stale, self._warm = True, {}
            raise

    def open(self, conn: Connection, *, now: datetime) -> None:
        """Before the first letter. What is written otherwise in config.toml is tried anew, and its letters at once."""
        self.ids = relays.ids_of(conn, list(self.routes))
        self._put_right(conn, now=now)
        for name, route in self.routes.items():
            if settings.is_news(conn, f"relay {name}", route.digest):
                relays.unpark(conn, name)
                claims.put_off_no_longer(conn)
        places = [(place.name, sorted(place.domains), place.limits, place.connections) for place in self._places]
        if settings.is_news(conn, "destinations", str(places)):
            claims.put_off_no_longer(conn)
        self.look(conn, now=now)

    def look(self, conn: Connection, *, now: datetime) -> bool:
        """Learn what is parked and paused, unless that was done a moment ago."""
        if self._looked and timedelta() <= now - self._looked < LOOK and not self._stale:
            return False
        if self._looked and now < self._looked:
            self._put_right(conn, now=now, was_set_back=True)
        self._looked, self._stale = now, False
        self._warm_up(conn, now=now)
        states = relays.states(conn)
        self.parked = {name: states[name] for name in self.routes if name in states and states[name].parks}
        self.paused = destinations.paused(conn)
        return True

    def _put_right(self, conn: Connection, *, now: datetime, was_set_back: bool = False) -> None:
        """A clock that was set back has left times that are further ahead than they may be."""
        counted_ahead = uses.put_right(conn, now=now)
        waited_ahead = setback.try_again_by(conn, now + retry.LONGEST)
        setback.end_pauses_by(conn, now + LONGEST_PAUSE)
        if was_set_back or counted_ahead or waited_ahead:
            claims.put_off_no_longer(conn)

    def _warm_up(self, conn: Connection, *, now: datetime) -> None:
        """With a new day of a warm-up, letters come at once that its limit of the day before put off for weeks."""
        today = now.astimezone(self._zone).date()
        for name, route in self.routes.items():
            limit = str(warmup.day_limit(route.warm_up, today)) if route.warm_up else ""
            if self._warm.get(name, "") != limit:
                self._warm[name] = limit
                if settings.is_news(conn, f"warm-up {name}", limit):
                    claims.put_off_no_longer(conn)

    def held_up(self, resting: Mapping[str, str], *, now: datetime) -> tuple[HeldUp, ...]:
        """Relays and destinations that are left alone now, as was seen last; `resting`: who is down, and why."""
        if not (self.parked or self.paused or resting):
            return ()  # most of the time
        parked = [state for state in self.parked.values() if state.is_parked(now)]
        down = resting.keys() - {state.name for state in parked}
        paused = [one for one in self.paused.values() if one.is_paused(now)]
        return (
            *(HeldUp(stop=Stop.PARKED, name=one.name, until=one.parked_until, why=one.why) for one in parked),
            *(HeldUp(stop=Stop.RESTING, name=name, until=None, why=resting[name]) for name in sorted(down)),
            *(HeldUp(stop=Stop.PAUSED, name=one.domain, until=one.paused_until, why=one.why) for one in paused),
        )

    def is_parked(self, name: str) -> bool:
        """Whether it is left alone, as far as was seen last."""
        return bool(name in self.parked and self._looked and self.parked[name].is_parked(self._looked))

    @property
    def limits(self) -> bool:
        """Whether there is anything to be looked at."""
        routes = self.routes.values()
        return bool(
            self.places
            or self.parked
            or self.paused
            or any(route.limits or route.warm_up or route.hours for route in routes)
        )

    def destination_of(self, address: str) -> str:
        return destination_of(address, self._names)

    def allowances(self, conn: Connection, wanted: Collection[str], *, now: datetime) -> Allowances:
        """What may be marked in this transaction; of destinations, those that are asked for."""
        if not self.limits:
            return Allowances()
        names = [name for name in sorted(wanted) if name in self.places or name in self.paused]
        uses.lock(conn, self._counted)
        by_relay, by_destination = self._on_the_wire(conn)
        return Allowances(
            relays={name: self._relay(conn, name, by_relay[self.ids[name]], now=now) for name in self.routes},
            destinations={name: self._destination(conn, name, by_destination[name], now=now) for name in names},
        )

    def _on_the_wire(self, conn: Connection) -> tuple[Counter[int], Counter[str]]:
        by_relay: Counter[int] = Counter()
        by_destination: Counter[str] = Counter()
        for relay, domain in uses.in_flight(conn):
            by_relay[relay or 0] += 1
            by_destination[self.destination_of(f"@{domain}")] += 1
        return by_relay, by_destination

    def _relay(self, conn: Connection, name: str, in_flight: int, *, now: datetime) -> Allowance:
        route, state = self.routes[name], self.parked.get(name)
        found = [self._by_limits(conn, f"relay:{name}", self.limits_of(route, now=now), in_flight, now=now)]
        if state:
            until = state.parked_until or now + PARKED  # None: until somebody says otherwise
            found.append(_back_again(until, in_flight, now=now))
        if route.hours and not hours.is_open(route.hours, now, self._zone):
            found.append(Allowance(letters=0, again=hours.next_opening(route.hours, now, self._zone)))
        return tightest(found)

    def limits_of(self, route: Route, *, now: datetime) -> Sequence[Limit]:
        """Those of a relay, and of its warm-up."""
        warm = warmup.limit_of(route.warm_up, now.astimezone(self._zone).date()) if route.warm_up else None
        return (*route.limits, warm) if warm else route.limits

    def _destination(self, conn: Connection, name: str, in_flight: int, *, now: datetime) -> Allowance:
        place, pause = self.places.get(name), self.paused.get(name)
        found = []
        if place:
            found.append(self._by_limits(conn, f"destination:{name}", place.limits, in_flight, now=now))
            if place.connections is not None:
                found.append(Allowance(letters=max(0, place.connections - in_flight)))
        if pause:
            found.append(_back_again(pause.paused_until, in_flight, now=now))
        return tightest(found)

    @staticmethod
    def _by_limits(conn: Connection, key: str, limits: Sequence[Limit], in_flight: int, *, now: datetime) -> Allowance:
        used = uses.used(conn, key, limits, now=now) if limits else {}
        return tightest([allowance(one, used[one.seconds], in_flight=in_flight, now=now) for one in limits])

    def saw(self, answers: Sequence[Answer]) -> Lesson:
        """What follows from answers, each of which is to be told once; called outside of transactions."""
        return self._lessons.saw(answers, on_trial=self.paused)

    def learn(self, conn: Connection, answers: Sequence[Answer], lesson: Lesson, *, now: datetime) -> None:
        """Count letters that were answered, and write down what follows for relays and destinations."""
        for relay, why in lesson.to_park.items():
            self.park(conn, relay, why, now=now)
        for destination, outcome in lesson.to_pause.items():
            self._pause(conn, destination, outcome, now=now)
        if not self.limits:
            return  # most of the time
        by_relay: Counter[str] = Counter()
        by_destination: Counter[str] = Counter()
        for relay, address, outcome in answers:
            if outcome.verdict is Verdict.UNSENT:
                continue
            by_relay[relay] += 1
            destination = self.destination_of(address)
            by_destination[destination] += destination in self.places
            if outcome.verdict is Verdict.SENT:
                self._works(conn, relay, destination, now=now)
        for relay, letters in by_relay.items():
            uses.count(conn, f"relay:{relay}", self.limits_of(self.routes[relay], now=now), letters, now=now)
        for destination, letters in (+by_destination).items():
            uses.count(conn, f"destination:{destination}", self.places[destination].limits, letters, now=now)

    def _works(self, conn: Connection, relay: str, destination: str, *, now: datetime) -> None:
        """A letter was taken."""
        if relay in self.parked:
            relays.took(conn, [relay], now=now)
            self._stale = True
        pause = self.paused.get(destination)
        if pause and not pause.is_paused(now):  # else it was on the wire when the pause began
            destinations.end_pause(conn, destination)
            self._stale = True

    def count_lost(self, conn: Connection, alive: Collection[int], *, now: datetime) -> None:
        """Count letters that dead senders had on the wire: they may come to their relay in this moment."""
        names = {state.id: name for name, state in relays.states(conn).items() if name in self.routes}
        lost = uses.lost(conn, alive) if self.limits else []
        for relay, letters in Counter(relay for relay, _ in lost if relay in names).items():
            limits = self.limits_of(self.routes[names[relay]], now=now)
            uses.count(conn, f"relay:{names[relay]}", limits, letters, now=now)
        for name, letters in Counter(self.destination_of(f"@{domain}") for _, domain in lost).items():
            if name in self.places:
                uses.count(conn, f"destination:{name}", self.places[name].limits, letters, now=now)

    def park(self, conn: Connection, relay: str, why: str, *, now: datetime) -> None:
        """Let all senders leave a relay alone for a time."""
        known = self.parked.get(relay)
        if known and (known.parked_until or now + PARKED) > now:
            return  # one of the letters that were on the wire when it was parked
        relays.park(conn, relay, why=why, until=now + PARKED, now=now)
        self._stale = True
        self.look(conn, now=now)

    def _pause(self, conn: Connection, destination: str, outcome: Outcome, *, now: datetime) -> None:
        known = self.paused.get(destination)
        if known and known.paused_until > now:
            return
        longer = FIRST_PAUSE * 2 ** min(known.pauses if known else 0, 10)
        why = " ".join(part for part in (str(outcome.code or ""), outcome.enhanced, outcome.text) if part)
        destinations.pause(conn, destination, why=why, until=now + min(longer, LONGEST_PAUSE), now=now)
        self._stale = True
        self.look(conn, now=now)


def _back_again(until: datetime, in_flight: int, *, now: datetime) -> Allowance:
    """Nothing until then, and a few letters after it."""
    if until > now:
        return Allowance(letters=0, again=until)
    return Allowance(letters=max(0, TRIED - in_flight))
