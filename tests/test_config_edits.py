"""Edits of config.toml's text: what was asked stands there, and nothing that no edit is about has another byte."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.config.edits import Edit, value_at, values_of, with_edits
from publisher.config.lines import walked
from publisher.config.renames import renamed
from publisher.config.written import is_same, toml_key, toml_value
from publisher.errors import ConfigError

TOP = Path(__file__).parent.parent
EXAMPLE = (TOP / "config.toml").read_text(encoding="utf-8")
CASES = sorted((Path(__file__).parent / "data" / "config-edits").glob("*.before.toml"))


def edited(text: str, **edits: Any) -> str:
    """`mail__relay="post"` sets `mail.relay`."""
    return with_edits(text, [Edit(key=tuple(key.split("__")), value=value) for key, value in edits.items()])


# ── Golden files: NAME.before.toml, NAME.edits.toml, NAME.after.toml ──


@pytest.mark.parametrize("before", CASES, ids=lambda path: path.name.partition(".")[0])
def test_golden(before: Path) -> None:
    name = before.name.removesuffix(".before.toml")
    asked = tomllib.loads(before.with_name(f"{name}.edits.toml").read_text("utf-8"))["edit"]
    after = before.with_name(f"{name}.after.toml").read_bytes().decode("utf-8")
    edits = [Edit(key=tuple(one["key"]), value=one.get("value")) for one in asked]
    assert with_edits(before.read_bytes().decode("utf-8"), edits) == after


def test_there_are_golden_files() -> None:
    assert len(CASES) >= 8


# ── The ways to write a file ──


@pytest.mark.parametrize(
    ("text", "key", "value", "after"),
    [
        ("", ("a",), 1, "a = 1\n"),
        ("", ("a", "b"), 1, "[a]\nb = 1\n"),
        ("[a]", ("a", "b"), 1, "[a]\nb = 1"),
        ("[a]\nb = 1", ("a", "c"), 2, "[a]\nb = 1\nc = 2"),
        ("[a]\nb = 1 # one\n# more\n\n[c]\n", ("a", "d"), 2, "[a]\nb = 1 # one\nd = 2\n# more\n\n[c]\n"),
        ("[a]\n  b = 1\n", ("a", "c"), 2, "[a]\n  b = 1\n  c = 2\n"),
        ("a.b = 1 # one\n", ("a", "c"), 2, "a.b = 1 # one\na.c = 2\n"),
        ("a = {}\n", ("a", "c"), 2, "a = { c = 2 }\n"),
        ("a = { b.c = 1 } # x\n", ("a", "b", "d"), 2, "a = { b.c = 1, b.d = 2 } # x\n"),
        ("a = { b = 1, c = 2 }\n", ("a", "b"), None, "a = { c = 2 }\n"),
        ("a = { b = 1, c = 2 }\n", ("a", "c"), None, "a = { b = 1 }\n"),
        ("a = { b = 1 }\n", ("a", "b"), None, "a = {}\n"),
        ("[a.b]\nc = 1\n", ("a", "d"), 2, "[a.b]\nc = 1\n\n[a]\nd = 2\n"),
        ("# top\n\n# about a\n[a]\n", ("z",), 1, "# top\n\nz = 1\n\n# about a\n[a]\n"),
        ("[[a]]\nb = 1\n\n[[a]]\nb = 2\n\n[c]\n", ("a",), None, "[c]\n"),
        ("[[a]]\nb = 1\n[c]\nd = 1\n", ("c", "d"), 2, "[[a]]\nb = 1\n[c]\nd = 2\n"),
        ("[a]\nb = 'x' # why\n", ("a", "b"), "y", "[a]\nb = 'y' # why\n"),
        ("[a]\nb = 'x'\n", ("a", "b"), "it's", '[a]\nb = "it\'s"\n'),
        ('[a]\nb = """\nx\n"""\nc = 1\n', ("a", "b"), 'y "\\\n', '[a]\nb = """\ny "\\\\\n"""\nc = 1\n'),
        ("[a]\nb = [\n  1, # one\n  2, # two\n]\n", ("a", "b"), [1, 3, 2],
         "[a]\nb = [\n  1, # one\n  3,\n  2, # two\n]\n"),
        ("[a]\nb = [\n  1, # one\n  2 # two\n]\n", ("a", "b"), [1, 2, 3],
         "[a]\nb = [\n  1, # one\n  2, # two\n  3,\n]\n"),
        ("[a]\nb = [\n  1, # one\n  2, # two\n]\n", ("a", "b"), [2], "[a]\nb = [\n  2, # two\n]\n"),
        ("[a]\nb = [\n  1, 2,\n  3\n]\n", ("a", "b"), [1, 3], "[a]\nb = [\n  1,\n  3\n]\n"),
        ("[a]\nb = [\n  1, 2, # both\n  3\n]\n", ("a", "b"), [2, 3], "[a]\nb = [\n  2, # both\n  3\n]\n"),
        ("[a]\nb = 0x10 # hex\n", ("a", "b"), 16, "[a]\nb = 0x10 # hex\n"),
        ("[a.b]\nx = 1\n\n[c]\n\n[a.d]\ny = 1\n", ("a",), None, "[c]\n"),
        ("[a]\nb = 1\n\n[c]\nd = 1\n", ("a",), None, "[c]\nd = 1\n"),
        ("[a]\nb = 1\n", ("a",), {"b": 1, "c": {"d": "x"}}, '[a]\nb = 1\nc = { d = "x" }\n'),
        ("[a]\nb = 1\nc = 2\n", ("a",), {"c": 2}, "[a]\nc = 2\n"),
        ("a = 1 # x\n", ("a",), {"b": 1}, "a = { b = 1 } # x\n"),
        ("\"a.b\" = 1\n'c d' = 2\n", ("a.b",), 3, "\"a.b\" = 3\n'c d' = 2\n"),
    ],
)  # fmt: skip
def test_every_way_to_write_a_file(text: str, key: tuple[str, ...], value: Any, after: str) -> None:
    assert with_edits(text, [Edit(key=key, value=value)]) == after


def test_what_is_there_already_is_not_written_again() -> None:
    values = tomllib.loads(EXAMPLE)
    assert with_edits(EXAMPLE, [Edit(key=(name,), value=value) for name, value in values.items()]) == EXAMPLE


def test_line_ends_of_windows_and_a_mark_in_front_stay() -> None:
    asked = {"mail__look": {"ink": "#000000"}, "columns__new": {"name": "New"}, "authors__mira-voss__bio": "One\nTwo\n"}
    windows = edited("\ufeff" + EXAMPLE.replace("\n", "\r\n"), **asked)
    assert windows == "\ufeff" + edited(EXAMPLE, **asked).replace("\n", "\r\n")


def test_a_new_table_stands_behind_the_last_of_its_kind_and_what_is_long_in_it_follows() -> None:
    select = {
        "links": "a.story",
        "title": "h1.headline",
        "body": "div.article-text > div.inner",
        "date": "time.published",
    }
    new = edited(EXAMPLE, sources__wire={"column": "night-desk", "kind": "page", "select": select})
    added = new.removeprefix(EXAMPLE[: EXAMPLE.index("# [sources.wire]")]).partition("\n\n# [sources.wire]")[0]
    assert added.startswith(
        '[sources.wire]\ncolumn = "night-desk"\nkind = "page"\n\n[sources.wire.select]\nlinks = "a.story"'
    )
    assert new.replace(f"{added}\n\n", "") == EXAMPLE


def test_a_reference_to_a_secret_is_written_in_braces() -> None:
    new = edited(EXAMPLE, relays__post={"url": "smtp://mail.example", "password": {"env": "SMTP_PASSWORD"}})
    assert '[relays.post]\nurl = "smtp://mail.example"\npassword = { env = "SMTP_PASSWORD" }\n' in new


@pytest.mark.parametrize("text", ["a = 1\n", "a = [{ b = 1 }]\n", "[[a]]\nb = 1\n"])
def test_a_key_below_what_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"config.toml: a: is no table; change it in the text"):
        edited(text, a__b=2)


def test_text_that_is_no_toml_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"not valid TOML.*mend that first"):
        edited("[a\n", a__b=2)


# ── Any text, any edits ──

NAMES = st.sampled_from(["a", "b", "c", "key-1", "a.b", "ü"])
TEXTS = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(['"""', "'''", "# no comment", "[no.table]", "two\nlines", "\\", "{a=1}", "\r\n", "x\x7f", 'end"']),
)  # fmt: skip
SCALARS = st.one_of(st.booleans(), st.integers(-(2**40), 2**40), st.floats(), TEXTS, st.dates(), st.datetimes())
LISTS = st.lists(SCALARS, max_size=4)
VALUES = st.recursive(SCALARS | LISTS, lambda inner: st.dictionaries(NAMES, inner, max_size=3), max_leaves=6)
DOCUMENTS = st.dictionaries(NAMES, st.dictionaries(NAMES, VALUES, max_size=4) | SCALARS, max_size=4)
COMMENTS = st.sampled_from(["", "", "# a comment", "   # [a]", "#", "\t# a = 1"])


class Writer:
    """Writes a document in ways that people have: headers, dots, braces, comments, lists of several lines."""

    def __init__(self, draw: Any) -> None:
        self.choose = lambda *choices: draw(st.sampled_from(choices))
        self.remark = lambda: draw(COMMENTS)
        self.lines: list[str] = []

    def document(self, values: dict[str, Any]) -> str:
        later: list[tuple[tuple[str, ...], dict[str, Any]]] = []
        self.pairs((), (), values, later)
        while later:
            key, table = later.pop(0)
            self.lines += [self.remark(), f"{self.choose('', ' ')}[{toml_key(*key)}] {self.remark().strip()}"]
            self.pairs(key, (), table, later)
        self.lines.append(self.remark())
        return "\n".join(self.lines) + self.choose("", "\n")

    def pairs(self, table: tuple[str, ...], prefix: tuple[str, ...], values: dict[str, Any], later: list[Any]) -> None:
        for name, value in values.items():
            way = self.choose("braces", "header", "dots") if isinstance(value, dict) else "plain"
            if way == "header" and not prefix:
                later.append(((*table, name), value))
            elif way == "dots" and value:
                self.pairs(table, (*prefix, name), value, later)
            else:
                comment = self.remark()
                self.lines += [comment] if self.choose(True, False) else []
                self.lines.append(f"{toml_key(*prefix, name)} = {self.value(value)} {self.remark().strip()}")

    def value(self, value: Any) -> str:
        if isinstance(value, list) and value and self.choose(True, False):
            rows = [f"  {toml_value(one, on_one_line=True)}, {self.remark().strip()}\n" for one in value]
            return "[" + self.choose("\n", "  # first\n") + "".join(rows) + self.choose("", "  # last\n") + "]"
        return toml_value(value, on_one_line=isinstance(value, dict))


@st.composite
def texts(draw: Any) -> str:
    return Writer(draw).document(draw(DOCUMENTS))


def put(values: dict[str, Any], key: Sequence[str], value: Any) -> None:
    *above, last = key
    for name in above:
        values = values.setdefault(name, {})
    if value is None:
        values.pop(last, None)
    else:
        values[last] = value


def without_empty(values: Any) -> Any:
    if not isinstance(values, dict):
        return values
    inner = {name: without_empty(one) for name, one in values.items()}
    return {name: one for name, one in inner.items() if one != {}}


def is_open(values: Any, key: Sequence[str]) -> bool:
    """Whether every place above is a table, or nothing."""
    return all(isinstance(value_at(values, key[:size]), dict | None) for size in range(1, len(key)))


@settings(max_examples=250, deadline=None)
@given(
    texts(), st.lists(st.tuples(st.lists(NAMES, min_size=1, max_size=3), VALUES | st.none()), min_size=1, max_size=4)
)
def test_what_was_asked_stands_there_and_all_else_says_what_it_did(
    text: str, asked: list[tuple[list[str], Any]]
) -> None:
    wanted = tomllib.loads(text)
    edits = []
    for key, value in asked:
        if is_open(wanted, key):
            put(wanted, key, copy.deepcopy(value))
            edits.append(Edit(key=tuple(key), value=value))
    got = values_of(with_edits(text, edits))
    assert is_same(without_empty(got), without_empty(wanted))


@settings(max_examples=250, deadline=None)
@given(texts(), st.lists(NAMES, min_size=1, max_size=3), VALUES | st.none(), st.booleans())
def test_a_line_that_no_edit_is_about_has_the_same_bytes(text: str, key: list[str], value: Any, windows: bool) -> None:
    values = tomllib.loads(text)
    if not is_open(values, key) or value == {}:
        return
    text += "\n"  # else the last line gets an end, when another follows
    old = text.replace("\n", "\r\n") if windows else text
    new = with_edits(old, [Edit(key=tuple(key), value=value)])
    left = iter(new.split("\n"))
    for line in kept_lines(old, tuple(key)):
        assert any(one == line for one in left), (line, new)


def kept_lines(text: str, key: tuple[str, ...]) -> list[str]:
    """The lines of a text that are not about a key: with its pair, in its table, or with a pair that holds it."""
    walk = walked(text)
    lines, about = text.split("\n"), set[int]()
    for pair in walk.pairs.values():
        if pair.key[: len(key)] == key or key[: len(pair.key)] == pair.key:
            about.update(range(text.count("\n", 0, pair.start), text.count("\n", 0, pair.end) + 1))
    starts = [text.count("\n", 0, header.start) for header in walk.headers]
    for header, start, end in zip(walk.headers, starts, [*starts, len(lines)][1:], strict=True):
        if header.key[: len(key)] == key:
            about.update(range(start, end))
    return [line for number, line in enumerate(lines) if number not in about and line.strip()]


# ── Another name ──


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("[segments.a] # a\nx = 1\n\n[segments.ab]\n", "[segments.new] # a\nx = 1\n\n[segments.ab]\n"),
        ("segments.a.x = 1\nsegments . 'a' . y = 2\n", "segments.new.x = 1\nsegments . new . y = 2\n"),
        ("segments = { a = { x = 'a' }, b = {} }\n", "segments = { new = { x = 'a' }, b = {} }\n"),
        ('[segments."a".b]\nc = 1\n[segments]\na.x = 1\n', '[segments.new.b]\nc = 1\n[segments]\nnew.x = 1\n'),
        ("[segments.a]\n[newsletters.n]\naudience = 'a' # who\n",
         "[segments.new]\n[newsletters.n]\naudience = 'new' # who\n"),
    ],
    ids=["header", "dots", "braces", "mixed", "named"],
)  # fmt: skip
def test_a_table_gets_another_name_in_all_ways_that_it_is_written(text: str, after: str) -> None:
    assert renamed(text, "segments", "a", "new") == after


def test_what_has_rows_of_its_name_is_not_renamed() -> None:
    with pytest.raises(ConfigError, match="cannot be renamed without losing"):
        renamed(EXAMPLE, "newsletters", "morning", "evening")
