"""The kinds of value that config.toml holds, each with one reader.

Each reader takes what stands in the file and returns the value in its one normal form,
or raises Refused: what is wrong and what to do, in words an editor understands. What was
got is added by `mistakes.py`, the line by `load.py`. Addresses are in `addresses.py`.

Standards: RFC 5646 (language tags), RFC 4151 (tag URIs), TOML strings as text.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import idna
from cssselect import HTMLTranslator, SelectorError

from publisher.config.holidays import read_holidays
from publisher.config.refused import Refused
from publisher.config.timing import read_timing
from publisher.model.slug import LONGEST, SLUG

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = re.compile(r"([0-9]{1,9})\s*([smhdw])")
_LONGEST_DURATION_SECONDS = 366 * 86400
# RFC 5646 §2.1, without the grandfathered tags: `de`, `de-AT`, `zh-Hant-TW`
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:-([A-Za-z]{4}))?(?:-([A-Za-z]{2}|[0-9]{3}))?\Z")
# RFC 4151 §2.1: taggingEntity = authorityName "," date; authorityName is a DNS name or an address
_TAGGING_ENTITY = re.compile(r"(?P<name>[a-z0-9._-]+@)?(?P<domain>[a-z0-9.-]+),(?P<date>[0-9]{4}(-[0-9]{2}){0,2})\Z")
_DOMAIN = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\Z")
_LIKE_A_DOMAIN = "write one like `example.org`"
_LONGEST_SELECTOR = 500  # characters
_NAMESPACE = re.compile(r"\|(?!=)")
_HOURS = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*[-–]\s*([0-9]{1,2}):([0-9]{2})\Z")
_BACKLOG = re.compile(r"archive|all|newest [1-9][0-9]{0,5}")
_ENVIRONMENT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def text_of(value: object) -> str:
    """Text without blanks around it."""
    if not isinstance(value, str):
        raise Refused("is not text", 'write it in quotes: `"…"`')
    return value.strip()


def line(value: object) -> str:
    """One line of text: it will stand in headers, titles and attributes."""
    text = text_of(value)
    if any(unicodedata.category(sign) in ("Cc", "Zl", "Zp") for sign in text):
        raise Refused("holds a line break or a control character", "write it on one line")
    return text


def prose(value: object) -> str:
    """Text that may have several lines, with no control characters else."""
    text = text_of(value).replace("\r\n", "\n")
    if any(unicodedata.category(sign) == "Cc" for sign in text if sign not in "\n\t"):
        raise Refused("holds a control character", "take it out")
    return text


def slug(value: object) -> str:
    text = text_of(value)
    if not SLUG.match(text) or len(text) > LONGEST:
        raise Refused(
            "cannot stand in an address",
            f"use lower-case letters, digits and single hyphens, {LONGEST} at most, like `harbour-notes`",
        )
    return text


def bcp47(value: object) -> str:
    found = _LANGUAGE.match(text_of(value))
    if not found:
        raise Refused("is not a language tag", "write one like `en`, `de-AT` or `zh-Hant`")
    # RFC 5646 §2.1.1: the customary case of each part
    language, script, region = found.groups()
    return "-".join(part for part in (language.lower(), script and script.title(), region and region.upper()) if part)


def time_zone(value: object) -> str:
    text = text_of(value)
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refused(
            "is not a time zone we know", "write a name of the IANA time zone database, like `Europe/Berlin`"
        ) from None
    return text


def schedule(value: object) -> str:
    try:
        return str(read_timing(text_of(value)))
    except Refused:
        raise
    except ValueError as wrong:
        raise Refused("is not a time we can keep", str(wrong)) from None


def holiday(value: object) -> str:
    text = value.isoformat() if type(value) is date else re.sub(r"\s*/\s*", "/", text_of(value))
    try:
        read_holidays([text])
    except ValueError as wrong:
        raise Refused("is no holiday we can keep", str(wrong)) from None
    return text


def duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    cure = "write a number and a unit (s m h d w) in quotes, like `15m`, `6h` or `1h 30m`"
    if not isinstance(value, str):
        raise Refused("is not a length of time", cure)
    parts = _DURATION.findall(value)
    if not parts or _DURATION.sub("", value).strip():
        raise Refused("is not a length of time", cure)
    seconds = sum(int(number) * _UNITS[unit] for number, unit in parts)
    if not 0 < seconds <= _LONGEST_DURATION_SECONDS:
        raise Refused("is too short or too long", "write a time between one second and one year")
    return timedelta(seconds=seconds)


def duration_text(length: timedelta) -> str:
    """A length of time as it is written in the file: `1h 30m`."""
    seconds = int(length.total_seconds())
    parts = []
    for unit in ("d", "h", "m", "s"):
        number, seconds = divmod(seconds, _UNITS[unit])
        if number:
            parts.append(f"{number}{unit}")
    return " ".join(parts)


def hours(value: object) -> str:
    """`08:00-20:00`: when something begins and ends on the clock of a day, or of a day and the next."""
    found = _HOURS.match(text_of(value))
    cure = "write two times of a day, like `08:00-20:00`, or `20:00-06:00` over midnight"
    if not found:
        raise Refused("is not a time of day from and to", cure)
    try:
        opens = time(int(found[1]), int(found[2]))
        closes = time() if (found[3], found[4]) == ("24", "00") else time(int(found[3]), int(found[4]))
    except ValueError:
        raise Refused("holds a time that no clock shows", cure) from None
    if opens == closes:
        raise Refused("begins when it ends", "write two different times, or take it out to have the whole day")
    return f"{opens:%H:%M}-{closes:%H:%M}"


def day(value: object) -> date:
    """A date, in quotes or without."""
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(text_of(value) if not isinstance(value, datetime) else "")
    except ValueError:
        raise Refused("is not a date", "write one like `2026-12-01`") from None


def tagging_entity(value: object) -> str:
    found = _TAGGING_ENTITY.match(text_of(value))
    cure = "write a domain you own and a date on which you owned it, like `example.org,2026`"
    if not found or not _DOMAIN.match(found["domain"]):
        raise Refused("is not a tagging entity", cure)
    try:
        date.fromisoformat((found["date"] + "-01-01")[:10])
    except ValueError:
        raise Refused("holds a date that does not exist", cure) from None
    return found[0]


def domain(value: object) -> str:
    """A domain as A-labels (RFC 5891), in lower case."""
    text = text_of(value).lower().rstrip(".")
    cure = f"leave out what stands before it: `{text.rpartition('@')[2]}`" if "@" in text else _LIKE_A_DOMAIN
    try:
        found = text if text.isascii() else idna.encode(text, uts46=True).decode("ascii")
    except idna.IDNAError:
        found = ""
    if not _DOMAIN.match(found) or "." not in found:
        raise Refused("is not a domain", cure)
    return found


def selector(value: object) -> str:
    """The name under which a DKIM key is published, a label or several (RFC 6376 §3.1)."""
    text = text_of(value).lower()
    if not _DOMAIN.match(text):
        raise Refused(
            "is not a selector", "use lower-case letters, digits and single hyphens, 63 at most, like `p202611-rsa`"
        )
    return text


_COLOUR = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})\Z")


def colour(value: object) -> str:
    """`#rrggbb`, in lower case."""
    text = text_of(value).strip().lower()
    if not _COLOUR.match(text):
        raise Refused("is no colour", "write one like `#8a1c1c`")
    return text if len(text) == len("#rrggbb") else "#" + "".join(2 * digit for digit in text[1:])


def css(value: object) -> str:
    """A selector that an HTML page can be asked; "" for none."""
    text = " ".join(text_of(value).split())
    if not text:
        return ""
    cure = "write one like `div.article > h2 a`"
    if len(text) > _LONGEST_SELECTOR or _NAMESPACE.search(text):
        raise Refused("is no CSS selector for a page: it is too long, or names a namespace", cure)
    try:
        HTMLTranslator().css_to_xpath(text)
    except (SelectorError, RecursionError) as wrong:
        raise Refused(f"is no CSS selector ({wrong})", cure) from wrong
    return text


def backlog(value: object) -> str:
    text = " ".join(text_of(value).split())
    if not _BACKLOG.fullmatch(text):
        raise Refused("is not a backlog", "write `archive`, `all` or `newest 3`")
    return text


def environment_name(value: object) -> str:
    text = text_of(value)
    if not _ENVIRONMENT_NAME.match(text):
        raise Refused(
            "is not the name of an environment variable", "write the name, like `SMTP_PASSWORD`, not the secret itself"
        )
    return text
