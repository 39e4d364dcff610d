"""Deciding when a source is visited next, where, and with which validators. Pure.

The laws, each of which a property test holds:

1. A next visit is never sooner than `QUICKEST` nor later than a day, whatever a server says;
   a source for which config.toml says `every` is visited at that pace.
2. What a server or a feed asks for (`Retry-After`, cache lifetimes, `ttl`, `skipHours`,
   `skipDays`) is honoured up to a day. `Retry-After` counts for the whole host (`collector` sees to it).
3. Validators are sent back to the letter, and only such as came with a document that was
   read whole and stored. They are dropped after eight days: some servers never stop
   saying 304.
4. An address changes after three visits in a row that were redirected there for good and
   found the same feed. An address that fails later gives way to that of config.toml.
5. A quiet source is looked at once more before a letter is made, so that the letter misses
   nothing; but not where it asked for longer rest.
6. While a hub proves that it tells us of news (`websub`), its source is visited every six hours
   at most, unless config.toml says `every`. When it does not prove it any more, or speaks without
   proof, the next visit is soon, but not sooner than the feed itself asks for.
7. 410 stops a source until a person asks for it, or its address in config.toml changes.

Folders and captures have no address: they are looked at in every pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from publisher.collect.lifetime import LONGEST, lifetime_of, pace_of, retry_after_of
from publisher.model.source import SourceState

QUICKEST = timedelta(minutes=5)
VALIDATORS_LAST = timedelta(days=8)
MOVES_BELIEVED = 3  # visits in a row
FAILURES_BELIEVED = 3
OK, NOT_MODIFIED, GONE, TOO_MANY_REQUESTS, SERVICE_UNAVAILABLE = 200, 304, 410, 429, 503  # RFC 9110 §15, RFC 6585 §4
LEAD = timedelta(minutes=10)  # before a letter is made its sources are looked at once more; up to twice as early
SLACK = timedelta(seconds=10)  # a round may begin a moment sooner after its tick than the one before it
JITTER = 0.1  # part of the time by which a visit may be sooner, so that not all come at once
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOUR = timedelta(hours=1)
PUSHED = timedelta(hours=6)  # between visits to a source whose hub tells us of news


class Call(StrEnum):
    """Why sources are visited."""

    DUE = "due"  # the timetable: only those whose time has come
    ALL = "all"  # by hand: all that are not stopped and not told to wait
    NAMED = "named"  # by hand and by name: whatever was said before


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server said, without the document."""

    status: int = OK
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    moved_to: str = ""  # where permanent redirects (301, 308) led before any other; "": there were none
    found_at: str = ""  # the feed's own address, where the one that was asked for is a page; "": it is the feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a document said that bears on the next visit."""

    dates: Sequence[datetime | None] = ()  # of its posts
    asked: timedelta = timedelta(0)  # how long it asks to be left alone
    skip_hours: Sequence[int] = ()  # UTC
    skip_days: Sequence[str] = ()  # of `DAYS`, UTC
    same_feed: bool = False  # it holds a post that we know, or it is the first that we read
    problem: str = ""  # what of it could not be read
    aside: str = ""  # what else went wrong; the document was read whole
    again: timedelta = timedelta(0)  # how soon to look for what is left; zero: nothing is


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When a decision is made, and with which of the two free choices."""

    now: datetime
    jitter: float = 0.0  # 0 … 1
    every: timedelta | None = None  # as config.toml says for this source; None: as it has posts
    letter: datetime | None = None  # when the next letter is made; None: there is none
    pushed: bool = False  # a hub tells us of its news, and has missed none


def at_address(state: SourceState, url: str) -> SourceState:
    """What is still true of a source that config.toml has at `url`."""
    if state.url == url:
        return state
    known = ("name", "first_fetched", "last_success", "last_attempt", "failures", "problem")
    return SourceState(url=url, **{name: getattr(state, name) for name in known})


def address_of(state: SourceState) -> str:
    """Where to fetch; "" for a folder."""
    return state.address or state.url


def validators_of(state: SourceState, *, now: datetime) -> tuple[str, str]:
    """ETag and Last-Modified to send, each "" where there is none."""
    if state.validated is None or not timedelta(0) <= now - state.validated <= VALIDATORS_LAST:
        return "", ""
    return state.etag, state.last_modified


def why_not(state: SourceState, call: Call, *, now: datetime, host_rests: datetime | None = None) -> str:
    """Why the source is not visited now, in words; "" where it is. `host_rests`: until when its host asked for rest."""
    if call is Call.NAMED:
        return ""
    if state.stopped:
        return f"stopped: {state.why}"
    rests = max(filter(None, (state.wait_until, host_rests)), default=now)
    if rests > now:
        return f"its server asked to be left alone until {rests:%Y-%m-%d %H:%M} UTC"
    if call is Call.DUE and state.next_visit and state.next_visit > now + SLACK:
        return f"next at {state.next_visit:%Y-%m-%d %H:%M} UTC: {state.why}"
    # A round comes some minutes after the time that was set, and the hour may be another one.
    if call is Call.DUE and state.last_attempt and state.last_attempt + LONGEST > now:
        at = _past_skipped(now, state.skip_hours)
        return f"next at {at:%Y-%m-%d %H:%M} UTC: the feed wants no visits before" if at > now else ""
    return ""


def woken(state: SourceState, *, now: datetime, why: str) -> SourceState:
    """Somebody who proves nothing says that there is news, or a hub is silent from now on: law 6."""
    if state.stopped or not state.url or state.next_visit is None or state.next_visit <= now:
        return state
    last = state.last_attempt or now
    asked = timedelta(seconds=state.asked_seconds)
    soonest = max(now, last + max(QUICKEST, asked), state.wait_until or now)
    at = _past_skipped(soonest, state.skip_hours)
    return replace(state, next_visit=at, why=why) if at < state.next_visit else state


def after_local(state: SourceState, *, now: datetime, problem: str) -> SourceState:
    """After a folder or file was read."""
    return _succeeded(state, now=now, problem=problem)


def after_reading(state: SourceState, answer: Answer, reading: Reading, moment: Moment) -> SourceState:
    """After a document came, was read and is stored."""
    now = moment.now
    whole = not reading.problem  # else what is missing would be hidden by the next 304
    state = replace(
        _succeeded(state, now=now, problem="\n".join(filter(None, (reading.problem, reading.aside)))),
        etag=answer.headers.get("etag", "") if whole else "",
        last_modified=answer.headers.get("last-modified", "") if whole else "",
        validated=now if whole else None,
        pace_seconds=int(pace_of(reading.dates, now=now).total_seconds()),
        asked_seconds=int(reading.asked.total_seconds()),
        skip_hours=" ".join([*map(str, sorted(set(reading.skip_hours))), *reading.skip_days]),
    )
    if answer.found_at:
        state = replace(state, address=answer.found_at, moved_to="", moved_count=0)
    else:
        state = _moved(state, answer, same_feed=reading.same_feed)
    return _scheduled(state, answer, moment, again=reading.again)


def after_unchanged(
    state: SourceState, answer: Answer, moment: Moment, *, aside: str = "", again: timedelta = timedelta(0)
) -> SourceState:
    """After 304: new validators replace the old, and their age counts on (RFC 9111 §4.3.4)."""
    state = replace(
        _succeeded(state, now=moment.now, problem=aside),
        etag=answer.headers.get("etag", "") or state.etag,
        last_modified=answer.headers.get("last-modified", "") or state.last_modified,
    )
    return _scheduled(_moved(state, answer, same_feed=True), answer, moment, again=again)


def after_failure(state: SourceState, answer: Answer | None, moment: Moment, *, problem: str) -> SourceState:
    """After a visit that brought nothing; `answer` where a server refused, None where there was none."""
    now, failures = moment.now, state.failures + 1
    state = replace(state, last_attempt=now, failures=failures, problem=problem, wait_until=None, stopped=False)
    if not state.url:
        return state
    status = answer.status if answer else 0
    if status == GONE and not state.address:
        why = "it is gone for good (410); remove it, correct `url`, or ask by name: publisher collect " + state.name
        return replace(state, stopped=True, next_visit=None, why=why)
    if state.address and (failures >= FAILURES_BELIEVED or status == GONE):
        state = replace(state, address="", moved_to="", moved_count=0)
    rest = min(QUICKEST * 2 ** min(failures - 1, 20), LONGEST)
    why = "it failed" if failures == 1 else f"it failed {failures} times in a row"
    if answer and status in (TOO_MANY_REQUESTS, SERVICE_UNAVAILABLE):
        asked = retry_after_of(answer.headers, now=now)
        rest = max(rest, asked)
        if asked or status == TOO_MANY_REQUESTS:
            at = _allowed(state, now + rest, now=now)
            return replace(state, wait_until=now + rest, next_visit=at, why=f"its server asks for rest ({status})")
    at = _allowed(state, now + max(_sooner(rest, moment), QUICKEST), now=now)
    return replace(state, next_visit=at, why=why)


def _succeeded(state: SourceState, *, now: datetime, problem: str) -> SourceState:
    return replace(
        state,
        first_fetched=state.first_fetched or now,
        last_success=now,
        last_attempt=now,
        failures=0,
        problem=problem,
        wait_until=None,
        stopped=False,
    )


def _moved(state: SourceState, answer: Answer, *, same_feed: bool) -> SourceState:
    target = answer.moved_to
    if not target or not same_feed or target == address_of(state) or _is_downgrade(address_of(state), target):
        return replace(state, moved_to="", moved_count=0)
    count = state.moved_count + 1 if target == state.moved_to else 1
    if count < MOVES_BELIEVED:
        return replace(state, moved_to=target, moved_count=count)
    return replace(state, address="" if target == state.url else target, moved_to="", moved_count=0)


def _is_downgrade(here: str, there: str) -> bool:
    return urlsplit(here).scheme == "https" and urlsplit(there).scheme != "https"


def _scheduled(state: SourceState, answer: Answer, moment: Moment, *, again: timedelta) -> SourceState:
    now = moment.now
    if moment.every:
        why = f"config.toml says every {in_words(moment.every)}"
        return replace(state, next_visit=now + moment.every, why=why, skip_hours="")  # its word goes before the feed's
    pace = timedelta(seconds=state.pace_seconds) or LONGEST
    rest, why = max(_sooner(pace, moment), QUICKEST), f"its posts come so that {in_words(pace)} is often enough"
    if moment.pushed and rest < PUSHED:
        rest, why = _sooner(PUSHED, moment), "its hub tells us at once what is new"
    if moment.letter:
        before = moment.letter - LEAD * (1 + moment.jitter) - now
        if QUICKEST <= before < rest:
            rest, why = before, "the next letter is made soon after"
    if again and again < rest:
        rest, why = max(again, QUICKEST), "some of it is still to be fetched"
    for asked, told in (
        (timedelta(seconds=state.asked_seconds), "the feed asks for it"),
        (lifetime_of(answer.headers, now=now), "its server says that nothing changes before"),
    ):
        if asked > rest:
            rest, why = asked, told
    at = _allowed(state, now + rest, now=now)
    if at != now + rest:
        why = "the feed wants no visits before"
    return replace(state, next_visit=min(at, now + LONGEST), why=why)


def _allowed(state: SourceState, at: datetime, *, now: datetime) -> datetime:
    """The first moment from `at` at which the feed wants visits, and no later than a day from now."""
    return max(at, min(_past_skipped(at, state.skip_hours), now + LONGEST))


def _sooner(rest: timedelta, moment: Moment) -> timedelta:
    return rest * (1 - JITTER * min(max(moment.jitter, 0.0), 1.0))


def _past_skipped(at: datetime, skip_hours: str) -> datetime:
    """The first moment from `at` whose hour and day are not skipped; `at` where all are."""
    skipped = set(skip_hours.split())
    for hours in range(24 * len(DAYS) if skipped else 1):
        later = at if not hours else at.replace(minute=0, second=0, microsecond=0) + hours * _HOUR
        if not skipped & {str(later.hour), DAYS[later.weekday()]}:
            return later
    return at


def in_words(length: timedelta) -> str:
    """`2 hours`, `15 minutes`; rounded to what people would say."""
    seconds = length.total_seconds()
    for unit, name in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        number = round(seconds / unit)
        if seconds >= unit and number:
            return f"{number} {name}{'s' if number != 1 else ''}"
    return "no time"
