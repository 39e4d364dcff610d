"""How fast an issue goes, and when it is through: by how it stood a little while ago. Pure.

The page says with each question how it stood when it asked before: so nothing is remembered here,
and it does not matter which process answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from publisher.web.desk.moments import span

KEPT = 4
APART = timedelta(seconds=5)  # of two samples
LONGEST_SECONDS = 3600.0  # ago: what is older says nothing about now


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    at: datetime
    done: int  # letters that have their answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    per_minute: int | None  # None: that is not known yet
    left: str  # until all have theirs, in words; "": not known


def pace_of(samples: Sequence[Sample], now: Sample, *, to_go: int) -> Pace:
    """By the oldest sample of those that count still."""
    known = [one for one in samples if 0 < (now.at - one.at).total_seconds() <= LONGEST_SECONDS]
    if not known or now.done < known[0].done:
        return Pace(per_minute=None, left="")
    seconds = (now.at - known[0].at).total_seconds()
    rate = (now.done - known[0].done) / seconds
    left = (span(timedelta(seconds=to_go / rate)) or "less than a minute") if rate and to_go else ""
    return Pace(per_minute=round(rate * 60), left=left)


def with_sample(samples: Sequence[Sample], now: Sample) -> list[Sample]:
    """The samples that the next question brings."""
    known = [one for one in samples if one.at < now.at]
    if known and now.at - known[-1].at < APART:
        return known
    return [*known, now][-KEPT:]


def told(samples: Sequence[Sample]) -> str:
    """As they stand in an address: `1764000000000-120.1764000005000-340`."""
    return ".".join(f"{round(one.at.timestamp() * 1000)}-{one.done}" for one in samples)


def read(text: str) -> list[Sample]:
    """Out of an address, where anything may stand; what is none is left out."""
    found = []
    for one in text[:200].split(".")[:KEPT]:
        at, _, done = one.partition("-")
        if all(part.isascii() and part.isdigit() and len(part) <= 14 for part in (at, done)):
            found.append(Sample(at=datetime.fromtimestamp(int(at) / 1000, UTC), done=int(done)))
    return sorted(found, key=lambda one: one.at)
