"""Documents put together from entries that were written before.

A post stands in the feeds of all, of its column, its authors and its tags, and in an
archive document of each: the same bytes every time, which need not be made every time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

from publisher.feed.channel import Channel
from publisher.feed.cut import cut
from publisher.feed.entry import Entry

# An entry, and whether it says its language: it does where the feed has another.
_Key = tuple[Entry, bool]


class Written:
    """Entries of one format as bytes, those that were used last; held by whoever writes many documents."""

    def __init__(self, *, most_bytes: int) -> None:
        self._most = most_bytes
        self._held = 0
        self._entries: OrderedDict[_Key, bytes] = OrderedDict()

    def find(self, key: _Key) -> bytes | None:
        found = self._entries.get(key)
        if found is not None:
            self._entries.move_to_end(key)
        return found

    def keep(self, key: _Key, content: bytes) -> None:
        self._entries[key] = content
        self._held += len(content)
        while self._held > self._most:
            self._held -= len(self._entries.popitem(last=False)[1])


def spliced(channel: Channel, write: Callable[[Channel], bytes], written: Written) -> bytes:
    """The document of a channel; of its entries those alone are made that `written` does not hold."""
    keys = [(entry, entry.language != channel.language) for entry in channel.entries]
    made = {key: found for key in keys if (found := written.find(key)) is not None}
    missing = [key for key in keys if key not in made]
    pieces = cut(write(replace(channel, entries=tuple(entry for entry, _ in missing))))
    for key, content in zip(missing, pieces.entries, strict=True):
        made[key] = content
        written.keep(key, content)
    return pieces.with_entries(made[key] for key in keys)
