"""Whole articles for a feed that gives their beginnings alone (`text = "page"` of a source).

The page of each post that is new, or that the feed tells differently than before, is fetched
and read. The text is the page's; what the feed says besides goes first, and the page fills
its gaps. Where the feed's own text is the longer one, it stays.

laws   A post whose page does not come waits, and no letter goes out with its beginning while
       the text may come a minute later. It is asked for at later visits, at growing distance,
       `TRIES` times and no longer than `PATIENCE`; then it is taken as the feed has it (one
       that is stored keeps the text it has). One whose page comes and cannot be read is taken
       at once. What waits is kept whole (`waiting.py`): no post is lost when its feed drops it.
       What the feed said is what `mark` is made of: the page is not fetched again, nor the
       feed's beginning taken for a correction, until the feed says something else.

Known weakness: a correction that only the page has is not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from publisher.collect.articles import Articles
from publisher.collect.clean import paragraphs_of, text_of
from publisher.collect.found import FoundPost
from publisher.collect.identify import Context, Sight, content_hash_of, sight_as
from publisher.collect.page.facts import told_more
from publisher.collect.visit import QUICKEST
from publisher.collect.waiting import Waiting
from publisher.errors import SourceError
from publisher.model.post import Post

MOST = 20  # pages fetched in one visit
TRIES = 6
PATIENCE = timedelta(hours=24)
MOST_WAITING = 200  # of one source; beyond these the oldest are taken as the feed has them
_LONGEST_TEASER = 600  # characters; a longer text of a feed is no summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A post whose page is to be read."""

    sight: Sight  # of what the feed told
    told: FoundPost
    since: datetime
    tries: int = 0
    stands: FoundPost | None = None  # what is stored of it

    @property
    def link(self) -> str:
        return self.sight.post.url


@dataclass(slots=True, kw_only=True)
class Completed:
    """What a visit came to."""

    sights: list[Sight] = field(default_factory=list)  # to be stored
    waiting: list[Waiting] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def again(self) -> timedelta:
        """How soon to look again for what waits; zero: nothing does."""
        return min((QUICKEST * 2**one.tries for one in self.waiting), default=timedelta(0))


def complete(wanted: Sequence[Wanted], articles: Articles, context: Context, *, now: datetime) -> Completed:
    """Read the pages of these posts, or as many as one visit may; news first, then those never tried."""
    done = Completed()
    asked = 0
    for one in sorted(wanted, key=lambda one: (one.sight.archive, one.tries)):
        if not one.link:
            done.sights.append(_taken(one, None, context))
            continue
        if asked < MOST and articles.may_go_on():
            asked += 1
            _try(one, articles, context, done, now)
        else:
            _leave(one, context, done, now)
    return done


def _try(one: Wanted, articles: Articles, context: Context, done: Completed, now: datetime) -> None:
    try:
        page = articles.fetch(one.link)
    except SourceError as wrong:
        tried = replace(one, tries=one.tries + (articles.refusal is None))
        if _leave(tried, context, done, now):
            done.problems.append(f"{wrong}; it is asked for again at the next visit")
        else:
            done.problems.append(f"{wrong}; the post is taken as the feed has it")
        return
    try:
        article = articles.read_page(page, one.link)
    except SourceError as wrong:
        done.problems.append(f"{wrong}; the post is taken as the feed has it")
        done.sights.append(_taken(one, one.stands, context))
    else:
        done.sights.append(_taken(one, article, context))


def _leave(one: Wanted, context: Context, done: Completed, now: datetime) -> bool:
    """Let it wait, if it has not waited enough."""
    if one.tries >= TRIES or now - one.since >= PATIENCE or len(done.waiting) >= MOST_WAITING:
        done.sights.append(_taken(one, one.stands, context))
        return False
    done.waiting.append(
        Waiting(guid=one.sight.guid, told=one.told, since=one.since, tries=one.tries, archive=one.sight.archive)
    )
    return True


def as_found(post: Post) -> FoundPost:
    """What is stored of a post, as if its page had told it."""
    return FoundPost(
        url=post.url,
        title=post.title,
        summary=post.summary,
        body_html=post.body,
        authors=post.authors,
        published=post.published,
        image=post.image,
        tags=post.tags,
        related=post.related,
        language=post.language,
    )


def _taken(one: Wanted, article: FoundPost | None, context: Context) -> Sight:
    mark = content_hash_of(one.sight.post)
    post = completed(one.told, article) if article else one.told
    return replace(sight_as(one.sight, post, context), mark=mark)


def completed(told: FoundPost, article: FoundPost) -> FoundPost:
    """What the feed told, with the text of the article and whatever else the feed is silent about."""
    if len(text_of(article.body_html)) < len(text_of(told.body_html)):
        return told
    return replace(
        told,
        base_url=article.base_url or article.url,
        body_html=article.body_html,
        title=told.title or article.title,
        summary=told.summary or _teaser_of(told.body_html) or article.summary,
        authors=told_more(told.authors, article.authors) or article.authors,
        published=told.published or article.published,
        updated=told.updated or article.updated,
        image=told.image or article.image,
        tags=told.tags or article.tags,
        related=told.related or article.related,
        language=told.language or article.language,
    )


def _teaser_of(body: str) -> str:
    """The first paragraph of a short text: what a feed without summaries has in its place."""
    paragraphs = paragraphs_of(body)
    return paragraphs[0] if paragraphs and len(paragraphs[0]) <= _LONGEST_TEASER else ""
