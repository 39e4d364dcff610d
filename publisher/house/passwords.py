"""Passwords as they are kept: argon2id (RFC 9106 §4, its second recommended choice), a salt each.

Hashing is slow on purpose and takes 64 MiB. So that many who try at once cannot take all memory, nor
all threads of the web server, only so many hashes are made at a time, and so many wait. Looking at a
password takes as long where there is no account, so that the answer's time does not tell whether
there is one.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from publisher.errors import Crowded
from publisher.house.passwordrules import LONGEST, normal

AT_ONCE = 2
WAITING = 10  # more are sent away: threads that wait here are missing where readers leave and feeds are read


class Passwords:
    """Makes hashes and checks against them."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turn = threading.BoundedSemaphore(AT_ONCE)
        self._room = threading.BoundedSemaphore(AT_ONCE + WAITING)
        self._nobody: str = ""

    def hash(self, password: str) -> str:
        """Raises Crowded."""
        with self._a_turn():
            return self._hasher.hash(normal(password))

    def is_right(self, password: str, hashed: str) -> bool:
        """Whether it is the password; `hashed` "" is nobody's, and takes as long. Raises Crowded."""
        known = hashed or self._of_nobody()
        with self._a_turn():
            try:
                self._hasher.verify(known, normal(password)[:LONGEST])
            except (VerificationError, InvalidHashError):
                return False
        return bool(hashed)

    def is_old(self, hashed: str) -> bool:
        """Whether it was made by what is no longer thought enough."""
        return self._hasher.check_needs_rehash(hashed)

    def make_ready(self) -> None:
        """Do now what the first who signs in would wait for."""
        self._of_nobody()

    @contextmanager
    def _a_turn(self) -> Iterator[None]:
        if not self._room.acquire(blocking=False):
            raise Crowded("many people sign in at this moment; please try again in a minute")
        try:
            with self._turn:
                yield
        finally:
            self._room.release()

    def _of_nobody(self) -> str:
        if not self._nobody:
            self._nobody = self.hash(secrets.token_hex())
        return self._nobody
