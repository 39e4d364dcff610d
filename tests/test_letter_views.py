"""A letter by light, in the dark and without pictures: its own rules decide, and nothing in it runs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.letter.views import Light, view

LETTER = (
    '<html><head><meta name="color-scheme" content="light dark">'
    '<meta name="supported-color-schemes" content="light dark">'
    "<style>:root { color-scheme: light dark; supported-color-schemes: light dark; }"
    "@media (prefers-color-scheme: dark) { p { color: #fff } }"
    "@media (prefers-color-scheme:light) { p { color: #000 } }"
    "</style></head><body><p>Write @media (prefers-color-scheme: dark) into it.</p></body></html>"
)


@pytest.mark.parametrize(("light", "always", "never"), [(Light.DARK, "#fff", "#000"), (Light.LIGHT, "#000", "#fff")])
def test_the_rules_of_one_scheme_always_hold_and_those_of_the_other_never(
    light: Light, always: str, never: str
) -> None:
    shown = view(LETTER, light)
    assert f"@media (min-width: 0) {{ p {{ color: {always} }} }}" in shown
    assert f"@media (max-width: 0) {{ p {{ color: {never} }} }}" in shown
    assert f'<meta name="color-scheme" content="{light}">' in shown
    assert f"color-scheme: {light}; supported-color-schemes: {light};" in shown


def test_words_of_the_letter_stay_as_they_are() -> None:
    assert "<p>Write @media (prefers-color-scheme: dark) into it.</p>" in view(LETTER, Light.DARK)


def test_nothing_runs_and_without_pictures_none_is_loaded() -> None:
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data: file:;" in view(
        LETTER, Light.LIGHT
    )
    assert "img-src 'none'" in view(LETTER, Light.LIGHT, pictures=False)
    assert '<base target="_blank">' in view(LETTER, Light.LIGHT)


def test_a_letter_without_a_head_is_shown_too() -> None:
    assert view("<p>Hello</p>", Light.LIGHT).endswith("<p>Hello</p>")


@given(st.text(max_size=200), st.sampled_from(Light))
def test_any_text_can_be_shown(text: str, light: Light) -> None:
    assert "default-src 'none'" in view(text, light)
