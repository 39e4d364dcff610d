"""OPML 2.0: lists of feeds, read from other programs and written for them.

Reading is generous, as the lists of the wild need it: any case of `xmlUrl`, any `type`,
`feed:` addresses, folders as deep as they come, and documents that are not quite well-formed; what
is left out is told. It is careful all the same: a document that declares entities is not
read, nothing outside of it is fetched, its depth is bounded by the parser. Writing is
plain: a folder for each group, its feeds in order.

Pure. Known weakness: an outline that includes another list is told and not followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from publisher.feed.characters import legal, one_line

LARGEST_BYTES = 5 * 2**20
_ENTITY = b"<!entity"
_FEED_SCHEME = re.compile(r"feed:(?://)?(?=https?://)|feed:(?=//)", re.IGNORECASE)
_INCLUDES = frozenset({"link", "include"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedOutline:
    """A feed of a list."""

    title: str  # "" where the list has none
    xml_url: str  # where the feed is, as the list has it
    html_url: str = ""  # its page; written where it is known, and not read
    folders: tuple[str, ...] = ()  # names of those it lies in, the outermost first
    line: int = 0  # of the document; 0 for one that was not read


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedList:
    """What a document holds."""

    title: str
    feeds: tuple[FeedOutline, ...]
    problems: tuple[str, ...] = ()  # what could not be read or followed


def read_opml(content: bytes) -> FeedList:
    """The feeds of a document, in its order. Raises ValueError, in words for an editor, where it is no OPML."""
    if len(content) > LARGEST_BYTES:
        raise ValueError(f"it is larger than {LARGEST_BYTES // 2**20} MiB; this is hardly a list of feeds")
    if _ENTITY in content.replace(b"\0", b"").lower():
        raise ValueError("it declares entities (`<!ENTITY`), which can make a small file huge; it is not read")
    root, problems = _parsed(content)
    if _name(root) != "opml":
        raise ValueError(f"it is XML, but no OPML (its root is <{_name(root)[:40]}>); name another file")
    feeds: list[FeedOutline] = []
    for outline, folders in _outlines(root):
        url = _attribute(outline, "xmlurl")
        if url:
            title = _attribute(outline, "title") or _attribute(outline, "text")
            url = _FEED_SCHEME.sub("http:" if re.match(r"feed://(?!http)", url, re.IGNORECASE) else "", url, count=1)
            feeds.append(FeedOutline(title=title, xml_url=url, folders=folders, line=outline.sourceline or 0))
        elif _attribute(outline, "type").lower() in _INCLUDES and _attribute(outline, "url"):
            there = _attribute(outline, "url")[:200]
            problems.append(f"line {outline.sourceline}: another list ({there}) is not followed; import it by itself")
    title = next((one_line(one.text or "") for one in root.iterfind("./{*}head/{*}title")), "")
    return FeedList(title=title, feeds=tuple(feeds), problems=tuple(problems))


def opml_bytes(title: str, groups: Sequence[tuple[str, Sequence[FeedOutline]]]) -> bytes:
    """A document of groups with their feeds; the same groups give the same bytes."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = one_line(title)
    body = etree.SubElement(root, "body")
    for name, feeds in groups:
        folder = etree.SubElement(body, "outline", text=one_line(name))
        for feed in feeds:
            words = one_line(feed.title)
            page = {"htmlUrl": legal(feed.html_url)} if feed.html_url else {}
            etree.SubElement(folder, "outline", type="rss", text=words, title=words, xmlUrl=legal(feed.xml_url), **page)
    etree.indent(root, "  ")
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written + b"\n"


def _parsed(content: bytes) -> tuple[etree._Element, list[str]]:
    """The root, and what was wrong on the way to it."""
    try:
        return etree.fromstring(content, _parser(recover=False)), []
    except etree.XMLSyntaxError as wrong:
        told = " ".join(str(wrong).split())[:120]
    root = _recovered(content)
    if root is None:
        raise ValueError(f"it is no XML that can be read ({told}); name an OPML file")
    return root, [f"it is not well-formed ({told}); what could be read was taken"]


def _recovered(content: bytes) -> etree._Element | None:
    try:
        return etree.fromstring(content, _parser(recover=True))
    except etree.XMLSyntaxError:
        return None


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        recover=recover, resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_pis=True
    )


def _outlines(root: etree._Element) -> Iterator[tuple[etree._Element, tuple[str, ...]]]:
    """Each outline with the names of those around it; what is commented out is no outline (OPML 2.0)."""
    outermost = [outline for body in root.iterfind("./{*}body") for outline in _children(body)]
    waiting: list[tuple[etree._Element, tuple[str, ...]]] = [(outline, ()) for outline in reversed(outermost)]
    while waiting:
        outline, folders = waiting.pop()
        if _attribute(outline, "iscomment").lower() == "true":
            continue
        yield outline, folders
        name = _attribute(outline, "text") or _attribute(outline, "title")
        inside = (*folders, name) if name else folders
        waiting.extend((child, inside) for child in reversed(_children(outline)))


def _children(element: etree._Element) -> list[etree._Element]:
    return [child for child in element if _name(child) == "outline"]


def _name(element: etree._Element) -> str:
    """Its name without a namespace, in lower case; "" for a comment."""
    return etree.QName(element).localname.lower() if isinstance(element.tag, str) else ""


def _attribute(element: etree._Element, name: str) -> str:
    """An attribute whatever the case of its name; programs write `xmlUrl`, `xmlurl` and `xmlURL`."""
    for key, value in element.attrib.items():
        if str(key).lower() == name:
            return one_line(str(value))
    return ""
