"""Asking a callback whether it meant it, and telling one that it is subscribed no more (WebSub §5.2, §5.3).

Pure: addresses to be asked, and what an answer means. The challenge comes in.
"""

from __future__ import annotations

import hmac
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlencode

from publisher.push.request import Mode

MOST_ATTEMPTS = 3  # where there is no answer at all; any answer decides
PAUSES = (timedelta(seconds=20), timedelta(minutes=3))
GONE = "this feed is published no more at this address"


class Verdict(StrEnum):
    """What became of a request."""

    CONFIRMED = "confirmed"
    REFUSED = "refused"  # it answered, and not with the challenge
    SILENT = "silent"  # no answer


def verification_url(callback: str, mode: Mode, topic: str, *, challenge: str, lease_seconds: int) -> str:
    """Where to ask; what stood in the callback's query stays (WebSub §5.1.1)."""
    asked = {"hub.mode": mode, "hub.topic": topic, "hub.challenge": challenge}
    if mode is Mode.SUBSCRIBE:
        asked["hub.lease_seconds"] = str(lease_seconds)
    return _with_query(callback, asked)


def denial_url(callback: str, topic: str, *, reason: str = GONE) -> str:
    """Where to tell that a subscription has ended (WebSub §5.2)."""
    return _with_query(callback, {"hub.mode": Mode.DENIED, "hub.topic": topic, "hub.reason": reason})


def verdict_of(status: int | None, content: bytes, *, challenge: str) -> Verdict:
    """What an answer means (WebSub §5.3.1); None is no answer. Redirects are no confirmation."""
    if status is None:
        return Verdict.SILENT
    echoed = hmac.compare_digest(content, challenge.encode("ascii"))
    return Verdict.CONFIRMED if 200 <= status < 300 and echoed else Verdict.REFUSED


def pause_after(attempts: int) -> timedelta | None:
    """How long to wait after `attempts` without an answer (1 or more); None: not any more."""
    return PAUSES[attempts - 1] if attempts < MOST_ATTEMPTS else None


def _with_query(callback: str, added: dict[str, str]) -> str:
    joint = "" if callback.endswith(("?", "&")) else "&" if "?" in callback else "?"
    return f"{callback}{joint}{urlencode(added)}"
