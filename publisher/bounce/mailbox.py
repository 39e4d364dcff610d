"""The port of a mailbox that bounces come to: what it gives, and when it may let go of it.

Law. A message is handed to `store`, and only when that has returned is it removed where it lay, or
moved. What `store` could not keep (it raises) stays where it is. So a process that is killed
between the two leaves the message, and gets it again; whoever stores knows it by its digest, and
stores it once.

Known weakness: a message that is too long stays where it is, and is told of each time it is seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

LARGEST_BYTES = 10 * 2**20  # a notice returns the letter at most once


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A message as it came."""

    place: str  # where it lies there, unique as long as it does; "" where it lies nowhere (pipe, LMTP)
    octets: bytes = field(repr=False)
    came_to: tuple[str, ...] = ()  # recipients of its envelope; (): not known here
    came_from: str | None = None  # return path of its envelope, "" that of a notice; None: not known here

    @property
    def digest(self) -> str:
        """The same message has the same one, whichever way it came: line ends are made alike."""
        return hashlib.sha256(self.octets.replace(b"\r\n", b"\n")).hexdigest()


Store = Callable[[Received], None]
"""Returns when the message is stored for good, or was before. Raises StorageError where it could not be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftAlone:
    """A message that was not taken, and stays where it is."""

    place: str
    problem: str  # why, and what to do


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a visit brought."""

    stored: int = 0
    left: tuple[LeftAlone, ...] = ()


class Mailbox(Protocol):
    """Somewhere that messages lie until they are taken. One thread at a time."""

    def describe(self) -> str:
        """For people and logs, without its password."""

    def visit(self, store: Store) -> Visit:
        """Take all there is. Raises MailboxError, and what `store` raises; what is stored by then is let go."""

    def wait(self, seconds: float, stopped: Callable[[float], bool]) -> None:
        """Wait until something may have come, `seconds` at most; `stopped(s)` waits s seconds, or less if true."""

    def close(self) -> None:
        """Let go of any connection; a later visit makes a new one."""


def too_long(size: int, most: int) -> str:
    """Why a message is left alone for its size."""
    return f"it has {size:,} bytes, more than {most:,}; look at it yourself, or raise `largest`"
