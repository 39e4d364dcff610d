"""Which feeds there are, what they are called, where they lie, and in which of them a post stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from publisher.model.post import Post
from publisher.model.slug import slug_of


class FeedKind(StrEnum):
    """What the posts of a feed have in common."""

    ALL = "all"  # nothing: every post of the site
    COLUMN = "column"
    AUTHOR = "author"
    TAG = "tag"


_BELOW = {FeedKind.ALL: "", FeedKind.COLUMN: "", FeedKind.AUTHOR: "authors/", FeedKind.TAG: "tags/"}


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class FeedName:
    """One feed; as text `all`, `column/SLUG`, `author/KEY`, `tag/SLUG`."""

    kind: FeedKind
    key: str = ""  # "" of the feed of all posts

    def __str__(self) -> str:
        return f"{self.kind}/{self.key}" if self.key else str(self.kind)

    @property
    def folder(self) -> str:
        """Where it lies below the top of the site, without slashes at its ends; "" is the top."""
        return f"{_BELOW[self.kind]}{self.key}"


WHOLE = FeedName(kind=FeedKind.ALL)


def feed_named(text: str) -> FeedName:
    """The inverse of `str`."""
    kind, _, key = text.partition("/")
    return FeedName(kind=FeedKind(kind), key=key)


def feeds_of(post: Post) -> dict[FeedName, str]:
    """The feeds a post stands in; of a tag's with the tag as this post writes it, else ""."""
    feeds = {WHOLE: "", FeedName(kind=FeedKind.COLUMN, key=post.column): ""}
    feeds |= {FeedName(kind=FeedKind.AUTHOR, key=author.key): "" for author in post.authors}
    for tag in post.tags:
        if tag.strip():
            feeds.setdefault(FeedName(kind=FeedKind.TAG, key=slug_of(tag)), tag)
    return feeds
