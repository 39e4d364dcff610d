"""What is wrong with a letter, before anybody gets it.

An error means: not sent. That is what the law asks for (a postal address, a way to leave;
16 CFR 316.5) and what no program could read. A warning is shown to the newsroom.

Known weakness: it reads attributes and words, not the page as it is drawn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from html.parser import HTMLParser
from urllib.parse import urlsplit

from publisher.letter.words import words_of
from publisher.model.letter import CLOSE, OPEN, Letter, Slot

LARGEST_HTML_BYTES = 95_000  # Gmail cuts a letter off at 102 KB, and with it the way to leave
LONGEST_SUBJECT = 120
_MARK = re.compile(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}")
_SCHEMES = ("http", "https", "mailto")
_BREAK = re.compile("[\r\n\x00\u2028\u2029]")


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong."""

    severity: Severity
    problem: str  # what is wrong, and what to do


def lint(letter: Letter, *, postal_address: str) -> tuple[Finding, ...]:
    """All findings, errors first; none means the letter can go."""
    page = _Page()
    page.feed(letter.html)
    page.close()
    errors = [
        *_subject_errors(letter.subject),
        *_slot_errors(letter),
        *_law_errors(letter, postal_address, page),
    ]
    return (
        *(Finding(severity=Severity.ERROR, problem=problem) for problem in errors),
        *(Finding(severity=Severity.WARNING, problem=problem) for problem in _warnings(letter, page)),
    )


def _subject_errors(subject: str) -> Iterator[str]:
    if not _MARK.sub("x", subject).strip():
        yield "the subject is empty; set `subject` of the newsletter"
    if _BREAK.search(subject):
        yield "the subject has more than one line; write it on one"


def _slot_errors(letter: Letter) -> Iterator[str]:
    for part in (letter.subject, letter.html, letter.text):
        for name in _MARK.findall(part):
            if name not in set(Slot):
                yield f"no reader can fill the slot {name!r}; the slots are {', '.join(Slot)}"
        if re.search(f"[{OPEN}{CLOSE}]", _MARK.sub("", part)):
            yield "a slot mark is broken (U+E000 or U+E001 stands alone); write {{ slot.name }} in templates"


def _law_errors(letter: Letter, postal_address: str, page: _Page) -> Iterator[str]:
    wanted = postal_address.split()
    if not wanted:
        yield "there is no postal address; set `postal_address` of the site"
    mark = Slot.UNSUBSCRIBE_URL.mark
    if mark not in page.links:
        yield 'the HTML has no link to unsubscribe; write href="{{ slot.unsubscribe_url }}" in its template'
    if mark not in letter.text:
        yield "the text has no link to unsubscribe; write {{ slot.unsubscribe_url }} in its template"
    for name, words in (("HTML", words_of(letter.html)), ("text", letter.text.split())):
        if wanted and " ".join(wanted) not in " ".join(words):
            yield f"the {name} does not show the postal address; print `postal_address` in its template"


def _link_warnings(page: _Page) -> Iterator[str]:
    for address in page.addresses:
        if not address.startswith(OPEN) and _scheme(address) not in _SCHEMES:
            yield f"the address {address[:80]!r} leads nowhere from a mailbox; write it in full, with https://"


def _scheme(address: str) -> str:
    """The scheme, `""` where there is none or the address cannot be read."""
    try:
        return urlsplit(address).scheme
    except ValueError:
        return ""


def _warnings(letter: Letter, page: _Page) -> Iterator[str]:
    size = len(letter.html.encode())
    if size > LARGEST_HTML_BYTES:
        yield f"the HTML has {size:,} bytes; Gmail cuts letters off at 102,000: put fewer posts in it (`maximum`)"
    if len(letter.subject) > LONGEST_SUBJECT:
        yield f"the subject has {len(letter.subject)} characters; mailboxes show about 60"
    for source in page.unnamed_images:
        yield f"the picture {source[:80]!r} has no description (alt)"
    if page.h1_count != 1:
        yield f"the HTML has {page.h1_count} h1 headings; it needs one"
    yield from _link_warnings(page)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: set[str] = set()
        self.addresses: dict[str, None] = {}  # in their order, each once
        self.unnamed_images: list[str] = []
        self.h1_count = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "h1":
            self.h1_count += 1
        if tag == "a" and "href" in values:
            self.links.add(values["href"])
            self.addresses[values["href"]] = None
        if tag == "img":
            self.addresses[values.get("src", "")] = None
            if "alt" not in values:
                self.unnamed_images.append(values.get("src", ""))
