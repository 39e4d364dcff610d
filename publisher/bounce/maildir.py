"""A Maildir that an MTA on this machine delivers bounces into.

Messages in `new/` are taken; they are deleted, or moved to `cur/` as seen, when they are stored.
Any number of programs may write and read it at the same time: a file that is gone is nobody's
mistake. Only plain files are read: no link, no folder, no pipe, whatever its name is; those are
left alone and told of. Where messages are deleted, `cur/` is read as well, since a mail program
that looks in moves them there; else that is where they stay.

Standard: Maildir has no RFC; this is the format's own page, and Maildir++ for the flag S.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from publisher.bounce.mailbox import LARGEST_BYTES, LeftAlone, Received, Store, Visit, too_long
from publisher.errors import MailboxError

_SEEN = ":2,S"
_PLAIN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # not blocked by a pipe


@dataclass(slots=True, kw_only=True)
class MaildirMailbox:
    """`keep`: what is stored is moved to `cur/` and not deleted."""

    folder: Path
    keep: bool = False
    largest_bytes: int = LARGEST_BYTES
    _left: list[LeftAlone] = field(default_factory=list, init=False)

    def describe(self) -> str:
        return str(self.folder)

    def visit(self, store: Store) -> Visit:
        self._left = []
        stored = 0
        for path in self._names():
            octets = self._read(path)
            if octets is None:
                continue
            store(Received(place=_unique(path.name), octets=octets))
            self._let_go(path)
            stored += 1
        return Visit(stored=stored, left=tuple(self._left))

    def wait(self, seconds: float, stopped: Callable[[float], bool]) -> None:
        stopped(seconds)

    def close(self) -> None:
        """There is no connection."""

    def _names(self) -> Iterator[Path]:
        """In the order in which they came, as far as names tell."""
        for part in ("new",) if self.keep else ("new", "cur"):
            folder = self.folder / part
            try:
                names = sorted(os.listdir(folder))  # noqa: PTH208  names alone: a Maildir may hold a million
            except OSError as wrong:
                problem = f"{folder} cannot be read: {wrong.strerror}; name a Maildir with `new` and `cur` in it"
                raise MailboxError(mailbox=self.describe(), problem=problem) from None
            yield from (folder / name for name in names if not name.startswith("."))

    def _read(self, path: Path) -> bytes | None:
        """The message; None where it is gone, or is none."""
        try:
            with os.fdopen(os.open(path, _PLAIN_FILE), "rb") as file:
                known = os.fstat(file.fileno())
                if not stat.S_ISREG(known.st_mode):
                    return self._leave(path, "it is no file; take it out")
                octets = file.read(self.largest_bytes + 1) if known.st_size <= self.largest_bytes else b""
        except FileNotFoundError:
            return None  # somebody else was faster
        except OSError as wrong:
            return self._leave(path, f"it cannot be read: {wrong.strerror}; take it out, or make it a readable file")
        size = max(known.st_size, len(octets))
        return octets if size <= self.largest_bytes else self._leave(path, too_long(size, self.largest_bytes))

    def _leave(self, path: Path, problem: str) -> bytes | None:
        place = f"{path.parent.name}/{ascii(path.name)[1:-1]}"  # a name may hold anything but `/`
        self._left.append(LeftAlone(place=place, problem=problem))
        return None

    def _let_go(self, path: Path) -> None:
        try:
            with contextlib.suppress(FileNotFoundError):  # a mail program moved it meanwhile: it comes again
                if self.keep:
                    path.rename(self.folder / "cur" / (_unique(path.name) + _SEEN))
                else:
                    path.unlink()
        except OSError as wrong:
            what = "moved to cur/" if self.keep else "deleted"
            problem = f"{path} is stored and cannot be {what}: {wrong.strerror}; give this program the right to write"
            raise MailboxError(mailbox=self.describe(), problem=problem, permanent=True) from None


def _unique(name: str) -> str:
    """The name without its flags, which change."""
    return name.partition(":2,")[0]
