"""Feeds whose posts are completed by their pages, over several visits: nothing is lost, nothing flips back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.collect.collector import Collected, Desk, Source, collect_source
from publisher.collect.found import FoundPost
from publisher.collect.fulltext import MOST, TRIES, completed
from publisher.collect.identify import Context
from publisher.collect.waiting import Waiting, read, written
from publisher.fetch.web import Limits
from publisher.model.media import Enclosure, Image
from publisher.model.post import Origin, Post
from publisher.store import columns, marks, posts, sources
from publisher.store.database import Store
from tests.web_stand import Answer, Stand, web_stand

HTML = {"Content-Type": "text/html; charset=utf-8"}
TEXT = "The pump house stood open, and the water in it was as warm as tea; nobody had asked it to be."
MINUTE = timedelta(minutes=1)


def feed(stand: Stand, *numbers: int, summary: str = "A beginning of {}.", **headers: str) -> Answer:
    items = "".join(
        f"<item><guid isPermaLink='false'>p{number}</guid><title>Pump {number}</title>"
        f"<link>{stand.url(f'/p{number}')}</link><description>{summary.format(number)}</description></item>"
        for number in numbers
    )
    return Answer(f"<rss version='2.0'><channel><title>Pumps</title>{items}</channel></rss>".encode(), headers=headers)


def page(number: int, text: str = TEXT) -> Answer:
    body = f"<p>{text}</p><p>This is pump number {number}, the last of its kind.</p>"
    author = "<div class='author-bio'><a rel=author href='/ada'>Ada Brook</a><p>Ada Brook writes about pumps.</p></div>"
    return Answer(
        f"<html><head><title>Pump {number}</title><meta name=author content='Ada Brook'></head>"
        f"<body><h1>Pump {number}</h1><article>{body}</article>{author}</body></html>".encode(),
        headers=HTML,
    )


@pytest.fixture
def store(sqlite_store: Store, now: datetime) -> Store:
    with sqlite_store.write() as conn:
        columns.put_if_new(conn, "notes", feed_id="tag:post.example,2026:feed/notes", now=now)
    return sqlite_store


class Visitor:
    """Visits one feed of one stand."""

    def __init__(self, store: Store, stand: Stand, folder: Path, now: datetime, *, backlog: str = "all") -> None:
        limits = Limits(
            max_bytes=500_000,
            timeout=timedelta(seconds=10),
            site_url="https://post.example",
            private_hosts=frozenset({"127.0.0.1"}),
        )
        context = Context(
            source="pumps",
            column="notes",
            tagging_entity="post.example,2026",
            base_url="https://post.example/notes/",
            backlog=backlog,
        )
        self.store, self.stand, self.now = store, stand, now
        self.desk = Desk(zone=ZoneInfo("Europe/Berlin"), media=folder / "media", limits=limits)
        self.source = Source(kind="feed", url=stand.url("/feed"), text="page", context=context)

    def __call__(self, after: timedelta = 5 * MINUTE) -> Collected:
        self.stand.asked.clear()
        self.now += after
        return collect_source(self.store, self.source, self.desk, now=self.now)

    def stored(self) -> dict[str, Post]:
        with self.store.read() as conn:
            return {post.title: post for post in posts.newest(conn, columns=["notes"], limit=500)}

    def rest(self) -> timedelta:
        with self.store.read() as conn:
            state = sources.get_state(conn, "pumps")
        assert state.next_visit is not None
        return state.next_visit - self.now


def counts(collected: Collected) -> tuple[int, int]:
    return collected.new, collected.revised


def test_a_new_post_gets_the_text_of_its_page_and_is_not_fetched_again(
    store: Store, tmp_path: Path, now: datetime
) -> None:
    with web_stand(p1=page(1), p2=page(2)) as stand:
        stand.answers["/feed"] = feed(stand, 1, ETag='"1"')
        visit = Visitor(store, stand, tmp_path, now)
        first = visit()
        assert (counts(first), first.problems, len(stand.asked)) == ((1, 0), (), 2)
        post = visit.stored()["Pump 1"]
        assert TEXT in post.body
        assert (post.summary, post.revision) == ("A beginning of 1.", 1)
        assert [(author.name, author.blurb) for author in post.authors] == [
            ("Ada Brook", "Ada Brook writes about pumps.")
        ]
        assert (counts(visit()), len(stand.asked)) == ((0, 0), 1)
        stand.answers["/feed"] = Answer(status=304)
        assert (visit().not_modified, len(stand.asked)) == (True, 1)
        assert stand.asked[0]["if-none-match"] == '"1"'
        stand.answers["/feed"] = feed(stand, 2, 1)
        assert (counts(visit()), len(stand.asked)) == ((1, 0), 2)
        assert visit.stored()["Pump 1"] == post


def test_what_the_feed_tells_anew_is_read_anew(store: Store, tmp_path: Path, now: datetime) -> None:
    with web_stand(p1=page(1)) as stand:
        stand.answers["/feed"] = feed(stand, 1)
        visit = Visitor(store, stand, tmp_path, now)
        visit()
        stand.answers.update({"/feed": feed(stand, 1, summary="Another {}."), "/p1": page(1, TEXT + " Corrected.")})
        assert counts(visit()) == (0, 1)
        post = visit.stored()["Pump 1"]
        assert (post.summary, post.revision, "Corrected" in post.body) == ("Another 1.", 2, True)
        assert (counts(visit()), len(stand.asked)) == ((0, 0), 1)


def test_a_post_waits_for_its_page_and_no_beginning_goes_out(store: Store, tmp_path: Path, now: datetime) -> None:
    with web_stand(p2=page(2)) as stand:
        stand.answers["/feed"] = feed(stand, 2, 1, ETag='"1"')
        visit = Visitor(store, stand, tmp_path, now)
        report = visit()
        assert counts(report) == (1, 0)
        assert "404" in report.problems[0]
        assert "asked for again" in report.problems[0]
        assert set(visit.stored()) == {"Pump 2"}
        assert visit.rest() <= 10 * MINUTE
        stand.answers.update({"/feed": Answer(status=304), "/p1": page(1)})
        assert counts(visit()) == (1, 0)
        assert stand.asked[0]["if-none-match"] == '"1"'
        assert TEXT in visit.stored()["Pump 1"].body
        assert visit.rest() > 30 * MINUTE


def test_a_post_that_its_feed_drops_while_it_waits_is_not_lost(store: Store, tmp_path: Path, now: datetime) -> None:
    with web_stand(p2=page(2)) as stand:
        stand.answers["/feed"] = feed(stand, 1)
        visit = Visitor(store, stand, tmp_path, now)
        assert counts(visit()) == (0, 0)
        stand.answers.update({"/feed": feed(stand, 2), "/p1": page(1)})
        visit = Visitor(store, stand, tmp_path, visit.now)  # as another process would after a kill
        assert counts(visit()) == (2, 0)
        assert TEXT in visit.stored()["Pump 1"].body


def test_a_page_that_never_comes_holds_its_post_for_some_visits(store: Store, tmp_path: Path, now: datetime) -> None:
    with web_stand() as stand:
        stand.answers["/feed"] = feed(stand, 1)
        visit = Visitor(store, stand, tmp_path, now)
        came = [visit().new for _ in range(TRIES + 2)]
        assert came == [0] * (TRIES - 1) + [1, 0, 0]
        assert visit.stored()["Pump 1"].body == "<p>A beginning of 1.</p>"
        assert len(stand.asked) == 1, "a post that is taken is not asked for any more"


def test_a_page_that_never_comes_holds_its_post_for_a_day_though_the_feed_is_gone_too(
    store: Store, tmp_path: Path, now: datetime
) -> None:
    with web_stand() as stand:
        stand.answers["/feed"] = feed(stand, 1)
        visit = Visitor(store, stand, tmp_path, now)
        visit()
        stand.answers["/feed"] = Answer(status=500)
        assert counts(visit(timedelta(hours=23))) == (0, 0)
        report = visit(timedelta(hours=1))
        assert (report.failed, counts(report)) == (True, (1, 0))
        assert counts(visit()) == (0, 0)


def test_a_page_that_cannot_be_read_gives_way_to_the_feed_at_once(store: Store, tmp_path: Path, now: datetime) -> None:
    with web_stand(p1=Answer(b"%PDF-1.7", headers={"Content-Type": "application/pdf"})) as stand:
        stand.answers["/feed"] = feed(stand, 1)
        report = Visitor(store, stand, tmp_path, now)()
        assert counts(report) == (1, 0)
        assert "application/pdf" in report.problems[0]
        assert "as the feed has it" in report.problems[0]


def test_a_server_that_wants_rest_is_asked_no_more_and_no_try_is_counted(
    store: Store, tmp_path: Path, now: datetime
) -> None:
    with web_stand(**{f"p{number}": Answer(status=429) for number in (1, 2, 3)}) as stand:
        stand.answers["/feed"] = feed(stand, 1, 2, 3)
        visit = Visitor(store, stand, tmp_path, now)
        assert counts(visit()) == (0, 0)
        assert len(stand.asked) == 2
        with store.read() as conn:
            waiting = read(marks.get(conn, "waiting: pumps"))
        assert [(one.guid, one.tries) for one in waiting] == [("p1", 0), ("p2", 0), ("p3", 0)]


def test_a_stored_post_keeps_its_text_where_the_page_of_a_change_is_not_to_be_had(
    store: Store, tmp_path: Path, now: datetime
) -> None:
    with web_stand(p1=page(1)) as stand:
        stand.answers["/feed"] = feed(stand, 1)
        visit = Visitor(store, stand, tmp_path, now)
        visit()
        stand.answers["/feed"] = feed(stand, 1, summary="Another {}.")
        del stand.answers["/p1"]
        assert [visit().revised for _ in range(TRIES)] == [0] * (TRIES - 1) + [1]
        post = visit.stored()["Pump 1"]
        assert post.summary == "Another 1."
        assert TEXT in post.body


def test_more_than_a_visit_takes_is_taken_by_the_next_ones_and_stays_archive(
    store: Store, tmp_path: Path, now: datetime
) -> None:
    numbers = range(1, MOST + 6)
    with web_stand(**{f"p{number}": page(number) for number in numbers}) as stand:
        stand.answers["/feed"] = feed(stand, *numbers)
        visit = Visitor(store, stand, tmp_path, now, backlog="archive")
        assert visit().new == MOST
        assert len(stand.asked) == MOST + 1
        assert visit().new == 5
        assert not any(post.mailable for post in visit.stored().values())
        stand.answers.update({"/feed": feed(stand, 99), "/p99": page(99)})
        visit()
        assert visit.stored()["Pump 99"].mailable


def test_of_a_first_fetch_the_newest_are_news_also_where_they_had_to_wait(
    store: Store, tmp_path: Path, now: datetime
) -> None:
    with web_stand(p1=page(1), p2=page(2)) as stand:
        stand.answers["/feed"] = feed(stand, 3, 2, 1)
        visit = Visitor(store, stand, tmp_path, now, backlog="newest 1")
        visit()
        stand.answers["/p3"] = page(3)
        visit()
        assert {title for title, post in visit.stored().items() if post.mailable} == {"Pump 3"}


def test_whoever_asks_for_the_feed_s_text_again_gets_what_waits(store: Store, tmp_path: Path, now: datetime) -> None:
    with web_stand() as stand:
        stand.answers["/feed"] = feed(stand, 1)
        visit = Visitor(store, stand, tmp_path, now)
        visit()
        visit.source = replace(visit.source, text="feed")
        stand.answers["/feed"] = feed(stand, 2)
        assert counts(visit()) == (2, 0)
        assert counts(visit()) == (0, 0)


def test_a_stop_leaves_the_rest_for_the_next_visit(store: Store, tmp_path: Path, now: datetime) -> None:
    with web_stand(p1=page(1), p2=page(2)) as stand:
        stand.answers["/feed"] = feed(stand, 2, 1)
        visit = Visitor(store, stand, tmp_path, now)
        visit.desk = replace(visit.desk, stop=lambda: len(stand.asked) > 1)
        assert visit().new == 1
        visit.desk = replace(visit.desk, stop=lambda: False)
        assert visit().new == 1


def test_the_longer_text_is_the_text() -> None:
    told = FoundPost(body_html=f"<p>{TEXT}</p><p>{TEXT}</p>", summary="s")
    assert completed(told, FoundPost(body_html=f"<p>{TEXT}</p>", summary="t")) == told


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
FOUND = st.builds(
    FoundPost,
    guid=WORDS,
    title=WORDS,
    body_html=WORDS,
    published=st.none() | st.datetimes(timezones=st.just(ZoneInfo("UTC"))),
    image=st.none() | st.builds(Image, url=WORDS, alt=WORDS),
    tags=st.lists(WORDS, max_size=3).map(tuple),
    enclosures=st.lists(st.builds(Enclosure, url=WORDS, seconds=st.integers(0, 9)), max_size=2).map(tuple),
    origin=st.none() | st.builds(Origin, id=WORDS),
)


@given(st.lists(st.tuples(FOUND, st.integers(0, 9), st.booleans()), max_size=3))
def test_what_waits_is_kept_whole(found: Sequence[tuple[FoundPost, int, bool]]) -> None:
    since = datetime(2026, 11, 22, 7, tzinfo=ZoneInfo("UTC"))
    waiting = tuple(
        Waiting(guid=told.guid, told=told, since=since, tries=tries, archive=archive) for told, tries, archive in found
    )
    assert read(written(waiting)) == waiting
    assert read('[{"guid": 5}]') == ()
    half = FoundPost(guid="a\ud800b")
    assert read(written([Waiting(guid="x", told=half, since=since)]))[0].told.guid == "ab"
