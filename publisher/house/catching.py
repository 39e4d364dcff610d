"""Letters that are caught and go to nobody: whether they are, and where they can be looked at."""

from __future__ import annotations

from ipaddress import ip_address

from publisher.config.nouns import relays_of
from publisher.house.opened import House
from publisher.house.relaying import CATCHER


def is_caught(house: House) -> bool:
    """Whether letters of any newsletter go to the catcher."""
    return bool(house.newsletters) and any(table.url == CATCHER for table in relays_of(house.config).values())


def outbox_page(house: House, port: int) -> str:
    """The address of what was caught for a browser on this machine; "" where it has none.

    A server that listens at one address of a network alone is never asked from loopback.
    """
    host = named_host(house.config.web.host)
    return f"http://{host}:{port}/outbox" if host and port and is_caught(house) else ""


def named_host(host: str) -> str:
    """What to call a host that the server listens on; "" where it is not this machine's own."""
    if host == "localhost":
        return host
    try:
        address = ip_address(host)
    except ValueError:
        return ""
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "[::1]"
    if not address.is_loopback:
        return ""
    return host if address.version == 4 else f"[{host}]"
