"""Corrections of articles that a column's page led to: seen, and at a polite distance."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from publisher.collect.found import FoundPost
from publisher.collect.pagesource import MOST_AGAIN
from publisher.collect.secondlook import LOOKS, is_due
from publisher.store.database import Store
from publisher.store.recent import published_since
from tests.test_collect_pagesource import Visitor, article, articles, listing, store
from tests.web_stand import Answer, web_stand
from tests.writers import a_post, put_posts

__all__ = ["store"]  # fixture

HOUR = timedelta(hours=1)
CORRECTED = "The lamp was of gas by the time I came, and there was much to do but to listen to it hiss."


def test_a_correction_is_seen_and_is_a_revision(store: Store, tmp_path: Path, now: datetime) -> None:
    with web_stand(list=listing([2, 1])) as stand:
        stand.answers.update(articles([1, 2]))
        visit = Visitor(store, stand, tmp_path, now)
        visit()
        stand.answers["/a1"] = article(1, text=CORRECTED)
        told = [visit() for _ in range(3)]
        assert [(one.new, one.revised, one.problems) for one in told] == [(0, 0, ()), (0, 1, ()), (0, 0, ())]
        posts = {post.title: post for post in visit.stored()}
        assert CORRECTED in posts["Letter 1"].body
        assert (posts["Letter 1"].revision, posts["Letter 2"].revision) == (2, 1)
        assert posts["Letter 1"].updated > posts["Letter 1"].published


def test_an_article_is_looked_at_a_few_times_and_then_left_alone(store: Store, tmp_path: Path, now: datetime) -> None:
    with web_stand(list=listing([2, 1])) as stand:
        stand.answers.update(articles([1, 2]))
        visit = Visitor(store, stand, tmp_path, now)
        visit()
        begun, asked = visit.now, {}
        for hour in (*range(1, 11), 23, 24, 25, 47, 48, 71, 72, 73, 96, 97, 120):
            visit.step = begun + hour * HOUR - visit.now
            assert visit().revised == 0
            asked[hour] = len(stand.asked) - 1
    assert [hour * HOUR for hour, count in asked.items() if count] == list(LOOKS)
    assert set(asked.values()) == {0, 2}


def test_a_correction_is_seen_though_the_list_is_as_before(store: Store, tmp_path: Path, now: datetime) -> None:
    with web_stand(list=listing([2, 1], ETag='"1"')) as stand:
        stand.answers.update(articles([1, 2]))
        visit = Visitor(store, stand, tmp_path, now)
        visit()
        stand.answers.update({"/list": Answer(status=304), "/a2": article(2, text=CORRECTED)})
        visit.step = 2 * HOUR
        assert (visit().revised, stand.asked[0]["if-none-match"]) == (1, '"1"')
        assert visit().not_modified


def test_other_stories_on_a_page_are_no_correction(store: Store, tmp_path: Path, now: datetime) -> None:
    with web_stand(list=listing([2, 1])) as stand:
        stand.answers.update(articles([1, 2]))
        visit = Visitor(store, stand, tmp_path, now)
        visit()
        more = b"<section class=related><h2>Related</h2><ul><li><a href='/x'>Another story</a></li></ul></section>"
        stand.answers["/a1"] = replace(article(1), content=article(1).content.replace(b"</body>", more + b"</body>"))
        visit.step = 2 * HOUR
        assert visit().revised == 0


def test_a_page_that_is_away_takes_nothing_from_its_post(store: Store, tmp_path: Path, now: datetime) -> None:
    with web_stand(list=listing([2, 1])) as stand:
        stand.answers.update(articles([1, 2]))
        visit = Visitor(store, stand, tmp_path, now)
        visit()
        del stand.answers["/a1"]
        visit.step = 2 * HOUR
        report = visit()
        assert (report.revised, report.problems) == (0, ())
        assert visit.titles() == {"Letter 1", "Letter 2"}


def test_a_visit_looks_at_no_more_than_a_few_again(store: Store, tmp_path: Path, now: datetime) -> None:
    numbers = range(MOST_AGAIN + 3, 0, -1)
    with web_stand(list=listing(list(numbers))) as stand:
        stand.answers.update(articles(list(numbers)))
        visit = Visitor(store, stand, tmp_path, now)
        visit()
        visit.step = 2 * HOUR
        visit()
        assert len(stand.asked) == MOST_AGAIN + 1


def test_what_the_feed_of_a_page_calls_changed_is_looked_at_at_once(
    store: Store, tmp_path: Path, now: datetime
) -> None:
    def feed(updated: datetime) -> Answer:
        entries = "".join(
            f"<entry><id>{number}</id><title>Letter {number}</title><link href='/a{number}'/>"
            f"<published>{now - HOUR:%Y-%m-%dT%H:%M:%SZ}</published>"
            f"<updated>{updated if number == 1 else now - HOUR:%Y-%m-%dT%H:%M:%SZ}</updated></entry>"
            for number in (2, 1)
        )
        return Answer(f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Letters</title>{entries}</feed>".encode())

    named = "<link rel=alternate type=application/atom+xml href=/feed>"
    with web_stand(list=listing([2, 1], head=named), feed=feed(now - HOUR)) as stand:
        stand.answers.update(articles([1, 2]))
        visit = Visitor(store, stand, tmp_path, now)
        visit()
        assert [visit().revised for _ in range(3)] == [0, 0, 0]
        assert len(stand.asked) == 2, "what the feed does not call changed is left alone"
        stand.answers.update({"/feed": feed(visit.now + HOUR / 2), "/a1": article(1, text=CORRECTED)})
        assert (visit().revised, len(stand.asked)) == (1, 3)
        assert (visit().revised, len(stand.asked)) == (0, 2)


@given(st.lists(st.timedeltas(timedelta(minutes=5), timedelta(days=1)), min_size=1, max_size=60))
def test_each_look_comes_once_however_visits_are_spaced(steps: list[timedelta]) -> None:
    first_seen = last = datetime(2026, 11, 22, 7, tzinfo=UTC)
    post = replace(a_post(1), first_seen=first_seen)
    looks = 0
    for step in steps:
        looks += is_due(post, None, last_visit=last, now=last + step)
        last += step
    assert looks <= len([look for look in LOOKS if look <= last - first_seen])
    assert (looks > 0) == (last - first_seen >= LOOKS[0])


def test_a_feed_without_dates_of_change_leaves_it_to_the_looks() -> None:
    post = a_post(1)
    last = post.first_seen
    assert is_due(post, FoundPost(), last_visit=last, now=last + 2 * HOUR)
    assert not is_due(post, None, last_visit=None, now=last + 2 * HOUR)


def test_the_posts_of_the_last_days_are_found_by_source(sqlite_store: Store, now: datetime) -> None:
    with sqlite_store.write() as conn:
        put_posts(conn, [a_post(number) for number in range(1, 6)])
        first = a_post(1)
        found = published_since(conn, first.source, column=first.column, since=a_post(3).published, most=2)
        assert [post.title for post in found.values()] == ["Post 5", "Post 4"]
        assert published_since(conn, "another", column=first.column, since=first.published, most=9) == {}
