"""kill -9 in the middle of an issue, five times, and what readers have in the end.

The sender is a process of its own (this file, run as a program), killed by SIGKILL at a
moment that the relay chooses; the relay lives in the test and writes down what it took.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path

from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueState
from publisher.send.relay import read_relay
from publisher.send.traffic import RECONNECT_SECONDS
from publisher.store import entries, issues, ledger
from publisher.store.database import Store, open_store
from tests import smtp_servers
from tests.sending import send_by
from tests.test_send_deliver import CONTEXT
from tests.warm import Warm
from tests.writers import put_issue_on_its_way

READERS = 500
CONNECTIONS = 3
ROOT = Path(__file__).parent.parent

# At which step of which letter the sender is killed: `taken` letters, then the next such verb.
KILLS = ((40, "MAIL"), (110, "BODY"), (200, "END"), (290, "RCPT"), (400, "END"))


class Executioner:
    """Kills the sender once each time its moment has come; the relay then answers nothing more to it."""

    def __init__(self) -> None:
        self.victim = 0
        self.left = list(KILLS)
        self.lock = threading.Lock()

    def answer(self, verb: str, argument: str, taken: int) -> None:
        with self.lock:
            if self.victim and self.left and verb == self.left[0][1] and taken >= self.left[0][0]:
                self.left.pop(0)
                os.kill(self.victim, signal.SIGKILL)
                self.victim = 0

    def let_live(self, process: Warm) -> None:
        with self.lock:
            self.victim = process.pid


def test_a_killed_sender_sends_to_nobody_twice_and_forgets_nobody(sqlite_store: Store, tmp_path: Path) -> None:
    issue = put_issue_on_its_way(sqlite_store, READERS)
    executioner = Executioner()
    with smtp_servers.Relay(answer=executioner.answer) as server:
        for number in range(len(KILLS)):
            process = run_sender(tmp_path, server.port)
            executioner.let_live(process)
            assert process.wait(60) == -signal.SIGKILL, "it was killed before its end"
            in_doubt = states(sqlite_store, issue)
            on_the_wire = in_doubt.get(DeliveryState.SENDING, 0)
            assert 0 < on_the_wire <= 2 * CONNECTIONS
            assert in_doubt.get(DeliveryState.IN_DOUBT, 0) <= number * 2 * CONNECTIONS
        assert run_sender(tmp_path, server.port).wait(60) == 0

    after = states(sqlite_store, issue)
    assert set(after) == {DeliveryState.SENT, DeliveryState.IN_DOUBT}
    assert sum(after.values()) == READERS
    assert after[DeliveryState.IN_DOUBT] <= len(KILLS) * 2 * CONNECTIONS
    taken = Counter(server.recipients())
    assert max(taken.values()) == 1, "nobody has it twice"
    with sqlite_store.read() as conn:
        sent = {entry.email for entry in entries.of(conn, issue, [DeliveryState.SENT], limit=READERS)}
        doubtful = {entry.email for entry in entries.of(conn, issue, [DeliveryState.IN_DOUBT], limit=READERS)}
        assert issues.get_issue(conn, issue).state is IssueState.SENT
    assert sent <= set(taken), "whoever is told to have it has it"
    assert set(taken) - sent <= doubtful, "and whoever has it otherwise is in doubt"


def states(store: Store, issue: int) -> dict[DeliveryState, int]:
    with store.read() as conn:
        return ledger.counts(conn, issue)


def run_sender(folder: Path, port: int) -> Warm:
    return Warm(["-m", "tests.test_send_kill", str(folder), str(port)], cwd=ROOT)


def main(folder: str, port: str) -> None:
    store = open_store("sqlite:///publisher.db", root=Path(folder))
    relay = read_relay(f"smtp://127.0.0.1:{port}", name="test", connections=CONNECTIONS, timeout=timedelta(seconds=10))
    report = send_by(store, relay, context=CONTEXT, reconnect_seconds=RECONNECT_SECONDS, drain_seconds=10.0)
    store.close()
    sys.exit(1 if report.problem else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
