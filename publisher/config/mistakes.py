"""A mistake in config.toml, and what pydantic found put into words for editors.

The words say what is wrong, what was got, and what to do. What was got is never shown
where it could be a secret: below a key of type Secret, and the password in an address.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from publisher.config.kinds import Secret
from publisher.config.lines import Key
from publisher.config.refused import Refused
from publisher.config.shape import Shape, shape_at

_LONGEST_GOT = 60
_PASSWORD_IN_URL = re.compile(r"(?<=://)([^/@\s:]*):[^@\s]*@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One thing that is wrong."""

    key: Key  # () is the document
    wrong: str
    cure: str
    got: str | None = None  # as it may be shown; None: nothing to show
    beside: tuple[Key, ...] = ()  # other places that have to do with it; told with their lines

    def sentence(self) -> str:
        got = "" if self.got is None else f" (got {self.got})"
        return f"{self.wrong}{got}; {self.cure}"


def dotted(key: Key) -> str:
    """The key as an editor would write it: `newsletters.morning.from`, `columns[2]`."""
    text = ""
    for part in key:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        else:
            bare = re.fullmatch(r"[A-Za-z0-9_-]+", part)
            text += ("." if text else "") + (part if bare else _quoted(part))
    return text


def shown(value: object) -> str:
    """A value in the words of TOML, short, on one line, without the password of an address."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _quoted(_PASSWORD_IN_URL.sub(r"\1:…@", value))
        case Mapping():
            return "a table"
        case list():
            return "an empty list" if not value else "a list"
        case _:
            return str(value)[:_LONGEST_GOT]


def mistakes_of(error: ValidationError) -> Iterator[Mistake]:
    """What pydantic found, one mistake each, in our words."""
    for detail in error.errors(include_url=False):
        yield _mistake(detail)


def _mistake(detail: ErrorDetails) -> Mistake:
    key: Key = tuple(part for part in detail["loc"] if part != "[key]")
    kind = detail["type"]
    context = detail.get("ctx", {})
    if kind == "missing":
        return _missing(key)
    if kind == "extra_forbidden":
        return _unknown(key)
    refused = context.get("error")
    if isinstance(refused, Refused):
        wrong, cure = refused.wrong, refused.cure
    else:
        wrong, cure = _SENTENCES.get(kind, _unforeseen)(detail, context)
    is_secret = any(shape_at(key[: size + 1]).model is Secret for size in range(len(key)))
    is_said = kind in _SAY_IT_THEMSELVES or (isinstance(refused, Refused) and refused.names_it)
    got = None if is_secret or is_said else shown(detail["input"])
    return Mistake(key=key, wrong=wrong, cure=cure, got=got)


def _missing(key: Key) -> Mistake:
    shape = shape_at(key)
    name = dotted(key[-1:])
    if shape.model is not None and not shape.is_named and shape.model is not Secret:
        needed = ", ".join(f"`{field}`" for field in shape.required())
        return Mistake(key=key, wrong="is missing", cure=f"add a table `[{dotted(key)}]` with {needed}")
    if shape.is_named:
        return Mistake(key=key, wrong="is missing", cure=f"add at least one table `[{dotted(key)}.NAME]`")
    purpose = shape.description.rstrip(".")
    return Mistake(key=key, wrong="is missing", cure=f"add `{name} = {shape.example or '…'}` ({_lower(purpose)})")


def _unknown(key: Key) -> Mistake:
    shape = shape_at(key[:-1])
    known = shape.keys()
    place = f"`[{dotted(key[:-1])}]`" if len(key) > 1 else "config.toml"
    wrong = f"is not a key of {place}"
    near = get_close_matches(str(key[-1]).replace("-", "_").lower(), known, n=1, cutoff=0.6)
    if near:
        return Mistake(key=key, wrong=wrong, cure=f"did you mean `{near[0]}`?")
    if key[-1] == "sender" and "from" in known:
        return Mistake(key=key, wrong=wrong, cure="did you mean `from`?")
    return Mistake(key=key, wrong=wrong, cure="take it out; known are " + ", ".join(f"`{name}`" for name in known))


_Sentence = Callable[[ErrorDetails, Mapping[str, Any]], tuple[str, str]]
_SAY_IT_THEMSELVES = {"string_too_short", "too_short"}
_SENTENCES: Mapping[str, _Sentence] = {
    "string_type": lambda _d, _c: ("is not text", 'write it in quotes: `"…"`'),
    "string_too_short": lambda _d, _c: ("is empty", "write something"),
    "bool_type": lambda _d, _c: ("is not true or false", "write `true` or `false`, without quotes"),
    "int_type": lambda _d, _c: ("is not a whole number", "write digits without quotes"),
    "float_type": lambda _d, _c: ("is not a number", "write digits without quotes, like `1.5`"),
    "int_from_float": lambda _d, _c: ("is not a whole number", "write it without a fraction"),
    "greater_than_equal": lambda _d, c: ("is too small", f"write {c['ge']} or more"),
    "greater_than": lambda _d, c: ("is too small", f"write more than {c['gt']:g}"),
    "less_than_equal": lambda _d, c: ("is too large", f"write {c['le']} or less"),
    "too_short": lambda d, _c: ("is empty", _example(d)),
    "literal_error": lambda _d, c: ("is not one of what can stand here", f"write {_choice(c['expected'])}"),
    "tuple_type": lambda _d, _c: ("is not a list", 'write it in brackets: `["…", "…"]`'),
    "dict_type": lambda d, _c: ("is not a table", _example(d)),
    "model_type": lambda d, _c: ("is not a table", _example(d)),
}


def _unforeseen(detail: ErrorDetails, _context: Mapping[str, Any]) -> tuple[str, str]:
    return "cannot be used", _lower(detail["msg"])


def _example(detail: ErrorDetails) -> str:
    key: Key = detail["loc"]
    shape: Shape = shape_at(key)
    if shape.model is Secret:
        return 'write `{ env = "NAME" }` or `{ file = "PATH" }`: the secret itself does not stand here'
    if shape.is_named and shape.model is None:
        return f"write it as {shape.example}"
    return f"write a table `[{dotted(key)}.NAME]`" if shape.is_named else f"write a table `[{dotted(key)}]`"


def _choice(expected: str) -> str:
    return expected.replace("'", "`")


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _quoted(text: str) -> str:
    short = text if len(text) <= _LONGEST_GOT else text[: _LONGEST_GOT - 1] + "…"
    visible = "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in short)
    return '"' + visible.replace('"', '\\"') + '"'
