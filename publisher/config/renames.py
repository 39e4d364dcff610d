"""Another name for a table of config.toml, in the text: where it stands, and where others name it.

Only what can change its name without losing anything: a segment, which nothing is kept of, and a
column, whose old slug becomes one of its aliases, so that its posts and whoever comes to its old
addresses find it. Newsletters, sources, relays and all others have rows of their name in the database.
"""

from __future__ import annotations

import re

from publisher.config.controls import REFERENCES
from publisher.config.edits import Edit, Names, value_at, values_of, with_edits
from publisher.config.lines import Key, walked
from publisher.config.written import toml_key
from publisher.errors import ConfigError

CAN_BE_RENAMED = ("columns", "segments")

_NAME = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")


def renamed(text: str, section: str, old: str, new: str) -> str:
    """The text with a table under another name. Raises ConfigError where that is taken, or cannot be."""
    values = values_of(text)
    if section not in CAN_BE_RENAMED:
        raise ConfigError((f"config.toml: {section}.{old}: cannot be renamed without losing what is kept of it",))
    if value_at(values, (section, new)) is not None:
        raise ConfigError((f"config.toml: {section}.{new}: is there already; take another name",))
    moved = _with_name(text, (section, old), new)
    edits = list(_references(values, section, old, new))
    if section == "columns":
        aliases = value_at(values, (section, old, "aliases"))
        kept = [one for one in aliases if one != new] if isinstance(aliases, list) else []
        edits.append(Edit(key=(section, new, "aliases"), value=[*kept, old]))
    return with_edits(moved, edits)


def _with_name(text: str, table: Names, new: str) -> str:
    """Another last name of a key, wherever it is written; from behind, so that places in front stay right."""
    walk = walked(text)
    headers = [(one.start, 0) for one in walk.headers if _is_in(one.key, table)]
    pairs = [(one.start, len(one.base)) for one in walk.pairs.values() if _is_in(one.key, table)]
    places = [_place(text, at, len(table) - 1 - above) for at, above in (*headers, *pairs) if above < len(table)]
    for start, end in sorted(places, reverse=True):
        text = text[:start] + toml_key(new) + text[end:]
    return text


def _is_in(key: Key, table: Names) -> bool:
    return key[: len(table)] == table


def _place(text: str, at: int, number: int) -> tuple[int, int]:
    """From where to where the name with this number stands, in a key that begins here."""
    found = None
    for _ in range(number + 1):
        found = _NAME.search(text, found.end() if found else at)
        if found is None:
            raise ConfigError(("config.toml: a key cannot be followed; change the name in the text",))
    return (found.start(), found.end()) if found else (at, at)


def _references(values: object, section: str, old: str, new: str) -> list[Edit]:
    """The same in all keys that name it."""
    edits = []
    for (kind, key), of in REFERENCES.items():
        tables = value_at(values, (kind,)) if of == section else None
        for name in tables if isinstance(tables, dict) else ():
            place = (kind, name, key)
            now = value_at(values, place)
            if isinstance(now, list) and old in now:
                edits.append(Edit(key=place, value=[new if one == old else one for one in now]))
            elif now == old:
                edits.append(Edit(key=place, value=new))
    return edits
