"""A file in mbox format that an MTA on this machine appends bounces to.

It is locked as MTAs do it (a `.lock` file beside it, and a lock by the kernel) while it is read, and
written anew without what is stored, all or nothing. An MTA waits meanwhile: a Maildir is the better
choice where there is one.

Standard: RFC 4155 (the format, in its form with `From ` lines alone). Known weakness: `>From ` at the
beginning of a line is left as it stands.
"""

from __future__ import annotations

import mailbox as library
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from publisher.bounce.mailbox import LARGEST_BYTES, LeftAlone, Received, Store, Visit, too_long
from publisher.errors import MailboxError

_BUSY = "somebody else writes it; it is tried again"


@dataclass(slots=True, kw_only=True)
class MboxMailbox:
    """What is stored is taken out of the file."""

    path: Path
    largest_bytes: int = LARGEST_BYTES

    def describe(self) -> str:
        return str(self.path)

    def visit(self, store: Store) -> Visit:
        try:
            known = self._file()
            if known is None or not known.st_size:
                return Visit()
            box = library.mbox(self.path, create=False)
            try:
                box.lock()
                if not os.path.samestat(known, self.path.stat()):
                    raise self._error(_BUSY)  # it was replaced meanwhile: what we have open is not it any more
                return self._take(box, store)
            finally:
                box.close()  # unlocks it
                if os.geteuid() == 0:  # a file that was written anew is still whose it was
                    os.chown(self.path, known.st_uid, known.st_gid)
        except library.ExternalClashError:
            raise self._error(_BUSY) from None
        except (library.Error, OSError) as wrong:
            raise self._error(f"it cannot be read or written: {wrong}; give this program the right to") from None

    def wait(self, seconds: float, stopped: Callable[[float], bool]) -> None:
        stopped(seconds)

    def close(self) -> None:
        """There is no connection."""

    def _take(self, box: library.mbox, store: Store) -> Visit:
        stored = 0
        left: list[LeftAlone] = []
        try:
            for number, key in enumerate(box.keys(), start=1):
                octets = _octets(box, key, self.largest_bytes)
                if len(octets) > self.largest_bytes:
                    problem = too_long(len(octets), self.largest_bytes).replace("it has", "it has at least")
                    left.append(LeftAlone(place=f"message {number}", problem=problem))
                    continue
                store(Received(place="", octets=octets))
                box.remove(key)
                stored += 1
        finally:
            box.flush()  # also where one could not be stored: those before it are
        return Visit(stored=stored, left=tuple(left))

    def _file(self) -> os.stat_result | None:
        """What is known of the file; None where there is none yet."""
        try:
            known = self.path.lstat()
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(known.st_mode):
            problem = "it is no file in mbox format; name another"
            raise MailboxError(mailbox=self.describe(), problem=problem, permanent=True)
        return known

    def _error(self, problem: str) -> MailboxError:
        return MailboxError(mailbox=self.describe(), problem=problem)


def _octets(box: library.mbox, key: str, most: int) -> bytes:
    """A message, or one octet more than the most."""
    with box.get_file(key) as file:
        octets: bytes = file.read(most + 1)
    return octets
