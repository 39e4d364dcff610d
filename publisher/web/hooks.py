"""The addresses at which providers tell of bounces and complaints: `POST /hooks/NAME`.

What a request means and whether it is the provider's is for `bounce/hearing.py`, what becomes of it for
`bounce/told.py`; here is only HTTP. It is answered 200 when all of it is stored; where the database is
away it is 503, and the provider tells again. No cookie counts here, so nothing can be forged with one.

An address that proves nothing again and again is not listened to for the rest of the hour.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from ipaddress import ip_network

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from publisher.bounce.told import take_events
from publisher.bounce.webhooks.event import Request as Told
from publisher.bounce.webhooks.event import Turned
from publisher.store.database import Store
from publisher.web.hammering import Hammering, client_address
from publisher.web.pages import HEADERS, PRIVATE
from publisher.web.recent import Recent
from publisher.web.site import Site

MOST_TURNED_AN_HOUR = 600  # requests of one address
ADDRESSES = 10_000  # remembered
RETRY_SECONDS = "300"

log = logging.getLogger(__name__)


class HookDesk:
    """Answers below `hooks/`."""

    def __init__(self, site: Site, *, store: Store, clock: Callable[[], datetime]) -> None:
        self._site = site
        self._store = store
        self._clock = clock
        self._proxies = [ip_network(proxy) for proxy in site.proxies]
        self._turned = Hammering(MOST_TURNED_AN_HOUR, clients=ADDRESSES)
        self._shut_out: Recent[str, datetime] = Recent(ADDRESSES)

    async def answer(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._site.hooks:
            return _plain("there is no such webhook here\n", 404)
        if request.method != "POST":
            raise HTTPException(405, headers={"Allow": "POST"})
        peer = self._address(request)
        until = self._shut_out.find(peer)
        if until and until > self._clock():
            return _plain("this address was turned away too often\n", 429, RETRY_SECONDS)
        headers = {key.lower(): value for key, value in request.headers.items()}
        told = Told(headers=headers, body=await request.body(), peer=peer)  # the route bounds it
        return await run_in_threadpool(self._hear, name, told)

    def _hear(self, name: str, told: Told) -> Response:
        hearing, now = self._site.hooks[name], self._clock()
        if hearing is None:
            return _plain("this webhook cannot be used now; its site knows why\n", 503, RETRY_SECONDS)
        heard = hearing.hear(told, now)
        if isinstance(heard, Turned):
            log.warning("webhook %s: a request was turned away (%d): %s", name, heard.status, heard.problem)
            seconds = self._turned.seconds_to_wait(told.peer, "", "", now=now) if heard.status < 500 else 0
            if seconds:
                self._shut_out.put(told.peer, now + timedelta(seconds=seconds))
            return _plain(f"{heard.problem}\n", heard.status, RETRY_SECONDS if heard.status >= 500 else "")
        taken = take_events(self._store, name, heard.events, keys=self._site.keys, now=now)
        return _plain(f"{len(taken)} events stored\n", 200)

    def _address(self, request: Request) -> str:
        peer = request.client.host if request.client else ""
        return client_address(peer, ", ".join(request.headers.getlist("x-forwarded-for")), self._proxies)


def _plain(text: str, status: int, retry_seconds: str = "") -> Response:
    retry = {"Retry-After": retry_seconds} if retry_seconds else {}
    return PlainTextResponse(text, status_code=status, headers=HEADERS | PRIVATE | retry)
