"""Colours of letters: whatever a site chooses can be read, in light and in dark."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from publisher.letter.contrast import contrast, is_dark
from publisher.letter.look import Appearance, Palette, appearance, mendings
from publisher.model.look import OWN_LOOK, Face, Look

DESIGNS = ("plain", "column", "digest")
TEXTS = ("ink", "soft", "faint", "accent")
colours = st.one_of(st.just(""), st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}"))
looks = st.builds(Look, accent=colours, ink=colours, paper=colours, ground=colours)


def least(palette: Palette) -> float:
    """The weakest contrast of a text on what it stands on."""
    return min(contrast(getattr(palette, text), on) for text in TEXTS for on in (palette.paper, palette.tint))


def inverted(palette: Palette) -> Palette:
    names = ("ground", "paper", "tint", "line", *TEXTS)
    return Palette(**{name: f"#{0xFFFFFF - int(getattr(palette, name)[1:], 16):06x}" for name in names})


@given(st.sampled_from([*DESIGNS, "our-own"]), looks)
@settings(deadline=None)
@example("digest", Look(paper="#777777"))
@example("digest", Look(paper="#ffffff", ink="#ffffff", accent="#ffffff"))
@example("plain", Look(paper="#000000", ink="#000000"))
def test_every_look_can_be_read_in_light_and_dark(design: str, look: Look) -> None:
    made = appearance(design, look)
    assert least(made.light) >= 4.5
    assert least(made.dark) >= 4.5
    assert is_dark(made.dark.paper)


@pytest.mark.parametrize("design", DESIGNS)
def test_our_designs_stay_readable_when_a_program_inverts_them(design: str) -> None:
    made = appearance(design, OWN_LOOK)
    assert least(inverted(made.light)) >= 4.5
    assert least(inverted(made.dark)) >= 4.5
    assert mendings(design, OWN_LOOK) == ()


@pytest.mark.parametrize("accent", ["#ffd400", "#7fd7ff", "#00c853", "#767676"])
def test_a_bright_accent_on_white_is_mended_for_light_inverted_and_dark(accent: str) -> None:
    made = appearance("digest", Look(accent=accent))
    assert min(map(least, (made.light, inverted(made.light), made.dark))) >= 4.5


def test_what_a_site_chose_well_is_taken_as_it_is() -> None:
    look = Look(accent="#005a2b", ink="#111111", paper="#fffdf5", ground="#d0d0c8", headings=Face.SANS, body=Face.SERIF)
    made = appearance("digest", look)
    assert (made.light.accent, made.light.ink, made.light.paper, made.light.ground) == (
        "#005a2b", "#111111", "#fffdf5", "#d0d0c8",
    )  # fmt: skip
    assert made.headings.startswith("Helvetica")
    assert made.body.startswith("Georgia")
    assert mendings("digest", look) == ()


def test_what_is_mended_is_told_with_what_stands_in_its_place() -> None:
    told = mendings("digest", Look(accent="#ffd400", ink="#cccccc"))
    assert [(mending.name, mending.chosen, mending.on) for mending in told] == [
        ("ink", "#cccccc", "#ffffff"),
        ("accent", "#ffd400", "#ffffff"),
    ]
    assert all(contrast(mending.used, mending.on) >= 4.5 for mending in told)


def test_a_dark_paper_stays_as_it_is_in_the_dark() -> None:
    made = appearance("column", Look(paper="#10202a", ink="#f0f0f0", accent="#ffd400"))
    assert made.light == made.dark
    assert made.dark.paper == "#10202a"


def test_the_plain_letter_has_no_edge_unless_it_is_given_one() -> None:
    def edge(made: Appearance) -> bool:
        return made.light.ground != made.light.paper

    assert not edge(appearance("plain", Look(paper="#fffdf5")))
    assert edge(appearance("plain", Look(paper="#fffdf5", ground="#eeeeee")))
    assert edge(appearance("digest", replace(OWN_LOOK, paper="#fffdf5")))
