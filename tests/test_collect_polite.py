"""Rounds over a small web of hosts that move, rest, drip, lie and explode: each ends with a clear state."""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest

from publisher.collect.collector import Collected, Desk, Source
from publisher.collect.fence import Fence
from publisher.collect.identify import Context
from publisher.collect.rounds import Round, collect_all
from publisher.collect.visit import Call
from publisher.fetch.hosts import Hosts
from publisher.fetch.web import Limits, fetch
from publisher.model.source import SourceState
from publisher.store import columns, posts, sources
from publisher.store.database import Store, open_store
from tests.web_stand import Answer, Stand, bomb, web_stand

HOUR = timedelta(hours=1)
HOSTS = ("one.example", "two.example", "127.0.0.1")
ITEM = "<item><guid isPermaLink='false'>{guid}</guid><title>Post {guid}</title></item>"


def feed(*guids: int, head: str = "") -> bytes:
    items = "".join(ITEM.format(guid=guid) for guid in guids)
    return f"<rss version='2.0'><channel><title>Wire</title>{head}{items}</channel></rss>".encode()


@pytest.fixture
def store(sqlite_store: Store, now: datetime) -> Store:
    with sqlite_store.write() as conn:
        columns.put_if_new(conn, "notes", feed_id="tag:post.example,2026:feed/notes", now=now)
    return sqlite_store


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    limits = Limits(
        max_bytes=10 * 2**20,
        timeout=timedelta(seconds=5),
        site_url="https://post.example",
        private_hosts=frozenset(HOSTS),
        resolve=lambda _host, _port: ["127.0.0.1"],
    )
    return Desk(zone=ZoneInfo("Europe/Berlin"), media=tmp_path / "media", limits=limits)


@pytest.fixture
def fenced(desk: Desk) -> Iterator[Desk]:
    with Fence() as fence:
        yield replace(desk, parse=fence.parse)


def a_source(name: str, url: str, *, every: timedelta | None = None) -> Source:
    context = Context(
        source=name,
        column="notes",
        tagging_entity="post.example,2026",
        base_url="https://post.example/notes/",
        backlog="all",
        column_authors=(),
        authors=(),
    )
    return Source(kind="feed", url=url, every=every, context=context)


def at(stand: Stand, host: str, path: str) -> str:
    return f"http://{host}:{stand.port}{path}"


def state_of(store: Store, name: str) -> SourceState:
    with store.read() as conn:
        return sources.get_state(conn, name)


def visit(store: Store, desk: Desk, source: Source, now: datetime, call: Call = Call.DUE) -> Collected | None:
    reports = collect_all(store, [source], desk, Round(now=now, call=call))
    return reports[0] if reports else None


def test_validators_come_back_to_the_letter_and_304_brings_nothing(store: Store, desk: Desk, now: datetime) -> None:
    headers = {"ETag": 'W/"a,b"', "Last-Modified": "sometime on Sunday"}
    with web_stand(feed=Answer(feed(1), headers=headers)) as stand:
        source = a_source("wire", stand.url("/feed"))
        visit(store, desk, source, now)
        stand.answers["/feed"] = Answer(status=304, headers={"ETag": '"c"'})
        again = visit(store, desk, source, now + HOUR)
        visit(store, desk, source, now + 9 * HOUR)
        visit(store, desk, source, now + timedelta(days=8, hours=1))
    assert again is not None
    assert again.not_modified
    assert (stand.asked[1]["if-none-match"], stand.asked[1]["if-modified-since"]) == tuple(headers.values())
    assert stand.asked[2]["if-none-match"] == '"c"'
    assert "if-none-match" not in stand.asked[3]  # eight days are over
    assert "if-none-match" not in stand.asked[0]


def test_a_source_is_left_alone_until_its_time_has_come(store: Store, desk: Desk, now: datetime) -> None:
    with web_stand(feed=Answer(feed(1, head="<ttl>120</ttl>"))) as stand:
        source = a_source("wire", stand.url("/feed"))
        visit(store, desk, source, now)
        assert visit(store, desk, source, now + HOUR) is None
        assert visit(store, desk, source, now + 2 * HOUR)
        assert visit(store, desk, source, now + 2 * HOUR, Call.ALL)
    assert len(stand.asked) == 3
    assert state_of(store, "wire").why == "the feed asks for it"


def test_a_feed_that_moved_for_good_is_visited_there_and_that_is_told_once(
    store: Store, desk: Desk, now: datetime
) -> None:
    with web_stand(new=Answer(feed(1))) as stand:
        new = at(stand, "two.example", "/new")
        stand.answers["/old"] = Answer(status=301, headers={"Location": new})
        source = a_source("wire", at(stand, "one.example", "/old"))
        told = [visit(store, desk, source, now + day * timedelta(days=1)) for day in range(5)]
    assert [bool(one and one.problems) for one in told] == [False, False, True, False, False]
    assert told[2] is not None
    assert f"moved for good to {new}" in told[2].problems[0]
    assert state_of(store, "wire").address == new
    assert len(stand.asked) == 2 + 2 + 2 + 1 + 1


def test_a_redirect_to_another_feed_is_not_believed(store: Store, desk: Desk, now: datetime) -> None:
    with web_stand(old=Answer(feed(1)), parked=Answer(feed())) as stand:
        source = a_source("wire", stand.url("/old"))
        visit(store, desk, source, now)
        stand.answers["/old"] = Answer(status=301, headers={"Location": "/parked"})
        for day in range(1, 6):
            visit(store, desk, source, now + day * timedelta(days=1))
    assert state_of(store, "wire").address == ""


def test_what_is_gone_is_asked_no_more_but_by_name(store: Store, desk: Desk, now: datetime) -> None:
    with web_stand(feed=Answer(status=410)) as stand:
        source = a_source("wire", stand.url("/feed"))
        first = visit(store, desk, source, now)
        assert first is not None
        assert first.failed
        assert visit(store, desk, source, now + timedelta(days=30)) is None
        resting = visit(store, desk, source, now + timedelta(days=30), Call.ALL)
        assert resting is not None
        assert "gone for good" in resting.resting
        assert len(stand.asked) == 1
        stand.answers["/feed"] = Answer(feed(1))
        back = visit(store, desk, source, now + timedelta(days=30), Call.NAMED)
    assert back is not None
    assert back.new == 1
    assert not state_of(store, "wire").stopped


def test_a_host_that_asks_for_rest_gets_it_for_all_its_sources(store: Store, desk: Desk, now: datetime) -> None:
    with web_stand(
        a=Answer(status=429, headers={"Retry-After": "7200"}), b=Answer(feed(1)), c=Answer(feed(2))
    ) as stand:
        given = [
            a_source("a", at(stand, "one.example", "/a")),
            a_source("b", at(stand, "one.example", "/b")),
            a_source("c", at(stand, "two.example", "/c")),
        ]
        reports = collect_all(store, given, desk, Round(now=now))
        again = collect_all(store, given, desk, Round(now=now + HOUR))
        later = collect_all(store, given, desk, Round(now=now + 2 * HOUR))
    assert [(one.failed, bool(one.resting), one.new) for one in reports] == [
        (True, False, 0),
        (False, True, 0),
        (False, False, 1),
    ]
    assert [bool(one.resting) for one in again] == [True, True, False]
    assert [bool(one.resting) for one in later] == [False, True, False]  # it asks again


def test_503_with_a_date_is_honoured(store: Store, desk: Desk, now: datetime) -> None:
    until = now + 3 * HOUR
    headers = {"Retry-After": f"{until:%a, %d %b %Y %H:%M:%S} GMT"}
    with web_stand(feed=Answer(status=503, headers=headers)) as stand:
        visit(store, desk, a_source("wire", stand.url("/feed")), now)
    assert state_of(store, "wire").wait_until == until


def test_a_document_cut_off_is_asked_for_whole_the_next_time(store: Store, desk: Desk, now: datetime) -> None:
    cut = feed(1, 2).replace(b"</channel></rss>", b"<item><title>Po")
    with web_stand(feed=Answer(cut, headers={"ETag": '"a"'})) as stand:
        source = a_source("wire", stand.url("/feed"))
        visit(store, desk, source, now)
        stand.answers["/feed"] = Answer(feed(1, 2, 3))
        report = visit(store, desk, source, now + timedelta(days=1))
    assert report is not None
    assert report.new == 1
    assert "if-none-match" not in stand.asked[1]


def test_a_new_address_in_the_config_is_visited_at_once(store: Store, desk: Desk, now: datetime) -> None:
    with web_stand(a=Answer(feed(1), headers={"ETag": '"a"'}), b=Answer(feed(1))) as stand:
        visit(store, desk, a_source("wire", stand.url("/a")), now)
        assert visit(store, desk, a_source("wire", stand.url("/b")), now)
    assert "if-none-match" not in stand.asked[1]


def test_one_host_is_asked_by_one_at_a_time_and_not_too_soon() -> None:
    hosts = Hosts(apart=timedelta(seconds=0.1))
    busy, most, ends = 0, 0, list[tuple[float, float]]()

    def ask() -> None:
        nonlocal busy, most
        with hosts.turn("Gazette.example"):
            busy += 1
            most = max(most, busy)
            start = perf_counter()
            time.sleep(0.02)
            busy -= 1
            ends.append((start, perf_counter()))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    with hosts.turn("other.example"):
        pass  # is not held up
    assert len(ends) < 4
    for thread in threads:
        thread.join()
    assert most == 1
    assert all(later[0] - before[1] >= 0.099 for before, later in pairwise(ends))


def test_waiting_for_a_turn_costs_no_time_of_the_fetch(desk: Desk) -> None:
    limits = replace(desk.limits, timeout=timedelta(seconds=0.3), hosts=Hosts(apart=timedelta(seconds=0.5)))
    with web_stand(feed=Answer(b"x")) as stand:
        for _ in range(2):
            assert fetch("wire", stand.url("/feed"), limits).content == b"x"


def test_a_slow_host_holds_up_nobody_else(store: Store, desk: Desk, now: datetime) -> None:
    done: list[str] = []
    limits = replace(desk.limits, timeout=timedelta(seconds=1.5))
    with web_stand(slow=Answer(feed(1), pause_seconds=0.5), quick=Answer(feed(2))) as stand:
        given = [
            a_source("slow", at(stand, "one.example", "/slow")),
            a_source("quick", at(stand, "two.example", "/quick")),
        ]
        round_ = Round(now=now, tell=lambda one: done.append(one.source))
        reports = collect_all(store, given, replace(desk, limits=limits), round_)
    assert done == ["quick", "slow"]
    assert [one.source for one in reports] == ["slow", "quick"]
    assert "took longer than 1.5 s" in reports[0].problems[0]


@pytest.fixture
def either_store(database_url: str, tmp_path: Path, now: datetime) -> Iterator[Store]:
    opened = open_store(database_url, root=tmp_path)
    with opened.write() as conn:
        columns.put_if_new(conn, "notes", feed_id="tag:post.example,2026:feed/notes", now=now)
    yield opened
    opened.close()


def test_hosts_visited_at_once_whose_posts_have_the_same_authors_do_not_wait_crosswise(
    either_store: Store, desk: Desk, now: datetime
) -> None:
    people = [f"<author>Ada Brook {letter}</author>" for letter in "abcdefgh"]
    one = feed(*range(8))
    for guid, person in enumerate(people):
        one = one.replace(f"<title>Post {guid}<".encode(), f"{person}<title>Post {guid}<".encode())
    other = one.replace(b"<guid", b"<guid x='y'")
    names = [f"h{number}.example" for number in range(6)]
    web = replace(desk, limits=replace(desk.limits, private_hosts=frozenset(names)))
    with web_stand(one=Answer(one), other=Answer(other)) as stand:
        paths = ("/one", "/other") * 3
        given = [
            a_source(f"s{place}", at(stand, host, path))
            for place, (host, path) in enumerate(zip(names, paths, strict=True))
        ]
        reports = collect_all(either_store, given, web, Round(now=now))
    assert [one.new for one in reports] == [8] * 6


def test_a_round_that_is_stopped_begins_no_more_visits(store: Store, desk: Desk, now: datetime) -> None:
    with web_stand(a=Answer(feed(1)), b=Answer(feed(2))) as stand:
        given = [a_source(name, stand.url(f"/{name}")) for name in ("a", "b")]
        done: list[Collected] = []
        round_ = Round(now=now, tell=done.append, stop=lambda: bool(done))
        assert [one.source for one in collect_all(store, given, desk, round_)] == ["a"]
    assert len(stand.asked) == 1


HOSTILE = {
    "loop": (Answer(status=302, headers={"Location": "/loop"}), "redirects more than 10 times"),
    "inside": (Answer(status=301, headers={"Location": "http://10.0.0.1/"}), "in a private network"),
    "meta": (Answer(status=302, headers={"Location": "http://169.254.169.254/latest"}), "in a private network"),
    "bomb": (bomb(300), "larger than 10,485,760 bytes"),
    "huge": (Answer(b"<rss>" + bytes(11 * 2**20)), "larger than 10,485,760 bytes"),
    "drip": (Answer(feed(1), pause_seconds=0.2), "took longer than 2 s"),
    "entities": (Answer(b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "b">]><rss/>'), "declares entities"),
    "comments": (Answer(b"<rss version='2.0'><channel><title>" + b"<!--" * 100_000), "cut off or broken"),
    "deep": (Answer(b"<rss version='2.0'><channel>" + b"<a>" * 3_000_000), "more than 200 MiB of memory"),
    "gone": (Answer(status=410), "gone for good"),
    "page": (Answer(b"<!DOCTYPE html><html><body>Not here</body></html>"), "HTML page"),
}


def test_a_hostile_web_ends_in_clear_words_and_harms_no_other_source(store: Store, fenced: Desk, now: datetime) -> None:
    """All within 200 MiB; what is well is read."""
    names = {f"h{number}.example": name for number, name in enumerate(HOSTILE)}
    charset = feed(7).replace(b"Post 7", "Café".encode("latin-1"))
    resolver = {**dict.fromkeys(names, "127.0.0.1"), "one.example": "127.0.0.1"}
    limits = replace(
        fenced.limits,
        timeout=timedelta(seconds=2),
        private_hosts=frozenset(resolver),
        resolve=lambda host, _port: [resolver.get(host, host)],
    )
    answers = {name: answer for name, (answer, _) in HOSTILE.items()}
    answers["charset"] = Answer(charset, headers={"Content-Type": "text/xml; charset=utf-8"})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with web_stand(well=Answer(feed(1, 2)), **answers) as stand:
        given = [a_source(name, at(stand, host, f"/{name}")) for host, name in names.items()]
        given += [a_source(name, at(stand, "one.example", f"/{name}")) for name in ("charset", "well")]
        round_ = Round(now=now)
        reports = {one.source: one for one in collect_all(store, given, replace(fenced, limits=limits), round_)}
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024  # KiB
    for name, (_, told) in HOSTILE.items():
        assert reports[name].failed, name
        assert told in reports[name].problems[0], name
        assert state_of(store, name).problem == reports[name].problems[0]
    assert reports["well"].new == 2
    with store.read() as conn:
        titles = {post.title for post in posts.newest(conn, columns=["notes"], limit=9)}
    assert titles == {"Post 1", "Post 2", "Café"}
