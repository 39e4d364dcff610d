"""Front matter: the facts at the head of a text file, in YAML (`---`) or TOML (`+++`).

YAML is read by PyYAML's safe loader, after a look at its events: aliases (one line can
stand for a billion) and deep nesting are refused before anything is built.
Errors are ValueError with the line in the file, the key and what to do.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from publisher.collect.capture.byline import date_of

_LARGEST = 64 * 1024  # characters
_DEEPEST = 10
_FENCES = {"---": ("---", "..."), "+++": ("+++",)}


class _Loader(yaml.SafeLoader):
    """Leaves dates and numbers that cannot be (`2026-13-45`) as text: who asks for the key tells what is wrong."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep=deep)
        except ValueError:
            if isinstance(node, yaml.ScalarNode):
                return self.construct_scalar(node)
            raise


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatter:
    """The facts, and what is needed to tell where one stands."""

    facts: Mapping[str, Any]
    source: str  # as written, its first line being line 2 of the file
    body: str  # what comes after

    def wrong(self, key: str, told: str) -> ValueError:
        return ValueError(f"line {self.line_of(key)}: `{key}` {told}")

    def line_of(self, key: str) -> int:
        found = re.search(rf"^[\"']?{re.escape(key)}[\"']?\s*[:=\]]", self.source, re.MULTILINE)
        return self.source.count("\n", 0, found.start()) + 2 if found else 1

    def text(self, *keys: str) -> str:
        """The first of these keys that is there, as text."""
        for key in keys:
            value = self.facts.get(key)
            if isinstance(value, str):
                return value.strip()
            if isinstance(value, int | float | date) and not isinstance(value, bool):
                return str(value)
            if value is not None:
                raise self.wrong(key, "must be text; put it in quotes")
        return ""

    def texts(self, *keys: str) -> tuple[str, ...]:
        """A list of texts; one text with commas is a list too."""
        for key in keys:
            value = self.facts.get(key)
            if isinstance(value, str):
                return tuple(part.strip() for part in value.split(",") if part.strip())
            if isinstance(value, list):
                return tuple(str(item).strip() for item in value if isinstance(item, str | int | float))
            if value is not None:
                raise self.wrong(key, "must be a list of texts, like `[one, two]`")
        return ()

    def moment(self, zone: ZoneInfo, *keys: str) -> datetime | None:
        """A date or time; where it names no zone it is in `zone`."""
        for key in keys:
            value = self.facts.get(key)
            if value is None:
                continue
            found = _moment_of(value, zone)
            if not found:
                raise self.wrong(key, f"is no date: {str(value)[:40]!r}; write `2026-11-22` or `2026-11-22T07:30:00`")
            return found
        return None


def split_front_matter(text: str) -> FrontMatter:
    """The front matter of `text`, or none. Raises ValueError where it cannot be read."""
    lines = text.split("\n")
    opening = lines[0].rstrip()
    if opening not in _FENCES:
        return FrontMatter(facts={}, source="", body=text)
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() in _FENCES[opening]), None)
    if end is None:
        raise ValueError(f"line 1: `{opening}` opens front matter that nothing closes; add a line `{opening}` under it")
    source = "\n".join(lines[1:end])
    if len(source) > _LARGEST:
        raise ValueError(f"line 1: the front matter is longer than {_LARGEST:,} characters; shorten it")
    facts = _read_yaml(source) if opening == "---" else _read_toml(source)
    return FrontMatter(facts=facts, source=source, body="\n".join(lines[end + 1 :]))


def _read_toml(source: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(source)
    except (tomllib.TOMLDecodeError, RecursionError) as wrong:
        found = re.search(r"\(at line (\d+)", str(wrong))
        line = int(found[1]) + 1 if found else 1
        raise ValueError(
            f'line {line}: the front matter is no TOML ({str(wrong).partition(" (at")[0]}); write `key = "value"`'
        ) from None


def _read_yaml(source: str) -> Mapping[str, Any]:
    try:
        _refuse_bombs(source)
        facts = yaml.load(source, Loader=_Loader)  # noqa: S506  it is a SafeLoader
    except yaml.MarkedYAMLError as wrong:
        line = wrong.problem_mark.line + 2 if wrong.problem_mark else 1
        raise ValueError(
            f"line {line}: the front matter is no YAML ({wrong.problem}); write `key: value`, and put text with a "
            "colon in it in quotes"
        ) from None
    except yaml.YAMLError as wrong:
        raise ValueError(f"line 1: the front matter is no YAML ({str(wrong).splitlines()[0]})") from None
    if facts is None:
        return {}
    if not isinstance(facts, dict):
        raise ValueError("line 2: the front matter is no list of facts; write one `key: value` on each line")  # noqa: TRY004  one kind of error leaves this file
    return {str(key): value for key, value in facts.items()}


def _refuse_bombs(source: str) -> None:
    depth = 0
    for event in yaml.parse(source, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 2 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            told = f"line {line}: aliases (`*{event.anchor}`) are not read; write the value out"
            raise ValueError(told)  # noqa: TRY004  one kind of error leaves this file
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise ValueError(f"line {line}: the front matter is nested more than {_DEEPEST} deep; make it flat")


def _moment_of(value: object, zone: ZoneInfo) -> datetime | None:
    if isinstance(value, str):
        return _moment_of_text(value.strip(), zone)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone)
    if isinstance(value, date):
        return datetime.combine(value, time(), tzinfo=zone)
    return None


def _moment_of_text(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return date_of(text, zone)
    return found if found.tzinfo else found.replace(tzinfo=zone)
