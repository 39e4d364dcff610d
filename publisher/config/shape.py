"""What may stand at a place of config.toml, read from the schema.

Used by whoever must speak about the schema: the sentences of mistakes (which keys are
known here, what is needed) and the reference.
"""

from __future__ import annotations

import json
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from publisher.config.lines import Key
from publisher.config.schema import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One place: a table of known keys, a table of chosen names, or a plain value."""

    model: type[BaseModel] | None = None  # the table; of named tables, the one under each name
    is_named: bool = False  # its keys are names that the editor chooses
    value: Any = None  # annotation: of the value, or of what stands under each name
    field: FieldInfo | None = None  # None below a chosen name

    @property
    def description(self) -> str:
        return (self.field and self.field.description) or ""

    @property
    def example(self) -> str:
        """TOML of a value that could stand here; "" where the schema gives none."""
        return toml_of(self.field.examples[0]) if self.field and self.field.examples else ""

    def keys(self) -> list[str]:
        return [] if self.model is None or self.is_named else [name for name, _ in fields_of(self.model)]

    def required(self) -> list[str]:
        if self.model is None:
            return []
        return [name for name, field in fields_of(self.model) if field.is_required()]


def fields_of(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    """Its keys as they are written in the file."""
    for name, field in model.model_fields.items():
        yield field.alias or name, field


def shape_at(key: Key) -> Shape:
    """The shape of a place; a plain value of no type where the schema knows none."""
    shape = Shape(model=Config)
    for part in key:
        if shape.is_named:
            shape = shape_of(shape.value, None)
        elif shape.model is not None:
            field = dict(fields_of(shape.model)).get(str(part))
            shape = Shape() if field is None else shape_of(field.annotation, field)
        else:
            shape = Shape()
    return shape


def toml_of(value: Any) -> str:
    """A value as TOML on one line."""
    match value:
        case str():
            return json.dumps(value, ensure_ascii=False)  # a basic string of TOML escapes as JSON does
        case list():
            return "[" + ", ".join(map(toml_of, value)) + "]"
        case dict():
            return "{ " + ", ".join(f"{key} = {toml_of(inner)}" for key, inner in value.items()) + " }"
        case _:
            return str(value)


def shape_of(annotation: Any, field: FieldInfo | None) -> Shape:
    annotation = bare(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return Shape(model=annotation, field=field)
    if get_origin(annotation) in (dict, Mapping):
        under = bare(get_args(annotation)[1])
        model = under if isinstance(under, type) and issubclass(under, BaseModel) else None
        return Shape(model=model, is_named=True, value=get_args(annotation)[1], field=field)
    return Shape(value=annotation, field=field)


def bare(annotation: Any) -> Any:
    """Without `Annotated` and without `| None`."""
    if hasattr(annotation, "__metadata__"):
        return bare(annotation.__origin__)
    if get_origin(annotation) in (Union, types.UnionType):
        kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
        return bare(kinds[0]) if len(kinds) == 1 else annotation
    return annotation
