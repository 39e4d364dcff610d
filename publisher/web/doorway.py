"""Before all else: a feed reader that has everything is told so at once.

Such requests are most of what the server of a feed gets. They go past the rest of the
application, wait for nothing but one look at the file's date, and leave no line in the
log. Every path goes the long way once: what may be served is not decided here.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from publisher.web.answers import RawHead, not_modified
from publisher.web.conditional import Verdict, conditions_of, judge
from publisher.web.documents import Document
from publisher.web.recent import Recent

PATHS = 4096  # that are remembered, some 10 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A path that was answered with a file."""

    document: Document
    facts: RawHead


class Doorway:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, known: Recent[str, Known]) -> None:
        self._app = app
        self._known = known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = self._head_if_unchanged(scope) if scope["type"] == "http" else None
        if head is None:
            await self._app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 304, "headers": head})
        await send({"type": "http.response.body", "body": b""})

    def _head_if_unchanged(self, scope: Scope) -> RawHead | None:
        known = self._known.find(scope["path"])
        if known is None or scope["method"] not in ("GET", "HEAD"):
            return None
        asked = conditions_of(scope["headers"])
        if not asked.none_match:
            return None  # by its date alone: rare, and which copy it would get is a longer question
        judged = judge(asked, tag=known.document.tag, modified=known.document.modified)
        if judged.verdict is not Verdict.UNCHANGED or not judged.tag or not known.document.is_current:
            return None
        return not_modified(known.facts, judged.tag)
