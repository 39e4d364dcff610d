"""The text of an article, with the markup the page gave it.

trafilatura says which words are the text; they are then looked up in the page itself, and
the part of the page that holds them is taken as it stands: links, emphasis, lists, quotes,
tables and pictures exactly as published. What stands between and holds none of these words
(sharing, adverts, forms, teasers) is left out; a short paragraph, a heading or a picture
between them is not.

Known weakness: trafilatura passes over very short texts; where it finds nothing at all, the
largest run of paragraphs in one element is taken.
"""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass

from publisher.collect.capture.words import FURNITURE as FURNITURE_WORDS
from publisher.collect.page.marks import CLEARLY_PICTURES, COMMENTS, FURNITURE, STANDFIRST, says
from publisher.collect.page.tree import Element, source_of, squeezed, words

_NEVER = (
    "script", "style", "noscript", "template", "form", "button", "input", "select", "textarea", "nav", "dialog",
    "link", "meta", "object", "svg",
)  # fmt: skip
_LEAVES = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "dt", "dd", "pre", "td", "th", "figcaption"})
_HOLDERS = frozenset(
    {
        "address", "article", "aside", "blockquote", "body", "center", "details", "div", "dl", "figure", "footer",
        "header", "main", "ol", "section", "table", "tbody", "td", "th", "tr", "ul",
    }
)  # fmt: skip
_LISTS = frozenset({"ul", "ol", "li"})
_WHOLE = frozenset({"ul", "ol", "dl", "table", "blockquote", "figure", "pre"})  # what means nothing by its parts
_PICTURES = ("img", "picture", "figure", "video", "audio", "iframe")
_MOST_LEAVES = 5_000
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_SHORT = 40  # characters; shorter ones must be found whole
_LONGEST_CAPTION = 400
_MOST_WORK = 2 * 10**8  # leaves times characters that are searched through
_SHARE = 0.97  # of the words found, that one element must hold to be gone into


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The text: an element of its own, cut off from the page. Its leaves hold its words."""

    element: Element

    @property
    def html(self) -> str:
        inner = "".join(source_of(child) + html.escape(child.tail or "", quote=False) for child in self.element)
        return html.escape(self.element.text or "", quote=False) + inner

    def leaves(self) -> list[tuple[Element, str]]:
        """Each block of words, in order, none in another."""
        return [(leaf, words(leaf)) for leaf in _leaves_of(self.element)]


def body_of(tree: Element, title: str) -> Body | None:
    """The text of the page; None where there is none. The tree is not changed."""
    page = deepcopy(tree)
    for element in [*page.iter(*_NEVER), *_hidden_in(page)]:
        if element.getparent() is not None:
            element.drop_tree()
    leaves = _leaves_of(page)[:_MOST_LEAVES]
    texts = {leaf: squeezed(words(leaf)) for leaf in leaves if not _is_furniture(leaf)}
    taken = _taken(leaves, texts, _words_found(page)) or _densest(leaves, texts)
    if not taken:
        return None
    text = _text(taken, texts)
    container = _container(page, text.held)
    _prune(container, text, squeezed(title))
    return Body(element=container)


def _hidden_in(page: Element) -> list[Element]:
    """What no reader sees, but for what holds half of the page: that a script would show."""
    whole = len(str(page.text_content()))
    found = [
        one
        for one in page.xpath("//body//*[@hidden or @style]")
        if one.get("hidden") is not None or _HIDDEN.search(one.get("style") or "")
    ]
    return [one for one in found if 2 * len(str(one.text_content())) < whole]


def body_in(elements: Sequence[Element], title: str) -> Body | None:
    """The text where a selector says that it is."""
    whole = deepcopy(elements[0]) if len(elements) == 1 else elements[0].makeelement("div")
    if len(elements) > 1:
        whole.extend([deepcopy(element) for element in elements])
    whole.tail = None
    for element in list(whole.iterdescendants(*_NEVER, "h1")):
        if element.tag != "h1" or squeezed(words(element)) == squeezed(title):
            element.drop_tree()
    return Body(element=whole) if words(whole) or any(True for _ in whole.iter("img")) else None


def _words_found(page: Element) -> list[str]:
    """What trafilatura takes for the text, block by block, squeezed."""
    from trafilatura import bare_extraction  # it takes a fifth of a second to load, and most visits need none

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # that a page has no text is said by us
    found = bare_extraction(
        deepcopy(page), output_format="xml", include_comments=False, include_formatting=True, include_links=True
    )
    if found is None or isinstance(found, dict) or found.body is None:
        return []
    blocks = (squeezed("".join(map(str, block.itertext()))) for block in found.body.iterdescendants())
    return [squeezed("".join(map(str, found.body.itertext()))), *filter(None, blocks)]


def _taken(leaves: Sequence[Element], texts: dict[Element, str], found: Sequence[str]) -> set[Element]:
    """The leaves whose words were found."""
    if not found:
        return set()
    whole, exact = found[0], set(found)
    searchable = len(leaves) * len(whole) < _MOST_WORK
    return {
        leaf
        for leaf, text in texts.items()
        if text and (text in exact or (searchable and len(text) >= _SHORT and text in whole))
    }


def _is_furniture(leaf: Element) -> bool:
    text = words(leaf)
    return bool(FURNITURE_WORDS.fullmatch(text)) or (leaf.tag in ("td", "div") and _is_only_links(leaf, squeezed(text)))


def _densest(leaves: Sequence[Element], texts: dict[Element, str]) -> set[Element]:
    """The paragraphs of the element that holds most words in paragraphs of its own."""
    groups: dict[Element, list[Element]] = {}
    for leaf in leaves:
        if leaf.tag == "p" and leaf in texts and not _is_only_links(leaf, texts[leaf]):
            groups.setdefault(leaf.getparent(), []).append(leaf)
    best = max(groups.values(), key=lambda group: sum(len(texts[leaf]) for leaf in group), default=[])
    return {leaf for leaf in best if texts[leaf]} if sum(len(texts[leaf]) for leaf in best) >= _SHORT else set()


def _leaves_of(whole: Element) -> list[Element]:
    """The innermost blocks with words of their own, in order."""
    leaves: list[Element] = []
    inside: set[Element] = set()
    for element in whole.iter():
        if element.getparent() in inside:
            inside.add(element)
        elif _is_leaf(element):
            leaves.append(element)
            inside.add(element)
    return leaves


def _holds_blocks(element: Element) -> bool:
    return any(True for _ in element.iterdescendants(*_LEAVES, "div", "ul", "ol", "blockquote", "section"))


def _is_leaf(element: Element) -> bool:
    """A block that holds no other; a `div` with words is a paragraph that nobody called one."""
    if element.tag in _LEAVES:
        return not _holds_blocks(element)
    return element.tag in _HOLDERS and not _holds_blocks(element) and bool(str(element.text_content()).strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """Where on the page the text is."""

    taken: set[Element]  # its leaves
    held: dict[Element, int]  # characters of it in each element that has some
    direct: dict[Element, int]  # leaves of it right in each element


def _text(taken: set[Element], texts: dict[Element, str]) -> _Text:
    held: dict[Element, int] = {}
    direct: dict[Element, int] = {}
    for leaf in taken:
        direct[leaf.getparent()] = direct.get(leaf.getparent(), 0) + 1
        for one in (leaf, *leaf.iterancestors()):
            held[one] = held.get(one, 0) + len(texts[leaf])
    return _Text(taken=taken, held=held, direct=direct)


def _container(page: Element, held: dict[Element, int]) -> Element:
    """The smallest element that holds nearly all of the text."""
    container, whole = page, held[page]
    while True:
        inner = next((child for child in container if held.get(child, 0) >= _SHARE * whole), None)
        if inner is None or (inner.tag in _LEAVES | _WHOLE and not _lays_out(inner)):
            return container
        container = inner


def _lays_out(element: Element) -> bool:
    """Whether a table, or a cell of one, is there for the columns of the page and holds blocks."""
    if element.tag == "table":
        return any(_holds_blocks(cell) for cell in element.iter("td"))
    return element.tag in ("td", "th") and _holds_blocks(element)


def _prune(container: Element, text: _Text, title: str) -> None:
    """Take out what is no part of the text."""
    taken, held = text.taken, text.held
    leaves = [leaf for leaf in _leaves_of(container) if leaf in taken]
    order = {element: number for number, element in enumerate(container.iter())}
    first, last = (order[leaves[0]], order[leaves[-1]]) if leaves else (0, 0)
    whole = held.get(container, 0)
    gone: set[Element] = set()
    inside = {container} & taken  # and of blocks that stay: their words are theirs
    for element in list(container.iterdescendants()):
        if element.getparent() in gone:
            gone.add(element)
        elif element.getparent() in inside:
            inside.add(element)
        elif _is_strange(element, held, whole) or _repeats(element, title):
            gone.add(element)
        elif element in taken or (element.tag == "table" and held.get(element) and not _lays_out(element)):
            inside.add(element)
        elif (
            element.tag in _LEAVES | _HOLDERS
            and not held.get(element)
            and not _belongs(element, text, begun=first < order[element], goes_on=order[element] < last)
        ):
            gone.add(element)
    for element in [one for one in gone if one.getparent() not in gone]:
        element.drop_tree()


def _is_strange(element: Element, held: dict[Element, int], whole: int) -> bool:
    """Whether its class says that it is no part of a text, and it does not hold most of it."""
    if 2 * held.get(element, 0) > whole:
        return False
    return says(element, FURNITURE) or says(element, COMMENTS) or says(element, STANDFIRST)


def _repeats(element: Element, title: str) -> bool:
    return element.tag == "h1" and bool(title) and squeezed(words(element)).startswith(title)


def _belongs(element: Element, shown: _Text, *, begun: bool, goes_on: bool) -> bool:
    """Whether a block without a word of the text is a part of it all the same."""
    text = words(element)
    pictures = (
        element.tag in _PICTURES or says(element, CLEARLY_PICTURES) or any(True for _ in element.iter(*_PICTURES))
    )
    if any(one.tag == "figure" or _has_caption(one) for one in element.iterancestors()):
        return True  # a caption
    longest = _LONGEST_CAPTION if says(element, CLEARLY_PICTURES) else 2 * _SHORT
    if pictures and (element.tag == "figure" or len(text) < longest):
        return not _is_advert(element)
    if not begun or not text or FURNITURE_WORDS.fullmatch(text) or _is_only_links(element, squeezed(text)):
        return False
    beside = element.getparent()
    while beside.tag in ("ul", "ol", "li") and beside.getparent() is not None:
        beside = beside.getparent()
    if not goes_on:  # a short last word, that stands with the others
        return element.tag == "p" and shown.direct.get(beside, 0) > 1
    return element.tag in _LEAVES | _LISTS and beside in shown.held


def _has_caption(element: Element) -> bool:
    return "wp-caption" in str(element.get("class") or "").split()


def _is_advert(element: Element) -> bool:
    rels = (str(link.get("rel") or "") for link in element.iter("a"))
    return any("sponsored" in rel for rel in rels)


def _is_only_links(element: Element, text: str) -> bool:
    linked = sum(len(squeezed(words(link))) for link in element.iter("a"))
    return bool(text) and linked >= 0.9 * len(text)


def take_out(body: Body, leaves: Sequence[Element]) -> None:
    """Take these leaves out of the text; what is left empty goes with them."""
    for leaf in leaves:
        place = leaf
        while place is not body.element and not words(place.getparent()).replace(words(place), "", 1).strip():
            place = place.getparent()
        if place is not body.element:
            place.drop_tree()
