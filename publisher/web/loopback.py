"""Who sits at this machine. Pure.

For pages that nobody else may see, not even where a proxy on this machine passes everything
on. So three things must be true: the connection comes from a loopback address; nothing says
that a proxy stands between (whatever it says about the client: that can be made up); and the
host asked for is a name of this machine, or else a page of somewhere else, whose name was made
to lead here (DNS rebinding), could read along in the browser of whoever sits here.

Known weakness: a proxy on this machine that tells nobody's address, names this machine as the
host and speaks HTTP/1.1 looks like a browser on it. docs/serving.md has configurations that do not.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

_PROXIED = ("forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip")


def is_from_here(scope: Scope) -> bool:
    """Whether a request comes from this machine, straight."""
    headers = Headers(scope=scope)
    if any(name in _PROXIED or name.startswith("x-forwarded") for name in headers):
        return False
    if scope.get("http_version", "1.0") == "1.0":  # no browser; nginx, where it was told nothing
        return False
    peer, hosts = (scope.get("client") or ("", 0))[0], headers.getlist("host")
    return is_loopback(peer) and len(hosts) == 1 and _names_this_machine(hosts[0])


def is_loopback(address: str) -> bool:
    """Whether it is an address of this machine to itself, in whatever form."""
    try:
        known = ip_address(address)
    except ValueError:
        return False
    mapped = known.ipv4_mapped if isinstance(known, IPv6Address) else None
    return (mapped or known).is_loopback


def _names_this_machine(host: str) -> bool:
    """RFC 6761 §6.3: `localhost` and all below it are this machine."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name == "localhost" or name.endswith(".localhost") or is_loopback(name)
