"""What is wanted of every feed and every entry, whatever the format."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from html.parser import HTMLParser

from publisher.feed.lint.seen import Seen, SeenEntry

LARGEST_BYTES = 2**20  # some readers cut a document off there
_AHEAD = timedelta(minutes=5)  # clocks differ
_ABSOLUTE = re.compile(r"https?://[^/?#\s]+[^\s<>\"{}|\\^`]*\Z", re.IGNORECASE)
_IN_CONTENT = re.compile(r"(?:https?://[^/?#\s]|mailto:|tel:|#\Z)", re.IGNORECASE)
_HOLDS_ADDRESS = frozenset({"href", "src", "poster", "cite"})
_DEAD = frozenset({"script", "style", "iframe", "object", "embed", "form"})  # what readers drop
_MARKUP = re.compile(
    r"</?[a-zA-Z][a-zA-Z0-9]*(?:\s[^<>]*)?/?>|&(?:[a-z]{2,8}|#\d{1,6}|#x[0-9a-f]{1,5});", re.IGNORECASE
)

Told = Iterator[tuple[str, str]]  # (entry, problem)


def errors_of(seen: Seen, now: datetime) -> Told:
    if not seen.title:
        yield "", "it has no title"
    yield from _addresses("", seen.addresses)
    yield from _twice(seen)
    newest = max((date for entry in seen.entries if (date := entry.updated or entry.published)), default=None)
    if newest and seen.updated and seen.updated < newest:
        yield "", f"it says that it is of {seen.updated.isoformat()}, but has an entry of {newest.isoformat()}"
    for entry in seen.entries:
        yield from ((entry.name, problem) for problem in _entry_errors(entry, now))
        yield from _addresses(entry.name, entry.addresses)


def warnings_of(seen: Seen, size_bytes: int) -> Told:
    if size_bytes > LARGEST_BYTES:
        yield "", f"it has {size_bytes / 2**20:.1f} MiB; above 1 MiB readers are slow or give up (`feeds.entries`)"
    for entry in seen.entries:
        if _MARKUP.search(entry.title):
            yield entry.name, f"its title {entry.title[:60]!r} looks like markup; readers show it as it stands"


def _entry_errors(entry: SeenEntry, now: datetime) -> Iterator[str]:
    if not entry.title:
        yield "it has no title"
    if not any(entry.authors):
        yield "it has no author; most readers take none from the feed"
    for what, date in (("published", entry.published), ("updated", entry.updated)):
        if date and date > now + _AHEAD:
            yield f"it is {what} in the future, {date.isoformat()}; readers show that on top for as long"
    content = _Content()
    content.feed(entry.content)
    content.close()
    yield from content.problems


def _twice(seen: Seen) -> Told:
    """RFC 4287 §4.1.1 allows two versions of an entry; readers show both."""
    known: set[str] = set()
    for entry in seen.entries:
        if entry.id and entry.id in known:
            yield entry.name, "two entries have this id"
        known.add(entry.id)


def _addresses(name: str, addresses: list[tuple[str, str]]) -> Told:
    for what, address in addresses:
        if not _ABSOLUTE.match(address):
            yield name, f"its {what} {address[:80]!r} is no absolute address; readers do not resolve it"


class _Content(HTMLParser):
    """Looks for what readers cannot follow or drop."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.problems: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _DEAD:
            self.problems.append(f"its content has a <{tag}>, which readers drop; give a link instead")
        for name, value in attrs:
            for address in _addresses_in(name, value or ""):
                if not _IN_CONTENT.match(address):
                    told = f"<{tag} {name}={address[:60]!r}>"
                    self.problems.append(f"its content has {told}, no absolute address; readers do not resolve it")


def _addresses_in(name: str, value: str) -> list[str]:
    if name == "srcset":
        return [candidate.split()[0] for candidate in re.split(r",\s+", value) if candidate.split()]
    return [value.strip()] if name in _HOLDS_ADDRESS and value.strip() else []
