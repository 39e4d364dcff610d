"""kill -9 in the middle of telling subscribers, three times, and what each has in the end.

Who tells them is a process of its own (this file, run as a program), killed by SIGKILL at a
moment that a callback chooses; the callbacks live in the test and write down what they got.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path

from publisher.model.entitytag import tag_of
from publisher.store.database import Store, open_store
from tests.hub_readers import Got, Readers, reader_server
from tests.hub_stage import Stage
from tests.warm import Warm

SUBSCRIBERS = 120
THREADS = 6
KILLS = (20, 55, 56)  # after so many deliveries, all in all
ROOT = Path(__file__).parent.parent


class Executioner:
    """Kills the process when its moment has come, before the delivery of that moment is answered."""

    def __init__(self, readers: Readers) -> None:
        self.left = list(KILLS)
        self.victim: Warm | None = None
        self.lock = threading.Lock()
        self.readers = readers

    def look(self, _got: Got) -> None:
        with self.lock:
            if self.victim and self.left and len(self.readers.deliveries()) >= self.left[0]:
                self.left.pop(0)
                os.kill(self.victim.pid, signal.SIGKILL)
                self.victim = None


def test_a_killed_hub_loses_no_change_and_repeats_only_what_was_open(sqlite_store: Store, tmp_path: Path) -> None:
    (tmp_path / "feeds").mkdir()
    with reader_server() as readers:
        stage = Stage(store=sqlite_store, folder=tmp_path / "feeds")
        stage.publish()
        stage.later(hours=1)
        stage.subscribe(*(readers.url(f"/well/{number}") for number in range(SUBSCRIBERS)))
        stage.publish()
        executioner = Executioner(readers)
        readers.on_delivery = executioner.look
        for _ in KILLS:
            process = tell(tmp_path, executioner)
            assert process.wait(60) == -signal.SIGKILL, "it was killed before its end"
        assert tell(tmp_path, executioner).wait(60) == 0

        newest = tag_of(stage.read("atom.xml") or b"")
        told = Counter(got.path for got in readers.deliveries())
        assert len(told) == SUBSCRIBERS, "nobody is forgotten"
        assert told.total() - SUBSCRIBERS <= len(KILLS) * THREADS, "only what was open is delivered again"
        assert {tag_of(got.body) for got in readers.deliveries()} == {newest}
        assert {stage.get(readers.url(path)).since for path in told} == {newest}


def tell(folder: Path, executioner: Executioner) -> Warm:
    with executioner.lock:
        executioner.victim = Warm(["-m", "tests.test_push_kill", str(folder)], cwd=ROOT)
        return executioner.victim


def main(folder: str) -> None:
    store = open_store("sqlite:///publisher.db", root=Path(folder))
    stage = Stage(store=store, folder=Path(folder) / "feeds", threads=THREADS)
    stage = replace(stage, per_host=THREADS)
    stage.later(days=1)
    stage.tell()
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
