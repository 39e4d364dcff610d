"""Whose fault a bounce is, by its reason: what may be held against a reader, and what may not.

Pure values.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from publisher.model.reason import Reason


class Blame(StrEnum):
    """What a bounce counts for."""

    GONE = "gone"  # nobody reads mail there any more
    POINT = "point"  # it may come to that, if it goes on
    OURS = "ours"  # never held against the reader: counted by domain, shown to the admin
    LETTER = "letter"  # the next one will fare better
    NOTHING = "nothing"  # our relay, our login: no reader's business


_R = Reason

_BLAMES: Mapping[Reason, Blame] = {
    _R.USER_UNKNOWN: Blame.GONE,
    _R.DISABLED: Blame.GONE,
    _R.MOVED: Blame.GONE,
    _R.DOMAIN_DEAD: Blame.GONE,
    _R.MAILBOX_FULL: Blame.POINT,
    _R.RESTRICTED: Blame.POINT,
    _R.BAD_ADDRESS: Blame.POINT,
    _R.NO_UTF8: Blame.POINT,
    _R.NO_ROUTE: Blame.POINT,
    _R.TOO_LARGE: Blame.LETTER,
    _R.CONTENT: Blame.LETTER,
    _R.SPAM: Blame.OURS,
    _R.REPUTATION: Blame.OURS,
    _R.POLICY: Blame.OURS,
    _R.AUTH: Blame.OURS,
    _R.BAD_SENDER: Blame.OURS,
    _R.QUOTA: Blame.NOTHING,
    _R.RELAY_DENIED: Blame.NOTHING,
    _R.LOGIN: Blame.NOTHING,
    _R.ACCOUNT: Blame.NOTHING,
    _R.TLS: Blame.NOTHING,
    # Their letter was given up, after days or at once: the mailbox may be there, or not.
    _R.GREYLISTED: Blame.POINT,
    _R.RATE_LIMITED: Blame.OURS,
    _R.BUSY: Blame.POINT,
    _R.SYSTEM: Blame.POINT,
    _R.PROTOCOL: Blame.POINT,
    _R.TIMEOUT: Blame.POINT,
    _R.LOST_CONNECTION: Blame.POINT,
    _R.EXPIRED: Blame.POINT,
    _R.UNCLEAR: Blame.POINT,
}


def blame_of(reason: Reason) -> Blame:
    """What a bounce for this reason counts for."""
    return _BLAMES[reason]
