"""Documents put together from entries that were written before.

A post stands in the feeds of all, of its column, its authors and its tags, and in an
archive document of each: the same bytes every time, which are made once.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from dataclasses import replace

from publisher.feed.channel import Channel
from publisher.feed.cut import cut
from publisher.feed.entry import Entry

# An entry, and whether it says its language: it does where the feed has another.
Written = MutableMapping[tuple[Entry, bool], bytes]


def spliced(channel: Channel, write: Callable[[Channel], bytes], written: Written) -> bytes:
    """The document of a channel; of its entries those alone are written that `written` does not hold yet.

    `written` belongs to one format; who hands it in says how much it keeps.
    """
    keys = [(entry, entry.language != channel.language) for entry in channel.entries]
    missing = [key for key in keys if key not in written]
    pieces = cut(write(replace(channel, entries=tuple(entry for entry, _ in missing))))
    made = dict(zip(missing, pieces.entries, strict=True))
    document = pieces.with_entries(made[key] if key in made else written[key] for key in keys)
    written.update(made)
    return document
