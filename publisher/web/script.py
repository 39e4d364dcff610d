"""The one script of our pages: it does the work that shows that a browser filled in a form, and no program."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from publisher.web.pages import HEADERS, PAGE_POLICY, Pages

WITH_SCRIPT = f"{PAGE_POLICY}; script-src 'self'"  # of pages that have it


def work_script(pages: Pages) -> Callable[[Request], Response]:
    """The answer at `subscribe.js`."""

    def answer(_request: Request) -> Response:
        content = pages.render("web/subscribe.js", {})
        kept = {"Cache-Control": "public, max-age=300"}
        return Response(content, media_type="text/javascript", headers=HEADERS | kept)

    return answer
