"""Dates as pages write them: ISO 8601 with all its shortcuts, mail dates, words."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from publisher.collect.capture.byline import date_of, read_line

_LONGEST = 120  # characters
_SHORT_ISO = re.compile(r"\A\d{4}-\d\d\Z|\A\d{4}\Z")
_ZONE = re.compile(r"\s*(?:UTC|GMT)\Z")


def moment_of(text: str, zone: ZoneInfo) -> datetime | None:
    """The moment, aware; one without a zone of its own is in `zone`."""
    bare = _ZONE.sub("Z", " ".join(text[: _LONGEST + 1].split()))
    if not bare or len(bare) > _LONGEST or _SHORT_ISO.match(bare):
        return None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(bare)
            return _aware(found, zone)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    line = read_line(bare, zone)
    return date_of(bare, zone) or line.published or line.updated


def _aware(found: datetime, zone: ZoneInfo) -> datetime:
    """Raises OverflowError where it has no place in UTC (the year 1, the year 9999)."""
    whole = found if found.tzinfo else found.replace(tzinfo=zone)
    whole.astimezone(ZoneInfo("UTC"))
    return whole
