"""What is looked after beside all else: standings, by what the ledger knows and what came back."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from publisher.bounce.answers import keep_up
from publisher.errors import PublisherError
from publisher.house.blocking import blocking_in_words, pause_where_much_is_blocked
from publisher.house.opened import House, utc_now
from publisher.house.pausing import pause_in_words
from publisher.house.returning import issues_going, pause_where_much_comes_back
from publisher.store import pauses, tries
from publisher.store.forgetting import SOME, anybody_unconfirmed, forget_unconfirmed

EVERY_SECONDS = 60.0
FORGETS_EVERY_SECONDS = 3600.0

log = logging.getLogger(__name__)


def bring_up_to_date(house: House, stop: Callable[[], bool], say: Callable[[str], None]) -> None:
    """Do it now. What cannot be done now is done the next time: it fails nothing else, and is said."""
    try:
        keep_up(house.store, keys=house.keys, now=utc_now(), stop=stop)
        _end_pauses(house)
        for paused in pause_where_much_comes_back(house, issues_going(house)):
            say(pause_in_words(paused))
        for one in pause_where_much_is_blocked(house, issues_going(house)):
            say(blocking_in_words(house, one))
    except PublisherError as wrong:
        say(f"what was refused or came back is counted later: {wrong}")


def _end_pauses(house: House) -> None:
    now = utc_now()
    with house.store.read() as conn:
        anybody = pauses.anybody_over(conn, now=now)
    if anybody:
        with house.store.write() as conn:
            pauses.end_those_over(conn, now=now)


def forget(house: House) -> None:
    """Let go of who never confirmed, and of how often people asked to join; what cannot be done now is done later."""
    try:
        with house.store.write() as conn:
            tries.forget_old(conn, now=utc_now())
        while _is_anybody_unconfirmed(house):
            with house.store.write() as conn:
                if forget_unconfirmed(conn, now=utc_now()) < SOME:
                    return
    except PublisherError as wrong:
        log.warning("who never confirmed is forgotten later: %s", wrong)


def _is_anybody_unconfirmed(house: House) -> bool:
    with house.store.read() as conn:
        return anybody_unconfirmed(conn, now=utc_now())


class KeepingUp:
    """The same each minute, for whoever looks at the clock each second."""

    def __init__(self, house: House, stop: Callable[[], bool]) -> None:
        self._house = house
        self._stop = stop
        self._at = 0.0
        self._forgets_at = 0.0

    def look(self) -> None:
        """Do it, where it is time."""
        if time.monotonic() >= self._at:
            bring_up_to_date(self._house, self._stop, log.warning)
            self._at = time.monotonic() + EVERY_SECONDS
        if time.monotonic() >= self._forgets_at:
            forget(self._house)
            self._forgets_at = time.monotonic() + FORGETS_EVERY_SECONDS
