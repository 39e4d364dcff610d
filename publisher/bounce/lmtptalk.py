"""What is said on one connection of LMTP: commands, replies, a message, and a reply for each recipient.

Standards: RFC 2033 (LHLO, a reply for each recipient), RFC 5321 §4.1 and §4.5.2, RFC 1870 (SIZE), RFC 2034
(enhanced codes), RFC 2920 (PIPELINING: what was sent ahead is read in its turn).
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from typing import IO

from publisher.bounce.mailbox import Received, Store
from publisher.errors import StorageError

MOST_RECIPIENTS = 1000
LONGEST_LINE = 2**16  # octets that are read at once

# RFC 5321 §4.1.1.2: "MAIL FROM:" Reverse-path [SP Mail-parameters], and the same for RCPT TO.
_PATH = {
    "MAIL": re.compile(r"FROM: ?<([^<>\x00-\x1f]*)>(?: (.*))?", re.IGNORECASE),
    "RCPT": re.compile(r"TO: ?<([^<>\x00-\x1f]+)>(?: (.*))?", re.IGNORECASE),
}
_SIZE = re.compile(r"(?:^| )SIZE=(\d{1,19})(?: |$)", re.IGNORECASE)

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Talk:
    """One connection."""

    wire: IO[bytes]
    store: Store
    largest_bytes: int
    greeted: bool = field(default=False, init=False)
    sender: str | None = field(default=None, init=False)  # None: no MAIL yet
    recipients: list[str] = field(default_factory=list, init=False)

    def run(self) -> None:
        """Until QUIT, or the other side is gone."""
        self._say("220 localhost LMTP ready")
        while line := self.wire.readline(LONGEST_LINE):
            if not line.endswith(b"\n"):
                self._say("500 5.5.2 line too long")
                return
            if not self._answer(line.rstrip(b"\r\n").decode("utf-8", "replace")):
                return

    def _answer(self, line: str) -> bool:
        """False: that was all."""
        verb, _, argument = line.partition(" ")
        verb = verb.upper()
        match verb:
            case "LHLO":
                self._reset()
                self.greeted = True
                offer = ("PIPELINING", f"SIZE {self.largest_bytes}", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")
                self._say("250-localhost", *(f"250-{word}" for word in offer[:-1]), f"250 {offer[-1]}")
            case "MAIL" | "RCPT":
                self._say(self._address(verb, argument.strip()))
            case "DATA":
                return self._data()
            case "RSET":
                self._reset()
                self._say("250 2.0.0 forgotten")
            case "NOOP":
                self._say("250 2.0.0 here")
            case "VRFY":
                self._say("252 2.5.0 send to it and see")
            case "QUIT":
                self._say("221 2.0.0 bye")
                return False
            case "HELO" | "EHLO":
                self._say("500 5.5.1 this is LMTP: say LHLO")  # RFC 2033 §4.1
            case _:
                self._say("500 5.5.2 no such command")
        return True

    def _address(self, verb: str, argument: str) -> str:
        """The reply to MAIL or RCPT."""
        found = _PATH[verb].fullmatch(argument)
        if not self.greeted or (self.sender is None) != (verb == "MAIL"):
            return "503 5.5.1 not now"
        if found is None:
            return f"501 5.5.4 say {verb} {'FROM' if verb == 'MAIL' else 'TO'}:<address>"
        if verb == "RCPT":
            if len(self.recipients) >= MOST_RECIPIENTS:
                return "452 4.5.3 too many recipients"
            self.recipients.append(found[1])
            return "250 2.1.5 ok"
        size = _SIZE.search(found[2] or "")
        if size and int(size[1]) > self.largest_bytes:  # RFC 1870 §6.1
            return "552 5.3.4 too long"
        self.sender = found[1]
        return "250 2.1.0 ok"

    def _data(self) -> bool:
        if not self.recipients:
            self._say("503 5.5.1 no recipient")  # RFC 2033 §4.2
            return True
        self._say("354 go on, end with a lone dot")
        octets = self._message()
        if octets is None:
            return False  # the connection ended before the message did: it is none
        for reply in self._replies(octets):
            self._say(reply)
        self._reset()
        return True

    def _message(self) -> bytes | None:
        """What was sent, dots unstuffed; of one that is too long, a little more than is allowed."""
        parts: list[bytes] = []
        size, begins = 0, True
        while part := self.wire.readline(LONGEST_LINE):
            if begins and part == b".\r\n":
                return b"".join(parts)
            size += len(part)
            if size <= self.largest_bytes + LONGEST_LINE:
                parts.append(part[1:] if begins and part.startswith(b".") else part)
            begins = part.endswith(b"\r\n")
        return None

    def _replies(self, octets: bytes) -> list[str]:
        """One for each recipient (RFC 2033 §4.2). The message is stored once, with all of them."""
        if len(octets) > self.largest_bytes:
            reply = "552 5.3.4 too long"
        else:
            try:
                self.store(Received(place="", octets=octets, came_to=tuple(self.recipients), came_from=self.sender))
                reply = "250 2.0.0 stored"
            except StorageError as wrong:
                log.warning("a message by LMTP could not be stored: %s", wrong)
                reply = "451 4.3.0 it cannot be stored now"
        return [reply] * len(self.recipients)

    def _reset(self) -> None:
        self.sender = None
        self.recipients = []

    def _say(self, *lines: str) -> None:
        self.wire.write("".join(f"{line}\r\n" for line in lines).encode())
        self.wire.flush()
