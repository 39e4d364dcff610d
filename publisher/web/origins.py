"""From which site a form or a script's request comes. Pure.

A browser says it in Sec-Fetch-Site (W3C Fetch Metadata) and in Origin (RFC 6454 §7). Our own pages
tell no referrer, so that Origin of their forms is `null`: what older browsers say of a stranger's
page, too. So this keeps out what can be kept out, and no more; nothing else may hang on it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

_OURS = ("same-origin", "none")


def is_from_here(headers: Mapping[str, str], *, site_url: str, origins: Collection[str]) -> bool:
    """Whether a form was sent by our own pages, or by those of `origins`; where nobody knows, it was."""
    origin = headers.get("origin", "").rstrip("/").lower()
    if origin in origins:
        return True
    told = headers.get("sec-fetch-site", "").lower()
    if told:
        return told in _OURS
    return origin in ("", "null", origin_of(site_url)) or urlsplit(origin).netloc == headers.get("host", "").lower()


def origin_of(url: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def allowed_by(headers: Mapping[str, str], *, origins: Collection[str]) -> dict[str, str]:
    """What a script of another site must be told to read the answer; it is told those of `origins` alone."""
    origin = headers.get("origin", "").lower()
    named = {"Access-Control-Allow-Origin": origin} if origin in origins else {}
    return {"Vary": "Origin", **named}
