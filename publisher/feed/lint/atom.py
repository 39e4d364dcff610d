"""Atom as RFC 4287 §4 wants it, and as readers need it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from publisher.feed.extension import ATOM, MEDIA, TOMBSTONE
from publisher.feed.lint.document import date_time, read_chain, root_of
from publisher.feed.lint.seen import Seen, SeenEntry

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+\Z")
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_TEXT = ("text", "html")


def read(document: bytes) -> Seen:
    """Raises ValueError where it is no Atom feed at all."""
    root = root_of(document, f"{{{ATOM}}}feed")
    seen = Seen(format="Atom", feed_id=_one(root, "id"), title=_one(root, "title"), language=root.get(_LANG, ""))
    _check_required(seen, root, "")
    seen.updated = _date(seen, root, "updated", "")
    read_chain(seen, root)
    seen.addresses += [(name, _one(root, name)) for name in ("icon", "logo") if _all(root, name)]
    for place, element in enumerate(_all(root, "entry"), 1):
        seen.entries.append(_read_entry(seen, element, place))
    for stone in root.findall(f"{{{TOMBSTONE}}}deleted-entry"):
        _check_tombstone(seen, stone)
    return seen


def _read_entry(seen: Seen, element: Any, place: int) -> SeenEntry:
    name = _one(element, "id") or f"entry {place}"
    entry = SeenEntry(name=name, id=_one(element, "id"), title=_one(element, "title"), content=_one(element, "content"))
    _check_required(seen, element, name)
    entry.updated = _date(seen, element, "updated", name)
    if _all(element, "published"):
        entry.published = _date(seen, element, "published", name)
    entry.authors = [_one(author, "name") for author in _all(element, "author")]
    entry.addresses = [*_links(seen, element, name), *_persons(element), *_pictures(element)]
    _check_content(seen, element, name)
    for source in _all(element, "source"):
        _check_required(seen, source, f"{name}, source")
    return entry


def _check_required(seen: Seen, element: Any, name: str) -> None:
    """RFC 4287 §4.1.1, §4.1.2: exactly one of each."""
    for wanted in ("id", "title", "updated"):
        number = len(_all(element, wanted))
        if number != 1:
            seen.blame(name, f"it has {number or 'no'} <{wanted}>; it wants exactly one")
    identity = _one(element, "id")
    if identity and not _IRI.match(identity):
        seen.blame(name, f"its id {identity!r} is no absolute IRI (RFC 4287 §4.2.6)")
    for title in _all(element, "title"):
        if title.get("type", "text") != "text":
            seen.blame(name, f"its title is type={title.get('type')!r}; readers show markup raw: write plain text")


def _links(seen: Seen, element: Any, name: str) -> list[tuple[str, str]]:
    links = [(link.get("rel", "alternate"), link) for link in _all(element, "link")]
    alternates = [(link.get("type"), link.get("hreflang")) for rel, link in links if rel == "alternate"]
    if not alternates:
        seen.blame(name, "it has no link to its page (rel=alternate)")
    if len(set(alternates)) < len(alternates):  # RFC 4287 §4.1.2
        seen.blame(name, "it has several links rel=alternate of one type; it wants one")
    return [(f"link rel={rel}", link.get("href", "")) for rel, link in links]


def _persons(element: Any) -> list[tuple[str, str]]:
    return [("author's uri", _one(author, "uri")) for author in _all(element, "author") if _all(author, "uri")]


def _pictures(element: Any) -> list[tuple[str, str]]:
    names = (f"{{{MEDIA}}}content", f"{{{MEDIA}}}thumbnail")
    return [("picture", found.get("url", "")) for name in names for found in element.findall(name)]


def _check_content(seen: Seen, element: Any, name: str) -> None:
    contents = _all(element, "content")
    if len(contents) != 1:
        seen.blame(name, f"it has {len(contents) or 'no'} <content>; it wants exactly one, with the full text")
    for content in contents:
        if content.get("type", "text") not in _TEXT or len(content):
            seen.blame(name, f"its content is type={content.get('type')!r}; write html, which every reader shows")


def _check_tombstone(seen: Seen, stone: Any) -> None:
    """RFC 6721 §3."""
    if not stone.get("ref") or not date_time(stone.get("when", "")):
        seen.blame(stone.get("ref", ""), "a deleted-entry wants `ref`, an id, and `when`, an RFC 3339 date")
    if stone.get("ref") in {_one(entry, "id") for entry in _all(stone.getparent(), "entry")}:
        seen.blame(stone.get("ref"), "it stands as an entry and as deleted")


def _date(seen: Seen, element: Any, wanted: str, name: str) -> datetime | None:
    written = _one(element, wanted)
    found = date_time(written)
    if written and not found:
        seen.blame(name, f"its <{wanted}> {written!r} is no RFC 3339 date")
    return found


def _all(element: Any, name: str) -> list[Any]:
    found: list[Any] = element.findall(f"{{{ATOM}}}{name}")
    return found


def _one(element: Any, name: str) -> str:
    return (element.findtext(f"{{{ATOM}}}{name}") or "").strip()
