"""One run of the sender: its letters between the ledger and the relays.

Theory. Four places hold letters: `claimed` (read from the ledger in chunks; a crash makes
them due again), the workshop (claimed as before, and being made ahead of their turn),
`marked` (their row says `sending`; of each relay at most twice its connections) and `done`
(the relay has answered, the ledger does not know yet). Each turn settles what is done and
marks as many of the letters that are ready as the connections have room for and limits
leave; the wire and the workshop go on meanwhile. Marking is the last thing before the wire:
a letter goes on it only after the transaction that marked it, so whatever is killed and
wherever, nobody gets a letter twice and nobody is forgotten: what is not known stands in
doubt, and it is what was marked.

A transaction costs about the same for few letters as for many. So it waits for company, but
never so long that the wire or the workshop has to (`turns.is_due`).

Several senders may run at the same time for one database (`presence.py`): what one has
claimed no other touches, and relays' connections and limits are shared.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from publisher.model.delivery import Delivery
from publisher.model.outcome import Outcome, Verdict
from publisher.send.bell import Bell
from publisher.send.books import Books
from publisher.send.commands import Parcel
from publisher.send.fleet import Fleet
from publisher.send.patience import Patience
from publisher.send.report import SendReport
from publisher.send.route import Route
from publisher.send.traffic import Manners, Told
from publisher.send.transactions import MOST_LETTERS
from publisher.send.turns import Load, Turned, is_due
from publisher.send.workshop import Made, Workshop

NEWCOMER_SECONDS = 2.5  # until other senders have seen that there is one more, and left it its connections
LOOK_SECONDS = 0.1  # how often a run looks whether it is to stop
SOON_SECONDS = 0.02  # until it is looked again whether what is ready can go
SMOOTHED_OVER = 8  # turns
GROUP_SECONDS = 0.001  # how often it is looked whether letters have waited long enough for company
WAITED_FOR = timedelta(minutes=1)  # a run does not end before a limit leaves room, where that is so soon


class Round:
    """One run."""

    def __init__(
        self, books: Books, routes: Sequence[Route], *, patience: Patience, told: Told, manners: Manners
    ) -> None:
        self._books = books
        self._patience = patience
        self._told = told
        self._manners = manners
        self._report = SendReport()
        self._verdicts: Counter[Verdict] = Counter()
        self._loop = asyncio.get_running_loop()
        self._wake = Bell()
        self._fleet = Fleet(
            routes,
            pauses=manners.reconnect_seconds,
            on_settled=self._on_settled,
            wake=self._wake,
        )
        self._standby = {route.relay.name for route in routes if not route.weight}
        self._most = MOST_LETTERS * sum(route.relay.connections for route in routes)
        self._workshop = Workshop(books, ahead=self._most, wake=self._wake)
        self._claimed: deque[Delivery] = deque()  # and not yet in the workshop
        self._carriers: set[str] = set()  # relays that letters of this run may go by
        self._carried: Counter[str] = Counter()
        self._exhausted = False  # the last claim found nothing more
        self._marked: dict[int, tuple[Delivery, str]] = {}  # said to be `sending` in the ledger, by which relay
        self._done: list[tuple[Delivery, str, Outcome]] = []  # answered, and not yet settled
        self._enough = 1  # of them, to look at once whether a turn is due
        self._turned = 0.0  # in the event loop's time
        self._answers_per_second = 0.0  # of late
        self._not_before = 0.0  # in the event loop's time: limits leave nothing to mark until then

    async def run(self, stop: Callable[[], bool]) -> SendReport:
        opening = await self._books.open()
        self._report = replace(self._report, found_in_doubt=opening.in_doubt)
        self._fleet.shares = dict(self._books.shares)
        async with self._workshop:
            try:
                await self._let_others_make_room(stop)
                await self._send_all(stop)
            finally:
                # Also where the database failed: what is on the wire gets its answer, and that
                # a last chance to be written down.
                await self._workshop.stop()
                await self._drain(self._patience.left(self._manners.drain_seconds))
                await self._fleet.leave()
                await self._turn([])
                unsent = [*self._workshop.left, *self._claimed]
                await self._books.release(unsent)
        closing = await self._books.close()
        complaints = self._fleet.complaints | self._books.parked_in_words()
        wanted = self._books.claiming.carriers or self._books.gate.routes.keys()
        helpless = bool(complaints) and wanted <= complaints.keys()
        return replace(
            self._report,
            expired=opening.expired + closing.expired,
            finished=closing.finished,
            problem="; ".join(complaints.values()) if helpless else "",
            troubles=tuple(complaints.values()),
            stopped=bool(unsent) and not helpless,
            next_try=closing.next_ripe,
        )

    async def _send_all(self, stop: Callable[[], bool]) -> None:
        """Until nothing is due, somebody says stop, or no relay is left."""
        while not stop():
            self._wake.clear()
            await self._claim_if_low()
            self._workshop.take(self._claimed)
            unsent = len(self._claimed) + len(self._workshop)
            if not (unsent or self._fleet.packed or self._fleet.held or self._done):
                # A chunk that limits put off to its last letter is not the last one.
                if self._exhausted and not await self._more_will_come():
                    return
                continue
            self._fleet.look_at_parked(self._books.gate.is_parked)
            self._fleet.tend(dict.fromkeys(self._wanted(), unsent + self._fleet.packed + self._fleet.held))
            if self._is_stranded():
                return
            self._fleet.hand_out()
            load = self._load(unsent)
            if is_due(load, waited_seconds=self._loop.time() - self._turned) or self._fleet.to_park:
                await self._turn(self._next_ready())
                self._fleet.hand_out()
            else:
                self._enough = load.enough_done
                await self._rest(GROUP_SECONDS if load.may_be_due else LOOK_SECONDS)
                self._enough = 1

    async def _let_others_make_room(self, stop: Callable[[], bool]) -> None:
        """Relays' connections are divided; so nobody opens ours before the others have closed theirs."""
        end = self._loop.time() + (NEWCOMER_SECONDS if self._books.has_company else 0)
        while self._loop.time() < end and not stop():
            await self._rest()

    def _wanted(self) -> list[str]:
        """The relays that are needed now: those that stand by, only where no other can do it.

        Also shut ones where all are: only where a connection has room is it looked at again what may go.
        """
        able = [name for name in sorted(self._carriers) if self._fleet.works(name)]
        able = [name for name in able if not self._books.gate.is_parked(name)] or able
        free = [name for name in able if name not in self._fleet.shut] or able
        first = [name for name in free if name not in self._standby] or free
        return [*first, *(name for name in self._fleet.laden if name not in first)]

    def _is_stranded(self) -> bool:
        return bool(self._carriers) and not any(self._fleet.works(name) for name in self._carriers)

    async def _more_will_come(self) -> bool:
        """Wait a moment where a limit has put off letters for not much longer than that."""
        then = await self._books.next_put_off()
        if then is None or then - self._manners.clock() > WAITED_FOR:
            return False
        await self._rest()
        self._exhausted = False
        return True

    async def _claim_if_low(self) -> None:
        if not self._exhausted and len(self._claimed) < 2 * self._most:
            in_hand = [*self._workshop.left, *self._claimed]
            chunk = await self._books.claim(in_hand)
            self._claimed += chunk.claimed
            self._carriers = self._books.claiming.carriers
            self._exhausted = chunk.is_last

    def _next_ready(self) -> list[Made]:
        """What may be marked now; [] where there is no room on any connection."""
        if self._loop.time() < self._not_before:
            return []
        room = sum(self._fleet.rooms().values())
        several = len(self._books.gate.routes) > 1 or self._books.gate.limits
        return list(itertools.islice(self._workshop.ready, None if several else room)) if room else []

    def _load(self, unsent: int) -> Load:
        limited = self._loop.time() < self._not_before
        return Load(
            ready=0 if limited else len(self._workshop.ready),
            room=sum(self._fleet.rooms().values()),
            most=self._fleet.most,  # other senders have their part of it
            done=len(self._done),
            on_the_way=self._fleet.held + self._fleet.packed,
            to_come=unsent > len(self._workshop.ready) or limited,
            answers_per_second=self._answers_per_second,
        )

    async def _turn(self, ready: Sequence[Made]) -> None:
        """Settle and mark; carried to its end even where this run is cancelled meanwhile."""
        refusing = self._fleet.to_park
        if not (ready or self._done or refusing):
            return
        done = list(self._done)
        turning = asyncio.ensure_future(
            self._books.turn(
                done,
                [made.delivery for made in ready],
                rooms=self._fleet.rooms(),
                carried=self._carried,
                refusing=refusing,
            )
        )
        try:
            turned = await asyncio.shield(turning)
        except asyncio.CancelledError:
            self._take_in(await turning, done, ready)
            raise
        self._take_in(turned, done, ready)
        now = self._loop.time()
        rate = len(done) / max(now - self._turned, 0.001)
        self._answers_per_second += (rate - self._answers_per_second) / SMOOTHED_OVER
        self._turned = now

    def _take_in(self, turned: Turned, done: Sequence[object], ready: Sequence[Made]) -> None:
        for delivery, _, outcome in self._done[: len(done)]:
            del self._marked[delivery.id]
            if outcome.verdict is Verdict.UNSENT:
                self._exhausted = False  # it is due again, for another relay
        del self._done[: len(done)]
        gone = turned.relay_of.keys() | turned.turned_away | turned.put_off
        self._workshop.hand_out(gone)
        for made in ready:
            if made.delivery.id in turned.relay_of:
                self._put_on_the_way(made, turned.relay_of[made.delivery.id])
        if turned.given_back or turned.put_off:
            self._exhausted = False  # what was given back by a pause is due again once it is resumed
        self._learn(turned, ready)
        skipped = self._report.skipped + len(turned.turned_away) - turned.given_back
        self._report = replace(
            self._report,
            sent=self._verdicts[Verdict.SENT],
            deferred=self._verdicts[Verdict.LATER],
            failed=self._verdicts[Verdict.NEVER],
            in_doubt=self._verdicts[Verdict.IN_DOUBT],
            skipped=skipped,
            paused=self._books.watch.paused,
        )
        self._tell()

    def _tell(self) -> None:
        """How it goes; relays that are down are named as long as nobody hands them letters."""
        down = {name: why for name, why in self._fleet.complaints.items() if not self._fleet.works(name)}
        held_up = self._books.gate.held_up(down, now=self._manners.clock())
        if held_up != self._report.held_up:
            self._report = replace(self._report, held_up=held_up)
        self._told.progress(self._report)

    def _learn(self, turned: Turned, ready: Sequence[Made]) -> None:
        self._fleet.shut = turned.shut if ready else self._fleet.shut  # else that was not looked at
        self._fleet.shares = dict(self._books.shares)
        if ready and not (turned.relay_of or turned.turned_away or turned.put_off):
            # What has room is of no use to what is ready, or limits leave nothing: the database is not asked at once.
            wait = (turned.again - self._manners.clock()).total_seconds() if turned.again else SOON_SECONDS
            self._not_before = self._loop.time() + min(max(wait, 0.0), LOOK_SECONDS)

    def _put_on_the_way(self, made: Made, relay: str) -> None:
        self._marked[made.delivery.id] = (made.delivery, relay)
        self._fleet.on_wire[relay] += 1
        self._carried[relay] += 1
        if isinstance(made.letter, Parcel):
            self._fleet.put(relay, made.letter)
        else:
            self._on_settled(made.delivery.id, made.letter)

    async def _drain(self, seconds: float) -> None:
        """Hand over nothing more, and wait for the answers to what is on the wire."""
        self._fleet.call_back("the sender stopped before its turn")
        end = self._loop.time() + seconds
        while self._fleet.held and self._loop.time() < end:
            self._wake.clear()
            await self._rest()

    async def _rest(self, seconds: float = LOOK_SECONDS) -> None:
        if not await self._wake.rings_within(seconds) and seconds >= LOOK_SECONDS:
            self._tell()  # nothing moves, and why that is may be new

    def _on_settled(self, key: int, outcome: Outcome) -> None:
        delivery, relay = self._marked[key]
        self._done.append((delivery, relay, outcome))
        self._fleet.on_wire[relay] -= 1
        if outcome.verdict is not Verdict.UNSENT:
            self._told.answered(delivery, outcome)
            self._verdicts[outcome.verdict] += 1
        if len(self._done) >= self._enough:
            self._wake.set()
