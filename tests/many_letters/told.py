"""What a letter tells, in one form: as it was meant, as Python's email package reads it, as npm's mailparser does.

What was meant is put together from the letter and its reader without a line of `publisher/mail`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from html import escape, unescape
from pathlib import Path
from typing import Any

import idna

from publisher.mail.inline import travelling
from publisher.mail.wire import LetterHead, ReaderFacts
from publisher.model.letter import Slot
from publisher.model.picture import MEDIA_TYPES
from tests.many_letters.made import Made
from tests.signed_letters import NPM

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SRC = re.compile(r'src="([^"]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A picture that travels."""

    name: str
    media_type: str
    content_id: str
    digest: str  # of its content


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Everything a reader's program gets out of a letter."""

    sender: tuple[str, str]  # name, address with the domain as A-labels
    recipient: tuple[str, str]
    subject: str
    ways_out: dict[str, str]  # of List-Unsubscribe: `url`, and `mail` where it names one
    date: datetime
    fields: tuple[tuple[str, str], ...]  # all others, without signatures, in their order; names in lower case
    text: str
    html: str
    files: tuple[File, ...]


def meant(made: Made) -> Told:
    """What the letter is to tell."""
    letter, head, reader = made.issue.letter, made.issue.head, made.reader
    name = one_line(_CONTROL.sub(" ", reader.name))
    slots = {
        Slot.NAME: name or head.nameless,
        Slot.EMAIL: one_line(reader.address),
        Slot.UNSUBSCRIBE_URL: reader.unsubscribe_url,
        Slot.PREFERENCES_URL: reader.preferences_url,
    }
    page, files = _with_files(made, _filled(letter.html, {slot: escape(value) for slot, value in slots.items()}))
    return Told(
        sender=(one_line(head.from_name), head.from_address),
        recipient=(name, a_labels(reader.address)),
        subject=one_line(_filled(letter.subject, slots)),
        ways_out=_ways_out(head, reader),
        date=head.date,
        fields=tuple(_fields(made)),
        text=_filled(letter.text, slots).rstrip("\n"),
        html=page.rstrip("\n"),
        files=files,
    )


def _fields(made: Made) -> list[tuple[str, str]]:
    head, reader = made.issue.head, made.reader
    ways = [("mailto:" if kind == "mail" else "") + way for kind, way in _ways_out(head, reader).items()]
    found = [
        ("date", format_datetime(head.date)),
        ("message-id", f"<{reader.token}@{head.mail_domain}>"),
        ("reply-to", head.reply_to),
        ("list-id", one_line(f"{head.list_name} <{head.list_id}>")),
        ("list-unsubscribe", ", ".join(f"<{way}>" for way in ways)),
        ("list-unsubscribe-post", "List-Unsubscribe=One-Click"),
        ("list-help", head.list_help and f"<{head.list_help}>"),
        ("list-owner", head.list_owner and f"<mailto:{head.list_owner}>"),
        ("list-archive", head.list_archive_url and f"<{head.list_archive_url}>"),
        ("feedback-id", head.feedback_id),
        ("x-publisher-test", "yes" if head.is_test else ""),
        ("list-post", "NO"),
        ("precedence", "bulk"),
        ("auto-submitted", "auto-generated"),
        ("x-auto-response-suppress", "OOF, AutoReply"),
        ("content-language", head.language),
        ("mime-version", "1.0"),
    ]
    return sorted((name, value) for name, value in found if value)


def _ways_out(head: LetterHead, reader: ReaderFacts) -> dict[str, str]:
    mail = f"u+{reader.leave_token}@{head.leave_domain}?subject=unsubscribe"
    return {"url": reader.unsubscribe_url} | ({"mail": mail} if head.leave_domain else {})


def _filled(text: str, slots: dict[Slot, str]) -> str:
    for slot, value in slots.items():
        text = text.replace(slot.mark, value)
    return text


def _with_files(made: Made, page: str) -> tuple[str, tuple[File, ...]]:
    """The page with `cid:` for the pictures that travel, and those."""
    pictures = made.issue.pictures
    chosen = travelling(made.issue.letter.html, {one: len(picture.content) for one, picture in pictures.items()})
    files: dict[str, File] = {}
    for address in dict.fromkeys(unescape(one) for one in _SRC.findall(made.issue.letter.html)):
        if address in chosen:
            picture = pictures[address]
            content_id = f"{picture.name.partition('.')[0]}@{made.issue.head.mail_domain}"
            page = _named(page, address, content_id)
            files[picture.name] = File(
                name=picture.name,
                media_type=MEDIA_TYPES[picture.name.partition(".")[2]],
                content_id=f"<{content_id}>",
                digest=hashlib.sha256(picture.content).hexdigest(),
            )
    return page, tuple(files.values())


def _named(page: str, address: str, content_id: str) -> str:
    return _SRC.sub(lambda one: f'src="cid:{content_id}"' if unescape(one[1]) == address else one[0], page)


# ── Python's email package ───────────────────────────────────────────────────────────


def read_by_python(message: bytes) -> Told:
    found = message_from_bytes(message, policy=policy.default)
    assert isinstance(found, EmailMessage)
    assert not found.defects
    raw = [(name.lower(), value) for name, value in message_from_bytes(message, policy=policy.compat32).raw_items()]
    text, page = found.get_body(("plain",)), found.get_body(("html",))
    assert text is not None and page is not None  # noqa: PT018  both narrow a type
    files = [part for part in found.walk() if part.get_content_maintype() == "image"]
    assert not [part.defects for part in found.walk() if part.defects]
    return Told(
        sender=_mailbox(str(_one(raw, "from"))),
        recipient=_mailbox(_utf8(str(_one(raw, "to")))),
        subject=str(found["subject"]),
        ways_out=_each_way(_one(raw, "list-unsubscribe")),
        date=found["date"].datetime,
        fields=_other_fields(raw),
        text=_lines(str(text.get_content())),
        html=_lines(str(page.get_content())),
        files=tuple(
            File(
                name=part.get_filename() or "",
                media_type=part.get_content_type(),
                content_id=str(part["content-id"]),
                digest=hashlib.sha256(part.get_content()).hexdigest(),
            )
            for part in files
        ),
    )


def _one(raw: Sequence[tuple[str, Any]], name: str) -> Any:
    (value,) = [value for known, value in raw if known == name]
    return value


def _each_way(value: str) -> dict[str, str]:
    ways = re.findall(r"<([^<>]*)>", value)
    return {"mail" if way.startswith("mailto:") else "url": way.removeprefix("mailto:") for way in ways}


def _utf8(value: str) -> str:
    """Octets beyond ASCII stand as surrogates in what the old parser returns."""
    return value.encode("ascii", "surrogateescape").decode() if not value.isascii() else value


def _mailbox(value: str) -> tuple[str, str]:
    name, address = parseaddr(value.replace("\r\n", ""))
    return str(make_header(decode_header(name))), address


def _decoded(value: str) -> str:
    """A field of words, some of them encoded."""
    value = re.sub(r"\r?\n", "", value)
    return one_line(str(make_header(decode_header(value)))) if "=?" in value else _unquoted(one_line(value))


# ── mailparser ───────────────────────────────────────────────────────────────────────


def read_by_mailparser(messages: Sequence[bytes]) -> list[Told]:
    assert (NPM / "node_modules" / "mailparser").is_dir(), "run `npm ci` in tests/npm, or `./dev test`, which does it"
    asked = {"messages": [base64.b64encode(one).decode() for one in messages]}
    command = [Path(sys.executable).parent / "node", NPM / "read_letters.mjs"]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, timeout=600, check=True)
    return [_of_mailparser(one) for one in json.loads(done.stdout)]


def _of_mailparser(found: dict[str, Any]) -> Told:
    (sender,), (recipient,) = found["from"], found["to"]
    raw = [(name, line.partition(":")[2]) for name, line in found["headers"]]
    return Told(
        sender=(sender["name"], a_labels(sender["address"])),
        recipient=(recipient["name"], a_labels(recipient["address"])),
        subject=found["subject"],
        ways_out=found["list"]["unsubscribe"],
        date=datetime.fromisoformat(found["date"]),
        fields=_other_fields(raw),
        text=_lines(found["text"]),
        html=_lines(found["html"] or ""),
        files=tuple(
            File(
                name=one["name"],
                media_type=one["type"],
                content_id=one["id"],
                digest=hashlib.sha256(base64.b64decode(one["content"])).hexdigest(),
            )
            for one in found["files"]
        ),
    )


# ── What all have in common ──────────────────────────────────────────────────────────

_READ_ELSEWHERE = {"from", "to", "subject", "dkim-signature", "content-type", "received", "return-path", "delivered-to"}


def _other_fields(raw: Sequence[tuple[str, Any]]) -> tuple[tuple[str, str], ...]:
    """All other fields, so that one which was smuggled in is seen; a letter's own stand there once each."""
    return tuple(sorted((name, _decoded(str(value))) for name, value in raw if name not in _READ_ELSEWHERE))


def one_line(text: str) -> str:
    return " ".join(text.split())


def _unquoted(value: str) -> str:
    """A list's name that stands in quotes (RFC 5322 §3.2.4)."""
    found = re.fullmatch(r'"((?:[^"\\]|\\.)*)" (<[^<>]*>)', value)
    return " ".join((re.sub(r"\\(.)", r"\1", found[1]), found[2])) if found else value


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").rstrip("\n")


def a_labels(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain if domain.isascii() else idna.encode(domain, uts46=True).decode()}"
