"""Looking through the archive for what is related to the posts of an issue.

Done once for all posts of an issue: each column, author and tag is asked about once, and
each earlier post is read and weighed once. A variant then takes what its own letter does
not hold. Who reads a post in one language is not led to one in another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from publisher.assemble.assembly import Assembly
from publisher.letter.related import archive_of, rank, related_stories
from publisher.model.earlier import Earlier
from publisher.model.feedname import FeedKind, FeedName, feeds_of
from publisher.model.post import Post, RelatedStory
from publisher.store import related

NEWEST = 40  # earlier posts of each column, author and tag
_AUTHORS = 2  # of a post, the first ones
_TAGS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Relations:
    """What was found for the posts of an issue."""

    ranked: Mapping[int, tuple[Earlier, ...]]  # by the post's seq, the nearest first
    most: int  # below one post
    site_url: str

    def among(self, posts: Sequence[Post], *, through_seq: int) -> dict[int, tuple[RelatedStory, ...]]:
        """What stands below each post of a letter; none of it is news that is still to come after `through_seq`."""
        return related_stories(posts, self.ranked, most=self.most, through_seq=through_seq, site_url=self.site_url)


def relate(conn: Connection, assembly: Assembly, posts: Collection[Post], *, through_seq: int) -> Relations:
    """Look through the archive up to `through_seq` for all posts of an issue."""
    most = assembly.newsletter.related
    asking = [post for post in posts if most and not post.related]
    newest = {
        feed: related.newest_of(conn, feed, through_seq=through_seq, most=NEWEST)
        for feed in sorted({feed for post in asking for feed in _kin_of(post)})
    }
    seqs = sorted({seq for found in newest.values() for seq in found})
    known = related.earlier(conn, seqs).values()
    archive = archive_of(one for one in known if one.column in assembly.columns)  # others have no page
    spoken = {seq: _language_of(one, assembly) for seq, one in archive.posts.items()}
    ranked = {
        post.seq: rank(post, archive, _speaking(_language_of(post, assembly), spoken, newest, post)) for post in asking
    }
    return Relations(ranked=ranked, most=most, site_url=assembly.site_url)


def _speaking(
    language: str, spoken: Mapping[int, str], newest: Mapping[FeedName, Sequence[int]], post: Post
) -> Iterator[int]:
    """What may be related to a post, of what can be shown in its language."""
    return (seq for feed in _kin_of(post) for seq in newest[feed] if spoken.get(seq) == language)


def _language_of(post: Post | Earlier, assembly: Assembly) -> str:
    """The language without its region: who reads `de-AT` reads `de`."""
    column = assembly.columns.get(post.column)
    return (post.language or (column.language if column else "")).lower().partition("-")[0]


def _kin_of(post: Post) -> Iterator[FeedName]:
    """The column, the authors and the tags whose other posts may be related; of many, the first."""
    feeds = list(feeds_of(post))
    yield from _some(feeds, FeedKind.COLUMN, 1)
    yield from _some(feeds, FeedKind.AUTHOR, _AUTHORS)
    yield from _some(feeds, FeedKind.TAG, _TAGS)


def _some(feeds: Iterable[FeedName], kind: FeedKind, most: int) -> list[FeedName]:
    return [feed for feed in feeds if feed.kind is kind][:most]
