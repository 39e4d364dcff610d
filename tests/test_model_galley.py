"""The galley of an issue: it survives a form, and says in words what changed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from publisher.model.galley import Galley, digest_of, galley_from, in_words, quoted

DIGESTS = st.text().map(digest_of)
POSTS = st.lists(st.tuples(st.integers(1, 10**12), st.integers(1, 9999)), unique_by=lambda one: one[0], max_size=8)
GALLEYS = st.builds(Galley, posts=POSTS.map(tuple), subject=DIGESTS, letter=DIGESTS)
TITLES = {1: "Ferry", 2: "Bridge", 3: "Fog"}
SEEN = Galley(posts=((1, 1), (2, 4)), subject="a" * 16, letter="b" * 16)


def galley(*posts: tuple[int, int], subject: str = "a", letter: str = "b") -> Galley:
    return Galley(posts=posts, subject=subject * 16, letter=letter * 16)


@given(GALLEYS)
def test_a_galley_is_read_as_it_was_written(one: Galley) -> None:
    assert galley_from(str(one)) == one


@given(st.text())
def test_what_is_no_galley_is_none(text: str) -> None:
    found = galley_from(text)
    assert found is None or str(found) == text


@given(GALLEYS, GALLEYS)
def test_whatever_differs_is_said(one: Galley, other: Galley) -> None:
    assert bool(in_words(one, other, {}, by={})) is (one != other)


def test_each_change_has_its_words() -> None:
    def said(now: Galley, **by: str) -> tuple[str, ...]:
        return in_words(SEEN, now, TITLES, by={2: by["by"]} if by else {})

    assert said(galley((1, 1), (2, 5)), by="Nora") == ("“Bridge” was edited by Nora.",)
    assert said(galley((1, 2), (2, 4))) == ("“Ferry” was edited.",)
    assert said(galley((1, 1))) == ("“Bridge” is not in it any more.",)
    assert said(galley((1, 1), (2, 4), (3, 1))) == ("“Fog” was added.",)
    assert said(galley((2, 4), (1, 1))) == ("Its posts stand in another order.", "The lead is “Bridge” now.")
    assert said(galley((1, 1), (2, 4), subject="c")) == ("Its subject is another one.",)
    assert "config.toml" in said(galley((1, 1), (2, 4), letter="c"))[0]


def test_a_long_title_is_cut_and_a_post_that_is_gone_has_none() -> None:
    assert quoted("x" * 500) == f"“{'x' * 119}…”"
    assert quoted("") == "A post"
