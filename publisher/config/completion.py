"""What an editor may offer while somebody types config.toml: keys of each table, their values, and their help."""

from __future__ import annotations

from collections.abc import Mapping

from publisher.config.controls import Control, Field, groups_of, sections
from publisher.config.edits import value_at

ANY = "*"  # stands for the name of a table


def offers(values: object) -> dict[str, object]:
    """For a script: tables by their path, each with its keys; `values` is the config, whose names can stand in it."""
    tables: dict[str, object] = {"": {section.name: _key(section.help) for section in sections()}}
    for section in sections():
        base = f"{section.name}.{ANY}" if section.is_named else section.name
        groups = groups_of(section.name)
        own: dict[str, object] = {field.key[0]: _offer(field, values) for field in groups[0].fields}
        for group in groups[1:]:
            own[group.key[0]] = _key(group.help, kind="table")
            tables[f"{base}.{group.key[0]}"] = {field.key[1]: _offer(field, values) for field in group.fields}
        tables[base] = own
    return {"tables": tables, "named": [section.name for section in sections() if section.is_named]}


def _offer(field: Field, values: object) -> dict[str, object]:
    names = value_at(values, (field.refers_to,)) if field.refers_to else None
    known = list(names) if isinstance(names, Mapping) else []
    fixed = {Control.SWITCH: ["true", "false"], Control.ELSEWHERE: ['{ env = "NAME" }', '{ file = "PATH" }']}
    quoted = [f'"{one}"' for one in (*field.choices, *known)]
    offered = fixed.get(field.control) or quoted or ([field.example] if field.example else [])
    return _key(field.help, kind=field.kind, default=field.default, values=offered)


def _key(help_: str, **more: object) -> dict[str, object]:
    return {"help": help_, **{name: one for name, one in more.items() if one}}
