"""Warm-up: a new relay, or a new domain, carries a few letters at first and more from day to day.

Mailbox providers trust no sender that appears with thousands of letters from one day to the next.
The limit of the first day grows by a factor each day, for some days; then it is over, and only
the relay's own limits hold. Days are those of the site's calendar; the limit itself holds in any
24 hours, as all limits do.

Before its first day the limit is that of the first day. None at all would let a relay that is to
be warmed up carry everything until then, and 0 would stop the site's mail for a date in config.toml.

Pure: `today` comes in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from publisher.send.limits import DAY_SECONDS, Limit

_MOST = 10**12  # letters a day: no limit at all, and no larger number for a database to hold


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmUp:
    """As config.toml has it."""

    since: date
    first_day: int  # letters, 1 or more
    growth: float  # from day to day, e.g. 1.5
    days: int  # how long it lasts


def day_of(warm_up: WarmUp, today: date) -> int | None:
    """Which day of it is today, counted from 0, which is also every day before; None: it is over."""
    day = max(0, (today - warm_up.since).days)
    return day if day < warm_up.days else None


def day_limit(warm_up: WarmUp, today: date) -> int | None:
    """The most letters of today; None: it is over."""
    day = day_of(warm_up, today)
    if day is None:
        return None
    # In decimals: 100 * 1.1 is 110, and not a little more or less.
    grown = warm_up.first_day * Decimal(str(warm_up.growth)) ** day
    return int(min(max(grown, Decimal(1)), Decimal(_MOST)))


def limit_of(warm_up: WarmUp, today: date) -> Limit | None:
    """The same as a limit beside those of the relay."""
    letters = day_limit(warm_up, today)
    return None if letters is None else Limit(letters=letters, seconds=DAY_SECONDS)
