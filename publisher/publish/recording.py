"""The files that go with a post, as a page shows them: played where a browser can, else to be downloaded.

Pure. What kind of file it is, is what its source says; where it says nothing, its ending.
"""

from __future__ import annotations

from dataclasses import dataclass
from posixpath import splitext
from urllib.parse import unquote, urlsplit

from publisher.feed.address import web_address
from publisher.feed.characters import one_line
from publisher.model.media import Enclosure
from publisher.wording.wording import Wording

_BY_ENDING = {
    ".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".aac": "audio/aac", ".ogg": "audio/ogg", ".oga": "audio/ogg",
    ".opus": "audio/ogg", ".wav": "audio/wav", ".flac": "audio/flac", ".mp4": "video/mp4", ".m4v": "video/mp4",
    ".webm": "video/webm", ".ogv": "video/ogg", ".pdf": "application/pdf", ".epub": "application/epub+zip",
}  # fmt: skip
_NAMES = {
    "audio/mpeg": "MP3", "audio/mp4": "M4A", "video/mp4": "MP4", "application/pdf": "PDF",
    "application/epub+zip": "EPUB",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One such file."""

    url: str
    kind: str  # `audio`, `video`, or `file`
    type: str  # media type; "" where nobody knows
    title: str  # its own, else the last part of its address
    facts: tuple[str, ...]  # `MP3`, `31 min`, `12 MB`: what is known
    duration: str  # ISO 8601: `PT1861S`; ""


def recordings_of(enclosures: tuple[Enclosure, ...], wording: Wording) -> tuple[Recording, ...]:
    """Those whose address can be followed, each once."""
    safe = {web_address(enclosure.url): enclosure for enclosure in reversed(enclosures)}
    return tuple(_recording(url, enclosure, wording) for url, enclosure in reversed(safe.items()) if url)


def _recording(url: str, enclosure: Enclosure, wording: Wording) -> Recording:
    name = unquote(urlsplit(url).path.rpartition("/")[2])
    kind = one_line(enclosure.type).partition(";")[0].strip().lower() or _BY_ENDING.get(splitext(name)[1].lower(), "")
    facts = (_name_of(kind), _length(enclosure.seconds, wording), _size(enclosure.length_bytes, wording))
    return Recording(
        url=url,
        kind=kind.partition("/")[0] if kind.startswith(("audio/", "video/")) else "file",
        type=kind,
        title=one_line(enclosure.title) or one_line(name) or url,
        facts=tuple(filter(None, facts)),
        duration=f"PT{enclosure.seconds}S" if enclosure.seconds > 0 else "",
    )


def _name_of(kind: str) -> str:
    return _NAMES.get(kind) or kind.rpartition("/")[2].removeprefix("x-").upper()


def _length(seconds: int, wording: Wording) -> str:
    if seconds <= 0:
        return ""
    hours, minutes = divmod(max(1, round(seconds / 60)), 60)
    parts = (
        wording.gettext("%(hours)s h", hours=hours) if hours else "",
        wording.gettext("%(minutes)s min", minutes=minutes) if minutes else "",
    )
    return " ".join(filter(None, parts))


def _size(length_bytes: int, wording: Wording) -> str:
    """In decimal units, as those who download count."""
    if length_bytes <= 0:
        return ""
    if length_bytes < 1_000_000:
        return wording.gettext("%(size)s kB", size=max(1, round(length_bytes / 1000)))
    if length_bytes < 1_000_000_000:
        return wording.gettext("%(size)s MB", size=round(length_bytes / 1e6))
    return wording.gettext("%(size)s GB", size=wording.number(round(length_bytes / 1e9, 1)))
