"""Receiving what comes back as long as the site is served: a thread for each `[bounces.NAME]`.

A mailbox is watched; for a mail server on this machine one listens. What cannot be opened (no password, a
port that somebody has) is said once, tried again, and ends nothing else; so is what fails by a fault of
the program, which is logged. Stopping waits a few seconds for a visit on its way; one that still waits for
its server then is left to end by itself: it stores nothing any more, and what it did not store stays
in its mailbox.
"""

from __future__ import annotations

import logging
import threading
import time

from publisher.bounce.lmtp import Listening, LmtpServer
from publisher.bounce.mailbox import Store
from publisher.bounce.perseverance import persevere
from publisher.bounce.watching import Watch
from publisher.house.mailboxes import open_mailbox, store_of
from publisher.house.opened import House

STOPS_WITHIN_SECONDS = 5.0

log = logging.getLogger(__name__)


class Receiving:
    """`start`, then `stop`; in between, messages are taken in."""

    def __init__(self, house: House, stopped: threading.Event) -> None:
        self._house = house
        self._stopped = stopped
        self._threads = [
            threading.Thread(target=self._receive, args=(name,), name=f"bounces.{name}", daemon=True)
            for name in house.config.bounces
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopped.set()
        end = time.monotonic() + STOPS_WITHIN_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
            if thread.is_alive():
                log.warning("%s still waits for its server; what is not stored stays there", thread.name)

    def _receive(self, name: str) -> None:
        """One table, until we are to stop."""
        store = store_of(self._house, name, say=_warn, stop=self._stopped.is_set)
        persevere(f"bounces.{name}", lambda: self._take_in(name, store), stopped=self._stopped.wait)

    def _take_in(self, name: str, store: Store) -> None:
        table, opened = self._house.config.bounces[name], open_mailbox(self._house, name)
        if isinstance(opened, Listening):
            with LmtpServer(opened, store, largest_bytes=table.largest) as server:
                log.info("bounces.%s: listening at %s", name, opened.describe())
                server.wait(self._stopped.wait)
        else:
            Watch(mailbox=opened, store=store, every=table.every, stopped=self._stopped.wait).run()


def _warn(line: str) -> None:
    log.warning("%s", line)
