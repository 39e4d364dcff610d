"""A WordPress site as a source, through its REST API.

The first visit takes the posts page after page, newest first. Later visits ask twice:
for what was published since the last one, and for what was changed. Both are needed: a
post that was written on Monday and scheduled for Friday was never changed on Friday.
They ask from a day before, since a site's clock may go wrong, and since in the autumn an
hour of its local time comes twice.

What a site says when it refuses is told in one sentence with what to do.
Known weakness: a post that is deleted while the first visit goes from page to page moves
one other from the next page to the one before, and it is seen only when it is changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus

from publisher.collect.api.calls import Answer, Calls
from publisher.collect.api.values import each_at, line_at, moment_at, text_at, words_at
from publisher.collect.api.wordpress import PER_PAGE, Route, page_url, post_of, routes_of
from publisher.collect.clean import text_of
from publisher.collect.found import Found
from publisher.errors import SourceError
from publisher.fetch.web import Limits

OVERLAP = timedelta(days=1)
_PAST_THE_END = "rest_post_invalid_page_number"
_NO_ROUTE = "rest_no_route"
_FOLLOW_ITS_FEED = 'follow its feed instead (`kind = "feed"`)'

Raw = Mapping[str, object]


def read_wordpress(source: str, url: str, limits: Limits, *, since: datetime | None = None) -> Found:
    """The posts of a site; all but those of long ago, or what is new or changed since the last visit.

    Raises SourceError.
    """
    calls = Calls(source, limits, headers={})
    route, first = _entrance(calls, url, since)
    problems: list[str] = []
    raws = list(_pages(calls, route, problems, first=first, since=since))
    if since:
        raws += _pages(calls, route, problems, first=None, since=since)
    name, tagline = ("", "") if since else _site(calls, route, problems)
    return Found(
        posts=tuple(post for raw in raws if (post := post_of(raw))),
        column_name=name,
        column_tagline=tagline,
        problems=tuple(problems),
    )


def _entrance(calls: Calls, url: str, since: datetime | None) -> tuple[Route, Answer]:
    """The route that answers, and its first answer. Raises SourceError where none does."""
    refused: SourceError | None = None
    for route in routes_of(url):
        answer = calls.ask(page_url(route.posts, 1, **_published(since)))
        if not answer.is_refusal and isinstance(answer.value, list):
            return route, answer
        refused = refused or _refusal(calls, answer)
        if text_at(answer.value, "code"):  # WordPress itself has spoken
            break
    assert refused  # noqa: S101  there is at least one route
    raise refused


def _pages(
    calls: Calls, route: Route, problems: list[str], *, first: Answer | None, since: datetime | None
) -> Iterator[Raw]:
    """The posts of all pages that are wanted; by date of publication with `first`, else by date of change."""
    asked = _published(since) if first else _changed(since)
    date = "date_gmt" if first else "modified_gmt"
    number, answer = 1, first or calls.ask(page_url(route.posts, 1, **asked))
    while True:
        if answer.is_refusal or not isinstance(answer.value, list):
            if text_at(answer.value, "code") == _PAST_THE_END:  # posts were deleted meanwhile
                return
            raise _refusal(calls, answer)
        page = each_at(answer.value)
        yield from page
        if _is_last(answer, number, len(page)) or _is_past(page, date, since):
            return
        if not calls.may_go_on(number):
            problems.append(calls.cut_off(answer, number))
            return
        number += 1
        answer = calls.ask(page_url(route.posts, number, **asked))


def _published(since: datetime | None) -> dict[str, str]:
    return {"orderby": "date", "order": "desc"} | ({"after": _moment(since)} if since else {})


def _changed(since: datetime | None) -> dict[str, str]:
    return {"orderby": "modified", "order": "desc"} | ({"modified_after": _moment(since)} if since else {})


def _moment(since: datetime) -> str:
    return f"{since - OVERLAP:%Y-%m-%dT%H:%M:%S}Z"


def _is_last(answer: Answer, number: int, count: int) -> bool:
    """Whether no page follows. A page may hold fewer than it should and not be the last one."""
    told = answer.headers.get("x-wp-totalpages", "")
    if told.isascii() and told.isdigit() and len(told) < 10:
        return number >= int(told)
    return count < PER_PAGE


def _is_past(page: list[Raw], date: str, since: datetime | None) -> bool:
    """Whether the page ends before `since`: an old WordPress does not know `modified_after`."""
    oldest = moment_at(page[-1], date) if page else None
    return bool(since and oldest and oldest < since - OVERLAP)


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
