"""A pipe: an MTA runs us once for each message, which is on standard input; what we answer is an exit code.

The codes are sysexits', as Postfix, Exim, Sendmail and qmail read them: 0, the message is stored; 75, it
is not, keep it and try again; 65, it never will be. Everything that may be different tomorrow is 75,
a mistake in config.toml too: an MTA throws away or returns what a pipe refuses for good.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import BinaryIO

from publisher.bounce.mailbox import LARGEST_BYTES, Received, Store
from publisher.errors import PublisherError


class ExitCode(IntEnum):
    """What an MTA is told."""

    STORED = os.EX_OK
    NEVER = os.EX_DATAERR
    LATER = os.EX_TEMPFAIL


class NotTaken(PublisherError):
    """A message that will not be taken, now or later."""


def ingest(
    stream: BinaryIO,
    store: Store,
    environ: Mapping[str, str],
    *,
    came_to: Sequence[str] = (),
    largest_bytes: int = LARGEST_BYTES,
) -> None:
    """Store the one message of a stream. Raises NotTaken, and what `store` raises.

    `came_to` are recipients of the envelope as the MTA's configuration names them; where it names
    none, what it left in the environment is asked.
    """
    octets = stream.read(largest_bytes + 1)
    if not octets.strip():
        raise NotTaken("there is no message on standard input; type `publisher bounces ingest < message`")
    if len(octets) > largest_bytes:
        raise NotTaken(f"the message has more than {largest_bytes:,} bytes; raise `largest`, or let the MTA keep it")
    came_from = environ.get("SENDER")
    recipients = tuple(came_to) or _recipients(environ)
    store(Received(place="", octets=_unstamped(octets), came_to=recipients, came_from=came_from))


def exit_code_of(wrong: PublisherError) -> ExitCode:
    return ExitCode.NEVER if isinstance(wrong, NotTaken) else ExitCode.LATER


def _recipients(environ: Mapping[str, str]) -> tuple[str, ...]:
    """As Postfix's local(8) and Exim's pipe transport name them: the address that was written to, first."""
    found = (environ.get(name, "") for name in ("ORIGINAL_RECIPIENT", "RECIPIENT"))
    return tuple(dict.fromkeys(address for address in found if "@" in address))


def _unstamped(octets: bytes) -> bytes:
    """Without the line `From …` that many MTAs put in front for an mbox."""
    return octets.partition(b"\n")[2] if octets.startswith(b"From ") else octets
