"""Letters as pages: what "view in browser" opens.

A letter is shown as it was sent, or with what was put right since, its slots filled for
nobody in particular. The same pages
are published as files (`publish/newsletters.py`) for sites that another server serves;
here they come from the database, so that the first reader of a letter finds its page even
before the next publishing, and with a policy that lets no script run whatever they hold.
Issues that are not released or were cancelled are not shown. Lists and feeds are published files.
"""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from publisher.letter.nobody import nobody_of, page_for_nobody
from publisher.model.issue import RELEASED
from publisher.model.subscriber import Cadence
from publisher.store import archive, issues
from publisher.store.database import Store
from publisher.web.pages import HEADERS, LETTER_POLICY, Pages

A_WHILE = "public, max-age=300"
END = ".html"  # letters of older versions lead to pages without it


class LetterPages:
    """The pages of letters below `newsletters/`."""

    def __init__(self, pages: Pages, store: Store) -> None:
        self._site = pages.site
        self._speak = pages.speak
        self._store = store

    def routes(self) -> list[Route]:
        """`newsletters/morning/daily-2026-11-22.html`, and that of a variant in a folder of that name."""
        return [route for cadence in Cadence for route in self._routes_of(cadence)]

    def _routes_of(self, cadence: Cadence) -> list[Route]:
        def show(request: Request) -> Response:
            return self._letter(cadence, **request.path_params)

        start = f"/newsletters/{{newsletter}}/{cadence}-{{slot}}"
        return [Route(start, show), Route(start + "/{variant}", show)]

    def _letter(self, cadence: Cadence, *, newsletter: str, slot: str, variant: str | None = None) -> Response:
        key = variant.removesuffix(END) if variant else None
        with self._store.read() as conn:
            issue = issues.find_by_slot(conn, newsletter, cadence, slot if variant else slot.removesuffix(END))
            if newsletter not in self._site.newsletters or issue is None or issue.state not in RELEASED:
                raise HTTPException(404)
            page = archive.find_page(conn, issue.id, key)
        if page is None:
            raise HTTPException(404)
        headers = HEADERS | {"Content-Security-Policy": LETTER_POLICY, "Cache-Control": A_WHILE}
        known = self._site.newsletters[newsletter]
        nobody = nobody_of(known, self._site.url, self._speak(known.language))
        return HTMLResponse(page_for_nobody(page, nobody), headers=headers)
