"""Watching a mailbox: visits, one after another, as long as nobody stops us.

A visit is due when the mailbox says that something came, else after `every`. A mailbox that fails is
tried again after 1, 2, 4 ... seconds, five minutes at most; where trying soon will not help (a
refused login), after a quarter of an hour, so that nobody locks the account. A database that is away
is waited for in the same way, and the messages wait in their mailbox. What is the matter is said
once, and again when it is over.

Not here: what becomes of a message; `store` is handed in.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from publisher.bounce.mailbox import LeftAlone, Mailbox, Store, Visit
from publisher.errors import MailboxError, StorageError

LONGEST_SECONDS = 300.0
HOPELESS_SECONDS = 900.0

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Watch:
    """One mailbox, in one thread; `stopped(s)` waits s seconds, and less once we are to stop: then it is true."""

    mailbox: Mailbox
    store: Store
    every: timedelta
    stopped: Callable[[float], bool]
    _failures: int = field(default=0, init=False)
    _said: str = field(default="", init=False)
    _left: frozenset[LeftAlone] = field(default=frozenset(), init=False)

    def run(self) -> None:
        """Until we are to stop."""
        try:
            while not self.stopped(0):
                try:
                    self._tell(self.mailbox.visit(self.store))
                    self.mailbox.wait(self.every.total_seconds(), self.stopped)
                except (MailboxError, StorageError) as wrong:
                    self.stopped(self._pause(wrong))
        finally:
            self.mailbox.close()

    def _tell(self, visit: Visit) -> None:
        name = self.mailbox.describe()
        if self._said:
            log.info("mailbox %s can be read again", name)
        self._failures, self._said = 0, ""
        if visit.stored:
            log.info("mailbox %s: %d messages stored", name, visit.stored)
        left = frozenset(visit.left)
        for one in sorted(left - self._left, key=lambda one: one.place):
            log.warning("mailbox %s: %s stays there: %s", name, one.place, one.problem)
        self._left = left

    def _pause(self, wrong: MailboxError | StorageError) -> float:
        """How many seconds to wait after a failure, which is said where it is a new one."""
        self._failures += 1
        if str(wrong) != self._said:
            log.warning("%s", wrong)
            self._said = str(wrong)
        return pause_seconds(self._failures, permanent=isinstance(wrong, MailboxError) and wrong.permanent)


def pause_seconds(failures: int, *, permanent: bool) -> float:
    """How long to wait after so many failures in a row."""
    if permanent:
        return HOPELESS_SECONDS
    return min(2.0 ** min(failures - 1, 20), LONGEST_SECONDS)
