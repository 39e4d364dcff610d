"""Keys and values as TOML writes them (TOML 1.0.0), as near as can be to what stood in their place."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from publisher.config import values

WIDEST = 100  # characters of a list or of a table in braces; a longer list has a line for each element

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_LITERAL = re.compile(r"[^'\x00-\x08\x0a-\x1f\x7f]*")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0d-\x1f\x7f]")


def plain(value: object) -> object:
    """A value of the kinds that TOML has: lists, tables, texts, numbers, dates."""
    match value:
        case Mapping():
            return {str(name): plain(inner) for name, inner in value.items() if inner is not None}
        case list() | tuple():
            return [plain(inner) for inner in value]
        case timedelta():
            return values.duration_text(value)
        case str():
            return str(value)  # a StrEnum is its text
        case _:
            return value


def is_same(one: object, other: object) -> bool:
    """Whether two values are one to TOML: `1`, `1.0` and `true` are three."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(is_same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return repr(one) == repr(other)
    return type(one) is type(other) and one == other


def toml_key(*names: str) -> str:
    """Names as a key, with dots between them."""
    return ".".join(name if _BARE.fullmatch(name) else _basic(name) for name in names)


def toml_value(value: object, *, instead_of: str = "", on_one_line: bool = False) -> str:
    """A value; `instead_of`: the TOML that stood there, whose quotes and lines it takes over where it can."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _text(value, instead_of, on_one_line=on_one_line)
        case datetime() | date() | time():
            return value.isoformat()
        case float():
            return _number(value)
        case list():
            return _list(value, on_one_line=on_one_line)
        case Mapping():
            pairs = (f"{toml_key(name)} = {toml_value(inner, on_one_line=True)}" for name, inner in value.items())
            return f"{{ {', '.join(pairs)} }}" if value else "{}"
        case int():
            return str(value)
        case _:
            raise TypeError(f"TOML has no {type(value).__name__}")


def _number(value: float) -> str:
    if math.isnan(value):
        return "nan"
    return repr(value)  # also `inf`; `1e+16` is TOML, too


def _list(elements: list[object], *, on_one_line: bool) -> str:
    written = [toml_value(one, on_one_line=True) for one in elements]
    short = f"[{', '.join(written)}]"
    if on_one_line or len(short) <= WIDEST or len(written) < 2:
        return short
    return "[\n" + "".join(f"    {one},\n" for one in written) + "]"


def _text(text: str, instead_of: str, *, on_one_line: bool) -> str:
    if "\n" in text and not on_one_line:
        return _prose(text)
    if instead_of.startswith("'") and not instead_of.startswith("'''") and _LITERAL.fullmatch(text):
        return f"'{text}'"
    return _basic(text)


def _basic(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")  # JSON's escapes are TOML's


def _prose(text: str) -> str:
    escaped = _CONTROL.sub(lambda found: "\\r" if found[0] == "\r" else f"\\u{ord(found[0]):04x}", _slashes(text))
    escaped = escaped.replace('"""', '""\\"')
    if escaped.endswith('"'):
        escaped = escaped[:-1] + '\\"'
    return f'"""\n{escaped}"""'


def _slashes(text: str) -> str:
    return text.replace("\\", "\\\\")
