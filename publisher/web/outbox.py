"""The letters that the catcher kept, as pages: a list, each letter, and a way to be rid of them.

Only where letters are caught, and only for whoever sits at this machine (loopback.py): they
hold people's addresses and links that work. To all others there is no such page; the rest of
the site answers for its address. From when on the desk has somebody who may sign in, they have to.

A letter may hold anything. Its HTML is a document of its own, in a frame: no script, no form,
no plugin, pictures from our own site only, and an origin that is nobody's, both by the frame
and by the document's policy. What leads to our site leads to this server, since the site
may not be on the web yet. Everything else of a letter is text.

Deleting needs a form that was made here since the start, which no other page can know.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import datetime
from html import escape
from pathlib import Path
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Match, Route
from starlette.types import Scope

from publisher.mail.opened import Opened, open_message
from publisher.send.caught import Caught, Leaf, Outbox
from publisher.web.forms import fields_of
from publisher.web.loopback import is_from_here
from publisher.web.pages import HEADERS, PAGE_POLICY, PRIVATE, Pages, root_of

LONGEST_SEARCH = 200
FIELDS = 2  # of the form that deletes
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
_WITH_FRAMES = {"Content-Security-Policy": f"{PAGE_POLICY}; frame-src 'self'"}
_KEPT_APART = {"Cross-Origin-Resource-Policy": "same-origin"}


class OutboxPages:
    """The pages below `outbox`."""

    def __init__(
        self, pages: Pages, folder: Path, *, may_see: Callable[[Request], bool] = lambda _request: True
    ) -> None:
        self._pages = pages
        self._may_see = may_see
        self._outbox = Outbox(folder)
        self._proof = secrets.token_urlsafe(18)
        self._words = pages.speak(pages.site.language)

    def routes(self) -> list[Route]:
        return [
            _Here("/outbox", self._to_who_may(self._list)),
            _Here("/outbox/", self._to_who_may(self._list)),
            _Here("/outbox/delete", self._to_who_may(self._ask)),
            _Here("/outbox/delete", self._delete, methods=["POST"]),
            _Here("/outbox/letters/{key}", self._to_who_may(self._letter)),
            _Here("/outbox/letters/{key}/letter.html", self._to_who_may(self._frame)),
            _Here("/outbox/letters/{key}/letter.eml", self._to_who_may(self._file)),
        ]

    def _to_who_may(self, answer: Callable[[Request], Response]) -> Callable[[Request], Response]:
        """From when on somebody has an account, only to who signed in at the desk."""

        def answered(request: Request) -> Response:
            if not self._may_see(request):
                return RedirectResponse(f"{root_of(request)}/desk", status_code=303, headers=HEADERS | PRIVATE)
            return answer(request)

        return answered

    def _list(self, request: Request) -> Response:
        asked = request.query_params
        wanted = asked.get("search", "")[:LONGEST_SEARCH].strip()
        leaf = self._outbox.leaf(wanted=wanted, before=asked.get("before", ""))
        deleted = asked.get("deleted", "")
        values = {
            "search": wanted,
            "letters": [self._row(letter) for letter in leaf.letters],
            "is_first": leaf.skipped == 0,
            "newer": leaf.newer,
            "older": leaf.older,
            "deleted": int(deleted) if re.fullmatch(r"[0-9]{1,9}", deleted) else None,
            "deleted_in_words": self._words.number(int(deleted)) if re.fullmatch(r"[0-9]{1,9}", deleted) else "",
        }
        return self._page(request, "outbox.html", values | self._counts(leaf))

    def _counts(self, leaf: Leaf) -> dict[str, object]:
        number = self._words.number
        return {
            "total": leaf.total,
            "in_words": {
                "total": number(leaf.total),
                "first": number(leaf.skipped + 1),
                "last": number(leaf.skipped + leaf.looked),
            },
        }

    def _row(self, letter: Caught) -> dict[str, object]:
        there = letter.caught.astimezone(self._pages.site.zone)
        return {
            "key": quote(letter.key, safe=""),
            "subject": letter.subject,
            "recipients": letter.recipients,
            "caught": self._moment(there),
            "iso": there.isoformat(),
            "kilobytes": self._kilobytes(letter.size_bytes),
        }

    def _moment(self, there: datetime) -> str:
        return f"{self._words.short_day(there.date())} {there:%H:%M:%S}"

    def _kilobytes(self, size_bytes: int) -> str:
        return self._words.number(max(1, round(size_bytes / 1000)))

    def _letter(self, request: Request) -> Response:
        key = request.path_params["key"]
        letter, opened = self._open(key)
        newer, older = self._outbox.neighbours(key)
        values = self._row(letter) | {
            "letter": opened,
            "sender": opened.field("From"),
            "parts": [(part.name, part.media_type, self._kilobytes(part.size_bytes)) for part in opened.parts],
            "newer": newer and quote(newer, safe=""),
            "older": older and quote(older, safe=""),
        }
        response = self._page(request, "outbox_letter.html", values)
        response.headers.update(_WITH_FRAMES)
        return response

    def _frame(self, request: Request) -> Response:
        """The letter's HTML, for the frame; harmless also where somebody opens it by itself."""
        site_url = self._pages.site.url
        html = for_frame(self._open(request.path_params["key"])[1].html, site_url, root_of(request))
        site = urlsplit(site_url)
        policy = (
            f"default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data: {site.scheme}://{site.netloc}; "
            "form-action 'none'; base-uri 'none'; frame-ancestors 'self'; "
            "sandbox allow-popups allow-popups-to-escape-sandbox"
        )
        own = {"Content-Security-Policy": policy, "X-Frame-Options": "SAMEORIGIN"}
        return HTMLResponse(html, headers=HEADERS | PRIVATE | _KEPT_APART | own)

    def _file(self, request: Request) -> Response:
        path = self._outbox.file(request.path_params["key"])
        if path is None:
            raise HTTPException(404)
        return FileResponse(
            path, media_type="message/rfc822", filename="letter.eml", headers=HEADERS | PRIVATE | _KEPT_APART
        )

    def _open(self, key: str) -> tuple[Caught, Opened]:
        found = self._outbox.find(key)
        if found is None:
            raise HTTPException(404)
        return found[0], open_message(found[1])

    def _ask(self, request: Request) -> Response:
        keys = self._outbox.keys()
        values = {
            "total": len(keys),
            "total_in_words": self._words.number(len(keys)),
            "through": keys[-1] if keys else "",
            "proof": self._proof,
        }
        return self._page(request, "outbox_delete.html", values)

    async def _delete(self, request: Request) -> Response:
        if not await run_in_threadpool(self._may_see, request):
            raise HTTPException(403)
        fields = await fields_of(request, most=FIELDS)
        proof, through = (fields.get(name, [""])[0] for name in ("proof", "through"))
        if not secrets.compare_digest(proof.encode(), self._proof.encode()):
            raise HTTPException(400)
        count = await run_in_threadpool(self._outbox.delete, through)
        return RedirectResponse(f"{root_of(request)}/outbox?deleted={count}", status_code=303)

    def _page(self, request: Request, template: str, values: dict[str, object]) -> Response:
        response = self._pages.page(request, template, values)
        response.headers.update(_KEPT_APART)
        return response


class _Here(Route):
    """A route that is not there for who sits elsewhere."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http" or not is_from_here(scope):
            return Match.NONE, {}
        return super().matches(scope)


def for_frame(html: str, site_url: str, root: str) -> str:
    """A letter's HTML with its links opening elsewhere, and what leads to our site leading to this server."""
    ours = re.compile(
        rf"((?:\b(?:href|src|background)\s*=|\burl\()\s*[\"']?)(?:{re.escape(escape(site_url))})(?=[/?#\"'\s)])",
        re.IGNORECASE,
    )
    shown = ours.sub(lambda found: found[1] + root, html)
    head = _HEAD.search(shown)
    at = head.end() if head else 0
    return f'{shown[:at]}<base target="_blank">{shown[at:]}'
