"""The fields of a form for each table of config.toml, made from its schema: what a person fills in, and how it is told.

The help is the description that the reference has, too. How what is typed becomes a value is the
business of `filledin.py`; how a field looks, of the desk's templates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

from publisher.config import values
from publisher.config.kinds import Secret
from publisher.config.reference import default_of, kind_of
from publisher.config.schema import Config
from publisher.config.shape import bare, fields_of, shape_at, shape_of

Names = tuple[str, ...]


class Control(StrEnum):
    """How a value is asked for."""

    TEXT = "text"  # one line
    PROSE = "prose"  # several lines
    WHOLE = "whole"
    NUMBER = "number"
    COLOUR = "colour"
    SWITCH = "switch"  # yes, no, or not said
    CHOICE = "choice"  # one of some, or not said
    LIST = "list"  # one a line
    CHOICES = "choices"  # any of some
    ROWS = "rows"  # label = value
    ELSEWHERE = "elsewhere"  # a secret: where it is found


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One value of a table."""

    key: Names  # below the table
    control: Control
    kind: str  # in words, as the reference has it
    help: str
    default: str = ""  # as TOML has it; "" where there is none
    is_needed: bool = False  # in its table, where that is there
    choices: tuple[str, ...] = ()
    refers_to: str = ""  # the kind of tables whose names can stand here
    example: str = ""

    @property
    def name(self) -> str:
        return ".".join(self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Fields that stand together: a table, or a table in it."""

    key: Names  # below the table; () is the table itself
    help: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A key of config.toml itself: one table, or tables by name."""

    name: str
    help: str
    is_named: bool


# Fields whose values are names of other tables: `crossing.py` looks that they are there.
REFERENCES: Mapping[Names, str] = {
    ("columns", "authors"): "authors",
    ("sources", "column"): "columns",
    ("newsletters", "columns"): "columns",
    ("newsletters", "audience"): "segments",
    ("segments", "columns"): "columns",
    ("segments", "newsletters"): "newsletters",
    ("relays", "newsletters"): "newsletters",
    ("mail", "relay"): "relays",
}


def sections() -> Iterator[Section]:
    """All of config.toml, in the order of the reference."""
    for name, field in fields_of(Config):
        shape = shape_of(field.annotation, field)
        yield Section(name=name, help=_purpose(shape.model), is_named=shape.is_named)


def groups_of(section: str) -> tuple[Group, ...]:
    """The fields of a table, or of each table that the section has by name."""
    model = shape_at((section,)).model
    assert model is not None, "config.toml holds tables only"  # noqa: S101  the schema's own form
    plain: list[Field] = []
    inner: list[Group] = []
    for key, field in fields_of(model):
        below = _inner_of(field)
        if below is None:
            plain.append(_field((key,), field, section))
        else:
            fields = tuple(_field((key, name), one, section) for name, one in below)
            inner.append(Group(key=(key,), help=field.description or "", fields=fields))
    return (Group(key=(), help=_purpose(model), fields=tuple(plain)), *inner)


def _inner_of(field: FieldInfo) -> list[tuple[str, FieldInfo]] | None:
    """What a table in a table holds; None for a plain value."""
    shape = shape_of(field.annotation, field)
    if shape.model is not None and shape.model is not Secret:
        return list(fields_of(shape.model))
    names = get_args(bare(field.annotation))[:1] if shape.is_named else ()
    if names and get_origin(names[0]) is Literal:
        words = FieldInfo(annotation=shape.value, default=None)
        return [(name, words) for name in get_args(names[0])]
    return None


def _field(key: Names, field: FieldInfo, section: str) -> Field:
    annotation = bare(field.annotation)
    control = _control(annotation, _validators(field.annotation, field.metadata))
    listed = get_args(annotation)[0] if get_origin(annotation) is tuple else annotation
    return Field(
        key=key,
        control=control,
        kind="" if control is Control.ROWS else kind_of(field.annotation, field.metadata),
        help=field.description or "",
        default=default_of(field),
        is_needed=field.is_required(),
        choices=tuple(map(str, get_args(listed))) if get_origin(listed) is Literal else (),
        refers_to=REFERENCES.get((section, *key), ""),
        example=shape_of(field.annotation, field).example,
    )


def _control(annotation: Any, validators: set[Any]) -> Control:
    origin = get_origin(annotation)
    if origin is Literal:
        return Control.CHOICE
    if origin is tuple:
        return Control.CHOICES if get_origin(get_args(annotation)[0]) is Literal else Control.LIST
    if origin in (dict, Mapping):
        return Control.ROWS
    if values.prose in validators:
        return Control.PROSE
    if values.colour in validators:
        return Control.COLOUR
    plain = {Secret: Control.ELSEWHERE, bool: Control.SWITCH, int: Control.WHOLE, float: Control.NUMBER}
    return plain.get(annotation, Control.TEXT)


def _validators(annotation: Any, metadata: Any) -> set[Any]:
    """What reads a value, wherever in its type that is said."""
    notes = [*metadata, *getattr(annotation, "__metadata__", ())]
    inner = get_args(annotation) if get_origin(annotation) is Union or "|" in str(type(annotation)) else ()
    found = {note.func for note in notes if isinstance(note, BeforeValidator)}
    return found.union(*(_validators(one, ()) for one in (*inner, *_origin(annotation))))


def _origin(annotation: Any) -> tuple[Any, ...]:
    return (annotation.__origin__,) if hasattr(annotation, "__metadata__") else ()


def _purpose(model: type[BaseModel] | None) -> str:
    return ((model and model.__doc__) or "").partition("\n\n")[0]
