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
    draft = _read(text.removeprefix(_MARK))
    for edit in edits:
        draft = _edited(draft, edit.key, plain(edit.value))
    return mark + draft.text


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A state of the text, and what it says."""

    text: str
    values: dict[str, object]


def _read(text: str) -> _Draft:
    return _Draft(text=text, values=values_of(text))


def _edited(old: _Draft, key: Names, value: object) -> _Draft:
    now = value_at(old.values, key)
    if value is None:
        return old if now is None else _without(old, key)
    if now is not None and is_same(now, value):
        return old
    if isinstance(value, Mapping) and isinstance(now, Mapping) and value:
        return _made_equal(old, key, now, value)
    page = Page(old.text)
    if now is None:
        return _proved(old, page.with_new(key, value, old.values), key, value)
    if key in page.pairs:
        return _replaced(old, page, key, value)
    return _proved(old, _edited(_without(old, key), key, value).text, key, value)


def _made_equal(old: _Draft, key: Names, now: Mapping[str, object], value: Mapping[str, object]) -> _Draft:
    new = old
    for name, inner in value.items():
        new = _edited(new, (*key, name), inner)
    for name in now.keys() - value.keys():
        new = _without(new, (*key, name))
    return new


def _without(old: _Draft, key: Names) -> _Draft:
    """Whatever way it is written: a table may have several headers, and keys with dots."""
    new = old
    while value_at(new.values, key) is not None:
        new = _read(Page(new.text).without_first(key))
    return _proved(old, new.text, key, None)


def _replaced(old: _Draft, page: Page, key: Names, value: object) -> _Draft:
    pair, now = page.pairs[key], value_at(old.values, key)
    there = page.text[pair.value : pair.end]
    if isinstance(now, list) and isinstance(value, list) and value and "\n" in there:
        new = _if_it_says(old, with_elements(page, key, now, value), key, value)
        if new:
            return new
    written = toml_value(value, instead_of=there, on_one_line=pair.in_braces or page.is_in_braces(pair.base))
    return _proved(old, page.text[: pair.value] + page.as_lines(written) + page.text[pair.end :], key, value)


def _proved(old: _Draft, text: str, key: Names, value: object | None) -> _Draft:
    new = _if_it_says(old, text, key, value)
    if new is None:
        raise ConfigError((f"config.toml: {dotted(key)}: cannot be changed here; change it in the text",))
    return new


def _if_it_says(old: _Draft, text: str, key: Names, value: object | None) -> _Draft | None:
    """The text, read, if it says what was said before, but for this value."""
    try:
        new = _Draft(text=text, values=tomllib.loads(text))
    except tomllib.TOMLDecodeError:
        return None
    wanted = _put(old.values, key, value)
    same = is_same(_filled(wanted), _filled(new.values)) if value is None else is_same(wanted, new.values)
    return new if same else None


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
