"""The address at which the hubs of other sites call: `/websub/TOKEN`.

GET asks whether we meant what we asked for; POST brings what is new. What these mean is for
`collect/websub/hearing.py`; here is only HTTP. The token is what lets somebody in, so there
is no other check before it, and an unknown one is told 404, or 410 where it brings
something: a hub may then forget us (WebSub §7).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from publisher.collect.websub.hearing import Heard, Sent, hear, is_awaited, verify
from publisher.store.database import Store
from publisher.web.pages import HEADERS, PRIVATE

RETRY_SECONDS = "600"
_LONGEST_TYPE = 200
_STATUS = {Heard.KEPT: 202, Heard.HINT: 202, Heard.UNWANTED: 410, Heard.TOO_MANY: 503}

log = logging.getLogger(__name__)


class Callback:
    """What answers below `websub/`."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def answer(self, request: Request) -> Response:
        if request.method == "GET":
            return await run_in_threadpool(self._verify, request)
        if request.method != "POST":
            raise HTTPException(405, headers={"Allow": "GET, POST"})
        token = request.path_params["token"]
        if not await run_in_threadpool(is_awaited, self._store, token):
            return _plain("nobody asked for this\n", 410)
        content = await request.body()  # the route bounds it
        return await run_in_threadpool(self._hear, request, token, content)

    def _verify(self, request: Request) -> Response:
        challenge = verify(self._store, request.path_params["token"], dict(request.query_params), now=self._clock())
        return _plain("nobody asked for this\n", 404) if challenge is None else _plain(challenge, 200)

    def _hear(self, request: Request, token: str, content: bytes) -> Response:
        sent = Sent(
            content=content,
            content_type=request.headers.get("content-type", "")[:_LONGEST_TYPE],
            signature=request.headers.get("x-hub-signature", ""),
            is_packed=request.headers.get("content-encoding", "identity").strip().lower() != "identity",
        )
        heard = hear(self._store, token, sent, now=self._clock())
        if heard is Heard.HINT:
            log.warning("a push was not signed as it must be, and was not taken")
        response = _plain(f"{heard}\n" if heard is not Heard.HINT else f"{Heard.KEPT}\n", _STATUS[heard])
        if heard is Heard.TOO_MANY:
            response.headers["Retry-After"] = RETRY_SECONDS
        return response


def _plain(text: str, status: int) -> Response:
    return PlainTextResponse(text, status_code=status, headers=HEADERS | PRIVATE)
