"""Names of feeds: tag: URIs (RFC 4151), minted once and stored, never computed anew.

Not here: the ids of posts, which the collector mints.
"""

from __future__ import annotations

from urllib.parse import quote

# RFC 3986 §3.3: pchar without the percent sign; RFC 4151 §2.1 adds `/` and `?`.
_SPECIFIC = "-._~!$&'()*+,;=:@/?"


def feed_tag(tagging_entity: str, name: str) -> str:
    """`example.org,2026` and `harbour-notes` -> `tag:example.org,2026:feed/harbour-notes`.

    RFC 4151 §2.1: "tag:" taggingEntity ":" specific. A character that may not stand in
    `specific` is percent-encoded, so two names never get one tag.
    """
    return f"tag:{tagging_entity}:feed/{quote(name, safe=_SPECIFIC)}"
