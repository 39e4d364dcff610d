"""Bodies as quoted-printable, in one normal form (RFC 2045 §6.7).

The normal form: CRLF, lines of at most 76, no blank at the end of a line, no two blanks
side by side, no dot and no `From ` at the start of a line. So a body needs no dot-stuffing
(RFC 5321 §4.5.2), no relay has a reason to touch it, and DKIM's relaxed canonical form
(RFC 6376 §3.4.4) is the body itself.

A slot is atomic: a soft break stands before and after its value, so that the octets around
it are the same for every reader.
"""

from __future__ import annotations

import re

SOFT_BREAK = "=\r\n"
_LONGEST = 75  # of 76; the last is for the sign of a soft break
# All but printable ASCII and a single blank between others; `=` is what quotes.
_QUOTED = re.compile(r"[^ !-<>-~]| (?= )| \Z")
_PLAIN = re.compile(r"(?!\.|From )[!-<>-~]{1,75}")  # what stands there as it is: most names and addresses of pages
_AWKWARD_START = re.compile(r"\.|From ")
_GROWTH = 2  # by how much a line grows when its first character is quoted


def quoted_lines(text: str) -> str:
    """Text with LF line ends as quoted-printable; no line end is added at the end."""
    return "\r\n".join(quoted_run(line) for line in text.split("\n"))


def quoted_run(line: str) -> str:
    """One run of text that starts a line; soft breaks where it is long."""
    if _PLAIN.fullmatch(line):
        return line
    rest = _QUOTED.sub(_quote, line)
    lines = []
    while len(rest) > _LONGEST:
        cut = _cut(rest, _LONGEST - _GROWTH if _AWKWARD_START.match(rest) else _LONGEST)
        lines.append(_safe_start(rest[:cut]))
        rest = rest[cut:]
    if len(rest) > _LONGEST - _GROWTH and _AWKWARD_START.match(rest):
        cut = _cut(rest, _LONGEST - _GROWTH)
        lines.append(_safe_start(rest[:cut]))
        rest = rest[cut:]
    lines.append(_safe_start(rest))
    return SOFT_BREAK.join(lines)


def _quote(found: re.Match[str]) -> str:
    return "".join(f"={octet:02X}" for octet in found[0].encode("utf-8", "replace"))


def _cut(rest: str, at: int) -> int:
    """The place at or before `at` that is not inside `=XX`."""
    if rest[at - 1] == "=":
        return at - 1
    return at - 2 if rest[at - 2] == "=" else at


def _safe_start(line: str) -> str:
    return f"={ord(line[0]):02X}{line[1:]}" if _AWKWARD_START.match(line) else line
