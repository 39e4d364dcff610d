"""The sender's bookkeeping: every touch of the ledger, one after the other, in few transactions.

Theory. A letter may be on the wire only while its row says `sending`, and that must be on
the disk before the first byte of it leaves. So one transaction does all that a sender
needs: it writes down what became of the last letters, looks at what limits leave, and marks
the next ones. Who is handed out was marked; what is marked and not settled is what a kill
leaves in doubt.

A transaction may be done although we are told that it failed (a server that restarts after
the commit). So each can be done twice: what is settled already is not settled again, and what
this sender has marked already is marked again, and not lost.

Nothing else is done while the database is held for writing: letters are made elsewhere.

Responsible for these transactions; patience with the database is `patience.py`'s, what is claimed
`claiming.py`'s, what may go `gate.py`'s, how many `round.py`'s.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from publisher.model.delivery import Delivery
from publisher.model.outcome import Outcome, Verdict
from publisher.send.allot import Allotment, allot
from publisher.send.claiming import Claiming
from publisher.send.gate import Gate
from publisher.send.headway import Headway
from publisher.send.lessons import Lesson
from publisher.send.parcels import Packer
from publisher.send.patience import Patience
from publisher.send.presence import Presence
from publisher.send.report import Paused, parked_in_words
from publisher.send.retry import next_try
from publisher.send.stencil import Stencil
from publisher.send.turns import Closing, Done, Opening, Turned
from publisher.send.watching import Watch
from publisher.store import backlog, claims, issues, ledger, progress
from publisher.store.database import Store

Answer = TypeVar("Answer")


class Books:
    """The ledger as a run of the sender sees it."""

    def __init__(
        self,
        store: Store,
        packer: Packer,
        *,
        gate: Gate,
        watch: Watch,
        presence: Presence,
        patience: Patience,
        clock: Callable[[], datetime],
        jitter: Callable[[], float],
    ) -> None:
        self.gate = gate
        self.watch = watch
        self.shares: Mapping[str, int] = {}  # of each relay's connections, ours
        self._store = store
        self._packer = packer
        self._presence = presence
        self._patience = patience
        self._clock = clock
        self._jitter = jitter
        self.claiming = Claiming(packer, gate, presence.id)
        self._headway = Headway(presence.id)
        self._knows_its_claims = True  # False: a claim was cut off

    @property
    def has_company(self) -> bool:
        """Other senders have their part of the connections."""
        return any(share < self.gate.routes[name].relay.connections for name, share in self.shares.items())

    async def open(self) -> Opening:
        """Put right what dead senders left, take up queued issues, and fail what is too old."""

        def start(conn: Connection, now: datetime) -> Opening:
            recovered = self._recover(conn, now=now)
            issues.start_queued(conn, now=now)
            self.gate.open(conn, now=now)
            self._share(conn)
            return Opening(in_doubt=recovered.in_doubt, expired=ledger.expire(conn, now=now))

        return await self._write(start)

    def parked_in_words(self) -> dict[str, str]:
        """Relays that are left alone, each with a sentence about it."""
        now = self._clock()
        parked = {name: state for name, state in self.gate.parked.items() if state.is_parked(now)}
        places = {name: self.gate.routes[name].relay.describe() for name in parked}
        return {
            name: parked_in_words(name, places[name], until=state.parked_until, why=state.why)
            for name, state in parked.items()
        }

    async def claim(self, in_hand: Sequence[Delivery]) -> claims.Chunk:
        """The next chunk; `in_hand` was claimed before and is not sent yet."""
        tries = itertools.count()

        def chunk(conn: Connection, now: datetime) -> claims.Chunk:
            if next(tries):
                self.claiming.give_back_all_but(conn, in_hand, now=now)
            return self.claiming.next_chunk(conn, in_hand, now=now)

        self._knows_its_claims = False
        found = await self._write(chunk)
        self._knows_its_claims = True
        return found

    async def stencils(self, deliveries: Sequence[Delivery]) -> dict[int, Stencil]:
        """The stencil of each variant of these deliveries."""
        one_of_each = {delivery.variant: delivery for delivery in deliveries}
        known = {variant: self._packer.known(variant) for variant in one_of_each}
        found = {variant: stencil for variant, stencil in known.items() if stencil}
        if len(found) == len(one_of_each):
            return found  # most of the time; the ledger is not kept from its work

        def look() -> dict[int, Stencil]:
            with self._store.read() as conn:
                return {variant: self._packer.stencil_of(conn, one) for variant, one in one_of_each.items()}

        return await self._patience.with_(look, is_long=True)

    async def turn(
        self,
        done: Sequence[Done],
        ready: Sequence[Delivery],
        *,
        rooms: Mapping[str, int],
        carried: Mapping[str, int],
        refusing: Mapping[str, str],
    ) -> Turned:
        """Settle what is done and mark what goes next, in one transaction.

        An issue that goes wrong by what is done pauses in between; a relay that refuses is parked.
        """
        self._headway.saw(done)
        suspects = self.watch.saw([(delivery, outcome) for delivery, _, outcome in done])
        lesson = self.gate.saw([(relay, delivery.email, outcome) for delivery, relay, outcome in done])

        def all_of_it(conn: Connection, now: datetime) -> tuple[tuple[Paused, ...], Turned]:
            self._look(conn, now=now)
            for relay, why in refusing.items():
                self.gate.park(conn, relay, why, now=now)
            if done:
                self._settle(conn, done, lesson, now=now)
            paused = self.watch.pause(conn, suspects, now=now)
            return paused, self._mark(conn, ready, rooms, carried, now=now) if ready else Turned()

        paused, turned = await self._write(all_of_it)
        self.watch.keep(suspects, paused)
        return turned

    def _settle(self, conn: Connection, done: Sequence[Done], lesson: Lesson, *, now: datetime) -> None:
        put_off = {delivery.issue for delivery, _, outcome in done if outcome.verdict is Verdict.LATER}
        expiries = issues.expiries(conn, put_off) if put_off else {}  # an admin may have prolonged one meanwhile
        settled = [self._settled(delivery, outcome, expiries, now=now) for delivery, _, outcome in done]
        if ledger.settle(conn, self._presence.id, settled, now=now):  # else that was done before, and is counted
            answers = [(relay, delivery.email, outcome) for delivery, relay, outcome in done]
            self.gate.learn(conn, answers, lesson, now=now)

    def _settled(
        self, delivery: Delivery, outcome: Outcome, expiries: Mapping[int, datetime], *, now: datetime
    ) -> ledger.Settled:
        then = None
        if outcome.verdict is Verdict.LATER:
            expires = expiries[delivery.issue]
            then = next_try(delivery.attempts + 1, now=now, jitter=self._jitter(), expires=expires)
        return ledger.Settled(id=delivery.id, outcome=outcome, next_try=then)

    def _mark(
        self,
        conn: Connection,
        ready: Sequence[Delivery],
        rooms: Mapping[str, int],
        carried: Mapping[str, int],
        *,
        now: datetime,
    ) -> Turned:
        allotted, shut = self._allot(conn, ready, rooms, carried, now=now)
        relay_of: dict[int, str] = {}
        turned_away: set[int] = set()
        for relay, ids in allotted.groups.items():
            marked = ledger.mark_sending(conn, self._presence.id, ids, relay=self.gate.ids[relay], now=now)
            relay_of.update(dict.fromkeys(marked, relay))
            turned_away |= set(ids) - marked
        claims.put_off_until(conn, allotted.put_off, now=now)
        return Turned(
            relay_of=relay_of,
            turned_away=frozenset(turned_away),
            put_off=frozenset(allotted.put_off),
            given_back=backlog.count_due(conn, turned_away) if turned_away else 0,
            again=allotted.again,
            shut=shut,
        )

    def _allot(
        self,
        conn: Connection,
        ready: Sequence[Delivery],
        rooms: Mapping[str, int],
        carried: Mapping[str, int],
        *,
        now: datetime,
    ) -> tuple[Allotment, frozenset[str]]:
        if len(self.gate.routes) == 1 and not self.gate.limits:
            ((relay, room),) = rooms.items() or [("", 0)]
            ids = [delivery.id for delivery in ready[:room]]
            return Allotment(groups={relay: ids} if ids else {}), frozenset()
        letters = [self.claiming.waiting(delivery) for delivery in ready]
        allowances = self.gate.allowances(conn, {letter.destination for letter in letters}, now=now)
        weights = {name: route.weight for name, route in self.gate.routes.items()}
        shut = frozenset(name for name, allowed in allowances.relays.items() if allowed.letters == 0)
        allotted = allot(letters, rooms=rooms, weights=weights, carried=carried, allowances=allowances, now=now)
        return allotted, shut

    def _look(self, conn: Connection, *, now: datetime) -> None:
        """What other senders do, now and then."""
        if self.gate.look(conn, now=now):
            self._presence.keep(conn, now)
            if self._presence.dead(conn, now):
                self._recover(conn, now=now)
            self._share(conn)

    def _recover(self, conn: Connection, *, now: datetime) -> claims.Recovered:
        dead = self._presence.dead(conn, now)
        alive = self._presence.alive(conn, now)
        self.gate.count_lost(conn, alive, now=now)
        recovered = claims.recover(conn, alive, now=now)
        progress.fold(conn, dead)
        self._presence.bury(conn, dead)
        return recovered

    def _share(self, conn: Connection) -> None:
        routes = self.gate.routes.items()
        self.shares = {name: self._presence.share(conn, route.relay.connections) for name, route in routes}

    async def release(self, claimed: Sequence[Delivery]) -> None:
        """Give back what is claimed, at the end of a run."""
        ids = [delivery.id for delivery in claimed]
        if not self._knows_its_claims:
            await self._write(lambda conn, now: self.claiming.give_back_all_but(conn, [], now=now))
        elif ids:
            await self._write(lambda conn, now: claims.release(conn, self._presence.id, ids, now=now))

    async def next_put_off(self) -> datetime | None:
        """When the next letter comes that a limit has put off."""

        def look(conn: Connection, now: datetime) -> datetime | None:
            self._look(conn, now=now)
            return ledger.next_put_off(conn)

        return await self._write(look)

    async def close(self) -> Closing:
        """Fail what is too old, finish issues that are done, and look for the next time to send."""

        def end(conn: Connection, now: datetime) -> Closing:
            expired = ledger.expire(conn, now=now)
            finished = tuple(issues.finish_done(conn, now=now))
            self._headway.tell(conn, now=now, surely=True)
            return Closing(expired=expired, finished=finished, next_ripe=ledger.next_ripe(conn))

        closing = await self._write(end)
        if self._headway.has_told:  # apart: what was told is told again where that is not sure, and added up once
            await self._write(lambda conn, _: progress.fold(conn, [self._presence.id]))
        return closing

    async def _write(self, work: Callable[[Connection, datetime], Answer]) -> Answer:
        """Run `work` in a transaction. Raises StorageError where patience did not help."""

        def transaction() -> Answer:
            with self.gate.unless_taken_back(), self._store.write() as conn:
                self.gate.begin(conn)
                now = self._clock()
                answer = work(conn, now)
                self._headway.tell(conn, now=now)
                return answer

        answer = await self._patience.with_(transaction)
        self._headway.was_told()
        return answer
