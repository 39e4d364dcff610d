"""JSON Feed 1.1 as its specification wants it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from publisher.feed.jsonfeed import VERSION
from publisher.feed.lint.document import date_time
from publisher.feed.lint.seen import Seen, SeenEntry

_TOP = {
    "version": str, "title": str, "home_page_url": str, "feed_url": str, "description": str, "user_comment": str,
    "next_url": str, "icon": str, "favicon": str, "author": dict, "authors": list, "language": str, "expired": bool,
    "hubs": list, "items": list,
}  # fmt: skip
_ITEM = {
    "id": str, "url": str, "external_url": str, "title": str, "content_html": str, "content_text": str, "summary": str,
    "image": str, "banner_image": str, "date_published": str, "date_modified": str, "author": dict, "authors": list,
    "tags": list, "language": str, "attachments": list,
}  # fmt: skip
_ADDRESSES = ("url", "external_url", "image", "banner_image")
_FILE = {"url": str, "mime_type": str, "title": str, "size_in_bytes": int, "duration_in_seconds": int}


def read(document: bytes) -> Seen:
    """Raises ValueError where it is no JSON Feed at all."""
    try:
        feed = json.loads(document)
    except ValueError as wrong:
        raise ValueError(f"it is no JSON in UTF-8: {wrong}") from wrong
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        raise ValueError("it is no JSON Feed: it has no list `items`")  # noqa: TRY004  one error for all that is no feed
    seen = Seen(format="JSON Feed")
    good = _checked(seen, feed, _TOP, "")
    seen.title, seen.self_url = good.get("title", ""), good.get("feed_url", "")
    seen.language = good.get("language", "")
    if good.get("version") != VERSION:
        seen.blame("", f"its version is {good.get('version')!r}; it wants {VERSION!r}")
    for wanted in ("title", "home_page_url", "feed_url"):
        if not good.get(wanted):
            seen.blame("", f"it has no `{wanted}`")
    seen.addresses = [(name, good[name]) for name in ("home_page_url", "feed_url", "icon", "favicon") if name in good]
    for place, item in enumerate(items, 1):
        if isinstance(item, dict):
            seen.entries.append(_read_item(seen, item, place))
        else:
            seen.blame(f"item {place}", "it is no object")
    return seen


def _read_item(seen: Seen, item: dict[str, Any], place: int) -> SeenEntry:
    name = item["id"] if isinstance(item.get("id"), str) and item["id"] else f"item {place}"
    good = _checked(seen, item, _ITEM, name)
    entry = SeenEntry(name=name, id=good.get("id", ""), title=good.get("title", ""))
    entry.content = good.get("content_html", "")
    if not good.get("id"):
        seen.blame(name, "it has no id; it wants one, a string")
    if "content_html" not in good and "content_text" not in good:
        seen.blame(name, "it has neither content_html nor content_text")
    entry.published = _date(seen, good, "date_published", name)
    entry.updated = _date(seen, good, "date_modified", name)
    if "date_published" not in good:
        seen.blame(name, "it has no date_published; some readers then leave it out")
    entry.authors = [str(one.get("name", "")) for one in good.get("authors", []) if isinstance(one, dict)]
    if entry.authors and not good.get("author"):
        seen.blame(name, "it has `authors` but not version 1.0's `author`; older readers show none")
    entry.addresses = [(key, good[key]) for key in _ADDRESSES if key in good]
    for file in good.get("attachments", []):
        entry.addresses.append(("attachment", _address_of(seen, file, name)))
    return entry


def _address_of(seen: Seen, file: object, name: str) -> str:
    good = _checked(seen, file, _FILE, name) if isinstance(file, dict) else {}
    if not good.get("url") or "/" not in good.get("mime_type", ""):
        seen.blame(name, "an attachment wants `url` and `mime_type`")
    return str(good.get("url", ""))


def _checked(seen: Seen, told: dict[str, Any], wanted: Mapping[str, type], name: str) -> dict[str, Any]:
    """What has the right type; extensions begin with an underscore and hold objects."""
    good: dict[str, Any] = {}
    for key, value in told.items():
        kind = dict if key.startswith("_") else wanted.get(key)
        if kind is None:
            seen.blame(name, f"the format has no key `{key}`; those of our own begin with an underscore")
        elif not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            seen.blame(name, f"`{key}` is {json.dumps(value)[:40]}; it wants another type ({kind.__name__})")
        else:
            good[key] = value
    return good


def _date(seen: Seen, good: dict[str, Any], key: str, name: str) -> datetime | None:
    found = date_time(good.get(key, ""))
    if key in good and not found:
        seen.blame(name, f"its {key} {good[key]!r} is no RFC 3339 date")
    return found
