"""What the protocol asks of the session, and on which terms a connection is made.

Pure values, shared by `protocol.py`, `session.py` and `relay.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from publisher.model.outcome import Outcome
from publisher.send.commands import Parcel
from publisher.send.login import Login


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a connection is to be opened."""

    hello: str  # our name, or our address in brackets (RFC 5321 §4.1.3)
    encrypted: bool = False  # TLS stands before the first byte (RFC 8314 §3.3)
    starttls: bool = False  # TLS is asked for, and required
    loopback: bool = False  # the relay is this machine: a login may go unencrypted
    login: Login | None = None
    chunking: bool = True  # BDAT where it is offered


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """The relay itself is the matter, not a letter."""

    problem: str  # one sentence for people
    permanent: bool = False  # trying again soon will not help: a refused login, no STARTTLS
    learned: bool = False  # the next connection goes otherwise: the relay has not failed


class Write(NamedTuple):
    """Bytes to write; `ends_letter`: the last of them are a letter's end, its dot or its last chunk.

    A tuple, as `Settled` is: each letter makes one of either, and a frozen class takes three times as long.
    """

    data: bytes
    ends_letter: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StartTls:
    """Start TLS, then say `encrypted`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetToken:
    """Get an access token, then say `token`; the relay waits meanwhile."""

    refused: str = field(default="", repr=False)  # the one that the relay does not take


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An access token."""

    text: str = field(repr=False)
    fresh: bool  # it was got just now: who does not take it will not take another


class Settled(NamedTuple):
    """A letter has its outcome; each letter given has exactly one, or is returned."""

    key: int
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A letter came behind another, and the connection ended before the relay said anything about it.

    It may go by another connection at once; `outcome` is what becomes of it where it does not.
    """

    parcel: Parcel
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """Close the connection; nothing comes after this."""

    trouble: Trouble | None = None


Action = Write | StartTls | GetToken | Settled | Returned | Close
