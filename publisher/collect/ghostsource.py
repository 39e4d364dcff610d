"""A Ghost site as a source, through its Content API.

The first visit takes the posts page after page, newest first; later visits ask for what
was changed since the last one, from a day before it. Ghost changes a post when it goes
out, scheduled ones too. What one visit does not come to is left to the next (`api/walk.py`).

The key is asked for at each visit and goes into the address, as Ghost wants it; no
message holds it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from urllib.parse import urlsplit

from publisher.collect.api.calls import Answer, Calls
from publisher.collect.api.ghost import HEADERS, page_url, post_of, root_of, settings_url
from publisher.collect.api.values import at, each_at, line_at, moment_at, number_at
from publisher.collect.api.walk import Walk, left_after, left_in, walks_of_visit, written
from publisher.collect.articles import never
from publisher.collect.found import Found
from publisher.collect.visit import QUICKEST
from publisher.errors import ConfigError, SourceError
from publisher.fetch.web import Limits
from publisher.model.post import Origin

_WHERE_KEYS_ARE = "Ghost's settings show it under Integrations"

Raw = Mapping[str, object]


def read_ghost(
    source: str,
    url: str,
    limits: Limits,
    *,
    key: Callable[[], str],
    now: datetime,
    since: datetime | None = None,
    walks: str = "",
    stop: Callable[[], bool] = never,
) -> Found:
    """The public posts of a site, or those that are new or changed since the last visit; `walks` it left unfinished.

    Raises SourceError, also where `key` raises ConfigError.
    """
    try:
        secret = key()
    except ConfigError as wrong:
        raise SourceError(source=source, place=url, problem=str(wrong).partition(": ")[2] or str(wrong)) from None
    calls = Calls(source, limits, headers=HEADERS, secret=secret, stop=stop)
    pages = partial(_page_of, calls, root_of(url), secret)
    left = left_in(walks, url)
    begun = walks_of_visit(left, since=since, now=now, by_change=True)
    raws: list[Raw] = []
    catalogue: list[Raw] = []
    unfinished: list[Walk] = []
    for walk in (*begun, *left.walks):
        if walk.is_resumed and not calls.may_go_on():
            unfinished.append(walk)
            continue
        found, rest = _go(calls, pages, walk)
        (catalogue if walk.after is None and walk.is_resumed else raws).extend(found)
        unfinished += [rest] if rest else []
    problems: list[str] = []
    name, tagline = ("", "") if since else _site(calls, settings_url(root_of(url), key=secret), problems)
    home = Origin(id=url, title=name or urlsplit(url).netloc, url=url)
    return Found(
        posts=tuple(replace(post, origin=home) for raw in raws if (post := post_of(raw))),
        catalogue=tuple(replace(post, origin=home) for raw in catalogue if (post := post_of(raw))),
        column_name=name,
        column_tagline=tagline,
        problems=tuple(problems),
        asides=(calls.cut_off(root_of(url)),) if unfinished else (),
        again=QUICKEST if unfinished else timedelta(0),
        walks=after if (after := written(left_after(left, unfinished, now=now))) != walks else None,
    )


def _go(calls: Calls, page_at: Callable[[Walk, int], Answer], walk: Walk) -> tuple[list[Raw], Walk | None]:
    """The posts of the pages that the visit may still ask for, and where the next one goes on; None at the end."""
    raws: list[Raw] = []
    number, last = walk.page + 1, walk.page
    while True:
        answer = page_at(walk, number)
        page, total = each_at(answer.value, "posts"), number_at(answer.value, "meta", "pagination", "total")
        raws += page
        if last and total < walk.total:  # posts were deleted since the last visit: the next ones moved up
            raws += each_at(page_at(walk, last).value, "posts")
        last = 0
        following = number_at(answer.value, "meta", "pagination", "next")
        oldest = moment_at(page[-1], "updated_at") if page else None
        if following <= number or (walk.floor and oldest and oldest < walk.floor):
            return raws, None
        if not calls.may_go_on():
            return raws, replace(walk, page=number, total=total)
        number += 1


def _page_of(calls: Calls, root: str, secret: str, walk: Walk, number: int) -> Answer:
    """A page; one of a walk that goes on does not see what came since it began. Raises SourceError."""
    field = "updated_at" if walk.by_change else "published_at"
    narrowed = [f"{field}:>'{_moment(walk.after)}'"] if walk.after else []
    narrowed += [f"{field}:<='{_moment(walk.began)}'"] if walk.is_resumed else []
    answer = calls.ask(page_url(root, number, key=secret, order=f"{field} desc", narrowed="+".join(narrowed)))
    if answer.is_refusal or not isinstance(at(answer.value, "posts"), list):
        raise _refusal(calls, answer)
    return answer


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _site(calls: Calls, url: str, problems: list[str]) -> tuple[str, str]:
    """Name and tagline of the site."""
    try:
        answer = calls.ask(url)
    except SourceError as wrong:
        problems.append(f"{wrong.place}: the site's name could not be read: {wrong.problem}")
        return "", ""
    return line_at(answer.value, "settings", "title"), line_at(answer.value, "settings", "description")


def _refusal(calls: Calls, answer: Answer) -> SourceError:
    """What an answer that holds no posts means, and what to do."""
    told = line_at(answer.value, "errors", 0, "message")[:160].rstrip(".")
    if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        problem = f"Ghost does not take the key ({told or answer.status}); correct `key`: {_WHERE_KEYS_ARE}"
    elif told:
        problem = f"Ghost answers {answer.status} ({told}); correct `url`"
    elif answer.is_refusal:
        problem = (
            f"the server answers {answer.status}: there is no Ghost here; set `url` to the address of Ghost's admin"
        )
    elif answer.problem:
        problem = answer.problem
    else:
        problem = "its answer is JSON, but holds no posts of Ghost; correct `url`"
    return calls.wrong(answer.url, problem)
