"""How a run of the sender goes: its rate, the time left, and how each domain of readers answers.

Theory. A rate over the whole run is slow to tell that a relay has become slow, one over the last
second jumps. So answers are counted second by second, and the rate is that of the last ten
seconds; the time left is what is left at that rate. Domains are kept by name up to a number;
those that come later are counted together, so that a long list costs no more than a short one.

Responsible for these numbers; how they are shown is `cli/progress.py`.

Pure: the moment of each answer comes in, in seconds of a clock that nobody can set.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from publisher.model.outcome import Outcome, Verdict
from publisher.send.route import destination_of

SMOOTHED_OVER_SECONDS = 10
MOST_DOMAINS = 1000
OTHERS = "others"


@dataclass(slots=True)
class Domain:
    """What the mailboxes of one domain came to."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    last_trouble: Outcome | None = None  # the last answer that was not `sent`

    @property
    def answers(self) -> int:
        return self.verdicts.total()


class Pace:
    """One run so far."""

    def __init__(self, *, letters: int, started: float, names: Mapping[str, str] | None = None) -> None:
        self._names = names or {}  # by domain, of destinations that several domains belong to
        self.letters = letters  # to be sent, as far as was known at the start
        self.verdicts: Counter[Verdict] = Counter()
        self.domains: dict[str, Domain] = {}
        self._started = started
        self._seconds: deque[tuple[int, int]] = deque()  # a second, and the answers in it; the oldest first

    @property
    def answers(self) -> int:
        return self.verdicts.total()

    def saw(self, address: str, outcome: Outcome, *, now: float) -> None:
        """One more answer."""
        self.verdicts[outcome.verdict] += 1
        domain = self._domain_of(address)
        domain.verdicts[outcome.verdict] += 1
        if outcome.verdict is not Verdict.SENT:
            domain.last_trouble = outcome
        second = int(now)
        if self._seconds and self._seconds[-1][0] == second:
            self._seconds[-1] = (second, self._seconds[-1][1] + 1)
        else:
            self._seconds.append((second, 1))
            self._forget(now)

    def rate(self, now: float) -> float:
        """Letters a second, over the last ten or since the start where that is less."""
        self._forget(now)
        since = max(self._started, self._seconds[0][0] if self._seconds else now)
        taken = sum(number for _, number in self._seconds)
        return taken / max(1.0, now - since)

    def seconds_left(self, now: float, *, passed: int) -> float | None:
        """How long the rest takes where `passed` letters need no more; None where nothing moves."""
        rate = self.rate(now)
        return max(0, self.letters - passed) / rate if rate else None

    def busiest(self, number: int) -> list[tuple[str, Domain]]:
        """The domains with most answers, the busiest first."""
        return sorted(self.domains.items(), key=lambda one: (-one[1].answers, one[0]))[:number]

    def _domain_of(self, address: str) -> Domain:
        name = destination_of(address, self._names)
        if name not in self.domains and len(self.domains) >= MOST_DOMAINS:
            name = OTHERS
        return self.domains.setdefault(name, Domain())

    def _forget(self, now: float) -> None:
        while self._seconds and self._seconds[0][0] <= now - SMOOTHED_OVER_SECONDS - 1:
            self._seconds.popleft()


def state_of(domain: Domain) -> str:
    """How a domain answers, in a word or two."""
    taken, later = domain.verdicts[Verdict.SENT], domain.verdicts[Verdict.LATER]
    refused = domain.verdicts[Verdict.NEVER]
    if not (later or refused or domain.verdicts[Verdict.IN_DOUBT]):
        return "takes all"
    if not taken:
        return "refuses all" if refused > later else "puts all off" if later else "does not answer"
    return "takes most" if taken >= 2 * (domain.answers - taken) else "takes some"
