"""The sender: settles deliveries by the real functions of the ledger, without a wire."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from publisher.model.delivery import Delivery, DeliveryEvent
from publisher.model.outcome import Outcome, Verdict
from publisher.store import claims, issues, ledger
from publisher.store.database import Store
from publisher.store.ledger import Settled
from tests.writers import SENDER
from tests.year.agenda import Agenda
from tests.year.books import Books

_GROUP = 400
_SENT = Outcome(verdict=Verdict.SENT, code=250)
_OTHERS = (
    (Outcome(verdict=Verdict.LATER, code=451, text="try again"), 5),
    (Outcome(verdict=Verdict.NEVER, code=550, text="no such user"), 4),
    (Outcome(verdict=Verdict.IN_DOUBT, text="no answer"), 2),
)  # of a thousand letters


class Sender:
    """Sends all that may be sent now, as `serve` does; `leave` lets a reader go at the worst moment."""

    def __init__(
        self, store: Store, books: Books, agenda: Agenda, chance: random.Random, *, leave: Callable[[int], None]
    ) -> None:
        self._store, self._books, self._agenda, self._chance = store, books, agenda, chance
        self._leave = leave
        self._sent: dict[tuple[int, int], str] = {}  # (issue, subscription): as it was settled

    def recover(self) -> None:
        """After the process died."""
        with self._store.write() as conn:
            claims.recover(conn, [], now=self._agenda.now())

    def send_due(self, *, dies: bool = False) -> datetime | None:
        """Send; when to look again for what was deferred. `dies`: with the first group on the wire."""
        now = self._agenda.now()
        with self._store.write() as conn:
            issues.start_queued(conn, now=now)
            ledger.expire(conn, now=now)
        while True:
            with self._store.write() as conn:
                claimed = claims.claim(conn, SENDER, limit=_GROUP, now=now).claimed
            if not claimed:
                break
            self._some_leave(claimed)
            with self._store.write() as conn:
                marked = ledger.mark_sending(conn, SENDER, [one.id for one in claimed], now=now)
            self._look(claimed, marked, now)
            if dies:
                return None
            with self._store.write() as conn:
                ledger.settle(conn, SENDER, self._settled(claimed, marked, now), now=now)
        with self._store.write() as conn:
            for issue in issues.finish_done(conn, now=now):
                self._books.count("issues sent")
                ledger.decide(conn, issue, DeliveryEvent.RESOLVE_SENT, now=now)
            return ledger.next_ripe(conn)

    def _some_leave(self, claimed: Sequence[Delivery]) -> None:
        if self._chance.random() < 0.06:
            subscription = self._chance.choice(claimed).subscription
            if self._books.readings[subscription].active:
                self._leave(subscription)

    def _look(self, claimed: Sequence[Delivery], marked: set[int], now: datetime) -> None:
        """No letter to who left; none twice; none to anybody is forgotten."""
        for one in claimed:
            reading, key = self._books.readings[one.subscription], (one.issue, one.subscription)
            if one.id in marked and not reading.active:
                self._books.fault(now, f"issue {one.issue} goes out to somebody who left", reading=reading)
            if one.id not in marked and reading.active:
                self._books.fault(now, f"issue {one.issue} is not sent, and nobody left", reading=reading)
            if one.id in marked and self._sent.get(key) not in (None, "later"):
                self._books.fault(now, f"issue {one.issue} goes out a second time", reading=reading)

    def _settled(self, claimed: Sequence[Delivery], marked: set[int], now: datetime) -> list[Settled]:
        settled = []
        for one in claimed:
            if one.id in marked:
                outcome = self._drawn()
                later = outcome.verdict is Verdict.LATER
                self._sent[one.issue, one.subscription] = outcome.verdict.value
                self._books.count(f"letters {outcome.verdict.value}")
                wait = timedelta(minutes=self._chance.choice((10, 90)))
                settled.append(Settled(id=one.id, outcome=outcome, next_try=now + wait if later else None))
        return settled

    def _drawn(self) -> Outcome:
        number = self._chance.randrange(1000)
        for outcome, of_thousand in _OTHERS:
            if number < of_thousand:
                return outcome
            number -= of_thousand
        return _SENT
