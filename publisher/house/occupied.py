"""Names that somebody is busy with, so that nobody else begins the same."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field


@dataclass(slots=True)
class Occupied:
    """Threads may share it."""

    _names: set[str] = field(default_factory=set, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def take(self, name: str) -> bool:
        """False: somebody has it."""
        with self._lock:
            if name in self._names:
                return False
            self._names.add(name)
            return True

    def leave(self, name: str) -> None:
        with self._lock:
            self._names.discard(name)

    def __contains__(self, name: object) -> bool:
        with self._lock:
            return name in self._names
