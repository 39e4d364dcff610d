"""The fields of a newsletter's form: where each stands in config.toml, how it is typed, who may change it. Pure.

What is typed is text; what stands in the file is TOML. A field that nobody changed makes no edit, so
that the file keeps it to the letter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from publisher.config.edits import Edit, value_at
from publisher.config.mailing import NewsletterTable
from publisher.config.shape import shape_at
from publisher.config.values import duration_text
from publisher.model.user import Right

CADENCES = ("daily", "weekly", "monthly")
ON = "on"

Key = tuple[str, ...]
Typed = Mapping[str, str]
"""What stands in each field, by its name."""


class Kind(StrEnum):
    LINE = "line"
    PROSE = "prose"
    NUMBER = "number"
    SWITCH = "switch"
    TIMES = "times"  # of a schedule
    LINES = "lines"  # a list, one a line
    COLUMNS = "columns"  # a list of slugs, in their order, parted by blanks


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    key: Key  # below the newsletter's table
    label: str
    kind: Kind = Kind.LINE
    right: Right = Right.EDIT

    @property
    def name(self) -> str:
        """Of the control, and in its id."""
        return "-".join(self.key)

    @property
    def help(self) -> str:
        """The same words as in the reference of config.toml."""
        if self.kind is Kind.TIMES:
            return ""  # said once for all three
        return shape_at(("newsletters", "NAME", *self.key)).description

    @property
    def help_parts(self) -> list[tuple[str, bool]]:
        """The same, cut where code begins and ends: text, and whether it is code."""
        return [(part, number % 2 == 1) for number, part in enumerate(self.help.split("`")) if part]

    @property
    def example(self) -> str:
        """What could be typed; "" where nothing comes to mind."""
        field = shape_at(("newsletters", "NAME", *self.key[:1])).field
        found = field.examples[0] if field and field.examples else ""
        if self.kind is Kind.LINES and isinstance(found, list):
            return "\n".join(found)
        return found if isinstance(found, str) else ""

    @property
    def default(self) -> object:
        """What holds where the file is silent; None: nothing does."""
        if len(self.key) > 1:
            return None
        named = {field.alias or name: field for name, field in NewsletterTable.model_fields.items()}
        field = named[self.key[0]]
        if field.is_required():
            return None
        value = field.get_default(call_default_factory=True)
        return duration_text(value) if hasattr(value, "total_seconds") else value


GROUPS: tuple[tuple[str, tuple[Field, ...]], ...] = (
    (
        "What it is",
        (
            Field(key=("name",), label="Name"),
            Field(key=("description",), label="Description", kind=Kind.PROSE),
            Field(key=("columns",), label="Columns", kind=Kind.COLUMNS),
            Field(key=("signup",), label="Anybody may join it", kind=Kind.SWITCH, right=Right.SEND),
        ),
    ),
    (
        "When it comes",
        (
            *(Field(key=("schedule", name), label=name.capitalize(), kind=Kind.TIMES) for name in CADENCES),
            Field(key=("as_it_happens",), label="Each post as it happens", kind=Kind.SWITCH),
            Field(key=("quiet",), label="Quiet time"),
            Field(key=("time_zone",), label="Time zone"),
            Field(key=("holidays",), label="Holidays", kind=Kind.LINES),
        ),
    ),
    (
        "Before it goes",
        (
            Field(key=("draft",), label="Draft"),
            Field(key=("approve",), label="Somebody has to approve it", kind=Kind.SWITCH, right=Right.SEND),
            Field(key=("grace",), label="How late it may go"),
        ),
    ),
    (
        "What is in it",
        (
            Field(key=("subject",), label="Subject"),
            Field(key=("greeting",), label="Greeting"),
            Field(key=("minimum",), label="Fewest posts", kind=Kind.NUMBER),
            Field(key=("maximum",), label="Most posts", kind=Kind.NUMBER),
            Field(key=("skip_empty",), label="No letter where nothing is new", kind=Kind.SWITCH),
        ),
    ),
    (
        "Who sends it, and to whom",
        (
            Field(key=("from",), label="From", right=Right.SEND),
            Field(key=("reply_to",), label="Answers go to", right=Right.SEND),
            Field(key=("audience",), label="Audience", right=Right.SEND),
        ),
    ),
)
FIELDS: tuple[Field, ...] = tuple(field for _, fields in GROUPS for field in fields)


def shown(table: Mapping[str, object]) -> dict[str, str]:
    """What a newsletter's table of config.toml says, as its form has it."""
    return {field.name: _text(field, value_at(table, field.key)) for field in FIELDS}


def _text(field: Field, value: object) -> str:
    if field.kind is Kind.SWITCH:
        return ON if (field.default if value is None else value) is True else ""
    if isinstance(value, list):
        return (" " if field.kind is Kind.COLUMNS else "\n").join(map(str, value))
    # A form brings its text back without blanks around it.
    return "" if value is None else str(value).strip()


def typed_in(text: Callable[[str], str], may: Callable[[Right], bool], before: Typed) -> dict[str, str]:
    """What a form that was sent says; what its sender may not change stays as it was before."""
    return {
        field.name: text(field.name).replace("\r\n", "\n") if may(field.right) else before[field.name]
        for field in FIELDS
    }


def merged(typed: Typed, began_with: Typed, now: Typed) -> dict[str, str]:
    """Where config.toml was changed meanwhile: what one typed, and of the rest what stands there now."""
    return {name: typed[name] if typed[name] != began_with[name] else now[name] for name in typed}


def edits_of(table: Key, typed: Typed, now: Typed) -> list[Edit]:
    """What is to be changed in the file, that the form says what was typed."""
    changed = [field for field in FIELDS if typed[field.name] != now[field.name]]
    edits = [Edit(key=(*table, *field.key), value=value_of(field, typed[field.name])) for field in changed]
    times = [field for field in FIELDS if field.kind is Kind.TIMES]
    if any(field in changed for field in times) and not any(typed[field.name] for field in times):
        edits = [edit for edit in edits if edit.key[: len(table) + 1] != (*table, "schedule")]
        edits.append(Edit(key=(*table, "schedule"), value=None))
    return edits


def table_of(typed: Typed) -> dict[str, object]:
    """A new newsletter's table: what differs from what holds anyway."""
    nothing = shown({})
    told = {
        field.key: value_of(field, typed[field.name]) for field in FIELDS if typed[field.name] != nothing[field.name]
    }
    table: dict[str, object] = {key[0]: value for key, value in told.items() if len(key) == 1 and value is not None}
    times = {key[1]: value for key, value in told.items() if len(key) > 1}
    return {**table, "schedule": times} if times else table


def value_of(field: Field, text: str) -> object | None:
    """What stands in the file for what was typed; None: nothing does."""
    match field.kind:
        case Kind.SWITCH:
            return text == ON
        case Kind.NUMBER if re.fullmatch(r"[0-9]{1,9}", text):
            return int(text)
        case Kind.LINES:
            return [part.strip() for part in re.split(r"[\n,]", text) if part.strip()] or None
        case Kind.COLUMNS:
            return text.split() or None
        case _:
            return text or None


def field_of(key: Sequence[str | int]) -> str:
    """The field that a place below the newsletter's table belongs to; "" for none."""
    for field in FIELDS:
        if tuple(key[: len(field.key)]) == field.key:
            return field.name
    return "schedule-daily" if tuple(key[:1]) == ("schedule",) else ""


def in_prose(words: str) -> str:
    """What is marked as code, in quotes: where words stand by themselves."""
    return re.sub(r"`([^`]*)`", r"“\1”", words)


def described(typed: Typed, now: Typed) -> str:
    """Which fields were changed, for the history of config.toml."""
    labels = [field.label.lower() for field in FIELDS if typed[field.name] != now[field.name]]
    return ", ".join(labels)
