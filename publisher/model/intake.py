"""What the collector decides about a found post: the intents that the store carries out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from publisher.model.post import Post


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What must be remembered of a stored post to decide about a new sight of it."""

    seq: int
    id: str
    slug: str
    published: datetime
    first_seen: datetime
    updated: datetime
    revision: int
    content_hash: str
    mailable: bool
    edited: tuple[str, ...] = ()  # fields that a hand changed: what its source says of them is not taken
    stands: Post | None = None  # the post as it is stored, where a hand touched it; None: no hand did


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """Store this post: a new one (`post.seq` is 0; the store gives it one), or a new revision."""

    guid: str  # its identity within its source
    alias: str = ""  # the identity without scheme and host, where it is an address
    content_hash: str  # SHA-256 over what a reader would see
    post: Post

    @property
    def is_new(self) -> bool:
        return self.post.seq == 0
