"""Header fields of a message, serialised by hand.

Responsible for RFC 5322 §2.2.3 (folding at 78, never over 998), RFC 2047 (encoded words,
at most 75 characters, never inside an address, a message id or a URL), RFC 5322 §3.4
(mailboxes) and RFC 6532 (addresses that are not ASCII). The standard library's serialiser
is not used: it turns a List-Unsubscribe URL of 78 characters or more into encoded words,
and a one-click button that mail programs cannot read is none.

Every function raises ValueError where a value holds a line break or another control
character, or cannot be written within the limits; nothing is ever cut or repaired here.

Not here: which fields a letter has (wire.py).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence

import idna

FOLD_AT = 78  # RFC 5322 §2.1.1
LONGEST_LINE = 998
ENCODED_WORD = 75  # RFC 2047 §2
LINE_WITH_ENCODED_WORD = 76  # RFC 2047 §2
_FRAME = len("=?utf-8?q??=")

_NAME = re.compile(r"[!-9;-~]+\Z")  # ftext, RFC 5322 §3.6.8
# C0, DEL, C1, and the two that Unicode calls line and paragraph separator
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ATEXT = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~\-"  # RFC 5322 §3.2.3
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# Addresses and names of most readers: they stand in a header as they are.
_PLAIN_ADDRESS = re.compile(rf"[{_ATEXT}]+(?:\.[{_ATEXT}]+)*@{_LABEL}(?:\.{_LABEL})*")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")
_PLAIN_LINE = re.compile(r"[!-~]+(?: [!-~]+)*")
_PHRASE = re.compile(rf"[{_ATEXT}]+(?: [{_ATEXT}]+)*\Z")
_DOT_ATOM = re.compile(rf"[{_ATEXT}\u0080-\U0010ffff]+(?:\.[{_ATEXT}\u0080-\U0010ffff]+)*\Z")  # with RFC 6532 §3.2
_QUOTED_LOCAL = re.compile(r'"(?:[ !#-\[\]-~\u0080-\U0010ffff]|\\[ -~])*"\Z')
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\Z")  # RFC 5321 §4.1.2
_Q_SAFE = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!*+-/")  # RFC 2047 §5 (3)


def plain_line(text: str) -> str:
    """Text as one line: control characters and runs of blanks become one blank."""
    if _PLAIN_LINE.fullmatch(text):
        return text
    return " ".join(_CONTROL.sub(" ", text).split())


def word_field(name: str, *words: str) -> str:
    """A field of ASCII words that are never encoded: ids, URLs, keywords; folded between them only."""
    for word in words:
        if word.isascii() and word.isprintable():
            continue
        _refuse_control(name, word)
        if not word.isascii():
            raise ValueError(f"{name}: only ASCII can stand here, not {word!r}")
    return _folded(name, words)


def text_field(name: str, text: str) -> str:
    """A field of free text (RFC 5322 §3.6.5); runs of blanks become one."""
    _refuse_control(name, text)
    words = text.split()
    if _is_plain(words):
        return _folded(name, words)
    return _folded(name, _encoded(" ".join(words), first=_room_after(name)))


def mailbox_field(name: str, display: str, address: str) -> str:
    """`Name <address>`, or the address alone where `display` is empty (RFC 5322 §3.4)."""
    if len(name) + len(display) + len(address) < FOLD_AT - len(":  <>") and _PLAIN_ADDRESS.fullmatch(address):
        if _PLAIN_NAME.fullmatch(display):
            return f"{name}: {display} <{address}>\r\n"
        if not display:
            return f"{name}: {address}\r\n"
    return _folded(name, _mailbox(name, display, address))


def list_id_field(name: str, display: str, list_id: str) -> str:
    """A list's name and its id in the form of a domain name (RFC 2919 §2)."""
    _refuse_control(name, display)
    return _folded(name, [*_phrase(display, first=_room_after(name)), f"<{ascii_domain(list_id)}>"])


def address_on_the_wire(address: str) -> str:
    """The address with its domain as A-labels; ValueError where it is none."""
    _refuse_control("address", address)
    local, at, domain = address.rpartition("@")
    if not at or not (_DOT_ATOM.match(local) or _QUOTED_LOCAL.match(local)):
        raise ValueError(f"{address!r} is not an address")
    return f"{local}@{ascii_domain(domain)}"


def ascii_domain(domain: str) -> str:
    """A domain as A-labels (RFC 5891); ValueError where it is none."""
    try:
        found = domain if domain.isascii() else idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError as wrong:
        raise ValueError(f"{domain!r} is not a domain: {wrong}") from wrong
    if not _DOMAIN.match(found):
        raise ValueError(f"{domain!r} is not a domain")
    return found


def _mailbox(name: str, display: str, address: str) -> list[str]:
    _refuse_control(name, display)
    wire = address_on_the_wire(address)
    if not display.strip():
        return [wire]
    return [*_phrase(display, first=_room_after(name)), f"<{wire}>"]


def _phrase(display: str, *, first: int) -> list[str]:
    """A display name as atoms, as a quoted string, or as encoded words; `first` as in `_encoded`."""
    text = " ".join(display.split())
    if not text:
        return []
    if not _is_plain(text.split()):
        return _encoded(text, first=first)
    if _PHRASE.match(text):
        return text.split()
    quoted = '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
    return [quoted] if len(quoted) <= first else _encoded(text, first=first)


def _is_plain(words: Iterable[str]) -> bool:
    """No word needs encoding: ASCII, short enough for a line, nothing that reads as an encoded word."""
    return all(word.isascii() and "=?" not in word and len(word) < LONGEST_LINE // 2 for word in words)


def _room_after(name: str) -> int:
    return LINE_WITH_ENCODED_WORD - len(name) - len(": ")


def _encoded(text: str, *, first: int) -> list[str]:
    """Encoded words for `text`, in Q or B, whichever is shorter; `first` is the room for the first."""
    quoted = _chunks([_q(char) for char in text], first)
    base64ed = [_b(octets) for octets in _octet_chunks(text, first)]
    in_q = [f"=?utf-8?q?{chunk}?=" for chunk in quoted]
    in_b = [f"=?utf-8?b?{chunk}?=" for chunk in base64ed]
    return in_q if sum(map(len, in_q)) <= sum(map(len, in_b)) else in_b


def _q(char: str) -> str:
    if char == " ":
        return "_"
    return "".join(chr(octet) if octet in _Q_SAFE else f"={octet:02X}" for octet in char.encode())


def _b(octets: str) -> str:
    return base64.b64encode(octets.encode()).decode("ascii")


def _octet_chunks(text: str, first: int) -> list[str]:
    """Pieces of whole characters (RFC 2047 §5) whose base64 fits: 3 octets in 4 characters."""
    pieces: list[str] = []
    room = (min(first, ENCODED_WORD) - _FRAME) // 4 * 3
    piece, used = "", 0
    for char in text:
        size = len(char.encode())
        if piece and used + size > room:
            pieces.append(piece)
            piece, used, room = "", 0, (ENCODED_WORD - _FRAME) // 4 * 3
        piece += char
        used += size
    return [*pieces, piece]


def _chunks(atoms: Iterable[str], first: int) -> list[str]:
    """Atoms (one encoded character each, RFC 2047 §5) joined to pieces that fit."""
    pieces: list[str] = []
    room, piece = min(first, ENCODED_WORD) - _FRAME, ""
    for atom in atoms:
        if piece and len(piece) + len(atom) > room:
            pieces.append(piece)
            room, piece = ENCODED_WORD - _FRAME, ""
        piece += atom
    return [*pieces, piece]


def _folded(name: str, words: Sequence[str]) -> str:
    """The field with its line ends. Never folded right after the colon: some programs then read nothing."""
    if not _NAME.match(name):
        raise ValueError(f"{name!r} is not the name of a header field")
    whole = f"{name}: {' '.join(words)}"
    if words and len(whole) <= LINE_WITH_ENCODED_WORD and whole.isascii():
        return f"{whole}\r\n"
    if len(words) == 1 and len(whole) <= LONGEST_LINE and whole.isascii():
        return f"{whole}\r\n"  # as below: there is no place to fold it
    lines, line = [], f"{name}:"
    for number, word in enumerate(words):
        limit = LINE_WITH_ENCODED_WORD if "=?" in line + word else FOLD_AT
        if number and len(line.encode()) + 1 + len(word.encode()) > limit:
            lines.append(line)
            line = ""
        line += f" {word}"
    lines.append(line)
    if any(len(line.encode()) > LONGEST_LINE for line in lines):
        raise ValueError(f"{name}: a word is too long for a line of {LONGEST_LINE} octets (RFC 5322 §2.1.1)")
    return "\r\n".join(lines) + "\r\n"


def _refuse_control(name: str, value: str) -> None:
    found = _CONTROL.search(value)
    if found:
        raise ValueError(f"{name}: a line break or control character (U+{ord(found[0]):04X}) cannot stand here")
