"""Schedules as people write them: `weekdays 07:00`, `every 2 weeks Fri 12:00`.

    schedule = days times [ "from" date ]              ; the date for days of the week alone
    days     = week *( "," week )                      ; weekdays,Sun
             / "every" number "weeks" week *( "," week )
             / "monthly" month *( "," month )          ; monthly 1,15  monthly first Mon,last
    week     = "daily" / "weekdays" / "weekends" / day [ "-" day ]
    month    = 1 to 28 / "last" / ( ordinal / "last" ) day
    times    = HH:MM *( "," HH:MM )

Upper or lower case; `and` for a comma; `at`, `on` and `the`, and `weekly` before days may
stand there; `every day` is daily, `every other week` and `every other Fri` are every 2 weeks,
`monthly last day` is monthly last, `the 1st and the last Friday of the month` is monthly 1,last
Fri. How a schedule is told (`timingwords`) is read as itself. Each refusal shows a schedule that
would be taken. The days 29 to 31 are refused: a month without them would go by in silence, and
`last` says what is mostly meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, time
from difflib import get_close_matches
from itertools import chain

from publisher.config.recurrence import DAYS, EVERY_DAY, LAST, ORDINALS, WEEKDAYS, WEEKEND, Monthly, Recurrence, Weekly
from publisher.config.schedulehints import hint_for

LIKE = (
    "`weekdays 07:00`, `Mon,Thu 18:30`, `monthly 1 09:00`, `every 2 weeks Fri 12:00`, or cron fields like "
    "`0 7 * * mon-fri`"
)

_LONGEST = 200  # characters
_MOST_WEEKS = 52
_PARTS = re.compile(
    r"(?P<days>.*?) ?(?P<times>[0-9]{1,2}:[0-9]{2}(?:,[0-9]{1,2}:[0-9]{2})*)"
    r"(?: from (?P<start>[0-9]{4}-[0-9]{2}-[0-9]{2}))?\Z"
)
_EVERY = re.compile(r"every (?:(?P<weeks>[0-9]{1,3}) )?weeks?(?: (?P<days>.*))?\Z")
_FULL = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY_OF = {
    name: number
    for number, (short, full) in enumerate(zip(DAYS, _FULL, strict=True))
    for name in (short.lower(), full, full + "s")
}
_GROUPS = {
    "daily": EVERY_DAY, "day": EVERY_DAY, "weekdays": WEEKDAYS, "weekday": WEEKDAYS, "weekends": WEEKEND,
    "weekend": WEEKEND,
}  # fmt: skip
_FIRST_YEAR, _LAST_YEAR = 2000, 2199


def read_words(text: str) -> Recurrence:
    """Raises ValueError, with what to write instead, where it cannot be read."""
    words = _tidy(text)
    try:
        return _read(words)
    except ValueError as wrong:
        hint = hint_for(words) if len(words) <= _LONGEST else ""
        raise ValueError(hint or str(wrong)) from None


def _read(words: str) -> Recurrence:
    found = _PARTS.match(words) if len(words) <= _LONGEST and words.isprintable() else None
    if not found:
        raise ValueError(f"write days and a time from 00:00 to 23:59, like {LIKE}")
    times = tuple(sorted({_time(part) for part in found["times"].split(",")}))
    if not found["days"]:
        raise ValueError(f"say on which days, like `daily {times[0]:%H:%M}` or `weekdays {times[0]:%H:%M}`")
    start = _date(found["start"]) if found["start"] else None
    return Recurrence(days=_days(found["days"], start), times=times)


def _tidy(text: str) -> str:
    """Lower case, single blanks, none around commas and hyphens, without little words."""
    words = " ".join(text.lower().replace("\u2013", "-").split())
    words = re.sub(r"(?: ?,)? (?:and|&) | ?, ?", ",", words)
    words = re.sub(r"\beach ", "every ", re.sub(r"\b(?:on |the )+", "", words))
    words = re.sub(r"\Aevery (?:other|second) (?:week )?(?=[a-z])", "every 2 weeks ", words)
    words = re.sub(r"\A(?P<days>.+?) of (?:every |a )?month\b", r"monthly \g<days>", words)
    words = re.sub(r"\Aevery month ", "monthly ", words)
    words = re.sub(r"(?<![0-9-])([0-9]{1,2})(?:st|nd|rd|th)\b", r"\1", words)
    words = re.sub(r"\blast day(?=,| at | [0-9])", LAST, words)
    return re.sub(r" ?- ?", "-", re.sub(r" at (?=[0-9])", " ", words))


def _days(words: str, start: date | None) -> Weekly | Monthly:
    first, _, rest = words.partition(" ")
    if first == "monthly":
        if start:
            raise ValueError("`from` goes with days of the week, like `every 2 weeks Fri 12:00 from 2026-12-04`")
        return _monthly(rest)
    if every := _EVERY.match(words):
        return _every(int(every["weeks"] or 1), every["days"] or "", start)
    days = rest if first in ("weekly", "every") else words
    return Weekly(weekdays=_weekdays(days, "`Mon,Thu 18:30` or `weekdays 07:00`"), start=start)


def _every(weeks: int, words: str, start: date | None) -> Weekly:
    example = f"`every {weeks if 1 < weeks <= _MOST_WEEKS else 2} weeks Fri 12:00`"
    if not 1 <= weeks <= _MOST_WEEKS:
        raise ValueError(f"write 1 to {_MOST_WEEKS} weeks, like {example}")
    return Weekly(weekdays=_weekdays(words, example), every=weeks, start=start)


def _weekdays(words: str, example: str) -> frozenset[int]:
    return frozenset(chain.from_iterable(_some(part, example) for part in words.split(",")))


def _some(words: str, example: str) -> Iterator[int]:
    if words in _GROUPS:
        yield from _GROUPS[words]
        return
    first, dash, last = words.partition("-")
    start = _day(first, example)
    end = _day(last, example) if dash else start
    yield from (day % 7 for day in range(start, (end if end >= start else end + 7) + 1))


def _day(word: str, example: str) -> int:
    if word in _DAY_OF:
        return _DAY_OF[word]
    if not word:
        raise ValueError(f"say on which days, like {example}")
    near = get_close_matches(word, (*_DAY_OF, *_GROUPS), n=1)
    hint = f"did you mean `{near[0]}`? Write" if near else "write"
    raise ValueError(f"`{word}` is no day we know; {hint} days like {example}")


def _monthly(words: str) -> Monthly:
    numbers, nth, last = set(), set(), False
    for part in words.split(","):
        ordinal, blank, day = part.partition(" ")
        if part == LAST:
            last = True
        elif blank and day in _GROUPS:
            raise ValueError(f"write one day of the week, like `monthly {ordinal} Mon 09:00`")
        elif blank and ordinal in (*ORDINALS, LAST):
            which = -1 if ordinal == LAST else ORDINALS.index(ordinal) + 1
            nth.add((which, _day(day, f"`monthly {ordinal} Mon 09:00`")))
        else:
            numbers.add(_number(part))
    return Monthly(numbers=frozenset(numbers), nth=frozenset(nth), last=last)


def _number(word: str) -> int:
    number = int(word) if re.fullmatch(r"[0-9]{1,2}", word) else 0
    if 29 <= number <= 31:
        raise ValueError(
            f"not every month has a day {number}: write `monthly last 09:00`, or cron fields like `0 9 {number} * *`, "
            "which pass over the months without it"
        )
    if not 1 <= number <= 28:
        raise ValueError(
            "write days of the month, like `monthly 1,15 09:00`, `monthly last 09:00` or `monthly first Mon 09:00`"
        )
    return number


def _time(word: str) -> time:
    hour, minute = (int(part) for part in word.split(":"))
    if hour > 23 or minute > 59:
        raise ValueError(f"`{word}` is no time: write one from 00:00 to 23:59, like `weekdays 07:00`")
    return time(hour, minute)


def _date(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"`{text}` is no date: write one like `every 2 weeks Fri 12:00 from 2026-12-04`") from None
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise ValueError(
            f"write a date from {_FIRST_YEAR} to {_LAST_YEAR}, like `every 2 weeks Fri 12:00 from 2026-12-04`"
        )
    return found
