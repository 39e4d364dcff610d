"""Whether hubs could call a site at all: only where its address is one of the open internet. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

# Names that lead nowhere, or nowhere from outside: RFC 6761 §6, RFC 6762 §3, RFC 8375 §4; ICANN keeps `internal`.
_INWARD = (
    "localhost", "test", "invalid", "example", "example.com", "example.net", "example.org",
    "local", "home.arpa", "internal", "lan",
)  # fmt: skip


def is_reachable(site_url: str, *, allowed: Collection[str] = ()) -> bool:
    """Whether a hub somewhere can call us at `site_url`; hosts in `allowed` (lower case) may be in private networks."""
    host = (urlsplit(site_url).hostname or "").rstrip(".").lower()
    if host in allowed:
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." in host and not any(host == name or host.endswith(f".{name}") for name in _INWARD)
    return address.is_global and not address.is_multicast
