"""The server's journal: what it saw and said, a line of JSON for each event, on the disk before it is said.

What stands in it is the truth about a run: the ledger is held against it (`law.py`).
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class What(StrEnum):
    OPEN = "open"  # a connection came
    RCPT = "rcpt"  # a reader was refused at RCPT
    CUT = "cut"  # its letter had begun, and was not read to its end
    END = "end"  # a letter came whole
    CLOSE = "close"  # a connection ended
    DOWN = "down"  # the port is closed
    UP = "up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    what: What
    at: float  # seconds since 1970
    connection: int = 0
    reader: str = ""
    asked: float = 0.0  # when its RCPT came
    reply: str = ""  # "": there was none
    taken: bool = False
    message_id: str = ""
    digest: str = ""  # of the letter
    how: str = ""  # a connection ended: `quit`, `gone`, `closing`, `cut`, `down`


class Journal:
    """Appends; used by all threads of the server."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._lock = threading.Lock()
        self._written = 0
        self._synced = 0
        self._syncing = threading.Lock()

    def write(self, what: What, **facts: object) -> None:
        """One event; it is on the disk when this returns. Those who come meanwhile share a sync."""
        with self._lock:
            event = {"what": what.value, "at": time.time(), **facts}
            os.write(self._file, (json.dumps(event) + "\n").encode())
            self._written += 1
            mine = self._written
        with self._syncing:
            if self._synced < mine:
                upto = self._written
                os.fsync(self._file)
                self._synced = upto


class Reading:
    """Reads on in a journal that grows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = 0
        self.events: list[Event] = []
        self.taken = 0

    def on(self) -> list[Event]:
        """All events so far."""
        if self._path.exists():
            with self._path.open("rb") as file:
                file.seek(self._at)
                new = file.read()
            whole = new[: new.rfind(b"\n") + 1]
            self._at += len(whole)
            for event in _events(whole):
                self.events.append(event)
                self.taken += event.taken
        return self.events


def _events(lines: bytes) -> Iterator[Event]:
    for line in lines.splitlines():
        found = json.loads(line)
        yield Event(**found | {"what": What(found["what"])})
