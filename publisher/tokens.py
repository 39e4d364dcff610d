"""Keyed tokens: short names for a row that only we can make.

A token says what it is for and names one row; a foreign, forged or cut token names
nothing. It is 32 characters of RFC 4648 §7 base32hex in lower case (no character changes
its meaning with its case, so it survives the local part of an address and a person who
types it): 6 octets of row id, then the first 14 octets of HMAC-SHA256 over purpose and
id. It holds no time: an unsubscribe link works for ever. Keys may be rotated: the first
one signs, all of them verify.

Pure: keys come in.
"""

from __future__ import annotations

import base64
import hmac
from enum import StrEnum

LENGTH = 32
_ID_OCTETS = 6
_MAC_OCTETS = 14
_DIGITS = "0123456789abcdefghijklmnopqrstuv"
_PAIRS = tuple(first + second for first in _DIGITS for second in _DIGITS)
_SHIFTS = tuple(range((LENGTH - 2) * 5, -1, -10))


class Purpose(StrEnum):
    """What a token is for; a token of one purpose is nothing to another."""

    UNSUBSCRIBE = "unsubscribe"  # names a subscription
    PREFERENCES = "preferences"  # names a subscription
    TEST = "test"  # names the moment a test letter was made, in milliseconds since 1970; stands for all three there
    DELIVERY = "delivery"  # names a delivery: Message-ID, return address, boundary


def token_for(keys: tuple[bytes, ...], purpose: Purpose, row: int) -> str:
    """The token of a row. Raises OverflowError for a negative id or one beyond 2^48."""
    payload = row.to_bytes(_ID_OCTETS, "big")
    return _written(payload + _mac(keys[0], purpose, payload))


def row_of(keys: tuple[bytes, ...], purpose: Purpose, token: str) -> int | None:
    """The row a token names; None where it is not a token of ours for this purpose."""
    if len(token) != LENGTH or not token.isascii():
        return None
    try:
        octets = base64.b32hexdecode(token.upper().encode("ascii"))
    except ValueError:
        return None
    payload, mac = octets[:_ID_OCTETS], octets[_ID_OCTETS:]
    good = [hmac.compare_digest(mac, _mac(key, purpose, payload)) for key in keys]
    return int.from_bytes(payload, "big") if any(good) else None


def _written(octets: bytes) -> str:
    """As base32hex in lower case, two characters at a time: three of these stand in each letter."""
    number, pairs = int.from_bytes(octets, "big"), _PAIRS
    return "".join([pairs[number >> shift & 1023] for shift in _SHIFTS])


def _mac(key: bytes, purpose: Purpose, payload: bytes) -> bytes:
    return hmac.digest(key, purpose.encode("ascii") + b"\0" + payload, "sha256")[:_MAC_OCTETS]
