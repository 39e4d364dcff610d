r"""Phrases, and which of many stand in a text.

A phrase is written as it is read: `mailbox|inbox .. full|exceeded`. Words stand one after
another; `|` parts words of which any will do, `*` at the end of one leaves its ending open
(`greylist*`), `..` lets up to four others of the same sentence stand between; a word in
capitals stands for a class of them (`vocabulary.py`).

A text is gone through once: each of its words is looked up, by its first four letters where the ending
is open, and only phrases that begin so are compared, over at most a dozen words. So the work grows with
the text and hardly with the number of phrases, and no text makes it slow.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from publisher.mail.reason.vocabulary import CLASSES
from publisher.mail.reason.words import END

GAP = ".."
MOST_BETWEEN = 4  # words that a gap may pass over
_KEY = 4  # letters by which phrases are found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word:
    """One place of a phrase."""

    gap: bool  # others may stand before it
    whole: frozenset[str]
    beginnings: tuple[str, ...]

    def fits(self, word: str) -> bool:
        return word in self.whole or bool(self.beginnings and word.startswith(self.beginnings))


class Phrases:
    """Many phrases, each known by its rank: its place among them."""

    def __init__(self, written: Iterable[str]) -> None:
        self._by_word: dict[str, list[tuple[int, tuple[_Word, ...]]]] = {}
        self._by_key: dict[str, list[tuple[int, tuple[_Word, ...]]]] = {}  # first words whose ending is open
        for rank, phrase in enumerate(written):
            places = _read(phrase)
            first = places[0]
            for word in first.whole:
                self._by_word.setdefault(word, []).append((rank, places))
            for key in {beginning[:_KEY] for beginning in first.beginnings}:
                self._by_key.setdefault(key, []).append((rank, places))

    def found_in(self, words: Sequence[str]) -> set[int]:
        """The ranks of all phrases that stand in the text."""
        found: set[int] = set()
        for at, word in enumerate(words):
            for rank, places in self._by_word.get(word, ()):
                if rank not in found and _goes_on(places, 1, words, at + 1):
                    found.add(rank)
            for rank, places in self._by_key.get(word[:_KEY], ()):
                if rank not in found and places[0].fits(word) and _goes_on(places, 1, words, at + 1):
                    found.add(rank)
        return found


def _goes_on(places: tuple[_Word, ...], place: int, words: Sequence[str], at: int) -> bool:
    """Whether the rest of a phrase stands from a place of the text on."""
    if place == len(places):
        return True
    wanted = places[place]
    between = MOST_BETWEEN if wanted.gap else 0
    if at < len(words) and words[at] == END:
        at, between = at + 1, 0
    for here in range(at, min(at + between + 1, len(words))):
        if words[here] == END:
            return False
        if wanted.fits(words[here]) and _goes_on(places, place + 1, words, here + 1):
            return True
    return False


def _read(phrase: str) -> tuple[_Word, ...]:
    """Raises ValueError where a phrase cannot be found: it is empty, begins or ends with a gap, or too openly."""
    places: list[_Word] = []
    gap = False
    for written in phrase.split():
        if written == GAP:
            gap = True
            continue
        choices = [word for choice in written.split("|") for word in CLASSES.get(choice, (choice,))]
        beginnings = tuple(choice[:-1] for choice in choices if choice.endswith("*"))
        whole = frozenset(choice for choice in choices if not choice.endswith("*"))
        places.append(_Word(gap=gap, whole=whole, beginnings=beginnings))
        gap = False
    if not places or places[0].gap or gap:
        raise ValueError(f"a phrase begins and ends with a word: {phrase!r}")
    if any(len(beginning) < _KEY for beginning in places[0].beginnings):
        raise ValueError(f"the first word of a phrase has {_KEY} letters before its `*`: {phrase!r}")
    return tuple(places)
