"""From a row of a list to somebody who may be joined, somebody who may not, or a reason why it is neither.

Known weakness: a family's name is put last, whatever the language.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from publisher.model.subscriber import Cadence, SubscriberState, SubscriptionState
from publisher.model.suppression import Grounds, Suppression
from publisher.store.joining import Joiner
from publisher.subscribe.cells import (
    Said,
    Unusable,
    address_in,
    cadence_in,
    clean,
    columns_in,
    consent_told,
    language_in,
    moment_in,
    receipt_in,
    refuse_what_is_no_text,
    tags_in,
    tidy,
)
from publisher.subscribe.cells import Wanted as Wanted
from publisher.subscribe.headings import Field
from publisher.subscribe.layout import Layout
from publisher.subscribe.receipt import Receipt
from publisher.subscribe.spreadsheets import as_it_was

LONGEST_CONSENT = 500
LONGEST_DETAIL = 2000  # of what a server said, for example
MOST_REMEMBERED, LONGEST_REMEMBERED = 1000, 200  # words of some columns; their characters

_SAY_RECEIPT = (Field.STATUS, Field.WANTED, Field.UNSUBSCRIBED, Field.BOUNCED, Field.COMPLAINED)
_SAY_WISH = (Field.LANGUAGE, Field.CADENCE, Field.COLUMNS)
_TELL_CONSENT = (
    ("opted in", Field.OPTED_IN, Field.OPTED_IN_IP),
    ("confirmed", Field.CONFIRMED, Field.CONFIRMED_IP),
)
# Who was erased has no address, and is on no list.
_STATES = [state for state in SubscriberState if state is not SubscriberState.ERASED]
_GROUNDS = [grounds for grounds in Grounds if grounds is not Grounds.ERASED]
T = TypeVar("T")


class Candidate(NamedTuple):
    """Somebody on a list. A tuple, as there are millions."""

    joiner: Joiner
    receipt: Receipt = Receipt.WANTED
    keep: bool = False  # our own list says so: is to be kept as not wanting mail

    @property
    def key(self) -> str:
        """Whoever is away under it is not joined by another row."""
        return self.key_at(self.joiner.newsletter)

    def key_at(self, newsletter: str) -> str:
        return f"{newsletter} {self.joiner.email.lower()}"

    @property
    def is_suppressed(self) -> bool:
        """Our own list says so, and of the address, not of a newsletter."""
        return self.joiner.state is SubscriberState.SUPPRESSED


def one_reader(email: str, name: str, wanted: Wanted) -> Joiner:
    """Somebody added by hand. Raises Unusable."""
    return Joiner(
        email=address_in(email, name, read_as="UTF-8"),
        name=tidy(name),
        newsletter=wanted.newsletter,
        cadence=wanted.cadence,
        columns=wanted.columns,
        consent=wanted.consent,
    )


class _Remembered(Generic[T]):
    """What some columns say, which in most lists is the same few things again and again."""

    def __init__(self, places: Mapping[Field, int], fields: Collection[Field], meaning: Callable[[Said], T]) -> None:
        self._places = [(field, at) for field, at in places.items() if field in fields]
        self._meaning = meaning
        self._known: dict[tuple[str, ...], T] = {}
        self.always = None if self._places else meaning({})  # where the list has none of them

    def of(self, cells: Sequence[str]) -> T:
        words = tuple([cells[at] for _, at in self._places])
        known = self._known.get(words)
        if known is None:
            known = self._meaning({field: cells[at] for field, at in self._places})
            if len(self._known) < MOST_REMEMBERED and sum(map(len, words)) < LONGEST_REMEMBERED:
                self._known[words] = known
        return known


class Judge:
    """Judges the rows of one list."""

    def __init__(self, layout: Layout, papers: Mapping[str, Wanted], *, read_as: str = "UTF-8") -> None:
        self._papers = papers  # by slug; where the list names no newsletter there is only one
        self._paper = paper = next(iter(papers.values()))
        self._own = layout.format.name == "publisher"
        self._escaped = layout.cells_escaped
        self._all_are = layout.all_are
        self._read_as = read_as
        self._places = places = layout.places
        self._width = max(places.values()) + 1
        self._email, self._whole = places[Field.EMAIL], places.get(Field.NAME)
        self._parts = (places.get(Field.FIRST_NAME), places.get(Field.LAST_NAME))
        self._receipt = _Remembered(places, _SAY_RECEIPT, receipt_in)
        self._wish = _Remembered(places, _SAY_WISH, lambda said: _wish_in(said, paper))
        self._tags = _Remembered(places, (Field.TAGS,), lambda said: tags_in(said, written_by_us=False))
        self._consents = [
            (words, places.get(time), places.get(address))
            for words, time, address in _TELL_CONSENT
            if time in places or address in places
        ]

    def judge(self, cells: list[str]) -> Candidate | None:
        """None for a row about another newsletter. Raises Unusable."""
        if len(cells) < self._width:
            cells = [*cells, *[""] * (self._width - len(cells))]
        if self._escaped:
            cells = [as_it_was(cell) if cell[:1] == "'" else cell for cell in cells]
        if self._own:
            return self._kept(cells)
        name = self._name(cells)
        address = address_in(cells[self._email], name, read_as=self._read_as)
        receipt = self._all_are or self._receipt.always or self._receipt.of(cells)
        language, cadence, columns = self._wish.always or self._wish.of(cells)
        tags = self._tags.of(cells) if self._tags.always is None else ()
        consent = self._consent(cells)
        joiner = Joiner(address, self._paper.newsletter, cadence, consent, tidy(name), language, columns, tags)
        return Candidate(joiner, receipt)

    def _name(self, cells: list[str]) -> str:
        first, last = self._parts
        whole = cells[self._whole] if self._whole is not None else ""
        if whole.strip() or (first is None and last is None):
            return whole
        return f"{cells[first] if first is not None else ''} {cells[last] if last is not None else ''}".strip()

    def _consent(self, cells: list[str]) -> str:
        """One line: where it comes from, and what the list says of when and from where it was given."""
        told = self._paper.consent
        for words, time, address in self._consents:
            when = cells[time] if time is not None else ""
            told += consent_told(words, when, cells[address] if address is not None else "")
        return told

    def _kept(self, cells: list[str]) -> Candidate | None:
        """A row of our own export, as it was."""
        said = {field: cells[at] for field, at in self._places.items()}
        named = said.get(Field.NEWSLETTER, "").strip()
        paper = self._papers.get(named) if named else self._paper
        email, name = said[Field.EMAIL], said.get(Field.NAME, "")
        if paper is None:
            refuse_what_is_no_text(email, name, read_as=self._read_as)
            return None
        address = address_in(email, name, read_as=self._read_as)
        return _kept(said, paper, address=address, name=name, receipt=self._all_are or self._receipt.of(cells))


def _wish_in(said: Said, paper: Wanted) -> tuple[str, Cadence, tuple[str, ...]]:
    return language_in(said), cadence_in(said, paper), columns_in(said, paper)


def _kept(said: Said, paper: Wanted, *, address: str, name: str, receipt: Receipt) -> Candidate:
    """A row of our own export, as it was."""
    has_wish = bool(said.get(Field.NEWSLETTER, "").strip())
    wish = SubscriptionState(
        _word(said, Field.WISH, "its subscription", list(SubscriptionState)) or SubscriptionState.ACTIVE
    )
    left = wish is SubscriptionState.LEFT
    state = _word(said, Field.STATUS, "its state", _STATES) or SubscriberState.CONFIRMED
    joiner = Joiner(
        email=address,
        name=tidy(name),
        language=language_in(said),
        newsletter=paper.newsletter if has_wish else "",
        cadence=cadence_in(said, paper),
        columns=columns_in(said, paper),
        tags=tags_in(said, written_by_us=True),
        consent=_line(said, Field.CONSENT) or ("" if state == SubscriberState.PENDING else paper.consent),
        state=SubscriberState(state),
        joined=moment_in(said, Field.JOINED),
        wish_state=wish,
        wish_joined=moment_in(said, Field.WISH_JOINED),
        left_at=moment_in(said, Field.LEFT_AT) if left else None,
        left_how=_line(said, Field.LEFT_HOW) if left else "",
        paused_until=moment_in(said, Field.PAUSED),
        suppression=_suppression(said, address) if state == SubscriberState.SUPPRESSED else None,
    )
    gets_mail = receipt is Receipt.WANTED and has_wish and wish is SubscriptionState.ACTIVE
    if receipt is Receipt.WANTED and not gets_mail:
        receipt = Receipt.UNSUBSCRIBED
    return Candidate(joiner=joiner, receipt=receipt, keep=not gets_mail)


def _suppression(said: Said, address: str) -> Suppression | None:
    """None: the list does not say since when."""
    since = moment_in(said, Field.SUPPRESSED)
    if since is None:
        return None
    why = _word(said, Field.SUPPRESSED_WHY, "why it is suppressed", _GROUNDS) or Grounds.BY_HAND
    detail = said.get(Field.SUPPRESSED_DETAIL, "").replace("\0", "").strip()[:LONGEST_DETAIL]
    return Suppression(email=address, since=since, why=Grounds(why), detail=detail)


def _line(said: Said, wanted: Field) -> str:
    return clean(" ".join(said.get(wanted, "").split()))[:LONGEST_CONSENT]


def _word(said: Said, wanted: Field, called: str, words: Collection[str]) -> str:
    """Nothing where it says nothing. Raises Unusable for what is none of these words."""
    word = said.get(wanted, "").strip()
    if word and word not in words:
        raise Unusable(f"{called} is {word[:40]!r}; there are: {', '.join(words)}")
    return word
