"""Who wrote it: blurbs and bios under a captured text.

A blurb starts with a name as the subject of its first sentence and says what a writer
does, or how to reach the person. That alone also fits a person in the story, so it must
not be anybody the text has spoken of before (unless the byline names them), and what
follows up to the next section must be about the same person, or short.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from publisher.collect.capture.blocks import Block
from publisher.collect.capture.byline import is_name_word, is_same_person
from publisher.collect.capture.contacts import contacts_in
from publisher.collect.capture.words import ABOUT_HEADING, CONJUNCTIONS, IS, PARTICLES, PRONOUN, TRADE, WRITES
from publisher.model.author import Author
from publisher.model.slug import slug_of

_SHORT = 200  # characters; what is left under a bio and no longer than this belongs to the page
_MOST_WORDS = 60  # in which the names must have ended
_LONGEST_BLURB = 3_000  # characters
_MOST_APPOSITIVE = 160  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Writers:
    """The writers found, and how many blocks from `start` on tell of them."""

    authors: tuple[Author, ...]
    start: int
    end: int


def writers_of(blocks: Sequence[Block], names: Sequence[str]) -> Writers | None:
    """Blurbs and bios among `blocks` (the text and what follows it); `names` is the byline."""
    spoken: set[str] = set()  # every word of the text so far
    for index, block in enumerate(blocks):
        spoken.update(re.findall(r"\w+", blocks[index - 1].text) if index else ())
        about = bool(ABOUT_HEADING.match(block.folded)) or _is_about(block.folded, names)
        first = index + 1 if about else index
        if first >= len(blocks):
            break
        subjects = _subjects_of(blocks[first].folded, names, sure=about)
        if not subjects or (first == 0 and not _are_known(subjects, names)):  # a page starts with its text
            continue
        if not about and not _are_known(subjects, names) and any(name.split()[-1] in spoken for name in subjects):
            continue
        found = _read(blocks, first, names)
        if found and not (index == 0 and found.end == len(blocks)):  # something is left as text
            return replace(found, start=index)
    return None


def _read(blocks: Sequence[Block], first: int, names: Sequence[str]) -> Writers | None:
    """Blurb, bio, next blurb … from `first`; None where a text goes on instead."""
    authors: list[Author] = []
    index = first
    while index < len(blocks):
        folded = blocks[index].folded
        subjects = _subjects_of(folded, names, sure=index == first)
        if subjects and not any(_names(author.name, " ".join(subjects)) for author in authors):
            authors += [_author(name, folded) for name in subjects]
        elif _speaks_of(folded, authors):
            _add_to_bio(authors, blocks[index])
        else:
            break
        index += 1
    rest = blocks[index:]
    if any(len(block.folded) > _SHORT for block in rest):
        # The text goes on: a box with the writer of the byline inside it, or a person of the story.
        known = [author for author in authors if _are_known((author.name,), names)][:1]
        return Writers(authors=(replace(known[0], bio=""),), start=first, end=first + 1) if known else None
    return Writers(authors=tuple(authors), start=first, end=len(blocks))


def _subjects_of(text: str, names: Sequence[str], *, sure: bool) -> tuple[str, ...]:
    """The people whom this paragraph introduces as writers; `sure`: a heading said that it does."""
    found, rest = _leading_names(text) if len(text) <= _LONGEST_BLURB else ((), "")
    if not found:
        return ()
    rest = re.sub(r"\A\([^)]{1,60}\)\s*", "", rest)
    reachable = bool(contacts_in(text)[0] or contacts_in(text)[1])
    writes = WRITES.match(rest)
    sentence = re.split(r"(?<=[a-z\d][.!?])\s", rest, maxsplit=1)[0]
    is_something = IS.match(rest)
    by_trade = bool(is_something and TRADE.search(sentence))
    known = _are_known(found, names)
    if names and not known and not reachable and not sure:
        return ()  # the byline names others
    if writes or by_trade or (is_something and (known or reachable or sure)):
        return found
    return found if known and reachable else ()


def _leading_names(text: str) -> tuple[tuple[str, ...], str]:
    """The names that start a sentence, and the sentence after them and what stands in commas."""
    names: list[str] = []
    held: list[str] = []
    words = " ".join(text.split()).split(" ", _MOST_WORDS)
    for index, word in enumerate(words):
        bare = word.rstrip(",")
        if held and bare in CONJUNCTIONS:
            names.append(" ".join(held))
            held = []
        elif is_name_word(bare) and not WRITES.match(bare) and not (not held and bare in PARTICLES):
            held.append(bare)
            if word.endswith(",") and not _is_full(held):
                return (), ""  # `Previously, …`
            if word.endswith(","):
                after = " ".join(words[index + 1 :])
                listed, rest = _leading_names(after) if after[:1].isupper() else ((), "")
                return ((" ".join(held), *listed), rest) if listed else _checked([*names, " ".join(held)], _past(after))
        else:
            return _checked([*names, " ".join(held)], " ".join(words[index:]))
    return (), ""


def _is_full(words: Sequence[str]) -> bool:
    return 2 <= len(words) <= 6 and words[-1] not in PARTICLES


def _checked(names: Sequence[str], rest: str) -> tuple[tuple[str, ...], str]:
    good = all(_is_full(name.split()) for name in names)
    return (tuple(names), rest) if good else ((), "")


def _past(after: str) -> str:
    """What follows an appositive: `a former pilot, covers` -> `covers`."""
    inside, comma, rest = after.partition(", ")
    while comma and len(inside) <= _MOST_APPOSITIVE:
        if WRITES.match(rest) or IS.match(rest):
            return rest
        further, comma, rest = rest.partition(", ")
        inside += further
    return ""


def _author(name: str, blurb: str) -> Author:
    address, links = contacts_in(blurb)
    return Author(key=slug_of(name), name=name, blurb=blurb, email=address, links=links)


def _add_to_bio(authors: list[Author], block: Block) -> None:
    """The paragraph goes to the one it names first, else to the one introduced last."""
    named = [index for index, author in enumerate(authors) if _names(author.name, block.folded)]
    at = named[0] if named else len(authors) - 1
    old = authors[at]
    address, links = contacts_in(block.folded)
    authors[at] = replace(
        old,
        bio=f"{old.bio}\n\n{block.folded}" if old.bio else block.folded,
        email=old.email or address,
        links=tuple(dict.fromkeys(old.links + links)),
    )


def _speaks_of(text: str, authors: Sequence[Author]) -> bool:
    address, links = contacts_in(text)
    return bool(PRONOUN.search(text) or address or links or any(_names(author.name, text) for author in authors))


def _names(name: str, text: str) -> bool:
    """Whether `text` has the first or the last word of a name in it."""
    words = name.split()
    return any(re.search(rf"\b{re.escape(word)}\b", text) for word in (words[0], words[-1]))


def _are_known(subjects: Sequence[str], names: Sequence[str]) -> bool:
    """Whether the byline names one of these people."""
    return any(is_same_person(subject, name) for subject in subjects for name in names)


def _is_about(text: str, names: Sequence[str]) -> bool:
    return any(text.rstrip(":").casefold() == f"about {name}".casefold() for name in names)
