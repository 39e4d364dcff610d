"""A run: senders that are killed, a server that fails, and what stands in the end.

Senders are killed by SIGKILL: most at a moment of the wire, when the server has taken so many
letters and a few milliseconds more; every fourth some time after its start, so that also
opening, claiming and closing are hit. Who ended by himself is started again after time has
passed (`stage.py`), until the issue is finished; then what is in doubt is to be sent again.

Where the ledger is on a PostgreSQL server of the run's own, that is stopped and started meanwhile,
too: every second time by a crash, and every third time a sender is killed while it is away.
"""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.books import KILLED, Death, Resolution, Run, breaches, cut_off
from tests.chaos.faults import Chances
from tests.chaos.journal import Reading
from tests.chaos.postgres import Postgres
from tests.chaos.server import Settings, running_server
from tests.chaos.stage import Stage, a_stage

CONNECTIONS = 4
LOOK_SECONDS = 0.005
MAIL = "pause_at = { refused = 100, blamed = 200 }"  # a run with faults would pause itself
RELAY = """[relays.out]
url = "{url}"
connections = {connections}
per_connection = {per_connection}
timeout = "20s"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    letters: int = 20_000
    kills: int = 20
    senders: int = 1
    connections: int = CONNECTIONS
    per_connection: int = 100
    patience_seconds: float = 1800.0
    database: str = ""  # else SQLite
    restarts: int = 0  # of the PostgreSQL server
    away_seconds: float = 3.0  # how long that is away, at most


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What a run came to."""

    breaches: list[str] = field(default_factory=list)
    counts: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class _Sender:
    process: subprocess.Popen[str]
    begun: float


class _Chaos:
    """One run."""

    def __init__(
        self,
        stage: Stage,
        reading: Reading,
        size: Size,
        *,
        seed: int,
        tell: Callable[[str], None],
        postgres: Postgres | None,
    ) -> None:
        self.stage = stage
        self.deaths: list[Death] = []
        self.resolutions: list[Resolution] = []
        self.starts = 0
        self.restarts = 0
        self.faults: list[str] = []
        self._reading = reading
        self._size = size
        self._tell = tell
        self._dice = random.Random(f"{seed} kills")
        by_letters = size.kills - size.kills // 4
        spread = range(1, max(2, int(size.letters * 0.85)))
        self._moments = sorted(self._dice.sample(spread, by_letters))  # letters taken
        self._early = size.kills // 4  # some time after a start
        self._postgres = postgres
        self._aways = sorted(random.Random(f"{seed} restarts").sample(spread, size.restarts))  # letters taken
        self._senders: list[_Sender] = []
        self._end = time.monotonic() + size.patience_seconds

    def live(self) -> None:
        while True:
            self._send_until_finished()
            doubts = self.stage.rows("in_doubt")
            if not doubts:
                return
            self._tell(f"{len(doubts)} in doubt: to be sent again")
            self.resolutions.append(Resolution(at=time.time(), rows=tuple(doubts)))
            done = self.stage.site.run("issues", "resolve-doubt", "1", "--as", "unsent")
            assert done.code == 0, done.err

    def _send_until_finished(self) -> None:
        finished = False
        while not finished:
            assert time.monotonic() < self._end, f"it is not finished: {self.stage.states()}"
            self._reading.on()
            self._kill_if_it_is_time()
            self._restart_if_it_is_time()
            ended = [sender for sender in self._senders if sender.process.poll() is not None]
            for sender in ended:
                self._bury(sender)
            finished = bool(ended) and self.stage.issue_state() == "sent"
            if not finished:
                self._start_missing()
            time.sleep(LOOK_SECONDS)
        for sender in list(self._senders):
            sender.process.wait(60)
            self._bury(sender)

    def _start_missing(self) -> None:
        while len(self._senders) < self._size.senders:
            self.stage.time_passes()
            self._senders.append(_Sender(process=self.stage.send(), begun=time.monotonic()))
            self.starts += 1
            if self._early and self._dice.random() < 0.5:
                self._early -= 1
                time.sleep(self._dice.uniform(0.3, 1.5))
                self._kill(self._senders[-1])

    def _kill_if_it_is_time(self) -> None:
        if self._moments and self._reading.taken >= self._moments[0] and self._senders:
            del self._moments[0]
            time.sleep(self._dice.uniform(0, 0.03))
            self._kill(self._dice.choice(self._senders))

    def _restart_if_it_is_time(self) -> None:
        if not (self._postgres and self._aways and self._reading.taken >= self._aways[0]):
            return
        del self._aways[0]
        self.restarts += 1
        crash, seconds = self.restarts % 2 == 0, self._dice.uniform(0, self._size.away_seconds)
        doomed = self._dice.choice(self._senders) if self._senders and self.restarts % 3 == 0 else None
        self._postgres.stop(crash=crash)
        time.sleep(seconds)
        if doomed:
            doomed.process.send_signal(signal.SIGKILL)
        self._postgres.start()
        how = "crashed" if crash else "was stopped"
        self._tell(f"PostgreSQL {how} after {self._reading.taken} letters, and was away for {seconds:.1f} s")
        if doomed:
            self._note_death(doomed)

    def _kill(self, sender: _Sender) -> None:
        sender.process.send_signal(signal.SIGKILL)
        self._note_death(sender)

    def _note_death(self, sender: _Sender) -> None:
        sender.process.wait(60)
        if sender.process.returncode != -signal.SIGKILL:
            self._tell("a sender ended before it could be killed")
            return
        self.stage.wait_for_its_last_words(sender.process)
        hit = [row for row in self.stage.rows("sending", "in_doubt") if row.state == "sending" or row.reply == KILLED]
        self.deaths.append(Death(at=time.time(), sending=frozenset(row.reader for row in hit)))
        on_the_wire = sum(row.state == "sending" for row in hit)
        most = 2 * self._size.connections * self._size.senders  # the dead one's and those of who lives
        if on_the_wire > most:
            self.faults.append(f"{on_the_wire} letters stood in `sending`, which may not be more than {most}")
        self._tell(f"killed after {self._reading.taken} letters, {on_the_wire} on the wire")

    def _bury(self, sender: _Sender) -> None:
        self._senders.remove(sender)
        out, err = sender.process.communicate()
        code = sender.process.returncode
        assert "Traceback" not in err, f"a sender ended with {code}: {out}{err}"
        assert code in (0, 1, -signal.SIGKILL), f"a sender ended with {code}: {out}{err}"
        if code != -signal.SIGKILL:
            self._tell(f"ended with {code} after {self._reading.taken} letters: {(err or out).strip()[-160:]!r}")


def live_through(
    folder: Path, size: Size, settings: Settings, *, tell: Callable[[str], None], postgres: Postgres | None = None
) -> Outcome:
    """One run, from an issue that is due to the judgement."""
    folder.mkdir(parents=True, exist_ok=True)
    reading = Reading(folder / "journal")
    begun = time.monotonic()
    with running_server(folder / "journal", settings) as server:
        relay = RELAY.format(url=server.url, connections=size.connections, per_connection=size.per_connection)
        database = postgres.url if postgres else size.database
        with a_stage(folder / "site", readers=size.letters, relays=relay, mail=MAIL, database=database) as stage:
            chaos = _Chaos(stage, reading, size, seed=settings.seed, tell=tell, postgres=postgres)
            sending = time.monotonic()
            chaos.live()
            rows = stage.rows()
        journal = reading.on()
    run = Run(
        readers=stage.readers,
        rows=rows,
        journal=journal,
        deaths=chaos.deaths,
        resolutions=chaos.resolutions,
        chunking=settings.chances.get("chunking", Chances().chunking) > 0,
    )
    doubts = [row for one in chaos.resolutions for row in one.rows]
    how = cut_off(journal)
    counts = {
        "letters": len(rows),
        "sent": sum(row.state == "sent" for row in rows),
        "failed": sum(row.state == "failed" for row in rows),
        "taken by the server": sum(event.taken for event in journal),
        "refusals at RCPT": sum(event.what == "rcpt" for event in journal),
        "connections": sum(event.what == "open" for event in journal),
        "connections that the server cut": sum(event.how in ("cut", "down") for event in journal),
        "times down": sum(event.what == "down" for event in journal),
        "senders started": chaos.starts,
        "senders killed": len(chaos.deaths),
        "restarts of the database": chaos.restarts,
        "in doubt by a kill": sum(row.reply == KILLED for row in doubts),
        "in doubt by the server": sum(row.reply != KILLED for row in doubts),
        "of these on connections that ended with 421": sum(
            how.get(row.reader) == "closing" for row in doubts if row.reply != KILLED
        ),
        "seconds to prepare": sending - begun,
        "seconds": time.monotonic() - sending,
    }
    return Outcome(breaches=[*chaos.faults, *breaches(run)], counts=counts)
