"""What kind of file a published one is: its type, how long it may be kept, whether it is a feed. Pure.

The name decides, as it does in the configurations of other servers (docs/serving.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from mimetypes import guess_type
from posixpath import basename, splitext

from publisher.model.media import FOLDER

# RFC 9111 §5.2.2, RFC 8246 §2. Pictures are named by their content; feed readers plan their visits by max-age.
KEPT_FOR_EVER = "public, max-age=31536000, immutable"
KEPT_SHORTLY = "public, max-age=300"
KEPT_LIKE_A_FEED = "public, max-age=1800"

_FEED = re.compile(r"(atom|rss|feed)\.(xml|json)")
_ARCHIVED = re.compile(r"(?:^|/)archive/[0-9]{4}-[0-9]{2}(?:-[0-9]+)?/[^/]+\Z")  # RFC 5005 §4: of a month
_XML = "application/xml; charset=utf-8"
_FEED_TYPES: Mapping[tuple[str, str], tuple[str, str]] = {  # for feed readers, for a browser that opens it as a page
    ("atom", "xml"): ("application/atom+xml; charset=utf-8", _XML),  # RFC 4287 §7
    ("rss", "xml"): ("application/rss+xml; charset=utf-8", _XML),
    ("feed", "json"): ("application/feed+json; charset=utf-8", "application/json; charset=utf-8"),
}

# By ending. The rest is left to the system's table.
_TEXTS: Mapping[str, str] = {
    ".opml": "text/x-opml; charset=utf-8",
    ".xml": _XML,
    ".json": "application/json; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
    ".js": "text/plain; charset=utf-8",  # we publish none, and what was put there runs nowhere
}
_OTHERS: Mapping[str, str] = {
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".jxl": "image/jxl",
    ".gz": "application/gzip",
    ".br": "application/octet-stream",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileKind:
    """What there is to know about a file by its name."""

    type: str
    in_browser: str  # the type where a browser opens it as a page; "": the same
    kept: str  # Cache-Control
    is_text: bool  # compressed copies may lie beside it
    is_feed: bool  # a feed document of any kind, archives among them
    is_followed: bool  # a subscription document: what feed readers come back to


def kind_of(name: str) -> FileKind:
    """`name` is the path below the published folder, like `harbour/atom.xml`."""
    matched = _FEED.fullmatch(basename(name))
    types = _FEED_TYPES.get((matched[1], matched[2])) if matched else None
    if types:
        return FileKind(
            type=types[0],
            in_browser=types[1],
            kept=KEPT_LIKE_A_FEED,
            is_text=True,
            is_feed=True,
            is_followed=not _ARCHIVED.search(name),
        )
    ending = splitext(name)[1].lower()
    text = _TEXTS.get(ending, "")
    return FileKind(
        type=text or _OTHERS.get(ending) or guess_type(name)[0] or "application/octet-stream",
        in_browser="",
        kept=KEPT_FOR_EVER if name.startswith(f"{FOLDER}/") else KEPT_SHORTLY,
        is_text=bool(text),
        is_feed=False,
        is_followed=False,
    )
