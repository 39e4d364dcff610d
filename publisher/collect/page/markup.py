"""A stranger's page, harmless and with marks: where each selector finds something, and what else could be chosen.

For people who look for selectors. Scripts, styles, forms, frames, links and addresses are
taken out; tags, classes and words stay, and pictures. It is still shown in a sandboxed frame
alone: what is taken out here is one wall of two. Pure, but for the time that hostile pages
take: it belongs behind the fence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice

from lxml import html

from publisher.collect.page.selectors import Selectors
from publisher.collect.page.tree import Element, parse, picture_of, select, squeezed

MOST_TEXTS = 6  # of one selector
_LONGEST = 200  # characters of each
MOST_CANDIDATES = 120
_LOOKED_AT = 4_000  # elements
_LONGEST_PAGE = 2 * 2**20  # characters
_GONE = frozenset(
    {
        "applet", "audio", "base", "button", "canvas", "embed", "frame", "frameset", "iframe", "input", "link", "math",
        "meta", "noscript", "object", "option", "param", "script", "select", "source", "style", "svg", "template",
        "textarea", "title", "track", "video",
    }
)  # fmt: skip
_KEPT = frozenset({"alt", "class", "colspan", "datetime", "dir", "id", "lang", "rowspan", "title"})
_TELLING = frozenset({"h1", "h2", "h3", "time", "article", "address"})
_NAME = re.compile(r"[A-Za-z_][\w-]*\Z", re.ASCII)
_STYLE = """
body { background: #fff; color: #1d1b18; font: 1rem/1.5 system-ui, sans-serif; margin: 1rem; overflow-wrap: anywhere; }
img { height: auto; max-width: 16rem; }
[data-found] { background: #fff3c4; outline: 3px solid #8a5a00; outline-offset: 2px; }
[data-found]::before { background: #8a5a00; color: #fff; content: attr(data-found); font: 600 0.75rem/1 system-ui,
  sans-serif; margin-right: 0.4rem; padding: 0.15rem 0.35rem; }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finds:
    """What a selector finds on a page."""

    name: str  # of the selector, e.g. `title`
    count: int
    texts: tuple[str, ...]  # of the first ones; of a picture, its address


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A selector that would find something."""

    selector: str
    text: str  # what stands there


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    document: str  # the page, to be shown in a frame
    finds: tuple[Finds, ...]
    candidates: tuple[Candidate, ...]


def marked(page: bytes, url: str, selectors: Selectors, *, content_type: str = "") -> Marked:
    """Raises ValueError, in words for an editor, where it is no page."""
    tree = parse(page, content_type)
    for one in tree.iter(html.etree.Element):
        one.attrib.pop("data-found", None)
    candidates = tuple(islice(_candidates(tree), MOST_CANDIDATES))
    finds = []
    for name, selector in asdict(selectors).items():
        if selector:
            found = select(tree, selector)
            finds.append(Finds(name=name, count=len(found), texts=tuple(_text(one, url) for one in found[:MOST_TEXTS])))
            for one in found:
                one.set("data-found", " ".join(filter(None, (one.get("data-found"), name))))
    return Marked(document=_document(tree, url), finds=tuple(finds), candidates=candidates)


def _text(element: Element, url: str) -> str:
    return " ".join(str(element.text_content()).split())[:_LONGEST] or picture_of(element, url) or _moment(element)


def _moment(element: Element) -> str:
    return str(element.get("datetime") or element.get("content") or "")[:_LONGEST]


def _candidates(tree: Element) -> Iterator[Candidate]:
    """In the page's order, each selector once."""
    seen: set[str] = set()
    body = tree.find("body")
    elements = (body if body is not None else tree).iter(html.etree.Element)
    for element in islice(elements, _LOOKED_AT):
        selector = _selector_of(element)
        if selector and selector not in seen and element.tag not in _GONE:
            seen.add(selector)
            text = " ".join(str(element.text_content()).split())[:80]
            if squeezed(text) or element.tag == "img":
                yield Candidate(selector=selector, text=text)


def _selector_of(element: Element) -> str:
    """One that a person would write; "" where nothing tells the element from others of its kind."""
    tag, own = str(element.tag), str(element.get("id") or "")
    if _NAME.match(own):
        return f"{tag}#{own}"
    classes = [name for name in str(element.get("class") or "").split() if _NAME.match(name)]
    if classes:
        return f"{tag}.{classes[0]}"
    kind = str(element.get("itemprop") or "")
    if _NAME.match(kind):
        return f'{tag}[itemprop="{kind}"]'
    return tag if tag in _TELLING else ""


def _document(tree: Element, url: str) -> str:
    for element in list(tree.iter(html.etree.Element)):
        if element.tag in _GONE and element.getparent() is not None:
            element.drop_tree()
    for element in tree.iter(html.etree.Element):
        picture = picture_of(element, url) if element.tag == "img" else ""
        for name in list(element.attrib):
            if name not in _KEPT and name != "data-found":
                del element.attrib[name]
        if picture.startswith(("http://", "https://")):
            element.set("src", picture)
    for form in list(tree.iter("form")):
        form.drop_tag()
    body = tree.find("body")
    inside = html.tostring(body if body is not None else tree, encoding="unicode", with_tail=False)[:_LONGEST_PAGE]
    head = f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>The page</title><style>{_STYLE}</style>'
    return f"{head}</head>{inside}</html>"
