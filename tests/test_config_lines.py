"""The line of every key, whatever way TOML lets one write it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.config.lines import Key, key_lines
from publisher.config.mistakes import dotted

SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False),
    st.datetimes(),
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20),
    st.sampled_from(["# no comment", "[no.table]", 'a "quoted" word', "two\nlines", "'''", '"""', "\\", "{a=1}"]),
)
NAMES = st.one_of(st.sampled_from(["a", "b", "key-1", "UPPER_case", "12"]), st.text(max_size=6))
TABLES = st.recursive(
    st.dictionaries(NAMES, SCALARS | st.lists(SCALARS, max_size=3), max_size=4),
    lambda inner: st.dictionaries(NAMES, inner | SCALARS | st.lists(inner, min_size=1, max_size=3), max_size=4),
    max_leaves=12,
)


def places(value: Any, key: Key = ()) -> Iterator[Key]:
    if key:
        yield key
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*key, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from places(inner, (*key, number))


@settings(max_examples=60)
@given(TABLES)
def test_every_place_of_a_document_has_a_line_and_nothing_else_has(document: dict[str, Any]) -> None:
    text = tomlkit.dumps(document)
    lines = key_lines(text)
    assert set(lines) == set(places(tomllib.loads(text)))
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())


@settings(max_examples=50)
@given(st.lists(st.tuples(st.sampled_from(["", "# a comment", "  "]), SCALARS), min_size=1, max_size=8))
def test_the_line_is_the_one_on_which_the_key_stands(rows: list[tuple[str, Any]]) -> None:
    text = ""
    expected: dict[Key, int] = {}
    for number, (above, value) in enumerate(rows):
        text += above + "\n"
        expected[(f"key{number}",)] = text.count("\n") + 1
        text += tomlkit.dumps({f"key{number}": value})
    assert key_lines(text) == expected


def test_all_ways_to_write_a_key_lead_to_its_line() -> None:
    text = """\
a.b."c d" = 1            # dotted, quoted
[t]
x = { y = 1, z = { w = [1, 2] } }
list = [   # a [comment]
  "one, [two]",
  { three = 3 },
]
prose = '''
[not.a.table]
'''
[ u . 'v' ]
k = 1979-05-27 07:32:00
[[many]]
n = 1
[[many]]
n = 2
[many.inner]
m = 3
[t.late]
"""
    lines = {dotted(key): line for key, line in key_lines(text).items()}
    assert lines == {
        "a": 1, "a.b": 1, 'a.b."c d"': 1,
        "t": 2, "t.x": 3, "t.x.y": 3, "t.x.z": 3, "t.x.z.w": 3, "t.x.z.w[1]": 3, "t.x.z.w[2]": 3,
        "t.list": 4, "t.list[1]": 5, "t.list[2]": 6, "t.list[2].three": 6, "t.prose": 8,
        "u": 11, "u.v": 11, "u.v.k": 12,
        "many": 13, "many[1]": 13, "many[1].n": 14, "many[2]": 15, "many[2].n": 16,
        "many[2].inner": 17, "many[2].inner.m": 18,
        "t.late": 19,
    }  # fmt: skip
