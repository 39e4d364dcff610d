"""What a template leaves behind where it has a mistake: its own marks, nothing in words, sample text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from publisher.letter.lint.finding import Finding, few, quoted
from publisher.letter.lint.origin import Origins
from publisher.letter.lint.page import Page
from publisher.model.letter import Letter

_SIGNS = ("{{", "{%", "{#", "}}", "%}", "#}", "%(")
# Where only the end of a mark was left, what stands before it tells the place.
_MARKS = re.compile(r"\{\{.{0,40}|\{%.{0,40}|\{#.{0,40}|%\(\w+\)s|(?:\S+ ?)?(?:\}\}|%\}|#\})")
_NOTHING = frozenset({"None", "undefined", "Undefined", "null", "NaN", "nan", "[object Object]"})
_IN_ADDRESS = re.compile(r"(?:^|[/=:])(?:None|undefined|null|NaN)(?:$|[/?#&.])")
_SAMPLE = re.compile(r"lorem ipsum.{0,20}", re.IGNORECASE)


def leftover_findings(letter: Letter, page: Page, origins: Origins) -> Iterator[Finding]:
    if _is_any(letter, page):  # hardly ever
        yield from few(_found(letter, page, origins), "such places")


def _is_any(letter: Letter, page: Page) -> bool:
    """A quick look at all of it."""
    addresses = [address for address, _ in page.addresses()]
    pieces = [letter.subject, *letter.text.split("\n"), *(run.text for run in page.runs), *page.alts(), *addresses]
    whole = "\n".join(pieces)
    return (
        any(sign in whole for sign in _SIGNS)
        or "lorem ipsum" in whole.lower()
        or not _NOTHING.isdisjoint(map(str.strip, pieces))
        or any(map(_IN_ADDRESS.search, addresses))
    )


def _found(letter: Letter, page: Page, origins: Origins) -> Iterator[Finding]:
    cure = f"look into {origins.html}"
    for piece in _left_in(letter.subject):
        yield origins.told(
            origins.find(piece), f"the subject says {quoted(piece)}", f"look into `{origins.newsletter}.subject`"
        )
    for run in page.runs:
        place = f" in the story {run.story}" if run.story else ""
        for piece in _left_in(run.text):
            yield origins.told(origins.find(piece), f"the HTML says {quoted(piece)}{place}", cure)
    for address, story in page.addresses():
        place = f" in the story {story}" if story else ""
        if any(_left_in(address)) or _IN_ADDRESS.search(address):
            yield origins.told(
                origins.find_by_address(address), f"the address {quoted(address)}{place} holds a word for nothing", cure
            )
    for picture in page.pictures:
        for piece in _left_in(picture.alt or ""):
            yield origins.told(
                origins.find(piece), f"the description of {quoted(picture.address)} is {quoted(piece)}", cure
            )
    for number, line in enumerate(letter.text.split("\n"), start=1):
        for piece in _left_in(line):
            yield origins.told(
                origins.find(piece), f"line {number} of the text says {quoted(piece)}", f"look into {origins.text}"
            )


def _left_in(text: str) -> Iterator[str]:
    """Pieces of text that nobody has written on purpose."""
    for pattern in (_MARKS, _SAMPLE):
        yield from (found[0] for found in pattern.finditer(text))
    if text.strip() in _NOTHING:
        yield text.strip()
