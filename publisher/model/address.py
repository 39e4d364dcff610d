"""Web addresses that are safe to follow."""

from __future__ import annotations

import re
from urllib.parse import quote

_WEB = re.compile(r"https?://[^\s/?#]", re.IGNORECASE)
_NOT_IN_IRI = re.compile(r'[\s<>"{}|\\^`]')  # RFC 3987 §2.2 has none of them


def web_address(url: str) -> str:
    """The address with what no IRI may hold percent-encoded.

    "" where it is not http(s): `javascript:`, `data:`, a bare word.
    """
    text = url.strip()
    return _NOT_IN_IRI.sub(lambda found: quote(found[0]), text) if _WEB.match(text) else ""
