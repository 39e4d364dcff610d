"""What is answered about a published file: the fields of 200, 226 and 304. Nothing is decided here."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import FileResponse, Response

from publisher.model.filekinds import KEPT_LIKE_A_FEED
from publisher.web.conditional import http_date
from publisher.web.deltas import MANIPULATION, Delta
from publisher.web.documents import Copy, Document, suffix_of
from publisher.web.site import Site

# A feed as a page: styles of ours, pictures from anywhere, nothing else.
FEED_POLICY = "default-src 'none'; style-src 'self'; img-src *; frame-ancestors 'none'"

RawHead = list[tuple[bytes, bytes]]


def facts_of(document: Document, site: Site) -> dict[str, str]:
    """What is said of a file in every answer about it, the tag left out."""
    kind = document.kind
    facts = {"Last-Modified": http_date(document.modified), "Cache-Control": kind.kept}
    if kind.is_text:
        facts["Vary"] = "Accept-Encoding, Sec-Fetch-Dest" if kind.in_browser else "Accept-Encoding"
    if kind.is_feed:
        # W3C WebSub §4: what hubs and their subscribers call this feed.
        hubs = [f'<{hub}>; rel="hub"' for hub in site.hubs] if kind.is_followed else []
        facts["Link"] = ", ".join([f'<{site.url}/{quote(document.name)}>; rel="self"', *hubs])
    return facts


def raw_facts_of(document: Document, site: Site) -> RawHead:
    """The same as ASGI wants them."""
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in facts_of(document, site).items()]


def not_modified(facts: RawHead, tag: str) -> RawHead:
    """The head of a 304 (RFC 9110 §15.4.5): what a 200 would have said, but for what describes its content."""
    return [*facts, (b"etag", f'"{tag}"'.encode("ascii", "replace"))]


def whole(document: Document, copy: Copy, site: Site, *, as_page: bool) -> Response:
    """All of it; `as_page`: a browser opens it by itself, and not a feed reader or another page."""
    facts = facts_of(document, site) | {"ETag": f'"{document.tag}{suffix_of(copy.coding)}"'}
    media_type = document.kind.type
    if as_page and document.kind.in_browser:
        media_type = document.kind.in_browser
        facts["Content-Security-Policy"] = FEED_POLICY
    if copy.coding:
        facts["Content-Encoding"] = copy.coding
    if copy.content is None:
        return FileResponse(copy.path, headers=facts, media_type=media_type, stat_result=copy.status)
    return Response(copy.content, headers=facts, media_type=media_type)


def news(document: Document, delta: Delta, site: Site) -> Response:
    """What came since (RFC 3229 §10.4.1); the tag is that of the whole which the client then has."""
    facts = facts_of(document, site) | {
        "ETag": f'"{document.tag}"',
        "IM": MANIPULATION,
        "Delta-Base": f'"{delta.base}"',
        # RFC 3229 §10.8.2: to be kept by those alone who know what `im` means.
        "Cache-Control": KEPT_LIKE_A_FEED.replace("public", "no-store, im"),
        "Vary": "Accept-Encoding, Sec-Fetch-Dest, A-IM, If-None-Match",
    }
    return Response(delta.content, status_code=226, headers=facts, media_type=document.kind.type)
