"""One process that makes letters, seen from outside: how it is started, asked, heard and buried.

What it does is in `maker.py`; why and when there are any, in `makers.py`.
"""

from __future__ import annotations

import asyncio
import io
import logging
import os
import pickle
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from operator import attrgetter
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from publisher.model.delivery import Delivery
from publisher.model.outcome import Outcome
from publisher.send.commands import Parcel
from publisher.send.maker import LENGTH, READY, Answer, Ask
from publisher.send.stencil import Reader, Stencil

PLACES = 2  # batches that one may have in hand: it makes one, and the next one waits for nobody
READ_BYTES = 2**18  # an answer is shorter, mostly
MOST_STENCILS = 128  # that one keeps; more than letters in a batch
_PROGRAM = "import sys; _, door, *sys.path = sys.argv; from publisher.send.maker import main; main(door)"
_INHERITED = ("LD_LIBRARY_PATH", "OPENSSL_CONF", "OPENSSL_MODULES")  # what Python and OpenSSL may need to start
_reader = attrgetter(*Reader._fields)

log = logging.getLogger(__name__)


class Gone(Exception):
    """The process has ended, or was ended, before it had made the letters."""


class MakerDoor(asyncio.BufferedProtocol):
    """The calls belong to one event loop. `places` is told of each batch that may be asked for."""

    def __init__(self, places: asyncio.Queue[MakerDoor]) -> None:
        self.ready = False
        self.gone = asyncio.Event()
        self._places = places
        self._asked: dict[int, asyncio.Future[Answer]] = {}
        self._known: dict[int, Stencil] = {}  # by variant, the last used last
        self._number = 0
        self._heard = bytearray(READ_BYTES)  # used again and again: new memory costs more than what is read into it
        self._length = 0  # of what was heard and not yet taken
        self._killed = False
        self._transport: asyncio.WriteTransport | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> socket.socket:
        """Our end of the door. Raises OSError where it cannot be started."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = _started(theirs)
            except OSError:
                ours.close()
                raise
        ours.setblocking(False)
        return ours

    async def make(self, batch: Sequence[Delivery], stencils: Mapping[int, Stencil]) -> list[Parcel | Outcome]:
        """The letters in their order. Raises Gone."""
        if self._transport is None or self._transport.is_closing():
            raise Gone
        self._number += 1
        answer = self._asked[self._number] = asyncio.get_running_loop().create_future()
        forget, keep = self._news(stencils)
        self._transport.write(_pickled(Ask(self._number, forget, keep, [_reader(delivery) for delivery in batch])))
        _, letters = await answer
        return [
            letter if isinstance(letter, Outcome) else stencils[delivery.variant].finish(delivery, letter)
            for delivery, letter in zip(batch, letters, strict=True)
        ]

    def kill(self) -> None:
        """It has nothing to lose; `gone` is set soon after."""
        self._killed = True
        if self._process:
            self._process.kill()
        if self._transport:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  create_connection makes no other
        self._transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002  asyncio says what it would like
        return memoryview(self._heard)[self._length :]

    def buffer_updated(self, nbytes: int) -> None:
        heard, at, end = self._heard, 0, self._length + nbytes
        while whole := _whole(heard, at, end):
            self._take(pickle.loads(memoryview(heard)[at + LENGTH.size : at + whole]))  # noqa: S301  our own program's
            at += whole
        rest = heard[at:end]
        wanted = _announced(rest, 0, len(rest))
        if wanted > len(heard):
            self._heard = bytearray(2 * wanted)
        self._heard[: len(rest)] = rest
        self._length = len(rest)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  it may end in any way
        self.ready = False
        status = self._bury()
        if not self._killed:
            log.warning("a process that makes letters has ended by itself (status %s); others make them", status)
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(Gone())
        self._asked.clear()
        self._places.put_nowait(self)  # who waits for a place is to see it
        self.gone.set()

    def _take(self, answer: Answer) -> None:
        if answer == READY:
            self.ready = True
            for _ in range(PLACES):
                self._places.put_nowait(self)
            return
        asked = self._asked.pop(answer[0])
        if not asked.done():
            asked.set_result(answer)
        self._places.put_nowait(self)

    def _news(self, stencils: Mapping[int, Stencil]) -> tuple[list[int], dict[int, Stencil]]:
        """What it is to forget, and what is new to it."""
        new = {variant: stencil for variant, stencil in stencils.items() if self._known.get(variant) is not stencil}
        for variant, stencil in stencils.items():
            self._known.pop(variant, None)
            self._known[variant] = stencil
        forget = list(self._known)[: max(0, len(self._known) - MOST_STENCILS)]
        for variant in forget:
            del self._known[variant]
        return forget, new

    def _bury(self) -> int | None:
        if not self._process:
            return None
        self._process.kill()  # its door is closed: it ends anyway
        return self._process.wait()


async def open_door(places: asyncio.Queue[MakerDoor]) -> MakerDoor:
    """Start a process. Raises OSError where that cannot be done."""
    door = MakerDoor(places)
    ours = door.start()
    await asyncio.get_running_loop().create_connection(lambda: door, sock=ours)
    return door


def _announced(heard: bytearray, at: int, end: int) -> int:
    """How many bytes the answer there takes with its length; 0 where that is not known yet."""
    known: int = LENGTH.unpack_from(heard, at)[0] + LENGTH.size if end - at >= LENGTH.size else 0
    return known


def _whole(heard: bytearray, at: int, end: int) -> int:
    """The same where all of it is there, else 0."""
    announced = _announced(heard, at, end)
    return announced if announced <= end - at else 0


class _Pickler(pickle.Pickler):
    """Hands private keys over by their octets."""

    def persistent_id(self, value: object) -> bytes | None:
        if isinstance(value, RSAPrivateKey | Ed25519PrivateKey):
            return value.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return None


def _pickled(ask: Ask) -> bytes:
    if not ask.keep:  # most of the time: there is no key in it
        return pickle.dumps(ask, protocol=pickle.HIGHEST_PROTOCOL)
    octets = io.BytesIO()
    _Pickler(octets, protocol=pickle.HIGHEST_PROTOCOL).dump(ask)
    return octets.getvalue()


def _started(door: socket.socket) -> subprocess.Popen[bytes]:
    """Python imports there what it would import here, and nothing from where it happens to stand."""
    if not sys.executable:
        raise OSError("it is not known which program Python is")
    path = [str(Path(place).absolute()) for place in sys.path if place]
    ours = str(Path(__file__).parents[2])
    return subprocess.Popen(  # noqa: S603  our own program, by this Python
        [sys.executable, "-I", "-S", "-c", _PROGRAM, str(door.fileno()), *path, *({ours} - set(path))],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        pass_fds=[door.fileno()],
        cwd="/",
        env={name: os.environ[name] for name in _INHERITED if name in os.environ},
        start_new_session=True,
    )
