"""What a subscriber asks of our hub, read from its form, with a clear word where it is wrong (WebSub §5.1).

Pure. Whether the topic is a feed of ours, and whether there is room, is for who has the
store. That an address may be dialled at all is checked when it is dialled, each time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import SplitResult, parse_qsl, urlsplit

SHORTEST_LEASE_SECONDS = 24 * 3600
LONGEST_LEASE_SECONDS = 30 * 24 * 3600
USUAL_LEASE_SECONDS = 10 * 24 * 3600  # WebSub §8.2: "10 days is a good default"
LONGEST_SECRET_BYTES = 199  # WebSub §5.1: less than 200 bytes
LONGEST_URL = 2048
MOST_FIELDS = 50  # those we do not understand are ignored, as WebSub §5.1 wants it
FORM = "application/x-www-form-urlencoded"

# RFC 3986 §2: what a URI is made of. Anything else would be rewritten on its way, and the
# callback is to be used exactly as it was told (WebSub §8.3).
_URI = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]+")
_UNRESERVED = re.compile(r"%(2[DE]|3[0-9]|4[1-9A-F]|5[0-9A]|5F|6[1-9A-F]|7[0-9A]|7E)", re.IGNORECASE)
_USUAL_PORTS = frozenset({80, 443})
_FREE_PORTS = 1024  # below are other protocols than HTTP, which could be made to misunderstand ours


class Mode(StrEnum):
    """What is asked of a callback."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    DENIED = "denied"  # nothing: it is told that it is subscribed no more


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A request that is in order."""

    mode: Mode
    topic: str
    callback: str
    host: str  # of the callback, in lower case
    secret: str = field(default="", repr=False)
    lease_seconds: int = USUAL_LEASE_SECONDS  # as we grant it


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why not, in words for the developer of the subscriber (WebSub §5.1.2)."""

    status: int
    reason: str
    retry_seconds: int | None = None


def wish_in(body: bytes, content_type: str) -> Wish | Refusal:
    """What a POST to the hub asks for."""
    if content_type.partition(";")[0].strip().lower() != FORM:
        return Refusal(status=415, reason=f"the Content-Type is not {FORM}")
    try:
        fields = _fields_in(body)
        mode = _mode(_needed(fields, "hub.mode"))
        callback = _needed(fields, "hub.callback")
        return Wish(
            mode=mode,
            topic=_unreserved_decoded(_needed(fields, "hub.topic")),
            callback=callback,
            host=_host_of(callback),
            secret=_secret(fields.get("hub.secret", "")),
            lease_seconds=_lease(fields.get("hub.lease_seconds", "")),
        )
    except ValueError as wrong:
        return Refusal(status=400, reason=str(wrong))


def _fields_in(body: bytes) -> Mapping[str, str]:
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise ValueError(f"the body is not a form in UTF-8 of at most {MOST_FIELDS} fields") from None
    fields: dict[str, str] = {}
    for name, value in pairs:
        if name.startswith("hub.") and fields.setdefault(name, value) != value:
            raise ValueError(f"{name[:40]} stands there twice")
    return fields


def _needed(fields: Mapping[str, str], name: str) -> str:
    value = fields.get(name, "").strip()
    if not value:
        raise ValueError(f"{name} is missing")
    if len(value) > LONGEST_URL:
        raise ValueError(f"{name} is longer than {LONGEST_URL} characters")
    return value


def _mode(text: str) -> Mode:
    if text == "publish":
        raise ValueError("hub.mode=publish: this hub serves the feeds of this site alone, and knows when they change")
    if text not in (Mode.SUBSCRIBE, Mode.UNSUBSCRIBE):
        raise ValueError("hub.mode is neither subscribe nor unsubscribe")
    return Mode(text)


def _host_of(callback: str) -> str:
    """The host of a callback that may be used."""
    if not _URI.fullmatch(callback):
        raise ValueError("hub.callback is not an address without fragment in ASCII (RFC 3986)")
    try:
        parts = urlsplit(callback)
        host, port = (parts.hostname or "").lower().rstrip("."), _port_of(parts)
    except ValueError:
        raise ValueError("hub.callback is no address") from None
    if parts.scheme.lower() not in ("http", "https") or not host:
        raise ValueError("hub.callback is not an http or https address")
    if parts.username is not None or parts.password is not None:
        raise ValueError("hub.callback holds a user or a password; put what proves it is ours into path or query")
    if port not in _USUAL_PORTS and port < _FREE_PORTS:
        raise ValueError(f"hub.callback is at port {port}; it may be at 80, 443, and from {_FREE_PORTS} on")
    return host


def _port_of(parts: SplitResult) -> int:
    return parts.port if parts.port is not None else 443 if parts.scheme.lower() == "https" else 80


def _secret(text: str) -> str:
    if len(text.encode()) > LONGEST_SECRET_BYTES:
        raise ValueError(f"hub.secret is longer than {LONGEST_SECRET_BYTES} bytes")
    return text


def _lease(text: str) -> int:
    """What is asked for, within our bounds; nothing lasts for ever (WebSub §5.3.1)."""
    text = text.strip()
    if not text:
        return USUAL_LEASE_SECONDS
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise ValueError("hub.lease_seconds is not a positive decimal integer")
    return min(max(int(text), SHORTEST_LEASE_SECONDS), LONGEST_LEASE_SECONDS)


def _unreserved_decoded(url: str) -> str:
    """The same address, `%7E` as `~`: RFC 3986 §6.2.2.2 calls them equal."""
    return _UNRESERVED.sub(lambda found: chr(int(found[1], 16)), url)
