"""Passwords as they are kept: argon2id (RFC 9106 §4, its second recommended choice), a salt each.

Hashing is slow on purpose and takes 64 MiB. So that many who try at once cannot take all memory,
only so many hashes are made at a time; others wait. Looking at a password takes as long where there
is no account, so that the answer's time does not tell whether there is one.
"""

from __future__ import annotations

import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from publisher.house.passwordrules import LONGEST, normal

AT_ONCE = 2


class Passwords:
    """Makes hashes and checks against them."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turn = threading.BoundedSemaphore(AT_ONCE)
        self._nobody: str = ""

    def hash(self, password: str) -> str:
        with self._turn:
            return self._hasher.hash(normal(password))

    def is_right(self, password: str, hashed: str) -> bool:
        """Whether it is the password; `hashed` "" is nobody's, and takes as long."""
        known = hashed or self._of_nobody()
        with self._turn:
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

    def _of_nobody(self) -> str:
        if not self._nobody:
            self._nobody = self.hash(secrets.token_hex())
        return self._nobody
