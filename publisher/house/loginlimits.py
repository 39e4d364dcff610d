"""How often somebody may try to sign in: limits of an account, of a client, and of the whole site.

Also who succeeds is counted, so that the limit tells nobody whether a password was right. Whoever
comes from an address where the account was signed in lately has a limit of their own: nobody can
shut them out by trying from elsewhere. A client is an address, of IPv6 a network of /64. What is
counted stands in the database by keys in which nobody can read an address.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from publisher.model.limit import Limit
from publisher.store import tries
from publisher.subscribe.bounds import client_of

WINDOW_SECONDS = 15 * 60
OF_ACCOUNT = Limit(letters=10, seconds=WINDOW_SECONDS)
OF_CLIENT = Limit(letters=30, seconds=WINDOW_SECONDS)
OF_SITE = Limit(letters=3000, seconds=WINDOW_SECONDS)  # strangers alone; more could not be hashed anyway
_DIGITS = 24

Counted = tuple[str, Limit]


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """Somebody tries to prove who they are."""

    account: str  # the typed address, or whose code it is
    client: str  # address
    is_known: bool  # the account was signed in from there lately


def counted_for(key: bytes, one: Try) -> tuple[Counted, ...]:
    """All limits that a try is under; in one order for all who count."""
    client = client_of(one.client)
    if one.is_known:
        return ((_key(key, "known", f"{one.account} {client}"), OF_ACCOUNT),)
    return tuple(
        sorted(
            [
                (_key(key, "account", one.account), OF_ACCOUNT),
                (_key(key, "client", client), OF_CLIENT),
                (_key(key, "site", ""), OF_SITE),
            ]
        )
    )


def take_room(conn: Connection, counted: Sequence[Counted], *, now: datetime) -> datetime | None:
    """Count a try; where there is no room, count nothing, and say from when on there is."""
    free = [tries.free_from(conn, key, limit, now=now) for key, limit in counted]
    until = max((at for at in free if at is not None), default=None)
    if until is None:
        tries.count(conn, counted, now=now)
    return until


def _key(key: bytes, kind: str, name: str) -> str:
    said = f"login {kind}\0{name}".encode("utf-8", "surrogatepass")
    return f"login:{kind}:{hmac.digest(key, said, 'sha256').hex()[:_DIGITS]}"
