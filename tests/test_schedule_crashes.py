"""Two processes, crashes, restarts, long silences: each date is done or seen to be missed, once."""

from __future__ import annotations

import signal
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.model.schedule import Run, RunState
from publisher.schedule.jobs import Clockwork, Entry
from publisher.schedule.slots import Times
from publisher.store import schema
from publisher.store.database import Store, open_store
from tests import warm

START = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
SEVEN = Times(cron="0 7 * * *", zone=UTC)


class Newsroom:
    """A store and a clock that two processes share; a job that dies when it is told to."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = START
        self.dies_next = False
        self.finished: Counter[str] = Counter()
        self.processes = [self.process(), self.process()]

    def process(self) -> Clockwork:
        entry = Entry(when=SEVEN, grace=timedelta(hours=6), job=self.job)
        started = Clockwork(self.store, {"morning": entry}, lambda: self.now)
        started.sync()
        return started

    def job(self, run: Run) -> str:
        if self.dies_next:
            self.dies_next = False
            raise KeyboardInterrupt
        self.finished[run.slot.key] += 1
        return ""

    def look(self, which: int) -> None:
        try:
            self.processes[which].run_due()
        except KeyboardInterrupt:
            self.restart()

    def restart(self) -> None:
        """All died; the first to start again holds the lock and recovers."""
        self.processes = [self.process(), self.process()]
        self.processes[0].recover()

    def rows(self) -> dict[str, RunState]:
        with self.store.read() as conn:
            rows = conn.execute(schema.schedule_runs.select()).mappings().all()
        return {row["slot"]: RunState(row["state"]) for row in rows}


steps = st.one_of(
    st.integers(1, 200_000).map(lambda seconds: ("wait", seconds)),
    st.sampled_from((0, 1)).map(lambda which: ("look", which)),
    st.sampled_from((("die", 0), ("restart", 0))),
)


@settings(max_examples=20, deadline=None)
@given(story=st.lists(steps, max_size=25))
def test_whatever_happens_each_date_is_done_or_missed_exactly_once(
    migrated_file: bytes, story: list[tuple[str, int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "publisher.db").write_bytes(migrated_file)
        store = open_store("sqlite:///publisher.db", root=Path(folder))
        try:
            room = Newsroom(store)
            for step, number in story:
                if step == "wait":
                    room.now += timedelta(seconds=number)
                elif step == "look":
                    room.look(number)
                elif step == "die":
                    room.dies_next = True
                else:
                    room.restart()
            room.dies_next = False
            room.restart()
            room.look(0)
            rows = room.rows()
        finally:
            store.close()
    wanted, day = set(), START.date()
    while datetime(day.year, day.month, day.day, 7, tzinfo=UTC) <= room.now:
        wanted.add(day.isoformat())
        day += timedelta(days=1)
    assert set(rows) == wanted
    assert set(rows.values()) <= {RunState.DONE, RunState.MISSED}
    assert room.finished == Counter([slot for slot, state in rows.items() if state is RunState.DONE])


KILLED = """
import os, signal, sys, pathlib
from datetime import UTC, datetime, timedelta
from publisher.schedule.jobs import Clockwork, Entry
from publisher.schedule.slots import Every
from publisher.store.database import open_store

def job(run):
    with open(sys.argv[2], "a") as done:
        print(run.slot.key, file=done)
    if sys.argv[3] == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"

store = open_store("sqlite:///publisher.db", root=pathlib.Path(sys.argv[1]))
entry = Entry(when=Every(interval=timedelta(days=366)), grace=timedelta(hours=6), job=job)
works = Clockwork(store, {"collect": entry}, lambda: datetime.now(UTC))
works.recover()
works.sync()
print(len(works.run_due()))
store.close()
"""


def test_a_process_killed_in_its_job_is_followed_by_one_that_does_it_again(tmp_path: Path) -> None:
    done = tmp_path / "done"

    def process(fate: str) -> tuple[int, str]:
        ended = warm.run(["-c", KILLED, str(tmp_path), str(done), fate])
        return ended.returncode, ended.stdout

    assert process("die")[0] == -signal.SIGKILL
    assert process("live") == (0, "1\n")
    assert process("live") == (0, "0\n")
    first, second = done.read_text().split()
    assert first == second
