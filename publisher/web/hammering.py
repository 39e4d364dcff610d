"""Who fetches the same feed again and again without asking whether it changed.

429 with Retry-After (RFC 6585 §4) is for those alone, and for feeds alone: whoever sends a
validator is never refused, nor who reads pages. A client is an address with a User-Agent,
so that one program behind a shared address does not shut out the others. Memory is
bounded: with more clients than it holds, the oldest are forgotten, in their favour.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from math import ceil

from publisher.web.recent import Recent

AN_HOUR = timedelta(hours=1)
CLIENTS = 20_000  # remembered, about 10 MB
LONGEST_AGENT = 200

Network = IPv4Network | IPv6Network


class Hammering:
    """Counts what clients fetched within an hour of their first fetch."""

    def __init__(self, most: int, *, clients: int = CLIENTS) -> None:
        self._most = most  # 0: no limit
        self._seen: Recent[tuple[str, str, str], tuple[datetime, int]] = Recent(clients)
        self._lock = threading.Lock()

    @property
    def remembered(self) -> int:
        return len(self._seen)

    def seconds_to_wait(self, address: str, agent: str, path: str, *, now: datetime) -> int:
        """Count a fetch; how long the client has to wait, 0 where it is welcome."""
        if not self._most:
            return 0
        key = (address, agent[:LONGEST_AGENT], path)
        with self._lock:
            since, count = self._seen.find(key) or (now, 0)
            if not timedelta(0) <= now - since < AN_HOUR:
                since, count = now, 0
            self._seen.put(key, (since, count + 1))
        return ceil((since + AN_HOUR - now).total_seconds()) if count >= self._most else 0


def client_address(peer: str, forwarded: str, proxies: Iterable[Network]) -> str:
    """The address of a client; what X-Forwarded-For says counts only from this machine and from `proxies`.

    Each proxy adds at the end whom it got the request from. So it is read from there, as far
    as those who wrote are trusted.
    """
    address = peer
    for told in reversed(forwarded.split(",")) if forwarded else ():
        known = _read(address)
        if known is None or not (known.is_loopback or any(known in network for network in proxies)):
            break
        address = told.strip() or address
    return address


def _read(address: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(address)
    except ValueError:
        return None
