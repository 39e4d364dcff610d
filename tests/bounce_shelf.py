"""Where tests put messages that came in: it keeps all, and can be full at a certain one."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from publisher.bounce.mailbox import Received
from publisher.errors import StorageError


@dataclass
class Shelf:
    """`fails_at`: the so-manieth message cannot be stored, the first time."""

    fails_at: int = 0
    received: list[Received] = field(default_factory=list)
    came: threading.Event = field(default_factory=threading.Event)
    _asked: int = 0

    def store(self, received: Received) -> None:
        self._asked += 1
        if self._asked == self.fails_at:
            raise StorageError("the shelf is full", retry=True)
        self.received.append(received)
        self.came.set()

    @property
    def octets(self) -> list[bytes]:
        return [one.octets for one in self.received]

    @property
    def digests(self) -> list[str]:
        return [one.digest for one in self.received]

    @property
    def places(self) -> list[str]:
        return [one.place for one in self.received]
