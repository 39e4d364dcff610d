"""Visits to a column's page: from a real web server into a real database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo

import pytest

from publisher.collect.collector import Collected, Desk, Source, collect_source
from publisher.collect.identify import Context
from publisher.collect.page.selectors import Selectors
from publisher.collect.passedover import MOST
from publisher.fetch.hosts import Hosts
from publisher.fetch.web import Limits
from publisher.model.post import Post
from publisher.store import columns, posts, sources
from publisher.store.database import Store
from tests.web_stand import Answer, Stand, web_stand

TEXT = "The lamp was electric by the time I came, and there was nothing to do but to listen to it hum."
HTML = {"Content-Type": "text/html; charset=utf-8"}


def article(number: int, *, text: str = TEXT, day: str = "") -> Answer:
    date = f"<time datetime='{day}T10:00:00Z'>{day}</time>" if day else ""
    body = (
        f"<h1>Letter {number}</h1>{date}<div><p>{text}</p><p>This is number {number}, and it is long enough.</p></div>"
    )
    return Answer(
        content=f"<html><head><title>Letter {number}</title></head><body>{body}</body></html>".encode(), headers=HTML
    )


def listing(numbers: Sequence[int], *, head: str = "", **headers: str) -> Answer:
    items = "".join(f"<article><h2><a href='/a{number}'>Letter {number}</a></h2></article>" for number in numbers)
    page = f"<html><head>{head}</head><body><h1>Letters home</h1>{items}</body></html>"
    return Answer(content=page.encode(), headers=HTML | headers)


def articles(numbers: Sequence[int]) -> dict[str, Answer]:
    return {f"/a{number}": article(number) for number in numbers}


@pytest.fixture
def store(sqlite_store: Store, now: datetime) -> Store:
    with sqlite_store.write() as conn:
        columns.put_if_new(conn, "notes", feed_id="tag:post.example,2026:feed/notes", now=now)
    return sqlite_store


class Visitor:
    """Visits one page of one stand, an hour later each time, or a `step`."""

    def __init__(self, store: Store, stand: Stand, folder: Path, now: datetime) -> None:
        self.store, self.stand, self.now = store, stand, now
        self.selectors = Selectors()
        self.apart = timedelta(0)
        self.step = timedelta(hours=1)
        self.media = folder / "media"

    def __call__(self) -> Collected:
        self.stand.asked.clear()
        limits = Limits(
            max_bytes=500_000,
            timeout=timedelta(seconds=10),
            site_url="https://post.example",
            private_hosts=frozenset({"127.0.0.1"}),
            hosts=Hosts(apart=self.apart),
        )
        context = Context(
            source="home",
            column="notes",
            tagging_entity="post.example,2026",
            base_url="https://post.example/notes/",
            backlog="archive",
            column_authors=(),
            authors=(),
        )
        source = Source(kind="page", url=self.stand.url("/list"), selectors=self.selectors, context=context)
        desk = Desk(zone=ZoneInfo("Europe/Berlin"), media=self.media, limits=limits)
        self.now += self.step
        return collect_source(self.store, source, desk, now=self.now)

    def stored(self) -> list[Post]:
        with self.store.read() as conn:
            return posts.newest(conn, columns=["notes"], limit=100)

    def titles(self) -> set[str]:
        return {post.title for post in self.stored()}


def test_a_page_is_a_column_and_what_is_known_is_not_fetched_again(store: Store, tmp_path: Path, now: datetime) -> None:
    with web_stand(list=listing([2, 1])) as stand:
        stand.answers.update(articles([1, 2, 3]))
        visit = Visitor(store, stand, tmp_path, now)
        visit.step = timedelta(minutes=20)  # before anything is looked at again
        first = visit()
        assert (first.new, first.problems, len(stand.asked)) == (2, (), 3)
        again = visit()
        assert (again.new, again.revised, again.problems, len(stand.asked)) == (0, 0, (), 1)
        stand.answers["/list"] = listing([3, 2, 1])
        assert (visit().new, len(stand.asked)) == (1, 2)
        assert visit.titles() == {"Letter 1", "Letter 2", "Letter 3"}
        assert {post.title: post.mailable for post in visit.stored()} == {
            "Letter 1": False,
            "Letter 2": False,
            "Letter 3": True,
        }
        assert visit.stored()[0].body.startswith(f"<p>{TEXT}</p>")
        with store.read() as conn:
            assert columns.get_all(conn)[0].name == "Letters home"


def test_the_pages_feed_says_which_articles_there_are(store: Store, tmp_path: Path, now: datetime) -> None:
    feed = """<rss version="2.0"><channel><title>x</title><item><link>{0}/a1?utm_source=rss</link>
    <pubDate>Sun, 01 Nov 2026 10:00:00 GMT</pubDate><category>Lamps</category></item>
    <item><link>https://elsewhere.example/a9</link><title>y</title></item></channel></rss>"""
    head = "<link rel=alternate type=application/rss+xml href=/feed>"
    with web_stand(list=listing([2, 3], head=head)) as stand:
        stand.answers.update(articles([1, 2, 3]))
        stand.answers["/feed"] = Answer(content=feed.format(stand.url("")).encode())
        visit = Visitor(store, stand, tmp_path, now)
        assert visit().new == 1
        post = visit.stored()[0]
        assert (post.title, post.tags, post.published.day) == ("Letter 1", ("Lamps",), 1)
        stand.answers["/feed"] = Answer(status=500)
        broken = visit()
        assert (broken.new, len(broken.problems), broken.failed) == (2, 1, False)


def test_what_was_there_before_the_first_visit_is_never_news(store: Store, tmp_path: Path, now: datetime) -> None:
    numbers = list(range(MOST + 5, 0, -1))
    with web_stand(list=listing(numbers)) as stand:
        stand.answers.update(articles([*numbers, 98, 99]))
        visit = Visitor(store, stand, tmp_path, now)
        assert visit().new == MOST
        assert visit().new == 0
        stand.answers["/list"] = listing([99, 98, *numbers])
        assert visit().new == 2
        assert not {"Letter 1", "Letter 5"} & visit.titles()


def test_of_too_many_new_articles_none_is_passed_over(store: Store, tmp_path: Path, now: datetime) -> None:
    numbers = list(range(MOST + 4, 0, -1))
    with web_stand(list=listing([1], ETag='"0"')) as stand:
        stand.answers.update(articles(numbers))
        visit = Visitor(store, stand, tmp_path, now)
        visit.selectors = Selectors(links="h2")
        assert visit().new == 1
        stand.answers["/list"] = listing(numbers, ETag='"1"')
        assert visit().new == MOST
        assert "if-none-match" in stand.asked[0]
        assert visit().new == 3
        assert "if-none-match" not in stand.asked[0], "a 304 would have hidden the other three"
        assert len(visit.stored()) == len(numbers)


@pytest.mark.parametrize("numbers", [[1, 2, 3, 4, 5], [2, 5, 4, 3, 1], [3, 1, 5, 2, 4]])
def test_a_new_article_is_found_wherever_it_stands(
    store: Store, tmp_path: Path, now: datetime, numbers: list[int]
) -> None:
    with web_stand(list=listing([number for number in numbers if number < 4])) as stand:
        stand.answers.update(articles(numbers))
        visit = Visitor(store, stand, tmp_path, now)
        assert visit().new == 3
        stand.answers["/list"] = listing(numbers)
        assert visit().new == 2
        assert {post.title for post in visit.stored() if post.mailable} == {"Letter 4", "Letter 5"}


def test_a_pinned_article_hides_none_after_a_long_silence(store: Store, tmp_path: Path, now: datetime) -> None:
    with web_stand(list=listing([1, 3, 2])) as stand:
        stand.answers.update(articles(range(1, 10)))
        visit = Visitor(store, stand, tmp_path, now)
        visit()
        stand.answers["/list"] = listing([1, 9, 8, 7, 6])
        assert visit().new == 4


def test_an_old_article_that_comes_to_light_is_no_news(store: Store, tmp_path: Path, now: datetime) -> None:
    with web_stand(list=listing([3])) as stand:
        stand.answers.update(articles([3]))
        visit = Visitor(store, stand, tmp_path, now)
        visit.selectors = Selectors(links="h2")
        assert visit().new == 1
        stand.answers |= {
            "/list": listing([4, 3, 2]),
            "/a4": article(4, day=f"{now - timedelta(days=9):%Y-%m-%d}"),
            "/a2": article(2, day=f"{now - timedelta(days=9):%Y-%m-%d}"),
        }
        assert visit().new == 2
        assert {post.title for post in visit.stored() if post.mailable} == {"Letter 4"}


def test_a_link_below_that_is_no_article_is_tried_twice(store: Store, tmp_path: Path, now: datetime) -> None:
    with web_stand(list=listing([3])) as stand:
        stand.answers.update(articles([3]))
        visit = Visitor(store, stand, tmp_path, now)
        visit.selectors = Selectors(links="h2")
        visit.step = timedelta(minutes=2)
        visit()
        stand.answers["/list"] = listing([3, 2, 1])
        stand.answers["/a1"] = Answer(status=500)
        stand.answers["/a2"] = Answer(content=b"<html><div id=app></div></html>", headers=HTML)
        reports = [visit() for _ in range(3)]
        assert [(report.failed, len(report.problems)) for report in reports] == [(False, 2), (False, 2), (False, 1)]
        stand.answers["/a1"] = article(1)
        assert visit().new == 1, "a server in trouble says nothing about the article"
        assert not visit().problems


def test_nothing_found_twice_running_is_an_alarm_and_the_posts_stay(
    store: Store, tmp_path: Path, now: datetime
) -> None:
    with web_stand(list=listing([2, 1])) as stand:
        stand.answers.update(articles([1, 2]))
        visit = Visitor(store, stand, tmp_path, now)
        visit()
        stand.answers["/list"] = Answer(content=b"<html><body><p>We are rebuilding.</p></body></html>", headers=HTML)
        first, second = visit(), visit()
        assert first.failed
        assert second.failed
        assert "if it is so again" in first.problems[0]
        assert "its layout has changed; set `select.links`" in second.problems[0]
        assert visit.titles() == {"Letter 1", "Letter 2"}
        with store.read() as conn:
            assert sources.get_state(conn, "home").failures == 2
        stand.answers["/list"] = listing([2, 1])
        assert not visit().failed


def test_articles_that_cannot_be_read_any_more_are_an_alarm_too(store: Store, tmp_path: Path, now: datetime) -> None:
    with web_stand(list=listing([2, 1])) as stand:
        empty = Answer(content=b"<html><h1>Letter</h1><div id=app></div></html>", headers=HTML)
        stand.answers.update({"/a1": empty, "/a2": empty})
        visit = Visitor(store, stand, tmp_path, now)
        visit()
        told = visit()
        assert told.failed
        assert "set `select.body`" in told.problems[0]


def test_one_article_that_cannot_be_had_holds_up_no_other(store: Store, tmp_path: Path, now: datetime) -> None:
    with web_stand(list=listing([4, 3, 2, 1])) as stand:
        stand.answers.update(articles([1, 2]))
        stand.answers["/a4"] = Answer(content=b"%PDF-1.7", headers={"Content-Type": "application/pdf"})
        visit = Visitor(store, stand, tmp_path, now)
        report = visit()
        assert (report.new, report.failed, len(report.problems)) == (2, False, 2)
        assert "/a4" in report.problems[0]
        assert "404" in report.problems[1]
        stand.answers.update(articles([3, 4]))
        assert visit().new == 2


def test_a_server_that_wants_rest_gets_it_at_once(store: Store, tmp_path: Path, now: datetime) -> None:
    with web_stand(list=listing([3, 2, 1])) as stand:
        busy = Answer(status=429, headers={"Retry-After": "7200"})
        stand.answers.update({f"/a{number}": busy for number in (1, 2, 3)})
        visit = Visitor(store, stand, tmp_path, now)
        assert visit().failed
        assert len(stand.asked) == 2
        with store.read() as conn:
            assert sources.get_state(conn, "home").wait_until == visit.now + timedelta(hours=2)


def test_no_link_to_another_site_is_followed(store: Store, tmp_path: Path, now: datetime) -> None:
    page = "<h2><a href='http://127.0.0.1:1/secret'>x</a></h2><h2><a href='/a1'>1</a></h2><h2><a href='/a2'>2</a></h2>"
    with web_stand(list=Answer(content=page.encode(), headers=HTML)) as stand:
        stand.answers.update(articles([1]))
        stand.answers["/a2"] = Answer(status=302, headers={"Location": "http://127.0.0.1:1/other"})
        report = Visitor(store, stand, tmp_path, now)()
        assert report.new == 1
        assert len(report.problems) == 1


def test_requests_are_apart_as_far_as_the_host_is_granted(store: Store, tmp_path: Path, now: datetime) -> None:
    with web_stand(list=listing([3, 2, 1])) as stand:
        stand.answers.update(articles([1, 2, 3]))
        visit = Visitor(store, stand, tmp_path, now)
        visit.apart = timedelta(seconds=0.15)
        start = monotonic()
        assert visit().new == 3
        assert monotonic() - start >= 3 * 0.15


def test_an_unchanged_page_is_not_read_again(store: Store, tmp_path: Path, now: datetime) -> None:
    with web_stand(list=listing([2, 1], ETag='"1"')) as stand:
        stand.answers.update(articles([1, 2]))
        visit = Visitor(store, stand, tmp_path, now)
        visit()
        stand.answers["/list"] = Answer(status=304)
        report = visit()
        assert (report.not_modified, report.problems) == (True, ())
        assert stand.asked[0]["if-none-match"] == '"1"'
