"""Which addresses of a host may be connected to.

The caller connects to what stands here and never resolves the name again, so a name that
resolves differently the second time changes nothing. Known weakness: the resolver of the
system has its own time limit, not ours.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Collection

Resolve = Callable[[str, int], list[str]]
"""The IP addresses of a host. Raises ValueError, in words, where there are none."""

# 64:ff9b::/96 carries an IPv4 address through NAT64 (RFC 6052 §2.1)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def resolve(host: str, port: int) -> list[str]:
    """What the system's resolver says."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as wrong:
        told = wrong.strerror if isinstance(wrong, OSError) else "not a host name"
        raise ValueError(f"the host {host!r} is not found ({told}); check the address") from wrong
    return list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))


def allowed_addresses(host: str, port: int, resolve: Resolve, *, private_hosts: Collection[str]) -> list[str]:
    """Those of the open internet, or all where the admin lists the host. Raises ValueError, in words."""
    addresses = resolve(host, port)
    allowed = [address for address in addresses if host.lower() in private_hosts or is_public(address)]
    if not allowed:
        raise ValueError(
            f"{host} is in a private network ({addresses[0] if addresses else 'no address'}); if it is meant to be "
            "fetched, add it to `collect.private_hosts`"
        )
    return allowed


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet, also inside of an IPv6 address."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if found in _NAT64:
            inner = ipaddress.IPv4Address(found.packed[12:])
        if inner:
            return is_public(str(inner))
    return found.is_global and not found.is_multicast
