"""How the letters of each issue go, by relay and by domain: counted when they are answered, told now and then.

Theory. A letter costs one count, in memory. Every two seconds the transaction that happens anyway
writes down how things stand, in some fifty rows an issue: whole numbers, so that it may be done
twice. So what people see is at most that old, and the sender hardly notices.

What is counted is lost with the process; the ledger knows what became of each letter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from heapq import nlargest

from sqlalchemy import Connection

from publisher.model.outcome import Verdict
from publisher.send.turns import Done
from publisher.store import progress
from publisher.store.progress import By, Went

TOLD_EVERY = timedelta(seconds=2)

_Numbers = list[int]  # sent, deferred, failed
_PLACE = {Verdict.SENT: 0, Verdict.LATER: 1, Verdict.NEVER: 2, Verdict.IN_DOUBT: 2}


class Headway:
    """What one sender has to tell, for as long as it runs."""

    def __init__(self, sender: int) -> None:
        self._sender = sender
        self._new: Counter[tuple[int, str, str, Verdict]] = Counter()  # issue, relay, address's domain, answer
        self._known: dict[int, dict[By, dict[str, _Numbers]]] = {}
        self._untold: set[int] = set()  # issues
        self._told: datetime | None = None
        self._telling: datetime | None = None  # in a transaction that is not committed yet

    def saw(self, done: Iterable[Done]) -> None:
        """Count answers."""
        self._new.update(
            (delivery.issue, relay, delivery.email.rpartition("@")[2], outcome.verdict)
            for delivery, relay, outcome in done
        )

    def tell(self, conn: Connection, *, now: datetime, surely: bool = False) -> None:
        """Write it down where it is time to, or `surely`."""
        is_time = self._told is None or not timedelta() <= now - self._told < TOLD_EVERY
        if not (surely or is_time):
            return
        self._take_in()
        for issue in sorted(self._untold):
            progress.put(conn, self._sender, issue, self._of(issue), now=now)
        self._telling = now

    def was_told(self) -> None:
        """The transaction that wrote it down was committed; until then it is written again."""
        if self._telling is not None:
            self._told, self._telling = self._telling, None
            self._untold.clear()

    @property
    def has_told(self) -> bool:
        """Whether there is anything of it in the database."""
        return bool(self._known)

    def _take_in(self) -> None:
        new, self._new = self._new, Counter()
        for (issue, relay, domain, verdict), letters in new.items():
            place = _PLACE.get(verdict)
            if place is None:
                continue  # it was not handed over
            known = self._known.get(issue)
            if known is None:
                known = self._known[issue] = {by: {} for by in By}
            for by, name in ((By.RELAY, relay), (By.DOMAIN, domain.lower())):
                numbers = known[by].get(name)
                if numbers is None:
                    numbers = known[by][name] = [0, 0, 0]
                numbers[place] += letters
            self._untold.add(issue)

    def _of(self, issue: int) -> list[Went]:
        found = self._known[issue]
        return [one for by in By for one in _busiest(by, found[by])]


def _busiest(by: By, found: dict[str, _Numbers]) -> list[Went]:
    """By name those that have most answers, and the others together: of thousands of domains fifty are looked at."""
    names = found if by is By.RELAY else nlargest(progress.MOST_NAMED, found, key=lambda name: sum(found[name]))
    went = [_went(by, name, found[name]) for name in names]
    if len(went) == len(found):
        return went
    all_of_it = map(sum, zip(*found.values(), strict=True))
    told = map(sum, zip(*(found[name] for name in names), strict=True))
    return [*went, _went(by, progress.OTHERS, [all_ - part for all_, part in zip(all_of_it, told, strict=True)])]


def _went(by: By, name: str, numbers: _Numbers) -> Went:
    sent, deferred, failed = numbers
    return Went(by=by, name=name, sent=sent, deferred=deferred, failed=failed)
