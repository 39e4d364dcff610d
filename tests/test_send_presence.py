"""Who sends now: real processes that come, go and are killed; what they share; and who is dead elsewhere."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from publisher.errors import Unwritable
from publisher.lockfile import is_held, open_lock, take
from publisher.send.presence import Presence, present
from publisher.store import schema, senders
from publisher.store.database import Store, open_store
from tests.conftest import NOW
from tests.warm import Warm

SENDER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from publisher.send.presence import present
from publisher.store.database import open_store

url, root, folder = sys.argv[1:]
store = open_store(url, root=Path(root))
with present(store, Path(folder), clock=lambda: datetime.now(UTC)) as presence:
    print(presence.id, flush=True)
    sys.stdin.read()
store.close()
"""
MINUTE = timedelta(minutes=1)


def clock() -> datetime:
    return NOW


@contextmanager
def running(url: str, root: Path, folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process that sends, and its number; ended when the block ends, if it still runs."""
    command = ["-c", SENDER, url, str(root), str(folder)]
    with Warm(command, strict=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        yield process, int(process.stdout.readline())
        if process.poll() is None:
            process.communicate("")
            assert process.returncode == 0


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def entered(store: Store) -> list[int]:
    with store.read() as conn:
        return [one.id for one in senders.get_all(conn, now=NOW)]


def seen(store: Store) -> list[datetime]:
    with store.read() as conn:
        return [one.seen for one in senders.get_all(conn, now=NOW)]


def dead(store: Store, presence: Presence) -> list[int]:
    with store.read() as conn:
        return presence.dead(conn, NOW)


def alive(store: Store, presence: Presence) -> list[int]:
    with store.read() as conn:
        return presence.alive(conn, NOW)


def shares(store: Store, connections: int, *presences: Presence) -> list[int]:
    with store.read() as conn:
        return [presence.share(conn, connections) for presence in presences]


def test_processes_see_each_other_and_a_killed_one_is_dead_at_once(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "var" / "senders"
    with (
        running(database_url, tmp_path, folder) as (ended, first),
        running(database_url, tmp_path, folder) as (killed, second),
        present(store, folder, clock=clock) as mine,
    ):
        assert first < second < mine.id
        assert alive(store, mine) == [first, second, mine.id]
        assert dead(store, mine) == []
        assert shares(store, 8, mine) == [2]
        kill(killed)
        assert dead(store, mine) == [second]
        assert alive(store, mine) == [first, mine.id]
        assert shares(store, 8, mine) == [4]
        ended.communicate("")
        assert ended.returncode == 0
        assert dead(store, mine) == [second], "who ends takes its row with it"
        assert entered(store) == [second, mine.id]
        with store.write() as conn:
            mine.bury(conn, [second])
        assert [path.name for path in folder.iterdir()] == [f"{mine.id}.lock"]
    assert entered(store) == []
    assert list(folder.iterdir()) == []


def test_a_number_is_never_given_twice(store: Store, tmp_path: Path) -> None:
    numbers = []
    for _ in range(3):
        with present(store, tmp_path / "senders", clock=clock) as presence:
            numbers.append(presence.id)
    assert len(set(numbers)) == 3


def test_connections_are_divided_and_are_never_more_together_than_there_are(
    sqlite_store: Store, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        present_ones = [stack.enter_context(present(sqlite_store, tmp_path / "senders", clock=clock)) for _ in range(5)]
        for connections in range(13):
            each = shares(sqlite_store, connections, *present_ones)
            assert sum(each) == connections
            assert max(each) - min(each) <= 1
        with sqlite_store.write() as conn:
            senders.leave(conn, present_ones[1].id, present_ones[3].id)
        assert shares(sqlite_store, 4, present_ones[0], present_ones[2], present_ones[4]) == [2, 1, 1]


def let_be_seen(store: Store, sender: int, *, ago: timedelta) -> None:
    with store.write() as conn:
        clock_of_all = NOW if conn.dialect.name == "sqlite" else datetime.now(UTC)
        seen = update(schema.senders).where(schema.senders.c.id == sender).values(seen=clock_of_all - ago)
        assert conn.execute(seen).rowcount == 1


def test_a_sender_of_another_host_is_dead_when_it_was_not_seen_for_a_minute(store: Store, tmp_path: Path) -> None:
    with present(store, tmp_path / "senders", clock=clock) as mine:
        with store.write() as conn:
            other = senders.enter(conn, host="elsewhere", pid=1, now=NOW)
        assert alive(store, mine) == [mine.id, other]
        let_be_seen(store, other, ago=MINUTE - timedelta(seconds=10))
        let_be_seen(store, mine.id, ago=2 * MINUTE)
        assert dead(store, mine) == [], "nobody is dead for itself"
        let_be_seen(store, other, ago=MINUTE)
        assert dead(store, mine) == [other]
        assert alive(store, mine) == [mine.id]


def test_a_folder_of_the_same_name_on_a_machine_of_the_same_name_is_another_host(
    sqlite_store: Store, tmp_path: Path
) -> None:
    folder = tmp_path / "senders"
    with present(sqlite_store, folder, clock=clock) as there:
        folder.rename(tmp_path / "elsewhere")
        with present(sqlite_store, folder, clock=clock) as here:
            assert here.host != there.host
            assert dead(sqlite_store, here) == []


def test_that_it_lives_is_written_down_every_few_seconds_also_by_a_clock_that_was_set_back(
    store: Store, tmp_path: Path
) -> None:
    with present(store, tmp_path / "senders", clock=clock) as mine:

        def is_written(now: datetime) -> bool:
            let_be_seen(store, mine.id, ago=7 * MINUTE)
            before = seen(store)
            with store.write() as conn:
                mine.keep(conn, now)
            return seen(store) != before

        seconds = [0, 4, 5, 9, 10, -600, -596, -595]
        written = [is_written(NOW + timedelta(seconds=second)) for second in seconds]
        assert written == [True, False, True, False, True, True, False, True]


def test_a_sender_that_was_taken_for_dead_enters_again_under_its_number(store: Store, tmp_path: Path) -> None:
    with present(store, tmp_path / "senders", clock=clock) as mine:
        with store.write() as conn:
            senders.leave(conn, mine.id)
            assert mine.alive(conn, NOW) == [mine.id]
            mine.keep(conn, NOW)
        assert entered(store) == [mine.id]
    assert entered(store) == []


def test_a_lock_is_held_before_anybody_can_see_the_row(store: Store, tmp_path: Path) -> None:
    """Two begin at the same moment: neither takes the other for dead."""
    folder = tmp_path / "senders"
    begin = threading.Barrier(4)

    def come_and_look() -> list[int]:
        begin.wait()
        with present(store, folder, clock=clock) as mine:
            found = dead(store, mine)
            begin.wait()  # until all have looked
        return found

    with ThreadPoolExecutor(4) as threads:
        found = [future.result() for future in [threads.submit(come_and_look) for _ in range(4)]]
    assert found == [[], [], [], []]


def test_a_number_whose_lock_somebody_holds_for_another_database_is_passed_over(
    sqlite_store: Store, tmp_path: Path
) -> None:
    folder = tmp_path / "senders"
    held = open_lock(folder / "1.lock")
    assert take(held)
    try:
        with present(sqlite_store, folder, clock=clock) as mine:
            assert mine.id == 2
            assert entered(sqlite_store) == [2]
            assert is_held(folder / "1.lock"), "and it is not swept away"
    finally:
        os.close(held)


def test_locks_of_those_who_died_while_they_entered_are_swept_away(sqlite_store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "senders"
    folder.mkdir()
    for name in ("77.lock", "notes.txt", "a.lock"):
        (folder / name).touch()
    with present(sqlite_store, folder, clock=clock) as mine:
        assert {path.name for path in folder.iterdir()} == {f"{mine.id}.lock", "notes.txt", "a.lock"}


def test_a_folder_that_cannot_be_made_is_named_and_nobody_is_entered(sqlite_store: Store, tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file, not a folder")
    with (
        pytest.raises(Unwritable, match="var/senders"),
        present(sqlite_store, tmp_path / "var" / "senders", clock=clock),
    ):
        pass
    assert entered(sqlite_store) == []


def test_a_sender_whose_database_fails_at_its_end_leaves_a_row_that_is_dead(
    sqlite_store: Store, tmp_path: Path
) -> None:
    folder = tmp_path / "senders"
    url = "sqlite:///publisher.db?timeout=0.1"
    impatient = open_store(url, root=tmp_path)
    with ExitStack() as stack:
        gone = stack.enter_context(present(impatient, folder, clock=clock))
        with sqlite_store.write():  # somebody else holds the database
            stack.close()
    impatient.close()
    with present(sqlite_store, folder, clock=clock) as mine:
        assert dead(sqlite_store, mine) == [gone.id]
