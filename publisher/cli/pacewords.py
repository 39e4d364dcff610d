"""How a run of the sender goes, in a line for people and as a value for programs."""

from __future__ import annotations

from publisher.model.outcome import Outcome, Verdict
from publisher.send.pace import Pace, state_of

LONGEST_ANSWER = 60  # characters of an answer in a table
TOP_DOMAINS = 10
_NAMES = {
    Verdict.SENT: "sent",
    Verdict.LATER: "to try again",
    Verdict.NEVER: "failed",
    Verdict.IN_DOUBT: "in doubt",
}


def pace_in_words(pace: Pace, *, passed: int, now: float) -> str:
    """E.g. `sending: 1,200 of 5,000, 1,190 sent, 10 to try again, 120 a second, 32 s left`."""
    counts = [f"{pace.verdicts[verdict]:,} {name}" for verdict, name in _NAMES.items() if pace.verdicts[verdict]]
    total = max(pace.letters, passed)
    return ", ".join([f"sending: {passed:,} of {total:,}", *counts, ahead_in_words(pace, passed=passed, now=now)])


def ahead_in_words(pace: Pace, *, passed: int, now: float) -> str:
    """The rate, and the time left."""
    rate, left = pace.rate(now), pace.seconds_left(now, passed=passed)
    each = f"{rate:,.0f} a second" if rate >= 10 else f"{rate:.1f} a second"
    return f"{each}, {'nothing moves' if left is None else duration(left) + ' left'}"


def duration(seconds: float) -> str:
    """`41 s`, `12 min 05 s`, `3 h 20 min`"""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def said(outcome: Outcome) -> str:
    """What was answered, short."""
    words = " ".join(part for part in (str(outcome.code or ""), outcome.enhanced, outcome.text) if part)
    return words if len(words) <= LONGEST_ANSWER else words[: LONGEST_ANSWER - 1] + "…"


def pace_for_programs(pace: Pace, *, passed: int, now: float) -> dict[str, object]:
    """The same numbers, and the busiest domains."""
    left = pace.seconds_left(now, passed=passed)
    return {
        "letters": max(pace.letters, passed),
        "passed": passed,
        "sent": pace.verdicts[Verdict.SENT],
        "deferred": pace.verdicts[Verdict.LATER],
        "failed": pace.verdicts[Verdict.NEVER],
        "in_doubt": pace.verdicts[Verdict.IN_DOUBT],
        "per_second": round(pace.rate(now), 1),
        "seconds_left": None if left is None else round(left),
        "domains": [
            {
                "domain": name,
                "state": state_of(domain),
                "sent": domain.verdicts[Verdict.SENT],
                "deferred": domain.verdicts[Verdict.LATER],
                "failed": domain.verdicts[Verdict.NEVER],
                "in_doubt": domain.verdicts[Verdict.IN_DOUBT],
                "last_answer": said(domain.last_trouble) if domain.last_trouble else "",
            }
            for name, domain in pace.busiest(TOP_DOMAINS)
        ],
    }
