"""The published tree, served as it lies on disk.

Any web server or bucket may do the same; this one is for `publisher serve`. Starlette's
static files do the work: no way out of the folder, ETag and Last-Modified, ranges. Added
here: the right types, how long things may be kept, and that hidden and half-written
files are not there.

A feed opened in a browser is shown by its stylesheet only if it comes as plain XML; feed
readers get the registered type.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from mimetypes import guess_type
from pathlib import Path, PurePath

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

from publisher.model.media import FOLDER

# By file name, then by ending. The rest is left to the system's table.
TYPES: Mapping[str, str] = {
    "atom.xml": "application/atom+xml; charset=utf-8",  # RFC 4287 §7
    "rss.xml": "application/rss+xml; charset=utf-8",
    "feed.json": "application/feed+json; charset=utf-8",
    ".opml": "text/x-opml; charset=utf-8",
    ".xml": "application/xml; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
    ".js": "text/plain; charset=utf-8",  # we publish none, and what was put there runs nowhere
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".jxl": "image/jxl",
}
FEEDS = ("atom.xml", "rss.xml")
IN_A_BROWSER = "application/xml; charset=utf-8"

# RFC 9111 §5.2.2, RFC 8246 §2. Pictures are named by their content; feed readers plan their visits by max-age.
KEPT_FOR_EVER = "public, max-age=31536000, immutable"
KEPT_SHORTLY = "public, max-age=300"
KEPT_LIKE_A_FEED = "public, max-age=1800"

PathLike = str | os.PathLike[str]


class PublishedTree(StaticFiles):
    """The folder `feeds/` of a site; it may come into being later."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, html=True, check_dir=False)

    async def check_config(self) -> None:
        """Nothing to check: until the first publishing there is no folder, and every page is missing."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if any(part.startswith(".") for part in PurePath(path).parts):
            raise HTTPException(404)
        # With a slash at its end it is a folder, never a file: links in it would lead astray.
        wanted = f"{path}/index.html" if scope["path"].endswith("/") else path
        try:
            response = await super().get_response(wanted, scope)
        except HTTPException as wrong:
            # A file that we may not read is a mistake of ours; it is not for the reader to log in.
            raise (HTTPException(404) if wrong.status_code == 401 else wrong) from None
        if isinstance(response, RedirectResponse):
            # By path alone: the host that a client names is not to be trusted.
            return RedirectResponse(_last_part(scope) + "/", status_code=301)
        return response

    def file_response(
        self, full_path: PathLike, stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        path, asked = Path(full_path), Headers(scope=scope)
        headers = {"Cache-Control": _how_long(path, Path(self.directory or "")), "Vary": "Sec-Fetch-Dest"}
        if path.name not in FEEDS:
            del headers["Vary"]
        response = FileResponse(
            path,
            status_code=status_code,
            media_type=_type_of(path, asked),
            stat_result=stat_result,
            headers=headers,
        )
        if self.is_not_modified(response.headers, asked):
            unchanged = NotModifiedResponse(response.headers)
            unchanged.headers["Last-Modified"] = response.headers["Last-Modified"]
            return unchanged
        return response


def _type_of(path: Path, asked: Headers) -> str:
    if path.name in FEEDS and asked.get("sec-fetch-dest") == "document":
        return IN_A_BROWSER
    known = TYPES.get(path.name) or TYPES.get(path.suffix.lower())
    return known or guess_type(path.name)[0] or "application/octet-stream"


def _how_long(path: Path, folder: Path) -> str:
    if path.parent == folder.resolve() / FOLDER:
        return KEPT_FOR_EVER
    return KEPT_LIKE_A_FEED if path.name in FEEDS else KEPT_SHORTLY


def _last_part(scope: Scope) -> str:
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return "./" + raw.partition(b"?")[0].rpartition(b"/")[2].decode("ascii", "replace")
