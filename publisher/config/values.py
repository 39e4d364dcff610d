"""The kinds of value that config.toml holds, each with one reader.

Each reader takes what stands in the file and returns the value in its one normal form,
or raises ValueError with what to do, in words an editor understands. What is wrong and
what was got is added by `load.py`.
"""

from __future__ import annotations

import re
from datetime import timedelta
from email.utils import parseaddr
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from email_validator import EmailNotValidError, validate_email

from publisher.config.cron import read_cron
from publisher.model.slug import SLUG

RELAY_SCHEMES = ("smtp", "smtp+starttls", "smtps", "catcher")
DATABASE_SCHEMES = ("sqlite", "postgresql")

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = re.compile(r"(\d+)\s*([smhdw])")
# RFC 5646 §2.1, without the grandfathered tags: `de`, `de-AT`, `zh-Hant-TW`
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|\d{3}))?\Z")
# RFC 4151 §2.1: taggingEntity = authorityName "," date
_TAGGING_ENTITY = re.compile(r"([a-z0-9.-]+|[\w.-]+@[a-z0-9.-]+),\d{4}(-\d\d(-\d\d)?)?\Z")
_BACKLOG = re.compile(r"archive|all|newest [1-9]\d*")


def slug(value: object) -> str:
    text = _text(value)
    if not SLUG.match(text):
        raise ValueError("use lower-case letters, digits and single hyphens, like `harbour-notes`")
    return text


def web_url(value: object) -> str:
    text = _text(value)
    try:
        parts = urlsplit(text)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        port_fits = False
    if not port_fits or parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", text):
        raise ValueError("write a whole address, like `https://example.org/page`")
    return text


def base_url(value: object) -> str:
    text = web_url(value)
    if urlsplit(text).query or urlsplit(text).fragment:
        raise ValueError("leave out everything after `?` or `#`")
    return text.rstrip("/")


def bcp47(value: object) -> str:
    text = _text(value)
    if not _LANGUAGE.match(text):
        raise ValueError("write a language tag, like `en`, `de-AT` or `zh-Hant`")
    return text


def time_zone(value: object) -> str:
    text = _text(value)
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("write a name of the IANA time zone database, like `Europe/Berlin`") from None
    return text


def cron(value: object) -> str:
    text = _text(value)
    read_cron(text)
    return text


def duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    text = _text(value)
    parts = _DURATION.findall(text)
    if not parts or _DURATION.sub("", text).strip():
        raise ValueError("write a number and a unit (s m h d w), like `15m`, `6h` or `1h 30m`")
    seconds = sum(int(number) * _UNITS[unit] for number, unit in parts)
    if not 0 < seconds <= 366 * 86400:
        raise ValueError("write a time between one second and one year")
    return timedelta(seconds=seconds)


def mail_address(value: object) -> str:
    """An address as RFC 5321 writes it, its domain as A-labels."""
    text = _text(value)
    try:
        found = validate_email(text, check_deliverability=False, strict=True, test_environment=True)
    except EmailNotValidError as wrong:
        raise ValueError(f"write an address like `desk@example.org`: {wrong}") from None
    return f"{found.local_part}@{found.ascii_domain}"


def mailbox(value: object) -> str:
    """`Name <address>` or an address alone (RFC 5322 §3.4)."""
    text = _text(value)
    if re.search(r"[\r\n\x00]", text):
        raise ValueError("write it on one line")
    name, address = parseaddr(text)
    return f"{name} <{mail_address(address)}>" if name else mail_address(address)


def tagging_entity(value: object) -> str:
    text = _text(value)
    if not _TAGGING_ENTITY.match(text):
        raise ValueError("write a domain you own and a date on which you owned it, like `example.org,2026`")
    return text


def backlog(value: object) -> str:
    text = _text(value)
    if not _BACKLOG.fullmatch(text):
        raise ValueError("write `archive`, `all` or `newest 3`")
    return text


def relay_url(value: object) -> str:
    text = _text(value)
    if text == "catcher://":
        return text
    try:
        parts = urlsplit(text)
        known = parts.scheme in RELAY_SCHEMES[:-1] and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise ValueError(
            "write `smtp+starttls://user@host:587`, `smtps://user@host:465`, `smtp://host:25` or `catcher://`"
        )
    if parts.password is not None:
        raise ValueError('take the password out of the address and set `password = { env = "NAME" }`')
    return text


def database_url(value: object) -> str:
    text = _text(value)
    scheme = text.partition(":")[0].partition("+")[0]
    if scheme not in DATABASE_SCHEMES or "://" not in text:
        raise ValueError("write `sqlite:///var/publisher.db` or `postgresql://user@host/name`")
    if scheme == "postgresql" and urlsplit(text).password is not None:
        raise ValueError('take the password out of the address and set `password = { env = "NAME" }`')
    return text


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("write text in quotes")  # noqa: TRY004  pydantic collects ValueError
    return value.strip()
