"""Random tokens: what a cookie or a link holds. Of each, the database has the hash alone."""

from __future__ import annotations

import hashlib
import secrets

_OCTETS = 32
SAFE = "s."  # how a token begins that stands in a safe cookie; others have no dot


def new_token(*, safe: bool = False) -> str:
    """43 characters that may stand in an address or a cookie, and that nobody can guess.

    `safe`: it is kept in a cookie that nobody else can set, and says so itself.
    """
    return (SAFE if safe else "") + secrets.token_urlsafe(_OCTETS)


def digest_of(token: str) -> str:
    """What is kept of it: nobody who reads the database can sign in with that."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
