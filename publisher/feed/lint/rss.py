"""RSS as its specification wants it, and as readers need it (the RSS Advisory Board's Best Practices Profile)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from publisher.feed.extension import DC, MEDIA
from publisher.feed.lint.document import mail_date, read_chain, root_of
from publisher.feed.lint.seen import Seen, SeenEntry

_ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"
_LARGEST_LENGTH = 2**53


def read(document: bytes) -> Seen:
    """Raises ValueError where it is no RSS 2.0 at all."""
    root = root_of(document, "rss")
    channels = root.findall("channel")
    if root.get("version") != "2.0" or len(channels) != 1:
        raise ValueError('it wants <rss version="2.0"> with one <channel>')
    channel = channels[0]
    seen = Seen(format="RSS", title=_one(channel, "title"), language=_one(channel, "language"))
    for wanted in ("title", "link", "description"):
        if len(channel.findall(wanted)) != 1 or not _one(channel, wanted):
            seen.blame("", f"its channel wants exactly one <{wanted}>")
    seen.addresses.append(("link", _one(channel, "link")))
    seen.updated = _date(seen, channel, "lastBuildDate", "")
    read_chain(seen, channel)
    for place, item in enumerate(channel.findall("item"), 1):
        seen.entries.append(_read_item(seen, item, place))
    return seen


def _read_item(seen: Seen, item: Any, place: int) -> SeenEntry:
    name = _one(item, "guid") or f"item {place}"
    entry = SeenEntry(name=name, id=_one(item, "guid"), title=_one(item, "title"), content=_one(item, _ENCODED))
    for wanted in ("title", "link", "guid", "description", _ENCODED):
        if len(item.findall(wanted)) != 1:
            told = wanted.rpartition("}")[2]
            seen.blame(name, f"it has {len(item.findall(wanted)) or 'no'} <{told}>; it wants exactly one")
    entry.published = _date(seen, item, "pubDate", name)
    entry.authors = [(one.text or "").strip() for one in item.findall(f"{{{DC}}}creator")]
    entry.addresses = [("link", _one(item, "link")), *_media(item)]
    guid = item.find("guid")
    if guid is not None and guid.get("isPermaLink", "true") == "true":
        entry.addresses.append(("guid, a permalink", entry.id))
    _check_order(seen, item, name)
    _check_files(seen, item, name)
    return entry


def _media(item: Any) -> list[tuple[str, str]]:
    names = ("enclosure", f"{{{MEDIA}}}content", f"{{{MEDIA}}}thumbnail", "source")
    return [(name.rpartition("}")[2], found.get("url", "")) for name in names for found in item.findall(name)]


def _check_order(seen: Seen, item: Any, name: str) -> None:
    names = [child.tag for child in item]
    if _ENCODED in names and "description" in names and names.index("description") > names.index(_ENCODED):
        seen.blame(name, "its description stands after content:encoded; some readers then show it instead of the text")


def _check_files(seen: Seen, item: Any, name: str) -> None:
    files = item.findall("enclosure")
    if len(files) > 1:
        seen.blame(name, "it has several enclosures; readers take one of them, and not all the same")
    for file in files:
        length = file.get("length", "")
        if not (length.isascii() and length.isdigit() and int(length) < _LARGEST_LENGTH):
            seen.blame(name, f"the length of its enclosure is {length!r}; it wants bytes, 0 where they are not known")
        if "/" not in file.get("type", ""):
            seen.blame(name, "its enclosure has no media type")


def _date(seen: Seen, element: Any, wanted: str, name: str) -> datetime | None:
    written = _one(element, wanted)
    found = mail_date(written)
    if not found:
        told = f"{written!r} is no date" if written else "is missing"
        seen.blame(name, f"its <{wanted}> {told}; write it as `Sat, 14 Mar 2026 06:30:00 +0000`")
    return found


def _one(element: Any, name: str) -> str:
    return (element.findtext(name) or "").strip()
