"""One connection of the chaos server: SMTP with PIPELINING and CHUNKING, and the faults that are due.

Answers are written down before they are said. Blocking sockets; nothing here shares a line
with the code under test.
"""

from __future__ import annotations

import hashlib
import re
import socket
import time
from email.parser import BytesHeaderParser
from typing import Protocol

from tests.chaos.faults import Manners, Mishap
from tests.chaos.journal import Journal, What

NARROW_BYTES = 8192  # what a narrow connection takes in at once
OFFER = ("PIPELINING", "SIZE 10000000", "8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES")
_ADDRESS = re.compile(r"<([^<>]*)>")


class Over(Exception):
    """The connection is to be closed by us; the message says how."""


class Desk(Protocol):
    """Who decides, for all connections."""

    journal: Journal

    def at_rcpt(self, reader: str, now: float) -> str: ...

    def at_end(self, reader: str) -> str: ...

    def mishap(self, reader: str) -> Mishap: ...


class Talk:
    """One connection."""

    def __init__(self, desk: Desk, connection: socket.socket, *, number: int, manners: Manners) -> None:
        self.number = number
        self._desk = desk
        self._socket = connection
        self._manners = manners
        self._in = b""
        self._out = b""
        self._letters = 0
        self._mail = False
        self._reader = ""  # who was accepted
        self._asked = 0.0

    def run(self) -> str:
        """Until it ends; how it did."""
        try:
            self._greet()
            while self._answer(*self._line().partition(" ")[::2]):
                pass
            self._flush()
        except Over as over:
            return str(over)
        except OSError:
            return "gone"
        return "quit"

    def _greet(self) -> None:
        if self._manners.turned_away:
            self._say("421 4.3.2 too busy, come again")
            raise Over("closing")
        self._say("220 chaos.example ESMTP")

    def _answer(self, verb: str, argument: str) -> bool:
        """Do one command; False after the last."""
        verb = verb.upper()
        if verb == "EHLO":
            lines = ["chaos.example", *OFFER, *(["CHUNKING"] if self._manners.chunking else [])]
            for line in lines[:-1]:
                self._out += f"250-{line}\r\n".encode()
            self._say(f"250 {lines[-1]}")
        elif verb == "MAIL":
            self._begin()
        elif verb == "RCPT":
            self._recipient(_ADDRESS.findall(argument)[0])
        elif verb == "DATA":
            self._data()
        elif verb == "BDAT" and self._manners.chunking:
            self._chunk(int(argument.split()[0]))
        elif verb == "RSET":
            self._mail, self._reader = False, ""
            self._say("250 2.0.0 forgotten")
        else:
            self._say("221 2.0.0 bye" if verb == "QUIT" else "502 5.5.2 what?")
        return verb != "QUIT"

    def _begin(self) -> None:
        if self._letters >= self._manners.letters:
            self._say(f"421 4.7.0 {self._letters} letters are enough for one connection")
            raise Over("closing")
        self._say("503 5.5.1 nested MAIL" if self._mail else "250 2.1.0 ok")
        self._mail = True

    def _recipient(self, reader: str) -> None:
        if not self._mail:
            self._say("503 5.5.1 MAIL first")
            return
        self._asked = time.time()
        reply = self._desk.at_rcpt(reader, self._asked)
        if reply.startswith("2"):
            self._reader = reader
        else:
            self._note(What.RCPT, reader=reader, asked=self._asked, reply=reply)
        self._say(reply)

    def _data(self) -> None:
        if not (self._reader or (self._mail and self._manners.careless)):
            self._say("503 5.5.1 no recipient")
            return
        self._say("354 go on")
        self._letter(chunk=None)

    def _chunk(self, size: int) -> None:
        self._letter(chunk=size)

    def _letter(self, *, chunk: int | None) -> None:
        """Read a letter to its end, or not; and answer, or not."""
        mishap = self._desk.mishap(self._reader) if self._reader else Mishap.NONE
        try:
            content = self._cut_off() if mishap is Mishap.CUT_IN_BODY else self._content(chunk)
        except (OSError, Over):
            if self._reader:
                self._note(What.CUT, reader=self._reader, asked=self._asked)
            raise
        if not self._reader:
            self._say("554 5.5.1 nobody to give it to" if chunk is None else "503 5.5.1 RCPT first")
            self._mail = self._mail and chunk is not None  # a refused chunk leaves its transaction open
            return
        self._letters += 1
        self._end(content, mishap)
        self._mail, self._reader = False, ""

    def _end(self, content: bytes, mishap: Mishap) -> None:
        if mishap is Mishap.CLOSING:
            reply = "421 4.3.0 closing; that letter is not taken"
        elif mishap in (Mishap.CUT_TAKEN, Mishap.CUT_LOST):
            reply = ""
        else:
            reply = self._desk.at_end(self._reader)
        self._note(
            What.END,
            reader=self._reader,
            asked=self._asked,
            reply=reply,
            taken=reply.startswith("2") or mishap is Mishap.CUT_TAKEN,
            message_id=_message_id(content),
            digest=hashlib.sha256(content).hexdigest()[:24],
        )
        if not reply:
            raise Over("cut")
        self._say(reply)
        if mishap is Mishap.CLOSING:
            raise Over("closing")

    def _note(self, what: What, **facts: object) -> None:
        self._desk.journal.write(what, connection=self.number, **facts)

    # Bytes.

    def _say(self, reply: str) -> None:
        self._out += reply.encode() + b"\r\n"
        if not self._manners.together or reply.startswith("421"):
            self._flush()

    def _flush(self) -> None:
        data, self._out = self._out, b""
        time.sleep(self._manners.slow_seconds if data else 0)
        while data:
            size = self._manners.dice.randint(1, 9) if self._manners.split else len(data)
            self._socket.sendall(data[:size])
            data = data[size:]

    def _read(self) -> None:
        """More bytes; what was to be said together is said before we wait for them."""
        self._flush()
        data = self._socket.recv(NARROW_BYTES if self._manners.narrow else 2**18)
        if not data:
            raise ConnectionError("it closed")
        self._in += data

    def _line(self) -> str:
        while b"\r\n" not in self._in:
            self._read()
        line, _, self._in = self._in.partition(b"\r\n")
        return line.decode()

    def _exactly(self, size: int) -> bytes:
        while len(self._in) < size:
            self._read()
        content, self._in = self._in[:size], self._in[size:]
        return content

    def _cut_off(self) -> bytes:
        self._read()
        raise Over("cut")

    def _content(self, chunk: int | None) -> bytes:
        """The whole letter: of so many bytes, or up to the lone dot."""
        return self._until_the_dot() if chunk is None else self._exactly(chunk)

    def _until_the_dot(self) -> bytes:
        self._in = b"\r\n" + self._in
        while (end := self._in.find(b"\r\n.\r\n")) < 0:
            self._read()
        content, self._in = self._in[2 : end + 2], self._in[end + 5 :]
        unstuffed = content.replace(b"\r\n..", b"\r\n.")
        return unstuffed[1:] if unstuffed.startswith(b"..") else unstuffed


def _message_id(content: bytes) -> str:
    """The Message-ID; and `broken: ...` where the letter is not whole."""
    head = BytesHeaderParser().parsebytes(content.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
    boundary = head.get_param("boundary", failobj="")
    if not boundary or not content.rstrip().endswith(f"--{boundary}--".encode()):
        return f"broken: {content[-60:]!r}"
    return str(head["Message-ID"])
