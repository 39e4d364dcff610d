"""Who asks: the address of a client, behind the proxies that are trusted."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.requests import Request

from publisher.web.hammering import Network, client_address


def address_of(request: Request, proxies: Iterable[Network]) -> str:
    """As the connection has it, or as a trusted proxy says."""
    peer = request.client.host if request.client else ""
    return client_address(peer, ", ".join(request.headers.getlist("x-forwarded-for")), proxies)
