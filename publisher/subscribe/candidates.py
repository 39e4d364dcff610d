"""From a row of a list to somebody who may be joined, somebody who may not, or a reason why it is neither.

Known weakness: a family's name is put last, whatever the language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from publisher.model.subscriber import Cadence, SubscriberState, SubscriptionState
from publisher.model.suppression import Grounds, Suppression
from publisher.store.joining import Joiner
from publisher.subscribe.addressing import address_of
from publisher.subscribe.headings import Field
from publisher.subscribe.layout import Layout
from publisher.subscribe.receipt import Receipt, is_said, is_yes, receipt_named
from publisher.subscribe.spreadsheets import as_it_was

LONGEST_NAME = 200
LONGEST_CONSENT = 500
LONGEST_DETAIL = 2000  # of what a server said, for example
BROKEN_OVER_LINES = "The row runs over several lines; is a quote missing or too many?"
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
_LINE_BREAK = re.compile("[\r\n]")
_JOINERS = "\u200c\u200d"  # not to be seen, and part of names in Persian and of emoji
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_TIME = re.compile(r"[0-9A-Za-z ,:./+-]{4,40}")
_IP = re.compile(r"[0-9A-Fa-f:.]{2,45}")
_PARTED = re.compile(r"[,;|/\s]+")


_SAY_RECEIPT = (Field.STATUS, Field.WANTED, Field.UNSUBSCRIBED, Field.BOUNCED, Field.COMPLAINED)
_TELL_CONSENT = (Field.OPTED_IN, Field.OPTED_IN_IP, Field.CONFIRMED, Field.CONFIRMED_IP)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody on a list."""

    joiner: Joiner
    receipt: Receipt = Receipt.WANTED
    keep: bool = False  # our own list says so: is to be kept as not wanting mail

    @property
    def key(self) -> str:
        """Whoever is away under it is not joined by another row."""
        return f"{self.joiner.newsletter} {self.joiner.email.lower()}"


def one_reader(email: str, name: str, wanted: Wanted) -> Joiner:
    """Somebody added by hand. Raises Unusable."""
    _refuse_what_is_no_text(email, name, read_as="UTF-8")
    return Joiner(
        email=_address(email),
        name=tidy(name),
        newsletter=wanted.newsletter,
        cadence=wanted.cadence,
        columns=wanted.columns,
        consent=wanted.consent,
    )


def _refuse_what_is_no_text(email: str, name: str, *, read_as: str) -> None:
    if not (email.isascii() and name.isascii()) and _HALF_CHARACTER.search(email + name):
        raise Unusable(f"holds bytes that are no letters in {read_as}; save the file as CSV in UTF-8")
    if _LINE_BREAK.search(email.strip()) or _LINE_BREAK.search(name.strip()):
        raise Unusable(BROKEN_OVER_LINES)


def _address(email: str) -> str:
    try:
        return address_of(email)
    except ValueError as wrong:
        raise Unusable(f"{email.strip()[:80]!r} is not an address: {wrong}") from None


class Judge:
    """Judges the rows of one list."""

    def __init__(self, layout: Layout, papers: Mapping[str, Wanted], *, read_as: str = "UTF-8") -> None:
        self._layout = layout
        self._papers = papers  # by slug; where the list names no newsletter there is only one
        self._only = next(iter(papers.values()))
        self._own = layout.format.name == "publisher"
        self._read_as = read_as
        self._fields = tuple(layout.places.items())
        self._says_receipt = not layout.places.keys().isdisjoint(_SAY_RECEIPT)
        self._tells_consent = not layout.places.keys().isdisjoint(_TELL_CONSENT)
        self._plain = layout.places.keys().isdisjoint((Field.LANGUAGE, Field.CADENCE, Field.COLUMNS))

    def judge(self, cells: Sequence[str]) -> Candidate | None:
        """None for a row about another newsletter. Raises Unusable."""
        cell = self._cells(cells)
        paper = self._paper(cell)
        email, name = cell.get(Field.EMAIL, ""), _full_name(cell)
        _refuse_what_is_no_text(email, name, read_as=self._read_as)
        if paper is None:
            return None
        address = _address(email)
        receipt = self._layout.all_are or (_receipt(cell) if self._says_receipt else Receipt.WANTED)
        if self._own:
            return _kept(cell, paper, address=address, name=name, receipt=receipt)
        joiner = Joiner(
            email=address,
            name=tidy(name),
            language="" if self._plain else _language(cell),
            newsletter=paper.newsletter,
            cadence=paper.cadence if self._plain else _cadence(cell, paper),
            columns=paper.columns if self._plain else _columns(cell, paper),
            consent=_consent(cell, paper.consent) if self._tells_consent else paper.consent,
        )
        return Candidate(joiner=joiner, receipt=receipt)

    def _cells(self, cells: Sequence[str]) -> dict[Field, str]:
        number = len(cells)
        found = {field: cells[at] for field, at in self._fields if at < number}
        if self._layout.cells_escaped:
            return {field: as_it_was(cell) for field, cell in found.items()}
        return found

    def _paper(self, cell: Mapping[Field, str]) -> Wanted | None:
        named = cell.get(Field.NEWSLETTER, "").strip()
        return self._papers.get(named) if self._own and named else self._only


def _full_name(cell: Mapping[Field, str]) -> str:
    whole = cell.get(Field.NAME, "")
    if whole.strip():
        return whole
    return f"{cell.get(Field.FIRST_NAME, '')} {cell.get(Field.LAST_NAME, '')}".strip()


def tidy(name: str) -> str:
    """On one line, not too long, without control characters."""
    short = " ".join(name.split())[:LONGEST_NAME]
    if short.isprintable():
        return short
    return "".join(character for character in short if character.isprintable() or character in _JOINERS)


def _receipt(cell: Mapping[Field, str]) -> Receipt:
    """What the row says; the worst of it counts."""
    if is_said(cell.get(Field.COMPLAINED, "")):
        return Receipt.COMPLAINED
    if is_said(cell.get(Field.BOUNCED, "")):
        return Receipt.BOUNCED
    if is_said(cell.get(Field.UNSUBSCRIBED, "")):
        return Receipt.UNSUBSCRIBED
    word = cell.get(Field.STATUS, "")
    named = receipt_named(word)
    if named is None:
        raise Unusable(f"its status is {word.strip()[:40]!r}, and nobody here knows whether that means subscribed")
    if named is Receipt.WANTED and Field.WANTED in cell:
        return _wanted(cell[Field.WANTED])
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


def _language(cell: Mapping[Field, str]) -> str:
    said = cell.get(Field.LANGUAGE, "").strip()
    return said.replace("_", "-") if said and _LANGUAGE.fullmatch(said) else ""


def _cadence(cell: Mapping[Field, str], paper: Wanted) -> Cadence:
    said = cell.get(Field.CADENCE, "").strip()
    if not said or not paper.offered:
        return paper.cadence
    word = "-".join(said.lower().split())
    if word not in paper.offered:
        there = ", ".join(paper.offered)
        raise Unusable(f"wants {said[:40]!r}, which {paper.newsletter} does not offer; it offers: {there}")
    return Cadence(word)


def _columns(cell: Mapping[Field, str], paper: Wanted) -> tuple[str, ...]:
    said = cell.get(Field.COLUMNS, "").strip()
    if not said or not paper.known_columns:
        return paper.columns
    whole = paper.known_columns.get(said.casefold())
    found: set[str] = {whole} if whole else set()
    for word in [] if whole else filter(None, _PARTED.split(said)):
        if word.casefold() not in paper.known_columns:
            there = ", ".join(sorted(set(paper.known_columns.values())))
            raise Unusable(f"wants the column {word[:40]!r}, which {paper.newsletter} has not; it has: {there}")
        found.add(paper.known_columns[word.casefold()])
    return tuple(sorted(found))


def _consent(cell: Mapping[Field, str], source: str) -> str:
    """One line: where it comes from, and what the list says of when and from where it was given."""
    told = source
    for words, time, address in (
        ("opted in", Field.OPTED_IN, Field.OPTED_IN_IP),
        ("confirmed", Field.CONFIRMED, Field.CONFIRMED_IP),
    ):
        when, where = cell.get(time, "").strip(), cell.get(address, "").strip()
        if when and _TIME.fullmatch(when):
            told += f"; {words} {when}" + (f" from {where}" if where and _IP.fullmatch(where) else "")
        elif where and _IP.fullmatch(where):
            told += f"; {words} from {where}"
    return told


def _kept(cell: Mapping[Field, str], paper: Wanted, *, address: str, name: str, receipt: Receipt) -> Candidate:
    """A row of our own export, as it was."""
    has_wish = bool(cell.get(Field.NEWSLETTER, "").strip())
    left = cell.get(Field.WISH, "").strip() == SubscriptionState.LEFT
    state = cell.get(Field.STATUS, "").strip() or SubscriberState.CONFIRMED
    if state not in set(SubscriberState):
        raise Unusable(f"its state is {state[:40]!r}; there are: {', '.join(SubscriberState)}")
    joiner = Joiner(
        email=address,
        name=tidy(name),
        language=_language(cell),
        newsletter=paper.newsletter if has_wish else "",
        cadence=_cadence(cell, paper),
        columns=_columns(cell, paper),
        consent=" ".join(cell.get(Field.CONSENT, "").split())[:LONGEST_CONSENT] or paper.consent,
        state=SubscriberState(state),
        joined=_moment(cell, Field.JOINED),
        wish_state=SubscriptionState.LEFT if left else SubscriptionState.ACTIVE,
        wish_joined=_moment(cell, Field.WISH_JOINED),
        left_at=_moment(cell, Field.LEFT_AT) if left else None,
        left_how=" ".join(cell.get(Field.LEFT_HOW, "").split())[:LONGEST_CONSENT] if left else "",
        suppression=_suppression(cell, address) if state == SubscriberState.SUPPRESSED else None,
    )
    gets_mail = receipt is Receipt.WANTED and has_wish and not left
    if receipt is Receipt.WANTED and not gets_mail:
        receipt = Receipt.UNSUBSCRIBED
    return Candidate(joiner=joiner, receipt=receipt, keep=not gets_mail)


def _suppression(cell: Mapping[Field, str], address: str) -> Suppression | None:
    """None: the list does not say since when."""
    since = _moment(cell, Field.SUPPRESSED)
    if since is None:
        return None
    why = cell.get(Field.SUPPRESSED_WHY, "").strip() or Grounds.BY_HAND
    if why not in set(Grounds):
        raise Unusable(f"why it is suppressed is {why[:40]!r}; there are: {', '.join(Grounds)}")
    detail = cell.get(Field.SUPPRESSED_DETAIL, "").strip()[:LONGEST_DETAIL]
    return Suppression(email=address, since=since, why=Grounds(why), detail=detail)


def _moment(cell: Mapping[Field, str], wanted: Field) -> datetime | None:
    said = cell.get(wanted, "").strip()
    if not said:
        return None
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        raise Unusable(f"{wanted} is {said[:40]!r}; a time is written like 2026-11-22T07:00:00+00:00") from None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
