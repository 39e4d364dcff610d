"""HTML as a tree, whatever its bytes are, and the few questions that all readers ask of it.

libxml2's HTML parser recovers from anything, fetches nothing and expands nothing here. What
is larger than any article is refused, so that no page takes more than a few seconds.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import TypeAlias
from urllib.parse import urlsplit

from lxml import etree, html
from lxml.cssselect import CSSSelector

from publisher.collect.clean import clean_text, text_of, without_forbidden
from publisher.model.address import joined

Element: TypeAlias = html.HtmlElement

_MOST_CHARACTERS = 8 * 2**20
_MOST_ELEMENTS = 25_000
_DEEPEST = 200  # elements in one another
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_SURELY = 3  # bytes beyond one a character
_HEAD = 4096  # bytes in which a page names its charset; browsers look at 1024
_LATIN = frozenset({"iso8859-1", "ascii"})  # what says so is Windows-1252: WHATWG Encoding §4.2
_WORDLESS = re.compile(r"\s+")


def parse(page: bytes | str, content_type: str = "") -> Element:
    """The page's tree. Raises ValueError, in words for an editor, where it is no page."""
    text = without_forbidden(page if isinstance(page, str) else decoded(page, content_type))
    if len(text) > _MOST_CHARACTERS:
        raise ValueError(f"the page is longer than {_MOST_CHARACTERS:,} characters; that is no article")
    parser = html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=False, no_network=True, recover=True
    )
    try:
        tree = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError) as wrong:
        raise ValueError("the page is empty; check the address") from wrong
    count = sum(1 for _ in tree.iter())
    if count > _MOST_ELEMENTS:
        raise ValueError(f"the page has {count:,} elements; that is no article")
    _flatten(tree)
    return tree


def decoded(content: bytes, content_type: str) -> str:
    """The page as text: byte order mark, HTTP's charset, the page's own word, else UTF-8 or Windows-1252.

    What is UTF-8 without a fault and not by chance, is UTF-8: servers often say otherwise.
    """
    for mark, name in _BOMS:
        if content.startswith(mark):
            return content[len(mark) :].decode(name, "replace")
    with suppress(UnicodeDecodeError):
        text = content.decode("utf-8")
        if len(content) - len(text) >= _SURELY:
            return text
    told = _CHARSET.search(content_type) or _CHARSET.search(content[:_HEAD].decode("latin-1"))
    name = _codec_of(told[1]) if told else ""
    if name:
        return content.decode(name, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def select(tree: Element, selector: str) -> list[Element]:
    """What a selector of config.toml finds, in the page's order; [] where there is none."""
    return list(CSSSelector(selector, translator="html")(tree)) if selector else []


def words(element: Element) -> str:
    """Its words as plain text on one line."""
    return text_of(source_of(element))


def source_of(element: Element) -> str:
    """Its own HTML, without what follows it."""
    text: str = html.tostring(element, encoding="unicode", with_tail=False)
    return text


def squeezed(text: str) -> str:
    """What is compared of a text: no white space, no case."""
    return _WORDLESS.sub("", text).casefold()


def marks_of(element: Element) -> str:
    """Its class names, id and role on one line, in lower case: `post-related widget`."""
    return " ".join(str(element.get(name) or "") for name in ("class", "id", "role")).lower()


def upwards(element: Element) -> Iterator[Element]:
    """Itself, and all that it stands in."""
    yield element
    yield from element.iterancestors()


def is_in(element: Element, tags: frozenset[str]) -> bool:
    return any(one.tag in tags for one in upwards(element))


def link_of(element: Element, url: str) -> str:
    """Where a link leads, absolute and without its fragment; "" where that is no web page."""
    href = clean_text(str(element.get("href") or ""))
    target = joined(url, href).partition("#")[0]
    return (
        target if target.startswith(("http://", "https://")) and not href.startswith("#") and _has_host(target) else ""
    )


def _has_host(url: str) -> bool:
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:
        return False


def picture_of(element: Element, url: str) -> str:
    """The address of an `img`, also of one that a script would load later."""
    names = ("data-src", "data-lazy-src", "data-original", "src")
    found = next((str(element.get(name)) for name in names if element.get(name)), "")
    if (not found or found.startswith("data:")) and element.get("srcset"):
        found = str(element.get("srcset")).split()[0]
    return joined(url, clean_text(found)) if found and not found.startswith("data:") else ""


def _codec_of(name: str) -> str:
    try:
        found = codecs.lookup(name).name
        "".encode(found)
    except (LookupError, ValueError):
        return ""  # not a charset, or one of Python's own codecs that is none (`zip`)
    return "cp1252" if found in _LATIN else "utf-8" if found.startswith(("utf-16", "utf-32", "utf-7")) else found


def _flatten(tree: Element) -> None:
    """Take the tags away that stand deeper than any person writes; their words stay."""
    deep = []
    depth = 0
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if event == "end" and depth >= _DEEPEST:
            deep.append(element)
    for element in deep:
        element.drop_tag()
