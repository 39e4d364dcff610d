"""A process that makes letters: started by `makers.py`, it does what it is asked until its door is closed.

Asked are batches of readers, with the stencils that are new to it (pickled, one after the other).
Answered is what makes their letters different from others by the same stencil, a pickle behind its
length. Whoever asks is the process that started it: nobody else has the other end.

It imports little, so that it starts soon. Signals that a whole program gets are the other's business:
this one ends when its door is closed, in whatever way the other ended.
"""

from __future__ import annotations

import os
import pickle
import signal
import socket
import struct
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import BinaryIO, NamedTuple, NoReturn

from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_der_private_key

from publisher.model.outcome import Outcome
from publisher.send.batch import made_of
from publisher.send.multibuffer import BatchSigner
from publisher.send.stencil import Begun, Drafted, Reader, Stencil

GIVES_WAY = 3  # of the 19 that there are
LENGTH = struct.Struct("!I")


class Ask(NamedTuple):
    """One batch."""

    number: int
    forget: Sequence[int]  # variants whose stencils are needed no more
    keep: Mapping[int, Stencil]
    readers: Sequence[tuple[int, int, int, str, str]]  # the fields of a Reader: as such they cost more to write


Answer = tuple[int, list[Begun | Outcome]]  # to the batch of that number; before the first comes READY
READY: Answer = (0, [])


class _Asked(pickle.Unpickler):
    """Reads an ask; `keys` are those that came before, each once, whatever the stencils it comes with."""

    def __init__(self, asked: BinaryIO, keys: dict[bytes, PrivateKeyTypes]) -> None:
        super().__init__(asked)
        self._keys = keys

    def persistent_load(self, der: bytes) -> PrivateKeyTypes:
        """A private key, as it goes from process to process."""
        return self._keys.get(der) or self._keys.setdefault(der, load_der_private_key(der, None))


def main(descriptor: str) -> None:
    """`descriptor` is the door, open."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _give_way()
    # Who asks may end anywhere: while it asks, or before it has read the answer.
    cut_off = suppress(ConnectionError, EOFError, pickle.UnpicklingError)
    with cut_off, socket.socket(fileno=int(descriptor)) as door, door.makefile("rb") as asked:
        serve(asked, door)


def _give_way() -> None:
    """Who puts letters on the wire goes first: it is waited for, and has little to do each time."""
    with suppress(OSError):  # where that may not be said, it goes as it comes
        os.nice(GIVES_WAY)
        if sys.platform == "linux":
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def serve(asked: BinaryIO, answers: socket.socket) -> NoReturn:
    """Ends with EOFError, when there is nothing more to read."""
    stencils: dict[int, Stencil] = {}
    keys: dict[bytes, PrivateKeyTypes] = {}
    sign = BatchSigner()
    answers.sendall(_framed(READY))
    while True:
        ask: Ask = _Asked(asked, keys).load()  # our own program wrote it, on a door that only it has
        for variant in ask.forget:
            del stencils[variant]
        stencils.update(ask.keep)
        readers = [Reader(*one) for one in ask.readers]
        answers.sendall(_framed((ask.number, made_of(readers, stencils, sign, _begun))))


def _begun(stencil: Stencil, _: Reader, drafted: Drafted, signatures: Sequence[bytes]) -> Begun:
    return stencil.begun(drafted, signatures)


def _framed(answer: Answer) -> bytes:
    octets = pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(octets)) + octets
