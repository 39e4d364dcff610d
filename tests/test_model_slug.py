"""Slugs stand in URLs for ever: short, plain, the same every time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.slug import LONGEST, SLUG, slug_of


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Harbour notes: not dead", "harbour-notes-not-dead"),
        ("  The pilot’s boat & the pilot's oar  ", "the-pilots-boat-the-pilots-oar"),
        ("Crème brûlée für Łódź", "creme-brulee-fur-lodz"),
        ("Straße, Ærø, œuvre, ısı", "strasse-aero-oeuvre-isi"),
        ("ﬁne ① fish", "fine-1-fish"),
        ("2026", "2026"),
        ("--- a --- b ---", "a-b"),
        ("../../etc/passwd", "etc-passwd"),
        ("x" * 80, "x" * LONGEST),
        ("a" * LONGEST, "a" * LONGEST),
        ("a" * LONGEST + " b", "a" * LONGEST),
        ("word " * 20, "-".join(["word"] * 12)),
    ],
)
def test_a_title_becomes_a_slug(text: str, slug: str) -> None:
    assert slug_of(text) == slug


@given(st.text(alphabet=st.characters(), max_size=200))
def test_every_text_has_a_slug_that_is_one(text: str) -> None:
    slug = slug_of(text)
    assert SLUG.match(slug)
    assert 0 < len(slug) <= LONGEST
    assert slug_of(text) == slug


@given(st.from_regex(SLUG, fullmatch=True).filter(lambda slug: len(slug) <= LONGEST))
def test_a_slug_is_its_own_slug(slug: str) -> None:
    assert slug_of(slug) == slug


def test_titles_without_latin_letters_have_slugs_of_their_own() -> None:
    titles = ["أخبار الميناء", "גאות ושפל", "港の便り", "Новини порту", "", "!!!", "🎣", "\ud800"]
    assert len({slug_of(title) for title in titles}) == len(titles)


def test_a_slug_has_no_second_line() -> None:
    assert not SLUG.match("harbour\n")
