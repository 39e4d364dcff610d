"""Keyed tokens: short names for a row that only we can make.

A token says what it is for and names one row; a foreign, forged or cut token names
nothing. It is 32 characters of RFC 4648 §7 base32hex in lower case (no character changes
its meaning with its case, so it survives the local part of an address and a person who
types it): 6 octets of row id, then the first 14 octets of HMAC-SHA256 over purpose and
id. It holds no time: an unsubscribe link works for ever. Keys may be rotated: the first
one signs, all of them verify.

A passing token ends by itself: between the id and the first 10 octets of the HMAC stand 4
octets with the minute, counted from 1970, from which on it is nothing.

Pure: keys come in.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

LENGTH = 32
_ID_OCTETS = 6
_MAC_OCTETS = 14
_MINUTE_OCTETS = 4
_DIGITS = bytes.maketrans(bytes(range(32)), b"0123456789abcdefghijklmnopqrstuv")


class Purpose(StrEnum):
    """What a token is for; a token of one purpose is nothing to another."""

    UNSUBSCRIBE = "unsubscribe"  # names a subscription
    PREFERENCES = "preferences"  # names a subscription
    TEST = "test"  # names the moment a test letter was made, in milliseconds since 1970; stands for all three there
    DELIVERY = "delivery"  # names a delivery: Message-ID, return address, boundary
    DECLINE = "decline"  # names a subscription: who did not ask for it says so; where nothing is asked any more, leaves
    CONFIRM = "confirm"  # passing; names a subscription: who holds it reads mail at its address
    MOVE = "move"  # passing; names a subscription: who holds it reads mail at the address that a reader wants to have
    OWN_PAGE = "own-page"  # passing; names a subscription, and opens all that is kept of its reader


def _spreading() -> Iterator[tuple[int, int, int]]:
    """How groups of five bits become octets: of each run of groups the upper half moves up, until a run is one group.

    Each step is the mask of upper halves, that of lower ones, and how far the upper ones move.
    """
    for half in (16, 8, 4, 2, 1):
        runs = range(0, LENGTH * 8, 2 * half * 8)
        lower = sum(((1 << half * 5) - 1) << start for start in runs)
        yield lower << half * 5, lower, half * 3


_SPREADING = tuple(_spreading())


def token_for(keys: tuple[bytes, ...], purpose: Purpose, row: int) -> str:
    """The token of a row. Raises OverflowError for a negative id or one beyond 2^48."""
    payload = row.to_bytes(_ID_OCTETS, "big")
    return _written(payload + _mac(keys[0], purpose, payload))


class Press:
    """Makes tokens by the hundred thousand, as `token_for` does: what those of a purpose have in common is done once.

    It may be pickled, and used by several threads.
    """

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        self._keys = keys
        self._begun: dict[Purpose, HMAC] = {}

    def __reduce__(self) -> tuple[type[Press], tuple[tuple[bytes, ...]]]:
        return type(self), (self._keys,)

    def token_for(self, purpose: Purpose, row: int) -> str:
        payload = row.to_bytes(_ID_OCTETS, "big")
        mac = (self._begun.get(purpose) or self._begin(purpose)).copy()
        mac.update(payload)
        return _written(payload + mac.finalize()[:_MAC_OCTETS])

    def _begin(self, purpose: Purpose) -> HMAC:
        begun = HMAC(self._keys[0], SHA256())
        begun.update(_named(purpose))
        self._begun[purpose] = begun  # not before: another thread may look for it
        return begun


def row_of(keys: tuple[bytes, ...], purpose: Purpose, token: str) -> int | None:
    """The row a token names; None where it is not a token of ours for this purpose."""
    octets = _octets_of(token)
    if octets is None:
        return None
    payload, mac = octets[:_ID_OCTETS], octets[_ID_OCTETS:]
    good = [hmac.compare_digest(mac, _mac(key, purpose, payload)) for key in keys]
    return int.from_bytes(payload, "big") if any(good) else None


def passing_token_for(keys: tuple[bytes, ...], purpose: Purpose, row: int, *, until: datetime) -> str:
    """The token of a row that is good until the minute of an aware time. Raises OverflowError as `token_for` does."""
    payload = row.to_bytes(_ID_OCTETS, "big") + int(until.timestamp() // 60).to_bytes(_MINUTE_OCTETS, "big")
    return _written(payload + _mac(keys[0], purpose, payload)[:-_MINUTE_OCTETS])


def passing_row_of(keys: tuple[bytes, ...], purpose: Purpose, token: str, *, now: datetime) -> int | None:
    """The row that a passing token names; None where it is not one of ours for this purpose, or its time is over."""
    octets = _octets_of(token)
    if octets is None:
        return None
    end = _ID_OCTETS + _MINUTE_OCTETS
    payload, mac = octets[:end], octets[end:]
    good = [hmac.compare_digest(mac, _mac(key, purpose, payload)[:-_MINUTE_OCTETS]) for key in keys]
    is_over = now.timestamp() // 60 >= int.from_bytes(payload[_ID_OCTETS:], "big")
    return int.from_bytes(payload[:_ID_OCTETS], "big") if any(good) and not is_over else None


def _octets_of(token: str) -> bytes | None:
    """What is written in it; None where that is no token."""
    if len(token) != LENGTH or not token.isascii():
        return None
    try:
        return base64.b32hexdecode(token.upper().encode("ascii"))
    except ValueError:
        return None


def _written(octets: bytes) -> str:
    """As base32hex in lower case: of 160 bits each five move to an octet of their own, by halves of halves."""
    number = int.from_bytes(octets, "big")
    for upper, lower, shift in _SPREADING:
        number = (number & upper) << shift | number & lower
    return number.to_bytes(LENGTH, "big").translate(_DIGITS).decode("ascii")


def _mac(key: bytes, purpose: Purpose, payload: bytes) -> bytes:
    return hmac.digest(key, _named(purpose) + payload, "sha256")[:_MAC_OCTETS]


def _named(purpose: Purpose) -> bytes:
    return purpose.encode("ascii") + b"\0"
