"""Work that is not to end before we are to stop: whatever ends it, it is begun again after a while.

What is known to go wrong (a port that somebody has, a password that is not there) is said once. What nobody
foresaw is logged each time with where it happened. Both wait longer and longer, five minutes at most,
and less again once it went well for longer than that.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from publisher.bounce.watching import LONGEST_SECONDS, pause_seconds
from publisher.errors import PublisherError

log = logging.getLogger(__name__)


def persevere(
    name: str,
    work: Callable[[], None],
    *,
    stopped: Callable[[float], bool],
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Do it until we are to stop; `stopped(s)` waits s seconds, and less once we are: then it is true."""
    failures, said = 0, ""
    while not stopped(0):
        began = clock()
        try:
            work()
            continue
        except PublisherError as wrong:
            if str(wrong) != said:
                said = str(wrong)
                log.warning("%s is tried again: %s", name, said)
        except Exception:  # or what comes back would lie there unread until somebody starts us anew
            log.exception("%s failed by a fault of the program, and is begun again", name)
        failures = 1 if clock() - began > LONGEST_SECONDS else failures + 1
        stopped(pause_seconds(failures, permanent=False))
