"""Tickets of the sign-up form, and the work that a browser does for one while a person types. Pure.

A ticket says when a form was shown, and that we showed it. It is 32 characters of RFC 4648 §7
base32hex in lower case: 8 octets that were never given before, 4 octets with the second counted
from 1970, then the first 8 octets of HMAC-SHA256 over these. Nothing is kept of a ticket until it
is used; that each is used once is for `store/tries.py`.

The work: a whole number, such that SHA-256 over `TICKET.NUMBER` begins with so many zero bits. It
takes a browser about a second, and nobody is asked who he is. Known weakness: a program of the
sender's own finds it some fifty times as fast; it makes floods dear, and the limits end them.

Keys, times and random octets come in.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

LIFETIME = timedelta(hours=6)  # who left the form open for longer presses the button once more
NONCE_OCTETS = 8
MOST_BITS = 24
_SECOND_OCTETS = 4
_MAC_OCTETS = 8
_LENGTH = 32
_SAID = b"sign-up ticket\0"
_NUMBER = re.compile(r"[0-9]{1,16}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One of ours, whose time is not over."""

    nonce: str  # hexadecimal
    shown: datetime


def ticket_for(keys: tuple[bytes, ...], nonce: bytes, *, now: datetime) -> str:
    """The ticket of a form that is shown now; `nonce` has NONCE_OCTETS octets."""
    payload = nonce + int(now.timestamp()).to_bytes(_SECOND_OCTETS, "big")
    return base64.b32hexencode(payload + _mac(keys[0], payload)).decode("ascii").lower()


def read_ticket(keys: tuple[bytes, ...], text: str, *, now: datetime) -> Ticket | None:
    """None where it is not ours, or too old."""
    if len(text) != _LENGTH or not text.isascii():
        return None
    try:
        octets = base64.b32hexdecode(text.upper())
    except ValueError:
        return None
    payload, mac = octets[:-_MAC_OCTETS], octets[-_MAC_OCTETS:]
    good = [hmac.compare_digest(mac, _mac(key, payload)) for key in keys]
    shown = datetime.fromtimestamp(int.from_bytes(payload[NONCE_OCTETS:], "big"), UTC)
    # A clock that was set back by a little has shown nothing in the future.
    in_time = timedelta(minutes=-5) < now - shown < LIFETIME
    return Ticket(nonce=payload[:NONCE_OCTETS].hex(), shown=shown) if any(good) and in_time else None


def is_solved(ticket: str, number: str, bits: int) -> bool:
    """Whether somebody did the work for this ticket."""
    if not _NUMBER.fullmatch(number):
        return False
    digest = hashlib.sha256(f"{ticket}.{number}".encode("ascii", "replace")).digest()
    return int.from_bytes(digest, "big") >> (256 - bits) == 0


def solve(ticket: str, bits: int) -> str:
    """The smallest number that does; for programs that ask at the JSON endpoint, and for tests."""
    number = 0
    while not is_solved(ticket, str(number), bits):
        number += 1
    return str(number)


def _mac(key: bytes, payload: bytes) -> bytes:
    return hmac.digest(key, _SAID + payload, "sha256")[:_MAC_OCTETS]
