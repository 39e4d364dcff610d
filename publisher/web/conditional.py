"""Conditional requests: has the client what is here? (RFC 9110 §13). Pure.

Each validator is honoured alone, as feed readers send them: many keep only one of the two.
Tags are compared weakly for If-None-Match, so that a client that has the compressed copy,
or got a tag that a proxy has weakened, is told so (RFC 9110 §13.1.2).

Known weakness: dates have seconds. A file that changed twice within one is not told apart
by its date alone; by its tag it is.
"""

from __future__ import annotations

import re
from calendar import timegm
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import formatdate, mktime_tz, parsedate_tz
from enum import StrEnum

from publisher.model.entitytag import plain_tag

# RFC 9110 §8.8.3: entity-tag = [ "W/" ] DQUOTE *( %x21 / %x23-7E / obs-text ) DQUOTE
_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_NAMES = {
    b"if-match": 0,
    b"if-none-match": 1,
    b"if-modified-since": 2,
    b"if-unmodified-since": 3,
}

RawHeaders = Iterable[tuple[bytes, bytes]]  # names in lower case, as ASGI has them


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """The conditional fields of a request; "" is one that it does not have."""

    match: str = ""
    none_match: str = ""
    modified_since: str = ""
    unmodified_since: str = ""

    @property
    def asks_for_news(self) -> bool:
        """Whether it need not be sent what it has."""
        return bool(self.none_match or self.modified_since)


NO_CONDITIONS = Conditions()


class Verdict(StrEnum):
    SEND = "send"
    UNCHANGED = "unchanged"  # 304
    REFUSED = "refused"  # 412


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What is to be answered."""

    verdict: Verdict
    tag: str = ""  # of UNCHANGED: the tag that the client named, with its suffix; "": it named none


_SEND = Judgement(verdict=Verdict.SEND)
_REFUSED = Judgement(verdict=Verdict.REFUSED)
_UNCHANGED = Judgement(verdict=Verdict.UNCHANGED)


def conditions_of(headers: RawHeaders) -> Conditions:
    """The fields; one that came several times is one list (RFC 9110 §5.3)."""
    found: list[str] | None = None
    for name, value in headers:
        at = _NAMES.get(name)
        if at is not None:
            found = found or ["", "", "", ""]
            text = value.decode("latin-1").strip()
            found[at] = f"{found[at]}, {text}" if found[at] else text
    if found is None:
        return NO_CONDITIONS
    return Conditions(match=found[0], none_match=found[1], modified_since=found[2], unmodified_since=found[3])


def judge(asked: Conditions, *, tag: str, modified: int) -> Judgement:
    """In the order of RFC 9110 §13.2.2. `tag` is that of the plain file, `modified` in seconds since 1970."""
    if asked.match:
        if asked.match != "*" and not any(
            not weak and plain_tag(one) == tag for weak, one in _TAG.findall(asked.match)
        ):
            return _REFUSED
    elif asked.unmodified_since:
        before = seconds_of(asked.unmodified_since)
        if before is not None and modified > before:
            return _REFUSED
    if asked.none_match:  # then the date is not looked at (RFC 9110 §13.1.3)
        return _judge_tags(asked.none_match, tag)
    since = seconds_of(asked.modified_since) if asked.modified_since else None
    return _UNCHANGED if since is not None and modified <= since else _SEND


def _judge_tags(named: str, tag: str) -> Judgement:
    if named == "*":
        return _UNCHANGED
    for _weak, one in _TAG.findall(named):
        if plain_tag(one) == tag:
            return Judgement(verdict=Verdict.UNCHANGED, tag=one)
    return _SEND


def tags_in(named: str) -> list[str]:
    """The tags of an If-None-Match, without quotes, as tags of plain files."""
    return [plain_tag(one) for _weak, one in _TAG.findall(named)]


def seconds_of(date: str) -> int | None:
    """An HTTP date (RFC 9110 §5.6.7: three forms) in seconds since 1970; None where it is none."""
    parts = parsedate_tz(date)
    if parts is None:
        return None
    try:
        return timegm((*parts[:6], 0, 1, -1)) if parts[9] is None else mktime_tz(parts)
    except (ValueError, OverflowError):
        return None


def http_date(seconds: int) -> str:
    """`Sun, 22 Nov 2026 07:00:00 GMT`"""
    return formatdate(seconds, usegmt=True)
