"""Catcher: an SMTP server on loopback that keeps what it gets, for trying things out.

It speaks real SMTP (RFC 5321) with PIPELINING, 8BITMIME, SMTPUTF8, SIZE, DSN and enhanced
codes, so that what is tried here runs through the same session as what readers get. Each
letter goes into a Maildir, with its envelope in front: Return-Path, Delivered-To and
X-Envelope-To. 250 is said only after the file is on the disk; a full disk is 452.

It delivers nothing, knows no TLS and no login, and listens on 127.0.0.1 only. It runs in a
thread of its own, so that the sender may be anything.
"""

from __future__ import annotations

import asyncio
import re
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from publisher.errors import RelayError
from publisher.send.maildir import Maildir
from publisher.send.relay import Relay, Scheme

LARGEST_LETTER_BYTES = 50 * 2**20
MOST_RECIPIENTS = 100  # RFC 5321 §4.5.3.1.8
LONGEST_LINE_BYTES = 2**16
IDLE_SECONDS = 300.0

_OFFER = ("PIPELINING", f"SIZE {LARGEST_LETTER_BYTES}", "8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES", "HELP")
# RFC 5321 §4.1.1.2: "MAIL FROM:" Reverse-path [SP Mail-parameters], and the same for RCPT TO.
_PATH = {
    "MAIL": re.compile(r"FROM: ?<([^<>\x00-\x1f]*)>(?: (.*))?", re.IGNORECASE),
    "RCPT": re.compile(r"TO: ?<([^<>\x00-\x1f]+)>(?: (.*))?", re.IGNORECASE),
}


@dataclass(slots=True, kw_only=True)
class _Envelope:
    greeted: bool = False
    sender: str | None = None  # None: no MAIL yet
    recipients: list[str] = field(default_factory=list)

    def reset(self) -> None:
        self.sender = None
        self.recipients.clear()


class Catcher:
    """`with Catcher(folder) as catcher: send_due(..., catcher.relay(), ...)`."""

    def __init__(self, folder: Path) -> None:
        self.port = 0  # known once it runs
        self._maildir = Maildir(folder)
        self._thread = threading.Thread(target=self._run, name="catcher", daemon=True)
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._failure: OSError | None = None

    @property
    def folder(self) -> Path:
        return self._maildir.folder

    def relay(self, *, name: str = "catcher", connections: int = 4, per_connection: int = 100) -> Relay:
        """How to send to it."""
        return Relay(
            name=name,
            scheme=Scheme.PLAIN,
            host="127.0.0.1",
            port=self.port,
            connections=connections,
            per_connection=per_connection,
        )

    def __enter__(self) -> Catcher:
        self._thread.start()
        self._ready.wait()
        if self._failure:
            raise RelayError(f"the mail catcher cannot listen on 127.0.0.1: {self._failure.strerror}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop and self._stop:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except OSError as wrong:
            self._failure = wrong
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        talks: set[asyncio.Task[None]] = set()

        def on_connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            talk = asyncio.ensure_future(_Talk(self._maildir, reader, writer).run())
            talks.add(talk)
            talk.add_done_callback(talks.discard)

        server = await asyncio.start_server(on_connect, "127.0.0.1", 0, limit=LONGEST_LINE_BYTES)
        async with server:
            self.port = server.sockets[0].getsockname()[1]
            self._ready.set()
            await self._stop.wait()
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


class _Talk:
    """One connection."""

    def __init__(self, maildir: Maildir, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._maildir = maildir
        self._reader = reader
        self._writer = writer
        self._envelope = _Envelope()

    async def run(self) -> None:
        try:
            self._say("220 localhost ESMTP mail catcher")
            more = True
            while more:
                async with asyncio.timeout(IDLE_SECONDS):
                    more = await self._answer_one()
                    await self._writer.drain()
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            pass  # the client is gone, or silent; a letter without its end is no letter
        except asyncio.LimitOverrunError:
            self._say("500 5.5.2 line too long")
        finally:
            self._writer.close()

    def _say(self, *lines: str) -> None:
        *first, last = lines
        text = "".join(f"{line[:3]}-{line[4:]}\r\n" for line in first) + f"{last}\r\n"
        self._writer.write(text.encode())

    async def _answer_one(self) -> bool:
        line = (await self._reader.readuntil(b"\r\n"))[:-2].decode("utf-8", "replace")
        verb, _, argument = line.partition(" ")
        verb, envelope = verb.upper(), self._envelope
        if verb in ("EHLO", "HELO"):
            envelope.reset()
            envelope.greeted = True
            self._say("250 localhost", *(f"250 {word}" for word in _OFFER if verb == "EHLO"))
        elif verb in _PATH:
            self._say(self._address(verb, argument))
        elif verb == "DATA":
            await self._take_letter()
        elif verb == "RSET":
            envelope.reset()
            self._say("250 2.0.0 forgotten")
        elif verb in ("NOOP", "HELP"):
            self._say("250 2.0.0 this catcher keeps what it gets")
        elif verb == "QUIT":
            self._say("221 2.0.0 bye")
        elif verb == "VRFY":
            self._say("252 2.5.0 send to it and see")
        else:
            self._say("500 5.5.2 no such command")
        return verb != "QUIT"

    def _address(self, verb: str, argument: str) -> str:
        """The reply to MAIL or RCPT."""
        envelope, match = self._envelope, _PATH[verb].fullmatch(argument)
        in_order = envelope.greeted and (envelope.sender is None) == (verb == "MAIL")
        if not in_order:
            return "503 5.5.1 not now"
        if match is None:
            return f"501 5.5.4 say {verb} {'FROM' if verb == 'MAIL' else 'TO'}:<address>"
        if verb == "RCPT":
            if len(envelope.recipients) >= MOST_RECIPIENTS:
                return "452 4.5.3 too many recipients"
            envelope.recipients.append(match[1])
            return "250 2.1.5 ok"
        size = re.search(r"(?:^| )SIZE=(\d{1,19})(?: |$)", match[2] or "", re.IGNORECASE)
        if size and int(size[1]) > LARGEST_LETTER_BYTES:  # RFC 1870 §6.1
            return "552 5.3.4 too large"
        envelope.sender = match[1]
        return "250 2.1.0 ok"

    async def _take_letter(self) -> None:
        envelope = self._envelope
        if not envelope.recipients:
            self._say("503 5.5.1 no recipient")
            return
        self._say("354 go on, end with a lone dot")
        await self._writer.drain()
        lines: list[bytes] = []
        size = 0
        while (line := await self._reader.readuntil(b"\r\n")) != b".\r\n":
            size += len(line)
            if size <= LARGEST_LETTER_BYTES:
                lines.append(line[1:] if line.startswith(b".") else line)  # RFC 5321 §4.5.2
        self._say(await self._keep(b"".join(lines)) if size <= LARGEST_LETTER_BYTES else "552 5.3.4 too large")
        envelope.reset()

    async def _keep(self, letter: bytes) -> str:
        envelope = self._envelope
        head = [f"Return-Path: <{envelope.sender}>"]
        head += [f"{name}: {address}" for address in envelope.recipients for name in ("Delivered-To", "X-Envelope-To")]
        message = "".join(f"{line}\r\n" for line in head).encode() + letter
        try:
            kept = await asyncio.to_thread(self._maildir.put, message)
        except OSError as wrong:
            return f"452 4.3.1 the letter cannot be kept: {wrong.strerror}"
        return f"250 2.0.0 kept as {kept.name}"
