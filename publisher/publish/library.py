"""Posts and their entries for one run, each read and made once as long as memory lasts.

A new post stands in the feeds of its column, its authors, its tags, and in that of all;
its entry is the same in each.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection

from publisher.feed.channel import Tombstone
from publisher.feed.entry import Entry, Followed, address_of, entry_of
from publisher.feed.site import Format, Site
from publisher.feed.splice import Written
from publisher.model.column import Column
from publisher.model.post import Post
from publisher.store import posts, threads
from publisher.wording.wording import Speak

_KEPT_BYTES = 128 * 2**20  # of posts with their entries, as far as it can be told
_EACH_BYTES = 4096  # of a post beside its text
_WRITTEN_BYTES = 32 * 2**20  # of entries in each format


class Library:
    """The posts of the columns that are published."""

    def __init__(self, conn: Connection, columns: Mapping[str, Column], site: Site, speak: Speak) -> None:
        self.columns = columns
        self._conn = conn
        self.site = site
        self._speak = speak
        self._posts: OrderedDict[int, Post] = OrderedDict()
        self._entries: dict[int, Entry] = {}
        self._bytes = 0
        self._has_threads = threads.are_there(conn)
        self.written = {kind: Written(most_bytes=_WRITTEN_BYTES) for kind in (Format.ATOM, Format.RSS)}

    def posts(self, seqs: Sequence[int]) -> list[Post]:
        """In the order asked for; those that were withdrawn, or whose column is gone, are left out."""
        return [post for post in self._read(seqs) if post.withdrawn is None]

    def entries(self, seqs: Sequence[int]) -> list[Entry]:
        """The same as entries."""
        return [self._entry(post) for post in self.posts(seqs)]

    def tombstones(self, seqs: Sequence[int]) -> list[Tombstone]:
        """Of those that were withdrawn (RFC 6721)."""
        gone = ((post, post.withdrawn) for post in self._read(seqs))
        return [Tombstone(ref=post.id, when=when, comment=post.note) for post, when in gone if when]

    def before(self, post: Post) -> Post | None:
        """The post that this one follows up, where we have it."""
        seq = threads.find_named(self._conn, post.source, post.follows) if post.follows else None
        found = self.posts([seq]) if seq is not None and seq != post.seq else []
        return found[0] if found else None

    def after(self, post: Post) -> list[Post]:
        """The posts that follow this one up, oldest first."""
        found = threads.following(self._conn, post.seq) if self._has_threads else []
        return self.posts([seq for seq in found if seq != post.seq])

    def _entry(self, post: Post) -> Entry:
        known = self._entries.get(post.seq)
        if known is None:
            before = self.before(post)
            follows = Followed(id=before.id, link=address_of(before, self.site.url)) if before else None
            known = entry_of(post, self.columns[post.column], self.site, follows=follows, speak=self._speak)
            self._entries[post.seq] = known
        return known

    def _read(self, seqs: Sequence[int]) -> Iterator[Post]:
        for seq in seqs:
            if seq in self._posts:
                self._posts.move_to_end(seq)
        wanted = [seq for seq in seqs if seq not in self._posts]
        if wanted:
            found = posts.with_seqs(self._conn, wanted)
            kept = {seq: post for seq, post in found.items() if post.column in self.columns}
            self._posts.update(kept)
            self._bytes += sum(map(_bytes_of, kept.values()))
        some = [self._posts[seq] for seq in seqs if seq in self._posts]
        while self._bytes > _KEPT_BYTES and self._posts:
            seq, post = self._posts.popitem(last=False)
            self._entries.pop(seq, None)
            self._bytes -= _bytes_of(post)
        yield from some


def _bytes_of(post: Post) -> int:
    """What it weighs; its text stands in its entry once more."""
    return _EACH_BYTES + 2 * len(post.body)
