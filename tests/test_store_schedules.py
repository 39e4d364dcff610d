"""Schedules and their runs: each slot once, whoever looks at the clock, and nothing forgotten."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from publisher.model.schedule import Run, RunState, Schedule, ScheduleEvent, ScheduleState, Slot
from publisher.store import schedules
from publisher.store.database import Store, open_store
from tests.conftest import NOW


def slot(day: int) -> Slot:
    return Slot(key=f"2026-11-{day:02}", at=NOW + timedelta(days=day - 22))


def put(store: Store, *names: str) -> None:
    with store.write() as conn:
        for name in names:
            schedules.put(conn, name, slot(23))


def runs(store: Store, name: str = "collect") -> list[tuple[str, RunState]]:
    with store.read() as conn:
        table = schedules.schema.schedule_runs
        rows = conn.execute(table.select().where(table.c.schedule == name).order_by(table.c.at)).mappings()
        return [(row["slot"], RunState(row["state"])) for row in rows]


def test_a_schedule_is_there_with_its_next_slot(store: Store) -> None:
    put(store, "publish", "collect")
    with store.read() as conn:
        assert [schedule.name for schedule in schedules.get_all(conn)] == ["collect", "publish"]
        assert schedules.find(conn, "collect") == Schedule(
            name="collect", state=ScheduleState.ACTIVE, next_slot=slot(23), last_run=None, last_state=None
        )
        assert schedules.find(conn, "nothing") is None


def test_a_schedule_may_have_no_next_slot(store: Store) -> None:
    put(store, "collect")
    with store.write() as conn:
        schedules.put(conn, "collect", None)
        found = schedules.find(conn, "collect")
    assert found
    assert found.next_slot is None


def test_a_pause_outlasts_what_config_says_about_when(store: Store) -> None:
    put(store, "collect", "publish")
    with store.write() as conn:
        assert schedules.set_state(conn, "collect", ScheduleEvent.PAUSE)
        assert not schedules.set_state(conn, "collect", ScheduleEvent.PAUSE)
        schedules.put(conn, "collect", slot(25))
        collect, publish = schedules.get_all(conn)
        assert (collect.state, collect.next_slot) == (ScheduleState.PAUSED, slot(25))
        assert publish.state is ScheduleState.ACTIVE
        assert schedules.set_state(conn, "collect", ScheduleEvent.RESUME)
        assert not schedules.set_state(conn, "collect", ScheduleEvent.RESUME)
        assert not schedules.set_state(conn, "nothing", ScheduleEvent.PAUSE)


def test_a_slot_is_written_down_once(store: Store) -> None:
    put(store, "collect", "publish")
    with store.write() as conn:
        assert schedules.add_run(conn, "collect", slot(22))
        assert not schedules.add_run(conn, "collect", slot(22))
        assert schedules.add_run(conn, "collect", slot(23))
        assert schedules.add_run(conn, "publish", slot(22))
    assert runs(store) == [("2026-11-22", RunState.DUE), ("2026-11-23", RunState.DUE)]


def test_what_is_due_comes_in_the_order_of_its_time(store: Store) -> None:
    put(store, "collect", "publish")
    with store.write() as conn:
        for name, day in (("publish", 23), ("collect", 24), ("publish", 22), ("collect", 22)):
            schedules.add_run(conn, name, slot(day))
        schedules.claim_run(conn, "publish", slot(22).key, now=NOW)
        due = [(run.schedule, run.slot.key) for run in schedules.due_runs(conn)]
    assert due == [("collect", "2026-11-22"), ("publish", "2026-11-23"), ("collect", "2026-11-24")]


def test_of_many_who_look_at_the_same_clock_one_gets_the_slot(store: Store, database_url: str, tmp_path: Path) -> None:
    """Two processes: each has its own way to the same database, and two threads."""
    put(store, "collect")
    with store.write() as conn:
        for day in range(1, 6):
            schedules.add_run(conn, "collect", slot(day))
    other = open_store(database_url, root=tmp_path)
    ready = threading.Barrier(4)
    claimed: list[Run] = []

    def claim(through: Store) -> None:
        ready.wait()
        for day in range(1, 6):
            with through.write() as conn:
                run = schedules.claim_run(conn, "collect", slot(day).key, now=NOW)
            if run:
                claimed.append(run)

    threads = [threading.Thread(target=claim, args=[through]) for through in (store, other, store, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert sorted(run.slot.key for run in claimed) == [slot(day).key for day in range(1, 6)]
    assert all(run.state is RunState.RUNNING for run in claimed)


def test_of_many_who_write_down_a_slot_one_was_first(store: Store) -> None:
    put(store, "collect")
    ready = threading.Barrier(4)
    first: list[bool] = []

    def add() -> None:
        ready.wait()
        with store.write() as conn:
            first.append(schedules.add_run(conn, "collect", slot(22)))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(first) == [False, False, False, True]


def test_a_slot_that_is_not_there_cannot_be_claimed(store: Store) -> None:
    put(store, "collect")
    with store.write() as conn:
        assert schedules.claim_run(conn, "collect", "2026-11-22", now=NOW) is None
        assert schedules.claim_run(conn, "nothing", "2026-11-22", now=NOW) is None


@pytest.mark.parametrize(("ends", "state"), [(schedules.finish_run, "done"), (schedules.fail_run, "failed")])
def test_a_claimed_slot_ends_once(store: Store, ends: object, state: str) -> None:
    put(store, "collect")
    end = schedules.finish_run if ends is schedules.finish_run else schedules.fail_run
    with store.write() as conn:
        schedules.add_run(conn, "collect", slot(22))
        (due,) = schedules.due_runs(conn)
        assert not end(conn, due.id, now=NOW, note="too early")
        run = schedules.claim_run(conn, "collect", slot(22).key, now=NOW)
        assert run
        assert end(conn, run.id, now=NOW, note="three new posts 🐟")
        assert not schedules.finish_run(conn, run.id, now=NOW, note="again")
        assert not schedules.fail_run(conn, run.id, now=NOW, note="again")
        assert schedules.claim_run(conn, "collect", slot(22).key, now=NOW) is None
        found = schedules.find(conn, "collect")
    assert found
    assert (found.last_run, found.last_state, found.last_note) == (NOW, RunState(state), "three new posts 🐟")


def test_a_note_is_kept_whatever_it_holds_and_however_long(store: Store) -> None:
    put(store, "collect")
    with store.write() as conn:
        schedules.add_run(conn, "collect", slot(22))
        run = schedules.claim_run(conn, "collect", slot(22).key, now=NOW)
        assert run
        assert schedules.fail_run(conn, run.id, now=NOW, note="no file \udcff\0 " + "x" * 5000)
        found = schedules.find(conn, "collect")
    assert found
    assert found.last_note.startswith(r"no file \udcff\x00 xxx")
    assert len(found.last_note) < 1100


def test_a_missed_slot_is_recorded_and_never_run(store: Store) -> None:
    put(store, "collect")
    with store.write() as conn:
        assert schedules.miss(conn, "collect", slot(20), now=NOW, note="nothing was running")
        assert not schedules.miss(conn, "collect", slot(20), now=NOW, note="again")
        assert schedules.claim_run(conn, "collect", slot(20).key, now=NOW) is None
        schedules.add_run(conn, "collect", slot(21))
        schedules.claim_run(conn, "collect", slot(21).key, now=NOW)
        assert not schedules.miss(conn, "collect", slot(21), now=NOW, note="it runs")
        assert schedules.add_run(conn, "collect", slot(22))
        assert schedules.miss(conn, "collect", slot(22), now=NOW, note="it was due and came too late")
    states = [RunState.MISSED, RunState.RUNNING, RunState.MISSED]
    assert runs(store) == list(zip((slot(20).key, slot(21).key, slot(22).key), states, strict=True))


def test_what_a_dead_process_left_running_is_due_again(store: Store) -> None:
    put(store, "collect")
    with store.write() as conn:
        for day in (20, 21, 22, 23):
            schedules.add_run(conn, "collect", slot(day))
        claimed = [schedules.claim_run(conn, "collect", slot(day).key, now=NOW) for day in (20, 21, 22)]
        schedules.finish_run(conn, claimed[0].id, now=NOW, note="")
        assert schedules.release_running(conn) == 2
        assert schedules.release_running(conn) == 0
        assert schedules.claim_run(conn, "collect", slot(21).key, now=NOW)
    states = [RunState.DONE, RunState.RUNNING, RunState.DUE, RunState.DUE]
    assert [state for _, state in runs(store)] == states


def test_old_runs_are_forgotten_and_open_ones_are_not(store: Store) -> None:
    put(store, "collect", "publish")
    with store.write() as conn:
        for day in range(1, 10):
            schedules.add_run(conn, "collect", slot(day))
            run = schedules.claim_run(conn, "collect", slot(day).key, now=NOW) if day > 2 else None
            if run and day > 3:
                schedules.finish_run(conn, run.id, now=NOW, note="")
        schedules.miss(conn, "publish", slot(1), now=NOW, note="")
        assert schedules.prune(conn, "collect", keep=2) == 4
        assert schedules.prune(conn, "collect", keep=2) == 0
        last = schedules.last_run(conn, "collect")
        assert last
        assert last.slot == slot(9)
        assert schedules.last_run(conn, "nothing") is None
    assert [key for key, _ in runs(store)] == [slot(day).key for day in (1, 2, 3, 8, 9)]
    assert len(runs(store, "publish")) == 1


def test_schedules_that_config_no_longer_has_go_with_their_runs(store: Store) -> None:
    put(store, "collect", "publish", "newsletter:old:daily")
    with store.write() as conn:
        schedules.add_run(conn, "newsletter:old:daily", slot(22))
        assert schedules.drop_others(conn, ["collect", "publish"]) == 1
        assert [schedule.name for schedule in schedules.get_all(conn)] == ["collect", "publish"]
        assert schedules.due_runs(conn) == []
        assert schedules.drop_others(conn, []) == 2
