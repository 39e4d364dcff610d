"""The raw document of config.toml, before its schema has seen it: what has the right kind is found, the rest left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any
from urllib.parse import SplitResult, urlsplit

from publisher.config.lines import Key
from publisher.config.mistakes import Mistake, shown

Raw = Mapping[str, Any]


def split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url.strip())
    except ValueError:
        return None


def named(raw: Raw, table: str) -> list[str]:
    found = raw.get(table)
    return list(found) if isinstance(found, Mapping) else []


def tables(raw: Raw, table: str) -> Iterator[tuple[str, Raw]]:
    for name in named(raw, table):
        if isinstance(raw[table][name], Mapping):
            yield name, raw[table][name]


def at(raw: Raw, key: Key) -> object:
    found: object = raw
    for part in key:
        found = found.get(part) if isinstance(found, Mapping) and isinstance(part, str) else None
    return found


def each_known(raw: Raw, table: str, key: Key, value: object) -> Iterator[Mistake]:
    """`value` is a name of that table, or a list of such."""
    names = [(key, value)] if isinstance(value, str) else []
    if isinstance(value, list):
        names = [((*key, number), name) for number, name in enumerate(value) if isinstance(name, str)]
    known = named(raw, table)
    for place, name in names:
        if name.strip() not in known:
            near = get_close_matches(name, known, n=1)
            cure = f"did you mean `{near[0]}`?" if near else f"add a table `[{table}.{name}]`, or name another"
            yield Mistake(key=place, wrong=f"is not one of the {table}", got=shown(name), cure=cure)
