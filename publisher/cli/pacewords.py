"""How a run of the sender goes, in a line for people and as a value for programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from publisher.house.relaywords import moment
from publisher.model.outcome import Outcome, Verdict
from publisher.send.pace import Pace, state_of
from publisher.send.report import HeldUp, SendReport, Stop

LONGEST_ANSWER = 60  # characters of an answer in a table
TOP_DOMAINS = 10
_NAMES = {
    Verdict.SENT: "sent",
    Verdict.LATER: "to try again",
    Verdict.NEVER: "failed",
    Verdict.IN_DOUBT: "in doubt",
}


def passed_in(report: SendReport) -> int:
    """The letters that need no more in this run."""
    return report.sent + report.deferred + report.failed + report.in_doubt + report.skipped


def held_up_in_words(one: HeldUp, *, now: datetime, zone: tzinfo) -> str:
    """E.g. `relay bulk is parked until 10:00:12 CET: 535 5.7.8 no`."""
    if one.stop is Stop.RESTING:
        return f"{one.why}; it rests, and is tried again"  # it begins with the relay's name
    name = one.name if one.stop is Stop.PAUSED else f"relay {one.name}"
    until = f" until {moment(one.until, now, zone)}" if one.until else ""
    return f"{name} is {one.stop}{until}" + (f": {one.why}" if one.why else "")


def held_up_for_programs(one: HeldUp) -> dict[str, object]:
    """The same as a value."""
    return {
        "what": "destination" if one.stop is Stop.PAUSED else "relay",
        "name": one.name,
        "state": one.stop,
        "until": one.until.isoformat() if one.until else None,
        "why": one.why,
    }


def over_in_words(stop: Stop, name: str) -> str:
    """That it is over: letters are tried there again."""
    return f"{name} is tried again" if stop is Stop.PAUSED else f"relay {name} is used again"


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


def pace_for_programs(pace: Pace, *, passed: int, now: float, held_up: Sequence[HeldUp] = ()) -> dict[str, object]:
    """The same numbers, the busiest domains, and what is left alone."""
    left = pace.seconds_left(now, passed=passed)
    paused = {one.name for one in held_up if one.stop is Stop.PAUSED}
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
                "state": str(Stop.PAUSED) if name in paused else state_of(domain),
                "sent": domain.verdicts[Verdict.SENT],
                "deferred": domain.verdicts[Verdict.LATER],
                "failed": domain.verdicts[Verdict.NEVER],
                "in_doubt": domain.verdicts[Verdict.IN_DOUBT],
                "last_answer": said(domain.last_trouble) if domain.last_trouble else "",
            }
            for name, domain in pace.busiest(TOP_DOMAINS)
        ],
        "held_up": [held_up_for_programs(one) for one in held_up],
    }
