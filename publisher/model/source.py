"""What is remembered of a source between two visits.

A value; who decides about it is `collect/visit.py`, who keeps it is `store/sources.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """Of times, None means never yet."""

    name: str
    first_fetched: datetime | None = None  # its first fetch finds the back catalogue
    last_success: datetime | None = None
    last_attempt: datetime | None = None
    failures: int = 0  # in a row
    problem: str = ""  # of the last attempt, in words; "" when it went well

    # When it is visited next. A folder has none of this: it is looked at in every pass.
    next_visit: datetime | None = None  # None: at the next pass
    why: str = ""  # then, in words
    wait_until: datetime | None = None  # its server asked for rest until then; None: it did not
    stopped: bool = False  # gone for good; visited again only by hand or at another address

    # Where, as its server told.
    url: str = ""  # as config.toml had it at the last visit; at another one all from here on is void
    address: str = ""  # where it is fetched since it moved for good; "": at `url`
    moved_to: str = ""  # where permanent redirects led at the last visit; "": none did
    moved_count: int = 0  # visits in a row that led there and found the same feed

    # What of it has been read (RFC 9110 §8.8), to the letter as it came.
    etag: str = ""
    last_modified: str = ""
    validated: datetime | None = None  # when these last came with a whole document

    # What the document itself says about its pace.
    pace_seconds: int = 0  # between two posts, as its dates tell; 0: not known yet
    asked_seconds: int = 0  # how long it asks to be left alone (`ttl`, `sy:updatePeriod`); 0: it does not
    skip_hours: str = ""  # hours of the day and days of the week (`sat`) in UTC, parted by blanks: no visits then
