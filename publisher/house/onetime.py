"""Random tokens: what a cookie or a link holds. Of each, the database has the hash alone."""

from __future__ import annotations

import hashlib
import secrets

_OCTETS = 32


def new_token() -> str:
    """43 characters that may stand in an address or a cookie, and that nobody can guess."""
    return secrets.token_urlsafe(_OCTETS)


def digest_of(token: str) -> str:
    """What is kept of it: nobody who reads the database can sign in with that."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
