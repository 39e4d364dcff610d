"""Who sends now: a number, a row and a lock for each sending process, and what they share by that.

Theory. A process that sends holds the lock of the file `ID.lock`, and has its row in `senders`;
it has the lock before others can see the row. However it dies, the kernel gives back the lock: so
on its own host a sender whose lock is free is dead, at once and without a doubt. On other hosts it
is dead that was not seen for a minute; each writes down every few seconds that it lives. Numbers
are never given twice, so nothing that one left is ever taken for another's.

Connections of a relay are divided by the rank of numbers. While one comes or goes, some may be
open of both divisions, until all have looked again.

Responsible for who lives. What the dead left is put right in the ledger by who asks.

Known weakness: a sender that stands still for a minute (a suspended machine) is dead for other
hosts. When it goes on, what it had on the wire is in doubt, and what it had claimed is due.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from publisher.errors import StorageError, Unwritable
from publisher.lockfile import is_held, open_lock, take
from publisher.store import senders
from publisher.store.database import Store

KEPT_EVERY = timedelta(seconds=5)
DEAD_AFTER = timedelta(seconds=60)  # without a word, on another host
_SUFFIX = ".lock"


class Presence:
    """This process among those that send."""

    def __init__(self, sender: int, folder: Path, *, host: str, clock: Callable[[], datetime]) -> None:
        self.id = sender
        self.host = host
        self.in_haste = False  # to leave without a word: then it counts as dead, without its lock
        self._folder = folder
        self._clock = clock
        self._kept: datetime | None = None

    def keep(self, conn: Connection, now: datetime) -> None:
        """Write down that this one lives, now and then; in a transaction that writes."""
        if self._kept and timedelta() <= now - self._kept < KEPT_EVERY:  # a clock that was set back must not end it
            return
        self._kept = now
        if not senders.seen(conn, self.id, now=now):
            senders.enter_as(conn, self.id, host=self.host, pid=os.getpid(), now=now)

    def alive(self, conn: Connection, now: datetime) -> list[int]:
        """The numbers of all that live, with this one."""
        return sorted({self.id, *(one.id for one in senders.get_all(conn, now=now) if self._lives(one))})

    def dead(self, conn: Connection, now: datetime) -> list[int]:
        """The numbers of others that are entered and do not live."""
        return [one.id for one in senders.get_all(conn, now=now) if not self._lives(one)]

    def bury(self, conn: Connection, dead: Collection[int]) -> None:
        """Take the dead out, when what they had left is put right."""
        senders.leave(conn, *dead)
        for one in dead:
            _remove(_path(self._folder, one))

    def share(self, conn: Connection, connections: int) -> int:
        """How many of a relay's connections are ours; those of all that live come to as many as there are."""
        alive = self.alive(conn, self._clock())
        each, over = divmod(connections, len(alive))
        return each + (alive.index(self.id) < over)

    def _lives(self, other: senders.Sender) -> bool:
        if other.id == self.id:
            return True
        if other.host == self.host:
            return is_held(_path(self._folder, other.id))
        return other.silent < DEAD_AFTER


@contextmanager
def present(store: Store, folder: Path, *, clock: Callable[[], datetime]) -> Iterator[Presence]:
    """Be one of the senders meanwhile; locks are in `folder`, e.g. `var/senders`.

    Raises Unwritable where the lock cannot be made, StorageError where the database refuses.
    """
    host = _host_of(folder)
    with ExitStack() as locks:
        with store.write() as conn:
            sender = _enter(conn, folder, locks, host=host, now=clock())
        presence = Presence(sender, folder, host=host, clock=clock)
        try:
            yield presence
        finally:
            if not presence.in_haste:
                _leave(store, folder, sender)


def _leave(store: Store, folder: Path, sender: int) -> None:
    with suppress(StorageError):  # then it counts as dead, without its lock
        with store.write() as conn:
            senders.leave(conn, sender)
        _remove(_path(folder, sender))


def _enter(conn: Connection, folder: Path, locks: ExitStack, *, host: str, now: datetime) -> int:
    """A number with its row and its lock. Until this transaction ends nobody sees the row, and nobody else enters."""
    while True:
        sender = senders.enter(conn, host=host, pid=os.getpid(), now=now)
        descriptor = open_lock(_path(folder, sender))
        locks.callback(os.close, descriptor)
        if take(descriptor):
            break
        senders.leave(conn, sender)  # somebody sends from this folder for a database that it had before
    _sweep(folder, {one.id for one in senders.get_all(conn, now=now)})
    return sender


def _sweep(folder: Path, entered: Collection[int]) -> None:
    """Remove locks that nobody holds and that are of no sender: of those that died while they entered."""
    for path in folder.glob(f"*{_SUFFIX}"):
        if path.stem.isdecimal() and int(path.stem) not in entered and not is_held(path):
            _remove(path)


def _path(folder: Path, sender: int) -> Path:
    return folder / f"{sender}{_SUFFIX}"


def _remove(path: Path) -> None:
    with suppress(OSError):  # it only lies about
        path.unlink()


def _host_of(folder: Path) -> str:
    """This machine and this folder: a process that has the same can be judged by its lock."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        place = folder.resolve(strict=True)
        # Machines may bear the same name, and folders the same path; hardly with the same inode as well.
        return f"{platform.node()}:{place}:{place.stat().st_ino}"
    except OSError as wrong:
        raise Unwritable(path=folder, problem=wrong.strerror or str(wrong)) from wrong
