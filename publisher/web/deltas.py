"""What is new in a feed for a client that names the version it has: 226 (RFC 3229).

A request with `A-IM: feed` and an If-None-Match whose version we remember is answered with
a feed document of just the entries that came or changed since. The delta is never
compressed on the way, since a client that said no more than `feed` did not say that it
undoes anything else (RFC 3229 §10.5.3): so it is sent only where it is smaller than the
whole document as this client would get it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from publisher.errors import StorageError
from publisher.feed.deltas import delta as delta_of
from publisher.store import feedversions
from publisher.store.database import Store
from publisher.web.recent import Recent

MANIPULATION = "feed"
REMEMBERED = 256  # deltas; many clients come from the same version
_LARGEST_REMEMBERED_BYTES = 64 * 1024

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """A part of a feed."""

    base: str  # tag of the version that the client has
    content: bytes


class Deltas:
    """Makes them, and keeps those that were asked for last."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._made: Recent[tuple[str, str, str], Delta] = Recent(REMEMBERED)

    def find(self, name: str, tag: str, *, named: list[str], read: Callable[[], bytes | None]) -> Delta | None:
        """From the first version among `named` that is remembered to the one that has `tag`, which `read` reads."""
        for base in named:
            key = (name, base, tag)
            delta = self._made.find(key)
            if delta is None:
                has = self._entries(name, base)
                content = read() if has is not None else None
                if has is None or content is None:
                    continue
                delta = Delta(base=base, content=delta_of(content, has=has))
                if len(delta.content) <= _LARGEST_REMEMBERED_BYTES:
                    self._made.put(key, delta)
            return delta
        return None

    def _entries(self, name: str, base: str) -> Mapping[str, str] | None:
        try:
            with self._store.read() as conn:
                version = feedversions.find(conn, name, base)
        except StorageError as wrong:
            log.warning("all of %s is sent and not just the news: %s", name, wrong)
            return None
        return version.entries if version else None


def accepts_delta(a_im: str) -> bool:
    """Whether A-IM lists `feed`, and not with a quality of 0 (RFC 3229 §10.5.3)."""
    for part in a_im.lower().split(","):
        name, _, parameter = part.partition(";")
        if name.strip() == MANIPULATION:
            return parameter.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
