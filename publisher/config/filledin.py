"""Forms of config.toml's tables, filled in: what a field shows of a value, and what edits come of what was typed.

A field that comes back as it was shown is no edit, so a value stays as a person wrote it. What cannot
be the value that it should is kept as the text it is, and so is told by whoever checks the config.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from publisher.config.controls import Control, Field, Group
from publisher.config.edits import Edit, Names, value_at

_WHOLE = re.compile(r"[+-]?\d[\d_]*")
_SWITCH = {"yes": True, "no": False}
ENV, FILE = "env", "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What stands in a field."""

    text: str = ""  # of a secret: the name of the variable, or of the file
    choice: str = ""  # of a secret: `env`, `file` or ""
    several: tuple[str, ...] = ()  # ticked boxes
    rows: tuple[tuple[str, str], ...] = ()  # label and value


def shown(field: Field, value: object | None) -> Filled:
    """A field of the form, before anybody typed."""
    if value is None:
        return Filled()
    match field.control:
        case Control.ELSEWHERE:
            where = next((one for one in (ENV, FILE) if value_at(value, (one,)) is not None), "")
            return Filled(text=str(value_at(value, (where,)) or ""), choice=where)
        case Control.LIST if isinstance(value, list):
            return Filled(text="\n".join(map(_as_typed, value)))
        case Control.CHOICES if isinstance(value, list):
            return Filled(several=tuple(map(str, value)))
        case Control.ROWS if isinstance(value, Mapping):
            return Filled(rows=tuple((str(label), _as_typed(one)) for label, one in value.items()))
        case _:
            return Filled(text=_as_typed(value))


def edits_of(table: Names, groups: Iterable[Group], typed: Mapping[str, Filled], values: object) -> list[Edit]:
    """What a form asks for: `typed` by the names of fields, `values` the whole config as it is."""
    edits: list[Edit] = []
    for group in groups:
        base = (*table, *group.key)
        changes: dict[str, object | None] = {}
        for field in group.fields:
            now = value_at(values, (*table, *field.key))
            if field.name in typed and not _is_as_shown(field, typed[field.name], now):
                changes[field.key[-1]] = read(field, typed[field.name], now)
        edits += _edits_in(base, changes, value_at(values, base), is_inner=bool(group.key))
    return edits


def _edits_in(base: Names, changes: Mapping[str, object | None], there: object | None, *, is_inner: bool) -> list[Edit]:
    """A table is written in one piece where it is new; one in another goes with its last key."""
    added = {name: value for name, value in changes.items() if value is not None}
    if there is None:
        return [Edit(key=base, value=added)] if added else []
    left = set(there) - (set(changes) - set(added)) if isinstance(there, Mapping) else set()
    if is_inner and changes and not left and not added:
        return [Edit(key=base, value=None)]
    return [Edit(key=(*base, name), value=value) for name, value in changes.items()]


def read(field: Field, typed: Filled, now: object | None = None) -> object | None:
    """The value that somebody typed; None for nothing."""
    text = typed.text.replace("\r\n", "\n").replace("\r", "\n")
    match field.control:
        case Control.ELSEWHERE:
            return {typed.choice: text.strip()} if typed.choice in (ENV, FILE) else None
        case Control.LIST:
            return [line.strip() for line in text.split("\n") if line.strip()] or None
        case Control.CHOICES:
            return [one for one in field.choices if one in typed.several] or None
        case Control.ROWS:
            return {label.strip(): one.strip() for label, one in typed.rows if label.strip() or one.strip()} or None
        case Control.PROSE:
            # A text in three quotes ends with a line's end, as people write it.
            end = "\n" if isinstance(now, str) and now.endswith("\n") else ""
            return f"{text.strip()}{end}" if text.strip() else None
        case _:
            return _plain(field, text.strip(), now) if text.strip() else None


def _plain(field: Field, text: str, now: object | None) -> object:
    if field.control is Control.SWITCH:
        return _SWITCH.get(text, text)
    if field.control is Control.WHOLE and _WHOLE.fullmatch(text):
        return int(text)
    if field.control is Control.NUMBER:
        return _number(text)
    if isinstance(now, date):  # written without quotes
        try:
            return date.fromisoformat(text)
        except ValueError:
            return text
    return text


def _number(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text


def _is_as_shown(field: Field, typed: Filled, now: object | None) -> bool:
    before = shown(field, now)
    if field.control is Control.CHOICES:
        return set(typed.several) == set(before.several)
    if field.control is Control.ROWS:
        return read(field, typed) == read(field, before)
    same = _lines(typed.text) == _lines(before.text)
    return same and (field.control is not Control.ELSEWHERE or typed.choice == before.choice)


def _lines(text: str) -> Sequence[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


def _as_typed(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case date():
            return value.isoformat()
        case _:
            return str(value)
