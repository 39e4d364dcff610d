"""Watches the answers of a run, and pauses an issue that goes wrong.

Theory. Answers are counted in memory, issue by issue, as they come; the pause is written in the
transaction that settles them, before it marks the next letters: so not one more letter of the
issue goes out, and its letters stay due. What is known of earlier issues and pauses is asked
for only where an issue is above the limits: that is rare, and costs a look over a whole issue.

Responsible for counting and pausing; the decision is `wellbeing.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection

from publisher.model.delivery import Delivery
from publisher.model.issue import IssueEvent
from publisher.model.outcome import Outcome
from publisher.send.report import Paused
from publisher.send.wellbeing import Limits, Seen, Tally, eased, limits_for, why_pause, with_outcomes
from publisher.store import issues, wellbeing

Done = Sequence[tuple[Delivery, Outcome]]


class Watch:
    """The answers of one run."""

    def __init__(self, limits: Limits) -> None:
        self.paused: tuple[Paused, ...] = ()
        self._limits = limits
        self._eased: dict[int, Limits] = {}  # of issues that were above the limits
        self._tallies: dict[int, Tally] = {}
        self._moved: set[int] = set()  # issues that a try of this turn has paused

    def saw(self, done: Done) -> dict[int, Tally]:
        """Count answers, once; the issues that should perhaps pause."""
        self._moved.clear()
        outcomes: dict[int, list[Outcome]] = {}
        for delivery, outcome in done:
            outcomes.setdefault(delivery.issue, []).append(outcome)
        for issue, some in outcomes.items():
            self._tallies[issue] = with_outcomes(self._tallies.get(issue, Tally()), some)
        return {
            issue: self._tallies[issue]
            for issue in outcomes
            if why_pause(self._tallies[issue], self._eased.get(issue, self._limits))
        }

    def pause(self, conn: Connection, suspects: dict[int, Tally], *, now: datetime) -> tuple[Paused, ...]:
        """Pause those that should, and tell which; also where a try before this one was done and not told."""
        paused = []
        for issue, tally in suspects.items():
            if issue not in self._moved:
                self._eased[issue] = self._limits_of(conn, issue)
            why = why_pause(tally, self._eased[issue])
            if why and issues.move_if(conn, issue, IssueEvent.PAUSE, now=now, why=why):
                wellbeing.remember_pause(conn, issue, asdict(tally.seen()))
                self._moved.add(issue)
                paused.append(Paused(issue=issue, why=why))
            elif issue in self._moved and issues.get_issue(conn, issue).why == why:
                paused.append(Paused(issue=issue, why=why))
        return tuple(paused)

    def keep(self, suspects: dict[int, Tally], paused: tuple[Paused, ...]) -> None:
        """Take note of what was written: an issue that is resumed in this run begins with no answers."""
        self.paused += paused
        for issue, tally in suspects.items():
            if why_pause(tally, self._eased[issue]):  # it is paused, by us or by somebody else
                del self._tallies[issue]
        for one in paused:
            self._eased.pop(one.issue, None)

    def _limits_of(self, conn: Connection, issue: int) -> Limits:
        before = wellbeing.paused_for(conn, issue)
        return eased(
            limits_for(issues.get_issue(conn, issue).kind, self._limits),
            usual_percent=wellbeing.usual_refused_percent(conn, issue),
            before=Seen(**before) if before else None,
        )
