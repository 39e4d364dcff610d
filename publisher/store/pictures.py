"""The pictures that travel with an issue's letters: the database says which, a folder holds them.

Said when the issue is released, and never changed: so a letter that is sent again has the
same pictures. The folder is that of all pictures we keep, under the names of their content.

Known weakness: a sender on another host needs the same folder. Where a picture is not in
it, or is not what its name says, its letters go with a link in its place.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path

from sqlalchemy import Connection

from publisher.mail.inline import Picture
from publisher.model.picture import is_name, kind_of, name_for
from publisher.store import marks


def put(conn: Connection, issue: int, names: Mapping[str, str]) -> None:
    """Say which pictures travel with an issue's letters: by their addresses, the names they are kept under."""
    if names:
        marks.put(conn, {_mark_of(issue): json.dumps(dict(names))})


def names_of(conn: Connection, issue: int) -> dict[str, str]:
    """The names of an issue's pictures by their addresses; {} where none travels."""
    return dict(json.loads(marks.get(conn, _mark_of(issue)) or "{}"))


def at_hand(folder: Path, names: Mapping[str, str], wanted: Collection[str]) -> tuple[dict[str, Picture], list[str]]:
    """The pictures at these addresses, and the names of those that the folder does not have."""
    found: dict[str, Picture] = {}
    missing = []
    for address in wanted:
        if address in names:
            name = names[address]
            content = read(folder, name)
            if content is None:
                missing.append(name)
            else:
                found[address] = Picture(name=name, content=content)
    return found, missing


def read(folder: Path, name: str) -> bytes | None:
    """The picture of this name; None where the folder has none, or something else."""
    if not is_name(name):
        return None
    try:
        content = (folder / name).read_bytes()
    except OSError:
        return None
    return content if name_for(content, kind_of(content)) == name else None


def _mark_of(issue: int) -> str:
    return f"pictures of issue {issue}"
