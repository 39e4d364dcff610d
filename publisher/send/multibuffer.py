"""Signatures by the eight: Intel's Cryptography Primitives Library, where it is installed and the processor knows how.

Theory. A signature is a long chain of multiplications, each waiting for the one before it. Processors with
AVX-512 IFMA (Intel since 2019, AMD since Zen 4) multiply eight numbers at a time; so eight letters can be
signed side by side, and take little longer together than one alone. The library's `crypto_mb` does that; the
signatures are the same, octet by octet (RFC 8017 §8.2 and RFC 8032 leave no choice). Nothing depends on it: what
it cannot do (other processors, few letters, keys of odd sizes) is signed one by one, as without it.

How the library is asked is `lanes.py`'s. Known weakness: eight lanes cost the same however few are used; so the
last letters of a batch go one by one where they are fewer than pays.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from publisher.mail.dkim import SigningKey
from publisher.mail.dkimkey import PrivateKey
from publisher.send.batch import one_by_one

if TYPE_CHECKING:
    from ctypes import CDLL

    from publisher.send.lanes import Lanes

FEWEST = 2  # below that there is nothing to be done together


class BatchSigner:
    """Signs for several threads. The library is looked for when there is first something to sign together."""

    def __init__(self) -> None:
        self._lanes: dict[int, tuple[PrivateKey, Lanes | None]] = {}  # by the key's identity

    def __call__(self, key: SigningKey, data: Sequence[bytes], /) -> Sequence[bytes]:
        if len(data) < FEWEST or not (lanes := self._lanes_of(key)):
            return one_by_one(key, data)
        signatures: list[bytes] = []
        for at in range(0, len(data), lanes.number):
            some = data[at : at + lanes.number]
            found = lanes.sign(some) if len(some) >= lanes.fewest else [None] * len(some)
            signatures += [one or key.sign(text) for one, text in zip(found, some, strict=True)]
        return signatures

    @cached_property
    def library(self) -> CDLL | None:
        """None where it is not installed or cannot be loaded."""
        with suppress(ImportError):  # a Python that was built without ctypes
            from publisher.send.lanes import opened

            return opened()
        return None

    def at_a_time(self, key: SigningKey) -> int:
        """How many letters are signed with this key side by side."""
        lanes = self._lanes_of(key)
        return lanes.number if lanes else 1

    def _lanes_of(self, key: SigningKey) -> Lanes | None:
        known = self._lanes.get(id(key.private))
        if known is None:
            # The key is kept with it: another one cannot have its identity.
            known = self._lanes[id(key.private)] = key.private, self._new_lanes(key)
        return known[1]

    def _new_lanes(self, key: SigningKey) -> Lanes | None:
        if self.library is None:
            return None
        from publisher.send.lanes import lanes_for

        return lanes_for(key, self.library)
