"""What feedparser mixes up in an entry, read once more from the XML itself.

feedparser takes `media:title` for the entry's title and `media:description` for its text,
a podcast's owner for its author, and gives an author who has no address that of the author
before. A second, short look at
the elements of each entry sets this right. It is taken at well-formed documents only,
with flat memory; what cannot be read so stays as feedparser has it.

Pure. Standards: Media RSS 1.5.1, RFC 4287 §3.2 (persons).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from typing import TypeAlias

from lxml import etree

from publisher.collect.clean import clean_text, text_of

_ATOM = ("http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#")
_MEDIA = ("http://search.yahoo.com/mrss/", "http://search.yahoo.com/mrss")
_ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
_DEEPEST = 4  # elements of Media RSS in one another
Node: TypeAlias = etree._Element


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A `media:content`, with what is said of it or of the group it stands in."""

    url: str
    type: str = ""
    medium: str = ""
    length: str = ""
    duration: str = ""
    title: str = ""
    description: str = ""
    credit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    name: str
    email: str = ""
    url: str = ""
    about: str = ""  # `schema:description`
    picture: str = ""  # `gd:image`, `schema:image`


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Of one entry. Texts are plain and on one line."""

    title: str | None = None  # its own, where Media RSS has others in it; None: feedparser's is right
    descriptions: tuple[str, ...] = ()  # of Media RSS, which are not the entry's own
    media: tuple[Media, ...] | None = None  # None: not looked at
    people: tuple[Person, ...] = ()  # Atom's authors
    channel_author: str = ""  # of a podcast, for all its entries


def besides(content: bytes, encoding: str, count: int) -> list[Beside]:
    """One for each of the `count` entries; empty ones where the document is not as expected."""
    author, found = "", list[Beside]()
    try:
        for element in _elements(content, encoding):
            if _name(element) == "author":
                author = author or _words(element)
            else:
                found.append(_beside(element))
    except (etree.LxmlError, LookupError, ValueError):
        return [Beside()] * count
    return [replace(one, channel_author=author) for one in found] if len(found) == count else [Beside()] * count


def _elements(content: bytes, encoding: str) -> Iterator[Node]:
    """The channel's author of iTunes, and each item or entry when it is complete; it is emptied afterwards."""
    walk = etree.iterparse(
        BytesIO(content),
        events=("end",),
        tag=("{*}item", "{*}entry", _ITUNES + "author"),
        encoding=encoding or None,
        no_network=True,
        resolve_entities=False,
        load_dtd=False,
        huge_tree=False,
    )
    for _, element in walk:
        if element.tag == _ITUNES + "author":
            if _name(element.getparent()) == "channel":
                yield element
            continue
        yield element
        element.clear(keep_tail=False)
        while element.getprevious() is not None:
            del element.getparent()[0]


def _beside(entry: Node) -> Beside:
    media = tuple(_media_in(entry))
    titled = any(_is_media(one, "title") for one in _below(entry))
    described = [_words(one) for one in _below(entry) if _is_media(one, "description")]
    own = {_words(one) for one in entry if _name(one) in ("description", "summary") and not _is_media(one)}
    return Beside(
        title=_title_of(entry) if titled else None,
        descriptions=tuple(text for text in described if text and text not in own),
        media=media,
        people=tuple(_people_in(entry)),
    )


def _title_of(entry: Node) -> str | None:
    """The entry's own title; None where it has none, and that of its media is the best there is."""
    for one in entry:
        if _name(one) == "title" and not _is_media(one):
            return _words(one, plain=one.get("type") in (None, "text") and _namespace(one) in _ATOM)
    return None


def _media_in(entry: Node) -> Iterator[Media]:
    for one in _below(entry):
        if _is_media(one, "content") and one.get("url"):
            holders = [one, *(up for up in one.iterancestors() if _is_media(up, "group")), entry]
            yield Media(
                url=str(one.get("url")),
                type=str(one.get("type") or ""),
                medium=str(one.get("medium") or ""),
                length=str(one.get("fileSize") or ""),
                duration=str(one.get("duration") or ""),
                **{name: _said(holders, name) for name in ("title", "description", "credit")},
            )


def _said(holders: list[Node], name: str) -> str:
    """What the nearest holder says: the content itself, its group, the entry."""
    for holder in holders:
        for one in holder:
            if _is_media(one, name) and (text := _words(one)):
                return text
    return ""


def _people_in(entry: Node) -> Iterator[Person]:
    for one in entry:
        if _name(one) == "author" and _namespace(one) in _ATOM:
            told = {_name(part): _words(part, plain=True) or str(part.get("src") or "") for part in one}
            if told.get("name"):
                yield Person(
                    name=told["name"],
                    email=told.get("email", ""),
                    url=told.get("uri") or told.get("url", ""),
                    about=told.get("description", ""),
                    picture=told.get("image", ""),
                )


def _below(entry: Node, depth: int = _DEEPEST) -> Iterator[Node]:
    for one in entry:
        if _is_media(one) and depth:
            yield one
            yield from _below(one, depth - 1)


def _is_media(element: Node, name: str = "") -> bool:
    return _namespace(element) in _MEDIA and name in ("", _name(element))


def _namespace(element: Node) -> str:
    return str(element.tag)[1:].partition("}")[0] if str(element.tag).startswith("{") else ""


def _name(element: Node) -> str:
    return str(element.tag).rpartition("}")[2]


def _words(element: Node, *, plain: bool = False) -> str:
    text = "".join(map(str, element.itertext()))
    return clean_text(text) if plain or not ("<" in text or "&" in text) else text_of(text)
