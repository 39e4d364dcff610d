"""The published tree, served as feed readers wish for it.

Any web server or bucket may serve the same files (docs/serving.md); this one is for
`publisher serve`. A file is answered by what it is now: 304 to who has it, 226 with just
the news to a feed reader that understands that (RFC 3229), else whole, compressed where a
copy lies beside it. What was given up says so: 301 where a column has another name, 410
where something ended or a post was withdrawn. 429 is for clients that fetch a feed again
and again without ever asking whether it changed, and for nobody else.

HTML is never negotiated on the address of a feed. A feed opened in a browser is shown by
its stylesheet only if it comes as plain XML; feed readers get the registered type, whatever
they accept. The bytes are the same, and so is the tag.

Ranges are for what has no compressed copies: recordings, films, pictures.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_network
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from publisher.model.filekinds import KEPT_LIKE_A_FEED
from publisher.store.database import Store
from publisher.store.withdrawn import is_withdrawn
from publisher.web.addresses import is_over, new_place
from publisher.web.answers import news, not_modified, raw_facts_of, whole
from publisher.web.coding import PLAIN, best_coding
from publisher.web.conditional import Conditions, Judgement, Verdict, conditions_of, judge, tags_in
from publisher.web.deltas import Deltas, accepts_delta
from publisher.web.documents import Astray, Copy, Document, Documents, suffix_of
from publisher.web.doorway import PATHS, Known
from publisher.web.hammering import Hammering, client_address
from publisher.web.recent import Recent
from publisher.web.site import Site

OVER = "This has ended for good. Please take it out of your feed reader.\n"
SLOW_DOWN = (
    "You fetch this feed often, and never ask whether it changed. Please send back what you got as ETag in "
    "If-None-Match, or Last-Modified in If-Modified-Since: then you are welcome at any time.\n"
)
NOT_FOR_EVER = {"Cache-Control": KEPT_LIKE_A_FEED}  # browsers keep a bare 301 until they are reinstalled
OTHER_VERSION = "There is another version here.\n"
LARGEST_DELTA_FROM_BYTES = 32 * 1024 * 1024
LOOKS = 5  # how often a file is opened anew that is replaced while we read it
_POST = re.compile(r"([^/]+)/([^/]+)\.html")
_RANGE = re.compile(r"bytes=\s*\d*-\d*(\s*,\s*\d*-\d*)*\s*", re.IGNORECASE)


class PublishedTree:
    """An ASGI application over the folder `feeds/` of a site; the folder may come into being later."""

    def __init__(self, site: Site, *, store: Store, clock: Callable[[], datetime]) -> None:
        self.known: Recent[str, Known] = Recent(PATHS)  # paths that were answered with a file
        self._site = site
        self._store = store
        self._clock = clock
        self._documents = Documents(site.feeds)
        self._deltas = Deltas(store)
        self._hammering = Hammering(site.unconditional)
        self._proxies = [ip_network(proxy) for proxy in site.proxies]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await run_in_threadpool(self._answer, scope)
        if isinstance(response, FileResponse):
            scope = _with_sensible_range(scope, response)
        await response(scope, receive, send)

    def _answer(self, scope: Scope) -> Response:
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        path: str = scope["path"].removeprefix(scope.get("root_path", ""))
        place = new_place(self._site.given_up, path)
        if place is not None:
            query = scope["query_string"].decode("latin-1")
            return RedirectResponse(f"{place}?{query}" if query else place, status_code=301, headers=NOT_FOR_EVER)
        if is_over(self._site.given_up, path):
            return PlainTextResponse(OVER, status_code=410, headers=NOT_FOR_EVER)
        for _ in range(LOOKS):
            try:
                document = self._documents.find(path.removeprefix("/"))
            except Astray:
                # By path alone: the host that a client names is not to be trusted.
                return RedirectResponse(f"./{quote(path.rpartition('/')[2])}/", status_code=301)
            if document is None:
                raise HTTPException(410 if self._was_withdrawn(path) else 404)
            response = self._answer_with(document, scope)
            if response is not None:
                self.known.put(scope["path"], Known(document=document, facts=raw_facts_of(document, self._site)))
                return response
        raise HTTPException(503, headers={"Retry-After": "1"})  # it is replaced faster than we can read it

    def _was_withdrawn(self, path: str) -> bool:
        named = _POST.fullmatch(path.removeprefix("/"))
        if not named:
            return False
        with self._store.read() as conn:
            return is_withdrawn(conn, column=named[1], slug=named[2])

    def _answer_with(self, document: Document, scope: Scope) -> Response | None:
        """None where the file has just been replaced."""
        headers, asked = Headers(scope=scope), conditions_of(scope["headers"])
        judged = judge(asked, tag=document.tag, modified=document.modified)
        if judged.verdict is Verdict.REFUSED:
            return PlainTextResponse(OTHER_VERSION, status_code=412)
        coding = self._coding(document, headers)
        if judged.verdict is Verdict.UNCHANGED:
            return self._not_modified(document, judged, coding)
        if document.kind.is_followed and scope["method"] == "GET" and not asked.asks_for_news:
            wait = self._seconds_to_wait(document, headers, scope)
            if wait:
                told = {"Retry-After": str(wait), "Cache-Control": "no-store"}
                return PlainTextResponse(SLOW_DOWN, status_code=429, headers=told)
        copy = self._documents.open(document, coding)
        if copy is None:
            return None
        if asked.none_match and document.kind.is_feed and accepts_delta(headers.get("a-im", "")):
            response = self._delta(document, copy, asked)
            if response is not None:
                return response
        return whole(document, copy, self._site, as_page=headers.get("sec-fetch-dest") == "document")

    def _coding(self, document: Document, headers: Headers) -> str:
        accepted = ", ".join(headers.getlist("accept-encoding"))
        return best_coding(accepted, self._documents.copies(document)) if accepted else PLAIN

    def _not_modified(self, document: Document, judged: Judgement, coding: str) -> Response:
        response = Response(status_code=304)
        # The tag that the client named is that of the copy it keeps (RFC 9111 §4.3.4).
        tag = judged.tag or document.tag + suffix_of(coding)
        response.raw_headers = not_modified(raw_facts_of(document, self._site), tag)
        return response

    def _seconds_to_wait(self, document: Document, headers: Headers, scope: Scope) -> int:
        peer = scope["client"][0] if scope.get("client") else ""
        address = client_address(peer, ", ".join(headers.getlist("x-forwarded-for")), self._proxies)
        agent = headers.get("user-agent", "")
        return self._hammering.seconds_to_wait(address, agent, document.name, now=self._clock())

    def _delta(self, document: Document, copy: Copy, asked: Conditions) -> Response | None:
        """None where there is none, or where it would not be smaller than the whole as this client gets it."""

        def read() -> bytes | None:
            plain = self._documents.open(document, PLAIN, most=LARGEST_DELTA_FROM_BYTES)
            return plain.content if plain else None

        delta = self._deltas.find(document.name, document.tag, named=tags_in(asked.none_match), read=read)
        if delta is None or len(delta.content) >= copy.status.st_size:
            return None
        return news(document, delta, self._site)


def _with_sensible_range(scope: Scope, response: FileResponse) -> Scope:
    """A Range that is none, or that is asked of a text, is not there (RFC 9110 §14.2)."""
    asked = Headers(scope=scope).get("range")
    if asked is None or ("vary" not in response.headers and _RANGE.fullmatch(asked)):
        return scope
    return dict(scope) | {"headers": [(name, value) for name, value in scope["headers"] if name != b"range"]}
