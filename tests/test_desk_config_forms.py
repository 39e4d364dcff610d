"""config.toml through its forms: every field shows what is there, changes what it should, and leaves all else alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.config.controls import Control, Field, Group, groups_of, sections
from publisher.config.edits import Names, value_at, values_of, with_edits
from publisher.config.filledin import Filled, edits_of, read, shown
from publisher.config.load import mistakes_in
from publisher.config.merging import merged, with_line_ends_of
from tests.test_config_edits import EXAMPLE, kept_lines

RICH = (Path(__file__).parent / "data" / "config-rich.toml").read_text("utf-8")
WINDOWS = RICH.replace("\n", "\r\n")
TEXTS = {"example": EXAMPLE, "rich": RICH, "windows": WINDOWS}
ANOTHER: dict[Control, Filled] = {
    Control.TEXT: Filled(text='another "text"'),
    Control.PROSE: Filled(text="Another text\r\nof two lines"),
    Control.WHOLE: Filled(text="7"),
    Control.NUMBER: Filled(text="2.5"),
    Control.COLOUR: Filled(text="#123456"),
    Control.LIST: Filled(text="one\r\ntwo\r\n"),
    Control.ROWS: Filled(rows=(("Label", "https://label.example"), ("", ""))),
    Control.ELSEWHERE: Filled(choice="env", text="ANOTHER_NAME"),
}


def tables(text: str) -> Iterator[tuple[Names, tuple[Group, ...]]]:
    """Every table that has a form."""
    values = values_of(text)
    for section in sections():
        found = value_at(values, (section.name,))
        if not section.is_named:
            yield (section.name,), groups_of(section.name)
        elif isinstance(found, dict):
            yield from (((section.name, name), groups_of(section.name)) for name in found)


def filled(text: str, table: Names, groups: tuple[Group, ...]) -> dict[str, Filled]:
    values = values_of(text)
    return {one.name: shown(one, value_at(values, (*table, *one.key))) for group in groups for one in group.fields}


def another(field: Field, now: Filled) -> Filled:
    if field.control is Control.SWITCH:
        return Filled(text="no" if now.text == "yes" else "yes")
    if field.control is Control.CHOICE:
        return Filled(text=next(choice for choice in field.choices if choice != now.text))
    if field.control is Control.CHOICES:
        return Filled(several=tuple(choice for choice in field.choices if choice not in now.several))
    return ANOTHER[field.control]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_form_that_comes_back_as_it_was_is_no_edit(text: str) -> None:
    for table, groups in tables(text):
        typed = {
            name: replace(one, text=one.text.replace("\n", "\r\n")) for name, one in filled(text, table, groups).items()
        }
        assert edits_of(table, groups, typed, values_of(text)) == []


@pytest.mark.parametrize("text", [EXAMPLE, RICH], ids=["example", "rich"])
def test_every_field_of_every_form_changes_its_own_value_and_not_another_byte(text: str) -> None:
    count = 0
    for table, groups in tables(text):
        before = filled(text, table, groups)
        for field in (one for group in groups for one in group.fields):
            typed = {**before, field.name: another(field, before[field.name])}
            edits = edits_of(table, groups, typed, values_of(text))
            new = with_edits(text, edits)
            key = (*table, *field.key)
            now = value_at(values_of(text), key)
            assert value_at(values_of(new), key) == read(field, typed[field.name], now), key
            left = iter(new.split("\n"))
            for line in kept_lines(text, key):
                assert any(one == line for one in left), (key, line)
            count += 1
    assert count > 100


@pytest.mark.parametrize("text", [EXAMPLE, RICH], ids=["example", "rich"])
def test_every_field_can_be_emptied_and_the_key_is_gone_then(text: str) -> None:
    for table, groups in tables(text):
        before = filled(text, table, groups)
        for field in (one for group in groups for one in group.fields if before[one.name] != Filled()):
            new = with_edits(text, edits_of(table, groups, {**before, field.name: Filled()}, values_of(text)))
            key = (*table, *field.key)
            assert value_at(values_of(new), key) is None
            left = iter(new.split("\n"))
            assert all(any(one == line for one in left) for line in kept_lines(text, (*table, *field.key[:1]))), key


def test_all_fields_at_once_stand_there_together() -> None:
    for table, groups in tables(RICH):
        before = filled(RICH, table, groups)
        typed = {one.name: another(one, before[one.name]) for group in groups for one in group.fields}
        new = with_edits(RICH, edits_of(table, groups, typed, values_of(RICH)))
        after = filled(new, table, groups)
        assert {name: one.text for name, one in after.items() if one.text} == {
            name: one.text.strip().replace("\r\n", "\n") + ("\n" if after[name].text.endswith("\n") else "")
            for name, one in typed.items()
            if one.text
        }


def test_the_rich_config_has_no_mistake() -> None:
    assert [mistake.sentence() for mistake in mistakes_in(RICH)] == []


@pytest.mark.parametrize(
    ("control", "typed", "value"),
    [
        (Control.WHOLE, "20_000", 20000),
        (Control.WHOLE, "twenty", "twenty"),
        (Control.NUMBER, "1,5", "1,5"),
        (Control.SWITCH, "perhaps", "perhaps"),
        (Control.TEXT, "  ", None),
    ],
)
def test_what_cannot_be_the_value_is_kept_as_it_was_typed(control: Control, typed: str, value: object) -> None:
    assert read(Field(key=("x",), control=control, kind="", help=""), Filled(text=typed)) == value


# ── Two who change the same text ──

LINES = st.lists(st.sampled_from(["a", "b", "c", "d = 1", ""]), max_size=12).map(
    lambda lines: "".join(f"{one}\n" for one in lines)
)


def test_what_two_changed_in_different_places_fits_together() -> None:
    base = "".join(f"line {number}\n" for number in range(9))
    mine, theirs = base.replace("line 2\n", "mine\n"), base.replace("line 7\n", "theirs\nand more\n")
    both = merged(base, mine, theirs)
    assert both.text == mine.replace("line 7\n", "theirs\nand more\n")
    assert both.overlaps == ()


def test_where_both_changed_the_same_line_the_first_holds_and_it_is_told() -> None:
    both = merged("a\nb\nc\n", "a\nmine\nc\n", "a\ntheirs\nc\n")
    (one,) = both.overlaps
    assert (both.text, one.line, one.mine, one.theirs) == ("a\nmine\nc\n", 2, "mine\n", "theirs\n")


@settings(max_examples=150, deadline=None)
@given(LINES, LINES, LINES)
def test_laws_of_merging(base: str, mine: str, theirs: str) -> None:
    assert merged(base, mine, base).text == mine
    assert merged(base, base, theirs).text == theirs
    assert merged(base, mine, mine) == merged(base, mine, base)
    if not merged(base, mine, theirs).overlaps:
        assert merged(base, mine, theirs).text == merged(base, theirs, mine).text


@settings(max_examples=150, deadline=None)
@given(LINES, st.sampled_from(["\n", "\r\n"]))
def test_line_ends_come_back_as_they_were(text: str, end: str) -> None:
    original = text.replace("\n", end)
    assert with_line_ends_of(text.replace("\n", "\r\n"), original) == original
