"""What is sent to a hub or an rssCloud server when a feed changed, and what answers to us mean.

Pure. WebSub leaves to hub and publisher how the one tells the other (WebSub §6); all hubs
take the form of PubSubHubbub. `hub.topic` beside `hub.url` is for those that want it so.
An rssCloud server is told by its ping (rssCloud, "ping").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlencode

LONGEST_PAUSE = timedelta(hours=12)  # that another side may ask us for
_LATER = frozenset({408, 421, 425, 429})


class Told(StrEnum):
    """What became of telling somebody."""

    HEARD = "heard"
    LATER = "later"
    NEVER = "never"  # not this time: trying again would bring the same answer
    ENDED = "ended"  # 410: a callback that is no more


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back over HTTP."""

    status: int | None  # None: no answer
    content: bytes = b""  # the beginning
    problem: str = ""  # why there was none
    asked_for: timedelta = timedelta(0)  # Retry-After
    is_our_fault: bool = False  # nobody was asked
    told: str = ""  # tag of the version of a feed that was told


def ping_to_hub(topic: str) -> bytes:
    return urlencode({"hub.mode": "publish", "hub.url": topic, "hub.topic": topic}).encode("ascii")


def ping_to_rsscloud(topic: str) -> bytes:
    return urlencode({"url": topic}).encode("ascii")


def told_of_ping(answer: Answer) -> Told:
    """What a hub's answer to a ping means."""
    status = answer.status
    if status is None or status in _LATER or status >= 500:
        return Told.LATER
    if 200 <= status < 300:
        # An rssCloud server that could not read the feed, or was pinged a moment ago, says so with 200.
        return Told.LATER if b'success="false"' in answer.content else Told.HEARD
    return Told.NEVER


def told_of_delivery(answer: Answer) -> Told:
    """What a subscriber's answer to a delivery means (WebSub §7): all but 2xx and 410 is failure, redirects too."""
    if answer.status == 410:
        return Told.ENDED
    return Told.HEARD if answer.status is not None and 200 <= answer.status < 300 else Told.LATER


def problem_in(answer: Answer) -> str:
    """What was wrong, in a few words."""
    if answer.status is None:
        return answer.problem
    text = answer.content[:200].decode("utf-8", "replace")
    said = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return f"it answers {answer.status}" + (f": {said}" if said else "")


def asked_pause(headers: Mapping[str, str]) -> timedelta:
    """Retry-After in seconds (RFC 9110 §10.2.3); a date there is not followed: our own pauses grow anyway."""
    text = headers.get("retry-after", "").strip()
    if not (text.isascii() and text.isdecimal() and len(text) < 9):
        return timedelta(0)
    return min(timedelta(seconds=int(text)), LONGEST_PAUSE)
