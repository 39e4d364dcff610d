"""How long an answer stays fresh, and how often a source has something new: pure readings.

Of headers: `Cache-Control: max-age` less `Age`, else `Expires` (RFC 9111 §4.2.1), and
`Retry-After` in both its forms (RFC 9110 §10.2.3). Of a feed's dates: the time between two
posts. What cannot be read counts as not said. `s-maxage` is for caches that many share,
which we are not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

WEEK = timedelta(days=7)
LONGEST = timedelta(days=1)  # nothing that a server or a feed says keeps us away for longer
FACTOR = 4  # visits for each post that a source usually has: a post waits a quarter of that time at most
UNDATED = timedelta(hours=1)  # between visits to a source whose posts bear no dates
_SHORTEST_SPAN = timedelta(hours=1)
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,10})", re.IGNORECASE)
_NO_CACHE = re.compile(r"(?:^|[\s,])no-(?:cache|store)\b(?!=)", re.IGNORECASE)
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": WEEK,
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}


def lifetime_of(headers: Mapping[str, str], *, now: datetime) -> timedelta:
    """How long the answer is fresh; zero where it does not say. Names of headers in lower case."""
    control = headers.get("cache-control", "")
    if _NO_CACHE.search(control):
        return timedelta(0)
    found = _MAX_AGE.search(control)
    if found:
        return _bounded(timedelta(seconds=int(found[1]) - _whole(headers.get("age", ""))))
    expires = read_date(headers.get("expires", ""))
    return _bounded(expires - (read_date(headers.get("date", "")) or now)) if expires else timedelta(0)


def retry_after_of(headers: Mapping[str, str], *, now: datetime) -> timedelta:
    """How long the server asks to be left alone; zero where it does not say."""
    written = headers.get("retry-after", "").strip()
    if written.isdecimal():
        return _bounded(timedelta(seconds=_whole(written)))
    until = read_date(written)
    return _bounded(until - now) if until else timedelta(0)


def read_date(written: str) -> datetime | None:
    """A date of HTTP (RFC 9110 §5.6.7); None where it is none."""
    try:
        found = parsedate_to_datetime(written)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):  # the year 1 or 9999, moved beyond it by its zone
        return None


def asked_by_feed(*, ttl: str, period: str, frequency: str) -> timedelta:
    """How long a feed asks to be left alone: RSS `ttl` in minutes, else the syndication module; zero: it does not."""
    minutes = _whole(ttl)
    if minutes:
        return _bounded(timedelta(minutes=minutes))
    if not (period.strip() or frequency.strip()):
        return timedelta(0)
    length = _PERIODS.get(period.strip().lower(), timedelta(days=1))  # the module's own default
    return _bounded(length / (_whole(frequency) or 1))


def pace_of(dates: Sequence[datetime | None], *, now: datetime) -> timedelta:
    """How often to look, by the dates of what stands in the feed: a week over (posts x factor).

    A feed whose oldest post is younger than a week is taken for one that drops posts soon.
    """
    known = [date for date in dates if date is not None and date <= now]
    if not known:
        return UNDATED if dates else LONGEST
    recent = [date for date in known if now - date <= WEEK]
    if not recent:
        return LONGEST
    span = WEEK if len(known) > len(recent) else max(now - min(recent), _SHORTEST_SPAN)
    if len(recent) < 3:  # no habit yet
        span = WEEK
    return min(span / (len(recent) * FACTOR), LONGEST)


def _bounded(length: timedelta) -> timedelta:
    return min(max(length, timedelta(0)), LONGEST)


def _whole(written: str) -> int:
    """A number of at most nine digits; 0 where it is none."""
    stripped = written.strip()
    return int(stripped[:9]) if stripped.isascii() and stripped.isdecimal() else 0
