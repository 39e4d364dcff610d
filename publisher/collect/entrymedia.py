"""The files that go with an entry of a feed: its enclosures, and the picture that stands for it.

A file is told by RSS `enclosure`, Atom's link of relation `enclosure` (RFC 4287 §4.2.7.2) or
`media:content`; told twice, it is one. A picture that only Media RSS tells is the post's
picture and no enclosure. iTunes tells how long the one recording of an entry plays.
Numbers are read here; what is out of any range is left out by `tidy`.

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from publisher.collect.clean import clean_text
from publisher.collect.entryvalues import each_at, text_at, value_at
from publisher.collect.entryxml import Beside, Media
from publisher.model.address import joined
from publisher.model.author import Author
from publisher.model.media import Enclosure, Image

_PAGES = ("text/html", "application/xhtml+xml", "application/x-shockwave-flash")  # players, no files
_MEDIUMS = frozenset({"audio", "video", "document", "executable"})
_PLAYS = ("audio/", "video/")
_DIGITS = 12
_AVATAR = re.compile(r"https?://(?:[\w-]+\.)?gravatar\.com/", re.IGNORECASE)
_KINDS = {
    "aac": "audio/aac", "avif": "image/avif", "epub": "application/epub+zip", "flac": "audio/flac", "gif": "image/gif",
    "jpeg": "image/jpeg", "jpg": "image/jpeg", "m4a": "audio/mp4", "m4v": "video/mp4", "mov": "video/quicktime",
    "mp3": "audio/mpeg", "mp4": "video/mp4", "oga": "audio/ogg", "ogg": "audio/ogg", "ogv": "video/ogg",
    "opus": "audio/ogg", "pdf": "application/pdf", "png": "image/png", "wav": "audio/wav", "webm": "video/webm",
    "webp": "image/webp", "zip": "application/zip",
}  # fmt: skip


def enclosures_of(entry: Mapping[str, Any], beside: Beside, url: str) -> tuple[Enclosure, ...]:
    """Addresses are absolute, lengths as they are told."""
    listed, seconds = list(_listed(entry, url)), seconds_in(text_at(entry, "itunes_duration"))
    played = [one for one in listed if one.type.startswith(_PLAYS)]
    if len(played) == 1:  # else nobody knows which one plays so long
        listed = [replace(one, seconds=seconds) if one is played[0] else one for one in listed]
    found: dict[str, Enclosure] = {}
    for one in (*listed, *_told_by_media(entry, beside, url)):
        found[one.url] = _filled(found[one.url], one) if one.url in found else one
    return tuple(found.values())


def image_of(entry: Mapping[str, Any], beside: Beside, url: str) -> Image | None:
    """The first picture the entry names: Media RSS, enclosure, iTunes, thumbnail."""
    for media in media_of(entry, beside):
        if _is_picture(media) and not _is_avatar(media):
            return Image(url=joined(url, media.url), alt=media.description, caption=media.credit)
    for link in each_at(entry, "links"):
        kind = _kind_of(text_at(link, "type"), text_at(link, "href"))
        if link.get("rel") == "enclosure" and kind.startswith("image/"):
            return Image(url=joined(url, text_at(link, "href")), alt=clean_text(text_at(link, "title")))
    own = value_at(entry, "image")
    if isinstance(own, Mapping) and own.get("href"):
        return Image(url=joined(url, str(own["href"])))
    thumbnail = next((media for media in each_at(entry, "media_thumbnail") if media.get("url")), None)
    return Image(url=joined(url, str(thumbnail["url"]))) if thumbnail else None


def avatar_in(medias: Sequence[Media], people: Sequence[Author]) -> Media | None:
    """The picture of the one author, which blogs put among the pictures of a post."""
    return next((one for one in medias if people and _is_picture(one) and _is_avatar(one)), None)


def _is_picture(media: Media) -> bool:
    return media.medium == "image" or _kind_of(media.type, media.url).startswith("image/")


def _is_avatar(media: Media) -> bool:
    return bool(_AVATAR.match(media.url))


def media_of(entry: Mapping[str, Any], beside: Beside) -> Sequence[Media]:
    if beside.media is not None:
        return beside.media
    return [
        Media(
            url=text_at(media, "url"),
            type=text_at(media, "type"),
            medium=text_at(media, "medium"),
            length=text_at(media, "filesize"),
            duration=text_at(media, "duration"),
        )
        for media in each_at(entry, "media_content")
        if media.get("url")
    ]


def seconds_in(written: str) -> int:
    """`3723`, `3723.5`, `62:03`, `1:02:03`; 0 where it is none of these."""
    parts = written.strip().split(":")
    if not 1 <= len(parts) <= 3:
        return 0
    seconds = 0
    for part in parts:
        whole = part.strip().partition(".")[0]
        if not (whole.isascii() and whole.isdecimal() and len(whole) <= _DIGITS):
            return 0
        seconds = seconds * 60 + int(whole)
    return seconds


def _listed(entry: Mapping[str, Any], url: str) -> Iterator[Enclosure]:
    for link in each_at(entry, "links"):
        address = joined(url, text_at(link, "href")) if text_at(link, "href") else ""
        if link.get("rel") == "enclosure" and address:
            yield Enclosure(
                url=address,
                type=_kind_of(text_at(link, "type"), address),
                length_bytes=_whole(text_at(link, "length")),
                title=clean_text(text_at(link, "title")),
            )


def _told_by_media(entry: Mapping[str, Any], beside: Beside, url: str) -> Iterator[Enclosure]:
    for media in media_of(entry, beside):
        address, kind = joined(url, media.url), _kind_of(media.type, media.url)
        is_file = media.medium in _MEDIUMS or kind.startswith((*_PLAYS, "application/", "text/"))
        if address and is_file and media.medium != "image" and not kind.startswith(("image/", *_PAGES)):
            yield Enclosure(
                url=address,
                type=kind,
                length_bytes=_whole(media.length),
                title=media.title,
                seconds=seconds_in(media.duration),
            )


def _filled(one: Enclosure, other: Enclosure) -> Enclosure:
    return Enclosure(
        url=one.url,
        type=one.type or other.type,
        length_bytes=one.length_bytes or other.length_bytes,
        title=one.title or other.title,
        seconds=one.seconds or other.seconds,
    )


def _kind_of(told: str, address: str) -> str:
    """The media type, in lower case; by the name of the file where none is told."""
    kind = told.partition(";")[0].strip().lower()
    if "/" in kind:
        return kind
    try:
        name = urlsplit(address).path
    except ValueError:
        return ""
    return _KINDS.get(name.rpartition(".")[2].lower(), "") if "." in name else ""


def _whole(written: str) -> int:
    stripped = written.strip()
    return int(stripped) if stripped.isascii() and stripped.isdecimal() and len(stripped) <= _DIGITS else 0
