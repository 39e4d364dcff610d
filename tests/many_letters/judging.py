"""What must be so of every letter: each judge returns what is wrong, in words that name the letter's number.

`form` looks at octets, `scratch` makes the letter again for its reader alone, `given_back` compares what was meant
with what was read, `signatures` asks everybody who verifies.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from itertools import groupby
from pathlib import Path
from typing import Any

from publisher.mail.wire import compile_letter
from tests.many_letters.made import Made, records, signers
from tests.many_letters.told import Told, meant, read_by_mailparser, read_by_python
from tests.signed_letters import open_dkim, verified_by_dkimpy, verified_by_mailauth, with_one_signature

LONGEST_LINE = 998  # RFC 5322 §2.1.1
_BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_BAD_BODY_LINE = re.compile(rb"^(?:\.|From )|[ \t]\r$|[ \t]{2}|\t", re.MULTILINE)
_ENCODED_WORD = re.compile(rb"=\?[^?\s]*\?[bq]\?[^?\s]*\?=", re.IGNORECASE)

Judge = Callable[[Sequence[Made]], list[str]]


def _number(made: Made) -> str:
    return f"letter of issue {made.issue.number} to {made.reader.address!r} ({made.reader.token})"


# ── Octets ───────────────────────────────────────────────────────────────────────────


def form(letters: Sequence[Made]) -> list[str]:
    """Lines end with CRLF and are no longer than they may be; bodies are 7-bit, 76 wide, and need no dot doubled."""
    return [f"{_number(made)}: {wrong}" for made in letters for wrong in wrong_octets(made.message)]


def wrong_octets(message: bytes) -> Iterator[str]:
    header, _, body = message.partition(b"\r\n\r\n")
    if _BARE.search(message):
        yield "a line does not end with CRLF"
    if not message.endswith(b"--\r\n"):
        yield "it does not end with its last boundary"
    if any(len(line) > LONGEST_LINE for line in message.split(b"\r\n")):
        yield f"a line is longer than {LONGEST_LINE} octets"
    if any(len(line) > 78 and b" " in line.strip().partition(b": ")[2] for line in header.split(b"\r\n")):
        yield "a field could be folded, and is not"
    if any(len(word) > 75 for word in _ENCODED_WORD.findall(header)):
        yield "an encoded word is longer than 75 characters (RFC 2047 §2)"
    if not body.isascii() or any(len(line) > 76 for line in body.split(b"\r\n") if not line.startswith(b" boundary=")):
        yield "the body is not 7-bit in lines of 76"
    if _BAD_BODY_LINE.search(body):
        yield "a line of the body begins with a dot or `From `, or has blanks that relays may touch"


def scratch(letters: Sequence[Made]) -> list[str]:
    """The letter that was spliced is, octet by octet, the one made for this reader alone."""
    return [f"{_number(made)}: made anew it is another" for made in letters if _made_anew(made) != made.message]


def _made_anew(made: Made) -> bytes:
    issue = made.issue
    keys = signers().keys_for(issue.head.from_address)
    return compile_letter(replace(issue.letter), issue.head, keys, pictures=dict(issue.pictures)).message_for(
        made.reader
    )


# ── What is read ─────────────────────────────────────────────────────────────────────


def python_reads_it(letters: Sequence[Made]) -> list[str]:
    return [wrong for made in letters for wrong in _python_reads(made)]


def _python_reads(made: Made) -> Iterator[str]:
    try:
        told = read_by_python(made.message)
    except (AssertionError, ValueError) as wrong:
        yield f"{_number(made)}: Python cannot read it: {wrong!r}"
        return
    yield from differences(made, told, "Python")


def mailparser_reads_it(letters: Sequence[Made]) -> list[str]:
    told = read_by_mailparser([made.message for made in letters])
    return [wrong for made, one in zip(letters, told, strict=True) for wrong in differences(made, one, "mailparser")]


def differences(made: Made, told: Told, reader: str) -> Iterator[str]:
    wanted = meant(made)
    for field in fields(Told):
        ours, theirs = getattr(wanted, field.name), getattr(told, field.name)
        if ours != theirs:
            yield f"{_number(made)}: {reader} reads another {field.name}: {_unlike(ours, theirs)}"


def _unlike(ours: object, theirs: object) -> str:
    """Where two values begin to differ."""
    left, right = repr(ours), repr(theirs)
    at = next((at for at, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    return f"…{left[max(0, at - 20) : at + 60]}… is …{right[max(0, at - 20) : at + 60]}…"


# ── Who verifies ─────────────────────────────────────────────────────────────────────


def dkimpy_verifies(letters: Sequence[Made]) -> list[str]:
    dns = records()
    return [
        f"{_number(made)}: dkimpy refuses signature {at + 1}"
        for made in letters
        for at in range(2)
        if not verified_by_dkimpy(made.message, dns, at=at)
    ]


def opendkim_verifies(letters: Sequence[Made]) -> list[str]:
    """Both signatures, each alone: it takes up the first that it can verify."""
    with tempfile.TemporaryDirectory() as folder, open_dkim(records(), Path(folder)) as opendkim:
        return [
            f"{_number(made)}: OpenDKIM says of signature {at + 1}: {said}"
            for made in letters
            for at in range(2)
            if (said := opendkim.verdict(with_one_signature(_from_signatures_on(made.message), at=at))) != "Success"
        ]


def _from_signatures_on(message: bytes) -> bytes:
    """Without the fields that relays put above the signatures."""
    return message[message.index(b"DKIM-Signature:") :]


def mailauth_verifies(letters: Sequence[Made]) -> list[str]:
    """Both signatures pass and are aligned, SPF of the return address too, so DMARC passes."""
    wrong = []
    for made, told in zip(letters, _asked_of_mailauth(letters), strict=True):
        found = [(one["algorithm"], one["result"], one["aligned"]) for one in told["signatures"]]
        good = [(f"{kind}-sha256", "pass", made.issue.domain) for kind in ("rsa", "ed25519")]
        if found != good or (told["spf"], told["dmarc"]) != ("pass", "pass"):
            wrong.append(f"{_number(made)}: mailauth says {told}")
    return wrong


def _asked_of_mailauth(letters: Sequence[Made]) -> Iterator[dict[str, Any]]:
    for domain, some in groupby(letters, key=lambda made: made.issue.domain):
        messages = [made.message for made in some]
        yield from verified_by_mailauth(messages, records(), sender=f"b+token@bounces.{domain}")


def mail_dkim_verifies(letters: Sequence[Made]) -> list[str]:
    """Perl's Mail::DKIM takes the RSA signature."""
    asked = {"messages": [base64.b64encode(made.message).decode() for made in letters], "dns": records()}
    command = ["perl", str(Path(__file__).parent / "mail_dkim.pl")]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, timeout=600, check=True)
    told = zip(letters, json.loads(done.stdout), strict=True)
    return [f"{_number(made)}: Mail::DKIM says {one}" for made, one in told if one.get("rsa-sha256") != "pass"]


def has_mail_dkim() -> bool:
    perl = shutil.which("perl")
    needed = ["-MMail::DKIM::Verifier", "-MJSON::PP", "-MNet::DNS"]
    return perl is not None and subprocess.run([perl, *needed, "-e1"], capture_output=True, check=False).returncode == 0


# ── All of them ──────────────────────────────────────────────────────────────────────

JUDGES: Mapping[str, Judge] = {
    "form": form,
    "made from scratch": scratch,
    "read by Python": python_reads_it,
    "read by mailparser": mailparser_reads_it,
    "dkimpy": dkimpy_verifies,
    "OpenDKIM": opendkim_verifies,
    "mailauth (SPF and DKIM aligned, DMARC)": mailauth_verifies,
}
