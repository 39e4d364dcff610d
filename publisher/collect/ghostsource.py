"""A Ghost site as a source, through its Content API.

The first visit takes the posts page after page, newest first; later visits ask for what
was changed since the last one, from a day before it. Ghost changes a post when it goes
out, scheduled ones too.

The key is asked for at each visit and goes into the address, as Ghost wants it; no
message holds it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus

from publisher.collect.api.calls import Answer, Calls
from publisher.collect.api.ghost import HEADERS, page_url, post_of, root_of, settings_url
from publisher.collect.api.values import at, each_at, line_at, moment_at, number_at
from publisher.collect.found import Found
from publisher.errors import ConfigError, SourceError
from publisher.fetch.web import Limits

OVERLAP = timedelta(days=1)
_WHERE_KEYS_ARE = "Ghost's settings show it under Integrations"

Raw = Mapping[str, object]


def read_ghost(
    source: str,
    url: str,
    limits: Limits,
    *,
    key: Callable[[], str],
    since: datetime | None = None,
) -> Found:
    """The public posts of a site, or those that are new or changed since the last visit.

    Raises SourceError, also where `key` raises ConfigError.
    """
    try:
        secret = key()
    except ConfigError as wrong:
        raise SourceError(source=source, place=url, problem=str(wrong).partition(": ")[2] or str(wrong)) from None
    calls = Calls(source, limits, headers=HEADERS, secret=secret)
    root = root_of(url)
    problems: list[str] = []
    raws = list(_pages(calls, root, secret, problems, since=since))
    name, tagline = ("", "") if since else _site(calls, settings_url(root, key=secret), problems)
    return Found(
        posts=tuple(post for raw in raws if (post := post_of(raw))),
        column_name=name,
        column_tagline=tagline,
        problems=tuple(problems),
    )


def _pages(calls: Calls, root: str, secret: str, problems: list[str], *, since: datetime | None) -> Iterator[Raw]:
    narrowed = f"updated_at:>'{since - OVERLAP:%Y-%m-%d %H:%M:%S}'" if since else ""
    order = "updated_at desc" if since else "published_at desc"
    number = 1
    while True:
        answer = calls.ask(page_url(root, number, key=secret, order=order, narrowed=narrowed))
        if answer.is_refusal or not isinstance(at(answer.value, "posts"), list):
            raise _refusal(calls, answer)
        page = each_at(answer.value, "posts")
        yield from page
        following = number_at(answer.value, "meta", "pagination", "next")
        oldest = moment_at(page[-1], "updated_at") if page else None
        if following <= number or (since and oldest and oldest < since - OVERLAP):
            return
        if not calls.may_go_on(number):
            problems.append(calls.cut_off(answer, number))
            return
        number += 1


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
