"""A WordPress site as a source, through its REST API.

The first visit takes the posts page after page, newest first. Later visits ask twice:
for what was published since the last one, and for what was changed. Both are needed: a
post that was written on Monday and scheduled for Friday was never changed on Friday.
They ask from a day before, since a site's clock may go wrong, and since in the autumn an
hour of its local time comes twice. What one visit does not come to is left to the next
(`api/walk.py`).

What a site says when it refuses is told in one sentence with what to do.
Known weakness: a post that is deleted while one visit goes from page to page moves one
other from the next page to the one before, and it is seen only when it is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

from publisher.collect.api.calls import Answer, Calls
from publisher.collect.api.values import each_at, line_at, moment_at, text_at, words_at
from publisher.collect.api.walk import Walk, left_after, left_in, walks_of_visit, written
from publisher.collect.api.wordpress import PER_PAGE, Route, page_url, post_of, routes_of
from publisher.collect.articles import never
from publisher.collect.clean import text_of
from publisher.collect.found import Found
from publisher.collect.visit import QUICKEST
from publisher.errors import SourceError
from publisher.fetch.web import Limits
from publisher.model.post import Origin

_PAST_THE_END = "rest_post_invalid_page_number"
_NO_ROUTE = "rest_no_route"
_FOLLOW_ITS_FEED = 'follow its feed instead (`kind = "feed"`)'

Raw = Mapping[str, object]


def read_wordpress(
    source: str,
    url: str,
    limits: Limits,
    *,
    now: datetime,
    since: datetime | None = None,
    walks: str = "",
    stop: Callable[[], bool] = never,
) -> Found:
    """The posts of a site, or what is new or changed since the last visit; `walks` are those it left unfinished.

    Raises SourceError.
    """
    calls = Calls(source, limits, headers={}, stop=stop)
    left = left_in(walks, url)
    begun = walks_of_visit(left, since=since, now=now, by_change=False)
    route, first = _entrance(calls, url, begun[0])
    raws: list[Raw] = []
    catalogue: list[Raw] = []
    unfinished: list[Walk] = []
    for walk in (*begun, *left.walks):
        if walk is not begun[0] and not calls.may_go_on():
            unfinished.append(walk)
            continue
        pages, rest = _go(calls, route, walk, first if walk is begun[0] else None)
        (catalogue if walk.after is None and walk.is_resumed else raws).extend(pages)
        unfinished += [rest] if rest else []
    problems: list[str] = []
    name, tagline = ("", "") if since else _site(calls, route, problems)
    home = Origin(id=url, title=name or urlsplit(url).netloc, url=url)
    return Found(
        posts=tuple(replace(post, origin=home) for raw in raws if (post := post_of(raw))),
        catalogue=tuple(replace(post, origin=home) for raw in catalogue if (post := post_of(raw))),
        column_name=name,
        column_tagline=tagline,
        problems=tuple(problems),
        asides=(calls.cut_off(route.posts),) if unfinished else (),
        again=QUICKEST if unfinished else timedelta(0),
        walks=after if (after := written(left_after(left, unfinished, now=now))) != walks else None,
    )


def _entrance(calls: Calls, url: str, walk: Walk) -> tuple[Route, Answer]:
    """The route that answers, and its first answer. Raises SourceError where none does."""
    refused: SourceError | None = None
    for route in routes_of(url):
        answer = calls.ask(_page_of(route, walk, 1))
        if not answer.is_refusal and isinstance(answer.value, list):
            return route, answer
        refused = refused or _refusal(calls, answer)
        if text_at(answer.value, "code"):  # WordPress itself has spoken
            break
    assert refused  # noqa: S101  there is at least one route
    raise refused


def _go(calls: Calls, route: Route, walk: Walk, first: Answer | None) -> tuple[list[Raw], Walk | None]:
    """The posts of the pages that the visit may still ask for, and where the next one goes on; None at the end."""
    raws: list[Raw] = []
    number, last = walk.page + 1, walk.page
    answer = first or calls.ask(_page_of(route, walk, number))
    while True:
        if answer.is_refusal or not isinstance(answer.value, list):
            if text_at(answer.value, "code") != _PAST_THE_END:
                raise _refusal(calls, answer)
            if not last:  # posts were deleted meanwhile
                return raws, None
            raws += each_at(calls.ask(_page_of(route, walk, last)).value)
            return raws, None
        page, total = each_at(answer.value), _number(answer, "x-wp-total") or 0
        raws += page
        if last and total < walk.total:  # posts were deleted since the last visit: the next ones moved up
            raws += each_at(calls.ask(_page_of(route, walk, last)).value)
        last = 0
        if _is_last(answer, number, len(page)) or _is_past(page, walk):
            return raws, None
        if not calls.may_go_on():
            return raws, replace(walk, page=number, total=total)
        number += 1
        answer = calls.ask(_page_of(route, walk, number))


def _page_of(route: Route, walk: Walk, number: int) -> str:
    """The address of a page; one of a walk that goes on does not see what came since it began."""
    asked = {"orderby": "modified" if walk.by_change else "date", "order": "desc"}
    if walk.after:
        asked["modified_after" if walk.by_change else "after"] = _moment(walk.after)
    if walk.is_resumed:
        asked["modified_before" if walk.by_change else "before"] = _moment(walk.began)
    return page_url(route.posts, number, **asked)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}Z"


def _is_last(answer: Answer, number: int, count: int) -> bool:
    """Whether no page follows. A page may hold fewer than it should and not be the last one."""
    pages = _number(answer, "x-wp-totalpages")
    return count < PER_PAGE if pages is None else number >= pages


def _number(answer: Answer, header: str) -> int | None:
    told = answer.headers.get(header, "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 10 else None


def _is_past(page: list[Raw], walk: Walk) -> bool:
    """Whether the page ends below the walk's floor; an old WordPress does not know `modified_after`."""
    oldest = moment_at(page[-1], "modified_gmt" if walk.by_change else "date_gmt") if page else None
    return bool(walk.floor and oldest and oldest < walk.floor)


def _site(calls: Calls, route: Route, problems: list[str]) -> tuple[str, str]:
    """Name and tagline of the site."""
    if not route.index:
        return "", ""
    try:
        answer = calls.ask(f"{route.index}{'&' if '?' in route.index else '?'}_fields=name,description")
    except SourceError as wrong:
        problems.append(f"{wrong.place}: the site's name could not be read: {wrong.problem}")
        return "", ""
    return words_at(answer.value, "name"), words_at(answer.value, "description")


def _refusal(calls: Calls, answer: Answer) -> SourceError:
    """What an answer that is no list of posts means, and what to do."""
    code = line_at(answer.value, "code")[:60]
    told = text_of(text_at(answer.value, "message")[:400])[:120].rstrip(".")
    if code == _NO_ROUTE:
        problem = f"this WordPress does not give its posts away ({told}); correct `url`, or {_FOLLOW_ITS_FEED}"
    elif answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        problem = (
            f"its API is closed to guests ({told or answer.status}); ask its owner to open it, or {_FOLLOW_ITS_FEED}"
        )
    elif code:
        problem = f"WordPress answers {answer.status} {code} ({told}); correct `url`"
    elif answer.is_refusal:
        problem = f"the server answers {answer.status}: there is no WordPress API here; correct `url`"
    elif answer.problem:
        problem = answer.problem
    else:
        problem = "its answer is JSON, but no list of WordPress posts; correct `url`"
    return calls.wrong(answer.url, problem)
