"""Values out of JSON that a stranger wrote: each of the kind that is asked for, or empty.

One odd value must not stop a source, so nothing here refuses: what is missing or of
another kind is "", an empty list, or None. Pure.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from publisher.collect.clean import clean_text, paragraphs_of, text_of

_BLANK_LINE = re.compile(r"\n[ \t]*\n")


def json_of(content: bytes) -> object:
    """What a JSON document holds. Raises ValueError where it is none."""
    try:
        return json.loads(content.decode("utf-8-sig"))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def at(value: object, *path: str | int) -> object:
    """What stands at a place; None where there is no such place."""
    for part in path:
        if isinstance(part, str):
            value = value.get(part) if isinstance(value, Mapping) else None
        else:
            value = value[part] if isinstance(value, list) and len(value) > part else None
    return value


def text_at(value: object, *path: str | int) -> str:
    """Text as it stands there; a number as its digits (ids are numbers here and text there)."""
    found = at(value, *path)
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found) if abs(found) < 10**18 else ""
    return found.strip() if isinstance(found, str) else ""


def number_at(value: object, *path: str | int) -> int:
    """A whole number that is not negative; 0 where there is none."""
    found = at(value, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) and found > 0 else 0


def each_at(value: object, *path: str | int) -> list[Mapping[str, object]]:
    """The objects of a list."""
    found = at(value, *path)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def words_at(value: object, *path: str | int) -> str:
    """The words of rendered HTML on one line: titles hold `&amp;` and `<em>`."""
    return text_of(text_at(value, *path))


def line_at(value: object, *path: str | int) -> str:
    """Plain text on one line."""
    return clean_text(text_at(value, *path))


def address_at(value: object, *path: str | int) -> str:
    """An address, its `&#038;` read as `&`."""
    return html.unescape(text_at(value, *path)).strip()


def moment_at(value: object, *path: str | int) -> datetime | None:
    """A time of ISO 8601; one without a zone is in UTC."""
    try:
        found = datetime.fromisoformat(text_at(value, *path))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def blurb_and_bio(told: str) -> tuple[str, str]:
    """What is told about an author: the first paragraph is the blurb, what follows it the bio."""
    paragraphs = [found for part in _BLANK_LINE.split(told.replace("\r\n", "\n")) for found in paragraphs_of(part)]
    return "".join(paragraphs[:1]), "\n\n".join(paragraphs[1:])
