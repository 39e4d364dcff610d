"""Changes to the text of config.toml, one key at a time: what no edit is about stays to the letter.

The text is spliced by the places that `lines.py` finds in it, so comments, order, blanks, quotes and
line ends of everything else are as a person wrote them. A value that is already there is not written
again. Where a new table or key goes is the business of `places.py`. Every edit is proved by reading
the new text: it says what was asked, and nothing else than before.

Known weakness: tables in `[[double brackets]]`, which config.toml has none of, can be taken away or
written anew as a whole, and not edited one by one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from publisher.config.listedits import with_elements
from publisher.config.mistakes import dotted
from publisher.config.places import Page
from publisher.config.written import is_same, plain, toml_value
from publisher.errors import ConfigError

Names = tuple[str, ...]
_MARK = "\ufeff"  # byte order mark, as some editors write it in front


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What shall stand at a place."""

    key: Names
    value: object | None  # None: the key, or the table with all that is in it, is taken away


def with_edits(text: str, edits: Sequence[Edit]) -> str:
    """`text` (valid TOML) with the edits, one after another.

    A table that is there is made equal to the one given, key by key; a new one goes behind the last
    of its kind. Raises ConfigError where something else stands in the way, or the text is no TOML.
    """
    mark = _MARK if text.startswith(_MARK) else ""
    new = text.removeprefix(_MARK)
    for edit in edits:
        new = _edited(new, edit.key, plain(edit.value))
    return mark + new


def values_of(text: str) -> dict[str, object]:
    """What a text says. Raises ConfigError where it is no TOML."""
    try:
        return tomllib.loads(text.removeprefix(_MARK))
    except tomllib.TOMLDecodeError as wrong:
        raise ConfigError((f"config.toml: not valid TOML: {wrong}; mend that first",)) from None


def value_at(values: object, key: Sequence[str]) -> object | None:
    """What stands at a place of it; None for nothing."""
    for name in key:
        values = values.get(name) if isinstance(values, Mapping) else None
    return values


def _edited(text: str, key: Names, value: object) -> str:
    values = values_of(text)
    now = value_at(values, key)
    if value is None:
        return text if now is None else _without(text, key)
    if now is not None and is_same(now, value):
        return text
    if isinstance(value, Mapping) and isinstance(now, Mapping) and value:
        return _made_equal(text, key, now, value)
    page = Page(text)
    if now is None:
        return _proved(values, page.with_new(key, value, values), key, value)
    if key in page.pairs:
        return _replaced(page, key, values, value)
    return _proved(values, _edited(_without(text, key), key, value), key, value)


def _made_equal(text: str, key: Names, now: Mapping[str, object], value: Mapping[str, object]) -> str:
    new = text
    for name, inner in value.items():
        new = _edited(new, (*key, name), inner)
    for name in now.keys() - value.keys():
        new = _without(new, (*key, name))
    return new


def _without(text: str, key: Names) -> str:
    """Whatever way it is written: a table may have several headers, and keys with dots."""
    new, values = text, values_of(text)
    while value_at(values_of(new), key) is not None:
        new = Page(new).without_first(key)
    return _proved(values, new, key, None)


def _replaced(page: Page, key: Names, values: dict[str, object], value: object) -> str:
    pair, now = page.pairs[key], value_at(values, key)
    old = page.text[pair.value : pair.end]
    if isinstance(now, list) and isinstance(value, list) and value and "\n" in old:
        new = with_elements(page, key, now, value)
        if _says(values, new, key, value):
            return new
    written = toml_value(value, instead_of=old, on_one_line=pair.in_braces or page.is_in_braces(pair.base))
    new = page.text[: pair.value] + page.as_lines(written) + page.text[pair.end :]
    return _proved(values, new, key, value)


def _proved(old: dict[str, object], new: str, key: Names, value: object | None) -> str:
    if not _says(old, new, key, value):
        raise ConfigError((f"config.toml: {dotted(key)}: cannot be changed here; change it in the text",))
    return new


def _says(old: dict[str, object], new: str, key: Names, value: object | None) -> bool:
    """Whether a text says what was said before, but for this value."""
    try:
        values = tomllib.loads(new)
    except tomllib.TOMLDecodeError:
        return False
    wanted = _put(old, key, value)
    return is_same(_filled(wanted), _filled(values)) if value is None else is_same(wanted, values)


def _put(values: dict[str, object], key: Names, value: object | None) -> dict[str, object]:
    """The values with another at a place."""
    if len(key) > 1:
        inner = values.get(key[0])
        value = _put(inner if isinstance(inner, dict) else {}, key[1:], value)
    rest = {name: one for name, one in values.items() if name != key[0]}
    return rest if value is None else {**rest, key[0]: value}


def _filled(values: dict[str, object]) -> dict[str, object]:
    """Without tables that hold nothing: those without a header of their own go with their last key."""
    inner = {name: _filled(one) if isinstance(one, dict) else one for name, one in values.items()}
    return {name: one for name, one in inner.items() if one != {}}
