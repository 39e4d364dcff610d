"""Web addresses: joined to where they stand, and such as are safe to follow."""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin

_WEB = re.compile(r"https?://[^\s/?#]", re.IGNORECASE)
_NOT_IN_IRI = re.compile(r'[\s<>"{}|\\^`]')  # RFC 3987 §2.2 has none of them


def web_address(url: str) -> str:
    """The address with what no IRI may hold percent-encoded.

    "" where it is not http(s): `javascript:`, `data:`, a bare word.
    """
    text = url.strip()
    return _NOT_IN_IRI.sub(lambda found: quote(found[0]), text) if _WEB.match(text) else ""


def joined(base_url: str, url: str) -> str:
    """`url` resolved against `base_url`; "" where it cannot be read as an address (`http://[`)."""
    try:
        return urljoin(base_url, url)
    except ValueError:
        return ""
