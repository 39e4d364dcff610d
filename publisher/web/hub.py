"""Our WebSub hub's address: who asks is answered at once, in plain text (WebSub §5.1.2).

Everybody may ask, so an address may ask only so often: each request makes us ask a
callback that somebody names.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_network

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from publisher.push.reception import Bounds, receive
from publisher.push.request import Refusal, Wish, wish_in
from publisher.store.database import Store
from publisher.web.hammering import Hammering, client_address
from publisher.web.pages import HEADERS
from publisher.web.site import Site

MOST_AN_HOUR = 1200  # requests of one address
_EXPLAINED = (
    "This is a WebSub hub for the feeds of this site (https://www.w3.org/TR/websub/).\n"
    "POST a form with hub.mode, hub.topic and hub.callback to subscribe.\n"
)


class HubDesk:
    """Answers at `/hub`."""

    def __init__(self, site: Site, bounds: Bounds, *, store: Store, clock: Callable[[], datetime]) -> None:
        self._site = site
        self._bounds = bounds
        self._store = store
        self._clock = clock
        self._proxies = [ip_network(proxy) for proxy in site.proxies]
        self._asked = Hammering(MOST_AN_HOUR)

    async def answer(self, request: Request) -> Response:
        if request.method in ("GET", "HEAD"):
            return _text(200, _EXPLAINED)
        if request.method != "POST":
            return _text(405, "only POST is understood here\n", {"Allow": "GET, HEAD, POST"})
        seconds = self._asked.seconds_to_wait(self._address(request), "", "", now=self._clock())
        if seconds:
            return _refusal(Refusal(status=429, reason="this address asks too often", retry_seconds=seconds))
        asked = wish_in(await request.body(), request.headers.get("content-type", ""))
        return await run_in_threadpool(self._take_up, asked)

    def _take_up(self, asked: Wish | Refusal) -> Response:
        if isinstance(asked, Wish):
            site = self._site
            refusal = receive(self._store, asked, bounds=self._bounds, site_url=site.url, now=self._clock())
        else:
            refusal = asked
        return _refusal(refusal) if refusal else _text(202, "accepted; your callback is asked next\n")

    def _address(self, request: Request) -> str:
        peer = request.client.host if request.client else ""
        return client_address(peer, ", ".join(request.headers.getlist("x-forwarded-for")), self._proxies)


def _refusal(refusal: Refusal) -> Response:
    retry = {"Retry-After": str(refusal.retry_seconds)} if refusal.retry_seconds else {}
    return _text(refusal.status, f"{refusal.reason}\n", retry)


def _text(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    return PlainTextResponse(
        text, status_code=status, headers={**HEADERS, "Cache-Control": "no-store", **(headers or {})}
    )
