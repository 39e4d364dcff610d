"""Related stories: which posts of our archive stand below a post as "more", and which of a page's own.

What a post's page named goes first: a post with such stories keeps just these. For any
other the archive is looked through, and each earlier post is weighed by what it has in
common with this one: rare words of title and summary, rare tags, the author, the column,
and how near it is in time. How rare a word or a tag is, is counted among the posts that
were looked at, so that the small words of any language weigh nothing, and no list of
them is needed.

In one letter no story stands twice, and none that the letter holds anyway, nor one that
is still to come to the reader as news.

Not here: where the archive is looked through (assemble/relating). Known weakness: words
are compared as they are written, not by their stems; in scripts that part no words by
blanks, pairs of letters stand for them.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from publisher.model.earlier import Earlier
from publisher.model.media import resolve_url
from publisher.model.post import Post, RelatedStory, link_of, page_of
from publisher.model.slug import slug_of

_WORD = re.compile(r"[^\W_]{3,}")
# Han, kana, Thai, Lao, Burmese, Khmer: no blanks between words.
_UNPARTED = re.compile("[\u3400-\u9fff\u3041-\u30ff\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff]{2,}")
_COMMON = 5  # what one in so many posts has tells nothing
_FEW = 10  # of fewer posts nobody can tell what is common

_SAME_WORDS = 4.0
_SAME_TAGS = 2.0
_SAME_FIRST_AUTHOR = 1.0
_SAME_AUTHOR = 0.75
_SAME_COLUMN = 0.5
_NEAR_IN_TIME = 0.5
_HALF_AS_NEAR = timedelta(days=90)
_WORDS_OF_TITLE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What of a post is compared."""

    words: frozenset[str]
    tags: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """The earlier posts that were looked at, with what is rare among them."""

    posts: Mapping[int, Earlier]  # by seq
    traits: Mapping[int, Traits]
    words: Mapping[str, float]  # how much each tells; one that is not there tells `unheard`
    tags: Mapping[str, float]
    unheard: float


def archive_of(posts: Iterable[Earlier]) -> Archive:
    """The posts that can be shown: those that have any words to show."""
    kept = {post.seq: post for post in posts if post.title.strip() or post.summary.strip()}
    traits = {seq: _traits_of(post) for seq, post in kept.items()}
    return Archive(
        posts=kept,
        traits=traits,
        words=_weights(Counter(word for one in traits.values() for word in one.words), len(kept)),
        tags=_weights(Counter(tag for one in traits.values() for tag in one.tags), len(kept)),
        unheard=math.log(len(kept) + 1),
    )


def _traits_of(post: Post | Earlier) -> Traits:
    return Traits(
        words=frozenset(_words_in(f"{post.title} {post.summary}")),
        tags=frozenset(slug_of(tag) for tag in post.tags if tag.strip()),
    )


def _words_in(text: str) -> Iterator[str]:
    plain = unicodedata.normalize("NFKC", text).casefold()
    for run in _UNPARTED.findall(plain):
        yield from (run[at : at + 2] for at in range(len(run) - 1))
    yield from _WORD.findall(_UNPARTED.sub(" ", plain))


def _weights(counted: Counter[str], posts: int) -> dict[str, float]:
    too_many = posts / _COMMON if posts >= _FEW else posts
    return {one: 0.0 if count > too_many else math.log((posts + 1) / count) for one, count in counted.items()}


def rank(post: Post, archive: Archive, seqs: Iterable[int]) -> tuple[Earlier, ...]:
    """Those of the archive's posts that are named, the nearest first; of equals the newest."""
    traits = _traits_of(post)
    weighed = [
        (_nearness(post, traits, archive, archive.posts[seq]), archive.posts[seq].published, seq)
        for seq in set(seqs)
        if seq != post.seq and seq in archive.posts
    ]
    return tuple(archive.posts[seq] for _, _, seq in sorted(weighed, reverse=True))


def _nearness(post: Post, traits: Traits, archive: Archive, other: Earlier) -> float:
    its = archive.traits[other.seq]
    apart = abs(post.published - other.published) / _HALF_AS_NEAR
    return (
        _SAME_WORDS * _shared(traits.words, its.words, archive.words, archive.unheard)
        + _SAME_TAGS * _shared(traits.tags, its.tags, archive.tags, archive.unheard)
        + _same_author(post, other)
        + _SAME_COLUMN * (post.column == other.column)
        + _NEAR_IN_TIME / (1 + apart)
    )


def _shared(ours: frozenset[str], its: frozenset[str], weights: Mapping[str, float], unheard: float) -> float:
    """From 0 (nothing in common) to 1 (the same): the cosine between both, by weight."""

    def squares(some: Iterable[str]) -> float:
        # Summed exactly: the order of a set differs from run to run, and the last digit with it.
        return math.fsum(weights.get(one, unheard) ** 2 for one in some)

    both = squares(ours & its)
    return both / math.sqrt(squares(ours) * squares(its)) if both else 0.0


def _same_author(post: Post, other: Earlier) -> float:
    keys = [author.key for author in post.authors]
    if not set(keys) & set(other.authors):
        return 0.0
    return _SAME_FIRST_AUTHOR if keys[0] == other.authors[0] else _SAME_AUTHOR


def related_stories(
    posts: Sequence[Post], ranked: Mapping[int, Sequence[Earlier]], *, most: int, through_seq: int, site_url: str
) -> dict[int, tuple[RelatedStory, ...]]:
    """What stands below each post of a letter, by its seq; `ranked` is what was found for it, the nearest first.

    Below a post that was withdrawn, of which a page tells only that, stands nothing.
    """
    held = {_bare(link) for post in posts for link in (link_of(post, site_url), page_of(post, site_url))}
    named = {post.seq: _named(post, held) for post in posts}
    told = held | {_bare(story.url) for stories in named.values() for story in stories if story.url}
    below: dict[int, tuple[RelatedStory, ...]] = {}
    for post in posts:
        below[post.seq] = named[post.seq]
        if post.related or post.withdrawn:
            continue
        fresh = (one for one in ranked.get(post.seq, ()) if one.seq <= through_seq)
        below[post.seq] = tuple(_untold(fresh, told, most=most, site_url=site_url))
    return below


def _named(post: Post, held: set[str]) -> tuple[RelatedStory, ...]:
    """What a post's page named, without what the letter holds."""
    return () if post.withdrawn else tuple(story for story in post.related if _bare(story.url) not in held)


def _untold(candidates: Iterable[Earlier], told: set[str], *, most: int, site_url: str) -> Iterator[RelatedStory]:
    """The first of them that the letter does not name yet; from then on it does."""
    left = most
    for one in candidates:
        if not left:
            return
        links = {_bare(link_of(one, site_url)), _bare(page_of(one, site_url))}
        if not links & told:
            told |= links
            left -= 1
            yield _story_of(one, site_url)


def _bare(url: str) -> str:
    """An address without what does not make it another one."""
    return re.sub(r"\A[a-z]+://(www\.)?", "", url.partition("#")[0]).rstrip("/")


def _story_of(earlier: Earlier, site_url: str) -> RelatedStory:
    image = earlier.image and replace(earlier.image, url=resolve_url(earlier.image.url, site_url))
    link = link_of(earlier, site_url)
    if earlier.title.strip():
        return RelatedStory(title=earlier.title, summary=earlier.summary, url=link, image=image)
    words = earlier.summary.split()
    start = " ".join(words[:_WORDS_OF_TITLE])
    return RelatedStory(title=f"{start} …" if len(words) > _WORDS_OF_TITLE else start, url=link, image=image)
