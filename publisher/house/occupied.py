"""Names that somebody is busy with, so that nobody else begins the same."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

_LOOK_EVERY_SECONDS = 0.02


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

    def wait_until_free(self, seconds: float) -> bool:
        """Return when nobody is busy any more; False where the time was over before."""
        until = time.monotonic() + seconds
        while True:
            with self._lock:
                if not self._names:
                    return True
            if time.monotonic() >= until:
                return False
            time.sleep(_LOOK_EVERY_SECONDS)

    def __contains__(self, name: object) -> bool:
        with self._lock:
            return name in self._names
