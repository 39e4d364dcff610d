"""Writes the reference of config.toml from its schema: docs/config.md.

One section a table: what it is for, its keys with kind, default and description, and a
short example of what must stand in it. A test holds the file current.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

from publisher.config import addresses, values
from publisher.config.kinds import Secret
from publisher.config.schema import Config
from publisher.config.shape import bare, fields_of, shape_of, toml_of

_HEAD = """# config.toml, key by key

Made from the schema by `publisher config schema --markdown`; change the schema, not this page. The config.toml at the
top of this project is a working example with comments. `publisher config check` tells every mistake with its line.

All paths are relative to config.toml. Keys without a default must be there.

## Kinds of value

| kind | how it is written |
|---|---|
| text | in quotes: `"…"`; where it may have several lines: `\"\"\"…\"\"\"` |
| slug | lower-case letters, digits and single hyphens: `"harbour-notes"`; it stands in addresses |
| whole number | digits without quotes: `20` |
| number | the same, with a point where it is needed: `1.5` |
| date | `2026-12-01`, in quotes or without |
| switch | `true` or `false`, without quotes |
| length of time | a number and a unit (s m h d w) in quotes: `"15m"`, `"6h"`, `"1h 30m"` |
| schedule | in words: `"weekdays 07:00"`, `"Mon,Thu 18:30"`, `"daily 07:00 and 18:00"`, `"monthly 1,15 09:00"`, \
`"monthly last 09:00"`, `"monthly first Mon 09:00"`, `"every 2 weeks Fri 12:00"`; weeks are counted from that of \
Monday, 5 January 1970, or from a date on which they begin: `"every 2 weeks Fri 12:00 from 2026-12-04"`; \
or five cron fields (minute, hour, day, month, weekday): `"0 7 * * mon-fri"`; numbers of weekdays are 0 to 7, \
both ends Sunday; a day of the month or a weekday, not both |
| holiday | a date (`"2026-12-25"`), the same day of every year (`"12-25"`), or a range with both ends \
(`"2027-04-02/2027-04-05"`, `"12-24/01-01"`) |
| language | `"en"`, `"de-AT"`, `"zh-Hant"` (BCP 47) |
| time zone | a name of the IANA database: `"Europe/Berlin"` |
| mailbox | `"Name <address@example.org>"`, or the address alone |
| secret | where a secret is found, never the secret: `{ env = "NAME" }` \
(the variable NAME, else the file that NAME_FILE names) or `{ file = "PATH" }` |
"""

_WORDS: dict[object, str] = {
    addresses.publish_target: "`folder` or `s3://bucket/prefix`",
    values.line: "text",
    values.prose: "text, may have several lines",
    values.slug: "slug",
    values.bcp47: "language",
    values.time_zone: "time zone",
    values.schedule: "schedule",
    values.holiday: "holiday",
    values.duration: "length of time",
    values.hours: 'times of a day: `"08:00-20:00"`',
    values.day: "date",
    values.tagging_entity: "domain and date",
    values.css: "CSS selector",
    values.colour: 'colour: `"#8a1c1c"`',
    values.domain: "domain",
    values.selector: "name in the DNS",
    values.backlog: '`"archive"`, `"newest N"` or `"all"`',
    values.environment_name: "name of a variable",
    addresses.base_url: "address of a site",
    addresses.origin: "address of a site, without a path",
    addresses.web_url: "address of a page",
    addresses.mailbox: "mailbox",
    addresses.mail_address: "mail address",
    addresses.relay_url: "address of a relay",
    addresses.bounces_url: "address of a mailbox",
    addresses.database_url: "address of a database",
    addresses.network: "address or network",
}
_PLAIN = {bool: "switch", float: "number"}
_DOMAIN_NAME = '"DOMAIN"'  # stands for the name of a table that is a domain, and so is quoted


def reference() -> str:
    """The reference as Markdown."""
    return _HEAD + "".join(_sections())


def _sections() -> Iterator[str]:
    for name, field in fields_of(Config):
        shape = shape_of(field.annotation, field)
        assert shape.model is not None, "config.toml holds tables only"  # noqa: S101  ours, and a test runs it
        heading = f"[{name}.{_DOMAIN_NAME if _by_domain(field) else 'NAME'}]" if shape.is_named else f"[{name}]"
        purpose = (shape.model.__doc__ or "").partition("\n\n")[0]
        yield f"\n## `{heading}`\n\n{purpose}"
        yield f" {_occurrence(shape.is_named, field)}\n\n"
        yield _table(heading, shape.model)
        for key, of_key in fields_of(shape.model):
            inner = shape_of(of_key.annotation, of_key).model
            if inner is not None and inner is not Secret:
                under = f"{heading[:-1]}.{key}]"
                yield f"\n### `{under}`\n\n{inner.__doc__}\n\n{_table(under, inner)}"


def _by_domain(field: FieldInfo) -> bool:
    """Whether its tables are named by domains."""
    names = get_args(field.annotation)[:1]
    return any(getattr(note, "func", None) is values.domain for name in names for note in _notes(name))


def _notes(annotation: Any) -> tuple[Any, ...]:
    return getattr(annotation, "__metadata__", ())


def _table(heading: str, model: type[BaseModel]) -> str:
    rows = "".join(_row(key, of_key) for key, of_key in fields_of(model))
    return f"| key | kind | default | what it is |\n|---|---|---|---|\n{rows}{_example(heading, model)}"


def _occurrence(is_named: bool, field: FieldInfo) -> str:
    if is_named:
        return "At least one is needed." if field.is_required() else "As many as you like."
    if field.is_required():
        return "It must be there."
    return field.description or "It may be left out."


def _row(key: str, field: FieldInfo) -> str:
    cells = (f"`{key}`", kind_of(field.annotation, field.metadata), _default(field), field.description or "")
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |\n"


def kind_of(annotation: Any, metadata: Sequence[Any]) -> str:
    """A type in words."""
    metadata = (*metadata, *_notes(annotation))
    for note in metadata:
        if isinstance(note, BeforeValidator):
            return _WORDS[note.func]  # a reader without words is a KeyError, and a red test
    arguments = [kind for kind in get_args(annotation) if kind is not type(None)]
    origin = get_origin(annotation)
    if origin is Literal:
        return ", ".join(f'`"{choice}"`' for choice in arguments)
    if origin is tuple:
        return f"list: {kind_of(arguments[0], ())}"
    if origin is dict:
        return f"table: {kind_of(arguments[1], ())}"
    if bare(annotation) is Secret:
        return "secret"
    if shape_of(annotation, None).model:
        return "table, see below"
    if bare(annotation) in _PLAIN:
        return _PLAIN[bare(annotation)]
    if bare(annotation) is int:
        return "whole number" + _bounds(metadata)
    return kind_of(arguments[0], ())


def _bounds(metadata: Sequence[Any]) -> str:
    least = next((note.ge for note in metadata if hasattr(note, "ge")), None)
    most = next((note.le for note in metadata if hasattr(note, "le")), None)
    if least is not None and most is not None:
        return f", {least} to {most}"
    return f", {least} or more" if least is not None else ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**needed**"
    default = default_of(field)
    return f"`{default}`" if default else "–"


def default_of(field: FieldInfo) -> str:
    """What is so where the key is left out, as TOML writes it; "" where nothing is."""
    match field.default:
        case None | "" | () | {}:
            return ""
        case timedelta():
            return f'"{values.duration_text(field.default)}"'
        case bool():
            return str(field.default).lower()
        case str():
            return f'"{field.default}"'
        case Secret():
            return toml_of(field.default.model_dump(exclude_none=True))
        case BaseModel():
            return ""  # a table below says what each of its keys is
        case _:
            return "" if field.is_required() else str(field.default)


def _example(heading: str, model: type[BaseModel]) -> str:
    given = [f"{key} = {toml_of(field.examples[0])}\n" for key, field in fields_of(model) if field.examples]
    if not given:
        return ""
    name = heading.replace(_DOMAIN_NAME, '"gmail.com"').replace("NAME", "my-name")
    return f"\n```toml\n{name}\n{''.join(given)}```\n"
