"""The loop: it ticks, survives what goes wrong, and stops when the running job has ended."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from publisher.model.schedule import Run
from publisher.schedule.jobs import Clockwork, Entry
from publisher.schedule.loop import Loop
from publisher.schedule.slots import Every
from publisher.store.database import Store

PATIENCE_SECONDS = 10


def now() -> datetime:
    return datetime.now(UTC)


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.01)


@contextmanager
def running(store: Store, job: Callable[[Run], str]) -> Iterator[Loop]:
    every_second = Entry(when=Every(interval=timedelta(seconds=1)), grace=timedelta(hours=1), job=job)
    works = Clockwork(store, {"often": every_second}, now)
    works.sync()
    loop = Loop(works, tick_seconds=0.05)
    loop.start()
    try:
        yield loop
    finally:
        loop.stop()


def test_the_loop_runs_slot_after_slot_though_jobs_fail(sqlite_store: Store) -> None:
    slots: list[str] = []
    twice = threading.Event()

    def job(run: Run) -> str:
        slots.append(run.slot.key)
        if len(slots) == 2:
            twice.set()
        raise ValueError("not today")

    with running(sqlite_store, job):
        assert twice.wait(PATIENCE_SECONDS)
    assert len(set(slots)) == len(slots)


def test_stopping_waits_for_the_job_that_is_being_done(sqlite_store: Store) -> None:
    begun, ended, go_on = threading.Event(), threading.Event(), threading.Event()

    def job(_run: Run) -> str:
        begun.set()
        go_on.wait(PATIENCE_SECONDS)
        ended.set()
        return "done"

    with running(sqlite_store, job) as loop:
        assert begun.wait(PATIENCE_SECONDS)
        stopper = threading.Thread(target=loop.stop)
        stopper.start()
        go_on.set()
        stopper.join(PATIENCE_SECONDS)
        assert ended.is_set()
        assert not stopper.is_alive()


def test_a_database_that_is_gone_for_a_while_does_not_end_the_loop(
    sqlite_store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ran = threading.Event()

    def job(_run: Run) -> str:
        ran.set()
        return ""

    with running(sqlite_store, job):
        assert ran.wait(PATIENCE_SECONDS)
        with closing(sqlite3.connect(tmp_path / "publisher.db", isolation_level=None)) as other_hand:
            other_hand.execute("ALTER TABLE schedules RENAME TO mislaid")
            wait_until(lambda: "nothing could be run: database" in caplog.text)
            other_hand.execute("ALTER TABLE mislaid RENAME TO schedules")
        ran.clear()
        assert ran.wait(PATIENCE_SECONDS)


def test_a_loop_that_never_started_can_be_stopped(sqlite_store: Store) -> None:
    Loop(Clockwork(sqlite_store, {}, now)).stop()


def test_a_fault_of_the_program_does_not_end_the_loop(sqlite_store: Store, caplog: pytest.LogCaptureFixture) -> None:
    def stopped_clock() -> datetime:
        raise ZeroDivisionError("the clock has stopped")

    loop = Loop(Clockwork(sqlite_store, {}, stopped_clock), tick_seconds=0.05)
    loop.start()
    try:
        wait_until(lambda: caplog.text.count("ZeroDivisionError: the clock has stopped") > 1)
    finally:
        loop.stop()


def test_what_may_be_due_at_any_moment_is_done_between_the_jobs_and_its_fault_ends_nothing(
    sqlite_store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[int] = []

    def errand() -> None:
        done.append(len(done))
        if len(done) == 1:
            raise ZeroDivisionError("a fault of the program")

    loop = Loop(Clockwork(sqlite_store, {}, now), tick_seconds=0.05, errand=errand)
    loop.start()
    wait_until(lambda: len(done) > 2)
    loop.stop()
    assert "a fault of the program" in caplog.text
    count = len(done)
    loop.tick()
    assert len(done) == count, "nothing is begun after it was stopped"
