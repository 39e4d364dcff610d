"""Asking feedparser's dictionaries for just what stands in them.

They answer for keys they do not have (a missing `updated` gives `published`, with a
warning); here every key is asked for as it stands, and what is of another kind is empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from publisher.collect.clean import clean_text, text_of

HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})


def value_at(value: Mapping[str, Any], key: str) -> Any:
    """What stands under just this key."""
    return dict.get(value, key) if isinstance(value, dict) else value.get(key)


def text_at(value: Mapping[str, Any], key: str) -> str:
    found = value_at(value, key)
    return found.strip() if isinstance(found, str) else ""


def each_at(value: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = value_at(value, key)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def text_from(value: Mapping[str, Any], key: str) -> str:
    """A text construct as plain text on one line."""
    return plain(value_at(value, f"{key}_detail") or {})


def plain(detail: Mapping[str, Any]) -> str:
    text = str(detail.get("value") or "")
    return text_of(text) if detail.get("type") in HTML_TYPES else clean_text(text)
