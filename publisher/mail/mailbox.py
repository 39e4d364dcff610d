"""Mailboxes in what mail servers write: found in a line, freed of what stands around them.

Not a parser of RFC 5322: a notice writes an address as it likes (`<a@b>:`, `rfc822; a@b`,
`<a@b... User unknown`), so an address here is what has an `@` with a name before and a domain
behind it. One that stands in brackets as RFC 5321 §4.1.2 writes it is taken as it stands, quotes
and marks and all: `<?a@b>` is nobody's notice about `a@b`. Linear in the text.

Pure.
"""

from __future__ import annotations

import re

LONGEST_LOCAL = 128  # twice what RFC 5321 §4.5.3.1.1 allows: some return addresses are longer

_NAME = r"[^\s()<>\[\]:;@\\,\"“”‘’«»「」（）【】：；，、]{1,128}"
_QUOTED = r"\"[^\"\s\\]{1,126}\""
_EXACT = re.compile(rf"<((?:{_NAME}|{_QUOTED})@[^\s<>@]{{1,255}})>|({_QUOTED}@[\w.-]{{1,255}})")
_WHOLE = re.compile(rf"(?:{_NAME}|{_QUOTED})@([^\s<>@]{{1,255}})")
_PIECES = re.compile(r"[\s<>()\[\]{}\"`|,;“”‘’«»「」（）【】：；，、]+")
_AROUND = ".,:;!?'*=-&%\\/#^~"  # stands before or behind an address, and is not of it
_PREFIXES = ("mailto:", "smtp:", "rfc822:", "to:", "rcpt:", "recipient:", "to=", "addr=")
_DOMAIN = re.compile(r"[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)*\.?|\[[\da-fA-F:.IPv]+\]")


def mailboxes_in(text: str) -> tuple[str, ...]:
    """All addresses of a text, each once, in their order."""
    if "@" not in text:
        return ()
    found: list[str] = []
    end = 0
    for exact in _EXACT.finditer(text):
        if address := whole_mailbox(exact[1] or exact[2]):
            found += [*_loosely(text[end : exact.start()]), address]
            end = exact.end()
    return tuple(dict.fromkeys((*found, *_loosely(text[end:]))))


def whole_mailbox(text: str) -> str:
    """The address that a text is from its first character to its last, by the standard; "" where it is none."""
    found = _WHOLE.fullmatch(text)
    if not found or not _DOMAIN.fullmatch(found[1]) or not text.isprintable():
        return ""
    lower = text.lower()
    return "" if lower.startswith(_PREFIXES) or "smtp=" in lower else text.rstrip(".")


def _loosely(text: str) -> list[str]:
    found = (mailbox_of(piece) for piece in _PIECES.split(text) if "@" in piece)
    return [address for address in found if address]


def mailbox_of(piece: str) -> str:
    """The address that a word without blanks is; "" where it is none."""
    piece = piece.strip(_AROUND)
    lower = piece.lower()
    for prefix in _PREFIXES:
        if lower.startswith(prefix):
            piece = piece[len(prefix) :]
    if "smtp=" in lower:  # X.400, as Exchange wrote it: `dda:SMTP=reader@readers.example`
        piece = piece[lower.rindex("smtp=") + len("smtp=") :]
    local, _, rest = piece.rpartition("@")
    domain = _DOMAIN.match(rest[:255])
    if not local or not domain or len(local) > LONGEST_LOCAL or "@" in local or not local.isprintable():
        return ""
    return f"{local}@{domain[0].rstrip('.')}"


def same(one: str, other: str) -> bool:
    """Whether two addresses are one, as far as mail servers care: most do not about the case."""
    return one.casefold() == other.casefold()
