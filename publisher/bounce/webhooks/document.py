"""JSON of providers: what has the right kind is read, what has not is as if it were not there.

Pure.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import cast

from publisher.bounce.webhooks.event import MOST_EVENTS

Object = Mapping[str, object]


def document_in(body: bytes) -> object:
    """What a body holds; None where it is no JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def objects_in(document: object) -> Iterator[Object]:
    """Those of a list, or the one there is."""
    found = document if isinstance(document, list) else [document]
    for each in found[:MOST_EVENTS]:
        if isinstance(each, dict):
            yield cast("Object", each)


def object_at(of: Object, *path: str) -> Object:
    """A table in tables; an empty one where there is none."""
    found: object = of
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return cast("Object", found) if isinstance(found, dict) else {}


def text_at(of: Object, *path: str) -> str:
    """A text or a number; "" where there is none."""
    value = object_at(of, *path[:-1]).get(path[-1])
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)


def all_texts(value: object, depth: int = 3) -> str:
    """All texts in a value, with a blank between: where tokens are looked for."""
    if isinstance(value, str):
        return value
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return " ".join(filter(None, (all_texts(one, depth - 1) for one in inner[:100]))) if depth else ""


def time_of(value: object) -> datetime | None:
    """Seconds since 1970, also as text, or a time of ISO 8601 with its zone."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return _written(str(value))
    try:
        return datetime.fromtimestamp(seconds, UTC) if math.isfinite(seconds) else None
    except (ValueError, OverflowError, OSError):
        return None


def _written(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    try:
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):  # the first or last day of all
        return None
