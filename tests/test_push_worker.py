"""The pusher as `publisher serve` runs it: all of its crews, from start to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from publisher.errors import PublishError
from publisher.push.worker import Pusher
from publisher.store import schema
from publisher.store.database import Store
from tests.hub_readers import Readers, reader_server
from tests.hub_stage import Stage

PATIENCE_SECONDS = 30.0


@pytest.fixture
def readers() -> Iterator[Readers]:
    with reader_server() as server:
        yield server


@pytest.fixture
def stage(sqlite_store: Store, tmp_path: Path) -> Stage:
    (tmp_path / "feeds").mkdir()
    return Stage(store=sqlite_store, folder=tmp_path / "feeds")


def pusher_of(stage: Stage, *, read: Callable[[str], bytes | None] | None = None) -> Pusher:
    return Pusher(
        store=stage.store,
        audience=stage.audience,
        read=read or stage.read,
        clock=stage.clock,
        limits=stage.limits,
        hub_limits=stage.limits,
    )


@contextmanager
def running(pusher: Pusher) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=pusher.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()


def wait_for(happened: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_it_makes_up_for_what_was_not_announced_and_tells_everybody(stage: Stage, readers: Readers) -> None:
    stage.audience = replace(stage.audience, hubs=(readers.url("/well/hub"),))
    stage.publish()
    stage.later(hours=1)
    stage.subscribe(readers.url("/well/one"))
    stage.publish(announced=False)  # and here the process died
    stage.ask(readers.url("/well/two"))
    with running(pusher_of(stage)):
        wait_for(lambda: len(readers.deliveries("/well/hub")) == 3)
        wait_for(lambda: len(readers.deliveries("/well/one")) == 1)
        wait_for(lambda: stage.found(readers.url("/well/two")) is not None)


def test_a_place_that_cannot_be_read_is_told_and_tried_again(
    stage: Stage, readers: Readers, caplog: pytest.LogCaptureFixture
) -> None:
    stage.publish()
    stage.later(hours=1)
    stage.subscribe(readers.url("/well/one"))
    stage.publish()

    def unreadable(name: str) -> bytes | None:
        raise PublishError(f"{name} cannot be read: the disk is gone")

    with running(pusher_of(stage, read=unreadable)):
        wait_for(lambda: stage.get(readers.url("/well/one")).failures == 1)
    assert stage.get(readers.url("/well/one")).problem == "atom.xml cannot be read: the disk is gone"
    assert "Traceback" not in caplog.text
    stage.later(minutes=2)
    with running(pusher_of(stage)):
        wait_for(lambda: len(readers.deliveries("/well/one")) == 1)


def test_a_store_in_trouble_ends_nothing(stage: Stage, readers: Readers, caplog: pytest.LogCaptureFixture) -> None:
    stage.publish()
    with stage.store.write() as conn:
        schema.hub_requests.drop(conn)
    with running(pusher_of(stage)):
        wait_for(lambda: "hub_requests" in caplog.text)
    assert "push: " in caplog.text


def test_by_hand_hubs_are_told_within_bounds(stage: Stage, readers: Readers) -> None:
    readers.slow_seconds = 1.0
    hubs = tuple(readers.url(f"/slow/{number}") for number in range(8))
    stage.audience = replace(stage.audience, own_hub="", hubs=hubs)
    stage.limits = replace(stage.limits, timeout=timedelta(seconds=0.5))
    stage.publish()
    pings = pusher_of(stage).ping_once(seconds=0.1)
    assert len(pings) == 24
    assert any(one.problem for one in pings)
    assert any(one.next_try and not one.problem for one in pings), "the rest waits for who serves"
