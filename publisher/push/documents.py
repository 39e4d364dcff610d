"""What subscribers of our hub are sent: of a feed what changed since they were told last.

WebSub §7 lets a hub leave out entries that were delivered before, of Atom and RSS; a JSON
Feed is always sent whole. Where we no longer know what somebody was told, or nothing was
told yet, the whole document is sent, too.

A document is read once for all whose rows were read together (`refresh`), and a delta made
once for all who are told the same: subscribers come in the order of what they want.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from publisher.feed.deltas import delta
from publisher.feed.site import Format
from publisher.model.entitytag import tag_of
from publisher.store import feedversions
from publisher.store.database import Store

Read = Callable[[str], bytes | None]
"""The published file of that name; None where there is none."""

K = TypeVar("K")
V = TypeVar("V")

KEPT = 8  # documents, and deltas, in memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """What is sent, and the version that whoever gets it has then."""

    tag: str
    body: bytes


class Documents:
    """The feeds as they are now; may be used by many threads at once."""

    def __init__(self, store: Store, read: Read) -> None:
        self._store = store
        self._read = read
        self._lock = threading.Lock()
        self._whole: OrderedDict[str, Payload] = OrderedDict()
        self._deltas: OrderedDict[tuple[str, str, str], Payload] = OrderedDict()

    def refresh(self) -> None:
        """What is told from now on is read from now on: no older than any change that was announced by now."""
        with self._lock:
            self._whole.clear()

    def payload(self, path: str, *, since: str) -> Payload | None:
        """What is to be sent to who was told the version `since` ("": nothing yet); None where there is no feed."""
        with self._lock:  # while one makes it, the others wait for just that
            whole = self._document(path)
            if whole is None or not since or since == whole.tag or path.endswith(Format.JSON):
                return whole
            key = (path, since, whole.tag)
            if key not in self._deltas:
                _keep(self._deltas, key, self._delta(path, since, whole))
            return self._deltas[key]

    def _document(self, path: str) -> Payload | None:
        if path not in self._whole:
            content = self._read(path)
            if content is None:
                return None
            _keep(self._whole, path, Payload(tag=tag_of(content), body=content))
        return self._whole[path]

    def _delta(self, path: str, since: str, whole: Payload) -> Payload:
        with self._store.read() as conn:
            known = feedversions.find(conn, path, since)
        return Payload(tag=whole.tag, body=delta(whole.body, has=known.entries)) if known else whole


def _keep(cache: OrderedDict[K, V], key: K, value: V) -> None:
    cache.pop(key, None)
    cache[key] = value
    while len(cache) > KEPT:
        cache.popitem(last=False)
