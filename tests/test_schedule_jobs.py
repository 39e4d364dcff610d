"""The clockwork over a real database: each slot once, whatever fails, dies or races."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from publisher.errors import SourceError
from publisher.model.schedule import Run, RunState, ScheduleEvent, ScheduleState, Slot
from publisher.schedule.jobs import KEPT_RUNS, Clockwork, Entry
from publisher.schedule.slots import EPOCH, Every, Times, When
from publisher.store import schedules
from publisher.store.database import Store

HOUR = timedelta(hours=1)
SIX_HOURS = timedelta(hours=6)
SEVEN = Times(cron="0 7 * * *", zone=UTC)
QUARTERLY = Every(interval=timedelta(minutes=15))


class Clock:
    """A clock that the test sets."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def set(self, text: str) -> None:
        self.now = datetime.fromisoformat(text).replace(tzinfo=UTC)


class Notebook:
    """A job that writes down what it was asked to do."""

    def __init__(self) -> None:
        self.slots: list[str] = []

    def __call__(self, run: Run) -> str:
        self.slots.append(run.slot.key)
        return f"did {run.slot.key}"


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 11, 22, 6, 0, tzinfo=UTC))


def entry(job: Callable[[Run], str], when: When = SEVEN) -> Entry:
    return Entry(when=when, grace=SIX_HOURS, job=job)


def clockwork(store: Store, clock: Clock, **entries: Entry) -> Clockwork:
    made = Clockwork(store, entries, clock)
    made.sync()
    return made


def states(store: Store, name: str) -> tuple[RunState | None, str]:
    with store.read() as conn:
        schedule = schedules.find(conn, name)
    assert schedule
    return schedule.last_state, schedule.last_note


def next_at(store: Store, name: str) -> datetime | None:
    with store.read() as conn:
        schedule = schedules.find(conn, name)
    return schedule.next_slot.at if schedule and schedule.next_slot else None


def test_a_job_runs_when_its_slot_comes_and_only_once(store: Store, clock: Clock) -> None:
    job = Notebook()
    works = clockwork(store, clock, morning=entry(job))
    assert works.run_due() == []
    clock.set("2026-11-22T07:00:01")
    (ended,) = works.run_due()
    assert (ended.run.state, ended.note) == (RunState.DONE, "did 2026-11-22")
    assert works.run_due() == []
    assert job.slots == ["2026-11-22"]
    assert states(store, "morning") == (RunState.DONE, "did 2026-11-22")
    assert next_at(store, "morning") == datetime(2026, 11, 23, 7, tzinfo=UTC)


def test_three_days_down_make_one_run_and_missed_slots_that_are_shown(sqlite_store: Store, clock: Clock) -> None:
    job = Notebook()
    works = clockwork(sqlite_store, clock, morning=entry(job))
    clock.set("2026-11-25T09:00")
    works.run_due()
    assert job.slots == ["2026-11-25"]
    with sqlite_store.read() as conn:
        recorded = [schedules.claim_run(conn, "morning", f"2026-11-{day}", now=clock()) for day in (22, 23, 24)]
    assert recorded == [None, None, None]  # missed, so they can never be claimed
    with sqlite_store.write() as conn:
        again = [schedules.add_run(conn, "morning", Slot(key=f"2026-11-{day}", at=clock())) for day in (22, 23, 24, 25)]
    assert again == [False] * 4  # they have their rows


def test_a_run_too_late_for_its_grace_is_recorded_as_missed(sqlite_store: Store, clock: Clock) -> None:
    job = Notebook()
    works = clockwork(sqlite_store, clock, morning=entry(job))
    clock.set("2026-11-22T13:30")
    assert works.run_due() == []
    state, note = states(sqlite_store, "morning")
    assert (job.slots, state) == ([], RunState.MISSED)
    assert note == "nothing was running at 2026-11-22 07:00 UTC, and it was too late when that changed"


def test_an_interval_starts_at_once_and_keeps_its_pace(sqlite_store: Store, clock: Clock) -> None:
    job = Notebook()
    works = clockwork(sqlite_store, clock, collect=entry(job, QUARTERLY))
    for moment in ("06:00:00", "06:14:59", "06:15:00", "06:20:00", "08:01:00"):
        clock.set(f"2026-11-22T{moment}")
        works.run_due()
    assert job.slots == ["20261122T060000Z", "20261122T061500Z", "20261122T080000Z"]


def test_a_failing_job_is_written_down_and_stops_no_other(sqlite_store: Store, clock: Clock) -> None:
    def broken(_run: Run) -> str:
        raise SourceError(source="wire", place="https://example.org/feed", problem="it is not a feed")

    def faulty(_run: Run) -> str:
        raise ZeroDivisionError("a division of columns")

    job = Notebook()
    works = clockwork(sqlite_store, clock, a=entry(broken), b=entry(faulty), c=entry(job))
    clock.set("2026-11-22T07:00")
    assert [one.went_well for one in works.run_due()] == [False, False, True]
    assert job.slots == ["2026-11-22"]
    assert states(sqlite_store, "a") == (
        RunState.FAILED,
        "source 'wire' (https://example.org/feed): it is not a feed",
    )
    assert states(sqlite_store, "b")[1] == (
        "a fault of the program (ZeroDivisionError: a division of columns); the log has more"
    )


def test_jobs_run_in_the_order_of_their_slots(sqlite_store: Store, clock: Clock) -> None:
    order: list[str] = []

    def job(run: Run) -> str:
        order.append(run.schedule)
        return ""

    half_past = Times(cron="30 6 * * *", zone=UTC)
    works = clockwork(sqlite_store, clock, a=entry(job), z=entry(job, half_past))
    clock.set("2026-11-22T07:10")
    works.run_due()
    assert order == ["z", "a"]


def test_what_a_dead_process_left_running_is_done_again(store: Store, clock: Clock) -> None:
    def dying(_run: Run) -> str:
        raise KeyboardInterrupt

    works = clockwork(store, clock, morning=entry(dying))
    clock.set("2026-11-22T07:00")
    with pytest.raises(KeyboardInterrupt):
        works.run_due()
    assert states(store, "morning")[0] is RunState.RUNNING
    job = Notebook()
    after = clockwork(store, clock, morning=entry(job))
    assert after.run_due() == []  # it may still be running: only who holds the lock may say that it died
    assert after.recover() == 1
    after.run_due()
    assert job.slots == ["2026-11-22"]


def test_an_end_that_cannot_be_written_down_is_done_again_after_the_next_start(
    sqlite_store: Store, clock: Clock, tmp_path: Path
) -> None:
    job = Notebook()
    with closing(sqlite3.connect(tmp_path / "publisher.db", isolation_level=None)) as other_hand:

        def losing(run: Run) -> str:
            if not job.slots:
                other_hand.execute("ALTER TABLE schedule_runs RENAME TO mislaid")
            return job(run)

        works = clockwork(sqlite_store, clock, morning=entry(losing))
        clock.set("2026-11-22T07:00")
        assert len(works.run_due()) == 1
        other_hand.execute("ALTER TABLE mislaid RENAME TO schedule_runs")
    assert states(sqlite_store, "morning")[0] is RunState.RUNNING
    assert works.recover() == 1
    works.run_due()
    assert job.slots == ["2026-11-22"] * 2
    assert states(sqlite_store, "morning")[0] is RunState.DONE


def test_of_many_that_look_at_the_same_clock_one_runs_a_slot(store: Store, clock: Clock) -> None:
    job = Notebook()
    works = [clockwork(store, clock, morning=entry(job), collect=entry(job, QUARTERLY)) for _ in range(6)]
    clock.set("2026-11-22T07:00")
    begin = threading.Barrier(len(works))

    def look(one: Clockwork) -> None:
        begin.wait()
        one.run_due()

    threads = [threading.Thread(target=look, args=(one,)) for one in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(job.slots) == ["2026-11-22", "20261122T070000Z"]


def test_a_paused_schedule_neither_runs_nor_misses(sqlite_store: Store, clock: Clock) -> None:
    job = Notebook()
    works = clockwork(sqlite_store, clock, morning=entry(job))
    with sqlite_store.write() as conn:
        assert schedules.set_state(conn, "morning", ScheduleEvent.PAUSE)
    for day in (22, 23, 24):
        clock.set(f"2026-11-{day}T07:00")
        works.run_due()
    with sqlite_store.write() as conn:
        schedules.set_state(conn, "morning", ScheduleEvent.RESUME)
    works.run_due()
    assert (job.slots, states(sqlite_store, "morning")[0]) == ([], None)
    clock.set("2026-11-25T07:00")
    works.run_due()
    assert job.slots == ["2026-11-25"]


def test_a_pause_that_nobody_watched_makes_nothing_late(sqlite_store: Store, clock: Clock) -> None:
    job = Notebook()
    works = clockwork(sqlite_store, clock, morning=entry(job))
    with sqlite_store.write() as conn:
        schedules.set_state(conn, "morning", ScheduleEvent.PAUSE)
    clock.set("2026-11-24T08:00")
    works = clockwork(sqlite_store, clock, morning=entry(job))
    with sqlite_store.write() as conn:
        schedules.set_state(conn, "morning", ScheduleEvent.RESUME)
    assert works.run_due() == []
    assert next_at(sqlite_store, "morning") == datetime(2026, 11, 25, 7, tzinfo=UTC)


def test_a_changed_config_is_taken_up_while_running(sqlite_store: Store, clock: Clock) -> None:
    job = Notebook()
    works = clockwork(sqlite_store, clock, morning=entry(job), gone=entry(job))
    works.take_up({"morning": entry(job, Times(cron="0 9 * * *", zone=UTC)), "new": entry(job, QUARTERLY)})
    with sqlite_store.read() as conn:
        assert [one.name for one in schedules.get_all(conn)] == ["morning", "new"]
        assert all(one.state is ScheduleState.ACTIVE for one in schedules.get_all(conn))
    clock.set("2026-11-22T07:00")
    works.run_due()
    assert job.slots == ["20261122T070000Z"]
    clock.set("2026-11-22T09:00")
    works.run_due()
    assert job.slots.count("2026-11-22") == 1


def test_a_time_edited_after_it_ran_does_not_run_twice_that_day(sqlite_store: Store, clock: Clock) -> None:
    job = Notebook()
    works = clockwork(sqlite_store, clock, morning=entry(job))
    clock.set("2026-11-22T07:00")
    works.run_due()
    works.take_up({"morning": entry(job, Times(cron="0 9 * * *", zone=UTC))})
    for moment in ("22T09:00", "22T12:00", "23T09:00"):
        clock.set(f"2026-11-{moment}")
        works.run_due()
    assert job.slots == ["2026-11-22", "2026-11-23"]


def test_a_slot_can_be_run_by_hand_once(sqlite_store: Store, clock: Clock) -> None:
    job = Notebook()
    works = clockwork(sqlite_store, clock, morning=entry(job))
    slot = Slot(key="2026-11-22", at=datetime(2026, 11, 22, 7, tzinfo=UTC))
    first, second = works.run_slot("morning", slot), works.run_slot("morning", slot)
    assert first
    assert first.went_well
    assert second is None
    clock.set("2026-11-22T07:00")
    works.run_due()
    assert job.slots == ["2026-11-22"]


def test_who_stops_between_two_jobs_leaves_the_second_due(sqlite_store: Store, clock: Clock) -> None:
    job = Notebook()
    works = clockwork(sqlite_store, clock, a=entry(job), b=entry(job))
    clock.set("2026-11-22T07:00")
    assert len(works.run_due(stop=lambda: bool(job.slots))) == 1
    assert len(works.run_due()) == 1
    assert len(job.slots) == 2


def test_old_runs_are_forgotten_in_the_end(sqlite_store: Store, clock: Clock) -> None:
    works = clockwork(sqlite_store, clock, collect=entry(Notebook(), QUARTERLY))
    with sqlite_store.write() as conn:
        for number in range(KEPT_RUNS + 20):
            schedules.miss(conn, "collect", Slot(key=str(number), at=EPOCH + number * HOUR), now=clock(), note="")
    works.run_due()
    with sqlite_store.write() as conn:
        assert schedules.prune(conn, "collect", keep=0) == KEPT_RUNS


def test_a_job_of_a_schedule_that_is_gone_is_left_alone(sqlite_store: Store, clock: Clock) -> None:
    works = clockwork(sqlite_store, clock, morning=entry(Notebook()))
    with sqlite_store.write() as conn:
        schedules.put(conn, "elsewhere", Slot(key="2026-11-22", at=clock()))
        schedules.add_run(conn, "elsewhere", Slot(key="2026-11-22", at=clock()))
    assert works.run_due() == []
