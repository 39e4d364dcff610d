"""DKIM signatures on letters (RFC 6376, RFC 8301, RFC 8463).

relaxed/relaxed, rsa-sha256 and ed25519-sha256 over one body hash, `t=`, no `l=` and no
`x=`. Fields in `OVERSIGNED` are signed once more than they occur, so that nobody on the
way can add one (RFC 6376 §8.15).

Theory. Bodies are written in a form that relaxed canonicalisation does not change
(quoted.py), so the body is hashed as it is. Of the header all is made canonical once for a
variant, but for the few fields that a reader fills whole; these are done for each letter.
`t=` is the letter's own date and both kinds of signature depend on nothing but key and
letter: a letter that is sent again is the same letter, octet by octet.

Not here: keys and records (dkimkey.py), what a letter consists of (wire.py). Known
weakness: a relay that writes Date or Message-ID anew breaks the signature; such a relay
has to sign by itself.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from publisher.mail import headers
from publisher.mail.dkimkey import PrivateKey, kind_of
from publisher.mail.splice import Hole, Piece, Splice

OVERSIGNED = (
    "From", "To", "Cc", "Subject", "Date", "Message-ID", "Reply-To",
    "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Subscribe",
    "List-Help", "List-Owner", "List-Archive", "List-Post", "Feedback-ID",
    "MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Content-Language",
    "Content-Disposition", "Content-Description", "Content-ID",
)  # fmt: skip
"""What a mail program shows, acts upon or reads a body by. RFC 8058 §4 asks for the two of one-click."""

_BLANKS = re.compile(rb"[ \t\r\n]+")
_FIELD_ENDS = re.compile(rb"(?<=\r\n)(?![ \t])")
_STAND_IN = b"\0"  # for a hole within a field: no blank, and in no field
_WIDTH = 72
_PADDING, _HASH = PKCS1v15(), SHA256()


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A private key, and where its public half is published."""

    domain: str  # d=, A-labels in lower case
    selector: str  # s=
    private: PrivateKey = field(repr=False)

    def sign(self, data: bytes) -> bytes:
        """RFC 6376 §3.3.1; Ed25519 signs the hash, not the data (RFC 8463 §3)."""
        if isinstance(self.private, RSAPrivateKey):
            return self.private.sign(data, _PADDING, _HASH)
        return self.private.sign(sha256(data).digest())


@dataclass(frozen=True, slots=True, kw_only=True)
class Signers:
    """All keys that sign, by their domains."""

    by_domain: Mapping[str, tuple[SigningKey, ...]] = field(default_factory=dict)

    def keys_for(self, from_address: str) -> tuple[SigningKey, ...]:
        """The keys of the address's domain, else of the nearest domain above it; () where there are none.

        Either is aligned for DMARC, as both have one organisational domain.
        """
        domain = headers.ascii_domain(from_address.rpartition("@")[2]).lower()
        while domain:
            if domain in self.by_domain:
                return self.by_domain[domain]
            domain = domain.partition(".")[2]
        return ()


def relaxed_field(raw: bytes) -> bytes:
    """A field in relaxed canonical form (RFC 6376 §3.4.2), without the line end."""
    name, _, value = raw.partition(b":")
    value = value.strip(b" \t\r\n")
    if b"\n" in value or b"  " in value or b"\t" in value or b"\r" in value:  # not so in most, made for each letter
        value = _BLANKS.sub(b" ", value)
    return name.rstrip(b" \t").lower() + b":" + value


class Unsigned(NamedTuple):
    """What is signed of a letter. A tuple, as all that is made for each letter."""

    body_hash: bytes  # as it stands in bh=
    to_sign: tuple[tuple[SigningKey, bytes], ...]


class Seal:
    """Signs the letters of one variant.

    What is signed and what is made of a signature are two steps: who has many letters, has many signed at a time.
    """

    def __init__(self, header: Iterable[Piece], keys: Sequence[SigningKey], *, date: datetime) -> None:
        fields = [(_name_of(one), one) for one in _fields_of(header)]
        self._whole = [one[0] for _, one in fields if isinstance(one[0], Hole)]
        self._header = Splice(
            piece
            for name in OVERSIGNED
            for its_name, one in reversed(fields)  # of several, the last is signed first (RFC 6376 §5.4.2)
            if its_name == name.lower()
            for piece in _canonical(one)
        )
        present = [name for name, _ in fields]
        names = [name for name in OVERSIGNED for _ in range(present.count(name.lower()) + 1)]
        self._stamps = [_Stamp(key, names, date=date) for key in keys]

    def unsigned(self, body: Iterable[bytes], values: Mapping[Hole, bytes]) -> Unsigned:
        """What each key is to sign. `body`: in pieces; `values` are those that the header was filled with."""
        canonical = dict(values)
        for hole in self._whole:
            canonical[hole] = relaxed_field(values[hole]) + b"\r\n"
        header = self._header.filled(canonical)
        digest = sha256()
        for piece in body:
            digest.update(piece)
        body_hash = b2a_base64(digest.digest(), newline=False)
        return Unsigned(body_hash, tuple([(stamp.key, stamp.data_for(header, body_hash)) for stamp in self._stamps]))

    def fields(self, unsigned: Unsigned, signatures: Iterable[bytes]) -> list[bytes]:
        """A field for each key, with its line end, by the signatures of what is `to_sign`, in that order."""
        pairs = zip(self._stamps, signatures, strict=True)
        return [stamp.field_with(unsigned.body_hash, signature) for stamp, signature in pairs]


class _Stamp:
    """One key's signature field, but for the hash of the body and the signature."""

    def __init__(self, key: SigningKey, names: Sequence[str], *, date: datetime) -> None:
        self.key = key
        words = (
            "v=1;", f"a={kind_of(key.private)}-sha256;", "c=relaxed/relaxed;", f"d={key.domain};", f"s={key.selector};",
            f"t={int(date.timestamp())};", *_list_of(names),
        )  # fmt: skip
        self._raw = headers.word_field("DKIM-Signature", *words).encode("ascii") + b" bh="
        self._canonical = relaxed_field(self._raw)

    def data_for(self, header: bytes, body_hash: bytes) -> bytes:
        """What is signed (RFC 6376 §3.7). `header`: all signed fields, canonical, each with its line end."""
        return b"".join((header, self._canonical, body_hash, b"; b="))

    def field_with(self, body_hash: bytes, signature: bytes) -> bytes:
        text = b2a_base64(signature, newline=False)
        lines = b"\r\n ".join([text[start : start + _WIDTH] for start in range(0, len(text), _WIDTH)])
        return b"".join((self._raw, body_hash, b";\r\n b=", lines, b"\r\n"))


def _list_of(names: Sequence[str]) -> Iterator[str]:
    """`h=` in words that fill a line each: between them the field may be folded (RFC 6376 §3.5)."""
    line = "h="
    for number, name in enumerate(names):
        if len(line) + len(name) > _WIDTH:
            yield line
            line = ""
        line += name + (":" if number < len(names) - 1 else ";")
    yield line


def _fields_of(header: Iterable[Piece]) -> Iterator[list[Piece]]:
    """The pieces of each field. A hole at the start of a field is the field."""
    one: list[Piece] = []
    for piece in header:
        if isinstance(piece, Hole):
            one.append(piece)
            if len(one) == 1:
                yield one
                one = []
            continue
        for part in filter(None, _FIELD_ENDS.split(piece)):
            one.append(part)
            if part.endswith(b"\r\n"):
                yield one
                one = []


def _name_of(one: Sequence[Piece]) -> str:
    first = one[0]
    return first.part if isinstance(first, Hole) else first.partition(b":")[0].decode("ascii").lower()


def _canonical(one: Sequence[Piece]) -> Iterator[Piece]:
    """A field with its line end; what is filled later holds no blank."""
    if isinstance(one[0], Hole):
        yield one[0]
        return
    holes = [piece for piece in one if isinstance(piece, Hole)]
    raw = b"".join(_STAND_IN if isinstance(piece, Hole) else piece for piece in one)
    first, *rest = (relaxed_field(raw) + b"\r\n").split(_STAND_IN)
    yield first
    for hole, after in zip(holes, rest, strict=True):
        yield hole
        yield after
