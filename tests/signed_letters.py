"""Signed letters of all sorts for tests, the records that go with them, and three who verify them.

The letters are made by numbers: the same number is the same letter. Who verifies is never
a program of ours: dkimpy, npm's mailauth and OpenDKIM's library, each asked for one
signature at a time.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import dkim
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from publisher.mail.dkim import SigningKey
from publisher.mail.dkimkey import record_of
from publisher.mail.wire import LetterHead, ReaderFacts, compile_letter
from publisher.model.letter import Letter, Slot

DOMAIN = "fernmoor.example"
NPM = Path(__file__).parent / "npm"
_FIELD = b"DKIM-Signature:"
_WORDS = (
    "tide", "harbour", "dredger", "quay", "rope", "a-very-long-" + "word" * 30, "Ünger", "naïve", "Łódź", "smørrebrød",
    "שָׁלוֹם", "مرحبا بالعالم", "نشرة", "你好", "ニュース", "🦀", "👩🏽‍🚀", "🇩🇪", "e\u0301", "\u200fleft\u200e",
    "=?utf-8?q?no?=", ".", "..", "From ", "--", "-- ", "=", "=3D", "&amp;", "<b>", "\u00a0", "\u2028", "\u202e",
    "x" * 80, "  ", "\t", "https://fernmoor.example/" + "path/" * 60 + "?q=" + "k" * 200,
)  # fmt: skip
_NAMES = (
    "", "Ann Ünger", 'O"Brien, "Jr."', "😀 Mia 🦊", "👨‍👩‍👧‍👦", "محمد الأحمد", "יעל כהן", "山田 太郎", "x" * 180,
    "é" * 90, "a  b   c", " lead", "trail ", ".dot", "=?utf-8?b?eA==?=", "(comment)", "tab\tname",
    "Zoë <zoe@evil.example>",
)  # fmt: skip
_ADDRESSES = (
    "ann@example.org", "l" * 64 + "@example.org", "o'neil+tag@mail.example", '"two words"@example.org',
    "mia@bücher.example", "rā@xn--bcher-kva.example", "ünïcode@例え.example", "a@" + "d" * 63 + ".example",
    "!#$%&'*+-/=?^_`{|}~@example.org",
)  # fmt: skip


@cache
def keys() -> tuple[SigningKey, ...]:
    """An RSA key and an Ed25519 key, made anew for each run."""
    return (
        SigningKey(domain=DOMAIN, selector="autumn-rsa", private=rsa.generate_private_key(65537, 2048)),
        SigningKey(domain=DOMAIN, selector="autumn-ed25519", private=Ed25519PrivateKey.generate()),
    )


def records(signing: Sequence[SigningKey]) -> dict[str, str]:
    """What the DNS would say."""
    made = [record_of(key.private, domain=key.domain, selector=key.selector) for key in signing]
    return {record.name: record.value for record in made}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A signed letter, and to whom."""

    reader: ReaderFacts
    message: bytes


def letters(count: int) -> Iterator[Sent]:
    """Letters of all sorts, each with both signatures."""
    for number in range(count):
        dice = Random(number)
        marks = [slot.mark for slot in Slot]

        def text(most: int, dice: Random = dice, marks: Sequence[str] = marks) -> str:
            pieces = [dice.choice([*_WORDS, *marks]) for _ in range(dice.randint(0, most))]
            return "".join(piece + dice.choice(["", " ", " ", "\n"]) for piece in pieces)

        subject = " ".join(text(5).split()).replace("\u2028", "") or "Tides"
        letter = Letter(subject=subject, html=f"<p>{text(80)}</p>", text=text(60))
        address = f"desk@{dice.choice(['', 'news.', 'a.b.'])}{DOMAIN}"
        head = LetterHead(
            from_name=" ".join(dice.choice(_NAMES).split()),
            from_address=address,
            reply_to=dice.choice(["", f"desk@{DOMAIN}"]),
            list_name=dice.choice(["Morning Courier", "Bücher & Meer", "نشرة الصباح", "🗞️"]),
            list_id=f"courier.newsletters.{DOMAIN}",
            list_help=dice.choice(["", f"https://{DOMAIN}/help"]),
            list_owner=dice.choice(["", f"desk@{DOMAIN}"]),
            list_archive_url=dice.choice(["", f"https://{DOMAIN}/" + "archive/" * dice.randint(0, 40)]),
            feedback_id=dice.choice(["", "7:courier:daily:fernmoor"]),
            language=dice.choice(["en", "de-AT", "ar"]),
            date=datetime(2026, 11, 20, 6, 30, tzinfo=UTC) - timedelta(seconds=dice.randint(0, 9_000_000)),
            mail_domain=DOMAIN,
            leave_domain=dice.choice(["", f"bounces.{DOMAIN}"]),
            is_test=dice.random() < 0.1,
        )
        token = "".join(dice.choices("0123456789abcdefghijklmnopqrstuv", k=32))
        page = f"https://{DOMAIN}/u/" + "k" * dice.choice([8, 43, 300]) + token
        name = dice.choice(_NAMES)
        facts = ReaderFacts(
            token=token,
            address=dice.choice(_ADDRESSES),
            name=name,
            unsubscribe_url=page,
            leave_token=token,
            preferences_url=page + "/p",
        )
        yield Sent(reader=facts, message=compile_letter(letter, head, keys()).message_for(facts))


def verified_by_dkimpy(message: bytes, dns: dict[str, str], *, at: int) -> bool:
    """Whether the signature at this place, counted from the top, is good."""
    try:
        verifier = dkim.DKIM(message, minkey=1024)
        return bool(verifier.verify(idx=at, dnsfunc=lambda name, **_: dns.get(name.decode().rstrip("."), "").encode()))
    except dkim.DKIMException:
        return False


def with_one_signature(message: bytes, *, at: int) -> bytes:
    """The message with the signature at this place alone."""
    *signatures, rest = split_signatures(message)
    return signatures[at] + rest


def split_signatures(message: bytes) -> list[bytes]:
    """The signature fields on top, whole, and the rest."""
    found = []
    while message.startswith(_FIELD):
        end = next(at for at in _line_ends(message) if message[at : at + 1] not in b" \t")
        found.append(message[:end])
        message = message[end:]
    return [*found, message]


def _line_ends(message: bytes) -> Iterator[int]:
    at = 0
    while True:
        at = message.index(b"\r\n", at) + 2
        yield at


def verified_by_mailauth(messages: Sequence[bytes], dns: dict[str, str], *, sender: str) -> list[dict[str, Any]]:
    """What mailauth says of each message: its signatures with their domains, and DMARC."""
    assert (NPM / "node_modules" / "mailauth").is_dir(), "run `npm ci` in tests/npm, or `./dev test`, which does it"
    asked = {"messages": [one.decode() for one in messages], "dns": dns, "sender": sender}
    # Node comes from PyPI, so its program lies beside Python.
    command = [Path(sys.executable).parent / "node", NPM / "verify_letters.mjs"]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, timeout=60, check=True)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


class OpenDkim:
    """OpenDKIM's library, which opendkim-testmsg is the front of; it reads records from a file."""

    def __init__(self, library: ctypes.CDLL, handle: ctypes.c_void_p) -> None:
        self._library = library
        self._handle = handle

    def verdict(self, message: bytes) -> str:
        """What it says of the first signature that it takes up."""
        status = ctypes.c_int()
        one = ctypes.c_void_p(self._library.dkim_verify(self._handle, b"letter", None, ctypes.byref(status)))
        try:
            result = self._library.dkim_chunk(one, message, ctypes.c_size_t(len(message)))
            result = result or self._library.dkim_chunk(one, None, ctypes.c_size_t(0))
            result = result or self._library.dkim_eom(one, None)
            said: bytes = self._library.dkim_getresultstr(result)
            return said.decode()
        finally:
            self._library.dkim_free(one)


@contextmanager
def open_dkim(dns: dict[str, str], folder: Path) -> Iterator[OpenDkim]:
    path = folder / "records"
    path.write_text("".join(f"{name} {value}\n" for name, value in dns.items()))
    name = ctypes.util.find_library("opendkim")
    assert name, "there is no libopendkim here; as root type: apt-get install opendkim-tools"
    library = ctypes.CDLL(name)
    library.dkim_init.restype = library.dkim_verify.restype = ctypes.c_void_p
    library.dkim_getresultstr.restype = ctypes.c_char_p
    handle = ctypes.c_void_p(library.dkim_init(None, None))
    from_file, place = ctypes.c_int(1), os.fsencode(path)
    # dkim.h: DKIM_OP_SETOPT 1, DKIM_OPTS_QUERYMETHOD 6 (DKIM_QUERY_FILE 1), DKIM_OPTS_QUERYINFO 7
    assert library.dkim_options(handle, 1, 6, ctypes.byref(from_file), ctypes.c_size_t(4)) == 0
    assert library.dkim_options(handle, 1, 7, place, ctypes.c_size_t(len(place))) == 0
    try:
        yield OpenDkim(library, handle)
    finally:
        library.dkim_close(handle)
