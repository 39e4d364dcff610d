"""Fields of config.toml as the desk's templates show them, and as forms bring them back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from publisher.config.controls import Control, Field, Group
from publisher.config.edits import Names, value_at
from publisher.config.filledin import Filled, shown
from publisher.config.mistakes import Mistake
from publisher.web.desk.configdesk import in_code
from publisher.web.desk.visit import Visit

SPARE_ROWS = 2  # empty ones below what is there
MOST_ROWS = 100
_LABELS = {"env": "From the environment", "file": "From a file"}
_SIZES = {Control.PROSE: 4, Control.LIST: 3}
_TALLEST = 14
_QUOTES = re.compile(r",? (in|without) quotes")  # of the file; a field has none
_PLAIN_KINDS = ("text", "slug", "secret", "switch", "number", "")


def filled_by(values: object, table: Names, groups: Iterable[Group]) -> dict[str, Filled]:
    """What the fields show before anybody typed."""
    return {
        field.name: shown(field, value_at(values, (*table, *field.key))) for group in groups for field in group.fields
    }


def typed_in(visit: Visit, groups: Iterable[Group]) -> dict[str, Filled]:
    """What came back; a field that the form did not have is left out."""
    return {
        field.name: _typed(visit, field) for group in groups for field in group.fields if visit.has(f"has.{field.name}")
    }


def _typed(visit: Visit, field: Field) -> Filled:
    name = f"v.{field.name}"
    rows = zip(visit.texts(f"label.{field.name}"), visit.texts(name), strict=False)
    return Filled(
        text=visit.text(name),
        choice=visit.text(f"where.{field.name}"),
        several=visit.texts(name),
        rows=tuple(rows)[:MOST_ROWS],
    )


def problems_of(mistakes: Iterable[Mistake], table: Names, groups: Sequence[Group]) -> tuple[dict[str, str], list[str]]:
    """The words of mistakes by field; and those that are about something else."""
    names = [field for group in groups for field in group.fields]
    found: dict[str, list[str]] = {}
    others: list[str] = []
    for mistake in mistakes:
        inside = mistake.key[: len(table)] == table
        place = mistake.key[len(table) :]
        field = next((one for one in names if inside and place[: len(one.key)] == one.key), None)
        if field is None and inside and place:  # a table in it, e.g. one that lacks a key
            field = next((one for one in names if one.key[: len(place)] == place), None)
        if field:
            found.setdefault(field.name, []).append(_sentence(mistake))
        else:
            others.append(f"{'.'.join(map(str, mistake.key))}: {mistake.sentence()}")
    return {name: "; ".join(dict.fromkeys(told)) for name, told in found.items()}, others


def _sentence(mistake: Mistake) -> str:
    words = _QUOTES.sub("", mistake.sentence())
    return words[:1].upper() + words[1:]


def group_views(
    groups: Iterable[Group],
    filled: Mapping[str, Filled],
    problems: Mapping[str, str],
    known: Mapping[str, Sequence[str]],
) -> list[dict[str, object]]:
    """For `config_form.html`; a group of which nothing is set is folded."""
    return [
        {
            "title": in_words(group.key[-1]) if group.key else "",
            "help": in_code(group.help),
            "fields": [_view(field, filled.get(field.name, Filled()), problems, known) for field in group.fields],
            "is_open": any(
                filled.get(field.name, Filled()) != Filled() or field.name in problems for field in group.fields
            ),
        }
        for group in groups
    ]


def _view(
    field: Field, filled: Filled, problems: Mapping[str, str], known: Mapping[str, Sequence[str]]
) -> dict[str, object]:
    names = known.get(field.refers_to, ())
    lines = max(_SIZES.get(field.control, 1), min(filled.text.count("\n") + 2 + len(filled.text) // 90, _TALLEST))
    return {
        "name": field.name,
        "id": "field-" + field.name.replace(".", "-"),
        "label": in_words(field.key[-1]),
        "control": field.control.value,
        "help": in_code(field.help),
        "kind": in_code(_kind(field)),
        "default": field.default,
        "needed": field.is_needed,
        "text": filled.text,
        "where": filled.choice,
        "places": [{"value": value, "label": label} for value, label in _LABELS.items()],
        "several": filled.several,
        "rows": [*filled.rows, *[("", "")] * SPARE_ROWS],
        "choices": _choices(field, names, filled.text),
        "known": list(names) if field.control is Control.LIST else [],
        "lines": lines,
        "example": field.example,
        "problem": problems.get(field.name, ""),
        "swatch": filled.text if field.control is Control.COLOUR and filled.text.startswith("#") else "",
    }


def in_words(key: str) -> str:
    """A key as the label of its field: `postal_address` is “Postal address”."""
    return key[:1].upper() + key[1:].replace("_", " ")


def _kind(field: Field) -> str:
    """What can be typed, where that is not plain to see."""
    inner = field.kind.removeprefix("list: ")
    said = "" if inner.partition(",")[0] in _PLAIN_KINDS else inner
    if field.control is Control.LIST:
        return f"One a line{': ' if said else ''}{said}"
    return said[:1].upper() + said[1:]


def _choices(field: Field, names: Sequence[str], now: str) -> list[str]:
    """What a list to choose from has; what stands there and is none of it stays to be seen."""
    if field.control is Control.SWITCH:
        return ["yes", "no"]
    some = list(field.choices) or (list(names) if field.refers_to and field.control is Control.TEXT else [])
    return [*some, now] if some and now and now not in some and field.control is not Control.CHOICES else some
