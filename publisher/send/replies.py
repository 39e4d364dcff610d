"""SMTP replies: bytes in, whole replies out, however the network cut them.

Responsible for the grammar of RFC 5321 §4.2 and the enhanced codes of RFC 3463; not for
what a reply means (`outcome.py`) nor for which command it answers (`protocol.py`).

Pure. The relay is outside: lines and replies have a largest size, control characters
never leave this file, and what is not a reply is `Garbage`, never an exception.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST_LINE = 4096  # RFC 5321 §4.5.3.1.5 says 512; large relays write longer ones
MOST_LINES = 100
LONGEST_TEXT = 500  # characters of a reply that are kept
MOST_KNOWN, LONGEST_KNOWN = 32, 100  # lines of a connection that are remembered, and bytes of one
_TOO_LONG = f"a line of more than {LONGEST_LINE} bytes"

# RFC 5321 §4.2: Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF
# with Reply-code = %x32-35 %x30-35 %x30-39. Real relays use second digits above 5, so those pass too.
_LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?", re.DOTALL)
# RFC 3463 §2: status-code = class "." subject "." detail
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One whole reply."""

    code: int
    lines: tuple[str, ...]  # text after the code, without control characters

    @property
    def kind(self) -> int:
        """2 done, 3 go on, 4 not now, 5 no."""
        return self.code // 100

    @property
    def enhanced(self) -> str:
        """Enhanced status, `""` where there is none or it contradicts the code (RFC 2034 §4)."""
        found = _ENHANCED.match(self.lines[0])
        return found[1] if found and found[1][0] == str(self.kind) else ""

    @property
    def text(self) -> str:
        """The words, in one line, without codes."""
        kept = [_ENHANCED.sub("", line, count=1) if self.enhanced else line for line in self.lines]
        return " ".join(part for part in (line.strip() for line in kept) if part)[:LONGEST_TEXT]

    def __str__(self) -> str:
        return " ".join(part for part in (str(self.code), self.enhanced, self.text) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Garbage:
    """What came is not SMTP; nothing after it can be trusted."""

    problem: str


class ReplyReader:
    """Collects bytes until they are replies."""

    def __init__(self) -> None:
        self._rest = b""  # of a line that is not whole yet
        self._lines: list[str] = []
        self._code = 0
        # A relay says the same for each letter, all but the name it gives it: these lines are read once.
        self._known: dict[bytes, Reply] = {}

    def discard(self) -> None:
        """Forget all that was not yet read: what came before TLS says nothing (RFC 3207 §4.2)."""
        self._rest = b""
        self._lines.clear()

    def read(self, data: bytes) -> list[Reply | Garbage]:
        """The replies that are whole with these bytes. After Garbage there is nothing more to read."""
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        found: list[Reply | Garbage] = []
        for line in lines:
            known = None if self._lines else self._known.get(line)
            one = known or self._take(line)
            if one is not None:
                found.append(one)
                if isinstance(one, Garbage):
                    return found
        if len(self._rest) >= LONGEST_LINE:
            found.append(Garbage(problem=_TOO_LONG))
        return found

    def _take(self, line: bytes) -> Reply | Garbage | None:
        if len(line) >= LONGEST_LINE:
            return Garbage(problem=_TOO_LONG)
        text = line.rstrip(b"\r")
        match = _LINE.fullmatch(text)
        if match is None:
            return Garbage(problem=f"not a reply: {_clean(text[:80])!r}")
        code = int(match[1])
        if self._lines and code != self._code:
            return Garbage(problem=f"a reply that begins with {self._code} and goes on with {code}")
        if len(self._lines) >= MOST_LINES:
            return Garbage(problem=f"a reply of more than {MOST_LINES} lines")
        self._code = code
        self._lines.append(_clean(match[3] or b""))
        if match[2] == b"-":
            return None
        reply = Reply(code=code, lines=tuple(self._lines))
        self._lines.clear()
        if len(reply.lines) == 1 and len(line) <= LONGEST_KNOWN and len(self._known) < MOST_KNOWN:
            self._known[line] = reply
        return reply


def _clean(text: bytes) -> str:
    words = text.decode("utf-8", "replace")
    return words if words.isprintable() else _CONTROL.sub(" ", words)
