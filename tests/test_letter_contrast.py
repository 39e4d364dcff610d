"""How well colours are read on each other."""

from __future__ import annotations

import colorsys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.letter.contrast import contrast, is_dark, mixed, readable

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#767676", "#ffffff", 4.54),  # the lightest grey that is readable on white
        ("#777777", "#ffffff", 4.48),
        ("#ff0000", "#ffffff", 4.0),
        ("#0000ff", "#ffffff", 8.59),
        ("#8A1C1C", "#ffffff", 9.28),
    ],
)
def test_contrast_is_what_wcag_says(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio, abs=0.01)


@given(colours, colours)
def test_every_colour_can_be_made_readable(colour: str, on: str) -> None:
    made = readable(colour, on)
    assert contrast(made, on) >= 4.5
    assert made == colour or contrast(colour, on) < 4.5


@given(colours, colours)
def test_what_is_asked_for_in_vain_is_black_or_white(colour: str, on: str) -> None:
    assert contrast(readable(colour, on, least=21.0), on) >= contrast("#777777", on)


@pytest.mark.parametrize("colour", ["#ffd400", "#7fd7ff", "#ff8fa3"])
def test_a_mended_colour_keeps_its_hue(colour: str) -> None:
    def hue(written: str) -> float:
        return colorsys.rgb_to_hls(*(int(written[at : at + 2], 16) / 255 for at in (1, 3, 5)))[0]

    assert hue(readable(colour, "#ffffff")) == pytest.approx(hue(colour), abs=0.02)


def test_the_nearest_is_taken_and_not_the_blackest() -> None:
    assert readable("#777777", "#ffffff") == "#767676"
    assert readable("#888888", "#000000") == "#888888"


def test_colours_mix() -> None:
    assert mixed("#ff0000", "#0000ff", 1.0) == "#ff0000"
    assert mixed("#ff0000", "#0000ff", 0.0) == "#0000ff"
    assert mixed("#ffffff", "#000000", 0.5) == "#808080"


def test_dark_is_what_white_is_read_on() -> None:
    assert [is_dark(colour) for colour in ("#000000", "#1c1f22", "#8a1c1c", "#ffd400", "#ffffff")] == [
        True, True, True, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize("wrong", ["red", "#fff", "#12345g", "", "#1234567"])
def test_what_is_no_colour_is_told(wrong: str) -> None:
    with pytest.raises(ValueError, match="is no colour"):
        contrast(wrong, "#ffffff")
