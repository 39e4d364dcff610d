"""Editing config.toml: its text changed and nothing else in it, written whole or not at all.

New tables are put where an editor would put them, behind the last of their kind; what a
person wrote (comments, order, blanks, line ends) stays to the letter, because the text is
not written anew but added to. Nothing is written before the new text has been read as a
config with no mistake in it, and nothing where somebody else has changed the file meanwhile.
"""

from __future__ import annotations

import stat
import tomllib
from codecs import BOM_UTF8
from collections.abc import Mapping
from pathlib import Path

import tomlkit

from publisher.config.lines import Key, key_lines
from publisher.config.load import ConfigFile, read_text, understand
from publisher.errors import ConfigError
from publisher.wholefile import write_if_changed

Tables = Mapping[str, Mapping[str, object]]
"""Tables by the name that stands behind the kind: `[sources.NAME]`."""


def toml_of_tables(kind: str, tables: Tables) -> str:
    """The tables as they will stand in the file, a blank line between them."""
    parts = (tomlkit.dumps({kind: {name: dict(table)}}).strip() for name, table in tables.items())
    return "\n\n".join(parts) + "\n" if tables else ""


def with_tables(text: str, kind: str, tables: Tables) -> str:
    """`text` (valid TOML) with new tables behind the last `[kind.…]`, or at its end where there is none.

    Raises ConfigError where what is there leaves no room for a table.
    """
    if not tables:
        return text
    end = "\r" if "\r\n" in text else ""
    lines = text.split("\n")
    place = _end_of(kind, text, lines)
    before, after = lines[:place], lines[place:]
    if before and not before[-1].endswith(end):
        before[-1] += end
    new = [line + end for line in toml_of_tables(kind, tables).rstrip().split("\n")]
    above = [end] if before else []
    below = [end] if after and after[0].strip() else []
    whole = "\n".join([*before, *above, *new, *below, *(after or [""])])
    try:
        tomllib.loads(whole)
    except tomllib.TOMLDecodeError:
        cure = f"write each of its parts as a table of its own, `[{kind}.NAME]`, and try again"
        raise ConfigError(
            (f"config.toml: {kind}: is written in braces, to which no table can be added; {cure}",)
        ) from None
    return whole


def write_config(path: Path, *, old: str, new: str) -> ConfigFile:
    """Put `new` in the place of `old`; the config as it is then.

    Raises ConfigError with every mistake of `new`, or where the file no longer holds `old`,
    and Unwritable; then nothing was written.
    """
    understood = understand(path, new)
    there = path.resolve()  # a link stays a link
    if read_text(there) != old:
        raise ConfigError((f"{path}: it was changed by somebody else just now; nothing was written, try again",))
    mark = BOM_UTF8 if there.read_bytes().startswith(BOM_UTF8) else b""
    write_if_changed(there, mark + new.encode("utf-8"), mode=stat.S_IMODE(there.stat().st_mode))
    return understood


def _end_of(kind: str, text: str, lines: list[str]) -> int:
    """The line (from 0) behind the last table of a kind; of the whole text without one."""
    headers = sorted(_headers(text, lines).items())
    ours = [index for index, (_, key) in enumerate(headers) if key[0] == kind]
    following = ours[-1] + 1 if ours else len(headers)
    limit = headers[following][0] - 1 if following < len(headers) else len(lines)
    end = limit
    while end and (not lines[end - 1].strip() or (ours and lines[end - 1].lstrip().startswith("#"))):
        end -= 1
    # Comments right below the last value are about it; those behind a blank line, about what comes.
    own = end
    while own < limit and lines[own].lstrip().startswith("#"):
        own += 1
    return own if own == len(lines) or not lines[own].strip() else end


def _headers(text: str, lines: list[str]) -> dict[int, Key]:
    """Line (from 1) and key of each `[table]`."""
    return {
        line: key
        for key, line in key_lines(text).items()
        if lines[line - 1].lstrip().startswith("[") and all(isinstance(part, str) for part in key)
    }
