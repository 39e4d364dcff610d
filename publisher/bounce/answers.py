"""What no message tells: letters that were refused while they were sent, and rests that are over.

The job is done at the end of each run of a sender, and now and then beside it. It costs what is new:
failures that no standing has yet stand in an index of their own, and so do rests that are over. A failure is
marked as counted in the transaction that counts it, so whoever is killed anywhere counts nothing twice.

A failure is counted as of the moment when it happened, whenever the job is done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from publisher.bounce.acting import Source, happened, look_after
from publisher.bounce.intake import TakenIn, act_on_unread
from publisher.bounce.policy import bounce_of
from publisher.model.incoming import Evidence, Failure
from publisher.model.reason import Reason, reason_named
from publisher.store import fates, messages, standings
from publisher.store.database import Store
from publisher.store.fates import SentLetter

LOOK_AGAIN_AFTER = timedelta(hours=1)  # at a reader whose rest is over, and who gets no letter
BATCH = 50  # readers in a transaction: senders wait for no longer than that takes


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptUp:
    """What there was to do."""

    failures: int = 0  # counted
    settled: int = 0  # readers who stand otherwise since their rest is over
    woken: int = 0  # who get letters again
    taken: tuple[TakenIn, ...] = ()  # messages that somebody who was killed had left


def keep_up(
    store: Store,
    *,
    keys: tuple[bytes, ...],
    now: datetime,
    stop: Callable[[], bool] = lambda: False,
    batch: int = BATCH,
) -> KeptUp:
    """Bring all standings up to date; where it is stopped, the rest is done the next time."""
    taken = act_on_unread(store, keys=keys, now=now, stop=stop)
    failures = settled = 0
    while not stop() and (number := _count_failures(store, batch)):
        failures += number
    while not stop() and (found := _look_after(store, batch, now=now)) is not None:
        settled += found
    with store.read() as conn:
        anybody = standings.anybody_to_wake(conn, now=now) or messages.any_old(conn, now=now)
    woken = 0
    if anybody and not stop():
        with store.write() as conn:
            woken = standings.wake(conn, now=now)
            messages.forget_old(conn, now=now)
    return KeptUp(failures=failures, settled=settled, woken=woken, taken=tuple(taken))


def _count_failures(store: Store, batch: int) -> int:
    with store.read() as conn:
        if not fates.uncounted(conn, limit=1):
            return 0  # mostly; nobody waits for us
    with store.write() as conn:
        standings.take_turn(conn)
        letters = fates.uncounted(conn, limit=batch)
        for letter in letters:
            event = bounce_of(_failure_of(letter), reader=letter.email, at=letter.changed, sent_at=letter.changed)
            if event:
                happened(conn, letter, event, source=Source(detail=_words_of(letter)), now=letter.changed)
        fates.count(conn, [letter.id for letter in letters])
    return len(letters)


def _failure_of(letter: SentLetter) -> Failure:
    return Failure(
        address=letter.email,
        reason=reason_named(letter.reason) or Reason.UNCLEAR,
        lasting=True,
        code=letter.code,
        status=letter.enhanced,
        text=letter.reply,
        evidence=Evidence.REPORT,  # a reply is to one recipient
    )


def _words_of(letter: SentLetter) -> str:
    return " ".join(part for part in (str(letter.code or ""), letter.enhanced, letter.reply) if part)


def _look_after(store: Store, batch: int, *, now: datetime) -> int | None:
    """How many of the next readers who rested until now stand otherwise; None: nobody is left to be looked at."""
    with store.read() as conn:
        readers = standings.whose_time_is_over(conn, now=now, limit=batch)
    if not readers:
        return None
    settled = 0
    with store.write() as conn:
        standings.take_turn(conn)
        for reader in readers:
            if look_after(conn, reader, now=now):
                settled += 1
            else:
                standings.look_again(conn, reader, at=now + LOOK_AGAIN_AFTER)
    return settled
