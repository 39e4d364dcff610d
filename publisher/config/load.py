"""Reads config.toml and tells every mistake in it at once, each with its line.

Responsible for: the file (missing, huge, not text, not TOML), the order of mistakes, and
the paths relative to it. Not for: what may stand in it (`schema.py`), what tables say
about each other (`crossing.py`), the words of mistakes (`mistakes.py`), secrets
(`secret.py`): nothing here reads the environment.

Known weakness: TOML that is broken shows only its first mistake, because nobody can say
how the rest was meant.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from publisher.config.crossing import crossing_mistakes
from publisher.config.lines import Key, key_lines
from publisher.config.mistakes import Mistake, dotted, mistakes_of
from publisher.config.schema import Config
from publisher.errors import ConfigError

LARGEST_BYTES = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFile:
    """A config that may be used, and where it was read."""

    path: Path  # absolute
    config: Config

    @property
    def root(self) -> Path:
        """The folder that all paths in it are relative to."""
        return self.path.parent

    def resolve(self, relative: str) -> Path:
        """A path of the config as an absolute one; `~` is the user's home."""
        return self.root / Path(relative).expanduser()


def read_config(path: Path) -> ConfigFile:
    """The config in a file. Raises ConfigError with all its mistakes, in the file's order."""
    return understand(path, read_text(path))


def understand(path: Path, text: str) -> ConfigFile:
    """The config that `text` would be, if it stood in that file. Raises ConfigError with all its mistakes."""
    raw, lines = _document(path, text)
    config, found = _validated(raw)
    if config is None or found:
        raise ConfigError(_told(path, found, lines))
    return ConfigFile(path=path.absolute(), config=config)


def mistakes_in(text: str) -> list[Mistake]:
    """The mistakes of a text that is TOML, each with its key, nothing said twice."""
    found = _validated(tomllib.loads(text))[1]
    return list({(mistake.key, mistake.wrong): mistake for mistake in found}.values())


def _validated(raw: dict[str, Any]) -> tuple[Config | None, list[Mistake]]:
    found: list[Mistake] = []
    config = None
    try:
        config = Config.model_validate(raw, by_alias=True, by_name=False)
    except ValidationError as wrong:
        found.extend(mistakes_of(wrong))
    found.extend(crossing_mistakes(raw))
    return config, found


def read_text(path: Path) -> str:
    """What stands in the file. Raises ConfigError where it is no text, or none that can be read."""
    try:
        if path.is_dir():
            raise ConfigError((f"{path}: is a folder; name the file in it: `--config {path / 'config.toml'}`",))
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except FileNotFoundError:
        cure = "name the file with `--config PATH`, or make a new site with `publisher init DIR`"
        raise ConfigError((f"{path}: there is no such file; {cure}",)) from None
    except OSError as wrong:
        raise ConfigError((f"{path}: cannot be read: {wrong.strerror or wrong}; mend that and try again",)) from None
    if len(content) > LARGEST_BYTES:
        raise ConfigError((f"{path}: is larger than 1 MiB; this is hardly a config.toml: name another file",))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = content.count(b"\n", 0, wrong.start) + 1
        raise ConfigError((f"{path}:{line}: is not UTF-8 text; save the file as UTF-8",)) from None


def _document(path: Path, text: str) -> tuple[dict[str, Any], Mapping[Key, int]]:
    try:
        return tomllib.loads(text), key_lines(text)
    except tomllib.TOMLDecodeError as wrong:
        raise ConfigError((_broken(path, text, str(wrong)),)) from None
    except RecursionError:
        raise ConfigError((f"{path}: is nested too deeply to be a config.toml; name another file",)) from None


_PLACE = re.compile(r"(?P<problem>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)\Z", re.S)

# tomllib's own words, from the start; what they mean to who wrote the file; what to do.
_BROKEN = (
    ("Illegal character '\\n'", "text that begins on this line has no closing quote", 'end it with `"`'),
    ("Unterminated string", "text in quotes is not closed", "end it with the quotes it began with"),
    ("Expected \"'''\"", "text in three quotes is not closed", "end it with the quotes it began with"),
    ("Unclosed array", "a list is not closed", "end it with `]`, with commas between its members"),
    ("Unclosed inline table", "a table in braces is not closed", "end it with `}`, with commas between its keys"),
    ("Expected '=' after", "there is no `=` after a key", 'write `key = "value"`'),
    ("Expected ']' at the end", "a table's name is not closed", "write `[name]` on a line of its own"),
    (
        "Expected newline or end",
        "something follows a value on its line",
        "put it on a line of its own, or quote it all",
    ),
    ("Invalid initial character for a key", "a key cannot begin like this", "use letters, digits, `_` and `-`"),
    ("Invalid statement", "this is no key, no table and no comment", 'write `key = "value"`, `[table]` or `# comment`'),
    ("Invalid value", "there is no value that can be read", 'put text in quotes: `key = "value"`'),
    ("Cannot declare", "this table stands in the file twice", "keep one of the two"),
    ("Cannot overwrite", "this key stands in the file twice", "keep one of the two"),
    ("Cannot mutate", "this table was closed before", "write all its keys in one place"),
    ("Duplicate inline table key", "a key stands twice in this table", "keep one of the two"),
    ("Unescaped '\\'", "a backslash in quotes means something of its own", r"write `\\`, or use single quotes"),
    ("Illegal character", "there is a character that TOML forbids here", "take it out"),
    ("Invalid date or datetime", "this date does not exist", "correct it, or put it in quotes"),
)


def _broken(path: Path, text: str, words: str) -> str:
    """One line about TOML that cannot be read. The text itself is not shown: it may hold a secret."""
    found = _PLACE.match(words)
    problem = found["problem"] if found else words
    last = text.count("\n") + (not text.endswith("\n"))
    line = int(found["line"]) if found and found["line"] else max(last, 1)
    column = f", column {found['column']}" if found and found["column"] else ""
    for start, wrong, cure in _BROKEN:
        if problem.startswith(start):
            return f"{path}:{line}: not valid TOML{column}: {wrong}; {cure}"
    return (
        f"{path}:{line}: not valid TOML{column}: {problem[:1].lower()}{problem[1:]}; see toml.io for how it is written"
    )


def _told(path: Path, mistakes: Iterable[Mistake], lines: Mapping[Key, int]) -> tuple[str, ...]:
    """One line each, in the order of the file, nothing said twice."""
    said = {(mistake.key, mistake.wrong): mistake for mistake in mistakes}
    ordered = sorted(said.values(), key=lambda mistake: _line_of(mistake.key, lines))
    return tuple(
        f"{path}:{_line_of(mistake.key, lines)}: {dotted(mistake.key)}: {mistake.sentence()}{_beside(mistake, lines)}"
        for mistake in ordered
    )


def _beside(mistake: Mistake, lines: Mapping[Key, int]) -> str:
    """The other places, with their lines."""
    places = [f"`{dotted(key)}`, line {_line_of(key, lines)}" for key in mistake.beside]
    return f" ({'; '.join(places)})" if places else ""


def _line_of(key: Key, lines: Mapping[Key, int]) -> int:
    """The line of a key, or of the nearest table around it that is there."""
    while key and key not in lines:
        key = key[:-1]
    return lines.get(key, 1)
