"""What the cells of a row say: an address, a name, whether mail is wanted, how, since when."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from publisher.model.subscriber import Cadence
from publisher.subscribe.addressing import address_of, plain_address
from publisher.subscribe.headings import Field
from publisher.subscribe.receipt import Receipt, is_said, is_yes, receipt_named

LONGEST_NAME = 200
LONGEST_TAG = 100
MOST_TAGS = 100  # of one reader
BROKEN_OVER_LINES = "The row runs over several lines; is a quote missing or too many?"
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
_LINE_BREAK = re.compile("[\r\n]")
_JOINERS = "\u200c\u200d"  # not to be seen, and part of names in Persian and of emoji
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_TIME = re.compile(r"[0-9A-Za-z ,:./+-]{4,40}")
_IP = re.compile(r"[0-9A-Fa-f:.]{2,45}")
_PARTED_TAGS = re.compile(r"[;|]")
_PARTED = re.compile(r"[,;|/\s]+")

Said = Mapping[Field, str]
"""The cells of a row by what they hold; a column that the list has not is not in it."""


class Unusable(ValueError):
    """A row that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What new readers are added to."""

    newsletter: str
    newsletter_name: str
    cadence: Cadence  # where the list names none
    consent: str  # where their consent comes from
    columns: tuple[str, ...] = ()  # () means all
    offered: tuple[Cadence, ...] = ()  # what a list may name; (): it is not asked
    known_columns: Mapping[str, str] = field(default_factory=dict)  # their names, case folded, and slugs -> slugs


def address_in(email: str, name: str, *, read_as: str) -> str:
    """The one form of the address of somebody with this name. Raises Unusable."""
    plain = plain_address(email)
    if plain and name.isascii() and "\n" not in name and "\r" not in name:
        return plain
    refuse_what_is_no_text(email, name, read_as=read_as)
    try:
        return address_of(email)
    except ValueError as wrong:
        raise Unusable(f"{email.strip()[:80]!r} is not an address: {wrong}") from None


def refuse_what_is_no_text(email: str, name: str, *, read_as: str) -> None:
    """Raises Unusable for what can be neither an address nor a name, whatever else it is."""
    if not (email.isascii() and name.isascii()) and _HALF_CHARACTER.search(email + name):
        raise Unusable(f"holds bytes that are no letters in {read_as}; save the file as CSV in UTF-8")
    if _LINE_BREAK.search(email.strip()) or _LINE_BREAK.search(name.strip()):
        raise Unusable(BROKEN_OVER_LINES)


def tidy(name: str) -> str:
    """On one line, not too long, without control characters."""
    return clean(" ".join(name.split())[:LONGEST_NAME])


def clean(text: str) -> str:
    """Without control characters."""
    if text.isprintable():
        return text
    return "".join(character for character in text if character.isprintable() or character in _JOINERS)


def receipt_in(said: Said) -> Receipt:
    """Whether mail is wanted; the worst of it counts. Raises Unusable."""
    if is_said(said.get(Field.COMPLAINED, "")):
        return Receipt.COMPLAINED
    if is_said(said.get(Field.BOUNCED, "")):
        return Receipt.BOUNCED
    if is_said(said.get(Field.UNSUBSCRIBED, "")):
        return Receipt.UNSUBSCRIBED
    word = said.get(Field.STATUS, "")
    named = receipt_named(word)
    if named is None:
        raise Unusable(f"its status is {word.strip()[:40]!r}, and nobody here knows whether that means subscribed")
    if named is Receipt.WANTED and Field.WANTED in said:
        return _wanted(said[Field.WANTED])
    return named


def _wanted(said: str) -> Receipt:
    """A column that says whether mail is wanted; an empty cell, where others say yes, is no yes."""
    plainly = is_yes(said)
    if plainly is not None:
        return Receipt.WANTED if plainly else Receipt.UNSUBSCRIBED
    named = receipt_named(said)
    if named is None:
        raise Unusable(f"whether mail is wanted is {said.strip()[:40]!r}, and nobody here knows whether that means yes")
    return named


def language_in(said: Said) -> str:
    """Nothing, where it is none."""
    word = said.get(Field.LANGUAGE, "").strip()
    return word.replace("_", "-") if word and _LANGUAGE.fullmatch(word) else ""


def cadence_in(said: Said, paper: Wanted) -> Cadence:
    """Raises Unusable for one that is not offered."""
    named = said.get(Field.CADENCE, "").strip()
    if not named or not paper.offered:
        return paper.cadence
    word = "-".join(named.lower().split())
    if word not in paper.offered:
        there = ", ".join(paper.offered)
        raise Unusable(f"wants {named[:40]!r}, which {paper.newsletter} does not offer; it offers: {there}")
    return Cadence(word)


def columns_in(said: Said, paper: Wanted) -> tuple[str, ...]:
    """Raises Unusable for one that is not there."""
    named = said.get(Field.COLUMNS, "").strip()
    if not named or not paper.known_columns:
        return paper.columns
    whole = paper.known_columns.get(named.casefold())
    found: set[str] = {whole} if whole else set()
    for word in [] if whole else filter(None, _PARTED.split(named)):
        if word.casefold() not in paper.known_columns:
            there = ", ".join(sorted(set(paper.known_columns.values())))
            raise Unusable(f"wants the column {word[:40]!r}, which {paper.newsletter} has not; it has: {there}")
        found.add(paper.known_columns[word.casefold()])
    return tuple(sorted(found))


def tags_in(said: Said, *, written_by_us: bool) -> tuple[str, ...]:
    """Parted by commas, a tag that has one in quotes; or by semicolons or bars. Raises Unusable for what is no tag."""
    cell = " ".join(said.get(Field.TAGS, "").split())
    if not cell:
        return ()
    found = next(csv.reader([cell], skipinitialspace=True), [])
    if len(found) == 1 and not written_by_us:
        found = _PARTED_TAGS.split(found[0])
    tags = tuple(filter(None, (clean(tag).strip() for tag in found)))
    long = next((tag for tag in tags if len(tag) > LONGEST_TAG), None)
    if long:
        raise Unusable(f"its tag {long[:40]!r}… is longer than {LONGEST_TAG} characters")
    if len(tags) > MOST_TAGS:
        raise Unusable(f"has {len(tags):,} tags; at most {MOST_TAGS} are taken")
    return tags


def consent_told(words: str, when: str, where: str) -> str:
    """What a list says of when consent was given, and from where; "" where it says nothing that is plainly that."""
    when, where = when.strip(), where.strip()
    place = f" from {where}" if where and _IP.fullmatch(where) else ""
    if when and _TIME.fullmatch(when):
        return f"; {words} {when}{place}"
    return f"; {words}{place}" if place else ""


def moment_in(said: Said, wanted: Field) -> datetime | None:
    """Raises Unusable for what is no time."""
    word = said.get(wanted, "").strip()
    if not word:
        return None
    try:
        found = datetime.fromisoformat(word)
    except ValueError:
        raise Unusable(f"{wanted} is {word[:40]!r}; a time is written like 2026-11-22T07:00:00+00:00") from None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
