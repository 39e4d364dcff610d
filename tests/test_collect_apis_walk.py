"""A site with more posts than one visit takes: all come in the end, once, whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.collect.api.calls import MOST_PAGES
from publisher.collect.api.walk import Left, Walk, left_in, written
from publisher.collect.collector import Desk, collect_source
from publisher.store import posts, sources
from publisher.store.database import Store
from tests.api_sites import Asked, api_site, ghost, wordpress
from tests.test_collect_apis import a_source, desk, store
from tests.test_collect_ghost import a_post as a_ghost_post
from tests.test_collect_wordpress import a_post as a_wordpress_post
from tests.web_stand import Answer

__all__ = ["desk", "store"]  # fixtures

KINDS = ("wordpress", "ghost")
MINUTE = timedelta(minutes=1)


def small_pages(answer: Callable[[Asked], Answer]) -> Callable[[Asked], Answer]:
    """The same site with two posts a page, so that a few posts are many pages."""
    return lambda asked: answer(replace(asked, query=asked.query | {"per_page": "2", "limit": "2"}))


def a_site(kind: str, held: list[dict[str, Any]]) -> Callable[[Asked], Answer]:
    return small_pages(wordpress(held) if kind == "wordpress" else ghost(held))


def a_raw(kind: str, number: int, at: datetime) -> dict[str, Any]:
    return a_wordpress_post(number, published=at) if kind == "wordpress" else a_ghost_post(number, updated=at)


def catalogue(kind: str, count: int, now: datetime) -> list[dict[str, Any]]:
    return [a_raw(kind, number, now - timedelta(days=30, minutes=number)) for number in range(count)]


def mailable(store: Store) -> dict[str, bool]:
    with store.read() as conn:
        return {post.title: post.mailable for post in posts.newest(conn, columns=["locks"], limit=500)}


@pytest.mark.parametrize("kind", KINDS)
def test_a_large_site_is_read_over_several_visits_and_none_is_lost_or_mailed(
    kind: str, store: Store, desk: Desk, now: datetime
) -> None:
    held = catalogue(kind, 2 * MOST_PAGES * 2 + 5, now)
    with api_site(a_site(kind, held)) as site:
        source = a_source(kind, site.url)
        for visit in range(4):
            site.asked.clear()
            report = collect_source(store, source, desk, now=now + visit * 10 * MINUTE)
            assert not report.failed
            assert len(site.asked) <= MOST_PAGES + 2
            if visit == 0:
                assert "goes on from there" in report.problems[0]
                held.append(a_raw(kind, 900, now + 5 * MINUTE))  # comes while we are at it
                with store.read() as conn:
                    assert sources.get_state(conn, "brine").next_visit == now + 5 * MINUTE
        assert report.problems == ()
    found = mailable(store)
    assert len(found) == len(held)
    assert [title for title, is_news in found.items() if is_news] == ["Post 900"]


@pytest.mark.parametrize("kind", KINDS)
def test_posts_deleted_between_two_visits_hide_no_other(kind: str, store: Store, desk: Desk, now: datetime) -> None:
    held = catalogue(kind, 2 * MOST_PAGES + 5, now)
    with api_site(a_site(kind, held)) as site:
        source = a_source(kind, site.url)
        collect_source(store, source, desk, now=now)
        del held[:2]  # the newest two: all others move up by a page
        collect_source(store, source, desk, now=now + 10 * MINUTE)
    assert len(mailable(store)) == 2 * MOST_PAGES + 5


@pytest.mark.parametrize("kind", KINDS)
def test_the_last_pages_may_be_gone_when_we_come_back(kind: str, store: Store, desk: Desk, now: datetime) -> None:
    held = catalogue(kind, 2 * MOST_PAGES + 2, now)
    with api_site(a_site(kind, held)) as site:
        source = a_source(kind, site.url)
        collect_source(store, source, desk, now=now)
        del held[:2]
        report = collect_source(store, source, desk, now=now + 10 * MINUTE)
        assert (report.failed, report.problems) == (False, ())
    assert len(mailable(store)) == 2 * MOST_PAGES + 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_flood_of_changes_is_taken_over_several_visits(kind: str, store: Store, desk: Desk, now: datetime) -> None:
    held = catalogue(kind, 3 * MOST_PAGES, now)
    with api_site(a_site(kind, held)) as site:
        source = a_source(kind, site.url)
        for visit in range(3):
            collect_source(store, source, desk, now=now + visit * 10 * MINUTE)
        later = now + timedelta(days=5)
        for place, raw in enumerate(held):
            at = f"{later - place * timedelta(seconds=1):%Y-%m-%dT%H:%M:%S}"
            if kind == "wordpress":
                raw |= {"modified_gmt": at, "content": {"rendered": "<p>Corrected.</p>"}}
            else:
                raw |= {"updated_at": at + ".000+00:00", "html": "<p>Corrected.</p>"}
        visits = [collect_source(store, source, desk, now=later + number * 10 * MINUTE) for number in range(1, 5)]
        assert sum(one.revised for one in visits) == len(held)
        assert visits[0].revised < len(held)
        site.asked.clear()
        assert not collect_source(store, source, desk, now=later + timedelta(hours=1)).revised
        assert len(site.asked) <= 3, "what was read in several visits is not read again"


@pytest.mark.parametrize("kind", KINDS)
def test_a_stop_ends_the_visit_at_the_next_page_and_loses_nothing(
    kind: str, store: Store, desk: Desk, now: datetime
) -> None:
    held = catalogue(kind, 12, now)
    with api_site(a_site(kind, held)) as site:
        source = a_source(kind, site.url)
        stopping = replace(desk, stop=lambda: len(site.asked) >= 2)
        assert collect_source(store, source, stopping, now=now).new in (2, 4)  # one request asks for the site's name
        assert len(site.asked) <= 4
        collect_source(store, source, desk, now=now + 10 * MINUTE)
    assert len(mailable(store)) == 12


moments = st.timedeltas(timedelta(0), timedelta(days=999)).map(lambda later: datetime(2026, 1, 1, tzinfo=UTC) + later)
walks = st.builds(
    Walk,
    by_change=st.booleans(),
    after=st.none() | moments,
    floor=st.none() | moments,
    began=moments,
    page=st.integers(0, 99),
    total=st.integers(0, 10**6),
)


@given(st.lists(walks, min_size=1, max_size=3).map(tuple), st.none() | moments)
def test_what_is_left_is_kept_for_its_address_alone(unfinished: tuple[Walk, ...], covered: datetime | None) -> None:
    left = Left(url="https://a.example", walks=unfinished, covered=covered)
    kept = written(left)
    assert left_in(kept, "https://a.example") == left
    assert left_in(kept, "https://b.example") == Left(url="https://b.example")
    assert left_in('{"url": 1}', "https://a.example") == Left(url="https://a.example")
    assert written(Left(url="https://a.example")) == ""
