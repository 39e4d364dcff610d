"""The page behind the personal links of a test letter: it was a test, and nobody was unsubscribed.

A test letter has the same links as any other, so that a mail program shows the same button
to leave; they lead here, by GET and by the one-click POST of RFC 8058. Neither changes
anything: no reader stands behind a test letter.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from publisher.tokens import Purpose, row_of
from publisher.web.pages import HEADERS, PRIVATE, Pages

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class TrialPages:
    """The pages below `test-letter/`."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def answer(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD", "POST"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD, POST"})
        made = row_of(self._pages.site.keys, Purpose.TEST, request.path_params["token"])
        if made is None:
            raise HTTPException(404)
        if request.method == "POST":
            return PlainTextResponse("This was a test letter. Nobody was unsubscribed.\n", headers=HEADERS | PRIVATE)
        site = self._pages.site
        when = (_EPOCH + timedelta(milliseconds=made)).astimezone(site.zone)
        return self._pages.page(request, "test_letter.html", {"made": f"{when:%Y-%m-%d %H:%M %Z}"})
