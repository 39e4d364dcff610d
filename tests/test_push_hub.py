"""Our hub with real callbacks on loopback: who is subscribed, what each is told, and what does not disturb it."""

from __future__ import annotations

import hashlib
import hmac
import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import feedparser
import pytest

from publisher.push.announce import clear_away
from publisher.push.caller import Caller
from publisher.push.crew import Crew
from publisher.push.reception import Bounds
from publisher.push.request import Refusal
from publisher.store.database import Store
from tests.hub_readers import Got, Readers, reader_server
from tests.hub_stage import ATOM, AUDIENCE, JSON, RSS, SITE_URL, Stage


@pytest.fixture
def readers() -> Iterator[Readers]:
    with reader_server() as server:
        yield server


@pytest.fixture
def stage(sqlite_store: Store, tmp_path: Path) -> Stage:
    (tmp_path / "feeds").mkdir()
    made = Stage(store=sqlite_store, folder=tmp_path / "feeds")
    made.publish(posts=2)
    made.later(hours=1)
    return made


def titles(body: bytes) -> list[str]:
    return [entry.title for entry in feedparser.parse(body).entries]


def test_a_subscriber_is_asked_and_then_told_what_changes(stage: Stage, readers: Readers) -> None:
    callback = readers.url("/well/one?of=7")
    stage.subscribe(callback, secret="over the bar")
    (asked,) = readers.asked()
    assert asked.query["hub.mode"] == ["subscribe"]
    assert asked.query["hub.topic"] == [ATOM]
    assert asked.query["of"] == ["7"]
    assert asked.query["hub.lease_seconds"] == ["864000"]
    assert stage.get(callback).ends == stage.now + timedelta(days=10)

    stage.publish()
    assert stage.tell() == 1
    (told,) = readers.deliveries()
    assert told.query == {"of": ["7"]}
    assert told.body == stage.read("atom.xml"), "nothing was told before, so all of it is"
    assert told.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert told.headers["link"] == f'<{SITE_URL}/hub>; rel="hub", <{ATOM}>; rel="self"'
    digits = hmac.new(b"over the bar", told.body, hashlib.sha256).hexdigest()
    assert told.headers["x-hub-signature"] == f"sha256={digits}"
    assert stage.tell() == 0, "once"


def test_then_only_what_changed_is_told(stage: Stage, readers: Readers) -> None:
    stage.subscribe(readers.url("/well/atom"))
    stage.subscribe(readers.url("/well/rss"), topic=RSS)
    stage.subscribe(readers.url("/well/json"), topic=JSON)
    stage.publish()
    stage.tell()
    stage.publish(posts=2)
    stage.tell()
    for name in ("atom", "rss"):
        first, second = readers.deliveries(f"/well/{name}")
        assert len(titles(first.body)) == 3
        assert titles(second.body) == ["Post 4", "Post 3"]
        assert "x-hub-signature" not in second.headers
    first, second = readers.deliveries("/well/json")
    assert second.body == stage.read("feed.json"), "of a JSON Feed nothing may be left out"


def test_who_was_told_a_version_that_we_forgot_gets_all_of_it(stage: Stage, readers: Readers) -> None:
    stage.subscribe(readers.url("/well/one"))
    stage.publish()
    stage.tell()
    for _ in range(20):
        stage.publish(announced=False)
    stage.announce()
    stage.tell()
    assert readers.deliveries()[1].body == stage.read("atom.xml")


@pytest.mark.parametrize("kind", ["forger", "mover", "none", "bomber"])
def test_who_does_not_confirm_is_not_subscribed(kind: str, stage: Stage, readers: Readers) -> None:
    callback = readers.url(f"/{kind}/one")
    stage.subscribe(callback)
    assert stage.found(callback) is None
    assert not readers.asked("/well"), "redirects are not followed"
    assert stage.verify() == 0, "any answer decides"


def test_a_challenge_may_come_back_packed(stage: Stage, readers: Readers) -> None:
    stage.subscribe(readers.url("/packer/one"))
    assert stage.found(readers.url("/packer/one")) is not None


def test_a_forged_renewal_or_leave_changes_nothing(stage: Stage, readers: Readers) -> None:
    callback = readers.url("/well/one")
    stage.subscribe(callback, secret="mine")
    before = stage.get(callback)
    readers.behaviour["/well/one"] = "none"
    stage.ask(callback, secret="forged")
    stage.verify()
    stage.ask(callback, mode="unsubscribe")
    stage.verify()
    assert stage.get(callback) == before


def test_who_leaves_is_told_nothing_more(stage: Stage, readers: Readers) -> None:
    callback = readers.url("/well/one")
    stage.subscribe(callback)
    stage.ask(callback, mode="unsubscribe")
    stage.verify()
    stage.publish()
    assert stage.tell() == 0
    assert readers.asked()[1].query["hub.mode"] == ["unsubscribe"]


def test_a_callback_that_does_not_answer_is_asked_three_times(stage: Stage) -> None:
    with reader_server() as server:
        callback = server.url("/well/one")
    stage.ask(callback)
    asked = []
    for _ in range(5):
        asked.append(stage.verify())
        stage.later(minutes=5)
    assert asked == [1, 1, 1, 0, 0]
    assert stage.found(callback) is None


def test_what_changed_between_asking_and_confirming_is_told(stage: Stage, readers: Readers) -> None:
    callback = readers.url("/well/one")
    stage.ask(callback)
    stage.later(seconds=2)
    stage.publish()
    stage.later(seconds=2)
    stage.verify()
    assert stage.tell() == 1
    assert "Post 2" in titles(readers.deliveries()[0].body)


def test_a_lease_ends_and_a_renewal_makes_it_longer(stage: Stage, readers: Readers) -> None:
    one, two = readers.url("/well/one"), readers.url("/well/two")
    stage.subscribe(one, two)
    stage.later(days=9)
    stage.subscribe(two)
    stage.later(days=1, seconds=1)
    stage.publish()
    assert stage.tell() == 1
    clear_away(stage.store, stage.audience, now=stage.now)
    assert stage.found(one) is None
    assert stage.found(two) is not None


def test_gone_ends_a_subscription(stage: Stage, readers: Readers) -> None:
    callback = readers.url("/gone/one")
    stage.subscribe(callback)
    stage.publish()
    stage.tell()
    assert stage.found(callback) is None


@pytest.mark.parametrize("kind", ["broken", "mover"])
def test_who_fails_is_tried_again_and_loses_nothing(kind: str, stage: Stage, readers: Readers) -> None:
    callback = readers.url("/well/one")
    stage.subscribe(callback)
    readers.behaviour["/well/one"] = kind
    stage.publish()
    stage.tell()
    failed = stage.get(callback)
    assert failed.problem.startswith("it answers ")
    assert failed.next_try is not None
    assert failed.next_try >= stage.now + timedelta(minutes=10 if kind == "broken" else 1), "as it asked for"
    assert stage.tell(failing=True) == 0
    stage.publish(announced=False)
    readers.behaviour.clear()
    stage.later(minutes=11)
    assert stage.tell(failing=True) == 1
    assert readers.deliveries()[-1].body == stage.read("atom.xml"), "always the newest"
    assert not readers.deliveries("/well/moved")
    assert stage.get(callback).failures == 0


def test_after_a_day_it_is_given_up_until_the_feed_changes_again(
    stage: Stage, readers: Readers, caplog: pytest.LogCaptureFixture
) -> None:
    callback = readers.url("/well/one")
    stage.subscribe(callback)
    stage.publish()
    readers.behaviour["/well/one"] = "mover"
    stage.tell()
    for _ in range(40):
        stage.later(hours=1)
        stage.tell(failing=True)
    tries = len(readers.deliveries("/well/one"))
    assert 8 < tries < 20
    assert "given up" in caplog.text
    assert callback not in caplog.text, "a callback's address is its key"
    readers.behaviour.clear()
    stage.publish()
    assert stage.tell(failing=True) == 1
    assert stage.get(callback).problem == ""


def test_a_slow_callback_does_not_hold_up_the_others(stage: Stage, readers: Readers) -> None:
    patience = timedelta(seconds=20)
    stage = replace(stage, limits=replace(stage.limits, timeout=patience), per_host=3)
    stage.subscribe(*(readers.url(f"/{path}") for path in ("slow/1", "slow/2", *(f"well/{n}" for n in range(20)))))
    all_others = threading.Event()

    def look(got: Got) -> None:
        if got.path.startswith("/slow"):
            all_others.wait(patience.total_seconds())
        elif len(readers.deliveries("/well")) == 20:
            all_others.set()

    readers.on_delivery, readers.slow_seconds = look, 0
    stage.publish()
    assert stage.tell() == 22, "slow ones answer when all others are told"


def test_who_failed_is_tried_apart_from_the_others(stage: Stage, readers: Readers) -> None:
    stage = replace(stage, limits=replace(stage.limits, timeout=timedelta(seconds=0.5)))
    slow = [readers.url("/slow/one"), readers.url("/slow/two")]
    stage.subscribe(*slow, readers.url("/well/one"))
    stage.publish()
    stage.tell()
    assert stage.get(slow[0]).problem == "it took longer than 0.5 s"
    stage.publish()
    asked = len(readers.deliveries("/slow"))
    assert stage.tell() == 1
    assert len(readers.deliveries("/slow")) == asked
    assert stage.tell(failing=True) == 2


def test_a_host_is_never_asked_more_at_once_than_is_fair(stage: Stage, readers: Readers) -> None:
    stage = replace(stage, per_host=2)
    stage.subscribe(*(readers.url(f"/well/{number}") for number in range(30)))
    readers.on_delivery = lambda _got: time.sleep(0.01)
    stage.publish()
    assert stage.tell() == 30
    assert readers.most_at_once <= 2


def test_a_host_that_is_silent_is_left_alone_for_the_rest_of_the_pass(stage: Stage, readers: Readers) -> None:
    stage = replace(stage, limits=replace(stage.limits, timeout=timedelta(seconds=0.4)), per_host=1)
    readers.slow_seconds = 1.0
    callbacks = [readers.url(f"/slow/{number}") for number in range(12)]
    stage.subscribe(*callbacks)
    stage.publish()
    assert stage.tell() == 12
    assert len(readers.deliveries()) == 3
    assert {stage.get(callback).failures for callback in callbacks} == {1}


def test_a_callback_in_a_private_network_is_never_dialled(stage: Stage, readers: Readers) -> None:
    stage.subscribe(readers.url("/well/one"))
    closed = stage.without_private_hosts()
    closed.ask(readers.url("/well/two"))
    closed.verify()
    closed.publish()
    closed.tell()
    assert not readers.asked("/well/two")
    assert not readers.deliveries()
    assert "127.0.0.1 is in a private network" in stage.get(readers.url("/well/one")).problem


def test_a_name_that_resolves_otherwise_the_second_time_leads_nowhere(stage: Stage, readers: Readers) -> None:
    asked: list[str] = []
    named = replace(stage, limits=replace(stage.limits, private_hosts=frozenset({"reader.example"})))
    callback = f"http://reader.example:{readers.port}/well/one"
    named.resolving(["127.0.0.1"], asked).subscribe(callback)
    assert named.get(callback).failures == 0
    named.publish()
    rebound = replace(named, limits=replace(named.limits, private_hosts=frozenset()))
    rebound.resolving(["127.0.0.1", "127.0.0.1"], asked).tell()
    assert asked == ["reader.example"] * 2, "each connection resolves its name once, and dials what it found"
    assert not readers.deliveries()
    assert "private network" in stage.get(callback).problem


def test_what_changes_while_it_is_told_is_told_too(stage: Stage, readers: Readers) -> None:
    callback = readers.url("/well/one")
    stage.subscribe(callback)
    stage.publish()

    def publish_once_more(_got: object) -> None:
        readers.on_delivery = lambda _got: None
        stage.later(seconds=1)
        stage.publish()

    readers.on_delivery = publish_once_more
    stage.tell()
    stage.tell()
    first, second = readers.deliveries()
    assert titles(first.body)[0] == "Post 2"
    assert titles(second.body) == ["Post 3"]
    assert stage.get(callback).next_try is None


def test_a_change_right_after_a_delivery_is_not_taken_for_told(stage: Stage, readers: Readers) -> None:
    stage.subscribe(readers.url("/well/one"))
    with Caller(stage.limits) as caller:
        crew = Crew(work=stage.distribution(caller), threads=2, per_host=2)
        for _ in range(3):
            stage.publish()
            assert crew.run(lambda: False) == 1
    assert [len(titles(told.body)) for told in readers.deliveries()] == [3, 1, 1]


def test_a_change_that_was_taken_back_is_not_told(stage: Stage, readers: Readers) -> None:
    stage.subscribe(readers.url("/well/one"))
    stage.publish()
    stage.tell()
    whole = stage.read("atom.xml") or b""
    stage.put("atom.xml", whole.replace(b"Post 2", b"Post two"))
    stage.announce()
    stage.put("atom.xml", whole)
    stage.announce()
    stage.tell()
    assert len(readers.deliveries()) == 1
    assert stage.get(readers.url("/well/one")).next_try is None


def test_everybody_is_told_once(stage: Stage, readers: Readers) -> None:
    callbacks = [readers.url(f"/well/{number}") for number in range(300)]
    for callback in callbacks:
        stage.ask(callback)
    assert stage.verify() == 300
    stage.publish()
    assert stage.tell() == 300
    assert set(Counter(got.path for got in readers.deliveries()).values()) == {1}
    assert len(readers.deliveries()) == 300


def test_who_is_asked_to_stop_finishes_what_was_begun(stage: Stage, readers: Readers) -> None:
    stage.subscribe(*(readers.url(f"/well/{number}") for number in range(30)))
    stage.publish()
    told = stage.tell(stop=lambda: len(readers.deliveries()) >= 5)
    assert 5 <= told < 30
    assert len(readers.deliveries()) == told
    assert stage.tell() == 30 - told


def test_a_fault_of_ours_with_one_stands_in_nobody_s_way(
    stage: Stage, readers: Readers, caplog: pytest.LogCaptureFixture
) -> None:
    stage.subscribe(*(readers.url(f"/well/{number}") for number in range(4)))
    stage.publish()
    broken = replace(stage, folder=stage.folder / "atom.xml")  # a file where a folder should be
    with caplog.at_level(logging.ERROR):
        broken.tell()
    assert "a fault of the program" in stage.get(readers.url("/well/0")).problem
    stage.later(minutes=2)
    assert stage.tell(failing=True) == 4


def test_a_feed_that_is_no_more_is_denied(stage: Stage, readers: Readers) -> None:
    callback = readers.url("/well/one")
    stage.subscribe(callback)
    with stage.store.write() as conn:
        from publisher.store import files

        files.forget(conn, ["atom.xml"])
    assert clear_away(stage.store, stage.audience, now=stage.now) == 1
    assert stage.verify() == 1
    denied = readers.asked()[-1]
    assert (denied.query["hub.mode"], denied.query["hub.topic"]) == (["denied"], [ATOM])
    assert stage.found(callback) is None
    assert stage.ask(callback) == Refusal(
        status=404, reason="hub.topic is no feed of this site; use the address of its `self` link"
    )


def test_archives_pages_and_other_sites_are_no_topics(stage: Stage, readers: Readers) -> None:
    for topic in (f"{SITE_URL}/index.html", f"{SITE_URL}/archive/2026-11/atom.xml", "https://other.example/atom.xml"):
        refusal = stage.ask(readers.url("/well/one"), topic=topic)
        assert refusal is not None
        assert refusal.status == 404


def test_there_is_room_for_so_many_and_no_more(stage: Stage, readers: Readers) -> None:
    bounds = Bounds(subscriptions=2, per_host=1)
    assert stage.ask(readers.url("/well/one"), bounds=bounds) is None
    refusal = stage.ask(readers.url("/well/two"), bounds=bounds)
    assert refusal is not None
    assert (refusal.status, refusal.reason) == (
        429,
        "this hub has as many subscriptions at 127.0.0.1 as it takes",
    )
    assert stage.ask("https://reader.example/a", bounds=bounds) is None
    refusal = stage.ask("https://other.example/a", bounds=bounds)
    assert refusal is not None
    assert refusal.status == 503
    assert refusal.retry_seconds
    assert stage.ask(readers.url("/well/one"), bounds=bounds) is None, "who is there may renew"
    assert stage.ask(readers.url("/well/two"), mode="unsubscribe", bounds=bounds) is None


def test_a_change_is_announced_once_and_whoever_died_before_it_is_made_up_for(stage: Stage, readers: Readers) -> None:
    stage.subscribe(readers.url("/well/one"))
    stage.publish(announced=False)  # and here the process died
    assert stage.announce() == [ATOM, JSON, RSS]
    assert stage.announce() == []
    assert stage.tell() == 1


def test_a_file_that_is_being_written_is_not_announced_yet(stage: Stage) -> None:
    from publisher.store import files
    from publisher.store.files import StoredFile

    with stage.store.write() as conn:
        files.put(conn, {"atom.xml": StoredFile(digest="")}, now=stage.now)
    assert stage.announce() == []


def test_a_site_that_tells_nobody_writes_nothing_down(sqlite_store: Store, tmp_path: Path) -> None:
    stage = Stage(store=sqlite_store, folder=tmp_path, audience=replace(AUDIENCE, own_hub=""))
    stage.publish()
    assert stage.announce() == []
