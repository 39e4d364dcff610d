"""A column's page as a source: its list of articles, then each article that is not known yet.

The list is that of the feed the page names, where it names one, else the page's own links
(`page/listing.py`). A known article is fetched again only a few times in its first days, to
see corrections (`secondlook.py`). Which of the others are fetched is decided by
`passedover.py`. Articles are asked for one after the other, at the pace of
`Limits.hosts`; none on another site is.

Where no article is found, the visit has failed; found so twice running, it is said that
the page has changed: an empty column is never taken for a quiet one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Protocol
from zoneinfo import ZoneInfo

from publisher.collect.articles import Articles, ReadArticle, never
from publisher.collect.feedsource import Parse, parse_feed
from publisher.collect.found import Found, FoundPost
from publisher.collect.fulltext import as_found
from publisher.collect.page.article import read_article
from publisher.collect.page.listing import Listing, address_of, is_same_site, read_listing
from publisher.collect.page.selectors import Selectors
from publisher.collect.passedover import after, choose
from publisher.collect.secondlook import is_corrected, is_due
from publisher.collect.visit import NOT_MODIFIED, Answer
from publisher.errors import Refused, SourceError
from publisher.fetch.web import Fetched, Limits, fetch
from publisher.model.post import Post

MOST_AGAIN = 5  # known ones that are looked at again in one visit
NOTHING = "no article was found"
_VALIDATORS = frozenset({"etag", "last-modified"})
_PASSING = frozenset({429, *range(500, 600)})  # what a server says of itself, and not of a page (RFC 9110 §15.6)


class ReadListing(Protocol):
    """Reads a column's page: `page.listing.read_listing`, or one that does it elsewhere. Raises ValueError."""

    def __call__(self, page: bytes, url: str, selectors: Selectors, *, content_type: str = "") -> Listing: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PageVisit:
    """One visit, and what is known before it."""

    source: str
    url: str
    limits: Limits
    zone: ZoneInfo  # dates without a zone are in it
    known: Callable[[Sequence[str]], Collection[str]]  # which of these addresses are posts of this source
    selectors: Selectors = field(default_factory=Selectors)
    parse: Parse = parse_feed
    read_article: ReadArticle = read_article
    read_listing: ReadListing = read_listing
    stop: Callable[[], bool] = never
    validators: tuple[str, str] = ("", "")  # ETag and Last-Modified of the page at the last visit
    last_problem: str = ""  # of the last visit; "" when it went well
    last_visit: datetime | None = None  # that went well
    now: datetime
    recent: Callable[[], Mapping[str, Post]] = dict  # what is stored of the last days, by address
    memory: str = ""  # of the links that are left alone, as the last visit left it
    first_visit: datetime | None = None  # None: this one

    def wrong(self, url: str, problem: str) -> SourceError:
        return SourceError(source=self.source, place=url, problem=problem)

    def articles(self) -> Articles:
        return Articles(
            source=self.source,
            limits=self.limits,
            zone=self.zone,
            selectors=self.selectors,
            read=self.read_article,
            stop=self.stop,
        )


@dataclass(slots=True)
class _Gathered:
    """What the articles came to."""

    posts: list[FoundPost] = field(default_factory=list)
    problems: list[SourceError] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)  # links to what could not be read, and perhaps never can
    pending: bool = False  # some are left for the next visit

    def is_hopeless(self, known: Collection[str]) -> bool:
        """Whether what went wrong is the page's fault and not that of one article."""
        unread = sum(not isinstance(problem, Refused) for problem in self.problems)
        return unread > 1 or (bool(self.problems) and not known)


def read_pages(visit: PageVisit) -> Found:
    """The articles that are new on a column's page. Raises SourceError."""
    conditions = zip(("If-None-Match", "If-Modified-Since"), visit.validators, strict=True)
    headers = {name: value for name, value in conditions if value}
    page = fetch(visit.source, visit.url, visit.limits, headers=headers, accepts={NOT_MODIFIED} if headers else ())
    answer = Answer(status=page.status, headers=page.headers, moved_to=page.moved_to)
    articles = visit.articles()
    if page.status == NOT_MODIFIED:
        return Found(answer=answer, posts=tuple(_corrected(visit, articles, {})))
    listing = _listing_of(visit, page)
    told, problems = _told_by_feed(visit, listing)
    links = list(told) or list(listing.links)
    if not links:
        raise _nothing(visit, "there are no links to articles on it", "links", problems)
    known = set(visit.known(links))
    chosen = choose(links, known, memory=visit.memory, url=visit.url)
    above = _gather(articles, chosen.above, told)
    below = _gather(articles, chosen.below, told)
    posts, problems_met = [*above.posts, *below.posts], [*above.problems, *below.problems]
    # What stands below a known article may be no article at all.
    judged = above if known else below
    if not posts and (articles.refusal or judged.is_hopeless(known)):
        raise articles.refusal or _nothing(visit, "none could be read", "body", judged.problems)
    pending = chosen.pending or above.pending or below.pending
    whole = not pending and not problems_met  # else a 304 would hide what is left
    kept = answer.headers if whole else {name: one for name, one in answer.headers.items() if name not in _VALIDATORS}
    late = [post for post in below.posts if _was_there(post, visit.first_visit)]
    memory = after(chosen.memory, unread=below.unread if known else ())
    return Found(
        posts=(*(post for post in posts if post not in late), *_corrected(visit, articles, told)),
        catalogue=tuple(late),
        walks=memory if memory != visit.memory else None,
        column_name=listing.column_name,
        column_tagline=listing.tagline,
        problems=tuple(str(one) for one in [*problems, *problems_met]),
        answer=replace(answer, headers=kept),
    )


def _listing_of(visit: PageVisit, page: Fetched) -> Listing:
    try:
        return visit.read_listing(page.content, page.url, visit.selectors, content_type=page.content_type)
    except ValueError as wrong:
        raise visit.wrong(page.url, str(wrong)) from wrong


def _told_by_feed(visit: PageVisit, listing: Listing) -> tuple[dict[str, FoundPost], list[SourceError]]:
    """What the page's feed tells of each article, by its address, newest first; empty where it cannot be used."""
    if not listing.feeds or visit.selectors.links:
        return {}, []
    address = listing.feeds[0]
    try:
        fetched = fetch(visit.source, address, visit.limits)
        feed = visit.parse(fetched.content, url=fetched.url, content_type=fetched.content_type)
    except SourceError as wrong:
        return {}, [wrong]
    except ValueError as wrong:
        return {}, [visit.wrong(address, str(wrong))]
    posts = ((address_of(post.url), post) for post in feed.posts if post.url)
    return {url: post for url, post in posts if is_same_site(url, visit.url)}, []


def _gather(articles: Articles, links: Sequence[str], told: dict[str, FoundPost]) -> _Gathered:
    gathered = _Gathered()
    seen: set[str] = set()
    for link in links:
        if not articles.may_go_on():
            gathered.pending = True
            break
        try:
            post = _article_at(articles, link)
        except SourceError as wrong:
            gathered.problems.append(wrong)
            if not (isinstance(wrong, Refused) and wrong.status in _PASSING):
                gathered.unread.append(link)
            continue
        if post.url not in seen:
            seen.add(post.url)
            gathered.posts.append(_filled(post, told.get(link)))
    return gathered


def _was_there(post: FoundPost, first_visit: datetime | None) -> bool:
    """Whether it says that it is older than our first visit; at that one nothing is."""
    date = post.published or post.updated
    return bool(first_visit and date and date < first_visit)


def _corrected(visit: PageVisit, articles: Articles, told: dict[str, FoundPost]) -> Iterator[FoundPost]:
    """The known articles that are due for a second look and say something else now."""
    recent = visit.recent() if articles.may_go_on() else {}
    due = (
        (link, post)
        for link, post in recent.items()
        if link.startswith("http") and is_due(post, told.get(link), last_visit=visit.last_visit, now=visit.now)
    )
    for link, post in islice(due, MOST_AGAIN):
        if not articles.may_go_on():
            return
        try:
            found = _article_at(articles, link)
        except SourceError:
            continue  # what is stored stays; a page may be away for a while, or for good
        if is_corrected(found, post):
            yield _filled(found, as_found(post))


def _article_at(articles: Articles, link: str) -> FoundPost:
    page = articles.fetch(link)
    if not is_same_site(page.url, link):
        raise articles.wrong(link, f"it leads to another site ({page.url}), which is not followed")
    return replace(articles.read_page(page, link), guid=link)


def _filled(post: FoundPost, told: FoundPost | None) -> FoundPost:
    """The article, with what the feed says where its page says nothing."""
    if told is None:
        return post
    return replace(
        post,
        summary=post.summary or told.summary,
        authors=post.authors or told.authors,
        published=post.published or told.published,
        updated=post.updated or told.updated,
        image=post.image or told.image,
        tags=post.tags or told.tags,
        language=post.language or told.language,
    )


def _nothing(visit: PageVisit, why: str, key: str, problems: Sequence[SourceError]) -> SourceError:
    first = f" ({problems[0].place}: {problems[0].problem})" if problems else ""
    if NOTHING in visit.last_problem:
        cure = f"this is not the first time: its layout has changed; set `select.{key}` to where it is now"
    else:
        cure = f"if it is so again, its layout has changed; `select.{key}` says where it is"
    return visit.wrong(visit.url, f"{NOTHING}: {why}{first}; {cure}")
