"""The words of a reply, as far as they tell why.

An address may hold any word (`spam-report@readers.example`), and so may the name of a host:
neither tells anything, and both are left out, but for the names of block lists. Of a link,
what stands behind its host is kept: `?p=NoSuchUser` says more than many a sentence. Latin and Greek letters lose
their accents: half of the servers leave them away.

The work is linear in the text, of which no more than a few thousand characters are read.

Pure.
"""

from __future__ import annotations

import re
import unicodedata

from publisher.mail.reason.vocabulary import BLOCK_LISTS

MOST_CHARACTERS = 4_000  # the longest replies of providers have some 1,200

_BLOCK_LISTS = frozenset(BLOCK_LISTS.split())

END = "."  # stands where a sentence or a part of one ends
_ENDS = (".", ",", ":", ";", "!", "?")

_PIECES = re.compile(r"[\s<>()\[\]{}\"`|]+")
_GUESS = re.compile(r"\b(may|might)\s+not\s+exist\b")  # says nothing, and is not to read like `does not exist`
# Where words are not parted by blanks: ideographs one by one, kana as long as they are of one kind.
_WORDS = re.compile(r"[\u3040-\u309f]+|[\u30a0-\u30ff]+|[\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")
# With its own dot, digit or hyphen: `mx-3.example`, `mail.readers.example`, `203.0.113.7`; but not `unknown.Please`.
_HOST = re.compile(r"(?=[^.]*[-\d]|[^.]*\.[^.]+\.)[\w-]+(?:\.[\w-]+)+")
# So do some names of Exchange's parts: `RESOLVER.ADR.RecipientNotFound` is no host.
_PARTS_OF_EXCHANGE = ("resolver.", "storedrv.", "smtpsend.", "routing.")
# Cisco's gateways, and Amazon SES for a time: `5.1.0 - Unknown address error 550-'…'` of whatever was refused,
# `5.1.1 - Bad destination email address '…'` where they knew more.
_OF_OTHER = re.compile(r"(?<![\d.])([45]\.\d\.\d) - [A-Z][\w /]{2,60}?(?: ([45]\d\d)[- ])? ?'([^']*)")
_STATUS = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?!\d|\.\d)")


def words_of(text: str) -> tuple[str, ...]:
    """The words in their order, small letters, without addresses and hosts."""
    found: list[str] = []
    text = _GUESS.sub(r"\1 exist", text[:MOST_CHARACTERS].casefold().translate(_FOLDED))
    for piece in _PIECES.split(text):
        if "@" in piece:
            found += _WORDS.findall(piece.partition("@")[0].rpartition(":")[0])  # `found:reader@readers.example`
            found.append("@")
            found += _WORDS.findall(piece.partition("@")[2].partition(":")[2])  # `reader@readers.example:blocked`
        elif "://" in piece or piece.startswith("www."):
            host, _, rest = piece.rpartition("://")[2].partition("/")
            found += _listed(host)
            found += _WORDS.findall(rest)
        elif _is_host(piece):
            if found and found[-1] == "host":  # `host mx.readers.example said:` tells nothing, either
                found.pop()
            found += _listed(piece)
        else:
            found += _WORDS.findall(piece)
        if piece.endswith(_ENDS):
            found.append(END)
    return tuple(found)


_ACCENTED = (*range(0xC0, 0x180), *range(0x386, 0x3CF))  # Latin and Greek
_FOLDED: dict[int, str | None] = {code: unicodedata.normalize("NFD", chr(code))[0] for code in _ACCENTED}
_FOLDED |= zip(map(ord, "łøđı"), "lodi", strict=True)  # have nothing that could be taken off
_FOLDED |= {ord("'"): None, ord("’"): None}  # `doesn't`, and `doesnt`


def _is_host(piece: str) -> bool:
    if piece.startswith(_PARTS_OF_EXCHANGE) or _STATUS.search(piece):
        return False
    return _HOST.fullmatch(piece.strip(".:!?=*-#")) is not None


def _listed(host: str) -> list[str]:
    return [label for label in _WORDS.findall(host) if label in _BLOCK_LISTS]


def of_other(text: str) -> str:
    """What another server said, where the one who tells it puts that in quotes behind a class of its own."""
    found = _OF_OTHER.search(text[:MOST_CHARACTERS])
    if not found or not found[3].strip():
        return text
    known = "" if found[1].endswith((".1.0", ".3.0")) else f"(#{found[1]})"  # behind the other's own status
    return " ".join(filter(None, (found[2], found[3].strip(), known)))


def status_in(text: str) -> str:
    """The first enhanced status anywhere in a text (`… (#5.1.1)`); "" where there is none."""
    found = _STATUS.search(text[:MOST_CHARACTERS])
    return found[1] if found else ""


def statuses_in(text: str) -> frozenset[str]:
    """All of them: a server that tells what another one said has a status for that, and the other one its own."""
    return frozenset(_STATUS.findall(text[:MOST_CHARACTERS]))
