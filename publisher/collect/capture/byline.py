"""Bylines and date lines: the short lines between a title and its text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from publisher.collect.capture.words import AND, BYLINE, CONJUNCTIONS, MONTHS, PARTICLES

_LONGEST = 160  # characters
_NAME_WORD = re.compile(r"[^\W\d_][^\W\d_.’'-]*(?:[.’'-][^\W\d_]+)*\.?\Z")
_MOST_NAME_WORDS = 6
_DAY_MONTH = re.compile(
    r"\b(?P<day>\d{1,2})(?:st|nd|rd|th|º|er)?\.?\s+(?:de\s+)?(?P<month>[^\W\d_]{3,})\.?", re.UNICODE
)
_MONTH_DAY = re.compile(r"\b(?P<month>[^\W\d_]{3,})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?\b")
_ISO = re.compile(r"\b(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)")
_YEAR = re.compile(r"\b((?:19|20)\d\d)\b")
_TIME = re.compile(r"\b(?P<hour>\d{1,2})[:.](?P<minute>\d\d)\b\s*(?P<half>[ap]\.?m\b)?", re.IGNORECASE)
_DATE_WORD = re.compile(
    r"(?:first |last )?(?:published|posted|updated|modified|veröffentlicht|aktualisiert|publié|mis à jour|publicado|"
    r"actualizado|pubblicato|aggiornato|on|am|le|el|il|at|um|uhr|à|de|of|das|dom|mon|tue|wed|thu|fri|sat|sun|\w*day|"
    r"\w*tag|mittwoch|utc|gmt|[ecmp][ds]?t|edition|stand)\b",
    re.IGNORECASE,
)
_UPDATED = re.compile(r"\b(?:updated|modified|aktualisiert|mis à jour|actualizado|aggiornato)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a line under the title says; all empty where it is neither byline nor date."""

    names: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None

    @property
    def says_something(self) -> bool:
        return bool(self.names or self.published or self.updated)


def read_line(text: str, zone: ZoneInfo) -> Line:
    """A byline, a date line, or both on one line (`By Ada Brook | 3 May 2026`)."""
    if len(text) > _LONGEST:
        return Line()
    names: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    parts = re.split(r"\s*[|·•\n]\s*|\s+[–—]\s+", text)
    for part in filter(None, parts):
        found_names = names_of_byline(part)
        moment = date_of(part, zone)
        if not found_names and not moment:
            return Line()
        names += found_names
        if moment and _UPDATED.search(part):
            updated = moment
        elif moment:
            published = published or moment
    return Line(names=names, published=published, updated=updated)


def names_of_byline(text: str) -> tuple[str, ...]:
    """The names in `By A, B and C, a columnist`; () where it is no byline."""
    found = BYLINE.match(text)
    if not found:
        return ()
    names = []
    for part in re.split(rf"{AND.pattern}|,\s+", found["names"].rstrip(" .:")):
        if is_name(part):
            names.append(part)
        else:
            break  # `a columnist at …`, a date
    return tuple(names)


def is_name(text: str) -> bool:
    """`Ada Brook`, `J. R. de la Cruz`; a single word is a name too."""
    words = text.split()
    return (
        bool(words) and len(words) <= _MOST_NAME_WORDS and words[-1] not in PARTICLES and all(map(is_name_word, words))
    )


def is_same_person(one: str, other: str) -> bool:
    """Whether two names can be one person's: `J. Roe`, `Jane Roe`, `JANE ROE`."""
    these, those = one.casefold().split(), other.casefold().split()
    return these == those or (these[-1] == those[-1] and these[0][0] == those[0][0])


def is_name_word(word: str) -> bool:
    if word in PARTICLES:
        return True
    return bool(_NAME_WORD.match(word)) and not word.islower() and word.lower() not in CONJUNCTIONS


def date_of(text: str, zone: ZoneInfo) -> datetime | None:
    """The moment a date line names, in `zone`; None where there is more than a date in it."""
    iso = _ISO.search(text)
    year = _YEAR.search(text)
    day_month = iso or _day_month_of(text)
    if not year or not day_month:
        return None
    clock = _TIME.search(text, day_month.end())
    rest = text
    for found in filter(None, (clock, year if not iso else None, day_month)):
        rest = rest.replace(found[0], " ", 1)
    if re.sub(r"[\W\d_]+", "", _DATE_WORD.sub("", rest)):
        return None
    month = int(day_month["month"]) if iso else _month_of(day_month["month"])
    try:
        return datetime(int(year[0]), month, int(day_month["day"]), *_clock_of(clock), tzinfo=zone)
    except ValueError:
        return None  # 31 June


def _day_month_of(text: str) -> re.Match[str] | None:
    for pattern in (_DAY_MONTH, _MONTH_DAY):
        for found in pattern.finditer(text):
            if _month_of(found["month"]):
                return found
    return None


def _month_of(word: str) -> int:
    lower = word.lower()
    return MONTHS.get(lower[:4]) or MONTHS.get(lower[:3], 0)


def _clock_of(found: re.Match[str] | None) -> tuple[int, int]:
    if not found:
        return 0, 0
    hour, half = int(found["hour"]), (found["half"] or "").lower()
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    return hour, int(found["minute"])
