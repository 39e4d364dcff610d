"""The HTML of a letter as the rules see it: words with their ink, links, pictures, each with its story.

A story is what stands around one headline (h2) and no other: the largest element that has
no second heading in it. A letter without headlines has no stories, and still its words.

The parser recovers from anything, fetches nothing and expands nothing; the walk is not
recursive, so no depth of nesting can exhaust it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree, html

from publisher.letter.lint.finding import quoted
from publisher.letter.lint.ink import LIGHT, Ink, within
from publisher.letter.words import BLOCKS

_PARTING = BLOCKS | {"body", "br", "tbody", "td", "th", "thead", "tr"}
_SILENT = frozenset({"head", "noscript", "script", "style", "template", "title"})
_INKED = ("style", "color", "bgcolor", "background", "hidden")  # attributes that tell ink
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

Element = Any  # lxml tells no types


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A piece of text, all in one ink."""

    text: str
    ink: Ink
    story: str  # its headline in quotes; "": above, below or between stories
    block: int  # runs of one block stand in one paragraph
    in_link: bool


@dataclass(slots=True, kw_only=True)
class Link:
    """A link; its label grows while it is read."""

    address: str
    story: str
    label: str = ""  # its words, and those said of its pictures


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    address: str
    alt: str | None  # None: nothing is said
    width: str
    story: str


@dataclass(slots=True, kw_only=True)
class Page:
    """What was read."""

    runs: list[Run] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)  # what `#name` may lead to
    sheets: str = ""  # what its style elements say
    shown: str = ""  # what a reader sees, a blank between blocks
    h1_count: int = 0
    language: str = ""
    direction: str = ""
    outer_language: str = ""  # of the first table: mail programs take `html` away
    outer_direction: str = ""

    def addresses(self) -> list[tuple[str, str]]:
        """Where its links lead and its pictures come from, each with its story."""
        links = [(link.address, link.story) for link in self.links]
        return [*links, *((picture.address, picture.story) for picture in self.pictures)]

    def alts(self) -> list[str]:
        """What is said of its pictures."""
        return [picture.alt for picture in self.pictures if picture.alt]


def joined(runs: Iterable[Run]) -> str:
    """The text of runs, a blank between blocks."""
    pieces: list[str] = []
    block = -1
    for run in runs:
        pieces.append(run.text if run.block == block else f" {run.text}")
        block = run.block
    return "".join(pieces)


def read_page(document: str) -> Page:
    """Read any text as a page; of what is no HTML there are words at most."""
    page = Page()
    tree = tree_of(document)
    if tree is None:
        return page
    page.language, page.direction = tree.get("lang", ""), tree.get("dir", "")
    _Walk(page, _stories(tree)).run(tree)
    page.sheets = "\n".join(sheet.text or "" for sheet in tree.iter("style"))
    page.shown = joined(run for run in page.runs if not run.ink.hidden)
    return page


def tree_of(document: str) -> Element | None:
    """The elements; None where there is none."""
    octets = _NOT_IN_XML.sub("", document).encode()
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, recover=True)
    try:
        return html.document_fromstring(octets, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None


def inked(tree: Element, ink: Ink) -> Iterator[tuple[Ink, str]]:
    """All pieces of text with their ink, in no order."""
    inks = Inks()
    inside: dict[Element, Ink] = {}
    for element in tree.iter(etree.Element):
        parent = element.getparent()
        around = ink if parent is None else inside.get(parent)
        if around is None or element.tag in _SILENT:  # in an element that is not shown, or one itself
            if around is not None and element.tail:
                yield around, element.tail
            continue
        inside[element] = inks.within(around, element)
        if element.text:
            yield inside[element], element.text
        if element.tail:
            yield around, element.tail


def _stories(tree: Element) -> dict[Element, str]:
    """For each headline the largest element that holds no other heading."""
    headings = list(tree.iter("h1", "h2"))
    held: dict[Element, int] = {}
    for heading in headings:
        for one in (heading, *heading.iterancestors()):
            held[one] = held.get(one, 0) + 1
    stories: dict[Element, str] = {}
    for heading in headings:
        if heading.tag == "h2":
            alone = [one for one in heading.iterancestors() if held[one] == 1 and one.tag not in ("body", "html")]
            stories[alone[-1] if alone else heading] = quoted(heading.text_content())
    return stories


class Inks:
    """Inks of elements; those of equal ones in equal surroundings are the same."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Ink] = {}

    def within(self, ink: Ink, element: Element) -> Ink:
        tag = element.tag
        is_link = tag == "a" and "href" in element.attrib
        key = (ink, tag, is_link, *map(element.get, _INKED))
        known = self._known.get(key)
        if known is None:
            said = {name: value for name in _INKED if (value := element.get(name)) is not None}
            known = self._known[key] = within(ink, tag, said, is_link=is_link)
        return known


class _Walk:
    """Goes through the tree once, from its start to its end."""

    def __init__(self, page: Page, stories: dict[Element, str]) -> None:
        self._page = page
        self._stories = stories
        self._block = 0
        self._silent = 0
        self._story = [""]
        self._ink: list[Ink] = []
        self._link: list[Link | None] = [None]
        self._inks = Inks()

    def run(self, tree: Element) -> None:
        self._ink.append(LIGHT)
        for event, element in etree.iterwalk(tree, events=("start", "end"), tag="*"):
            if event == "start":
                self._enter(element)
                self._say(element.text)
            else:
                self._leave(element)
                self._say(element.tail)

    def _enter(self, element: Element) -> None:
        tag = element.tag
        self._silent += tag in _SILENT
        self._block += tag in _PARTING
        self._story.append(self._stories.get(element, self._story[-1]))
        self._ink.append(self._inks.within(self._ink[-1], element))
        self._link.append(self._link[-1])
        if anchor := element.get("id"):
            self._page.anchors.add(anchor)
        if tag == "a":
            self._enter_link(element)
        elif tag == "img":
            self._see(element)
        elif tag == "h1":
            self._page.h1_count += 1
        elif tag == "table" and not self._page.outer_language:
            self._page.outer_language = element.get("lang", "")
            self._page.outer_direction = element.get("dir", "")

    def _leave(self, element: Element) -> None:
        self._silent -= element.tag in _SILENT
        self._block += element.tag in _PARTING
        for stack in (self._story, self._ink, self._link):
            stack.pop()

    def _enter_link(self, element: Element) -> None:
        if element.get("name"):
            self._page.anchors.add(element.get("name"))
        if element.get("href") is None:
            return
        label = element.get("aria-label") or element.get("title") or ""
        link = Link(address=element.get("href"), story=self._story[-1], label=label)
        self._link[-1] = link
        self._page.links.append(link)

    def _see(self, element: Element) -> None:
        alt = element.get("alt")
        self._page.pictures.append(
            Picture(address=element.get("src", ""), alt=alt, width=element.get("width", ""), story=self._story[-1])
        )
        if (link := self._link[-1]) and alt:
            link.label += f" {alt}"

    def _say(self, text: str | None) -> None:
        if not text or self._silent:
            return
        if text.isspace() and not (self._page.runs and self._page.runs[-1].block == self._block):
            return  # between blocks it says nothing
        link = self._link[-1]
        if link:
            link.label += text
        self._page.runs.append(
            Run(text=text, ink=self._ink[-1], story=self._story[-1], block=self._block, in_link=link is not None)
        )
